import Glibc

/// How good predicted probabilities are: whether they are large where they should be, and whether they mean what they
/// say.
package struct ProbabilityQuality: Sendable, Equatable {
    /// The examples whose top label's probability lies in one part of 0...1.
    package struct Bin: Sendable, Equatable {
        /// How many there are.
        package let count: Int
        /// The mean probability of the top label; nil without examples.
        package let confidence: Double?
        /// The share whose top label is right; nil without examples.
        package let accuracy: Double?
    }

    /// The number of examples.
    package let count: Int
    /// The mean squared distance of the probabilities from certainty about the label.
    ///
    /// Summed over all classes, so 0 at best and 2 at worst: the original definition of Glenn W. Brier, "Verification of
    /// Forecasts Expressed in Terms of Probability", Monthly Weather Review 78 (1950).
    package let brierScore: Double
    /// The same for the second of two classes alone, half of `brierScore`; nil for other numbers of classes.
    package let binaryBrierScore: Double?
    /// The mean of -ln p of the label, p no smaller than 2^-23.
    package let logLoss: Double
    /// By how much the accuracy differs from the confidence, the mean over the bins weighted by their examples.
    ///
    /// Chuan Guo, Geoff Pleiss, Yu Sun, Kilian Q. Weinberger, "On Calibration of Modern Neural Networks", ICML 2017.
    package let expectedCalibrationError: Double
    /// The bins, of equal width, the upper end belonging to each.
    package let bins: [Bin]

    /// Compares probabilities with labels; nil when there are no examples.
    ///
    /// - Parameters:
    ///   - probabilities: one row per example, a column per class.
    ///   - classCount: the number of columns.
    ///   - labels: the class of each example.
    ///   - binCount: how many bins there are, at least 1.
    /// - Precondition: the probabilities fill a row per label, are within 0...1, and labels have a column.
    package init?(probabilities: [Float], classCount: Int, labels: [Int32], binCount: Int = 15) {
        precondition(classCount >= 1 && probabilities.count == labels.count * classCount, "a row per label")
        precondition(binCount >= 1, "no bins")
        guard !labels.isEmpty else { return nil }
        var squares = 0.0
        var logarithms = 0.0
        var counts = [Int](repeating: 0, count: binCount)
        var rightCounts = counts
        var confidences = [Double](repeating: 0, count: binCount)
        for (example, label) in labels.enumerated() {
            precondition(label >= 0 && label < classCount, "a label without a column")
            var top = 0
            var rowSquares = 0.0
            let row = example * classCount
            for column in 0..<classCount {
                let probability = probabilities[row + column]
                precondition(probability >= 0 && probability <= 1, "no probability: \(probability)")
                if probability > probabilities[row + top] { top = column }
                let distance = Double(probability) - (column == Int(label) ? 1 : 0)
                rowSquares += distance * distance
            }
            squares += rowSquares
            logarithms -= log(Double(max(probabilities[row + Int(label)], Float.ulpOfOne)))
            let confidence = Double(probabilities[row + top])
            let bin = min(binCount, max(1, Int((confidence * Double(binCount)).rounded(.up)))) - 1
            counts[bin] += 1
            confidences[bin] += confidence
            if top == Int(label) { rightCounts[bin] += 1 }
        }
        count = labels.count
        let total = Double(count)
        brierScore = squares / total
        binaryBrierScore = classCount == 2 ? brierScore / 2 : nil
        logLoss = logarithms / total
        bins = (0..<binCount).map { bin in
            guard counts[bin] > 0 else { return Bin(count: 0, confidence: nil, accuracy: nil) }
            let size = Double(counts[bin])
            return Bin(
                count: counts[bin], confidence: confidences[bin] / size, accuracy: Double(rightCounts[bin]) / size)
        }
        expectedCalibrationError =
            (0..<binCount).reduce(0) { $0 + abs(Double(rightCounts[$1]) - confidences[$1]) } / total
    }
}
