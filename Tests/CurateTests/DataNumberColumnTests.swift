import Curate
import Foundation
import Models
import Testing

/// Columns that are numbers but for how they are written, or for a few values.
@Suite struct DataNumberColumnTests {
    /// Two columns of measurements and a label, as text of plain numbers.
    private static let plain: [(a: Double, b: Double, label: Int)] = {
        var random = KeyedRandom(seed: 7, stream: .test)
        return (0..<60).map { row in
            (Double(random.below(4_000_000)) / 100 - 20_000, Double(random.below(1000)) / 10, row % 2)
        }
    }()

    private static func table(
        delimiter: String = ",", header: String = "a,b,label", _ a: (Int) -> String, b: ((Int) -> String)? = nil
    ) -> String {
        let rows = plain.indices.map { row in
            [a(row), b?(row) ?? fixed(plain[row].b, 1), "\(plain[row].label)"].joined(separator: delimiter)
        }
        return ([header.replacing(",", with: delimiter)] + rows).joined(separator: "\n") + "\n"
    }

    private static func fixed(_ number: Double, _ decimals: Int) -> String {
        String(format: "%.\(decimals)f", number)
    }

    /// 12345.5 with marks between thousands.
    private static func grouped(_ number: Double, mark: String, point: String) -> String {
        let text = fixed(abs(number), 2).split(separator: ".")
        let digits = Array(text[0])
        var whole = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { whole += mark }
            whole.append(digit)
        }
        return (number < 0 ? "-" : "") + whole + point + text[1]
    }

    private static func features(_ dataset: Dataset) -> [[Double]] { (0..<dataset.count).map { dataset.row($0) } }

    private static let reference = table { fixed(plain[$0].a, 2) }

    @Test func decimalCommasAndThousandsAreRead() throws {
        let expected = Self.features(try DataCSVTests.dataset(Self.reference))
        let variants = [
            (
                "decimal commas",
                Self.table(delimiter: ";", { Self.fixed(Self.plain[$0].a, 2).replacing(".", with: ",") })
            ),
            ("decimal commas", Self.table(delimiter: ";", { Self.grouped(Self.plain[$0].a, mark: ".", point: ",") })),
            (
                "commas between thousands",
                Self.table(delimiter: ";", { Self.grouped(Self.plain[$0].a, mark: ",", point: ".") })
            ),
            (
                "commas between thousands",
                Self.table({ "\"" + Self.grouped(Self.plain[$0].a, mark: ",", point: ".") + "\"" })
            ),
            ("percent signs", Self.table({ Self.fixed(Self.plain[$0].a, 2) + "%" })),
            ("percent signs", Self.table({ Self.fixed(Self.plain[$0].a, 2) + " %" })),
        ]
        for (phrase, text) in variants {
            let dataset = try DataCSVTests.dataset(text)
            #expect(Self.features(dataset) == expected, "\(text.prefix(60))")
            #expect(dataset.notes.contains { $0.hasPrefix("'a' was read as numbers with \(phrase), as in '") })
        }
    }

    @Test func commasThatMayMeanBothAreRefused() throws {
        let text = Self.table(delimiter: ";", { "\($0 + 1),\(100 + $0)" })
        expectFailure(.badData, "table.csv:2: column 'a' has commas that may be decimal commas") {
            try DataCSVTests.dataset(text)
        }
        // One value decides for all.
        let decided = Self.table(delimiter: ";", { $0 == 40 ? "1,5" : "\($0 + 1),\(100 + $0)" })
        #expect(try DataCSVTests.dataset(decided).row(0)[0] == Double(Float(1.1)))
        let thousands = Self.table(delimiter: ";", { $0 == 40 ? "1,234,567" : "\($0 + 1),\(100 + $0)" })
        #expect(try DataCSVTests.dataset(thousands).row(0)[0] == 1100)
    }

    /// What pandas, R, SQL and spreadsheets write for no number.
    @Test(arguments: [
        "N/A", "n/a", "#N/A", "None", "<NA>", "-", "--", "nil", "#DIV/0!", "-nan", "1.#IND", "unknown", "\u{2013}",
    ])
    func wordsAmongNumbersAreMissing(word: String) throws {
        let missing: Set<Int> = [5, 41]
        let empty = try DataCSVTests.dataset(Self.table { missing.contains($0) ? "" : Self.fixed(Self.plain[$0].a, 2) })
        let words = try DataCSVTests.dataset(
            Self.table { missing.contains($0) ? word : Self.fixed(Self.plain[$0].a, 2) })
        #expect(Self.features(words) == Self.features(empty) && words.contentHash == empty.contentHash)
        #expect(words.notes.contains("2 values in 'a' were taken as missing: '\(word)' (line 7)"))
        #expect(empty.notes.allSatisfy { !$0.contains("taken as missing") })
        // In a column of texts they are values like others.
        let texts = try DataCSVTests.dataset("c,x,label\nred,1,a\n\(word),2,b\nblue,3,a\n")
        #expect(texts.columns[0].elements.count == 3)
    }

    @Test func aWordInTestAloneIsMissingAsWell() throws {
        let directory = try TemporaryDirectory()
        try directory.write("train.csv", "x,y,label\n1,1,a\n3,2,b\n5,3,a\n")
        try directory.write("test.csv", "x,y,label\nN/A,1,a\n")
        #expect(try DatasetLoader.load(path: directory.path).row(3) == [3, 1])
        // Without a number in training there is no median.
        try directory.write("train.csv", "x,y,label\nN/A,1,a\nN/A,2,b\n")
        try directory.write("test.csv", "x,y,label\n7,1,a\n")
        let dataset = try DatasetLoader.load(path: directory.path)
        #expect(dataset.row(2) == [1])
        #expect(dataset.notes.contains("left out, having no value in training: 'x'"))
    }

    @Test func aSlipAmongMeasurementsIsQuoted() throws {
        let text = Self.table { $0 == 17 ? "12 mm" : $0 == 30 ? "broken" : Self.fixed(Self.plain[$0].a, 2) }
        expectFailure(
            .badData,
            "table.csv:19: column 'a' has 58 numbers among 60 values, and also '12 mm' (line 19), 'broken' (line 32)"
        ) { try DataCSVTests.dataset(text) }
        let mixed = Self.table(
            delimiter: ";", { $0 == 3 ? "1.5" : Self.fixed(Self.plain[$0].a, 2).replacing(".", with: ",") })
        expectFailure(.badData, "table.csv:5: column 'a' has 59 numbers among 60 values, and also '1.5' (line 5)") {
            try DataCSVTests.dataset(mixed)
        }
        // A few numbers and a word are categories.
        let counts = try DataCSVTests.dataset(Self.table { $0 == 17 ? "3+" : "\($0 % 3)" })
        #expect(counts.columns[0].isCategory && counts.columns[0].elements.count == 4)
    }

    @Test func infinityAmongOtherStylesIsAnError() {
        let text = Self.table(
            delimiter: ";", { $0 == 3 ? "inf" : Self.fixed(Self.plain[$0].a, 2).replacing(".", with: ",") })
        expectFailure(.badData, "table.csv:5: 'inf' in column 'a' is not a finite number") {
            try DataCSVTests.dataset(text)
        }
    }

    @Test(arguments: ["id", "PassengerId", "row_id", "Unnamed: 0", "INDEX", "customer ID"])
    func columnsThatNumberRowsAreLeftOut(name: String) throws {
        let text = Self.table(header: "\(name),b,label", { "\(7 * $0 + 100)" })
        let dataset = try DataCSVTests.dataset(text)
        #expect(dataset.columns.map(\.name) == ["b"])
        #expect(dataset.notes.contains("left out, naming or numbering the rows: '\(name)'"))
        var options = DatasetOptions()
        options.csv.levelLimit = 5
        #expect(
            try DataCSVTests.dataset(Self.table(header: "\(name),b,label", { "\(max(40, $0))" }), options).columns.count
                == 2, "numbers are no levels")
        // Not when a number occurs twice, has decimals, or the name is another.
        for other in [
            Self.table(header: "\(name),b,label", { "\(max(1, $0))" }),
            Self.table(header: "\(name),b,label", { "\($0).5" }),
            Self.table(header: "grid,b,label", { "\(7 * $0 + 100)" }),
        ] {
            #expect(try DataCSVTests.dataset(other).columns.count == 2)
        }
    }

    @Test func textsThatNameRowsAreLeftOutHoweverMany() throws {
        var options = DatasetOptions()
        let text = Self.table { "person \($0)" }
        for limit in [1000, 30] {
            options.csv.levelLimit = limit
            let dataset = try DataCSVTests.dataset(text, options)
            #expect(dataset.columns.map(\.name) == ["b"])
            #expect(dataset.notes.contains("left out, naming or numbering the rows: 'a'"))
        }
        let repeated = Self.table { "person \(max(3, $0))" }
        expectFailure(
            .badData, "column 'a' has more than 30 distinct values that are not all numbers, as 'person 3' (line 2)"
        ) { try DataCSVTests.dataset(repeated, options) }
        options.csv.levelLimit = 1000
        #expect(
            try DataCSVTests.dataset(repeated, options).notes.compactMap(DatasetNote.warning).contains {
                $0.hasPrefix("nearly as many levels as rows") && $0.contains("'a' (57 for 60 training rows)")
            })
    }

    @Test func rowNumbersUnderAnotherNameAreToldOf() throws {
        let dataset = try DataCSVTests.dataset(Self.table(header: "t,b,label", { "\($0 + 1)" }))
        #expect(dataset.columns.count == 2)
        #expect(
            dataset.notes.compactMap(DatasetNote.warning).contains {
                $0.contains("numbers the rows") && $0.contains("'t'")
            })
        let other = try DataCSVTests.dataset(Self.table(header: "t,b,label", { "\($0 == 30 ? 31 : $0)" }))
        #expect(other.notes.compactMap(DatasetNote.warning).isEmpty)
    }
}

/// Classes that training does not have.
@Suite struct UntrainedClassesTests {
    private static func load(train: [String], test: [String]) throws -> Dataset {
        let directory = try TemporaryDirectory()
        for (name, labels) in [("train", train), ("test", test)] {
            let rows = labels.enumerated().map { "\($0 % 7),\($1)\n" }.joined()
            try directory.write("\(name).csv", "x,label\n" + rows)
        }
        return try DatasetLoader.load(path: directory.path)
    }

    @Test func theTestPartOfAdult() throws {
        let dataset = try Self.load(
            train: ["<=50K", ">50K", "<=50K", "<=50K"], test: ["<=50K.", ">50K.", "<=50K."])
        let found = UntrainedClasses(of: dataset)
        #expect(found.entries.map(\.name) == ["<=50K.", ">50K."])
        #expect(found.entries.map(\.nearest) == ["<=50K", ">50K"])
        #expect(found.counts == [0, 0, 3] && found.lostPartitions == [.test])
        #expect(
            found.warnings == [
                "no test example is of a class that training has: every accuracy on them would be 0 %, and say nothing",
                "class '<=50K.' has no training example (2 in test); is it '<=50K', which training has?",
                "class '>50K.' has no training example (1 in test); is it '>50K', which training has?",
            ])
        #expect(DatasetInspection(of: dataset).untrained == found)
        let facts = DatasetFacts(of: dataset)
        #expect(facts.untrainedCounts == [0, 0, 3] && facts.warnings == found.warnings)
    }

    @Test func someOfTheClasses() throws {
        let found = UntrainedClasses(of: try Self.load(train: ["cat", "dog"], test: ["cat", "Cat", "images"]))
        #expect(found.entries.map(\.name) == ["Cat", "images"] && found.entries.map(\.nearest) == ["cat", nil])
        #expect(found.lostPartitions.isEmpty)
        #expect(found.warnings.last == "class 'images' has no training example (1 in test)")
        #expect(UntrainedClasses(of: try Self.load(train: ["a", "b"], test: ["b"])).warnings.isEmpty)
        let many = UntrainedClasses(of: try Self.load(train: ["a"], test: ["a"] + (0..<9).map { "new \($0)" }))
        #expect(many.warnings.count == 6 && many.warnings.last == "4 more classes have no training example")
    }

    /// An accuracy of 0 % that follows from the names alone is refused before anything is trained.
    @Test func evaluationsOfSuchPartsAreRefused() throws {
        let directory = try TemporaryDirectory()
        try directory.write("train.csv", "x,label\n1,yes\n2,no\n3,yes\n4,no\n")
        try directory.write("test.csv", "x,label\n1,Yes!\n2,No!\n")
        let text = """
            { dataset: { path: "\(directory.path)" }, stages: {
              t: { train: { network: "linear", epochs: 1, seeds: 1 } }, e: { evaluate: { runs: "t" } } } }
            """
        let runner = PipelineRunner(PipelineSupport.environment())
        let problems = try #require(throws: PipelineProblems.self) {
            try runner.plan(PipelineSupport.pipeline(text), store: nil)
        }
        #expect("\(problems)".contains("none of the 2 test examples is of a class that training has"), "\(problems)")
        try directory.write("test.csv", "x,label\n1,Yes!\n2,no\n")
        #expect(try runner.plan(PipelineSupport.pipeline(text), store: nil).facts.warnings.count == 1)
    }

    @Test func aListOfMostLabelsIsAlarming() {
        #expect(LabelSuspects.alarm(suspects: 50, of: 100) == nil)
        #expect(LabelSuspects.alarm(suspects: 82, of: 100)?.hasPrefix("82.0 % of the labels are suspect") == true)
    }
}
