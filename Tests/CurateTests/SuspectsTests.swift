import Curate
import Models
import TestSupport
import Testing

/// Label suspects as a stage of a pipeline, in stores and in files.
@Suite(.tags(.training)) struct SuspectsTests {
    /// Three clouds of points, 100 each, in which every tenth point bears the label of the next cloud.
    private static func clouds(in directory: StoreDirectory) throws -> (path: String, flipped: Set<String>) {
        var random = KeyedRandom(seed: 5, stream: .test)
        var lines = ["a,b,c,label"]
        var flipped: Set<String> = []
        for index in 0..<300 {
            let truth = index % 3
            let isFlipped = index % 10 == 4
            if isFlipped { flipped.insert("train/\(index)") }
            let values = (0..<3).map { String(random.below(30) + ($0 == truth ? 40 : 0)) }
            lines.append(
                (values + ["xyz".map(String.init)[isFlipped ? (truth + 1) % 3 : truth]]).joined(separator: ","))
        }
        let path = directory.file("clouds.csv")
        try writeFile(path, Array((lines.joined(separator: "\n") + "\n").utf8))
        return (path, flipped)
    }

    private static func text(_ path: String) -> String {
        """
        { dataset: { path: "\(path)" }, stages: {
          probe: { train: { network: "linear", epochs: 6, seeds: 2, batchSize: 16 } },
          scores: { score: { runs: "probe", by: ["el2n"] } },
          clean: { suspects: { runs: "probe" } },
          folds: { suspects: { runs: "probe", method: "out-of-fold", folds: 3 } },
          hard: { prune: { scores: "scores", keep: 0.1 } },
          hardClean: { prune: { scores: "scores", exclude: "folds", keep: 0.1 } },
          rest: { prune: { policy: "random", exclude: "clean" } },
          onHard: { train: { split: "hard", network: "linear", epochs: 1 } },
          onHardClean: { train: { split: "hardClean", network: "linear", epochs: 1 } },
          onRest: { train: { split: "rest", network: "linear", epochs: 1 } },
        } }
        """
    }

    private static func run(_ directory: StoreDirectory, _ path: String) throws -> PipelineOutcome {
        try PipelineRunner(PipelineSupport.environment()).run(
            try PipelineSupport.pipeline(text(path)), storePath: directory.file())
    }

    @Test func wrongLabelsAreFoundAndLeftOut() throws {
        let directory = StoreDirectory()
        let (path, flipped) = try Self.clouds(in: directory)
        let outcome = try Self.run(directory, path)
        for stage in ["clean", "folds"] {
            let (suspects, candidates) = try outcome.suspects(of: stage)
            let found = suspects.entries.map { candidates.id(at: Int($0.position)) }
            let right = found.filter { flipped.contains($0) }.count
            #expect(Double(right) >= 0.9 * Double(flipped.count), "\(stage) finds \(right)")
            #expect(Double(right) >= 0.9 * Double(found.count), "\(stage) lists \(found.count)")
            for entry in suspects.entries where flipped.contains(candidates.id(at: Int(entry.position))) {
                let index = Int(candidates.indices[Int(entry.position)])
                #expect(entry.suggested == Int32(index % 3))
            }
            #expect(zip(suspects.entries, suspects.entries.dropFirst()).allSatisfy { $0.confidence >= $1.confidence })
        }
        let store = try Store.open(path: directory.file(), mode: .read)
        func kept(_ label: String) throws -> Set<Int> {
            let key = try #require(outcome.runs(of: label).first?.key)
            let subset = try #require(try store.subset(of: key))
            return Set(subset.indices)
        }
        let wrong = Set(flipped.compactMap { Int($0.dropFirst(6)) })
        #expect(try kept("onHard").intersection(wrong).count > 20)
        #expect(try kept("onHardClean").intersection(wrong).count <= 3)
        #expect(try kept("onRest").count == 300 - (try outcome.suspects(of: "clean").suspects.entries.count))
        // Again from the store.
        #expect(try Self.run(directory, path).stages.allSatisfy { $0.wasCached })
    }

    @Test func foldsAreEvenStratifiedAndFollowTheIds() {
        let problem = PruningFixtures.problem(count: 211, classes: 4, seed: 9)
        let folds = SuspectsJob.folds(of: problem.candidates, count: 5)
        for label in 0..<4 {
            let sizes = (0..<5).map { fold in
                folds.indices.count { folds[$0] == fold && Int(problem.candidates.labels[$0]) == label }
            }
            #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
        }
        let shuffled = problem.shuffled(seed: 2)
        let again = SuspectsJob.folds(of: shuffled.candidates, count: 5)
        var byIndex: [Int32: Int] = [:]
        for (position, index) in problem.candidates.indices.enumerated() { byIndex[index] = folds[position] }
        for (position, index) in shuffled.candidates.indices.enumerated() { #expect(byIndex[index] == again[position]) }
    }

    private static let candidates = ExampleTable(
        datasetName: "made", datasetHash: "ab12", indices: (0..<6).map { Int32($0) },
        identifiers: .positional(partitionCounts: [6, 0, 0]), labels: [0, 1, 2, 0, 1, 2], classNames: ["a", "b", "c,d"])

    /// Suspects in which the given class is improbable.
    private static func suspects() throws -> LabelSuspects {
        let truth = [0, 1, 0, 0, 2, 2]
        let values = truth.flatMap { truth in (0..<3).map { Float($0 == truth ? 0.96 : 0.02) } }
        return try LabelSuspects(
            probabilities: ClassProbabilities(values, classCount: 3), of: candidates, rule: .offDiagonal)
    }

    @Test func filesComeBack() throws {
        let suspects = try Self.suspects()
        #expect(suspects.entries.map(\.position).sorted() == [2, 4])
        let directory = try TemporaryDirectory()
        let path = directory.path(of: "s.csv")
        try suspects.write(Self.candidates, to: path, replacing: false)
        let read = try LabelSuspects(path: path, of: Self.candidates)
        #expect(read.method == suspects.method)
        #expect(read.entries.map(\.position) == suspects.entries.map(\.position))
        #expect(read.entries.map(\.suggested) == suspects.entries.map(\.suggested))
        let stored = try LabelSuspects(suspects.json(Self.candidates), of: Self.candidates, at: "s")
        #expect(stored.entries == suspects.entries)
    }

    @Test(arguments: [
        ("# dataset: ff\nid\ntrain/1\n", "the suspects are of another dataset than made"),
        ("id\ntrain/9\n", "there is no training example 'train/9' in made"),
        ("id\ntrain/1\ntrain/1\n", "'train/1' occurs twice"),
        ("id,given\ntrain/1,a\n", "'train/1' has the label 'b', not 'a'"),
        ("id,suggested\ntrain/1,z\n", "there is no class 'z'"),
        ("id,confidence\ntrain/1,2\n", "'2' is not a confidence, which lies in 0...1"),
        ("index\n1\n", "there is no column id"),
        ("# only words\n", "there is no line of column names"),
    ]) func filesThatDoNotFitAreRefused(text: String, message: String) throws {
        let directory = try TemporaryDirectory()
        let path = directory.path(of: "s.csv")
        try writeFile(path, Array(text.utf8))
        expectFailure(.badData, message) { try LabelSuspects(path: path, of: Self.candidates) }
    }

    @Test func aPlainListOfIdsWillDo() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path(of: "s.csv")
        try writeFile(path, Array("id\ntrain/4\ntrain/0\n".utf8))
        #expect(try LabelSuspects(path: path, of: Self.candidates).entries.map(\.position) == [4, 0])
    }

    @Test func damagedFilesAreReadOrRefused() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path(of: "s.csv")
        try Self.suspects().write(Self.candidates, to: path, replacing: false)
        let whole = Array(try directory.read("s.csv"))
        var refused = 0
        func read(_ bytes: [UInt8], _ name: String) throws {
            let path = directory.path(of: name)
            try writeFile(path, bytes)
            do { _ = try LabelSuspects(path: path, of: Self.candidates) } catch is CurateError { refused += 1 }
        }
        for length in whole.indices { try read(Array(whole[..<length]), "t\(length)") }
        for place in whole.indices {
            var bytes = whole
            bytes[place] ^= UInt8(1 << (place % 8))
            try read(bytes, "b\(place)")
        }
        #expect(refused > whole.count / 4)
        let json = Array(try Self.suspects().json(Self.candidates).canonicalText.utf8)
        for place in json.indices {
            var bytes = json
            bytes[place] ^= UInt8(1 << (place % 8))
            do {
                _ = try LabelSuspects(try JSONValue(parsing: bytes, from: "s"), of: Self.candidates, at: "s")
            } catch is CurateError {}
        }
    }
}
