import Models

/// What a run's network says of examples in evaluation mode, on the plain example: nothing of it is trained on.
extension TrainingRun {
    /// What an evaluation of the examples of a partition found.
    public struct HeldOutLog: Sendable {
        /// The partition.
        public let partition: Partition
        /// Prediction, loss and probability of the label of each example.
        public let columns: [DynamicsLog.Metric: [Float]]
        /// The mean cross-entropy.
        public let loss: Double
        /// The share of examples that were predicted right.
        public let accuracy: Float
        /// The logits; nil when they were not asked for.
        public let logits: LogitRows?

        /// The class predicted for each example.
        public var predictions: [Int32] {
            columns[DynamicsLog.Metric(.prediction, .heldOut(partition))]?.map { Int32($0) } ?? []
        }
    }

    /// How far the clean pass that was begun last has come; nil when it ended.
    public var unfinishedCleanPass: UnfinishedPass? { openCleanPass?.snapshot }

    /// What a clean pass measures, in the order of an unfinished pass's columns.
    static func cleanMetrics(includesGradientNorms: Bool) -> [DynamicsLog.Metric] {
        DynamicsLog.Metric.measured(.clean) + (includesGradientNorms ? [.cleanGradientNorm] : [])
    }

    /// Evaluates every scored example.
    ///
    /// The logits are the same to the bit whether gradient norms are asked for or not.
    ///
    /// - Parameters:
    ///   - includesGradientNorms: whether to add `cleanGradientNorm` (GraNd).
    ///   - unfinished: a pass of the same weights and metrics to go on with.
    public func cleanPass(
        includesGradientNorms: Bool, resuming unfinished: UnfinishedPass? = nil
    ) throws -> [DynamicsLog.Metric: [Float]] {
        let metrics = Self.cleanMetrics(includesGradientNorms: includesGradientNorms)
        precondition(unfinished.map { $0.columns.count == metrics.count } ?? true, "a pass of other metrics")
        let recorder = recorder(of: metrics, resuming: unfinished)
        let norms = includesGradientNorms ? recorder.columns.pointer(to: .gradientNorm) : nil
        openCleanPass = nil
        try forEachBatch(
            of: examples, from: recorder.completedCount, includesGradientNorms ? .gradientNorms : .cleanPass
        ) { range in
            openCleanPass = nil
            if let norms {
                network.gradientNorms(
                    inputs: inputs.pointer, labels: labels, batch: range.count, norms: norms + range.lowerBound
                ) { rows, logits in
                    recorder.record(rows, of: logits, labels: labels)
                }
            } else {
                network.evaluate(inputs: inputs.pointer, batch: range.count) { rows, logits in
                    recorder.record(rows, of: logits, labels: labels)
                }
            }
            recorder.finishBatch(of: range.count)
            openCleanPass = recorder
            try didFinishBatch()
        }
        openCleanPass = nil
        return recorder.columns.metrics(.clean)
    }

    /// Evaluates the examples of a partition; of `train`, those that are trained on.
    ///
    /// - Parameters:
    ///   - partition: one that has examples.
    ///   - keepsLogits: whether the logits are wanted, which take more memory than everything else.
    public func evaluate(_ partition: Partition, keepsLogits: Bool = false) throws -> HeldOutLog {
        let chosen = partition == .train ? examples : dataset.indices(of: partition)
        let provenance = DynamicsLog.Metric.Provenance.heldOut(partition)
        let recorder = recorder(of: DynamicsLog.Metric.measured(provenance), over: chosen.count)
        var kept: [Float] = []
        if keepsLogits { kept.reserveCapacity(chosen.count * dataset.classCount) }
        try forEachRows(of: chosen, recordedBy: recorder) { if keepsLogits { kept += $0 } }
        let losses = recorder.columns[.loss]
        return HeldOutLog(
            partition: partition, columns: recorder.columns.metrics(provenance),
            loss: losses.reduce(0.0) { $0 + Double($1) } / Double(losses.count),
            accuracy: Float(recorder.correctCount) / Float(chosen.count),
            logits: keepsLogits ? LogitRows(kept, classCount: dataset.classCount) : nil)
    }

    /// The logits of some examples of the dataset, which need not be those that are trained on.
    func logits(of chosen: [Int]) throws -> LogitRows {
        var kept: [Float] = []
        kept.reserveCapacity(chosen.count * dataset.classCount)
        try forEachRows(of: chosen, recordedBy: nil) { kept += $0 }
        return LogitRows(kept, classCount: dataset.classCount)
    }

    /// Evaluates some examples and hands out their logits, a batch of rows at a time.
    private func forEachRows(
        of chosen: [Int], recordedBy recorder: PassRecorder?, _ body: (UnsafeBufferPointer<Float>) -> Void
    ) throws {
        try forEachBatch(of: chosen, .evaluation) { range in
            let logits: UnsafePointer<Float>
            if let recorder {
                logits = network.evaluate(inputs: inputs.pointer, batch: range.count) { rows, logits in
                    recorder.record(rows, of: logits, labels: labels)
                }
            } else {
                logits = network.evaluate(inputs: inputs.pointer, batch: range.count)
            }
            recorder?.finishBatch(of: range.count)
            body(UnsafeBufferPointer(start: logits, count: range.count * dataset.classCount))
        }
    }

    private func forEachBatch(
        of chosen: [Int], from start: Int = 0, _ phase: TrainingProgress.Phase, _ body: (Range<Int>) throws -> Void
    ) throws {
        var first = start
        while first < chosen.count {
            let range = first..<min(chosen.count, first + evaluationBatch)
            loader.load(chosen[range], augmentedBy: nil, into: inputs.pointer)
            for (row, example) in chosen[range].enumerated() { labels[row] = dataset.labels[example] }
            try body(range)
            first = range.upperBound
            report(phase, first, of: chosen.count)
            try monitor.checkForStop()
        }
    }
}
