extension Evaluation {
    /// What was found of the examples of one group.
    package struct Group: Sendable, Equatable {
        /// A group with fewer examples than this is too small to judge: the 95 % interval of 80 % is 28 points wide.
        package static let judgedFrom = 30

        /// The name of the column or definition it belongs to.
        package let column: String
        /// Its accuracy, under the name of its value.
        package let rate: Rate
        /// The examples it has in train, validation and test, predicted or not; nil when only predicted ones are known.
        package let population: [Int]?
        /// The mean cross-entropy of its examples in each run; nil without probabilities or examples.
        package let losses: Spread?
        /// The 95 % interval that holds for all groups at once; nil for a group that is left out of the minimum.
        package let simultaneous: ClosedRange<Double>?

        /// Describes a group.
        package init(
            column: String, rate: Rate, population: [Int]?, losses: Spread?, simultaneous: ClosedRange<Double>?
        ) {
            self.column = column
            self.rate = rate
            self.population = population
            self.losses = losses
            self.simultaneous = simultaneous
        }

        /// The name of its value.
        package var name: String { rate.name }
        /// The number of its examples that were predicted.
        package var count: Int { rate.count }
        /// What it is called among groups of several columns: `sex=F`, or a named condition's name alone.
        package var fullName: String { Evaluation.fullName(column: column, value: name) }
        /// Whether it has fewer examples than say anything.
        package var isTooSmallToJudge: Bool { count < Self.judgedFrom }
        /// The number of its training examples; nil when they are not known.
        package var trainingCount: Int? { population?[Int(Partition.train.rawValue)] }
    }

    /// The groups of one column or definition.
    package struct Breakdown: Sendable, Equatable {
        /// The column's name.
        package let name: String
        /// Its groups, in the order of the values' names, those without examples too.
        package let values: [Group]

        /// The group with the lowest mean of those that are taken into the minimum, the first name among equals.
        package var worst: Group? { Evaluation.ranked(values).first }

        /// The mean over the groups that have examples, each counting the same whatever its size.
        package var meanOfValues: Double? { Evaluation.mean(values.compactMap(\.rate.mean)) }

        /// The mean over the groups, each with the weight of its training examples.
        package var trainWeightedMean: Double? { Evaluation.trainWeightedMean(values) }
    }

    /// What a group is called among groups of several columns: `sex=F`, or a named condition's name alone.
    static func fullName(column: String, value: String) -> String { column == value ? value : "\(column)=\(value)" }

    /// Every group of every column.
    package var allGroups: [Group] { groups.flatMap(\.values) }

    /// The groups that are taken into the minimum, the worst first.
    package var rankedGroups: [Group] { Self.ranked(allGroups) }

    /// The group with the lowest accuracy; the first name among equals, nil without groups.
    package var worst: Group? { rankedGroups.first }

    /// The group with the second lowest accuracy.
    package var secondWorst: Group? { rankedGroups.dropFirst().first }

    /// The groups of which one is truly the worst, with 95 % confidence: those whose interval begins below the end of all.
    package var possiblyWorst: [Group] {
        let end = worstInterval?.upperBound ?? 1
        return rankedGroups.filter { ($0.simultaneous?.lowerBound ?? 1) <= end }
    }

    /// The group with the highest accuracy.
    package var best: Group? { rankedGroups.last }

    /// How much the best group is above the worst; nil for fewer than two groups.
    package var gap: Double? {
        guard rankedGroups.count > 1, let best = best?.rate.mean, let worst = worst?.rate.mean else { return nil }
        return best - worst
    }

    /// The mean over the groups that have examples, each counting the same whatever its size; nil without groups.
    package var groupMean: Double? { Self.mean(allGroups.compactMap(\.rate.mean)) }

    /// The mean over the groups with the weights of their training examples; nil when these are not known.
    ///
    /// Sagawa, Koh, Hashimoto and Liang, "Distributionally Robust Neural Networks for Group Shifts" (2020), use it where
    /// test parts are balanced by hand: of one column it is what accuracy would be on examples mixed as in training. Of
    /// several columns every group counts with its training examples.
    package var trainWeightedMean: Double? { Self.trainWeightedMean(allGroups) }

    /// The worst group of one run.
    package struct SeedWorst: Sendable, Equatable {
        /// The seed of the run.
        package let seed: UInt64
        /// The group's full name.
        package let name: String
        /// Its accuracy in this run.
        package let accuracy: Double
    }

    /// Which group was worst in each run, in the order of the seeds; empty without groups.
    package var worstBySeed: [SeedWorst] {
        let candidates = allGroups.filter { $0.simultaneous != nil }
        return seeds.enumerated().compactMap { run, seed in
            func ofRun(_ group: Group) -> Rate {
                Rate(name: group.name, count: group.count, correctCounts: [group.rate.correctCounts[run]])
            }
            let worst = candidates.min {
                Rate.isWorse(ofRun($0), named: $0.fullName, than: ofRun($1), named: $1.fullName)
            }
            return worst.flatMap { group in
                ofRun(group).mean.map { SeedWorst(seed: seed, name: group.fullName, accuracy: $0) }
            }
        }
    }

    /// The groups that are taken into the minimum, the worst first.
    private static func ranked(_ groups: [Group]) -> [Group] {
        groups.filter { $0.simultaneous != nil }
            .sorted { Rate.isWorse($0.rate, named: $0.fullName, than: $1.rate, named: $1.fullName) }
    }

    private static func mean(_ means: [Double]) -> Double? {
        means.isEmpty ? nil : means.reduce(0, +) / Double(means.count)
    }

    private static func trainWeightedMean(_ groups: [Group]) -> Double? {
        var (sum, weight) = (0.0, 0)
        for group in groups {
            guard let mean = group.rate.mean else { continue }
            guard let count = group.trainingCount else { return nil }
            sum += Double(count) * mean
            weight += count
        }
        return weight > 0 ? sum / Double(weight) : nil
    }
}
