/// How many epochs a plan spans: a schedule that falls to its end, for instance.
///
/// A run can be trained for longer than its horizon or left before it; the horizon is part of the recipe, and the number
/// of epochs trained is not.
package struct Horizon: Sendable, Equatable {
    /// The number of epochs, at least 1.
    package let epochCount: Int

    /// Makes a horizon.
    package init(epochs: Int) {
        precondition(epochs >= 1, "a horizon of no epoch")
        epochCount = epochs
    }

    /// How much of the time between an epoch and the horizon has passed, in 0...1 from then on.
    ///
    /// - Parameters:
    ///   - passed: epochs passed, a fraction within one; at least `start`.
    ///   - start: where the share is 0. A start at or behind the horizon counts as one epoch before it.
    func share(passed: Double, since start: Int) -> Double {
        min(1, (passed - Double(start)) / Double(max(1, epochCount - start)))
    }

    /// The whole epochs that have passed at a share of the time, to the nearest.
    ///
    /// - Parameter share: in 0...1.
    package func epoch(at share: Double) -> Int { Int((share * Double(epochCount)).rounded()) }

    /// The horizon of the same plan in a training that is longer or shorter, at least one epoch.
    ///
    /// - Parameter factor: the new number of epochs over the old one.
    package func stretched(by factor: Double) -> Horizon {
        Horizon(epochs: max(1, Self.stretched(epochCount, by: factor)))
    }

    /// An epoch of a plan that is stretched, to the nearest.
    static func stretched(_ epoch: Int, by factor: Double) -> Int { Int((Double(epoch) * factor).rounded()) }
}
