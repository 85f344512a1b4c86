import Curate
import Foundation
import Models
import Testing

@Suite struct SavedScoresTests {
    private static let ids = (0..<6).map { "image, \"\($0)\"" }

    private static func export(hash: String? = String(repeating: "b", count: 64)) -> ScoreExport {
        let table = try? ScoreTable(
            logs: [
                ScoringFixtures.random(exampleCount: 6, epochCount: 3, seed: 4),
                ScoringFixtures.random(exampleCount: 6, epochCount: 3, seed: 5),
            ], names: [.el2n, .aum, .variability])
        let examples = ExampleTable(
            datasetName: "images", datasetHash: hash, indices: (0..<6).map { Int32($0) }, identifiers: .named(ids),
            labels: [0, 1, 0, 1, 2, 2], classNames: ["a", "b", "c"], predictions: [0, 1, 1, 1, 2, 0])
        guard let table else { preconditionFailure("the fixture scores") }
        return ScoreExport(table: table, examples: examples)
    }

    private static func candidates(_ order: [Int] = Array(0..<6), hash: String = String(repeating: "b", count: 64))
        -> ExampleTable
    {
        ExampleTable(
            datasetName: "images", datasetHash: hash, indices: order.map { Int32($0) }, identifiers: .named(ids),
            labels: order.map { [0, 1, 0, 1, 2, 2][$0] }, classNames: ["a", "b", "c"])
    }

    @Test(arguments: ScoreFileFormat.allCases) func everyFormatIsReadBack(format: ScoreFileFormat) throws {
        let directory = try TemporaryDirectory()
        let export = Self.export()
        let path = directory.path(of: "scores.\(format.rawValue)")
        try export.write(to: path, format: format, replacing: false)
        let scores = try ScoreFileReader.read(path: path)
        #expect(scores.columns.map(\.name) == ["el2n", "aum", "variability"])
        #expect(scores.columns.map(\.direction) == [.higherIsHarder, .lowerIsHarder, .higherIsMoreAmbiguous])
        #expect(scores.columns.map(\.values) == export.table.columns.map(\.values))
        #expect(scores.datasetHash == String(repeating: "b", count: 64))
        // Named rows find their examples in any order; bare numbers are in the order of the data.
        let order = format == .npy ? Array(0..<6) : [3, 1, 5, 0, 4, 2]
        let candidates = Self.candidates(order)
        let rows = try scores.rows(for: candidates)
        let score = try scores.score(named: "aum", rows: rows)
        #expect(score.values == order.map { export.table.columns[1].values[$0] })
        if format == .csv || format == .npz {
            #expect(scores.recall(of: candidates, rows: rows) == [0.5, 1, 0.5])
        }
    }

    @Test func plainTablesWithNamesOfScoresAreRead() throws {
        let input = InputBytes(Array("id,el2n,aum\nb,2,-1\na,1,5\n".utf8), path: "mine.csv")
        let scores = try ScoreFileReader.scores(fromCSV: input)
        #expect(scores.columns.map(\.direction) == [.higherIsHarder, .lowerIsHarder])
        let candidates = ExampleTable(
            datasetName: "two", datasetHash: "", indices: [0, 1], identifiers: .named(["a", "b"]), labels: [0, 0],
            classNames: ["only"])
        #expect(try scores.score(named: "el2n", rows: scores.rows(for: candidates)).values == [1, 2])
    }

    @Test func positionalNamesAreFoundWithoutMakingThem() throws {
        let text = "id,el2n\ntrain/2,3\ntrain/0,1\ntrain/1,2\n"
        let scores = try ScoreFileReader.scores(fromCSV: InputBytes(Array(text.utf8), path: "s.csv"))
        let candidates = ExampleTable(
            datasetName: "three", datasetHash: "", indices: [0, 1, 2],
            identifiers: .positional(partitionCounts: [3, 0, 2]), labels: [0, 0, 0], classNames: ["only"])
        #expect(try scores.score(named: "el2n", rows: scores.rows(for: candidates)).values == [1, 2, 3])
        for id in ["train/3", "test/0", "train/x", "train", "val/0"] {
            let other = try ScoreFileReader.scores(
                fromCSV: InputBytes(Array("id,el2n\n\(id),3\n".utf8), path: "s.csv"))
            expectFailure(.badData, "id '\(id)' is not a training example of three") { try other.rows(for: candidates) }
        }
    }

    @Test func scoresOfOtherDataAreRefused() throws {
        func scores(_ text: String) throws -> SavedScores {
            try ScoreFileReader.scores(fromCSV: InputBytes(Array(text.utf8), path: "s.csv"))
        }
        let candidates = ExampleTable(
            datasetName: "two", datasetHash: "ffff", indices: [0, 1], identifiers: .named(["a", "b"]), labels: [0, 1],
            classNames: ["x", "y"])
        for (text, message) in [
            ("# dataset: eeee\nid,el2n\na,1\nb,2\n", "the scores are of data with content eeee"),
            ("id,el2n\na,1\nc,2\n", "id 'c' is not a training example of two"),
            ("id,el2n\na,1\na,2\n", "id 'a' occurs twice"),
            ("id,el2n\na,1\n", "1 training examples of two have no score, the first is 'b'"),
            ("index,el2n\n0,1\n7,1\n", "index 7 is not a training example"),
            ("id,label,el2n\na,0,1\nb,0,2\n", "'b' has label 0 in the scores and 1 in two"),
            ("el2n\n1\n2\n3\n", "there are 3 scores for 2 training examples"),
        ] {
            expectFailure(.badData, message) { try scores(text).rows(for: candidates) }
        }
        let fitting = try scores("id,el2n\na,1\nb,2\n")
        let rows = try fitting.rows(for: candidates)
        expectFailure(.usage, "there is no score 'grand'") { try fitting.score(named: "grand", rows: rows) }
        for (text, message) in [
            ("id,x\na,1\n", "no column is a score"), ("id,el2n\na,one\n", "'one' in column 'el2n'"),
            ("id,el2n\na\n", "the row has 1 fields"), ("id,el2n\n", "no rows"), ("el2n,el2n\n1,2\n", "the same name"),
        ] {
            expectFailure(.badData, message) { try scores(text) }
        }
        expectFailure(.usage, "cannot be told by the name") { try ScoreFileReader.read(path: "scores.txt") }
        expectFailure(.missingInput, "cannot be read") { try ScoreFileReader.read(path: "nowhere/scores.csv") }
        let directory = StoreDirectory()
        try writeFile(directory.file("scores.npy"), [0])
        expectFailure(.missingInput, "needs its description beside it") {
            try ScoreFileReader.read(path: directory.file("scores.npy"))
        }
    }

    /// Mutated files give scores that hold together or an error that says where.
    @Test(arguments: ScoreFileFormat.allCases) func readersSurvive(format: ScoreFileFormat) throws {
        let directory = try TemporaryDirectory()
        try Self.export().write(to: directory.path(of: "s.\(format.rawValue)"), format: format, replacing: false)
        let whole = try directory.read("s.\(format.rawValue)")
        let header = format == .npy ? try directory.read("s.npy.json") : []
        var random = KeyedRandom(seed: 9, stream: .test)
        for number in 0..<400 {
            var bytes = whole
            var headerBytes = header
            func mutate(_ bytes: inout [UInt8]) {
                if number % 3 == 0 {
                    bytes.removeLast(1 + random.below(bytes.count))
                } else {
                    bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
                }
            }
            if format == .npy && number % 2 == 0 { mutate(&headerBytes) } else { mutate(&bytes) }
            do {
                let input = InputBytes(bytes, path: "s")
                let scores =
                    switch format {
                    case .csv: try ScoreFileReader.scores(fromCSV: input)
                    case .jsonl: try ScoreFileReader.scores(fromJSONLines: input)
                    case .npz: try ScoreFileReader.scores(fromArchive: input)
                    case .npy:
                        try ScoreFileReader.scores(
                            fromArray: input, header: InputBytes(headerBytes, path: "s.json"))
                    }
                #expect(scores.columns.allSatisfy { $0.values.count == scores.count })
            } catch let error as CurateError {
                #expect(error.location?.isEmpty == false, "\(error)")
            }
        }
    }
}
