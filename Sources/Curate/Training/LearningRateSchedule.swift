import Glibc

/// The learning rate as a function of how many epochs have passed.
package struct LearningRateSchedule: Sendable, Equatable {
    /// The shape of the curve after the warm-up.
    package enum Shape: Sendable, Equatable {
        /// The same rate throughout.
        case constant
        /// The rate times `factor` once for each of the epochs passed.
        case step(epochs: [Int], factor: Double)
        /// Half a cosine from the rate to zero at the horizon, then zero (Loshchilov and Hutter, SGDR, 2017, without
        /// restarts).
        case cosine(horizon: Horizon)
    }

    /// The rate after the warm-up, above 0.
    package let learningRate: Double
    /// The shape of the curve.
    package let shape: Shape
    /// Epochs over which the rate rises linearly from zero.
    package let warmupEpochs: Int
    /// Whether it rises once an epoch, as LDAM-DRW's code has it, instead of with every step.
    package let warmsByEpoch: Bool

    /// Makes a schedule.
    package init(learningRate: Double, shape: Shape, warmupEpochs: Int, warmsByEpoch: Bool = false) {
        self.warmsByEpoch = warmsByEpoch && warmupEpochs > 0
        self.learningRate = learningRate
        self.shape = shape
        self.warmupEpochs = warmupEpochs
    }

    /// The same curve over another number of epochs: horizon, steps and warm-up move in proportion.
    ///
    /// - Parameter factor: the new number of epochs over the old one.
    package func stretched(by factor: Double) -> LearningRateSchedule {
        let shape: Shape =
            switch shape {
            case .constant: .constant
            case .step(let epochs, let drop):
                .step(epochs: epochs.map { Horizon.stretched($0, by: factor) }, factor: drop)
            case .cosine(let horizon): .cosine(horizon: horizon.stretched(by: factor))
            }
        return LearningRateSchedule(
            learningRate: learningRate, shape: shape, warmupEpochs: Horizon.stretched(warmupEpochs, by: factor),
            warmsByEpoch: warmsByEpoch)
    }

    /// The rate of a step.
    ///
    /// - Parameters:
    ///   - epoch: the epoch the step is in, from 1.
    ///   - batch: the step's number within the epoch, from 0.
    ///   - batchCount: the steps of an epoch.
    package func rate(epoch: Int, batch: Int, batchCount: Int) -> Float {
        let passed = Double(epoch - 1) + Double(batch) / Double(batchCount)
        if passed < Double(warmupEpochs) {
            if warmsByEpoch { return Float(learningRate * Double(epoch) / Double(warmupEpochs)) }
            // The first step has the first rate above zero, the last of the warm-up the whole rate.
            return Float(learningRate * (passed + 1 / Double(batchCount)) / Double(warmupEpochs))
        }
        switch shape {
        case .constant:
            return Float(learningRate)
        case .step(let epochs, let factor):
            return Float(epochs.filter { epoch > $0 }.reduce(learningRate) { rate, _ in rate * factor })
        case .cosine(let horizon):
            let share = horizon.share(passed: passed, since: warmupEpochs)
            return Float(learningRate * 0.5 * (1 + cos(Double.pi * share)))
        }
    }

    /// The schedule as canonical parameters of a stage.
    var parameters: JSONValue {
        let curve: JSONValue =
            switch shape {
            case .constant: ["shape": "constant"]
            case .step(let epochs, let factor):
                ["shape": "step", "epochs": .array(epochs.map { .int($0) }), "factor": .double(factor)]
            case .cosine(let horizon): ["shape": "cosine", "horizon": .int(horizon.epochCount)]
            }
        var members: [String: JSONValue] = [
            "learningRate": .double(learningRate), "warmupEpochs": .int(warmupEpochs), "curve": curve,
        ]
        if warmsByEpoch { members["warmup"] = "by-epoch" }
        return .object(members)
    }
}
