import Foundation
import Testing

/// The libraries speak of parameters as pipeline files spell them, `` `learningRate` ``; each door renders them.
@Suite struct LibraryWordsTests {
    /// The lines of a source that are code and hold an option of the command line.
    static func options(in source: String) -> [String] {
        source.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.hasPrefix("//") && $0.contains(/--[a-z]/) }
    }

    @Test func optionsAreFoundInLiteralsOnly() {
        #expect(
            Self.options(in: "/// `--by` takes it\nlet x = \"use --by\"\nlet y = 1 - -x") == ["let x = \"use --by\""])
    }

    @Test(arguments: ["Curate", "Models"]) func noLiteralNamesAnOption(module: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/\(module)")
        let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
        #expect(files.count > 30)
        // But for the one that spells parameters as a command line does.
        for file in files where file.lastPathComponent != "ParameterSpelling.swift" {
            let found = try Self.options(in: String(contentsOf: file, encoding: .utf8))
            #expect(found.isEmpty, "\(file.lastPathComponent)")
        }
    }
}
