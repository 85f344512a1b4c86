import Curate
import Models
import Testing

/// Groups as people write them: columns, products, conditions, and what is none of these.
@Suite struct GroupDefinitionTests {
    private static let sex = GroupColumn(name: "sex", values: ["F", "M", "M", "F", "M"])
    private static let age = GroupColumn(name: "age", values: ["70", "30", "65", "20", ""])
    private static let label = GroupColumn(name: "income", valueNames: ["low", "high"], values: [0, 1, 1, 0, 0])

    private static func column(_ text: String) throws -> GroupColumn {
        try GroupDefinition(parsing: text).column(of: [sex, age], label: label, dataName: "people")
    }

    /// The examples of each group by its name, without the examples of no group.
    private static func members(_ text: String) throws -> [String: [Int]] {
        let column = try column(text)
        var found: [String: [Int]] = [:]
        for (example, value) in column.values.enumerated() where value != column.complement {
            found[column.valueNames[Int(value)], default: []].append(example)
        }
        return found
    }

    @Test func columnsAndProducts() throws {
        #expect(try Self.members("sex") == ["F": [0, 3], "M": [1, 2, 4]])
        #expect(try Self.members("sex*label") == ["F*low": [0, 3], "M*high": [1, 2], "M*low": [4]])
        #expect(try Self.members("sex*income") == Self.members("sex * label"), "the class by the name of its column")
        #expect(try Self.column("sex*label").name == "sex*label" && Self.column("sex*label").complement == nil)
    }

    @Test(arguments: [
        ("age >= 65", [0, 2]), ("age < 65", [1, 3]), ("age != 70", [1, 2, 3]), ("age = 30", [1]),
        ("sex == F and age >= 65", [0]), ("sex == F or age >= 65", [0, 2, 3]), ("not sex == F", [1, 2, 4]),
        ("not (sex == F or age > 60)", [1, 4]), ("sex == F or sex == M and age > 60", [0, 2, 3]),
        ("(sex == F or sex == M) and age > 60", [0, 2]), ("income == high", [1, 2]),
        ("label == low and age <= 30", [3]),
        ("\"sex\" == \"F\"", [0, 3]),
    ]) func conditions(text: String, expected: [Int]) throws {
        #expect(try Self.members("g: \(text)") == (expected.isEmpty ? [:] : ["g": expected]))
        #expect(try Self.column("g: \(text)").name == "g")
    }

    @Test(arguments: [
        ("", "expected"), ("sex*", "expected"), ("sex*sex", "twice"), ("g:", "a column is expected"),
        ("g: age >", "its end"), ("g: age 65", "a comparison"), ("g: age >= old", "compares numbers"),
        ("g: (age > 1", "parenthesis"), ("g: age > 1)", "does not belong"), ("g: sex == \"F", "quote"),
        ("g: and", "a column is expected"), ("\"\"", "empty"),
        (String(repeating: "(", count: 4000), "a column or the name"),
        ("g: " + String(repeating: "(", count: 4000), "nested too deeply"),
    ]) func whatDoesNotParseSaysWhere(text: String, message: String) throws {
        let error = try #require(throws: CurateError.self) { try GroupDefinition(parsing: text) }
        #expect(error.kind == .usage && error.message.contains(message), "\(error.message)")
    }

    @Test(arguments: [
        ("sx", "did you mean 'sex'?"), ("g: sex == Female", "it holds 'F', 'M'"), ("g: sex > 3", "it holds 'F', 'M'"),
        ("g: age == old", "it holds"),
    ]) func whatTheDataDoesNotHoldIsAnError(text: String, remedy: String) throws {
        let error = try #require(throws: CurateError.self) { try Self.column(text) }
        #expect(error.remedy?.contains(remedy) == true, "\(error)")
    }

    /// Anything at all is a definition or an error, and never more than that.
    @Test func noTextCrashes() {
        var random = KeyedRandom(seed: 5, stream: .test)
        let pieces = ["sex", "age", "*", ":", "(", ")", "and", "or", "not", "==", ">=", "\"", "65", " ", "é", ",", "!"]
        for _ in 0..<20_000 {
            let text = (0..<random.below(12)).map { _ in pieces[random.below(pieces.count)] }.joined()
            _ = try? Self.column(text)
        }
    }

    /// A column of groups is no feature, one of a condition is, and the content does not depend on what is asked of it.
    @Test func groupsAndFeatures() throws {
        let directory = StoreDirectory()
        let path = directory.file("t.csv")
        try writeFile(path, Array("age,sex,x,label\n70,F,1,a\n30,M,2,b\n65,M,3,b\n".utf8))
        func dataset(_ given: [String: JSONValue]) throws -> Dataset { try DatasetSource(path: path, given).load() }
        #expect(try dataset([:]).features.shape.channels == 4, "age, x, and sex twice")
        let product = try dataset(["group": ["sex*label"]])
        #expect(product.features.shape.channels == 2 && product.groups.map(\.name) == ["sex*label"])
        #expect(try dataset(["group": ["sex*label"], "groupAsFeature": true]).features.shape.channels == 4)
        let condition = try dataset(["group": ["old: age >= 65"]])
        #expect(condition.features.shape.channels == 4 && condition.groups[0].values == [1, 0, 1])
        #expect(try dataset(["group": ["sex*label", "sex"]]).contentHash == product.contentHash)
        #expect(try dataset(["group": ["label"]]).groups[0].valueNames == ["a", "b"])
    }
}
