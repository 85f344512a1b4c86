import Curate
import Foundation
import Testing

@Suite struct PathTextTests {
    @Test(arguments: [
        ("scores.csv", "scores.csv"), ("./scores.csv", "scores.csv"), ("a//b/./c", "a/b/c"), ("data/", "data/"),
        ("data/.", "data/"), ("/", "/"), ("//a", "/a"), ("/../a", "/a"), (".", "."), ("./", "."), ("../x", "../x"),
        ("../../x", "../../x"), ("", ""), ("a\0b/../c", "a\0b/../c"), ("/usr/../", "/"), ("/usr/..", "/"),
        ("/usr/./bin/../lib/../x", "/usr/x"),
    ])
    func tidies(path: String, expected: String) {
        #expect(PathText.tidied(path) == expected)
    }

    /// Where there is no directory, `..` is an error, which a shorter path would hide.
    @Test func whatLeadsNowhereStays() {
        #expect(PathText.tidied("/usr/no-such-directory/../bin") == "/usr/no-such-directory/../bin")
        #expect(PathText.tidied("no-such-directory/../../x") == "no-such-directory/../../x")
    }

    /// `link/..` is the directory that holds what the link points to.
    @Test func linksAreNotSteppedOver() throws {
        let manager = FileManager.default
        let directory = manager.temporaryDirectory.appendingPathComponent("curate-\(UUID().uuidString)")
        defer { try? manager.removeItem(at: directory) }
        let root = directory.path
        try manager.createDirectory(atPath: root + "/deep/inner", withIntermediateDirectories: true)
        try manager.createDirectory(atPath: root + "/plain", withIntermediateDirectories: true)
        try manager.createSymbolicLink(atPath: root + "/away", withDestinationPath: root + "/deep/inner")
        try manager.createSymbolicLink(atPath: root + "/beside", withDestinationPath: root + "/plain")
        #expect(PathText.tidied(root + "/plain/../x") == root + "/x")
        #expect(PathText.tidied(root + "/away/../x") == root + "/away/../x")
        #expect(PathText.tidied(root + "/deep/inner/../../x") == root + "/x")
        #expect(PathText.tidied(root + "/deep/../away/../x") == root + "/away/../x")
        // A link to a neighbour leads back to the same directory.
        #expect(PathText.tidied(root + "/beside/../x") == root + "/x")
    }

    /// Whatever the names, the path leads to the same file as before.
    @Test func leadsToTheSameFile() throws {
        let manager = FileManager.default
        let directory = manager.temporaryDirectory.appendingPathComponent("curate-\(UUID().uuidString)")
        defer { try? manager.removeItem(at: directory) }
        let root = directory.path
        for name in ["a", "a/b", "c"] {
            try manager.createDirectory(atPath: "\(root)/\(name)", withIntermediateDirectories: true)
        }
        try manager.createSymbolicLink(atPath: root + "/c/l", withDestinationPath: "../a/b")
        func resolved(_ path: String) -> String? {
            guard let text = realpath(path, nil) else { return nil }
            defer { free(text) }
            return String(cString: text)
        }
        // Every path of up to four steps.
        var paths = [root]
        for _ in 0..<4 {
            paths = paths.flatMap { path in ["a", "b", "c", "l", "..", "."].map { "\(path)/\($0)" } }
            for path in paths { #expect(resolved(PathText.tidied(path)) == resolved(path), "\(path)") }
        }
    }
}
