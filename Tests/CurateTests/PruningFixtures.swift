import Curate
import Foundation
import Models

/// Candidates and rankings for the pruning tests, and references for policies and quotas written the plain way.
enum PruningFixtures {
    /// Candidates with uneven classes, a group column, ids that say nothing about position, and scores with many ties.
    struct Problem {
        var candidates: ExampleTable
        var values: [Float]
        var confidence: [Float]
        let direction: ScoreDirection

        func ranking() throws -> HardnessRanking {
            try HardnessRanking(
                by: PruningScore(name: "el2n", direction: direction, values: values, source: "test"), of: candidates)
        }

        func selection(_ rule: PruningRule, excluding excluded: Set<Int32> = []) throws -> PruningSelection {
            try rule.selection(from: candidates, by: ranking(), confidence: confidence, excluding: excluded)
        }

        func hardness(_ position: Int) -> Float { direction == .lowerIsHarder ? -values[position] : values[position] }

        /// The same examples in another order.
        func shuffled(seed: UInt64) -> Problem {
            var random = KeyedRandom(seed: seed, stream: .test)
            var order = Array(0..<candidates.count)
            for place in order.indices.dropFirst() { order.swapAt(place, random.below(place + 1)) }
            let old = candidates
            let group = old.groups[0]
            return Problem(
                candidates: ExampleTable(
                    datasetName: old.datasetName, datasetHash: old.datasetHash, indices: order.map { old.indices[$0] },
                    identifiers: old.identifiers, labels: order.map { old.labels[$0] }, classNames: old.classNames,
                    groups: [
                        GroupColumn(
                            name: group.name, valueNames: group.valueNames, values: order.map { group.values[$0] })
                    ]), values: order.map { values[$0] }, confidence: order.map { confidence[$0] }, direction: direction
            )
        }
    }

    static func problem(
        count: Int, classes: Int, seed: UInt64, levels: Int = 20, direction: ScoreDirection = .higherIsHarder
    ) -> Problem {
        var random = KeyedRandom(seed: seed, stream: .test, index: count)
        // Class c is drawn with weight 1 / (c + 1)², so the last ones are rare.
        let labels = (0..<count).map { _ in
            Int32(min(classes - 1, Int(Float(classes) * random.uniform() * random.uniform())))
        }
        let group = GroupColumn(name: "place", values: (0..<count).map { _ in ["land", "sea"][random.below(2)] })
        let candidates = ExampleTable(
            datasetName: "made", datasetHash: String(repeating: "a", count: 64), indices: (0..<count).map { Int32($0) },
            identifiers: .named((0..<count).map { "image-\(seed)-\($0)" }), labels: labels,
            classNames: (0..<classes).map { "class \($0)" }, groups: [group])
        return Problem(
            candidates: candidates, values: (0..<count).map { _ in Float(random.below(levels)) / Float(levels) },
            confidence: (0..<count).map { _ in random.uniform() }, direction: direction)
    }

    static let policies: [PruningPolicy] = [
        .hardest, .easiest, .window(passedOver: 0.1), .stratified(passedOver: 0.1, strataCount: 7),
        .betaWeighted(prunedShare: 0.5, exponent: 4), .random,
    ]

    static func quotas(classes: Int) -> [Quota] {
        [
            .none, .proportional(.classes), .balanced(.classes), .floor(count: 2, .classes),
            .worstClass(recall: (0..<classes).map { 0.95 - 0.9 * Double($0) / Double(classes) }),
            .worstClassDensity(recall: (0..<classes).map { 0.2 + 0.7 * Double($0) / Double(classes) }),
            .proportional(.group("place")), .balanced(.group("place")), .floor(count: 3, .group("place")),
        ]
    }

    static func ids(_ selection: PruningSelection) -> Set<String> {
        Set(selection.keptPositions.map { selection.candidates.id(at: Int($0)) })
    }
}

/// The rules written as their definitions say, without regard for speed.
enum PruningReference {
    typealias Problem = PruningFixtures.Problem

    /// The positions by a key, then by the hash of the id.
    static func sorted<Key: Comparable>(_ problem: Problem, _ positions: [Int], by key: (Int) -> Key) -> [Int] {
        positions.sorted { a, b in
            if key(a) != key(b) { return key(a) < key(b) }
            return TieBreaker.hash(of: problem.candidates.id(at: a)) < TieBreaker.hash(of: problem.candidates.id(at: b))
        }
    }

    static func draw(_ problem: Problem, _ position: Int, seed: UInt64, purpose: Int) -> UInt64 {
        let hash = TieBreaker.hash(of: problem.candidates.id(at: position))
        var random = KeyedRandom(
            seed: seed, stream: .selection, epoch: purpose, index: Int(truncatingIfNeeded: hash))
        return random.next()
    }

    /// What a policy keeps of some positions.
    static func kept(_ problem: Problem, _ members: [Int], _ policy: PruningPolicy, count: Int, seed: UInt64) -> [Int] {
        let hardest = sorted(problem, members) { -problem.hardness($0) }
        let random = sorted(problem, members) { draw(problem, $0, seed: seed, purpose: 0) >> 32 }
        switch policy {
        case .hardest: return Array(hardest.prefix(count))
        case .easiest: return Array(hardest.reversed().prefix(count))
        case .window(let share):
            return Array(hardest.dropFirst(Int((Double(members.count) * share).rounded())).prefix(count))
        case .random: return Array(random.prefix(count))
        case .stratified(let share, let strata):
            let left = Set(hardest.dropFirst(Int((Double(members.count) * share).rounded())))
            return coverage(problem, random.filter(left.contains), strata: strata, count: count)
        case .betaWeighted(let share, let exponent):
            // Everything here is over the whole problem, as mu is.
            let all = sorted(problem, Array(problem.values.indices)) { -problem.hardness($0) }
            let mu = all.prefix(10).map { Double(problem.confidence[$0]) }.reduce(0, +) / Double(min(10, all.count))
            let r = share ?? 0
            let b = 15 * (1 - mu) * (1 - pow(r, exponent))
            let a = 16 - b
            let keys = Dictionary(
                uniqueKeysWithValues: members.map { position in
                    let u =
                        (Double(draw(problem, position, seed: seed, purpose: 1) >> 12) + 0.5) / 4_503_599_627_370_496
                    let p = Double(problem.confidence[position])
                    let density: Double = pow(p, a - 1) * pow(1 - p, b - 1)
                    return (position, -log(u) / (Double(problem.values[position]) * density))
                })
            return Array(sorted(problem, members) { keys[$0] ?? 0 }.prefix(count))
        }
    }

    /// All positions that a policy may keep, in the order in which its kept set grows.
    static func order(_ problem: Problem, _ policy: PruningPolicy, seed: UInt64) -> [Int] {
        let all = Array(problem.values.indices)
        guard case .stratified(let share, let strata) = policy else {
            return kept(problem, all, policy, count: all.count, seed: seed)
        }
        let hardest = sorted(problem, all) { -problem.hardness($0) }
        let left = Set(hardest.dropFirst(Int((Double(all.count) * share).rounded())))
        let random = sorted(problem, all) { draw(problem, $0, seed: seed, purpose: 0) >> 32 }.filter(left.contains)
        var order: [Int] = []
        var known: Set<Int> = []
        for count in 1...random.count {
            let added = Set(coverage(problem, random, strata: strata, count: count)).subtracting(known)
            precondition(added.count == 1, "the published budgets grow one by one")
            order += added
            known.formUnion(added)
        }
        return order
    }

    /// Algorithm 1 of the coverage-centric paper with the reference's integer budgets.
    static func coverage(_ problem: Problem, _ random: [Int], strata: Int, count: Int) -> [Int] {
        let values = random.map { problem.hardness($0) }
        guard let low = values.min(), let high = values.max() else { return [] }
        var bins = [[Int]](repeating: [], count: strata)
        for position in random {
            let share =
                high > low ? (Double(problem.hardness(position)) - Double(low)) / (Double(high) - Double(low)) : 0
            bins[min(strata - 1, Int(share * Double(strata)))].append(position)
        }
        let order = bins.indices.sorted { bins[$0].count != bins[$1].count ? bins[$0].count < bins[$1].count : $0 < $1 }
        var kept: [Int] = []
        var rest = count
        for (visited, bin) in order.enumerated() {
            let budget = min(bins[bin].count, rest / (strata - visited))
            kept += bins[bin].prefix(budget)
            rest -= budget
        }
        return kept
    }

    /// The exact claims of water-filling, by bisection.
    static func claims(total: Int, capacities: [Int], weights: [Double]) -> [Double] {
        func claims(_ level: Double) -> [Double] { zip(capacities, weights).map { min(Double($0), level * $1) } }
        var (low, high) = (0.0, 1e9)
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if claims(middle).reduce(0, +) < Double(total) { low = middle } else { high = middle }
        }
        return claims(high)
    }
}
