import Glibc

/// How fast something goes, steadily but not stubbornly.
///
/// A time-based exponential average: what was measured 15 seconds ago has a tenth of the weight of now. It is applied
/// twice, so that one slow step does not make the estimate jump, and corrected for the missing past at the start.
package struct ProgressRate: Sendable, Equatable {
    /// After this many seconds a measurement has a tenth of its weight.
    package static let window = 15.0

    private let start: Double
    private var lastTime: Double
    private var lastCompleted = 0
    private var once = 0.0
    private var twice = 0.0

    /// Starts the clock.
    package init(start: Double) {
        self.start = start
        lastTime = start
    }

    /// Takes note of how much is completed at some time; times that do not advance are joined with the next.
    package mutating func record(completed: Int, at time: Double) {
        let elapsed = time - lastTime
        guard elapsed > 0, completed >= lastCompleted else { return }
        let measured = Double(completed - lastCompleted) / elapsed
        let kept = Self.weight(after: elapsed)
        once = once * kept + measured * (1 - kept)
        twice = twice * kept + once / covered(until: time) * (1 - kept)
        lastTime = time
        lastCompleted = completed
    }

    /// Steps per second, or nil before the first measurement.
    ///
    /// It falls while nothing is reported, so a stalled job does not promise an end.
    package func perSecond(at time: Double) -> Double? {
        guard lastTime > start else { return nil }
        let silence = max(0, time - lastTime)
        return twice / covered(until: lastTime) * Self.weight(after: silence)
    }

    /// The seconds left for so many more steps, or nil when there is no telling.
    package func remaining(_ steps: Int, at time: Double) -> Double? {
        guard let rate = perSecond(at: time), rate > 0 else { return nil }
        return Double(steps) / rate
    }

    /// The share of an infinite past that has been measured.
    private func covered(until time: Double) -> Double { 1 - Self.weight(after: time - start) }

    private static func weight(after seconds: Double) -> Double { pow(0.1, seconds / window) }
}
