/// One run's columns, reduced to one value per example.
///
/// All sums run in Float64 and in epoch order; the result is rounded to Float once.
extension ScoreDefinition {
    /// Reduces the columns of one log.
    ///
    /// - Parameters:
    ///   - log: a log in which every column exists, see `missingEpochs`.
    ///   - epochs: the epochs to read, ascending.
    /// - Throws: `workFailed` when a value is not a number or infinite, `badData` when a correctness column holds
    ///   something other than 0 and 1.
    func values(of log: DynamicsLog, over epochs: ClosedRange<Int>) throws -> [Float] {
        switch reduction {
        case .value: try column(of: log, at: epochs.upperBound)
        case .sum: try sums(of: log, over: epochs).map { Float($0) }
        case .count: try counts(of: log, over: epochs)
        case .mean:
            try sums(of: log, over: epochs).map { Float($0 / Double(epochs.count)) }
        case .deviation:
            try variances(of: log, over: epochs).map { Float($0.squareRoot()) }
        case .correctedDeviation:
            try variances(of: log, over: epochs).map { variance in
                Float((variance + variance * variance / Double(epochs.count - 1)).squareRoot())
            }
        case .forgettingEvents(let neverLearned):
            try forgettingEvents(of: log, over: epochs, neverLearned: neverLearned)
        }
    }

    /// The epochs of a range in which a log lacks this definition's column.
    func missingEpochs(in log: DynamicsLog, over epochs: ClosedRange<Int>) -> [Int] {
        epochs.filter { log[metric, epoch: $0] == nil }
    }

    private func sums(of log: DynamicsLog, over epochs: ClosedRange<Int>) throws -> [Double] {
        var sums = [Double](repeating: 0, count: log.exampleCount)
        for epoch in epochs {
            let values = try column(of: log, at: epoch)
            for i in values.indices { sums[i] += Double(values[i]) }
        }
        return sums
    }

    /// Population variances by two passes, the second over differences from the mean.
    private func variances(of log: DynamicsLog, over epochs: ClosedRange<Int>) throws -> [Double] {
        let count = Double(epochs.count)
        let means = try sums(of: log, over: epochs).map { $0 / count }
        var squares = [Double](repeating: 0, count: log.exampleCount)
        for epoch in epochs {
            let values = try column(of: log, at: epoch)
            for i in values.indices {
                let difference = Double(values[i]) - means[i]
                squares[i] += difference * difference
            }
        }
        return squares.map { $0 / count }
    }

    private func counts(of log: DynamicsLog, over epochs: ClosedRange<Int>) throws -> [Float] {
        var counts = [Int32](repeating: 0, count: log.exampleCount)
        for epoch in epochs {
            let correct = try correctness(of: log, at: epoch)
            for i in correct.indices where correct[i] { counts[i] += 1 }
        }
        return counts.map { Float($0) }
    }

    /// Counts the times a correct presentation is followed by a wrong one.
    ///
    /// The first presentation has no predecessor, so it cannot be an event; the last one can.
    private func forgettingEvents(
        of log: DynamicsLog, over epochs: ClosedRange<Int>, neverLearned: NeverLearned
    ) throws -> [Float] {
        var events = [Int32](repeating: 0, count: log.exampleCount)
        var learned = [Bool](repeating: false, count: log.exampleCount)
        var previous = learned
        for epoch in epochs {
            let correct = try correctness(of: log, at: epoch)
            for i in correct.indices {
                if previous[i] && !correct[i] { events[i] += 1 }
                if correct[i] { learned[i] = true }
            }
            previous = correct
        }
        let unlearned: Float =
            switch neverLearned {
            case .presentationCount: Float(epochs.count)
            case .constant(let value): value
            }
        return events.indices.map { learned[$0] ? Float(events[$0]) : unlearned }
    }

    private func correctness(of log: DynamicsLog, at epoch: Int) throws -> [Bool] {
        let values = try column(of: log, at: epoch)
        return try values.indices.map { i in
            guard values[i] == 0 || values[i] == 1 else {
                throw CurateError(
                    .badData, "\(metric.name) of example \(i) is \(values[i]), neither 0 nor 1",
                    at: "run with seed \(log.seed), epoch \(epoch)",
                    remedy: "write 1 for a correct prediction and 0 for a wrong one")
            }
            return values[i] == 1
        }
    }

    /// One column, refused when any value is not finite: such a value would spread over means and rank anywhere.
    private func column(of log: DynamicsLog, at epoch: Int) throws -> [Float] {
        guard let values = log[metric, epoch: epoch] else {
            preconditionFailure("epoch \(epoch) of \(metric.name) was not checked for")
        }
        if let example = values.firstIndex(where: { !$0.isFinite }) {
            let what = values[example].isNaN ? "not a number" : "infinite"
            throw CurateError(
                .workFailed, "\(metric.name) of example \(example) is \(what)",
                at: "run with seed \(log.seed), epoch \(epoch)",
                remedy: "the training diverged: lower the learning rate, lengthen warm-up or choose an earlier epoch")
        }
        return values
    }
}
