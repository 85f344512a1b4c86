import Curate
import Foundation
import Testing
import curate

/// `docs/pipelines.md` says what the declarations say.
@Suite struct PipelineReferenceTests {
    private static let document = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("docs/pipelines.md")

    /// Written anew when `CURATE_UPDATE_SNAPSHOTS` is set.
    @Test func theDocumentIsAsTheDeclarationsAre() throws {
        let text = String(decoding: try Data(contentsOf: Self.document), as: UTF8.self)
        let (start, end) = ("<!-- curate help pipeline -->\n", "<!-- end -->")
        let first = try #require(text.range(of: start))
        let last = try #require(text.range(of: end))
        let expected = "\n" + PipelineReference.markdown + "\n"
        if ProcessInfo.processInfo.environment["CURATE_UPDATE_SNAPSHOTS"] != nil {
            let updated = text[..<first.upperBound] + expected + text[last.lowerBound...]
            try Data(updated.utf8).write(to: Self.document)
            return
        }
        #expect(text[first.upperBound..<last.lowerBound] == expected)
    }

    @Test func theHelpPrintsIt() throws {
        let result = run(Root.program, ["help", "pipeline"])
        #expect(result.exitCode == 0)
        #expect(result.output == PipelineReference.markdown)
        let json = run(Root.program, ["help", "pipeline", "--json"])
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        let kinds = try #require(object["kinds"] as? [[String: Any]])
        #expect(kinds.compactMap { $0["name"] as? String } == StageKind.all.map(\.name))
        #expect(run(Root.program, ["help", "pipline"]).errors.contains("did you mean 'pipeline'?"))
    }

    /// The pipelines that are shipped are free of mistakes.
    @Test func shippedPipelinesAreRead() throws {
        let directory = Self.document.deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("pipelines")
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter {
            $0.hasSuffix(".json5")
        }
        #expect(names.contains("quickstart.json5"))
        for name in names {
            let pipeline = try Pipeline(path: directory.appendingPathComponent(name).path)
            #expect(!pipeline.instances.isEmpty)
        }
    }
}
