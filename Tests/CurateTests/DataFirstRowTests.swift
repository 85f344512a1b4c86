import Curate
import Foundation
import Testing

/// What programs write above and below a table.
@Suite struct DataFirstRowTests {
    private static let rows = (0..<30).map { "\(Double($0 % 7) / 4);\($0 % 5);\($0 % 3)\n" }.joined()
    private static let plain = "a;b;label\n" + rows

    @Test(arguments: ["sep=;\n", "sep=;\r\n", "\u{feff}SEP=;\r"]) func aLineMaySayTheDelimiter(line: String) throws {
        let dataset = try DataCSVTests.dataset(line + Self.plain)
        #expect(try dataset.contentHash == DataCSVTests.dataset(Self.plain).contentHash)
        // It decides where looking would be wrong: commas split every line as well.
        let commas = try DataCSVTests.dataset("sep=;\na,b;label\n1,5;0\n2,5;1\n3,25;0\n")
        #expect(commas.row(2) == [3.25] && commas.labels == [0, 1, 0])
        expectFailure(.badData, "table.csv:3: the row has 1 fields") {
            try DataCSVTests.dataset("sep=;\na;label\n1\n")
        }
    }

    @Test func columnsThatAreNumberedHaveAHeader() throws {
        let values = (0..<30).map { "\(Double($0 % 7) / 4),\($0 % 5),\($0 % 3)\n" }
        let bare = try DataCSVTests.dataset(values.joined())
        let numbered = try DataCSVTests.dataset("0,1,2\n" + values.joined())
        #expect(numbered.count == 30 && numbered.contentHash == bare.contentHash)
        let indexed = try DataCSVTests.dataset(
            ",0,1,2\n" + values.enumerated().map { "\($0),\($1)" }.joined())
        #expect(indexed.contentHash == bare.contentHash)
        // Where the same row occurs again it is one, and so are two numbers.
        #expect(try DataCSVTests.dataset("0,1,2\n0,1,2\n5,6,1\n").count == 3)
        #expect(try DataCSVTests.dataset("0,1\n5,0\n").count == 2)
    }

    @Test func emptyRowsArePassedOver() throws {
        let dataset = try DataCSVTests.dataset(Self.plain + ";;\n ; ;\n;;\n")
        #expect(try dataset.contentHash == DataCSVTests.dataset(Self.plain).contentHash)
        #expect(dataset.notes.contains("3 rows without any value were passed over"))
        expectFailure(.badData, "table.csv:32: the row has no label") { try DataCSVTests.dataset(Self.plain + "1;;\n") }
    }

    @Test(arguments: [
        (
            "# exported 2026-01-01\n",
            "table.csv:1: '# exported 2026-01-01' is no row of the table, which begins on line 2"
        ),
        (
            "Sensor report\n\n",
            "table.csv:1: 'Sensor report' is no row of the table, which begins on line 3 with 3 fields"
        ),
        (
            "Report; of sensors\nunit 5\n",
            "table.csv:1: 'Report of sensors' is no row of the table, which begins on line 3"
        ),
    ])
    func linesAboveATableAreNamed(lines: String, says: String) {
        expectFailure(.badData, says) { try DataCSVTests.dataset(lines + Self.plain) }
    }

    @Test func otherFormatsAreNamed() throws {
        let names = "a,b\n" + (0..<9).map { "\($0),\($0 * 3 % 7),\($0 % 2)\n" }.joined()
        expectFailure(.badData, "table.csv:1: the first line has 2 fields and all others 3") {
            try DataCSVTests.dataset(names)
        }
        let relation = "% a comment\n@RELATION p\n@attribute a numeric\n@attribute class {0,1}\n@data\n1,0\n2,1\n"
        expectFailure(.badData, "table.csv:2: this is an ARFF file") { try DataCSVTests.dataset(relation) }
    }

    /// A row of units is no example; what it makes of a column of measurements is quoted.
    @Test func unitsAreQuoted() {
        let text = "a,label\n[mm],[-]\n" + (0..<60).map { "\(Double($0) / 8),\($0 % 2)\n" }.joined()
        expectFailure(.badData, "table.csv:2: column 'a' has 60 numbers among 61 values, and also '[mm]' (line 2)") {
            try DataCSVTests.dataset(text)
        }
    }
}
