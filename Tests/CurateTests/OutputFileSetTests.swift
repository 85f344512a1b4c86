import Curate
import Foundation
import Testing

/// What is left in a directory by writers that were stopped at each point.
@Suite struct OutputFileSetTests {
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let manager = FileManager.default
        let path = manager.temporaryDirectory.appendingPathComponent("curate-\(UUID().uuidString)").path
        try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? manager.removeItem(atPath: path) }
        try body(path)
    }

    private func names(_ directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    }

    private func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }

    @Test func appearsTogether() throws {
        try withDirectory { parent in
            let directory = parent + "/out"
            let files = try OutputFileSet(directory: directory, replacing: false)
            try files.file("a").write("1")
            try files.file("b").write("2")
            #expect(try names(directory).allSatisfy { $0.hasSuffix(".partial") })
            try files.publish()
            #expect(try names(directory) == ["a", "b", "copy.json"])
            #expect(try text(directory + "/b") == "2")
            #expect(throws: CurateError.self) { try OutputFileSet(directory: directory, replacing: false) }
            // Where there is no record, names are what counts.
            try FileManager.default.removeItem(atPath: directory + "/copy.json")
            #expect(throws: CurateError.self) {
                let again = try OutputFileSet(directory: directory, replacing: false)
                _ = try again.file("c")
                _ = try again.file("a")
            }
            #expect(try names(directory) == ["a", "b"])
        }
    }

    @Test func leavesNothingWhenItIsStopped() throws {
        struct Stop: Error {}
        try withDirectory { parent in
            let directory = parent + "/out"
            #expect(throws: Stop.self) {
                let files = try OutputFileSet(directory: directory, replacing: false) { throw Stop() }
                try files.file("a").write("1")
                _ = try files.file("b")
                try files.publish()
            }
            #expect(try names(parent).isEmpty)
            // Settled files are no longer stopped.
            final class Switch { var isOn = false }
            let stop = Switch()
            let files = try OutputFileSet(directory: directory, replacing: false) { if stop.isOn { throw Stop() } }
            try files.file("a").write("1")
            try files.settle()
            stop.isOn = true
            try files.publish()
            #expect(try names(directory) == ["a", "copy.json"])
        }
    }

    /// A process that died while renaming: data is refused, and only --force writes there again.
    @Test func aMarkIsRefused() throws {
        try withDirectory { directory in
            let table = directory + "/train.csv"
            try Data("x,label\n1,a\n2,b\n".utf8).write(to: URL(fileURLWithPath: table))
            _ = try DatasetLoader.load(path: directory)
            try Data().write(to: URL(fileURLWithPath: directory + "/" + OutputFileSet.markName))
            for path in [directory, directory + "/", table] {
                let error = #expect(throws: CurateError.self) { try DatasetLoader.load(path: path) }
                #expect(error?.kind == .badData && error?.message.contains("unfinished") == true)
                #expect(error?.remedy?.contains("`force`") == true)
            }
            let error = #expect(throws: CurateError.self) {
                try OutputFileSet(directory: directory, replacing: false)
            }
            #expect(error?.kind == .cannotCreateOutput && error?.remedy?.contains("`force`") == true)
            let files = try OutputFileSet(directory: directory, replacing: true)
            try files.file("train.csv").write("x,label\n3,a\n4,b\n")
            try files.publish()
            #expect(try names(directory) == ["copy.json", "train.csv"])
            #expect(try DatasetLoader.load(path: directory).count == 2)
        }
    }

    /// Temporary files of the dead are removed, those of the living are not.
    @Test func abandonedFilesAreRemoved() throws {
        try withDirectory { directory in
            let living = try AtomicFile(path: directory + "/a")
            try living.write("living")
            for name in [".curate-1-0.partial", ".curate-99-3.partial", "mine.partial", ".curate-note"] {
                try Data("x".utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
            }
            AtomicFile.removeAbandoned(in: directory)
            #expect(try names(directory).filter { $0.hasPrefix(".curate-") }.count == 2)
            try living.commit()
            #expect(try names(directory) == [".curate-note", "a", "mine.partial"])
            #expect(try text(directory + "/a") == "living")
        }
    }
}
