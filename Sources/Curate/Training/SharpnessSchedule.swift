import Models

/// How far sharpness-aware minimisation looks, as a function of how many epochs have passed.
///
/// A radius that is small at first and grows is how long-tailed training uses it (Escaping Saddle Points for Effective
/// Generalization on Class-Imbalanced Data; Rangwani, Aithal, Mishra, Babu, 2022): in steps for CIFAR and ImageNet.
package struct SharpnessSchedule: Sendable, Equatable {
    /// How the radius moves.
    package enum Shape: Sendable, Equatable {
        /// It does not.
        case constant
        /// It becomes another one once each of the epochs has passed.
        ///
        /// - Parameters:
        ///   - epochs: ascending, as for the steps of a `LearningRateSchedule`.
        ///   - radii: as many, the radius after each, at least 0.
        case step(epochs: [Int], radii: [Double])
        /// It goes evenly from another one to its end at the horizon, step by step, and stays there.
        case linear(from: Double, horizon: Horizon)
    }

    /// Which neighbourhood is looked at.
    package let method: SharpnessAware
    /// The radius, at least 0: the only one, the first of steps, or the last of a line.
    package let radius: Double
    /// How it moves.
    package let shape: Shape

    /// Makes a schedule.
    package init(_ method: SharpnessAware, radius: Double, shape: Shape = .constant) {
        precondition(radius >= 0, "a radius is at least 0")
        switch shape {
        case .constant: break
        case .step(let epochs, let radii):
            precondition(epochs.count == radii.count, "every step has its radius")
            precondition(radii.allSatisfy { $0 >= 0 }, "a radius is at least 0")
        case .linear(let first, _): precondition(first >= 0, "a radius is at least 0")
        }
        self.method = method
        self.radius = radius
        self.shape = shape
    }

    /// The radius of a step; 0 for a step of the optimiser alone.
    ///
    /// - Parameters:
    ///   - epoch: the epoch the step is in, from 1.
    ///   - batch: the step's number within the epoch, from 0.
    ///   - batchCount: the steps of an epoch.
    package func radius(epoch: Int, batch: Int, batchCount: Int) -> Double {
        switch shape {
        case .constant: return radius
        case .step(let epochs, let radii): return epochs.lastIndex { epoch > $0 }.map { radii[$0] } ?? radius
        case .linear(let first, let horizon):
            let share = horizon.share(passed: Double(epoch - 1) + Double(batch) / Double(batchCount), since: 0)
            return first + (radius - first) * share
        }
    }

    /// The same schedule over another number of epochs: horizon and steps move in proportion.
    ///
    /// - Parameter factor: the new number of epochs over the old one.
    package func stretched(by factor: Double) -> SharpnessSchedule {
        let shape: Shape =
            switch shape {
            case .constant: .constant
            case .step(let epochs, let radii):
                .step(epochs: epochs.map { Horizon.stretched($0, by: factor) }, radii: radii)
            case .linear(let first, let horizon): .linear(from: first, horizon: horizon.stretched(by: factor))
            }
        return SharpnessSchedule(method, radius: radius, shape: shape)
    }

    /// The schedule as canonical parameters of a stage.
    var parameters: JSONValue {
        let curve: JSONValue =
            switch shape {
            case .constant: ["shape": "constant"]
            case .step(let epochs, let radii):
                [
                    "shape": "step", "epochs": .array(epochs.map { .int($0) }),
                    "radii": .array(radii.map { .double($0) }),
                ]
            case .linear(let first, let horizon):
                ["shape": "linear", "from": .double(first), "horizon": .int(horizon.epochCount)]
            }
        return ["kind": .string(method.kind.rawValue), "radius": .double(radius), "curve": curve]
    }
}
