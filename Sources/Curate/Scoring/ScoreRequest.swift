/// One score asked of some logs: which epochs it will read, or why it cannot be had.
struct ScoreRequest {
    let name: ScoreName
    let definition: ScoreDefinition
    let convention: ScoreConvention

    /// The epochs to read from every log.
    ///
    /// - Parameters:
    ///   - logs: the runs, at least one.
    ///   - chosen: the user's epoch, or nil for the last that every run recorded.
    /// - Throws: `usage` with the missing columns and what to do about them.
    func epochs(in logs: [DynamicsLog], choosing chosen: Int?) throws -> ClosedRange<Int> {
        if name == .grand && chosen == 0 { throw Self.grandBeforeTraining }
        let epoch = try chosen ?? lastCommonEpoch(in: logs)
        guard epoch >= 1 || (epoch == 0 && definition.window == .chosenEpoch) else {
            throw CurateError(
                .usage, "\(name.rawValue) cannot be taken at epoch \(epoch)", remedy: "choose an epoch from 1 on")
        }
        let epochs = definition.epochs(choosing: epoch)
        for log in logs {
            // The chosen epoch itself must exist even when a window ends before it, so that a slip is not accepted.
            if epoch > log.epochCount { throw beyondTheEnd(epoch, of: log) }
            let missing = definition.missingEpochs(in: log, over: epochs)
            if !missing.isEmpty { throw lacking(missing, in: log) }
            if definition.metric.provenance == .inBatch { try refuseUnpresented(in: log, over: epochs) }
        }
        if definition.reduction == .correctedDeviation && epochs.count < 2 {
            throw CurateError(
                .usage, "the corrected \(name.rawValue) divides by T - 1 and needs at least two epochs",
                remedy: "train more epochs or leave the correction out")
        }
        return epochs
    }

    /// What the number of epochs does to the score.
    func warnings(over epochs: ClosedRange<Int>) -> [String] {
        var warnings: [String] = []
        if case .first(let count) = definition.window, epochs.count < count {
            warnings.append(
                "\(convention.rawValue) \(name.rawValue) sums \(count) epochs and only \(epochs.count) were used:"
                    + " values are comparable with each other but not with published ones")
        }
        if epochs.count == 1 {
            switch definition.reduction {
            case .forgettingEvents:
                warnings.append(
                    "after one epoch nothing can have been forgotten: forgetting only tells learned from not learned")
            case .deviation: warnings.append("over one epoch every variability is 0")
            default: break
            }
        }
        return warnings
    }

    private func lastCommonEpoch(in logs: [DynamicsLog]) throws -> Int {
        guard definition.window == .chosenEpoch else {
            let shortest = logs.map(\.epochCount).min() ?? 0
            guard shortest >= 1 else {
                throw CurateError(
                    .usage, "\(name.rawValue) needs at least one epoch of training", remedy: "train at least one epoch")
            }
            return shortest
        }
        var common: Set<Int>?
        for log in logs {
            let recorded = Set(log.epochs(of: definition.metric))
            if recorded.isEmpty { throw lacking([], in: log) }
            common = common?.intersection(recorded) ?? recorded
        }
        guard let last = common?.max() else {
            throw CurateError(
                .usage, "no epoch has \(definition.metric.name), which \(name.rawValue) needs, in every run",
                remedy: "record it at the same epoch in every run")
        }
        if name == .grand && last == 0 { throw Self.grandBeforeTraining }
        return last
    }

    private func beyondTheEnd(_ epoch: Int, of log: DynamicsLog) -> CurateError {
        CurateError(
            .usage, "epoch \(epoch) is beyond the \(log.epochCount) of the run with seed \(log.seed)",
            remedy: "choose an epoch up to \(log.epochCount) or train longer")
    }

    private func lacking(_ missing: [Int], in log: DynamicsLog) -> CurateError {
        let metric = definition.metric.name
        let recorded = log.epochs(of: definition.metric)
        var message = "\(name.rawValue) (\(convention.rawValue)) needs \(metric)"
        if !missing.isEmpty { message += " of \(Self.list(missing))" }
        message += ", which the run with seed \(log.seed) "
        message += recorded.isEmpty ? "did not record at all" : "recorded only for \(Self.list(recorded))"

        let remedy =
            if !recorded.isEmpty && definition.window == .chosenEpoch {
                "choose one of these epochs, or train again with a clean pass at the epoch you want"
            } else if definition.metric.provenance == .inBatch {
                "log \(metric) in every training batch of every epoch, or give logits of every epoch"
            } else if definition.metric == .cleanGradientNorm {
                "ask for grand when training, or score the weights: gradients cannot be had from logits"
            } else {
                "add a clean pass (evaluation mode, no augmentation) after the epoch you want"
            }
        return CurateError(.usage, message, remedy: remedy)
    }

    /// Throws when an epoch that is read did not present every example: what was not shown has no in-batch value.
    private func refuseUnpresented(in log: DynamicsLog, over epochs: ClosedRange<Int>) throws {
        let gaps = epochs.map { (epoch: $0, examples: log.unpresentedExamples(inEpoch: $0)) }
            .filter { !$0.examples.isEmpty }
        guard let first = gaps.first else { return }
        var message = "\(name.rawValue) (\(convention.rawValue)) needs \(definition.metric.name) of every example, and "
        message += "the run with seed \(log.seed) did not present \(Self.list(first.examples, "example")) "
        message += "in epoch \(first.epoch)"
        if gaps.count > 1 {
            message += ", nor every example in \(Self.list(gaps.dropFirst().map(\.epoch)))"
        }
        throw CurateError(
            .usage, message,
            remedy: "take a score of clean passes, such as el2n, or score runs that present every example")
    }

    /// Numbers as text: `epoch 3`, `epochs 1, 2, 5`, shortened when there are many.
    private static func list(_ numbers: [Int], _ noun: String = "epoch") -> String {
        let shown = numbers.prefix(8).map(String.init).joined(separator: ", ")
        let more = numbers.count > 8 ? ", ... (\(numbers.count) in all)" : ""
        return "\(noun)\(numbers.count == 1 ? "" : "s") \(shown)\(more)"
    }

    private static let grandBeforeTraining = CurateError(
        .usage,
        "GraNd at epoch 0 is refused: the published result came from loading the last checkpoint instead of the first"
            + " (restore_checkpoint(step=0), see arXiv 2303.14753); before training the norm mostly measures the size"
            + " of the input",
        remedy: "take GraNd after at least one epoch")
}
