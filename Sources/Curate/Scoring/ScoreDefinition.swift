/// How one score is computed from one run's log, and how runs are combined: the whole difference between conventions.
///
/// A definition is data. `ScoreConvention` lists them; `ScoreTable` evaluates them; the trainer asks them which
/// columns to record.
package struct ScoreDefinition: Sendable, Equatable {
    /// What is done with a run's columns.
    package enum Reduction: Sendable, Equatable {
        /// The value at the chosen epoch.
        case value
        /// The mean over the epochs.
        case mean
        /// The sum over the epochs.
        case sum
        /// The population standard deviation (divisor T) over the epochs.
        case deviation
        /// The square root of v + v²/(T - 1), v the population variance: cartography's `include_ci`.
        case correctedDeviation
        /// The number of epochs with a correct prediction.
        case count
        /// The number of times a correct presentation was followed by a wrong one.
        case forgettingEvents(neverLearned: NeverLearned)
    }

    /// The forgetting score of an example that was not correct in any presentation.
    package enum NeverLearned: Sendable, Equatable {
        /// As many events as there were presentations: more than any learned example can have.
        case presentationCount
        /// A constant.
        case constant(Float)
    }

    /// Which epochs are read when epoch e is chosen.
    package enum Window: Sendable, Equatable {
        /// Epoch e alone.
        case chosenEpoch
        /// Epochs 1...e: what a run of e epochs would have given.
        case throughChosenEpoch
        /// Epochs 1...n, or 1...e when that is fewer.
        case first(Int)
    }

    /// How the runs become one score.
    package enum Aggregation: String, Sendable, Codable {
        /// The mean over runs of each run's score.
        case mean
        /// The sum over runs of each run's score.
        case sum
    }

    /// The column that is read.
    package let metric: DynamicsLog.Metric
    /// The epochs that are read.
    package let window: Window
    /// What is done with them.
    package let reduction: Reduction
    /// How runs are combined.
    package let aggregation: Aggregation
    /// What the number is, as a phrase that epoch and seeds can follow.
    package let phrase: String
    /// What a user of this definition must know, as sentences.
    package let warnings: [String]

    init(
        _ phrase: String, _ metric: DynamicsLog.Metric, _ window: Window = .chosenEpoch,
        _ reduction: Reduction = .value, aggregation: Aggregation = .mean, warnings: [String] = []
    ) {
        self.phrase = phrase
        self.metric = metric
        self.window = window
        self.reduction = reduction
        self.aggregation = aggregation
        self.warnings = warnings
    }

    /// The epochs that are read when `epoch` is the chosen one.
    ///
    /// - Precondition: `epoch >= 1` unless the window is the chosen epoch alone.
    package func epochs(choosing epoch: Int) -> ClosedRange<Int> {
        switch window {
        case .chosenEpoch: epoch...epoch
        case .throughChosenEpoch: 1...epoch
        case .first(let count): 1...min(count, epoch)
        }
    }
}
