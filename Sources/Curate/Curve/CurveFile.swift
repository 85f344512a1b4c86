/// The files a curve can be written to; the raw value is the ending.
package enum CurveFileFormat: String, Sendable, CaseIterable {
    /// A plot.
    case svg
    /// One line per training.
    case csv
    /// The statistics, with the sentence.
    case json
}

extension CurveSummary {
    /// Writes the curve to a file.
    ///
    /// - Throws: `CurateError(.cannotCreateOutput)` when the file exists and may not be replaced, or cannot be written.
    package func write(to path: String, format: CurveFileFormat, replacing: Bool) throws {
        let file = try AtomicFile(path: path, replacing: replacing)
        switch format {
        case .svg: try file.write(plot)
        case .csv: try writeTable { try file.write($0) }
        case .json: try file.write(json.canonicalText + "\n")
        }
        try file.commit()
    }

    /// One line per training, those on all data first; accuracies and recalls are shares of 1.
    private func writeTable(to sink: @escaping ByteSink) throws {
        var writer = ByteWriter(sink: sink)
        writer.append(
            "method,score,policy,budget,keep,kept,seed,epochs,steps,accuracy,worst_class,worst_class_recall,imbalance,run\n"
        )
        for run in result.full { append(run, isFull: true, to: &writer) }
        for run in result.runs {
            append(run, isFull: false, to: &writer)
            try writer.flushIfLarge()
        }
        try writer.flush()
    }

    private func append(_ run: CurveRun, isFull: Bool, to writer: inout ByteWriter) {
        let held = result.heldOutClassCounts
        let recalls = held.indices.filter { held[$0] > 0 }.map {
            (label: $0, recall: Double(run.correctCounts[$0]) / Double(held[$0]))
        }
        let worst = recalls.min { $0.recall < $1.recall }
        let counts = run.keptClassCounts
        let fields = [
            isFull ? "all data" : run.method.name, run.method.score ?? "", isFull ? "" : run.method.policy,
            run.budget.rawValue, "\(run.keptFraction)", "\(run.keptCount)", "\(run.seed)", "\(run.epochs)",
            "\(run.steps)", "\(Self.accuracy(of: run, over: held))",
            worst.map { result.classNames[$0.label] } ?? "", worst.map { "\($0.recall)" } ?? "",
            "\(Double(counts.max() ?? 0) / Double(counts.min() ?? 0))", run.key,
        ]
        for (place, field) in fields.enumerated() {
            if place > 0 { writer.append(",") }
            writer.appendField(field)
        }
        writer.append("\n")
    }

    /// The statistics and the sentence; accuracies and differences are shares of 1.
    package var json: JSONValue {
        func difference(_ value: PairedDifference?) -> JSONValue {
            guard let value else { return .null }
            return [
                "seeds": .int(value.count), "mean": .double(value.mean),
                "interval": value.interval.map { .array([.double($0.lowerBound), .double($0.upperBound)]) } ?? .null,
            ]
        }
        func point(_ point: CurvePoint) -> JSONValue {
            [
                "method": .string(point.method.name),
                "score": point.method.score.map { .string($0) } ?? .null, "policy": .string(point.method.policy),
                "budget": .string(point.budget.rawValue), "keep": .double(point.keptFraction),
                "kept": .int(point.keptCount), "epochs": .int(point.epochs), "steps": .int(point.steps),
                "seeds": .int(point.accuracies.count), "accuracy": .double(point.mean),
                "sd": point.deviation.map { .double($0) } ?? .null,
                "worstClass": point.worstClass.map { .string(result.classNames[$0]) } ?? .null,
                "worstClassRecall": point.worstClassRecall.map { .double($0) } ?? .null,
                // JSON has no infinity: a class is lost.
                "imbalance": point.imbalance.isFinite ? .double(point.imbalance) : .null,
                "againstRandom": difference(point.againstRandom),
                "againstClassBalanced": difference(point.againstClassBalanced),
                "againstFull": difference(point.againstFull),
                "breakEven": point.breakEven.map { .int($0) } ?? .null,
            ]
        }
        let harmless = harmlessPruning
        return [
            "curve": "summary", "dataset": ["name": .string(result.datasetName), "hash": .string(result.datasetHash)],
            "partition": .string(result.partition), "train": .int(result.trainCount),
            "tolerancePoints": .double(result.tolerance), "full": point(full), "points": .array(points.map(point)),
            "scoringCosts": .object(result.scoringCosts.mapValues { .double($0) }),
            "droppable": harmless.map {
                [
                    "share": .double(1 - $0.point.keptFraction), "method": .string($0.point.method.name),
                    "budget": .string($0.point.budget.rawValue),
                    "randomToo": $0.isRandomHarmlessToo.map { .bool($0) } ?? .null,
                ]
            } ?? .null,
            "sentence": .string(sentence),
        ]
    }
}
