/// What an error set holds: its size, which classes and groups it is made of, and what it weighs.
package struct ErrorSetReport: Sendable, Equatable {
    /// How much of a class or group is in the set, and how much of the set is of it.
    package struct Part: Sendable, Equatable {
        /// The name of the class, or of the group's value.
        package let name: String
        /// The group column; nil for a class.
        package let column: String?
        /// Examples that are trained on.
        package let count: Int
        /// Members of the error set among them.
        package let memberCount: Int
        /// How well a large loss tells these examples from the others; nil when there are no others.
        package let lossArea: AreaUnderCurve?
    }

    /// How a part and the set overlap: recall, precision and lift.
    package func overlap(of part: Part) -> SetOverlap {
        SetOverlap(
            count: exampleCount, chosenCount: memberCount, targetCount: part.count, bothCount: part.memberCount)
    }

    /// The number of examples that are trained on.
    package let exampleCount: Int
    /// The number of members.
    package let memberCount: Int
    /// Examples that are wrong and whose labels are probably wrong.
    package let suspectCount: Int
    /// What that rests on, in words.
    package let suspicion: String
    /// What a member counts when the others count 1.
    package let multiplier: Double
    /// The share of all weight that members have.
    package let weightShare: Double
    /// How many examples of equal weight would tell as much: (Σw)² / Σw².
    package let effectiveCount: Double
    /// The classes in order.
    package let classes: [Part]
    /// The groups, column by column, without those of examples that belong to no group.
    package let groups: [Part]
    /// What makes the set doubtful.
    package let warnings: [String]

    /// Describes an error set.
    package init(of set: ErrorSet) {
        let candidates = set.candidates
        exampleCount = candidates.count
        memberCount = set.memberCount
        suspectCount = set.suspectCount
        suspicion = set.evidence.suspicion
        multiplier = set.multiplier
        let weights = set.weights
        let ofMembers = zip(weights, set.isMember).reduce(0) { $0 + ($1.1 ? Double($1.0) : 0) }
        weightShare = ofMembers / weights.reduce(0) { $0 + Double($1) }
        effectiveCount = EffectiveSampleSize.of(weights: weights.map { Double($0) })
        warnings = set.warnings
        // An example that an epoch did not present has no loss; it counts as the easiest.
        let losses = RankedScores(set.evidence.losses.map { $0.isNaN ? -.infinity : $0 })
        func part(_ name: String, of column: String?, where belongs: (Int) -> Bool) -> Part {
            let isInside = candidates.indices.indices.map(belongs)
            return Part(
                name: name, column: column, count: isInside.count { $0 },
                memberCount: zip(isInside, set.isMember).count { $0 && $1 }, lossArea: losses.area(of: isInside))
        }
        classes = candidates.classNames.enumerated().map { label, name in
            part(name, of: nil) { candidates.labels[$0] == Int32(label) }
        }
        groups = candidates.groups.flatMap { group in
            group.valueNames.indices.filter { Int32($0) != group.complement }.map { value in
                part(group.valueNames[value], of: group.name) { group.values[$0] == Int32(value) }
            }
        }
    }
}
