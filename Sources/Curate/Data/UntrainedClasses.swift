/// Classes of held-out examples that no training example has.
///
/// Nobody learns such a class, so that every accuracy on it is 0 %: nearly always it is another class by another name, such
/// as `<=50K.` in the test part of UCI's Adult, or a directory that is none.
package struct UntrainedClasses: Sendable, Equatable {
    /// One such class.
    package struct Entry: Sendable, Equatable {
        /// The class's name.
        package let name: String
        /// Its examples in training (none), validation and test.
        package let counts: [Int]
        /// The training class that is called most alike; nil when none is near.
        package let nearest: String?
    }

    /// The classes, in the order of the dataset.
    package let entries: [Entry]
    /// For training, validation and test, the examples that are of such classes.
    package let counts: [Int]
    /// The parts that have examples, none of which is of a class that training has.
    package let lostPartitions: [Partition]

    /// The most classes that warnings name.
    private static let namedCount = 5

    /// Looks at the labels of a dataset.
    package init(of dataset: Dataset) {
        let none = [Int](repeating: 0, count: Partition.allCases.count)
        var byClass = [[Int]](repeating: none, count: dataset.classCount)
        var totals = none
        for (label, partition) in zip(dataset.labels, dataset.partitions) {
            byClass[Int(label)][Int(partition.rawValue)] += 1
            totals[Int(partition.rawValue)] += 1
        }
        let training = dataset.classNames.indices.filter { byClass[$0][0] > 0 }.map { dataset.classNames[$0] }
        let own = dataset.classNames.indices.filter { byClass[$0][0] == 0 && byClass[$0].contains { $0 > 0 } }
        entries = own.enumerated().map { place, label in
            let name = dataset.classNames[label]
            let nearest = place < Self.namedCount ? Self.nearest(to: name, among: training) : nil
            return Entry(name: name, counts: byClass[label], nearest: nearest)
        }
        let counts = own.reduce(into: none) { sums, label in
            for partition in sums.indices { sums[partition] += byClass[label][partition] }
        }
        self.counts = counts
        lostPartitions = Partition.allCases.filter {
            totals[Int($0.rawValue)] > 0 && counts[Int($0.rawValue)] == totals[Int($0.rawValue)]
        }
    }

    /// The class called most alike: the same letters and digits, else the nearest by spelling.
    private static func nearest(to name: String, among names: [String]) -> String? {
        func core(_ text: String) -> String { text.lowercased().filter { $0.isLetter || $0.isNumber } }
        let own = core(name)
        let same = own.isEmpty ? nil : names.min { (core($0) == own ? 0 : 1) < (core($1) == own ? 0 : 1) }
        if let same, core(same) == own {
            // Of several with these letters (`>50K` and `<=50K`), the one with most signs in common.
            return Suggestion.nearest(to: name, among: names.filter { core($0) == own }) ?? same
        }
        return Suggestion.nearest(to: name, among: names)
    }

    /// Sentences for the user; none when training has every class.
    package var warnings: [String] {
        var warnings = lostPartitions.map { partition in
            "no \(partition.name) example is of a class that training has: every accuracy on them would be 0 %, and say "
                + "nothing"
        }
        for entry in entries.prefix(Self.namedCount) {
            let places = Partition.allCases.filter { entry.counts[Int($0.rawValue)] > 0 }.map { partition in
                "\(NumberText.grouped(entry.counts[Int(partition.rawValue)])) in \(partition.name)"
            }
            let guess = entry.nearest.map { "; is it '\($0)', which training has?" } ?? ""
            warnings.append(
                "class '\(entry.name)' has no training example (\(places.joined(separator: ", ")))\(guess)")
        }
        if entries.count > Self.namedCount {
            warnings.append("\(entries.count - Self.namedCount) more classes have no training example")
        }
        return warnings
    }
}

extension DatasetFacts {
    /// Refuses to measure anything on a part of which no example is of a class that training has.
    ///
    /// - Throws: `CurateError(.badData)` with the classes.
    func requireTrainedClasses(in partition: Partition) throws {
        guard count(of: partition) > 0, untrainedCounts[Int(partition.rawValue)] == count(of: partition) else { return }
        let named = warnings.first { $0.hasPrefix("class ") }.map { ": " + $0 } ?? ""
        throw CurateError(
            .badData,
            "none of the \(count(of: partition)) \(partition.name) examples is of a class that training has\(named)",
            at: name, remedy: "write the same classes in all parts")
    }
}
