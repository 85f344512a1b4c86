/// A long-tailed subset of the training examples of a dataset, the very one that papers train on.
///
/// The examples are chosen as in the public code of Cao et al., "Learning imbalanced datasets with label-distribution-aware
/// margin loss", NeurIPS 2019: one legacy NumPy generator for all classes; class by class the ascending positions of its
/// training examples are shuffled, and the first ones kept. Of CIFAR-10 and CIFAR-100 in the order of their files with seed 0
/// this is their subset. A subset of a smaller `largest` or a larger factor holds none but examples of a larger one.
package struct LongTail: Sendable, Equatable {
    /// How it was made.
    package let design: LongTailDesign
    /// The size that stands for the largest class.
    package let largest: Int
    /// The training examples of each class before.
    package let countsBefore: [Int]
    /// The training examples of each class that are kept.
    package let counts: [Int]
    /// The kept examples as indices in the dataset, class by class in the order they were drawn in.
    package let drawn: [Int]

    /// The kept examples as indices in the dataset, ascending.
    package var indices: [Int] { drawn.sorted() }

    /// The largest class over the smallest that are kept.
    package var imbalance: Double { Double(counts.max() ?? 1) / Double(max(1, counts.min() ?? 1)) }

    /// Chooses from the training examples of a dataset.
    ///
    /// - Throws: as `LongTailDesign.counts`.
    package init(of dataset: Dataset, design: LongTailDesign) throws {
        try self.init(
            labels: dataset.labels, candidates: dataset.indices(of: .train), classNames: dataset.classNames,
            name: dataset.name, design: design)
    }

    /// Chooses from examples.
    ///
    /// - Parameters:
    ///   - labels: the class of each example of the dataset.
    ///   - candidates: the indices of the training examples, ascending.
    ///   - classNames: the name of each class.
    ///   - name: what errors call the data.
    ///   - design: how many of each class, and the seed.
    /// - Throws: as `LongTailDesign.counts`.
    package init(
        labels: [Int32], candidates: [Int], classNames: [String], name: String, design: LongTailDesign
    ) throws {
        var classes = [[Int]](repeating: [], count: classNames.count)
        for index in candidates { classes[Int(labels[index])].append(index) }
        let before = classes.map(\.count)
        let (counts, largest) = try design.counts(available: before, names: classNames, dataName: name)
        var random = NumPyLegacyRandom(seed: design.seed)
        var drawn: [Int] = []
        drawn.reserveCapacity(counts.reduce(0, +))
        for (label, count) in counts.enumerated() {
            // All of the class is shuffled whatever is kept of it, or the next would be drawn otherwise.
            random.shuffle(&classes[label])
            drawn += classes[label].prefix(count)
        }
        self.design = design
        self.largest = largest
        countsBefore = before
        self.counts = counts
        self.drawn = drawn
    }
}
