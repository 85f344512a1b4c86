import Curate
import Models
import Testing

/// Features that determine the label: which are told of, and which are not.
@Suite struct LabelShortcutTests {
    /// A table whose columns are functions of the row's number, its class and a draw.
    private static func found(
        count: Int = 2000, share: Double = 0.5, _ header: String, row: (Int, Int, inout KeyedRandom) -> String
    ) throws -> [LabelShortcut] {
        var text = header + ",label\n"
        for number in 0..<count {
            var random = KeyedRandom(seed: 5, stream: .test, index: number)
            let label = Double(random.uniform()) < share ? 1 : 0
            text += row(number, label, &random) + ",\(label)\n"
        }
        return LabelShortcut.found(in: try DataCSVTests.dataset(text, DatasetOptions()))
    }

    @Test func numbersAndCategoriesAreToldByName() throws {
        let found = try Self.found("noise,above,band,word") { _, label, random in
            let noise = random.uniform()
            // Inside an interval for one class, on both sides of it for the other: no threshold alone does it.
            let side: Float = random.below(2) == 0 ? -2 : 2
            let band = label == 1 ? random.uniform() : side + random.uniform()
            let word = label == 1 ? ["red", "blue"][random.below(2)] : ["green", "grey"][random.below(2)]
            return "\(noise),\(Float(label) + random.uniform() * 0.9),\(band),\(word)"
        }
        #expect(found.map(\.name) == ["above", "band", "word"])
        #expect(found.allSatisfy { $0.accuracy == 1 && $0.lambda == 1 && $0.count == 1000 })
        #expect(found[0].text.hasPrefix("feature 'above' alone tells the label of 100.0 % of 1,000 training examples"))
    }

    /// One label in fifty is wrong: lambda is about 0.96 where the classes are equal.
    @Test func nearlyIsEnoughAndLessIsNot() throws {
        func found(_ errors: Int) throws -> [LabelShortcut] {
            try Self.found(count: 8000, "word") { number, label, _ in
                (label == 1) != (number % 100 < errors) ? "a" : "b"
            }
        }
        let nearly = try found(2)
        #expect(nearly.count == 1 && abs(nearly[0].accuracy - 0.98) < 0.006)
        #expect(abs(nearly[0].majorityAccuracy - 0.5) < 0.03)
        #expect(try found(9).isEmpty)
    }

    /// An accuracy of 98 % says nothing where 98 % are of one class.
    @Test func aRareClassAloneIsNoReason() throws {
        let found = try Self.found(count: 5000, share: 0.02, "noise,same") { _, label, random in
            "\(random.uniform()),\(label == 1 ? 7 : 3)"
        }
        #expect(found.map(\.name) == ["same"])
        #expect(found[0].majorityAccuracy > 0.97 && found[0].lambda == 1)
    }

    /// A name of every row determines its own label, and says nothing of another row.
    @Test func whatOnlyFitsIsNotTold() throws {
        let found = try Self.found(count: 800, "name,number") { number, _, random in
            "row\(number % 400),\(random.uniform())"
        }
        #expect(found.isEmpty)
    }

    @Test func fewExamplesSayNothing() throws {
        #expect(try Self.found(count: 40, "same") { _, label, _ in "\(label)" }.isEmpty)
        #expect(try Self.found(count: 200, "same") { _, label, _ in "\(label)" }.map(\.name) == ["same"])
    }

    /// The rows of many tables are sorted by class.
    @Test func theOrderOfRowsChangesNothing() throws {
        func found(_ order: (Int) -> Int) throws -> [LabelShortcut] {
            var text = "id,a,label\n"
            for place in 0..<1000 {
                let number = order(place)
                text += "n\(number),\(number / 250 % 2 == 0 ? number : -number),\(number / 250)\n"
            }
            var options = DatasetOptions()
            options.csv.id = "id"
            return LabelShortcut.found(in: try DataCSVTests.dataset(text, options))
        }
        let sorted = try found { $0 }
        #expect(sorted.map(\.name) == ["a"])
        #expect(try found { ($0 * 383) % 1000 } == sorted)
    }

    @Test func aSetAsideValidationKeepsTheNamesOfColumns() throws {
        let text = "a,label\n" + (0..<300).map { "\($0 % 2),\($0 % 2)\n" }.joined()
        let dataset = try DataCSVTests.dataset(text, DatasetOptions()).carvingValidation(fraction: 0.2, seed: 0)
        #expect(LabelShortcut.found(in: dataset).map(\.name) == ["a"])
    }
}
