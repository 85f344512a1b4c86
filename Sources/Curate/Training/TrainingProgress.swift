/// What a run is doing, told to whoever shows it.
package struct TrainingProgress: Sendable {
    /// The kind of pass.
    package enum Phase: String, Sendable {
        /// Steps of an epoch.
        case training
        /// Evaluating the scored examples.
        case cleanPass
        /// Per-example gradient norms of the scored examples.
        case gradientNorms
        /// Evaluating validation and test examples.
        case evaluation
    }

    /// The kind of pass.
    package let phase: Phase
    /// The run's seed.
    package let seed: UInt64
    /// The epoch, from 1.
    package let epoch: Int
    /// The last epoch that is trained.
    package let epochCount: Int
    /// Examples done in this pass.
    package let completed: Int
    /// Examples of this pass.
    package let total: Int
    /// The mean loss of the pass so far; nil outside training.
    package let loss: Double?
    /// Which of many trainings this is, for instance `12 of 57, el2n 40 %`; nil when there is one.
    package var part: String?
}

/// How a long computation talks to its caller: it reports progress and asks whether to stop.
public struct TrainingMonitor {
    /// Called at the start of a pass and after every batch.
    package let report: (TrainingProgress) -> Void
    /// Asked after every batch; answers by throwing `CurateError(.interrupted)`.
    package let checkForStop: () throws -> Void
    /// The time in seconds from any start, to account for what a cached result saves.
    package let now: () -> Double
    /// The time of day as text, kept beside what is stored.
    package let timestamp: () -> String
    /// How many seconds of an epoch or a clean pass may be lost to a kill; what has come further is saved within it.
    ///
    /// 0 saves after every batch. Results do not depend on it.
    package let secondsBetweenSaves: Double

    /// Makes a monitor.
    package init(
        report: @escaping (TrainingProgress) -> Void, checkForStop: @escaping () throws -> Void,
        now: @escaping () -> Double, timestamp: @escaping () -> String, secondsBetweenSaves: Double = 30
    ) {
        self.report = report
        self.checkForStop = checkForStop
        self.now = now
        self.timestamp = timestamp
        self.secondsBetweenSaves = secondsBetweenSaves
    }

    /// This monitor with something said of every report.
    ///
    /// - Parameter part: which of many trainings is going on, asked at every report.
    func naming(_ part: @escaping () -> String) -> TrainingMonitor {
        TrainingMonitor(
            report: { [report] progress in
                var named = progress
                named.part = part()
                report(named)
            }, checkForStop: checkForStop, now: now, timestamp: timestamp, secondsBetweenSaves: secondsBetweenSaves)
    }

    /// A monitor that shows nothing and never stops.
    public static var silent: TrainingMonitor {
        TrainingMonitor(
            report: { _ in }, checkForStop: {}, now: { 0 }, timestamp: { "" })
    }
}
