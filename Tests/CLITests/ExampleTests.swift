import Curate
import Foundation
import TestSupport
import Testing

/// The programs of `Examples`, which see of the library what is public.
@Suite(.tags(.training)) struct ExampleTests {
    @Test func scoreAndPrune() throws {
        try withTemporaryDirectory { directory in
            let program = CurateProcess.executable.deletingLastPathComponent().appendingPathComponent("score-and-prune")
            let split = directory.appendingPathComponent("half").path
            func run() throws -> String {
                let result = try CurateProcess().run(program, [InspectFixture.digits, split])
                #expect(result.exitCode == 0, "\(result.errors)")
                #expect(!FileManager.default.fileExists(atPath: split + ".sqlite-journal"))
                return result.output
            }
            #expect(try run() == "kept 899 of 1797 by el2n\n")
            let kept = try SplitReader.read(path: split).split(for: DatasetLoader.load(path: InspectFixture.digits))
            #expect(kept.indices.count == 899)
            // Half of the examples, and the harder half: their scores in the store are above those of the others.
            let store = try Store.open(path: split + ".sqlite", mode: .read)
            let set = try #require(try store.scoreSets().first)
            #expect(set.seeds.count == 3)
            let scores = try #require(try store.scores(in: set.key))
            let isKept = Set(kept.indices.map { Int($0) })
            let examples = zip(scores.indices, scores.values)
            let leastKept = examples.filter { isKept.contains($0.0) }.map(\.1).min()
            let mostLeft = examples.filter { !isKept.contains($0.0) }.map(\.1).max()
            #expect(try #require(leastKept) >= #require(mostLeft))
            #expect(try run() == "kept 899 of 1797 by el2n\n")
            let missing = try CurateProcess().run(program, ["nothing.csv", split])
            #expect(missing.exitCode == 1)
            #expect(missing.errors.hasPrefix("nothing.csv: "), "\(missing.errors)")
        }
    }
}
