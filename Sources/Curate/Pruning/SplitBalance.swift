import Glibc

/// How a split changes the classes that a training counts: sizes, imbalance, effective numbers, shares and margins.
///
/// What a loss or a balance takes of the classes comes from the split and never from the data that it was chosen from;
/// this is both, side by side, so that whoever prunes sees what that did to the rare classes.
package struct SplitBalance: Sendable, Equatable {
    /// One class before and after.
    package struct Line: Sendable, Equatable {
        /// The class.
        package let name: String
        /// Training examples of the data.
        package let before: Int
        /// Examples of the split.
        package let kept: Int
        /// What they count: the sum of their weights, each times its presentations in an epoch.
        package let mass: Double
    }

    /// The classes, in order.
    package let classes: [Line]

    /// β of the effective numbers shown, that of class-balanced weights unless somebody says otherwise.
    static let beta = 0.9999
    /// The largest margin shown, that of LDAM unless somebody says otherwise.
    static let largestMargin = 0.5

    /// Compares a split with what it was chosen from.
    ///
    /// - Parameters:
    ///   - counts: the classes before and after, in order.
    ///   - masses: what the kept examples of each count; nil when each counts once.
    package init(_ counts: [SplitManifest.Count], masses: [Double]?) {
        classes = counts.enumerated().map { index, count in
            Line(
                name: count.name, before: count.before, kept: count.after, mass: masses?[index] ?? Double(count.after))
        }
    }

    /// The classes of a training set of which nothing was left out.
    ///
    /// - Parameter classes: name and number of examples of each class, in order.
    package init(ofWhole classes: [(name: String, count: Int)]) {
        self.classes = classes.map { Line(name: $0.name, before: $0.count, kept: $0.count, mass: Double($0.count)) }
    }

    /// Whether everything is kept and counts once.
    package var isWhole: Bool { classes.allSatisfy { $0.before == $0.kept && $0.mass == Double($0.kept) } }

    /// The largest class over the smallest of those that have examples, before.
    package var imbalanceBefore: Double? { Self.ratio(classes.map { Double($0.before) }) }
    /// The largest class over the smallest of those that have examples, by what they count after.
    package var imbalanceAfter: Double? { Self.ratio(classes.map(\.mass)) }

    private static func ratio(_ sizes: [Double]) -> Double? {
        let present = sizes.filter { $0 > 0 }
        guard present.count > 1, let largest = present.max(), let smallest = present.min() else { return nil }
        return largest / smallest
    }

    /// (1 - β^n) / (1 - β), the effective number of n examples: equation 2 of Cui and others, 2019.
    package static func effectiveNumber(_ count: Double) -> Double { -expm1(count * log(beta)) / (1 - beta) }

    /// The margin of each class by LDAM; 0 for a class without examples.
    private static func margins(_ sizes: [Double]) -> [Double] {
        guard let smallest = sizes.filter({ $0 > 0 }).min() else { return sizes }
        return sizes.map { $0 > 0 ? largestMargin * (smallest / $0).squareRoot().squareRoot() : 0 }
    }

    /// Classes smaller than the mean that kept less than half of the share that all examples kept.
    package var starved: [Line] {
        let (before, kept) = classes.reduce((0, 0)) { ($0.0 + $1.before, $0.1 + $1.kept) }
        guard before > 0, kept < before else { return [] }
        let share = Double(kept) / Double(before)
        return classes.filter {
            $0.before > 0 && $0.before * classes.count < before && Double($0.kept) < share / 2 * Double($0.before)
        }
    }

    /// What a user must know: which rare classes were pruned far more than the rest, and what would have kept them.
    package var warnings: [String] {
        let worst = starved.sorted { Double($0.kept) * Double($1.before) < Double($1.kept) * Double($0.before) }
        guard let first = worst.first else { return [] }
        let (before, kept) = classes.reduce((0, 0)) { ($0.0 + $1.before, $0.1 + $1.kept) }
        let fair = Int((Double(kept) / Double(before) * Double(first.before)).rounded())
        let named = worst.prefix(3).map { "class '\($0.name)': \($0.before) -> \($0.kept) kept" }
        let more = worst.count > 3 ? " and \(worst.count - 3) more" : ""
        return [
            "pruning starved \(worst.count == 1 ? "a rare class" : "rare classes") (\(named.joined(separator: ", "))\(more)),"
                + " while \(DecimalText.percent(Double(kept) / Double(before), places: 0)) of all were kept; "
                + "`quota: \"proportional\"` would keep \(fair) of '\(first.name)', and `floor: \(max(1, fair))` no fewer "
                + "of any class"
        ]
    }

    /// The comparison as JSON.
    package var json: JSONValue {
        let sizes = classes.map { Double($0.before) }
        let masses = classes.map(\.mass)
        let (marginsBefore, marginsAfter) = (Self.margins(sizes), Self.margins(masses))
        let (total, totalMass) = (sizes.reduce(0, +), masses.reduce(0, +))
        return [
            "imbalanceBefore": .optional(imbalanceBefore), "imbalanceAfter": .optional(imbalanceAfter),
            "classes": .array(
                classes.enumerated().map { index, line in
                    [
                        "name": .string(line.name), "before": .int(line.before), "kept": .int(line.kept),
                        "mass": .double(line.mass),
                        "shareBefore": .double(total > 0 ? sizes[index] / total : 0),
                        "shareAfter": .double(totalMass > 0 ? line.mass / totalMass : 0),
                        "effectiveBefore": .double(Self.effectiveNumber(sizes[index])),
                        "effectiveAfter": .double(Self.effectiveNumber(line.mass)),
                        "marginBefore": .double(marginsBefore[index]), "marginAfter": .double(marginsAfter[index]),
                    ]
                }),
            "starved": .strings(starved.map(\.name)), "warnings": .strings(warnings),
        ]
    }

    /// What is shown of one class: before and after, as numbers.
    package var rows: [(line: Line, shares: (Double, Double), effective: (Double, Double), margins: (Double, Double))] {
        let sizes = classes.map { Double($0.before) }
        let masses = classes.map(\.mass)
        let (total, totalMass) = (max(1, sizes.reduce(0, +)), max(Double.ulpOfOne, masses.reduce(0, +)))
        let (before, after) = (Self.margins(sizes), Self.margins(masses))
        return classes.enumerated().map { index, line in
            (
                line, (sizes[index] / total, line.mass / totalMass),
                (Self.effectiveNumber(sizes[index]), Self.effectiveNumber(line.mass)), (before[index], after[index])
            )
        }
    }
}
