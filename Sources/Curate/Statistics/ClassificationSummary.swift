/// What a table of labels and predictions says about each class, and about all classes as equals.
///
/// Unlike the accuracy, none of these numbers is high just because the large classes are right.
package struct ClassificationSummary: Sendable, Equatable {
    /// How one class fares.
    package struct ClassRates: Sendable, Equatable {
        /// How many examples have the label.
        package let labelCount: Int
        /// How many are predicted to have it.
        package let predictedCount: Int
        /// How many of them rightly.
        package let correctCount: Int

        /// The share of its examples that is predicted right; nil when there are none.
        package var recall: Double? { labelCount > 0 ? Double(correctCount) / Double(labelCount) : nil }

        /// The share of its predictions that is right; nil when there are none.
        package var precision: Double? { predictedCount > 0 ? Double(correctCount) / Double(predictedCount) : nil }

        /// The harmonic mean of recall and precision, 0 when nothing is right; nil for a class that neither labels nor
        /// predictions have.
        package var f1: Double? {
            let sum = labelCount + predictedCount
            return sum > 0 ? 2 * Double(correctCount) / Double(sum) : nil
        }
    }

    /// The rates of each class.
    package let classes: [ClassRates]
    /// The share of all examples that is predicted right; nil when there are none.
    package let accuracy: Double?

    /// The mean recall over the classes that have examples; nil when there are none.
    package var balancedAccuracy: Double? { Self.mean(classes.compactMap(\.recall)) }

    /// The mean F1 over the classes that labels or predictions have; nil when there are none.
    package var macroF1: Double? { Self.mean(classes.compactMap(\.f1)) }

    /// The class with the lowest recall, the first among equals; nil when none has examples.
    package var worstClass: Int? {
        classes.indices.filter { classes[$0].labelCount > 0 }.min {
            (classes[$0].recall ?? 1) < (classes[$1].recall ?? 1)
        }
    }

    /// The lowest recall of a class; nil when none has examples.
    package var worstClassRecall: Double? { worstClass.flatMap { classes[$0].recall } }

    /// Describes a table.
    ///
    /// - Parameter confusion: how often each class (row) was predicted as each (column).
    /// - Precondition: the table is square.
    package init(confusion: [[Int]]) {
        precondition(confusion.allSatisfy { $0.count == confusion.count }, "as many columns as rows")
        classes = confusion.indices.map { label in
            ClassRates(
                labelCount: confusion[label].reduce(0, +), predictedCount: confusion.reduce(0) { $0 + $1[label] },
                correctCount: confusion[label][label])
        }
        let count = classes.reduce(0) { $0 + $1.labelCount }
        accuracy = count > 0 ? Double(classes.reduce(0) { $0 + $1.correctCount }) / Double(count) : nil
    }

    private static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}
