import Models

/// What a run's network says of examples in evaluation mode, on the plain example: nothing of it is trained on.
extension TrainingRun {
    /// What an evaluation of the examples of a partition found.
    package struct HeldOutLog: Sendable {
        /// The partition.
        package let partition: Partition
        /// Prediction, loss and probability of the label of each example.
        package let columns: [DynamicsLog.Metric: [Float]]
        /// The mean cross-entropy.
        package let loss: Double
        /// The share of examples that were predicted right.
        package let accuracy: Float
        /// The rows that were asked for.
        package let rows: [ExampleRows.Content: ExampleRows]

        /// The class predicted for each example.
        package var predictions: [Int32] {
            columns[DynamicsLog.Metric(.prediction, .heldOut(partition))]?.map { Int32($0) } ?? []
        }
    }

    /// How far the clean pass that was begun last has come; nil when it ended.
    package var unfinishedCleanPass: UnfinishedPass? { openCleanPass?.snapshot }

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
    package func cleanPass(
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
    ///   - contents: rows that are wanted, which take more memory than everything else.
    package func evaluate(_ partition: Partition, keeping contents: Set<ExampleRows.Content> = []) throws -> HeldOutLog
    {
        let chosen = partition == .train ? examples : dataset.indices(of: partition)
        let provenance = DynamicsLog.Metric.Provenance.heldOut(partition)
        let recorder = recorder(of: DynamicsLog.Metric.measured(provenance), over: chosen.count)
        let rows = try rows(of: chosen, contents, recordedBy: recorder)
        let losses = recorder.columns[.loss]
        return HeldOutLog(
            partition: partition, columns: recorder.columns.metrics(provenance),
            loss: losses.reduce(0.0) { $0 + Double($1) } / Double(losses.count),
            accuracy: Float(recorder.correctCount) / Float(chosen.count), rows: rows)
    }

    /// The logits of some examples of the dataset, which need not be those that are trained on.
    func logits(of chosen: [Int]) throws -> ExampleRows {
        guard let logits = try rows(of: chosen, [.logits])[.logits] else {
            preconditionFailure("the logits were asked for")
        }
        return logits
    }

    /// Evaluates some examples.
    private func rows(
        of chosen: [Int], _ contents: Set<ExampleRows.Content>, recordedBy recorder: PassRecorder? = nil
    ) throws -> [ExampleRows.Content: ExampleRows] {
        let widths: [ExampleRows.Content: Int] = [.logits: dataset.classCount, .features: network.featureCount]
        var kept: [ExampleRows.Content: [Float]] = [:]
        for content in contents {
            kept[content] = []
            kept[content]?.reserveCapacity(chosen.count * (widths[content] ?? 0))
        }
        let features = contents.contains(.features) ? FloatBuffer(count: evaluationBatch * network.featureCount) : nil
        try forEachBatch(of: chosen, .evaluation) { range in
            let logits = network.evaluate(
                inputs: inputs.pointer, batch: range.count, features: features?.pointer
            ) { rows, logits in
                recorder?.record(rows, of: logits, labels: labels)
            }
            recorder?.finishBatch(of: range.count)
            func keep(_ content: ExampleRows.Content, _ first: UnsafePointer<Float>) {
                kept[content]?.append(
                    contentsOf: UnsafeBufferPointer(start: first, count: range.count * (widths[content] ?? 0)))
            }
            keep(.logits, logits)
            if let features { keep(.features, features.pointer) }
        }
        return Dictionary(uniqueKeysWithValues: kept.map { ($0, ExampleRows($1, width: widths[$0] ?? 1)) })
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
