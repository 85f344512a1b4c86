import Glibc

/// How many examples each class of a long-tailed training set has, from the largest class to the smallest.
///
/// The counts are those of K. Cao, C. Wei, A. Gaidon, N. Arechiga and T. Ma, "Learning imbalanced datasets with
/// label-distribution-aware margin loss", NeurIPS 2019 (LDAM-DRW), and of everybody who compares with them; the
/// exponential shape is Y. Cui, M. Jia, T.-Y. Lin, Y. Song and S. Belongie, "Class-balanced loss based on effective
/// number of samples", CVPR 2019, the step of M. Buda, A. Maki and M. A. Mazurowski, "A systematic study of the class
/// imbalance problem in convolutional neural networks", 2018.
package struct LongTailDesign: Sendable, Equatable {
    /// How the classes go from the largest to the smallest.
    package enum Shape: String, Sendable, CaseIterable {
        /// By the same ratio from each class to the next.
        case exponential = "exp"
        /// The first half of the classes with the largest size, the others with the smallest.
        case step
    }

    /// Which class is the largest, and which come after it.
    package enum ClassOrder: String, Sendable, CaseIterable {
        /// In the order of their indices, as in the papers.
        case label
        /// By their sizes in the data, the largest first; of equal ones in the order of their indices.
        case size
    }

    /// The largest class over the smallest.
    package let factor: Double
    /// How the classes go from the largest to the smallest.
    package let shape: Shape
    /// The size of the largest class; nil for the largest that the data allow.
    package let largest: Int?
    /// Which class is the largest, and which come after it.
    package let order: ClassOrder
    /// The seed of NumPy's `RandomState` that chooses the examples.
    package let seed: UInt32

    /// Makes a design.
    ///
    /// - Parameters:
    ///   - factor: the largest class over the smallest, at least 1.
    ///   - shape: how the classes go from one to the other.
    ///   - largest: the size of the largest class, at least 1; nil for the largest that the data allow, which of balanced
    ///     data is the size of their classes.
    ///   - order: which class is the largest.
    ///   - seed: chooses the examples; 0 is that of the papers.
    /// - Throws: `CurateError(.usage)` for a number out of range.
    package init(
        factor: Double, shape: Shape = .exponential, largest: Int? = nil, order: ClassOrder = .label,
        seed: UInt32 = 0
    ) throws {
        guard factor.isFinite, factor >= 1 else {
            throw CurateError(
                .usage, "the largest class cannot be \(factor) times the smallest",
                remedy: "choose a `factor` of at least 1; the papers have 10, 50, 100 and 200")
        }
        guard largest ?? 1 >= 1 else {
            throw CurateError(
                .usage, "a largest class of \(largest ?? 0) examples is none", remedy: "choose a larger `largest`")
        }
        self.factor = factor
        self.shape = shape
        self.largest = largest
        self.order = order
        self.seed = seed
    }

    /// The sizes of the classes from the largest to the smallest, rounded down as in the papers' code.
    ///
    /// `step` of an odd number of classes has the larger half small; the public code leaves out the last class there.
    ///
    /// - Parameters:
    ///   - classCount: the number of classes, at least 2.
    ///   - largest: the size of the largest.
    package func sizes(classCount: Int, largest: Int) -> [Int] {
        precondition(classCount > 1, "one class has no tail")
        let ratio = 1 / factor
        return (0..<classCount).map { place in
            let share: Double =
                switch shape {
                // The operations and their order are those of the public code, or truncation would differ.
                case .exponential: pow(ratio, Double(place) / (Double(classCount) - 1))
                case .step: place < classCount / 2 ? 1 : ratio
                }
            return Int(Double(largest) * share)
        }
    }

    /// The sizes of the classes in class order, given what there is.
    ///
    /// - Parameters:
    ///   - available: the training examples of each class.
    ///   - names: the name of each class.
    ///   - dataName: what errors call the data.
    /// - Returns: a size for each class, between 1 and what it has, and the size that stands for the largest.
    /// - Throws: `CurateError(.usage)` when a class has fewer examples than are asked for, or would have none.
    package func counts(
        available: [Int], names: [String], dataName: String
    ) throws -> (counts: [Int], largest: Int) {
        precondition(available.count == names.count, "one name per class")
        guard available.count > 1 else {
            throw CurateError(
                .usage, "there is one class, and a tail needs two", at: dataName, remedy: "check the label column")
        }
        let order = classOrder(available: available)
        func fits(_ largest: Int) -> Bool {
            zip(sizes(classCount: available.count, largest: largest), order).allSatisfy { $0 <= available[$1] }
        }
        // Sizes grow with the largest, so halving finds the last one that fits; 0 does.
        var (most, beyond) = (0, (available.max() ?? 0) + 1)
        while beyond - most > 1 {
            let between = (most + beyond) / 2
            if fits(between) { most = between } else { beyond = between }
        }
        let chosen = largest ?? most
        let wanted = sizes(classCount: available.count, largest: chosen)
        if let place = wanted.indices.first(where: { wanted[$0] > available[order[$0]] }) {
            let label = order[place]
            var remedies = most > 0 ? ["choose a `largest` of \(most) or fewer"] : []
            switch self.order {
            case .label: remedies.append("choose `order: \"size\"` for the largest classes first")
            case .size: if most == 0 { remedies.append("leave the class out of the data") }
            }
            throw CurateError(
                .usage,
                "class \(names[label]) has \(available[label]) training examples, and the long tail asks for \(wanted[place])",
                at: dataName,
                remedy: remedies.joined(separator: ", or "))
        }
        if let place = wanted.firstIndex(of: 0) {
            let short = names[order[place]]
            if let label = available.firstIndex(of: 0) {
                throw CurateError(
                    .usage, "class \(names[label]) has no training example, and a long tail has one of every class",
                    at: dataName, remedy: "leave the class out of the data")
            }
            // 49 times 1 / 49 is a little less than 1, so that it would be rounded down to none.
            let factor = Double(chosen) * (1 / Double(chosen)) < 1 ? chosen - 1 : chosen
            throw CurateError(
                .usage,
                "class \(short) would be left without an example: \(chosen) over \(Self.text(self.factor)) is below 1",
                at: dataName,
                remedy: "choose a `factor` of at most \(max(1, factor))"
                    + (largest != nil && most > chosen ? ", or a larger `largest`" : ""))
        }
        var counts = [Int](repeating: 0, count: available.count)
        for (place, label) in order.enumerated() { counts[label] = wanted[place] }
        return (counts, chosen)
    }

    /// The classes, the one with the most examples first.
    private func classOrder(available: [Int]) -> [Int] {
        switch order {
        case .label: Array(available.indices)
        case .size: available.indices.sorted { (-available[$0], $0) < (-available[$1], $1) }
        }
    }

    /// A factor as people write it: `100`, `12.5`.
    static func text(_ factor: Double) -> String { Int(exactly: factor).map(String.init) ?? "\(factor)" }
}
