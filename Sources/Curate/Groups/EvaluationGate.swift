/// A bound that an accuracy must reach: `worst=0.80`.
package struct EvaluationGate: Sendable, Equatable {
    /// Which accuracy is held against the bound.
    package enum Quantity: String, Sendable, CaseIterable {
        /// That of the worst group.
        case worst
        /// That over all examples.
        case average
        /// The mean over the groups, weighted by their training examples.
        case trainWeighted = "train-weighted"
        /// The mean over the groups, each counting the same.
        case groupMean = "group-mean"
        /// The lowest recall of a class.
        case worstClass = "worst-class"
        /// The mean of the classes' recalls.
        case balanced
    }

    /// What an evaluation says to a gate.
    package struct Verdict: Sendable, Equatable {
        /// The gate.
        package let gate: EvaluationGate
        /// The accuracy.
        package let value: Double
        /// The lower end of its 95 % interval.
        package let lower: Double
        /// The group or class whose accuracy it is; nil for a mean.
        package let name: String?
        /// Whether the lower end is held against the bound, and not the accuracy itself.
        package let usesLowerBound: Bool

        /// Whether the bound is reached.
        package var passes: Bool { (usesLowerBound ? lower : value) >= gate.bound }

        /// What was found, as a sentence without a full stop.
        package var sentence: String {
            func percent(_ share: Double) -> String { DecimalText.percent(share, places: 2) }
            let whose = name.map { "\(gate.quantity.title), \($0)," } ?? gate.quantity.title
            let found =
                usesLowerBound
                ? "has \(percent(value)), of which the lower end of the 95 % interval is \(percent(lower))"
                : "has \(percent(value))"
            return "\(whose) \(found): \(passes ? "not below" : "below") \(DecimalText.shortPercent(gate.bound))"
        }

        /// The verdict for people's programs.
        package var json: JSONValue {
            [
                "gate": .string(gate.quantity.rawValue), "bound": .double(gate.bound), "value": .double(value),
                "lower": .double(lower), "name": .optional(name), "lowerBound": .bool(usesLowerBound),
                "passes": .bool(passes),
            ]
        }
    }

    /// Which accuracy is held against the bound.
    package let quantity: Quantity
    /// The bound, within 0...1.
    package let bound: Double

    /// Reads a gate.
    ///
    /// - Parameter text: a quantity, an equals sign and a share, as a number within 0...1 or in per cent: `worst=80%`.
    /// - Throws: `CurateError(.usage)` that says what is wrong.
    package init(parsing text: String) throws {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false).map { $0.trimmingSpaces() }
        let words = Quantity.allCases.map(\.rawValue)
        guard parts.count == 2 else {
            throw CurateError(
                .usage, "'\(text)' is no bound on an accuracy", remedy: "write one like worst=0.80")
        }
        guard let quantity = Quantity(rawValue: parts[0]) else {
            throw CurateError(
                .usage, "'\(parts[0])' is no accuracy that can be bounded",
                remedy: Suggestion.nearest(to: parts[0], among: words).map { "did you mean '\($0)'?" }
                    ?? "there is \(words.joined(separator: ", "))")
        }
        let isPercent = parts[1].hasSuffix("%")
        let digits = isPercent ? String(parts[1].dropLast()).trimmingSpaces() : parts[1]
        guard let number = Double(digits), number.isFinite, case let share = isPercent ? number / 100 : number,
            (0...1).contains(share)
        else {
            throw CurateError(
                .usage, "'\(parts[1])' is no share of the examples",
                remedy: "write a number from 0 to 1, as in \(quantity.rawValue)=0.80, or \(quantity.rawValue)=80%")
        }
        self.quantity = quantity
        bound = share
    }

    /// Holds an evaluation against the bound.
    ///
    /// - Parameters:
    ///   - evaluation: the evaluation.
    ///   - usesLowerBound: whether to compare the lower end of the 95 % interval instead of the accuracy.
    /// - Throws: `CurateError(.usage)` when the evaluation has no such accuracy.
    package func verdict(on evaluation: Evaluation, usesLowerBound: Bool) throws -> Verdict {
        guard let found = evaluation.bounded(quantity) else {
            throw CurateError(
                .usage, "the evaluation does not know \(quantity.title), which \(quantity.rawValue) is about",
                remedy: quantity.needs)
        }
        return Verdict(
            gate: self, value: found.value, lower: found.lower, name: found.name, usesLowerBound: usesLowerBound)
    }
}

extension EvaluationGate.Quantity {
    /// What a sentence calls it.
    var title: String {
        switch self {
        case .worst: "the worst group"
        case .average: "the average"
        case .trainWeighted: "the average weighted by training examples"
        case .groupMean: "the mean over the groups"
        case .worstClass: "the worst class"
        case .balanced: "the balanced accuracy"
        }
    }

    /// What to do when it is not there.
    fileprivate var needs: String {
        switch self {
        case .worst, .groupMean: "name groups with `group`, for instance `group: \"place*label\"`"
        case .trainWeighted: "name groups with `group`, of data that says what is trained on: a column for `split`"
        case .average, .worstClass, .balanced: "evaluate on examples"
        }
    }
}

extension Evaluation {
    /// An accuracy with the lower end of its 95 % interval, and the group or class it is of; nil when there is none.
    package func bounded(
        _ quantity: EvaluationGate.Quantity
    ) -> (value: Double, lower: Double, name: String?)? {
        func weighted(_ weigh: (Group) -> Double) -> (value: Double, lower: Double, name: String?)? {
            let strata = allGroups.compactMap { group in
                group.rate.mean.map {
                    StratifiedWilsonInterval.Stratum(weight: weigh(group), proportion: $0, count: group.count)
                }
            }
            return StratifiedWilsonInterval(strata, areDisjoint: groups.count <= 1).map { ($0.mean, $0.lower, nil) }
        }
        switch quantity {
        case .worst:
            guard let worst, let value = worst.rate.mean, let interval = worstInterval else { return nil }
            return (value, min(value, interval.lowerBound), worst.fullName)
        case .average:
            guard let value = accuracy.mean, let interval = accuracy.interval else { return nil }
            return (value, interval.lower, nil)
        case .trainWeighted:
            guard let value = trainWeightedMean, let found = weighted({ Double($0.trainingCount ?? 0) }) else {
                return nil
            }
            return (value, found.lower, nil)
        case .groupMean: return weighted { _ in 1 }
        case .worstClass:
            guard let worst = worstClass, let value = worst.mean, let own = worst.interval else { return nil }
            return (value, worstClassInterval?.lowerBound ?? own.lower, worst.name)
        case .balanced:
            let strata = classes.compactMap { own in
                own.mean.map { StratifiedWilsonInterval.Stratum(weight: 1, proportion: $0, count: own.count) }
            }
            guard let value = meanOfClasses, let found = StratifiedWilsonInterval(strata, areDisjoint: true) else {
                return nil
            }
            return (value, found.lower, nil)
        }
    }
}
