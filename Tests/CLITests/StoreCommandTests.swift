import Curate
import Foundation
import Testing
import curate

/// `curate store` on a small store that was filled without training.
@Suite struct StoreCommandTests {
    /// A store with a dataset, two runs, of which one is unfinished, and scores of the other.
    private static func fill(_ path: String, salt: Float = 0) throws -> (run: ArtifactKey, scores: ArtifactKey) {
        let table = path + ".csv"
        let rows = (0..<6).map { "\($0),\($0 % 2)" }
        try Data(("x,label\n" + rows.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: table))
        let dataset = try DatasetLoader.load(path: table)
        let store = try Store.open(path: path, mode: .write)
        try store.registerDataset(dataset, createdAt: "2025-01-01T00:00:00Z")
        func identity(_ seed: Int) -> ArtifactIdentity {
            ArtifactIdentity(
                kind: "train", codeVersion: 1, parameters: ["network": "linear", "seed": .string(String(seed))],
                dataset: dataset.contentHash, numericProfile: "another machine")
        }
        for seed in 0..<2 {
            let key = try store.beginArtifact(identity(seed), createdAt: "2025-01-02T00:00:00Z").key
            for epoch in 1...2 {
                let floats = (0..<6).map { Float($0 * epoch) + salt }
                try store.putColumn(artifact: key, epoch: epoch, name: "batchLoss", floats: floats)
            }
            try store.putColumn(
                artifact: key, epoch: 2, name: "state", floats: [Float](repeating: 1, count: 5000), role: .state)
            try store.addSeconds(1.5, to: key)
            if seed == 0 { try store.completeArtifact(key) }
        }
        let run = identity(0).key
        let scores = ArtifactIdentity(kind: "score", codeVersion: 1, parameters: ["name": "el2n"], inputs: [run]).key
        try store.saveScores(
            StoredScores(
                indices: Array(0..<6), values: (0..<6).map { Double($0) / 2 }, deviations: nil, ranks: Array(1...6)),
            as: StoredScoreSet(
                key: scores, name: "el2n", convention: "data-diet", direction: "higher = harder",
                dataset: dataset.contentHash, runKeys: [run], seeds: [0], description: "a sentence",
                createdAt: "2025-01-03T00:00:00Z"))
        return (run, scores)
    }

    private static func use(
        _ body: (_ directory: URL, _ store: String, _ run: ArtifactKey, _ scores: ArtifactKey) throws -> Void
    ) throws {
        try withTemporaryDirectory { directory in
            let path = directory.appendingPathComponent("s.sqlite").path
            let keys = try fill(path)
            try body(directory, path, keys.run, keys.scores)
        }
    }

    private static func run(_ words: String..., on store: String) -> RunResult {
        CLITests.run(Root.program, ["store"] + words + ["--store", store])
    }

    @Test func lists() throws {
        try Self.use { _, store, run, scores in
            let page = Self.run("ls", on: store)
            #expect(page.exitCode == 0, "\(page.errors)")
            let lines = page.output.split(separator: "\n")
            #expect(lines.count == 6)
            #expect(lines[0].hasPrefix("key       kind     state     epochs      size   time  created"))
            #expect(lines[2].hasPrefix("\(run.short)  train    complete       2  19.6 KiB  1.5 s  2025-01-02T"))
            #expect(lines[2].hasSuffix("linear, seed 0"))
            #expect(lines[4].hasPrefix("\(scores.short)  scores   -"))
            let json = try jsonObject(Self.run("ls", "--json", "--kind", "train", "--sort", "size", on: store).output)
            #expect(Set(json.keys) == ["store", "fileBytes", "freeBytes", "entries"])
            let entries = try #require(json["entries"] as? [[String: Any]])
            #expect(entries.map { $0["state"] as? String } == ["complete", "running"])
            #expect(
                Set(entries[0].keys) == [
                    "key", "kind", "what", "state", "epochs", "columns", "bytes", "seconds", "createdAt",
                ])
            let mistyped = Self.run("ls", "--kind", "trian", on: store)
            #expect(mistyped.exitCode == 64)
            #expect(mistyped.errors.contains("did you mean 'train'?"))
            #expect(Self.run("ls", on: store + "x").exitCode == 66)
        }
    }

    @Test func shows() throws {
        try Self.use { _, store, run, scores in
            let page = Self.run("show", run.short, on: store)
            #expect(page.exitCode == 0, "\(page.errors)")
            for words in [
                "key         \(run)", "state       complete", "\"network\":\"linear\"", "\nmade from\n",
                "batchLoss  1-2     float32         6      48 B", "\nused by\n", "\(scores.short)  scores",
            ] { #expect(page.output.contains(words), "\(words)") }
            let json = try jsonObject(Self.run("show", run.short, "--json", on: store).output)
            #expect((json["identity"] as? [String: Any])?["kind"] as? String == "train")
            #expect((json["columns"] as? [[String: Any]])?.count == 3)
            #expect((json["dependents"] as? [[String: Any]])?.first?["key"] as? String == scores.hexadecimal)
            #expect(Self.run("show", "zz", on: store).exitCode == 66)
            #expect(Self.run("show", on: store).errors.contains("<key> is missing"))
        }
    }

    @Test func verifies() throws {
        try Self.use { _, store, _, _ in
            let sound = Self.run("verify", on: store)
            #expect(sound.exitCode == 0)
            #expect(sound.output.hasPrefix("4 entries and "))
            try Database(path: store, isWritable: true, busyTimeout: 0).execute(
                "UPDATE columns SET bytes = zeroblob(24) WHERE epoch = 2 AND name = 'batchLoss'")
            let damaged = Self.run("verify", on: store)
            #expect(damaged.exitCode == 65)
            #expect(damaged.output.split(separator: "\n").count == 2)
            #expect(damaged.output.contains("column 'batchLoss' of epoch 2 of artifact"))
            #expect(damaged.errors.contains("2 problems in the store"))
            let json = try jsonObject(Self.run("verify", "--json", "-q", on: store).output)
            #expect(json["sound"] as? Bool == false)
            #expect((json["problems"] as? [Any])?.count == 2)
        }
    }

    @Test func tidies() throws {
        try Self.use { _, store, run, _ in
            let before = try Data(contentsOf: URL(fileURLWithPath: store))
            let dry = Self.run("gc", "--states", "--foreign", on: store)
            #expect(dry.exitCode == 0, "\(dry.errors)")
            #expect(dry.output.contains("never finished"))
            #expect(dry.output.contains("training state"))
            #expect(dry.output.contains("nothing was removed: --force does it"))
            #expect(dry.output.contains("kept, because something that stays was made from it: \(run.short)"))
            #expect(try Data(contentsOf: URL(fileURLWithPath: store)) == before)
            #expect(Self.run("gc", "--older-than", "100000", on: store).output.hasPrefix("0 entries"))
            let json = try jsonObject(
                Self.run("gc", "--states", "--force", "--json", on: store).output)
            #expect(json["removed"] as? Bool == true)
            #expect(
                (json["candidates"] as? [[String: Any]])?.compactMap { $0["reason"] as? String }.sorted() == [
                    "state", "unfinished",
                ])
            #expect(json["freedBytes"] as? Int ?? 0 > 20_000)
            #expect(Self.run("verify", on: store).exitCode == 0)
            #expect(Self.run("gc", "--force", on: store + "x").exitCode == 66)
            #expect(!FileManager.default.fileExists(atPath: store + "x"))
        }
    }

    @Test func exportsAndMerges() throws {
        try Self.use { directory, store, run, scores in
            func path(_ name: String) -> String { directory.appendingPathComponent(name).path }
            #expect(Self.run("export", run.short, "--out", path("run.npz"), on: store).exitCode == 0)
            #expect(Self.run("export", scores.short, "--out", path("s.csv"), on: store).exitCode == 0)
            let csv = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path("s.csv"))), as: UTF8.self)
            #expect(csv.hasPrefix("# curate scores: el2n (data-diet, higher = harder, 1 seed)\n# a sentence\n"))
            #expect(Self.run("export", scores.short, "--out", path("s.csv"), on: store).exitCode == 73)
            #expect(Self.run("export", run.short, "--out", path("run.csv"), on: store).exitCode == 64)
            #expect(Self.run("export", run.short, on: store).errors.contains("add --out FILE, or --into STORE"))

            let copied = Self.run("export", scores.short, "--into", path("one.sqlite"), on: store)
            #expect(copied.output.hasSuffix("3 added, 0 extended, 0 there already\n"))
            let other = path("other.sqlite")
            _ = try Self.fill(other)
            let merged = CLITests.run(
                Root.program, ["store", "merge", store, other, "--into", path("all.sqlite"), "-q"])
            #expect(
                merged.output == """
                    \(store): 4 added, 0 extended, 0 there already
                    \(other): 0 added, 0 extended, 4 there already

                    """)
            #expect(Self.run("verify", on: path("all.sqlite")).exitCode == 0)
            let wrong = path("wrong.sqlite")
            _ = try Self.fill(wrong, salt: 1)
            let refused = CLITests.run(Root.program, ["store", "merge", wrong, "--into", path("all.sqlite")])
            #expect(refused.exitCode == 65)
            #expect(refused.errors.contains("column 'batchLoss' of epoch 1"))
            #expect(CLITests.run(Root.program, ["store", "merge", store]).exitCode == 64)
            #expect(
                CLITests.run(Root.program, ["store", "merge", "--into", store]).errors.contains("<store> is missing"))
            let missing = CLITests.run(Root.program, ["store", "merge", path("no"), "--into", path("new.sqlite")])
            #expect(missing.exitCode == 66)
            #expect(!FileManager.default.fileExists(atPath: path("new.sqlite")))
        }
    }
}
