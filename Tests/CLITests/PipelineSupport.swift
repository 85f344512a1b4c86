import Curate
import Foundation
import Testing

extension ScoreWorkspace {
    /// The stages of a pipeline of every kind, about a second of work.
    ///
    /// The directory `given` must hold a split of the data.
    static let allKinds = """
        probe: { train: { network: "resnet8", epochs: 3, seeds: 2 } },
        quick: { train: { network: "mlp:16", epochs: 3, learningRate: [0.01, 0.02] } },
        scores: { score: { runs: "probe", by: ["el2n", "grand", "forgetting"], out: "scores.csv" } },
        steady: { stability: { runs: "probe", by: ["el2n", "forgetting"], at: 2 } },
        early: { score: { runs: "quick", by: ["el2n", "aum"], at: 2 } },
        accuracy: { evaluate: { runs: ["probe", "quick"], on: "validation" } },
        some: { prune: { scores: "scores", by: ["el2n"], keep: 0.5, out: "some" } },
        given: { split: { from: "given" } },
        final: { train: { split: ["some", "given"], network: "mlp:16", epochs: 2 } },
        rare: { longTail: { factor: 5, seed: 3 } },
        tail: { train: { split: "rare", network: "linear", epochs: 1 } },
        full: { train: { network: "linear", epochs: 2 } },
        doubtful: { suspects: { runs: "full", method: "out-of-fold", folds: 2 } },
        misfits: { suspects: { runs: "full", method: "aum" } },
        trusted: { prune: { policy: "random", exclude: "doubtful" } },
        wrong: { errorSet: { runs: "full", at: 1, upweight: 5 } },
        twice: { train: { split: "wrong", network: "linear", epochs: 2 } },
        jtt: { jtt: { runs: "full", stage1Epochs: [1], upweight: [5], baselines: ["class-weights"] } },
        curve: { curve: { runs: "full", scores: "scores", by: ["el2n"], keep: [0.3], on: "validation" } },
        """

    /// Writes a pipeline file on the shipped digits.
    func writePipeline(_ stages: String, as name: String = "p.json5") throws {
        let text = """
            { dataset: { path: "\(InspectFixture.digits)", image: "8x8", validation: 0.2 },
              stages: {
            \(stages)
            } }
            """
        try Data(text.utf8).write(to: directory.appendingPathComponent(name))
    }

    /// What a store holds of results: every column of every artifact, and every score, without times.
    func results(in name: String) throws -> [String: Data] {
        let store = try Store.open(path: path(name), mode: .read)
        var found: [String: Data] = [:]
        for artifact in try store.artifacts() {
            #expect(artifact.state == .complete)
            for column in try store.columns(of: artifact.key) {
                let name = "\(artifact.key) \(column.epoch) \(column.name)"
                switch column.elementType {
                case .float32:
                    let values = try store.column(artifact: artifact.key, epoch: column.epoch, name: column.name) ?? []
                    found[name] = values.withUnsafeBytes { Data($0) }
                case .uint8:
                    found[name] = Data(
                        try store.columnBytes(artifact: artifact.key, epoch: column.epoch, name: column.name) ?? [])
                }
            }
        }
        // Two sets of one name come in the order in which they were stored.
        found["scores"] = Data(try storedScores(name).sorted().joined(separator: "\n").utf8)
        return found
    }

    /// Expects that a store is whole, as SQLite and Curate see it.
    func expectSound(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let store = try Store.open(path: path(name), mode: .read)
        let integrity = try store.database.query("PRAGMA integrity_check") { $0.text(0) }
        #expect(integrity == ["ok"], sourceLocation: sourceLocation)
        #expect(try store.verify().isEmpty, sourceLocation: sourceLocation)
    }
}
