import Curate
import Foundation
import Glibc
import Models
import TestSupport
import Testing

/// Ends the real program at random moments of a pipeline of every kind of stage, and expects the undisturbed result.
@Suite(.serialized, .tags(.training, .kill, .soak)) struct PipelineKillTests {
    private static let killCount = Soak.count(8, of: 500, "kills of a pipeline of every kind of stage")

    /// The moment of each kill in seconds, a function of its number alone: half of them early, where a resumed run is.
    private static func moment(_ number: Int) -> Double {
        var random = KeyedRandom(seed: 2025, stream: .test, index: number)
        let share = Double(random.below(1_000_000)) / 1_000_000
        return number % 2 == 0 ? 0.02 + 0.15 * share : 0.02 + 0.5 * share
    }

    @Test func killedAtRandomMoments() throws {
        try ScoreWorkspace.use { workspace in
            try workspace.writePipeline(ScoreWorkspace.allKinds)
            let data = [InspectFixture.digits, "--image", "8x8", "--validation", "0.2"]
            let random = ["--policy", "random", "--keep", "0.4", "--out", workspace.path("given")]
            try workspace.succeed(["prune"] + data + random, store: "none.sqlite")
            let words = ["run", workspace.path("p.json5")]
            try workspace.succeed(words, store: "calm.sqlite")
            let expected = try workspace.results(in: "calm.sqlite")
            let files = try Self.files.map(workspace.bytes)
            let output = try Self.result(of: workspace, words, store: "calm.sqlite")
            let kinds = Set(StageKind.all.map { Optional($0.name) })
            #expect(Set(output.map { ($0 as? NSDictionary)?["kind"] as? String }) == kinds)
            try Self.removeFiles(from: workspace)

            func expectUndisturbed(_ store: String) throws {
                #expect(try workspace.results(in: store) == expected, "\(store)")
                #expect(try Self.files.map(workspace.bytes) == files)
                #expect(try Self.result(of: workspace, words, store: store) == output)
                try workspace.expectSound(store)
            }
            var (killed, round, attempts) = (0, 0, 0)
            var store = "killed0.sqlite"
            while killed < Self.killCount {
                attempts += 1
                try #require(attempts < 20 * Self.killCount, "the program ends before it can be killed")
                let process = try workspace.start(words, store: store)
                let deadline = Date(timeIntervalSinceNow: Self.moment(attempts))
                while process.isRunning, Date() < deadline { usleep(300) }
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                if process.terminationReason == .uncaughtSignal {
                    killed += 1
                    try Self.expectIntegrity(of: workspace, store)
                    continue
                }
                // It came to its end: compare, and begin again with a store of its own.
                let errors = try workspace.text("errors")
                try #require(process.terminationStatus == 0, "\(errors)")
                try expectUndisturbed(store)
                round += 1
                try FileManager.default.removeItem(atPath: workspace.path(store))
                try Self.removeFiles(from: workspace)
                store = "killed\(round).sqlite"
            }
            try workspace.succeed(words, store: store)
            try expectUndisturbed(store)
            print("killed \(killed) times over \(round + 1) runs of the pipeline")
        }
    }

    /// What the stages keep besides the store.
    private static let files = ["scores.csv"] + ["split.csv", "kept_indices.npy", "manifest.json"].map { "some/\($0)" }

    private static func removeFiles(from workspace: ScoreWorkspace) throws {
        for name in ["scores.csv", "some"] { try FileManager.default.removeItem(atPath: workspace.path(name)) }
    }

    /// What a finished pipeline says of its stages, without times.
    private static func result(of workspace: ScoreWorkspace, _ words: [String], store: String) throws -> NSArray {
        let json = try jsonObject(try workspace.succeed(words + ["--json"], store: store))
        let stages = try #require(json["stages"] as? [[String: Any]])
        return stages.map { stage in
            ["name", "kind", "key", "result"].reduce(into: NSMutableDictionary()) { $0[$1] = stage[$1] ?? "" }
        } as NSArray
    }

    /// After a kill the file is what SQLite calls sound, once it has undone what was not finished.
    private static func expectIntegrity(of workspace: ScoreWorkspace, _ name: String) throws {
        do {
            let store = try Store.open(path: workspace.path(name), mode: .read)
            #expect(try store.database.query("PRAGMA integrity_check") { $0.text(0) } == ["ok"])
        } catch let error as CurateError {
            // Killed before there was anything in it.
            #expect(error.kind == .missingInput, "\(error)")
        }
    }
}
