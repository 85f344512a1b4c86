import Curate
import Foundation
import TestSupport
import Testing

/// The one key of a stage: what `run` and `plan` print opens in `store show`, whatever the kind.
@Suite(.tags(.training)) struct StageKeyTests {
    /// A stage as `run --json` or `plan --json` tells of it.
    private struct Stage {
        let name: String
        let kind: String
        let key: String
    }

    private static func stages(_ output: String) throws -> [Stage] {
        let stages = try #require(try JSONValue(parsing: output)["stages"]?.arrayValue)
        return try stages.map { stage in
            Stage(
                name: try #require(stage["name"]?.stringValue), kind: try #require(stage["kind"]?.stringValue),
                key: try #require(stage["key"]?.stringValue))
        }
    }

    @Test func theKeyOfEveryKindOpens() throws {
        try ScoreWorkspace.use { workspace in
            try workspace.writePipeline(ScoreWorkspace.allKinds)
            let data = [InspectFixture.digits, "--image", "8x8", "--validation", "0.2"]
            let given = ["--policy", "random", "--keep", "0.4", "--out", workspace.path("given")]
            try workspace.succeed(["prune"] + data + given, store: "other.sqlite")
            let file = workspace.path("p.json5")
            let ran = try Self.stages(try workspace.succeed(["run", file, "--json"]))
            #expect(Set(ran.map(\.kind)) == Set(StageKind.all.map(\.name)))
            // Planned, or run again from the store, a stage has the same key.
            #expect(try Self.stages(try workspace.succeed(["plan", file, "--json"])).map(\.key) == ran.map(\.key))
            #expect(try Self.stages(try workspace.succeed(["run", file, "--json"])).map(\.key) == ran.map(\.key))
            for stage in ran {
                let shown = try JSONValue(parsing: try workspace.succeed(["store", "show", stage.key, "--json"]))
                #expect(shown["key"]?.stringValue == stage.key, "\(stage)")
                #expect(shown["state"] == "complete", "\(stage)")
                let inputs = try #require(shown["inputs"]?.arrayValue)
                #expect(inputs.count > 1 || ["split", "prune", "longTail"].contains(stage.kind), "\(stage)")
            }
            // What a stage is made of is exported, not the stage.
            let score = try #require(ran.first { $0.kind == "score" })
            let export = try workspace.run(["store", "export", score.key, "--out", workspace.path("e.npz")])
            #expect(export.exitCode == 64 && export.errors.contains("is a stage, which has no columns of its own"))
            // The short keys that people see.
            let lines = try workspace.succeed(["run", file]).split(separator: "\n")
            for (line, stage) in zip(lines, ran) {
                let short = String(stage.key.prefix(8))
                #expect(line.contains(short), "\(line)")
                try workspace.succeed(["store", "show", short])
            }
            let plan = try workspace.succeed(["plan", file])
            #expect(ran.allSatisfy { plan.contains($0.key.prefix(8)) }, "\(plan)")
            try workspace.expectSound("store.sqlite")
        }
    }

    /// A plan without a store, or before what a stage is made from, prints no key that could not be opened.
    @Test func aPlanPrintsOnlyWhatIsThere() throws {
        try ScoreWorkspace.use { workspace in
            try workspace.writePipeline(
                """
                full: { train: { network: "linear", epochs: 1 } },
                some: { prune: { policy: "random", keep: 0.5 } },
                part: { train: { split: "some", network: "linear", epochs: 1 } },
                """)
            let file = workspace.path("p.json5")
            let before = try JSONValue(parsing: try workspace.succeed(["plan", file, "--json"]))
            let keys = before["stages"]?.arrayValue?.map { $0["key"] ?? .null } ?? []
            #expect(keys.count == 3 && keys.filter { $0 == .null }.count == 1)
            let known = keys.compactMap(\.stringValue)
            let text = try workspace.succeed(["plan", file])
            #expect(!known.contains { text.contains($0.prefix(8)) }, "\(text)")
            try workspace.succeed(["run", file, "--only", "full"])
            let after = try workspace.succeed(["plan", file])
            #expect(known.filter { after.contains($0.prefix(8)) }.count == 1, "\(after)")
        }
    }
}
