import Foundation
import Testing
import curate

/// Reports on the narrowest terminal.
@Suite struct NarrowTerminalTests {
    /// Runs a verb on a terminal of some columns and gives its lines.
    static func lines(_ words: [String], columns: Int, in directory: URL) throws -> [String] {
        let terminal = try PseudoTerminal()
        let process = Process()
        process.executableURL = CurateProcess.executable
        process.arguments = words
        process.currentDirectoryURL = directory
        process.environment = ["COLUMNS": "\(columns)", "NO_COLOR": "1"]
        process.standardOutput = terminal.terminal
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return terminal.text().split(separator: "\r\n", omittingEmptySubsequences: false).map { String($0) }
    }

    @Test func reportsFit() throws {
        try withTemporaryDirectory { directory in
            var table = "name,x,label\n"
            for row in 0..<60 { table += "example/\(row),\(row),\(row % 3 == 0 ? "trousers" : "shirt")\n" }
            try Data(table.utf8).write(to: directory.appendingPathComponent("clothes.csv"))
            let pipeline = """
                { dataset: { path: "clothes.csv", id: "name" }, stages: {
                  aStageWithALongName: { prune: { policy: "random", keep: [0.3, 0.5], out: "kept-{keep}" } },
                  another: { train: { split: "aStageWithALongName", network: "linear", epochs: 1 } },
                } }
                """
            try Data(pipeline.utf8).write(to: directory.appendingPathComponent("p.json5"))
            func run(_ words: [String]) throws {
                let process = Process()
                process.executableURL = CurateProcess.executable
                process.arguments = words
                process.currentDirectoryURL = directory
                process.standardOutput = FileHandle.nullDevice
                process.standardError = FileHandle.nullDevice
                try process.run()
                process.waitUntilExit()
                try #require(process.terminationStatus == 0, "\(words)")
            }
            try run(["run", "p.json5", "--only", "aStageWithALongName"])
            let verbs = [
                ["store", "ls"], ["plan", "p.json5"], ["diff", "kept-0.3", "kept-0.5"],
                ["explain", "example/7", "--split", "kept-0.5"],
            ]
            for words in verbs {
                for columns in [40, 57, 80] {
                    let lines = try Self.lines(words, columns: columns, in: directory)
                    #expect(lines.count > 3, "\(words)")
                    for line in lines {
                        #expect(TerminalText.width(of: line) <= columns, "\(words) \(columns): \(line)")
                    }
                }
            }
            let narrow = try Self.lines(["plan", "p.json5"], columns: 40, in: directory)
            #expect(narrow.contains("stage  aStageWithALongName[keep=0.3]"), "\(narrow)")
            #expect(narrow.contains("state  cached"))
            // For a program nothing is cut or wrapped.
            let listing = try CurateProcess(environment: ["COLUMNS": "40", "DIRECTORY": directory.path]).shell(
                "cd \"$DIRECTORY\" && \"$CURATE\" store ls")
            #expect(listing.output.contains("key "), "\(listing.errors)")
            #expect(listing.output.split(separator: "\n").contains { $0.count > 80 })
        }
    }
}
