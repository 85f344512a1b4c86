/// What two splits of one dataset keep in common: what `curate diff` says.
package struct SplitDifference: Sendable, Equatable {
    /// One class in both splits.
    package struct ClassShift: Sendable, Equatable {
        /// The class.
        package let name: String
        /// Its examples before pruning.
        package let before: Int
        /// How many the first split keeps.
        package let first: Int
        /// How many the second split keeps.
        package let second: Int
    }

    /// How many examples both keep.
    package let commonCount: Int
    /// The ids only the first keeps, in the order of its rows.
    package let onlyFirst: [String]
    /// The ids only the second keeps, in the order of its rows.
    package let onlySecond: [String]
    /// The classes in order.
    package let classes: [ClassShift]

    /// Common examples over examples in either: 1 for equal splits.
    package var jaccard: Double {
        let union = commonCount + onlyFirst.count + onlySecond.count
        return union > 0 ? Double(commonCount) / Double(union) : 1
    }

    /// Half the sum over classes of the differences of their shares: 0 for equal class mixes, 1 for disjoint ones.
    package var classShift: Double {
        let first = Double(max(1, classes.reduce(0) { $0 + $1.first }))
        let second = Double(max(1, classes.reduce(0) { $0 + $1.second }))
        return classes.reduce(0) { $0 + abs(Double($1.first) / first - Double($1.second) / second) } / 2
    }

    /// Compares two splits.
    ///
    /// - Throws: `badData` when they are of different datasets.
    package init(_ first: SplitFiles, _ second: SplitFiles) throws {
        guard first.manifest.datasetHash == second.manifest.datasetHash else {
            throw CurateError(
                .badData,
                "the split is of \(second.manifest.datasetName) with content \(second.manifest.datasetHash.prefix(12)),"
                    + " \(first.directory) is of \(first.manifest.datasetName) with content"
                    + " \(first.manifest.datasetHash.prefix(12))", at: second.directory,
                remedy: "compare splits of one dataset")
        }
        let keptFirst = first.table.rows.filter { $0.reason.isKept }
        let keptSecond = second.table.rows.filter { $0.reason.isKept }
        let inFirst = Set(keptFirst.map(\.index))
        let inSecond = Set(keptSecond.map(\.index))
        commonCount = inFirst.intersection(inSecond).count
        onlyFirst = keptFirst.filter { !inSecond.contains($0.index) }.map(\.id)
        onlySecond = keptSecond.filter { !inFirst.contains($0.index) }.map(\.id)
        classes = zip(first.manifest.classes, second.manifest.classes).map {
            ClassShift(name: $0.name, before: $0.before, first: $0.after, second: $1.after)
        }
    }
}

extension SplitDifference {
    /// The difference as JSON: how many examples both or only one keep, `jaccard`, `classShift`, the `classes`, and some of the
    /// ids that only one keeps.
    ///
    /// - Parameter limit: how many ids to list at most.
    package func json(listing limit: Int) -> JSONValue {
        [
            "common": .int(commonCount), "onlyFirst": .int(onlyFirst.count), "onlySecond": .int(onlySecond.count),
            "jaccard": .double(jaccard), "classShift": .double(classShift),
            "classes": .array(
                classes.map { own in
                    [
                        "name": .string(own.name), "before": .int(own.before), "first": .int(own.first),
                        "second": .int(own.second),
                    ]
                }),
            "onlyFirstIds": .strings(Array(onlyFirst.prefix(limit))),
            "onlySecondIds": .strings(Array(onlySecond.prefix(limit))),
        ]
    }
}
