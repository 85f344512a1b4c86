/// How a task with a spurious background is made up: two classes, two backgrounds, and how often they agree.
///
/// The model is Waterbirds: S. Sagawa, P. W. Koh, T. B. Hashimoto and P. Liang, "Distributionally robust neural networks
/// for group shifts", ICLR 2020. In its training set 95 % of the landbirds stand on land and 95 % of the waterbirds on
/// water, and of 4,795 birds 1,113 are waterbirds. Validation and test have all four groups in equal numbers here.
package struct SpuriousDesign: Sendable, Equatable {
    /// The classes of the source that make up each of the two classes, as indices.
    package let classes: [[Int32]]
    /// The share of the training examples of each class on the background that agrees with it, in 0.5...1.
    package let correlation: Double
    /// Chooses the examples and draws the backgrounds.
    package let seed: UInt64
    /// What tells the two backgrounds apart.
    package let background: SpuriousBackground.Style
    /// How many examples each partition is to have; nil for as many as Waterbirds has, or fewer when the source is small.
    package let sizes: [Int?]

    /// The share of the examples that are of the second class: waterbirds.
    package static let secondClassShare = 1113.0 / 4795.0
    /// The most examples that a partition gets unless it is told: what Waterbirds has, a multiple of four where the four
    /// groups are to be equal.
    package static let usualSizes = [4795, 1200, 5792]
    /// The names of the backgrounds: that of the first class, and that of the second.
    package var backgroundNames: [String] { background.names }

    /// Makes a design.
    ///
    /// - Parameters:
    ///   - classes: two sets of classes of the source.
    ///   - correlation: the share of a class on its own background.
    ///   - seed: chooses the examples and draws the backgrounds.
    ///   - background: what tells the two backgrounds apart.
    ///   - sizes: examples in training, validation and test.
    /// - Throws: `CurateError(.usage)` when a class is in both sets or twice in one, or a number is out of range.
    package init(
        classes: [[Int32]], correlation: Double = 0.95, seed: UInt64 = 0,
        background: SpuriousBackground.Style = .colour, sizes: [Int?] = [nil, nil, nil]
    ) throws {
        guard classes.count == 2, classes.allSatisfy({ !$0.isEmpty }) else {
            throw CurateError(.usage, "`classes` must be two sets of classes", remedy: Self.classesRemedy)
        }
        let all = classes.joined()
        guard Set(all).count == all.count else {
            throw CurateError(.usage, "a class stands twice in `classes`", remedy: Self.classesRemedy)
        }
        guard correlation >= 0.5 && correlation <= 1 else {
            throw CurateError(.usage, "the correlation is \(correlation)", remedy: "choose a share from 0.5 to 1")
        }
        guard sizes.count == Partition.allCases.count, sizes.allSatisfy({ $0 ?? 0 >= 0 }), sizes[0] ?? 1 > 0 else {
            throw CurateError(
                .usage, "a partition cannot have fewer than 0 examples, and training needs one",
                remedy: "choose larger numbers")
        }
        self.classes = classes
        self.correlation = correlation
        self.seed = seed
        self.background = background
        self.sizes = sizes
    }

    /// Reads two sets of classes: `0,2:1,3`, by names or by positions from 0.
    ///
    /// - Parameters:
    ///   - text: names with commas between those of a set, and a colon between the sets; nil for the first class against
    ///     the third, of two classes the second.
    ///   - classNames: those of the source.
    /// - Throws: `CurateError(.usage)` when it has another form, or names a class that there is not.
    package static func classes(parsing text: String?, classNames: [String]) throws -> [[Int32]] {
        guard let text else {
            guard classNames.count > 1 else {
                throw CurateError(.usage, "there is one class, and two are needed", remedy: "check the label column")
            }
            return [[0], [Int32(min(2, classNames.count - 1))]]
        }
        let sides = text.split(separator: ":", omittingEmptySubsequences: false)
        guard sides.count == 2 else {
            throw CurateError(
                .usage, "`classes` must be two sets of classes with a colon between them, not '\(text)'",
                remedy: classesRemedy)
        }
        return try sides.map { side in
            try side.split(separator: ",", omittingEmptySubsequences: false).map { word in
                let name = word.trimmingSpaces()
                guard let position = ClassNames.givenPlace(of: name, among: classNames) else {
                    let guess = Suggestion.nearest(to: name, among: classNames)
                    throw CurateError(
                        .usage, "there is no class '\(name)'",
                        remedy: guess.map { "did you mean '\($0)'?" }
                            ?? "the classes are \(classNames.prefix(20).joined(separator: ", "))")
                }
                return Int32(position)
            }
        }
    }

    private static let classesRemedy = "write for instance `classes: \"0,2:1,3\"`"

    /// The examples of the four groups of a partition: class by class, in each the backgrounds in their order.
    ///
    /// Exact for any size by largest remainder: of 4,795 training examples at a correlation of 0.95 they are 3,498, 184,
    /// 56 and 1,057, as in Waterbirds.
    package func groupCounts(_ partition: Partition, size: Int) -> [Int] {
        guard partition == .train else { return LargestRemainder.counts(total: size, weights: [1, 1, 1, 1]) }
        let second = Self.secondClassShare
        return LargestRemainder.counts(
            total: size,
            weights: [
                (1 - second) * correlation, (1 - second) * (1 - correlation), second * (1 - correlation),
                second * correlation,
            ])
    }

    /// The sizes of the partitions, given what the source has.
    ///
    /// A partition takes its examples from the one of the same name in the source, or from training when the source has
    /// none. Sizes that are not given shrink alike until everything fits.
    ///
    /// - Parameter available: for each partition of the source the examples of both classes.
    /// - Throws: `CurateError(.usage)` when what is given does not fit.
    package func sizes(available: [[Int]]) throws -> [Int] {
        var result = [Int](repeating: 0, count: Partition.allCases.count)
        for source in Partition.allCases {
            let takers = Partition.allCases.filter { Self.source(of: $0, available) == source }
            if takers.isEmpty { continue }
            let pool = available[Int(source.rawValue)]
            func need(_ share: Double) -> (sizes: [Int], classes: [Int]) {
                var classes = [0, 0]
                let counts = takers.map { taker -> Int in
                    let place = Int(taker.rawValue)
                    var size = sizes[place] ?? Int(Double(Self.usualSizes[place]) * share)
                    if sizes[place] == nil && taker != .train { size -= size % 4 }
                    let groups = groupCounts(taker, size: size)
                    classes[0] += groups[0] + groups[1]
                    classes[1] += groups[2] + groups[3]
                    return size
                }
                return (counts, classes)
            }
            func fits(_ share: Double) -> Bool { zip(need(share).classes, pool).allSatisfy { $0 <= $1 } }
            guard fits(0) else {
                let least = need(0).classes
                let short = least[0] > pool[0] ? 0 : 1
                throw CurateError(
                    .usage,
                    "\(least[short]) \(source.name) examples are needed for the \(short == 0 ? "first" : "second") class, "
                        + "and there are \(pool[short])",
                    remedy: "choose more classes for it with `classes`, or smaller partitions")
            }
            // Growing sizes need ever more, so halving finds the largest share; 2^-20 is below one example.
            var (low, high) = (0.0, 1.0)
            if fits(1) { low = 1 }
            while high - low > 0x1p-20 && low < 1 {
                let middle = (low + high) / 2
                if fits(middle) { low = middle } else { high = middle }
            }
            for (taker, size) in zip(takers, need(low).sizes) { result[Int(taker.rawValue)] = size }
        }
        let groups = groupCounts(.train, size: result[0])
        guard groups[0] + groups[1] > 0, groups[2] + groups[3] > 0 else {
            throw CurateError(
                .usage, "\(result[0]) training examples are too few for two classes",
                remedy: "choose more of them, or larger classes")
        }
        return result
    }

    /// The partition of the source that a partition takes its examples from.
    static func source(of partition: Partition, _ available: [[Int]]) -> Partition {
        available[Int(partition.rawValue)].reduce(0, +) > 0 ? partition : .train
    }
}
