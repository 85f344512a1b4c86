extension Evaluation {
    /// A share of examples that were predicted right, over the runs.
    package struct Rate: Sendable, Equatable {
        /// What the examples have in common: the name of a class or of a group's value.
        package let name: String
        /// The number of examples.
        package let count: Int
        /// How many of them each run predicted right, in the order of the seeds.
        package let correctCounts: [Int]

        /// Makes a rate of counts.
        package init(name: String, count: Int, correctCounts: [Int]) {
            precondition(correctCounts.allSatisfy { (0...count).contains($0) }, "more right than there are")
            self.name = name
            self.count = count
            self.correctCounts = correctCounts
        }

        /// How many were predicted right over all runs.
        var correctSum: Int { correctCounts.reduce(0, +) }

        /// The mean over the runs; nil when there are no examples.
        package var mean: Double? {
            guard count > 0, !correctCounts.isEmpty else { return nil }
            return Double(correctSum) / Double(correctCounts.count) / Double(count)
        }

        /// The standard deviation over the runs, divisor n - 1; nil for fewer than two runs or no examples.
        package var standardDeviation: Double? {
            guard correctCounts.count > 1, let mean else { return nil }
            return Moments(of: correctCounts.map { Double($0) / Double(count) }, mean: mean).standardDeviation
        }

        /// The 95 % interval of the mean; nil when there are no examples.
        ///
        /// It is that of one test set of this size: the runs share their examples, so more runs do not make it narrower.
        package var interval: WilsonInterval? {
            mean.map { WilsonInterval(proportion: $0, count: count) }
        }

        /// Whether it is lower than another, or as low with an earlier name; both have examples.
        ///
        /// Products of whole numbers decide, so that equal shares are equal.
        static func isWorse(_ a: Rate, named aName: String, than b: Rate, named bName: String) -> Bool {
            let (left, right) = (
                a.correctSum.multipliedFullWidth(by: b.count), b.correctSum.multipliedFullWidth(by: a.count)
            )
            if left != right { return left < right }
            return bytewise(aName, bName)
        }
    }

    /// A number of each run.
    package struct Spread: Sendable, Equatable {
        /// The number of each run, in the order of the seeds.
        package let values: [Double]
        /// The mean over the runs.
        package var mean: Double { Moments(of: values).mean }
        /// The standard deviation over the runs, divisor n - 1; nil for fewer than two.
        package var standardDeviation: Double? { Moments(of: values).standardDeviation }

        /// Takes one number per run.
        package init(_ values: [Double]) { self.values = values }
    }

    /// A number that says how good predictions are over all examples.
    package enum Measure: String, Sendable, CaseIterable {
        /// The F1 of each class, averaged with equal weights.
        case macroF1
        /// The area under the ROC curve; of more than two classes the mean of each against the rest.
        case auroc
        /// The expected calibration error of the most probable class.
        case calibrationError
        /// The squared distance of the probabilities from the truth, summed over the classes (0 to 2).
        case brier
        /// The mean cross-entropy, natural logarithm.
        case logLoss

        /// What people call it.
        package var title: String {
            switch self {
            case .macroF1: "macro-F1"
            case .auroc: "AUROC"
            case .calibrationError: "ECE"
            case .brier: "Brier"
            case .logLoss: "loss"
            }
        }

        /// Whether it needs the probabilities of all classes.
        package var needsProbabilities: Bool { self != .macroF1 }
    }
}
