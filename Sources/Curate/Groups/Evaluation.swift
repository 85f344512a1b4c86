/// How well some runs predict examples: over all, by class and by group, each number with its uncertainty.
///
/// A pure function of predictions. There are two kinds of uncertainty, and both are given: the standard deviation says
/// how much training again with another seed changes a number, the interval how much other examples of the same kind
/// would.
package struct Evaluation: Sendable, Equatable {
    /// The part of the dataset that was predicted; nil when nothing says it.
    package let partition: Partition?
    /// The seeds of the runs.
    package let seeds: [UInt64]
    /// The accuracy over all examples.
    package let accuracy: Rate
    /// The recall of each class, in class order.
    package let classes: [Rate]
    /// The 95 % interval of the lowest recall, which corrects for its being the lowest; nil for fewer than two classes.
    package let worstClassInterval: ClosedRange<Double>?
    /// What was found of the groups of each column.
    package let groups: [Breakdown]
    /// The 95 % interval of the lowest accuracy of all groups, which corrects for its being the lowest; nil without groups.
    package let worstInterval: ClosedRange<Double>?
    /// Groups of fewer examples than this are left out of the minimum.
    package let minimumGroupSize: Int
    /// How often each class (row) was predicted as each (column), summed over the runs; empty beyond a thousand classes.
    package let confusion: [[Int]]
    /// Other numbers over all examples; those that the predictions cannot give are not there.
    package let measures: [Measure: Spread]
    /// How often each class was trained on; nil when that is not known.
    package let frequency: Frequency?
    /// What was left out and why, as sentences.
    package let notes: [String]

    /// The mean recall over the classes that have examples, each counting the same; nil when none has.
    package var meanOfClasses: Double? {
        let means = classes.compactMap(\.mean)
        return means.isEmpty ? nil : means.reduce(0, +) / Double(means.count)
    }

    /// The class with the lowest recall, the first in class order among equals; nil when no class has examples.
    package var worstClass: Rate? {
        classes.filter { $0.count > 0 }.min { Rate.isWorse($0, named: "", than: $1, named: "") }
    }

    /// An evaluation from its parts.
    init(
        partition: Partition?, seeds: [UInt64], accuracy: Rate, classes: [Rate],
        worstClassInterval: ClosedRange<Double>?, groups: [Breakdown], worstInterval: ClosedRange<Double>?,
        minimumGroupSize: Int, confusion: [[Int]], measures: [Measure: Spread], frequency: Frequency?,
        notes: [String]
    ) {
        self.partition = partition
        self.seeds = seeds
        self.accuracy = accuracy
        self.classes = classes
        self.worstClassInterval = worstClassInterval
        self.groups = groups
        self.worstInterval = worstInterval
        self.minimumGroupSize = minimumGroupSize
        self.confusion = confusion
        self.measures = measures
        self.frequency = frequency
        self.notes = notes
    }
}
