import Models

/// A feature that by itself (nearly) determines the label: usually the answer in another form.
///
/// For each column of a table a rule of that one feature is fitted to half of the training examples and tried on the
/// other half: R. C. Holte, "Very simple classification rules perform well on most commonly used datasets", Machine
/// Learning 11, 1993 (1R). A category says the most frequent class of each value; a number that of each interval, where
/// an interval closes when its most frequent class has six examples and the next value has another class.
///
/// What counts is lambda, the share of the errors of always saying the largest class that the rule does not make: L. A.
/// Goodman and W. H. Kruskal, "Measures of association for cross classifications", JASA 49, 1954. Unlike accuracy it does
/// not call a feature that says nothing good where nearly all examples are of one class.
package struct LabelShortcut: Sendable, Equatable {
    /// The feature's name.
    package let name: String
    /// The accuracy of the rule on examples it was not fitted to, 0...1.
    package let accuracy: Double
    /// The accuracy of always saying the class that is the largest among the examples it was fitted to.
    package let majorityAccuracy: Double
    /// The examples that both were tried on.
    package let count: Int

    /// The share of the errors of the largest class that the rule does not make.
    package var lambda: Double { 1 - (1 - accuracy) / (1 - majorityAccuracy) }

    /// The least lambda of a feature that is told of.
    package static let leastLambda = 0.9
    /// The least lower end of the 95 % interval of lambda, so that a few examples alone say nothing.
    private static let leastLowerEnd = 0.85
    /// The most training examples that are looked at; so many decide, and more would take time at every start.
    private static let sampleLimit = 10_000
    /// Holte's number of examples of its class in every interval.
    private static let leastIntervalCount = 6

    /// A sentence for the user.
    package var text: String {
        "feature '\(name)' alone tells the label of \(NumberText.percent(accuracy, decimals: 1)) of "
            + "\(NumberText.grouped(count)) training examples (the largest class: "
            + "\(NumberText.percent(majorityAccuracy, decimals: 1))); if it would not be known when predicting, leave it "
            + "out with `ignore`"
    }

    /// The features of a dataset that determine its label, in the order of the columns; none for data without named
    /// columns, as images and arrays.
    package static func found(in dataset: Dataset) -> [LabelShortcut] {
        guard !dataset.columns.isEmpty, dataset.classCount > 1 else { return [] }
        let training = dataset.indices(of: .train)
        // By their names, so that the order of the file does not matter; it often is that of the classes.
        let keyed = training.map { (hash: dataset.ids.hash(at: $0), index: $0) }.sorted {
            $0.hash != $1.hash ? $0.hash < $1.hash : $0.index < $1.index
        }
        let sample = keyed.prefix(sampleLimit).map(\.index)
        let half = sample.count / 2
        let (fitted, tried) = (Array(sample[..<half]), Array(sample[half...]))
        guard !fitted.isEmpty else { return [] }
        var classCounts = [Int](repeating: 0, count: dataset.classCount)
        for index in fitted { classCounts[Int(dataset.labels[index])] += 1 }
        let largest = Self.largest(classCounts)
        let majorityErrors = tried.count { dataset.labels[$0] != largest }
        guard majorityErrors > 0 else { return [] }
        return dataset.columns.compactMap { column in
            let rule = Rule(of: column, in: dataset, fittedTo: fitted, default: largest)
            let errors = tried.count {
                rule.label(for: column.value(of: $0, in: dataset.features)) != dataset.labels[$0]
            }
            let kept = Double(max(0, majorityErrors - errors)) / Double(majorityErrors)
            guard kept >= leastLambda,
                WilsonInterval(proportion: kept, count: majorityErrors).lower >= leastLowerEnd
            else { return nil }
            let count = Double(tried.count)
            return LabelShortcut(
                name: column.name, accuracy: 1 - Double(errors) / count,
                majorityAccuracy: 1 - Double(majorityErrors) / count, count: tried.count)
        }
    }

    /// The first of the largest counts.
    private static func largest(_ counts: [Int]) -> Int32 {
        Int32(counts.indices.max { counts[$0] != counts[$1] ? counts[$0] < counts[$1] : $0 > $1 } ?? 0)
    }

    /// What one feature says about the label.
    private struct Rule {
        /// The last value of each interval, ascending; the last interval has no end.
        private var ends: [Float] = []
        /// The class of each interval; for a category of each value.
        private var labels: [Int32] = []
        private let isCategory: Bool

        init(of column: FeatureColumn, in dataset: Dataset, fittedTo examples: [Int], default largest: Int32) {
            isCategory = column.isCategory
            let pairs = examples.map { (value: column.value(of: $0, in: dataset.features), label: dataset.labels[$0]) }
            var counts = [Int](repeating: 0, count: dataset.classCount)
            if isCategory {
                // One more for values that do not occur in training.
                var table = [[Int]](repeating: counts, count: column.elements.count + 1)
                for pair in pairs { table[Int(pair.value)][Int(pair.label)] += 1 }
                labels = table.map { $0.contains { $0 > 0 } ? LabelShortcut.largest($0) : largest }
                return
            }
            let sorted = pairs.sorted { $0.value != $1.value ? $0.value < $1.value : $0.label < $1.label }
            var place = 0
            while place < sorted.count {
                let value = sorted[place].value
                while place < sorted.count && sorted[place].value == value {
                    counts[Int(sorted[place].label)] += 1
                    place += 1
                }
                let own = LabelShortcut.largest(counts)
                let isLast = place == sorted.count
                guard isLast || (counts[Int(own)] >= leastIntervalCount && sorted[place].label != own) else { continue }
                counts = [Int](repeating: 0, count: counts.count)
                // Neighbours of one class are one interval.
                if labels.last == own { ends.removeLast() } else { labels.append(own) }
                // Halfway to the next value, as for the thresholds of a tree.
                ends.append(isLast ? .infinity : value + (sorted[place].value - value) / 2)
            }
        }

        func label(for value: Float) -> Int32 {
            if isCategory { return labels[Int(value)] }
            var (low, high) = (0, ends.count - 1)
            while low < high {
                let middle = (low + high) / 2
                if value <= ends[middle] { high = middle } else { low = middle + 1 }
            }
            return labels[low]
        }
    }
}

extension FeatureColumn {
    /// The number of an example; of a category the number of its value, and how many there are when it has none of them.
    fileprivate func value(of example: Int, in features: FeatureMatrix) -> Float {
        let row = features.row(example)
        func number(_ element: Int) -> Float { row.loadUnaligned(fromByteOffset: element * 4, as: Float.self) }
        guard isCategory else { return number(elements.lowerBound) }
        return Float(elements.firstIndex { number($0) != 0 }.map { $0 - elements.lowerBound } ?? elements.count)
    }
}
