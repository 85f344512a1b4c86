import Curate
import Glibc
import Testing

/// Logits of other people's trainers, from NumPy files.
@Suite struct LogitFilesTests {
    /// A directory with files of logits, removed with everything in it (two levels deep).
    final class Folder {
        let path: String
        private var folders: [String] = []
        private let top = StoreDirectory()

        init() { path = top.path }

        deinit { for folder in folders { removeStoreTestTree(folder) } }

        func file(_ name: String) -> String { "\(path)/\(name)" }

        @discardableResult
        func folder(_ name: String) -> String {
            folders.append(file(name))
            mkdir(file(name), 0o777)
            return file(name)
        }

        @discardableResult
        func logits<Number: NPYElement>(_ name: String, _ values: [Number], _ shape: [Int]) throws -> String {
            try NPYWriter.write(values, shape: shape, to: file(name), replacing: true)
            return file(name)
        }

        func labels(_ values: [Int32] = [0, 2]) throws -> String { try logits("labels.npy", values, [values.count]) }
    }

    /// Logits of two examples and three classes that tell their epoch.
    static func epoch(_ number: Float) -> [Float] { [number, 0, 1, 5, -1, 5 + number] }

    private func failure(_ folder: Folder, _ patterns: String..., labels: String? = nil) throws -> CurateError? {
        let labelsPath = try labels ?? folder.labels()
        let paths = patterns.map { folder.file($0) }
        let error = ScoringFixtures.failure { _ = try LogitFiles(patterns: paths, labelsPath: labelsPath) }
        #expect(error?.location?.isEmpty == false && error?.remedy?.isEmpty == false)
        return error
    }

    @Test func epochsAreOrderedByTheirNumbers() throws {
        let folder = Folder()
        for number in [10, 2, 1, 9, 100] {
            try folder.logits("epoch\(number).npy", Self.epoch(Float(number)), [2, 3])
        }
        let files = try LogitFiles(patterns: [folder.file("epoch*.npy")], labelsPath: try folder.labels())
        #expect(files.labels == [0, 2] && files.classCount == 3)
        #expect(files.runs.count == 1 && files.runs[0].epochCount == 5)
        #expect(files.runs[0].pattern == folder.file("epoch*.npy"))
        #expect(files.runs[0].files == [1, 2, 9, 10, 100].map { folder.file("epoch\($0).npy") })
        let log = try files.log(ofRun: 0)
        #expect(log.epochCount == 5 && log.exampleCount == 2 && log.seed == 0)
        for (index, number) in [1, 2, 9, 10, 100].enumerated() {
            // The margin of label 0 over the larger of 0 and 1, and that of label 2 over 5.
            let expected = [Float(number) - 1, Float(number)]
            #expect(log[.batchLogitMargin, epoch: index + 1] == expected)
            #expect(log[.cleanLogitMargin, epoch: index + 1] == expected)
        }
    }

    @Test(arguments: [
        ("epoch2", "epoch10"), ("e9_step100", "e10_step1"), ("e1_step2", "e1_step10"), ("07", "7"), ("epoch", "epoch0"),
        ("epoch007", "epoch8"), ("epoch99999999999999999998", "epoch99999999999999999999"), ("a10", "b2"),
        ("run0/epoch9", "run0/epoch10"), ("epoch0", "epoch00"), ("epoch0", "epoch1"), ("1", "a"),
    ])
    func numbersInNamesCount(earlier: String, later: String) {
        #expect(FilePattern.precedes(earlier, later))
        #expect(!FilePattern.precedes(later, earlier))
        #expect(!FilePattern.precedes(earlier, earlier))
    }

    @Test func everyPatternIsARun() throws {
        let folder = Folder()
        for run in 0..<3 {
            folder.folder("run\(run)")
            for epoch in 1...2 {
                try folder.logits("run\(run)/epoch\(epoch).npy", Self.epoch(Float(10 * run + epoch)), [2, 3])
            }
        }
        let patterns = (0..<3).map { folder.file("run\($0)/epoch*.npy") }
        let files = try LogitFiles(patterns: patterns, labelsPath: try folder.labels())
        let logs = try files.runs.indices.map { try files.log(ofRun: $0, provenance: .clean) }
        #expect(logs.map(\.seed) == [0, 1, 2])
        #expect(logs.map { $0[.cleanLogitMargin, epoch: 2]?[1] } == [2, 12, 22])
        #expect(logs.allSatisfy { $0[.batchLogitMargin, epoch: 1] == nil })
        let table = try ScoreTable(logs: logs, names: [.el2n], convention: .dataDiet, options: ScoreSettings())
        #expect(table.columns.count == 1)
    }

    @Test func anEpochPerDirectoryIsARun() throws {
        let folder = Folder()
        for number in [2, 10] {
            folder.folder("epoch\(number)")
            try folder.logits("epoch\(number)/logits.npy", Self.epoch(Float(number)), [2, 3])
        }
        let files = try LogitFiles(patterns: [folder.file("epoch*/logits.npy")], labelsPath: try folder.labels())
        #expect(files.runs[0].files == ["epoch2", "epoch10"].map { folder.file("\($0)/logits.npy") })
    }

    @Test func oneArrayMayHoldTheWholeRun() throws {
        let folder = Folder()
        try folder.logits("run.npy", (1...4).flatMap { Self.epoch(Float($0)) }, [4, 2, 3])
        for number in 1...4 { try folder.logits("epoch\(number).npy", Self.epoch(Float(number)), [2, 3]) }
        let files = try LogitFiles(
            patterns: [folder.file("run.npy"), folder.file("epoch*.npy")], labelsPath: try folder.labels())
        #expect(files.runs.map(\.epochCount) == [4, 4] && files.runs.map(\.files.count) == [1, 4])
        #expect(try files.log(ofRun: 0).columns == files.log(ofRun: 1).columns)
    }

    @Test func everyFloatTypeGivesTheSameLog() throws {
        let folder = Folder()
        let values = Self.epoch(2)
        let labels = try folder.labels()
        let single = try folder.logits("single.npy", values, [2, 3])
        let double = try folder.logits("double.npy", values.map { Double($0) }, [2, 3])
        let half = folder.file("half.npy")
        var header = NPYWriter.header(Float.self, shape: [2, 3], count: 6)
        let place = try #require(header.indices.first { header[$0...].starts(with: "f4".utf8) })
        header[place + 1] = UInt8(ascii: "2")
        try writeFile(half, header + values.map { Float16($0) }.withUnsafeBytes { Array($0) })
        let logs = try [single, double, half].map {
            try LogitFiles(patterns: [$0], labelsPath: labels).log(ofRun: 0).columns
        }
        #expect(logs[0] == logs[1] && logs[0] == logs[2])
    }

    @Test func labelsMayBeAColumnAndOfAnyType() throws {
        let folder = Folder()
        let logits = try folder.logits("e.npy", Self.epoch(1), [2, 3])
        let paths = [
            try folder.logits("a.npy", [Int64(0), 2], [2, 1]), try folder.logits("b.npy", [UInt8(0), 2], [2]),
            try folder.logits("c.npy", [Float(0), 2], [2]),
        ]
        for path in paths { #expect(try LogitFiles(patterns: [logits], labelsPath: path).labels == [0, 2]) }
    }

    @Test func aNameWithPatternCharactersMatchesItself() throws {
        let folder = Folder()
        try folder.logits("run[1].npy", Self.epoch(1), [2, 3])
        let files = try LogitFiles(patterns: [folder.file("run[1].npy")], labelsPath: try folder.labels())
        #expect(files.runs[0].files == [folder.file("run[1].npy")])
    }

    @Test func patternsThatMatchNothingAreNamed() throws {
        let folder = Folder()
        for pattern in ["epoch*.npy", "nowhere/epoch*.npy", "epoch1.npy"] {
            let error = try failure(folder, pattern)
            #expect(error?.kind == .missingInput && error?.location == folder.file(pattern))
            #expect(error?.remedy?.contains("quote the pattern") == true)
        }
        let labels = ScoringFixtures.failure {
            _ = try LogitFiles(patterns: [folder.file("epoch*.npy")], labelsPath: folder.file("none.npy"))
        }
        #expect(labels?.kind == .missingInput && labels?.location == folder.file("none.npy"))
        let none = ScoringFixtures.failure { _ = try LogitFiles(patterns: [], labelsPath: try folder.labels()) }
        #expect(none?.kind == .usage)
    }

    @Test func runsMustBeDistinct() throws {
        let folder = Folder()
        for run in 0..<2 {
            folder.folder("run\(run)")
            for epoch in 1...2 { try folder.logits("run\(run)/epoch\(epoch).npy", Self.epoch(1), [2, 3]) }
        }
        let twice = try failure(folder, "run0/epoch*.npy", "run0/*1.npy")
        #expect(twice?.kind == .usage && twice?.location == folder.file("run0/epoch1.npy"))
        let joined = try failure(folder, "run*/epoch*.npy")
        #expect(joined?.kind == .usage && joined?.message.contains("several runs") == true)
    }

    @Test func filesThatDoNotGoTogetherAreNamed() throws {
        let folder = Folder()
        try folder.logits("epoch1.npy", Self.epoch(1), [2, 3])
        try folder.logits("short-epoch1.npy", [Float](repeating: 5, count: 3), [1, 3])
        try folder.logits("wide-epoch1.npy", [Float](repeating: 5, count: 8), [2, 4])
        for other in ["short", "wide"] {
            let error = try failure(folder, "epoch1.npy", "\(other)-epoch1.npy")
            #expect(error?.kind == .badData && error?.location == folder.file("\(other)-epoch1.npy"))
            #expect(error?.message.contains(folder.file("epoch1.npy")) == true)
        }
        let labels = try folder.logits("three.npy", [Int32(0), 1, 2], [3])
        let error = try failure(folder, "epoch1.npy", labels: labels)
        #expect(error?.kind == .badData && error?.location == labels)
        #expect(error?.message == "there are 3 labels for the 2 rows of \(folder.file("epoch1.npy"))")
    }

    @Test func arraysThatAreNoLogitsAreRefused() throws {
        let folder = Folder()
        try folder.logits("vector.npy", Self.epoch(1), [6])
        try folder.logits("single.npy", Self.epoch(1), [6, 1])
        try folder.logits("empty.npy", [Float](), [0, 3])
        try folder.logits("classes.npy", [Int64(1), 0, 0, 1], [2, 2])
        try folder.logits("softmax.npy", [Float(0.25), 0.25, 0.5, 0.125, 0.125, 0.75], [2, 3])
        try folder.logits("all1.npy", Self.epoch(1), [1, 2, 3])
        try folder.logits("all2.npy", Self.epoch(1), [1, 2, 3])
        let cases = [
            ("vector.npy", "has the shape (6,)"), ("single.npy", "1 logit per example"), ("empty.npy", "is empty"),
            ("classes.npy", "holds int64 numbers"), ("softmax.npy", "these are probabilities"),
            ("all*.npy", "one of several files of a run is (examples, classes)"),
        ]
        for (pattern, message) in cases {
            let error = try failure(folder, pattern)
            #expect(error?.kind == .badData)
            #expect(error?.message.contains(message) == true, "\(String(describing: error))")
        }
        // One-hot rows may well be logits of an example made by hand.
        let oneHot = try folder.logits("hot.npy", [Float(1), 0, 0, 0, 0, 1], [2, 3])
        #expect(try LogitFiles(patterns: [oneHot], labelsPath: try folder.labels()).classCount == 3)
    }

    @Test func labelsThatAreNoClassesAreRefused() throws {
        let folder = Folder()
        try folder.logits("epoch1.npy", Self.epoch(1), [2, 3])
        let cases = [
            (try folder.logits("a.npy", [Float(0), 0.5], [2]), "label 0.5 at row 1 is not a whole number"),
            (try folder.logits("b.npy", [Int32(3), 0], [2]), "label 3 at row 0 is out of range"),
            (try folder.logits("c.npy", [Int64(0), -1], [2]), "label -1 at row 1 is out of range"),
            (try folder.logits("d.npy", [Int64(0), 1 << 40], [2]), "label 1099511627776 at row 1 is out of range"),
            (try folder.logits("e.npy", [UInt8(1), 0, 0, 1], [2, 2]), "labels of shape (2, 2)"),
        ]
        for (path, message) in cases {
            let error = try failure(folder, "epoch1.npy", labels: path)
            #expect(error?.kind == .badData && error?.location == path)
            #expect(error?.message.hasPrefix(message) == true, "\(String(describing: error))")
        }
    }

    @Test func logitsThatAreNotFiniteNameFileAndEpoch() throws {
        let folder = Folder()
        let labels = try folder.labels()
        try folder.logits("epoch1.npy", Self.epoch(1), [2, 3])
        try folder.logits("epoch2.npy", Self.epoch(.nan), [2, 3])
        try folder.logits("run.npy", Self.epoch(1) + Self.epoch(.infinity), [2, 2, 3])
        try folder.logits("large.npy", [1e300, 0, 0, 0, 0, 0], [2, 3])
        for (pattern, location, message) in [
            ("epoch*.npy", "epoch2.npy", "class 0 of example 0 is not a number"),
            ("run.npy", "run.npy, epoch 2", "class 0 of example 0 is infinite"),
            ("large.npy", "large.npy", "beyond single precision"),
        ] {
            let files = try LogitFiles(patterns: [folder.file(pattern)], labelsPath: labels)
            let error = ScoringFixtures.failure { _ = try files.log(ofRun: 0) }
            #expect(error?.kind == .badData && error?.location == folder.file(location))
            #expect(error?.message.contains(message) == true, "\(String(describing: error))")
        }
    }

    @Test func filesThatChangeBetweenAreReported() throws {
        let folder = Folder()
        let path = try folder.logits("epoch1.npy", Self.epoch(1), [2, 3])
        let files = try LogitFiles(patterns: [path], labelsPath: try folder.labels())
        try folder.logits("epoch1.npy", [Float(1), 2, 3], [1, 3])
        let error = ScoringFixtures.failure { _ = try files.log(ofRun: 0) }
        #expect(error?.kind == .badData && error?.message.contains("has changed") == true)
        unlink(path)
        #expect(ScoringFixtures.failure { _ = try files.log(ofRun: 0) }?.kind == .missingInput)
    }
}
