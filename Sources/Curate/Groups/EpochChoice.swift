/// An evaluation of runs each after the epoch that was best for it on validation examples.
///
/// Papers on long tails report the best epoch on the test examples, which is no estimate of anything; the last epoch, and
/// the one that held-out examples choose, are. Both belong side by side, under their names.
package struct EpochChoice: Sendable, Equatable {
    /// The epoch of each run, from 1, in the order of the seeds.
    package let epochs: [Int]
    /// The evaluation of the runs after these epochs.
    package let evaluation: Evaluation

    /// Describes a choice.
    package init(epochs: [Int], evaluation: Evaluation) {
        precondition(epochs.count == evaluation.seeds.count, "one epoch per run")
        self.epochs = epochs
        self.evaluation = evaluation
    }

    /// The epoch with the highest accuracy, from 1, the first among equals; nil when none is known.
    ///
    /// - Parameter accuracies: the accuracy after each epoch, from the first; nil where it was not taken.
    package static func best(of accuracies: [Double?]) -> Int? {
        var best: (epoch: Int, accuracy: Double)?
        for (index, accuracy) in accuracies.enumerated() {
            guard let accuracy, accuracy > best?.accuracy ?? -1 else { continue }
            best = (index + 1, accuracy)
        }
        return best?.epoch
    }

    /// The choice as the store keeps it.
    package var json: JSONValue {
        ["epochs": .array(epochs.map { .int($0) }), "evaluation": evaluation.json]
    }

    /// The choice that `json` describes; nil when it describes none.
    package init?(_ json: JSONValue) {
        guard let epochs = json["epochs"]?.arrayValue?.compactMap(\.intValue), epochs.allSatisfy({ $0 >= 1 }),
            let evaluation = json["evaluation"].flatMap({ Evaluation($0) }), epochs.count == evaluation.seeds.count
        else { return nil }
        self.init(epochs: epochs, evaluation: evaluation)
    }

    /// The choice with every number that follows from its counts, for people's programs.
    package var reportJSON: JSONValue {
        ["epochs": .array(epochs.map { .int($0) }), "evaluation": evaluation.reportJSON]
    }
}
