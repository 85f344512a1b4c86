/// What is measured over all examples besides accuracy, as far as predictions tell it.
struct OverallMeasures {
    /// How often each class (row) was predicted as each (column), summed over the runs; empty beyond a thousand classes.
    private(set) var confusion: [[Int]] = []
    /// A number of each run for each measure.
    private(set) var measures: [Evaluation.Measure: Evaluation.Spread] = [:]
    /// What was left out and why, as sentences.
    private(set) var notes: [String] = []

    /// Tables of more classes than this are left out: they would be larger than most data.
    private static let mostClasses = 1000

    /// Measures predictions.
    init(of predictions: Predictions) {
        let runs = predictions.runs
        guard predictions.count > 0 else {
            notes.append("there are no examples to evaluate on")
            return
        }
        guard predictions.classNames.count <= Self.mostClasses else {
            notes.append(
                "beyond \(Self.mostClasses) classes there is no confusion matrix, and no macro-F1, AUROC, calibration error "
                    + "or Brier score")
            takeLosses(of: predictions)
            return
        }
        let tables = runs.map { Self.table(of: $0, labels: predictions.labels, classes: predictions.classNames.count) }
        confusion = tables.dropFirst().reduce(tables[0]) { sum, table in
            zip(sum, table).map { zip($0, $1).map(+) }
        }
        take(.macroF1, tables.map { ClassificationSummary(confusion: $0).macroF1 })
        takeLosses(of: predictions)
        takeProbabilities(of: predictions)
    }

    /// Keeps a measure that every run has.
    private mutating func take(_ measure: Evaluation.Measure, _ values: [Double?]) {
        let known = values.compactMap { $0 }
        if known.count == values.count { measures[measure] = Evaluation.Spread(known) }
    }

    private mutating func takeLosses(of predictions: Predictions) {
        take(
            .logLoss,
            predictions.runs.map { run in
                run.losses.map { $0.reduce(0.0) { $0 + Double($1) } / Double(predictions.count) }
            })
    }

    private mutating func takeProbabilities(of predictions: Predictions) {
        let rows = predictions.runs.compactMap(\.probabilities)
        guard rows.count == predictions.runs.count else {
            notes.append(
                "there are no probabilities, or logits are not finite: loss, AUROC, calibration error and Brier score are "
                    + "left out")
            return
        }
        let classCount = predictions.classNames.count
        let quality = rows.map {
            ProbabilityQuality(probabilities: $0, classCount: classCount, labels: predictions.labels)
        }
        take(.calibrationError, quality.map { $0?.expectedCalibrationError })
        take(.brier, quality.map { $0?.brierScore })
        takeAreas(rows, of: predictions)
    }

    private mutating func takeAreas(_ rows: [[Float]], of predictions: Predictions) {
        let (labels, classCount) = (predictions.labels, predictions.classNames.count)
        if classCount == 2 {
            // The two classes have one area.
            let isSecond = labels.map { $0 == 1 }
            take(
                .auroc,
                rows.map { row in RankedScores(labels.indices.map { row[2 * $0 + 1] }).area(of: isSecond)?.value })
            if measures[.auroc] == nil { notes.append("all examples are of one class, so that there is no AUROC") }
            return
        }
        let areas = rows.map { OneVersusRestAreas(probabilities: $0, classCount: classCount, labels: labels) }
        take(.auroc, areas.map(\.macroAverage))
        let leftOut = areas[0].leftOut
        if leftOut.count == classCount {
            notes.append("all examples are of one class, so that there is no AUROC")
        } else if !leftOut.isEmpty {
            let names = leftOut.prefix(10).map { predictions.classNames[$0] }.joined(separator: ", ")
            notes.append("AUROC leaves out classes without examples: \(names)\(leftOut.count > 10 ? ", ..." : "")")
        }
    }

    private static func table(of run: Predictions.Run, labels: [Int32], classes count: Int) -> [[Int]] {
        var flat = [Int](repeating: 0, count: count * count)
        for (label, predicted) in zip(labels, run.classes) { flat[Int(label) * count + Int(predicted)] += 1 }
        return (0..<count).map { Array(flat[$0 * count..<($0 + 1) * count]) }
    }
}
