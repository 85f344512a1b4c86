import Curate
import Foundation
import Models
import Testing

/// Numbers in labels, groups and splits are numbers, however they are written.
@Suite struct DataValueSpellingTests {
    /// The same number as different programs write it.
    private static let spellings: [@Sendable (Int) -> String] = [
        { "\($0)" }, { "\($0).0" }, { "\($0)e0" }, { " \($0)" }, { "\"\($0)\"" }, { "\" \($0) \"" }, { "+\($0).00" },
        { "0\($0)" }, { "\($0 * 10)E-1" },
    ]

    /// A table of 60 rows whose label, group and split are numbers, each written by a spelling for its row and column.
    private static func table(_ spelling: (_ row: Int, _ column: Int) -> (Int) -> String) -> String {
        var lines = ["x,grade,part,label"]
        for row in 0..<60 {
            let fields = [row % 11, row % 10 == 9 ? 2 : row % 10 == 8 ? 1 : 0, row % 12].enumerated().map {
                place, value in
                spelling(row, place)(value)
            }
            lines.append("\(Double(row) / 8)," + fields.joined(separator: ","))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func dataset(_ text: String) throws -> Dataset {
        var options = DatasetOptions()
        options.csv.label = "label"
        options.csv.groups = ["grade"]
        options.csv.split = "part"
        return try DataCSVTests.dataset(text, options)
    }

    /// Names, order, counts and hash stay, so that everything that is computed stays as well.
    @Test func spellingChangesNothing() throws {
        let plain = try Self.dataset(Self.table { _, _ in Self.spellings[0] })
        #expect(plain.classNames == (0...11).map(String.init))
        #expect(plain.groups[0].valueNames == (0...10).map(String.init).sorted())
        #expect(plain.partitionCounts == [48, 6, 6])
        var random = KeyedRandom(seed: 3, stream: .test)
        for trial in 0..<40 {
            let text = Self.table { row, column in
                // Whole columns in one spelling first, then every field in its own.
                if trial < Self.spellings.count { return Self.spellings[trial] }
                return Self.spellings[random.below(Self.spellings.count)]
            }
            let other = try Self.dataset(text)
            #expect(other.contentHash == plain.contentHash, "\(text)")
            #expect(other.classNames == plain.classNames && other.labels == plain.labels)
            #expect(other.groups == plain.groups && other.partitions == plain.partitions)
        }
    }

    /// Content hashes that were there before numbers were compared as numbers.
    @Test func plainWholeNumbersKeepTheirHash() throws {
        var options = DatasetOptions()
        options.csv.groups = ["g"]
        let text = "x,g,label\n1.5,10,10\n2.5,9,9\n3.5,9,-1\n4.5,10,10\n"
        #expect(
            try DataCSVTests.dataset(text, options).contentHash
                == "a3efeab9ed2b7e06e4652d8f9649108787482e99ada296b0f5893687a8002d79")
        #expect(
            try DatasetLoader.load(path: "\(Fixture.root)/data/digits.csv.gz").contentHash
                == "a0132efab87558826d666cb8acf76c621c6eeb24d644914bdee597c02039e155")
    }

    @Test func partsFromDifferentProgramsAgree() throws {
        let directory = try TemporaryDirectory()
        try directory.write("train.csv", "x,label\n1,0\n2,1\n3,0\n")
        try directory.write("test.csv", "x,label\n4,1.0\n5,0.0\n6,1.0\n")
        let dataset = try DatasetLoader.load(path: directory.path)
        #expect(dataset.classNames == ["0", "1"] && dataset.labels == [0, 1, 0, 1, 0, 1])
        #expect(dataset.notes.contains("'0' and '0.0' in 'label' are one number and one value, and 1 more"))
        #expect(UntrainedClasses(of: dataset).warnings == [])
    }

    @Test func numbersAreSortedByTheirValues() throws {
        let labels = ["11.0", "2.5", "-1", "1e3", "0.25", "10", "-0.5", "123456789012345678901", "3e-9", "inf"]
        let text = "x,label\n" + labels.enumerated().map { "\($0),\($1)\n" }.joined()
        #expect(
            try DataCSVTests.dataset(text).classNames == [
                "-1", "-0.5", "3e-9", "0.25", "2.5", "10", "11", "1000", "123456789012345678901", "inf",
            ])
        // Different whole numbers that are one in double precision stay two classes.
        let close = try DataCSVTests.dataset("x,label\n1,9007199254740992\n2,9007199254740993\n")
        #expect(close.classNames == ["9007199254740992", "9007199254740993"])
        // With a text among them they are texts.
        #expect(try DataCSVTests.dataset("x,label\n1,1\n2,1.0\n3,b\n").classNames == ["1", "1.0", "b"])
    }

    @Test func unknownGroupsLeaveTheOthersNumbers() throws {
        var options = DatasetOptions()
        options.csv.groups = ["g"]
        let dataset = try DataCSVTests.dataset("x,g,label\n1,1,a\n2,1.0,b\n3,,a\n4,NA,b\n5,2.00,a\n", options)
        #expect(dataset.groups[0].valueNames == ["(missing)", "1", "2"])
        #expect(dataset.groups[0].values == [1, 1, 0, 0, 2])
        for condition in ["g == \"1.0\"", "g == 1", "g == \"1\""] {
            let column = try GroupDefinition(parsing: "first: " + condition).column(
                of: dataset.groups, label: GroupColumn(name: "label", values: ["a", "b", "a", "b", "a"]), dataName: "t")
            #expect(column.values.indices.filter { column.values[$0] != column.complement } == [0, 1])
        }
    }

    @Test func tablesBesideArraysSpellAsTheyLike() throws {
        func load(_ table: String) throws -> Dataset {
            let directory = try TemporaryDirectory()
            try directory.write("features.npy", Build.npy("|u1", "(4, 2)", [1, 2, 3, 4, 5, 6, 7, 8]))
            try directory.write("metadata.csv", table)
            return try DatasetLoader.load(path: directory.path)
        }
        let plain = try load("label,split,place\n2,0,1\n10,0,1\n2,1,3\n10,2,3\n")
        let floats = try load("label,split,place\n2.0,0.0,1.0\n1e1,0,1\n2,1.0,3.0\n10.0,2.0,3\n")
        #expect(plain.contentHash == floats.contentHash && floats.classNames == ["2", "10"])
        // Names that are given are met by number, and positions as well.
        let directory = try TemporaryDirectory()
        try directory.write("features.npy", Build.npy("|u1", "(2, 2)", [1, 2, 3, 4]))
        try directory.write("metadata.csv", "label\n1.0\n0.0\n")
        try directory.write("class_names.txt", "cat\ndog\n")
        #expect(try DatasetLoader.load(path: directory.path).labels == [1, 0])
    }

    @Test func textsInArraysAreNumbersToo() throws {
        let directory = try TemporaryDirectory()
        try directory.write("features.npy", Build.npy("|u1", "(3, 2)", [1, 2, 3, 4, 5, 6]))
        try directory.write(
            "labels.npy", Build.npy("<U4", "(3,)", DataTextArrayTests.characters(["10.0", "9", "10"], width: 4)))
        let dataset = try DatasetLoader.load(path: directory.path)
        #expect(dataset.classNames == ["9", "10"] && dataset.labels == [1, 0, 1])
    }

    @Test func filesOfClassesFindThemByNumber() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("recall.csv", "class,recall\n1.0,0.5\n0.0,0.25\n")
        #expect(try ClassRecalls.read(path: path, classNames: ["0", "1"]) == [0.25, 0.5])
    }

    /// A copy says the classes of its original, whatever they are spelled like in its rows.
    @Test func copiesKeepTheClasses() throws {
        let directory = try TemporaryDirectory()
        try directory.write("data.csv", "x,label\n1,1\n2,1.0\n3,10\n4,2e0\n")
        let dataset = try DatasetLoader.load(path: directory.path(of: "data.csv"))
        #expect(dataset.classNames == ["1", "2", "10"] && dataset.labels == [0, 0, 2, 1])
    }
}

/// Words for missing values that are classes.
@Suite struct DataLabelWordTests {
    private static func table(_ labels: [String]) -> String {
        "a,label\n" + labels.enumerated().map { "\($0 % 3).\($0),\($1)\n" }.joined()
    }

    private static func repeated(_ labels: [String], _ count: Int = 20) -> [String] {
        (0..<count).flatMap { _ in labels }
    }

    @Test(arguments: ["NA", "null", "nan", "\"NA\""]) func frequentWordsAreClasses(word: String) throws {
        let plain = word.replacing("\"", with: "")
        for drops in [false, true] {
            var options = DatasetOptions()
            options.csv.dropsUnlabelled = drops
            let dataset = try DataCSVTests.dataset(Self.table(Self.repeated([word, "EU", "AS"])), options)
            #expect(dataset.count == 60 && dataset.classNames == ["AS", "EU", plain].sorted())
            #expect(dataset.notes.contains { $0.contains("'\(plain)' in 'label' is a class") } == !word.hasPrefix("\""))
        }
    }

    @Test func oneQuotedWordIsAClass() throws {
        let dataset = try DataCSVTests.dataset(Self.table(Self.repeated(["EU", "AS"]) + ["\"NA\""]))
        #expect(dataset.classNames == ["AS", "EU", "NA"])
        // Numbers without quotes, and one word with them: somebody meant it.
        #expect(try DataCSVTests.dataset(Self.table(Self.repeated(["0", "1"]) + ["\"null\""])).classCount == 3)
    }

    @Test(arguments: [
        (repeated(["EU", "AS"]) + ["NA"], "'NA' is read as missing, in 1 of 41 rows"),
        (repeated(["0", "1", "NA"]), "'NA' is read as missing, in 20 of 60 rows"),
        (repeated(["\"0\"", "\"1\"", "\"NA\""]), "'NA' is read as missing, in 20 of 60 rows"),
        (repeated(["x", "?"]), "'?' is read as missing, in 20 of 40 rows"),
        (repeated(["x", "\"\""]), "the field is empty, in 20 of 40 rows"),
    ])
    func otherWordsAreMissing(labels: [String], says: String) throws {
        expectFailure(.badData, says) { try DataCSVTests.dataset(Self.table(labels)) }
        var options = DatasetOptions()
        options.csv.dropsUnlabelled = true
        let dataset = try DataCSVTests.dataset(Self.table(labels), options)
        #expect(dataset.classNames.allSatisfy { ["EU", "AS", "0", "1", "x"].contains($0) })
    }

    @Test func tablesBesideArraysHaveThemToo() throws {
        let directory = try TemporaryDirectory()
        try directory.write("features.npy", Build.npy("|u1", "(4, 1)", [1, 2, 3, 4]))
        try directory.write("metadata.csv", "label\nNA\nEU\nNA\nEU\n")
        #expect(try DatasetLoader.load(path: directory.path).classNames == ["EU", "NA"])
        try directory.write("metadata.csv", "label\nEU\nEU\nNA\nEU\n")
        expectFailure(.badData, "metadata.csv:4: the row has no label: 'NA' is read as missing, in 1 of 4 rows") {
            try DatasetLoader.load(path: directory.path)
        }
    }

    @Test func predictionsOfSuchAClassAreRead() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("p.csv", "label,pred\nNA,NA\nNA,EU\nEU,NA\nEU,EU\n")
        let (found, _) = try Predictions.reading([path], options: PredictionOptions())
        #expect(found.classNames == ["EU", "NA"] && found.runs[0].classes == [1, 0, 1, 0])
        let bad = try directory.write("q.csv", "label,pred\nUS,US\nUS,EU\nEU,NaN\nEU,EU\n")
        expectFailure(.badData, "q.csv:4: the row has no prediction: 'NaN' is read as missing") {
            try Predictions.reading([bad], options: PredictionOptions())
        }
    }
}
