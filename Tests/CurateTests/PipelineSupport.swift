import Curate
import Models
import Testing

/// Pipelines for tests.
enum PipelineSupport {
    /// The digits that are shipped, as images with a validation part.
    static let digits = String(#filePath.split(separator: "Tests/CurateTests")[0]) + "data/digits.csv.gz"

    /// A file with the given stages on the digits.
    static func text(_ stages: String, validation: String = "0.2") -> String {
        "{ dataset: { path: \"\(digits)\", image: \"8x8\", validation: \(validation) },\n  stages: {\n\(stages)\n} }"
    }

    /// Every kind of stage, quick to run.
    static let allKinds = """
        probe: { train: { network: "linear", epochs: 2, seeds: 2 } },
        scores: { score: { runs: "probe", by: ["el2n", "forgetting"] } },
        accuracy: { evaluate: { runs: "probe", on: "validation" } },
        """

    /// Writes a table of two classes with a group (`sex`) and all three parts (`part`), and gives its path.
    static func writeTable(in directory: StoreDirectory) throws -> String {
        let path = directory.file("data.csv")
        var random = KeyedRandom(seed: 8, stream: .test)
        var lines = ["a,b,c,d,sex,part,label"]
        for index in 0..<120 {
            let label = index % 2
            let numbers = (0..<4).map { String(random.below(50) + ($0 == label ? 40 : 0)) }
            let part = index % 5 == 0 ? "test" : index % 5 == 1 ? "validation" : "train"
            lines.append((numbers + [index % 3 == 0 ? "f" : "m", part, String(label)]).joined(separator: ","))
        }
        try writeFile(path, Array((lines.joined(separator: "\n") + "\n").utf8))
        return path
    }

    /// A pipeline of a text.
    static func pipeline(_ text: String, _ overrides: [String] = [], file: String = "p.json5") throws -> Pipeline {
        try Pipeline(text: Array(text.utf8), file: file, overrides: overrides.map { try PipelineOverride($0) })
    }

    /// The mistakes in a text.
    static func problems(
        _ text: String, _ overrides: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [PipelineProblem] {
        try #require(
            throws: PipelineProblems.self, sourceLocation: sourceLocation, performing: { try pipeline(text, overrides) }
        ).problems
    }

    static func environment(threads: Int = 1) -> PipelineRunner.Environment {
        PipelineRunner.Environment(
            pool: WorkerPool(threadCount: threads), monitor: .silent, wallClock: { 4e9 },
            program: ["version": "test", "commit": nil])
    }

    /// What is known of a dataset that does not exist.
    static func facts(groups: [String] = ["sex"], test: Int = 10) throws -> DatasetFacts {
        let indices = (0..<40).map { Int32($0 % 2) }
        return DatasetFacts(
            of: storeTestDataset(
                trainCount: 40 - test, testCount: test,
                groups: groups.map { GroupColumn(name: $0, valueNames: ["a", "b"], values: indices) }))
    }
}
