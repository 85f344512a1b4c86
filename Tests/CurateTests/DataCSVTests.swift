import Curate
import Testing

@Suite struct DataCSVTests {
    @Test func readsNumbersAndCategories() throws {
        let dataset = try Self.dataset("age,job,label\n30,clerk,yes\n41,artist,no\n25,clerk,yes\n")
        #expect(dataset.classNames == ["no", "yes"])
        #expect(dataset.labels == [1, 0, 1])
        #expect(dataset.features.elementType == .float32)
        // Levels sorted bytewise: artist, clerk.
        #expect(dataset.row(0) == [30, 0, 1])
        #expect(dataset.row(1) == [41, 1, 0])
        #expect(dataset.ids[2] == "train/2")
        #expect(dataset.notes.contains("column 'label' was taken as the label"))
    }

    @Test(arguments: ["\n", "\r\n", "\r"]) func lineEndsAndQuotes(end: String) throws {
        let rows = ["\u{feff}a,\"b \"\"x\"\"\", label ", "1,\"one, two\" ,p", "", "  2 ,\" say \"\"hi\"\"\",q"]
        var options = DatasetOptions()
        options.csv.groups = ["b \"x\""]
        let dataset = try Self.dataset(rows.joined(separator: end), options)
        #expect(dataset.groups[0].valueNames == [" say \"hi\"", "one, two"])
        #expect(dataset.row(1) == [2])
        #expect(dataset.labels == [0, 1])
    }

    @Test func quotedFieldsMayHoldLineEnds() throws {
        var options = DatasetOptions()
        options.csv.id = "name"
        let dataset = try Self.dataset("name,x,label\n\"two\nlines\",1,a\nb,2,b\n", options)
        #expect(dataset.ids[0] == "two\nlines")
        expectFailure(.badData, "table.csv:4") {
            try Self.dataset("name,x,label\n\"two\nlines\",1,a\nb,2\n", options)
        }
    }

    @Test(arguments: [",", "\t", ";", "|"]) func findsTheDelimiter(delimiter: String) throws {
        let lines = [["a", "b", "label"], ["1", "2", "x"], ["3", "4", "y"]]
        let text = lines.map { $0.joined(separator: delimiter) }.joined(separator: "\n")
        let dataset = try Self.dataset(text)
        #expect(dataset.row(1) == [3, 4])
        #expect(dataset.classNames == ["x", "y"])
    }

    @Test(arguments: [
        ("1,2,0\n3,4,1\n", false), ("a,b,c\n3,4,1\n", true), ("0,1,label\n3,4,1\n", true), ("?,2,0\n3,4,1\n", false),
        ("red,big,yes\nblue,big,no\n", false), ("colour,size,sold\nblue,big,no\nred,big,yes\n", true),
    ])
    func tellsAHeaderByLooking(text: String, expected: Bool) throws {
        let dialect = try CSVDialect(of: InputBytes(Array(text.utf8), path: "table.csv"), options: CSVOptions())
        #expect(dialect.hasHeader == expected)
        var told = CSVOptions()
        told.hasHeader = !expected
        #expect(try CSVDialect(of: InputBytes(Array(text.utf8), path: "t"), options: told).hasHeader != expected)
    }

    @Test func withoutAHeaderColumnsAreCalledByPosition() throws {
        var options = DatasetOptions()
        options.csv.label = "0"
        options.csv.groups = ["-1"]
        let dataset = try Self.dataset("7,1,2\n8,3,4\n7,5,6\n", options)
        #expect(dataset.classNames == ["7", "8"])
        #expect(dataset.row(2) == [5], "a column of groups is no feature")
        #expect(dataset.groups[0].name == "2" && dataset.groups[0].valueNames == ["2", "4", "6"])
    }

    @Test func classesThatAreNumbersSortAsNumbers() throws {
        let dataset = try Self.dataset("x,label\n1,10\n2,9\n3,-1\n")
        #expect(dataset.classNames == ["-1", "9", "10"])
        #expect(try Self.dataset("x,label\n1,10\n2,9\n3,b\n").classNames == ["10", "9", "b"])
    }

    /// Missing numbers become the median of training alone; missing categories become a level of their own.
    @Test func missingValues() throws {
        let text = """
            x,colour,part,label
            1,red,train,a
            ,?,train,b
            5,blue,train,a
            3,NA,train,b
            NaN,red,test,a
            900,green,test,null
            1000,red,test,b
            """
        var options = DatasetOptions()
        options.csv.split = "part"
        options.csv.label = "label"
        expectFailure(.badData, "table.csv:7: the row has no label") { try Self.dataset(text, options) }
        options.csv.dropsUnlabelled = true
        let dataset = try Self.dataset(text, options)
        #expect(dataset.partitionCounts == [4, 0, 2])
        // Levels: (missing), blue, red. The median of 1, 5 and 3 is 3.
        #expect(dataset.row(0) == [1, 0, 0, 1])
        #expect(dataset.row(1) == [3, 1, 0, 0])
        #expect(dataset.row(3) == [3, 1, 0, 0])
        #expect(dataset.row(4) == [3, 0, 0, 1])
        #expect(dataset.notes.contains("1 rows without a label were left out"))
        #expect(dataset.notes.contains { $0.hasPrefix("2 missing values in 1 numeric columns") })
    }

    @Test func medianOfAnEvenNumberOfValues() throws {
        let dataset = try Self.dataset("x,z,label\n1,0,a\n4,0,b\n,0,a\n")
        #expect(dataset.row(2) == [2.5, 0])
    }

    @Test func levelsUnseenInTrainingBecomeZeros() throws {
        let directory = try TemporaryDirectory()
        try directory.write("train.csv", "c,x,label\nu,1,a\nv,2,b\n")
        try directory.write("test.csv.gz", Build.gzip(Array("c,x,label\nw,3,a\n".utf8)))
        let dataset = try DatasetLoader.load(path: directory.path)
        #expect(dataset.partitionCounts == [2, 0, 1])
        #expect(dataset.row(2) == [0, 0, 3])
        #expect(dataset.notes.contains { $0.hasPrefix("1 categorical values do not occur in training") })
    }

    @Test func splitColumnReordersRowsStably() throws {
        var options = DatasetOptions()
        options.csv.split = "split"
        options.csv.id = "id"
        options.csv.groups = ["g"]
        let text = "id,g,x,label,split\na,m,1,0,2\nb,f,2,1,0\nc,m,3,0,1\nd,m,4,1,train\n"
        let dataset = try Self.dataset(text, options)
        #expect((0..<4).map { dataset.ids[$0] } == ["b", "d", "c", "a"])
        #expect(dataset.partitions == [.train, .train, .validation, .test])
        #expect(dataset.labels == [1, 1, 0, 0])
        #expect(dataset.groups[0].values == [0, 1, 1, 1])
        #expect(dataset.row(0) == [2], "a column of groups is no feature")
        options.csv.featureGroups = ["g"]
        // Unless somebody wants it: f, m, x.
        #expect(try Self.dataset(text, options).row(0) == [1, 0, 2])
        expectFailure(.badData, "table.csv:2: 'x9' in column 'split' is not a partition") {
            try Self.dataset(text.replacing("1,0,2", with: "1,0,x9"), options)
        }
    }

    @Test func hashIgnoresCompressionAndRepresentsOrder() throws {
        let text = "x,label\n1,a\n2,b\n"
        let plain = try Self.dataset(text)
        let compressed = try Self.dataset(bytes: Build.gzip(Array(text.utf8)))
        #expect(plain.contentHash == compressed.contentHash)
        #expect(try Self.dataset("x,label\n2,b\n1,a\n").contentHash != plain.contentHash)
    }

    @Test func rowNumbersWithoutANameAreLeftOut() throws {
        let dataset = try Self.dataset(",x,label\n0,5,a\n1,6,b\n")
        #expect(dataset.row(1) == [6])
    }

    @Test func columnsWithoutAValueAreLeftOut() throws {
        let dataset = try Self.dataset("x,empty,label\n1,,a\n2,NA,b\n")
        #expect(dataset.row(1) == [2])
        #expect(dataset.notes.contains("left out, having no value in training: 'empty'"))
    }

    @Test(arguments: [
        ("x,label\n1,a\n2\n", "table.csv:3: the row has 1 fields, 2 are expected"),
        ("x,label\n1,a\n\n2,b,c\n", "table.csv:4: the row has 3 fields"),
        ("x,label\n1,\"a\n2,b\n", "table.csv:2: a quote is never closed"),
        ("x,label\n1,\"a\"b\n", "table.csv:2: something follows a closing quote"),
        ("x,label\ninf,a\n2,b\n", "table.csv:2: 'inf' in column 'x' is not a finite number"),
        ("x,label\n1e39,a\n2,b\n", "not a finite number in single precision"),
        ("x,label\n1,a\n2,\n", "table.csv:3: the row has no label"),
        ("x,label\n", "no rows with a label"),
        ("nothing here\n", "no delimiter splits the first line"),
        ("\n\n", "no delimiter"),
        ("\u{fffe}", "no delimiter"),
    ])
    func refusesBadTables(text: String, says: String) {
        expectFailure(.badData, says) { try Self.dataset(text) }
    }

    @Test func refusesBadOptions() {
        let text = "id,x,x,label\na,1,2,p\na,3,4,q\n"
        var options = DatasetOptions()
        options.csv.label = "klass"
        expectFailure(.usage, "there is no column 'klass'") { try Self.dataset(text, options) }
        options.csv.label = "x"
        expectFailure(.usage, "2 columns are called 'x'") { try Self.dataset(text, options) }
        options.csv.label = "label"
        options.csv.id = "id"
        expectFailure(.badData, "table.csv:3: id 'a' is also on line 2 of table.csv") {
            try Self.dataset(text, options)
        }
        options.csv.id = "label"
        expectFailure(.usage, "second role") { try Self.dataset(text, options) }
        options.csv.id = nil
        options.csv.levelLimit = 1
        expectFailure(.badData, "more than 1 distinct values") { try Self.dataset("c,label\nu,1\nv,2\n", options) }
        options.csv.levelLimit = 10
        options.csv.matrixByteLimit = 15
        expectFailure(.badData, "take more than 15 bytes") { try Self.dataset("c,label\nu,1\nv,2\n", options) }
        options.csv.matrixByteLimit = 16
        #expect(throws: Never.self) { try Self.dataset("c,label\nu,1\nv,2\n", options) }
    }

    @Test func inflationIsLimited() throws {
        var options = DatasetOptions()
        let text = "x,label\n" + String(repeating: "1,a\n", count: 5000)
        options.inflatedByteLimit = text.utf8.count - 1
        expectFailure(.badData, "larger than") { try Self.dataset(bytes: Build.gzip(Array(text.utf8)), options) }
        options.inflatedByteLimit = text.utf8.count
        #expect(try Self.dataset(bytes: Build.gzip(Array(text.utf8)), options).count == 5000)
    }

    @Test func differentColumnsInTestAreNamed() throws {
        let directory = try TemporaryDirectory()
        try directory.write("train.csv", "x,label\n1,a\n")
        try directory.write("test.csv", "x\n1\n")
        expectFailure(.badData, "missing: label") { try DatasetLoader.load(path: directory.path) }
    }

    @Test func categoriesCanBeForced() throws {
        var options = DatasetOptions()
        options.csv.categorical = ["zip"]
        #expect(try Self.dataset("zip,label\n100,a\n20,b\n", options).row(0) == [1, 0])
    }

    @Test func digitsThatComeWithTheProject() throws {
        var options = DatasetOptions()
        options.imageShape = FeatureMatrix.Shape(parsing: "8x8")
        let dataset = try DatasetLoader.load(path: "\(Fixture.root)/data/digits.csv.gz", options: options)
        #expect(dataset.name == "digits")
        #expect(dataset.count == 1797)
        #expect(dataset.classNames == (0...9).map(String.init))
        #expect(dataset.features.shape == FeatureMatrix.Shape(height: 8, width: 8, channels: 1))
        // The class counts of optdigits.tes, from its documentation.
        let counts = DatasetInspection(of: dataset).classes.map { $0.counts[0] }
        #expect(counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    }

    static let numbers: [(String, Double)] = [
        ("1", 1), ("-0.5", -0.5), ("+.25", 0.25), ("3.", 3), ("1e3", 1000), ("1E-2", 0.01), ("-inf", -.infinity),
        ("123456789012345678901234567890", 1.2345678901234568e29), ("0.1", 0.1),
        ("9007199254740993", 9_007_199_254_740_992), ("2.2250738585072014e-308", 2.2250738585072014e-308),
        ("1e400", .infinity), ("0e9999999999", 0),
    ]

    @Test(arguments: numbers)
    func parsesNumbers(text: String, expected: Double) {
        #expect(Self.number(text) == expected)
    }

    @Test(arguments: ["", "-", ".", "e5", "1e", "1e+", "0x10", "1_000", "1 2", "--1", "infinit", "1,5", "nan", "५"])
    func refusesWhatIsNoNumber(text: String) {
        #expect(Self.number(text) == nil)
    }

    /// Every finite double survives being written and parsed.
    @Test func parsesWhatSwiftPrints() {
        let values: [Double] = [.pi, -1e-300, 1.7976931348623157e308, 0.3, 1.0 / 3, 123456.789]
        for value in values {
            #expect(Self.number("\(value)") == value)
        }
    }

    static func number(_ text: String) -> Double? {
        Array(text.utf8).withUnsafeBytes { CSVValue.number($0) }
    }

    static func dataset(_ text: String, _ options: DatasetOptions = DatasetOptions()) throws -> Dataset {
        try dataset(bytes: Array(text.utf8), options)
    }

    static func dataset(bytes: [UInt8], _ options: DatasetOptions = DatasetOptions()) throws -> Dataset {
        let file = CSVTable.File(partition: .train, input: InputBytes(bytes, path: "table.csv"))
        return try CSVReader.dataset(from: [file], path: "table.csv", options: options)
    }
}
