extension Evaluation {
    /// How often each class was trained on, and the rule that tells the frequent ones from the rare.
    package struct Frequency: Sendable, Equatable {
        /// The rule.
        package let rule: FrequencyRule
        /// The number of training examples of each class, in class order; weights and copies do not count.
        package let trainingCounts: [Int]

        /// Describes what was trained on.
        package init(rule: FrequencyRule, trainingCounts: [Int]) {
            precondition(trainingCounts.allSatisfy { $0 >= 0 }, "fewer examples than none")
            self.rule = rule
            self.trainingCounts = trainingCounts
        }

        /// The bin of each class.
        package var bins: [FrequencyRule.Bin] { rule.bins(of: trainingCounts) }

        /// The largest class over the smallest, of those that have examples; nil for fewer than two.
        package var imbalance: Double? {
            let present = trainingCounts.filter { $0 > 0 }
            guard present.count > 1, let most = present.max(), let fewest = present.min() else { return nil }
            return Double(most) / Double(fewest)
        }
    }

    /// The classes with many, medium or few training examples.
    package struct FrequencyBin: Sendable, Equatable {
        /// Which of the three.
        package let bin: FrequencyRule.Bin
        /// The indices of its classes that were evaluated, in class order.
        package let classes: [Int]
        /// The indices of its classes of which there are no examples to evaluate on.
        package let unseen: [Int]
        /// The mean recall over its evaluated classes in each run, each class counting the same; nil when there are none.
        package let accuracies: Spread?
        /// The 95 % interval of the mean; nil when there are no classes.
        package let interval: StratifiedWilsonInterval?
    }

    /// The three bins, from many to few, those without classes too; empty when training counts are not known.
    package var frequencyBins: [FrequencyBin] {
        guard let frequency else { return [] }
        let bins = frequency.bins
        return FrequencyRule.Bin.allCases.map { bin in
            let own = bins.indices.filter { bins[$0] == bin }
            let seen = own.filter { classes[$0].count > 0 }
            let accuracies = seeds.indices.map { run in
                seen.reduce(0) { $0 + Double(classes[$1].correctCounts[run]) / Double(classes[$1].count) }
                    / Double(max(1, seen.count))
            }
            let strata = seen.compactMap { label in
                classes[label].mean.map {
                    StratifiedWilsonInterval.Stratum(weight: 1, proportion: $0, count: classes[label].count)
                }
            }
            return FrequencyBin(
                bin: bin, classes: seen, unseen: own.filter { classes[$0].count == 0 },
                accuracies: seen.isEmpty ? nil : Spread(accuracies),
                interval: StratifiedWilsonInterval(strata, areDisjoint: true))
        }
    }

    /// What must be known to read the bins, as sentences.
    package var frequencyNotes: [String] {
        guard let frequency else { return [] }
        func list(_ labels: [Int]) -> String {
            labels.prefix(10).map { classes[$0].name }.joined(separator: ", ") + (labels.count > 10 ? ", ..." : "")
        }
        var notes: [String] = []
        let untrained = frequency.trainingCounts.indices.filter { frequency.trainingCounts[$0] == 0 }
        if !untrained.isEmpty { notes.append("without a training example, and so among the few: \(list(untrained))") }
        let unseen = frequencyBins.flatMap(\.unseen).sorted()
        if !unseen.isEmpty {
            notes.append("without an example to evaluate on, and so in none of the means: \(list(unseen))")
        }
        return notes
    }

    /// The bins for people's programs; null when training counts are not known.
    var frequencyReport: JSONValue {
        guard let frequency else { return .null }
        return [
            "rule": .string(frequency.rule.rawValue), "imbalance": .optional(frequency.imbalance),
            "bins": .array(
                frequencyBins.map { bin in
                    [
                        "name": .string(bin.bin.rawValue), "training": .string(frequency.rule.words(bin.bin)),
                        "classes": .strings(bin.classes.map { classes[$0].name }),
                        "unseenClasses": .strings(bin.unseen.map { classes[$0].name }),
                        "mean": .optional(bin.accuracies?.mean),
                        "sd": .optional(bin.accuracies?.standardDeviation),
                        "lower": .optional(bin.interval?.lower), "upper": .optional(bin.interval?.upper),
                    ]
                }),
            "notes": .strings(frequencyNotes),
        ]
    }
}

extension Evaluation.Frequency {
    /// What was trained on as the store keeps it.
    var json: JSONValue {
        ["rule": .string(rule.rawValue), "trainingCounts": .array(trainingCounts.map { .int($0) })]
    }

    /// What `json` describes; nil when it describes nothing of that many classes.
    init?(_ json: JSONValue, classCount: Int) {
        guard let rule = json["rule"]?.stringValue.flatMap(FrequencyRule.init(rawValue:)),
            let counts = json["trainingCounts"]?.arrayValue?.compactMap(\.intValue), counts.count == classCount,
            counts.allSatisfy({ $0 >= 0 })
        else { return nil }
        self.init(rule: rule, trainingCounts: counts)
    }
}

/// The number of training examples of each class from a table with the columns `class` and `count`.
package enum TrainingCounts {
    /// Reads a CSV file; lines that start with `#` are passed over.
    ///
    /// - Returns: one count for each class, in the order of the names.
    /// - Throws: `badData` when a class is missing, unknown or named twice, or a count is not a whole number of 0 or more.
    package static func read(path: String, classNames: [String]) throws -> [Int] {
        let column = ClassColumn(name: "count", description: "a number of training examples", example: "500") {
            text -> Int? in Int(text).flatMap { $0 >= 0 && $0 <= Int(Int32.max) ? $0 : nil }
        }
        return try column.values(in: InputBytes(contentsOf: path), classNames: classNames)
    }
}
