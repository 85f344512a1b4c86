import Curate
import Foundation
import Models
import Testing

@Suite struct PruningRuleTests {
    private static let fractions = [0.04, 0.1, 0.25, 0.5, 0.51, 0.8, 0.9]

    @Test(arguments: PruningFixtures.policies, [ScoreDirection.higherIsHarder, .lowerIsHarder])
    func policiesKeepWhatTheirDefinitionsSay(policy: PruningPolicy, direction: ScoreDirection) throws {
        if policy.needsConfidence && direction == .lowerIsHarder { return }
        for seed in UInt64(1)...3 {
            let problem = PruningFixtures.problem(count: 211, classes: 4, seed: seed, direction: direction)
            for fraction in Self.fractions {
                let selection = try problem.selection(
                    PruningRule(policy: policy, keptFraction: fraction, seed: seed, allowsEmptyClasses: true))
                let count = Int((fraction * 211).rounded())
                #expect(selection.keptCount == count)
                let expected = PruningReference.kept(problem, Array(0..<211), policy, count: count, seed: seed)
                #expect(Set(selection.keptPositions.map { Int($0) }) == Set(expected), "\(fraction)")
            }
        }
    }

    @Test(arguments: PruningFixtures.policies)
    func quotasCountAndPoliciesChoose(policy: PruningPolicy) throws {
        let problem = PruningFixtures.problem(count: 300, classes: 5, seed: 5)
        let places = problem.candidates.groups[0]
        let order = PruningReference.order(problem, policy, seed: 9)
        for quota in PruningFixtures.quotas(classes: 5) {
            let (cells, names) =
                quota.cells == .group("place")
                ? (places.values, places.valueNames) : (problem.candidates.labels, problem.candidates.classNames)
            for fraction in Self.fractions {
                let selection = try problem.selection(
                    PruningRule(
                        policy: policy, quota: quota, keptFraction: fraction, seed: 9, allowsEmptyClasses: true))
                let total = Int((fraction * 300).rounded())
                let kept = selection.keptPositions.map { Int($0) }
                #expect(kept.count == total)
                let members = names.indices.map { cell in (0..<300).filter { Int(cells[$0]) == cell } }
                let counts = names.indices.map { cell in kept.count { Int(cells[$0]) == cell } }
                switch quota {
                case .none:
                    #expect(
                        Set(kept) == Set(PruningReference.kept(problem, Array(0..<300), policy, count: total, seed: 9)))
                case .floor(let floor, _):
                    #expect(Set(kept) == Self.floorReference(order, floor: floor, total: total) { Int(cells[$0]) })
                    let alone = Set(order.prefix(total))
                    #expect(kept.allSatisfy { (selection.reasons[$0] == .floor) != alone.contains($0) })
                case .proportional, .balanced, .worstClass, .worstClassDensity:
                    let capacities = members.map {
                        PruningReference.kept(problem, $0, policy, count: $0.count, seed: 9).count
                    }
                    let weights: [Double] =
                        switch quota {
                        case .proportional: members.map { Double($0.count) }
                        case .worstClass(let recall): recall.map { 1 - $0 }
                        case .worstClassDensity(let recall): zip(members, recall).map { Double($0.count) * (1 - $1) }
                        default: members.map { $0.isEmpty ? 0 : 1 }
                        }
                    let claims = PruningReference.claims(total: total, capacities: capacities, weights: weights)
                    #expect(zip(counts, claims).allSatisfy { abs(Double($0) - $1) < 1 + 1e-6 }, "\(quota) \(fraction)")
                    for (cell, count) in counts.enumerated() {
                        let expected = PruningReference.kept(problem, members[cell], policy, count: count, seed: 9)
                        #expect(Set(kept.filter { Int(cells[$0]) == cell }) == Set(expected), "\(quota) \(fraction)")
                    }
                }
            }
        }
    }

    private static func floorReference(_ order: [Int], floor: Int, total: Int, cell: (Int) -> Int) -> Set<Int> {
        var kept: [Int] = []
        for position in order where kept.count(where: { cell($0) == cell(position) }) < floor { kept.append(position) }
        for position in order where !kept.contains(position) && kept.count < total { kept.append(position) }
        return Set(kept)
    }

    @Test(arguments: PruningFixtures.policies)
    func keptSetsAreNested(policy: PruningPolicy) throws {
        #expect(policy.isNestedOverFractions)
        let problem = PruningFixtures.problem(count: 157, classes: 6, seed: 3)
        for quota in PruningFixtures.quotas(classes: 6) {
            var smaller: Set<String> = []
            for count in stride(from: 20, through: 140, by: 3) {
                let selection = try problem.selection(
                    PruningRule(
                        policy: policy, quota: quota, keptFraction: Double(count) / 157, seed: 1,
                        allowsEmptyClasses: true))
                let ids = PruningFixtures.ids(selection)
                #expect(ids.count == count)
                #expect(ids.isSuperset(of: smaller), "\(quota) at \(count)")
                smaller = ids
            }
        }
    }

    @Test(arguments: PruningFixtures.policies)
    func theOrderOfTheInputChangesNothing(policy: PruningPolicy) throws {
        let problem = PruningFixtures.problem(count: 180, classes: 4, seed: 8)
        for quota in PruningFixtures.quotas(classes: 4) {
            let rule = PruningRule(
                policy: policy, quota: quota, keptFraction: 0.4, seed: 2, allowsEmptyClasses: true)
            let straight = try problem.selection(rule)
            let other = problem.shuffled(seed: 4)
            let shuffled = try other.selection(rule)
            #expect(PruningFixtures.ids(straight) == PruningFixtures.ids(shuffled), "\(quota)")
            let ranks = try #require(straight.ranks)
            let otherRanks = try #require(shuffled.ranks)
            let reasons = Dictionary(
                uniqueKeysWithValues: (0..<180).map {
                    (straight.candidates.id(at: $0), "\(straight.reasons[$0]) \(ranks[$0]) \(straight.stratum(at: $0))")
                })
            for position in 0..<180 {
                let text =
                    "\(shuffled.reasons[position]) \(otherRanks[position]) \(shuffled.stratum(at: position))"
                #expect(reasons[shuffled.candidates.id(at: position)] == text)
            }
        }
    }

    /// All scores equal: the ids decide, alone, so more examples do not change who comes before whom.
    @Test(arguments: [3, 70, 1000]) func tiesAreBrokenByTheHashOfTheID(count: Int) throws {
        let ids = (0..<count).map { "row \($0)" }
        let candidates = ExampleTable(
            datasetName: "tied", datasetHash: "", indices: (0..<count).map { Int32($0) }, identifiers: .named(ids),
            labels: [Int32](repeating: 0, count: count), classNames: ["only"])
        let ranking = try HardnessRanking(
            by: PruningScore(
                name: "forgetting", direction: .higherIsHarder, values: [Float](repeating: 2, count: count), source: ""),
            of: candidates)
        let selection = try PruningRule(policy: .hardest, keptFraction: nil).selection(from: candidates, by: ranking)
        let expected = TieBreaker(ids: ids).order
        let ranks = try #require(selection.ranks)
        #expect(expected.map { ranks[Int($0)] } == (1...Int32(count)).map { $0 })
        let part = try PruningRule(policy: .hardest, keptFraction: 0.4).selection(from: candidates, by: ranking)
        #expect(Set(part.keptPositions) == Set(expected.prefix(part.keptCount)))
        #expect(part.keptCount == Int((0.4 * Double(count)).rounded()))
    }

    /// Scores of every size and sign, so that the last one kept is found by all bits of its key.
    @Test(arguments: [1, 13, 64, 65, 500, 2999]) func theLastOneKeptIsFoundAmongCloseScores(keptCount: Int) throws {
        let count = 3000
        var random = KeyedRandom(seed: 17, stream: .test)
        var problem = PruningFixtures.problem(count: count, classes: 3, seed: 17)
        problem.values = (0..<count).map { place in
            // A third within a few units in the last place of 1, the rest over 60 powers of two on both sides of 0.
            if place % 3 == 0 { return 1 + Float(random.below(200)) * 0x1p-23 }
            let size = Float(sign: .plus, exponent: random.below(60) - 30, significand: 1 + random.uniform())
            return place % 3 == 1 ? size : -size
        }
        let hardest = PruningReference.sorted(problem, Array(0..<count)) { -problem.hardness($0) }
        let selection = try problem.selection(
            PruningRule(policy: .hardest, keptFraction: Double(keptCount) / Double(count), allowsEmptyClasses: true))
        #expect(Set(selection.keptPositions.map { Int($0) }) == Set(hardest.prefix(keptCount)))
    }

    @Test func hashesOfPositionalNamesAreThoseOfTheNames() {
        let ids = ExampleIdentifiers.positional(partitionCounts: [1200, 11, 101])
        for index in [0, 9, 10, 99, 1199, 1200, 1210, 1211, 1311] {
            #expect(ids.hash(at: index) == TieBreaker.hash(of: ids[index]))
        }
    }

    @Test func excludedExamplesAreNeverKeptAndStillCount() throws {
        let problem = PruningFixtures.problem(count: 100, classes: 2, seed: 6)
        let excluded = Set<Int32>([3, 50, 99])
        for policy in PruningFixtures.policies {
            let selection = try problem.selection(
                PruningRule(policy: policy, quota: .proportional(.classes), keptFraction: 0.5), excluding: excluded)
            #expect(selection.keptCount == 50)
            #expect(selection.keptPositions.allSatisfy { !excluded.contains($0) })
            #expect(excluded.allSatisfy { selection.reasons[Int($0)] == .suspect })
        }
        let all = try problem.selection(PruningRule(policy: .hardest, keptFraction: nil), excluding: excluded)
        #expect(all.keptCount == 97)
    }

    @Test func dualWeightsFollowTheFractionUnlessFixed() throws {
        let problem = PruningFixtures.problem(count: 400, classes: 2, seed: 12, levels: 1000)
        func confidence(_ fraction: Double, _ share: Double?) throws -> Double {
            let kept = try problem.selection(
                PruningRule(policy: .betaWeighted(prunedShare: share, exponent: 4), keptFraction: fraction)
            ).keptPositions
            return kept.map { Double(problem.confidence[Int($0)]) }.reduce(0, +) / Double(kept.count)
        }
        // The more is pruned, the easier the examples that are drawn.
        #expect(try confidence(0.1, nil) > confidence(0.5, nil))
        #expect(!PruningPolicy.betaWeighted(prunedShare: nil, exponent: 4).isNestedOverFractions)
    }

    /// The first of the race is example i with probability w_i / sum of w.
    @Test func theRaceDrawsByWeight() throws {
        let values: [Float] = [0.1, 0.2, 0.3, 0.4]
        let candidates = ExampleTable(
            datasetName: "race", datasetHash: "", indices: [0, 1, 2, 3], identifiers: .named(["a", "b", "c", "d"]),
            labels: [0, 0, 0, 0], classNames: ["only"])
        let ranking = try HardnessRanking(
            by: PruningScore(name: "s", direction: .higherIsHarder, values: values, source: ""), of: candidates)
        var wins = [0, 0, 0, 0]
        for seed in 0..<4000 {
            // r = 1 makes b 0 and a 16; equal confidences then leave the scores as weights.
            let rule = PruningRule(
                policy: .betaWeighted(prunedShare: 1, exponent: 4), keptFraction: 0.25, seed: UInt64(seed))
            let kept = try rule.selection(from: candidates, by: ranking, confidence: [0.5, 0.5, 0.5, 0.5]).keptPositions
            wins[Int(kept[0])] += 1
        }
        for (win, value) in zip(wins, values) {
            // Four standard deviations of a binomial with 4000 draws.
            let deviation = (4000 * Double(value) * (1 - Double(value))).squareRoot()
            #expect(abs(Double(win) - 4000 * Double(value)) < 4 * deviation)
        }
    }

    @Test func inverseProbabilitiesAddUpToWhatTheyStandFor() throws {
        let problem = PruningFixtures.problem(count: 500, classes: 3, seed: 21)
        for (policy, quota) in [
            (PruningPolicy.random, Quota.none), (.random, .balanced(.classes)),
            (.random, .proportional(.group("place"))),
            (.stratified(passedOver: 0.2, strataCount: 5), .none),
            (.stratified(passedOver: 0, strataCount: 5), .proportional(.classes)),
        ] {
            let selection = try problem.selection(
                PruningRule(policy: policy, quota: quota, keptFraction: 0.5, weighting: .inverseProbability))
            let inclusion = try #require(selection.inclusion)
            #expect(inclusion.reduce(0) { $0 + $1.keptCount } == 250)
            let mayBeKept = selection.reasons.count { $0 != .tooHard }
            #expect(inclusion.reduce(0) { $0 + $1.count } == mayBeKept)
            let sum = selection.keptPositions.reduce(0.0) { $0 + Double(selection.weight(at: Int($1))) }
            let reached = inclusion.filter { $0.keptCount > 0 }.reduce(0) { $0 + $1.count }
            #expect(abs(sum - Double(reached)) < 1e-3)
        }
    }

    /// Over many seeds every example is kept as often as its probability says.
    @Test func inclusionProbabilitiesAreFrequencies() throws {
        let problem = PruningFixtures.problem(count: 60, classes: 2, seed: 31, levels: 6)
        let policy = PruningPolicy.stratified(passedOver: 0, strataCount: 3)
        var hits = [Int](repeating: 0, count: 60)
        var probabilities = [Double](repeating: 0, count: 60)
        for seed in 0..<600 {
            let selection = try problem.selection(
                PruningRule(policy: policy, keptFraction: 0.4, seed: UInt64(seed), allowsEmptyClasses: true))
            for position in selection.keptPositions { hits[Int(position)] += 1 }
            let inclusion = try #require(selection.inclusion)
            for position in 0..<60 {
                probabilities[position] =
                    inclusion.first { $0.stratum == selection.stratum(at: position) }?.probability ?? 0
            }
        }
        for (hit, probability) in zip(hits, probabilities) {
            let deviation = (600 * probability * (1 - probability)).squareRoot()
            #expect(abs(Double(hit) - 600 * probability) <= 4.5 * deviation)
        }
    }

    @Test func combinedRanksAreMeansOfRanks() throws {
        let candidates = ExampleTable(
            datasetName: "four", datasetHash: "", indices: [0, 1, 2, 3], identifiers: .named(["a", "b", "c", "d"]),
            labels: [0, 0, 0, 0], classNames: ["only"])
        let el2n = PruningScore(name: "el2n", direction: .higherIsHarder, values: [0.1, 0.2, 0.3, 0.4], source: "")
        // Low is hard: d, then a and b together, then c.
        let aum = PruningScore(name: "aum", direction: .lowerIsHarder, values: [5, 5, 9, -1], source: "")
        let ranking = try HardnessRanking(combining: [(el2n, 1), (aum, 3)], of: candidates)
        // Ranks as shares (r - 1/2) / 4: el2n 1, 2, 3, 4; aum 2.5, 2.5, 1, 4.
        let expected: [Float] = [
            (0.125 + 3 * 0.5) / 4, (0.375 + 3 * 0.5) / 4, (0.625 + 3 * 0.125) / 4, (0.875 + 3 * 0.875) / 4,
        ]
        #expect(zip(ranking.values, expected).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(ranking.direction == .higherIsHarder)
        #expect(ranking.phrase == "el2n:1,aum:3")
    }
}

@Suite struct PruningRefusalTests {
    private func message(_ body: () throws -> Void) throws -> String {
        let failure = ScoringFixtures.failure(of: body)
        let error = try #require(failure)
        #expect(error.kind == .usage)
        #expect(error.remedy?.isEmpty == false)
        return error.description
    }

    @Test(arguments: [0, -0.5, 1.01, Double.nan]) func fractionsOutsideTheUnitInterval(fraction: Double) throws {
        let problem = PruningFixtures.problem(count: 20, classes: 2, seed: 1)
        let text = try message { _ = try problem.selection(PruningRule(policy: .hardest, keptFraction: fraction)) }
        #expect(text.contains("the fraction to keep is"))
    }

    @Test func everyOtherRefusal() throws {
        let problem = PruningFixtures.problem(count: 100, classes: 3, seed: 2)
        let candidates = problem.candidates
        func refusal(_ policy: PruningPolicy, _ quota: Quota = .none, keep: Double? = 0.5) throws -> String {
            try message { _ = try problem.selection(PruningRule(policy: policy, quota: quota, keptFraction: keep)) }
        }
        #expect(try refusal(.hardest, keep: 0.004).contains("less than one half"))
        #expect(try refusal(.window(passedOver: 0.3), keep: 0.9).contains("keep at most 0.7"))
        #expect(try refusal(.window(passedOver: 1)).contains("starts after"))
        #expect(try refusal(.stratified(passedOver: -1, strataCount: 5)).contains("hardest share"))
        #expect(try refusal(.stratified(passedOver: 0, strataCount: 0)).contains("0 strata"))
        #expect(try refusal(.betaWeighted(prunedShare: 2, exponent: 4)).contains("pruned share"))
        #expect(try refusal(.betaWeighted(prunedShare: nil, exponent: 0)).contains("exponent"))
        #expect(try refusal(.hardest, .proportional(.group("colour"))).contains("the groups are 'place'"))
        #expect(try refusal(.hardest, .floor(count: 0, .classes)).contains("floor"))
        #expect(try refusal(.hardest, .floor(count: 40, .classes), keep: 0.3).contains("30 are to be kept"))
        #expect(try refusal(.hardest, .worstClass(recall: [0.5])).contains("1 recalls for 3 classes"))
        #expect(try refusal(.hardest, .worstClass(recall: [0.5, 2, 1])).contains("class 1 is 2.0"))
        #expect(try refusal(.hardest, .worstClassDensity(recall: [0.5])).contains("1 recalls for 3 classes"))
        #expect(try refusal(.hardest, .worstClass(recall: [1, 1, 1])).contains("every class has recall 1"))

        #expect(
            try message {
                _ = try PruningRule(policy: .hardest, keptFraction: 0.5).selection(from: candidates, by: nil)
            }
            .contains("needs a score"))
        #expect(
            try message {
                _ = try PruningRule(policy: .betaWeighted(prunedShare: nil, exponent: 4), keptFraction: 0.5).selection(
                    from: candidates, by: problem.ranking())
            }.contains("confidence"))
        #expect(
            try message {
                _ = try problem.selection(
                    PruningRule(policy: .hardest, keptFraction: 0.5, weighting: .inverseProbability))
            }.contains("no known probabilities"))
        let low = PruningFixtures.problem(count: 30, classes: 2, seed: 2, direction: .lowerIsHarder)
        #expect(
            try message {
                _ = try low.selection(
                    PruningRule(policy: .betaWeighted(prunedShare: nil, exponent: 4), keptFraction: 0.5))
            }.contains("cannot be a weight"))
    }

    @Test func aClassThatWouldBeEmptyIsRefusedUnlessAllowed() throws {
        let candidates = ExampleTable(
            datasetName: "two", datasetHash: "", indices: [0, 1, 2, 3], identifiers: .named(["a", "b", "c", "d"]),
            labels: [0, 0, 1, 1], classNames: ["cat", "dog"])
        let ranking = try HardnessRanking(
            by: PruningScore(name: "el2n", direction: .higherIsHarder, values: [4, 3, 2, 1], source: ""), of: candidates
        )
        var rule = PruningRule(policy: .hardest, keptFraction: 0.5)
        let text = try message { _ = try rule.selection(from: candidates, by: ranking) }
        #expect(text.contains("class dog would be left without an example (it has 2 before pruning)"))
        rule.allowsEmptyClasses = true
        #expect(try rule.selection(from: candidates, by: ranking).warnings.contains("1 class has no example left"))
        rule.quota = .floor(count: 1, .classes)
        let selection = try rule.selection(from: candidates, by: ranking)
        #expect(selection.reasons == [.selected, .notSelected, .floor, .notSelected])
    }

    @Test func scoresThatAreNotFiniteAreNamed() throws {
        let candidates = PruningFixtures.problem(count: 3, classes: 1, seed: 1).candidates
        let error = try #require(
            ScoringFixtures.failure {
                _ = try HardnessRanking(
                    by: PruningScore(
                        name: "el2n", direction: .higherIsHarder, values: [1, .nan, 2], source: "scores.csv"),
                    of: candidates)
            })
        #expect(error.kind == .badData && error.description.contains("image-1-1"))
    }

    @Test func keepingTheHardestIsWarnedAboutBeyondSeventyPerCent() throws {
        let problem = PruningFixtures.problem(count: 1000, classes: 1, seed: 3)
        func warnings(_ policy: PruningPolicy, _ fraction: Double) throws -> [String] {
            try problem.selection(PruningRule(policy: policy, keptFraction: fraction)).warnings
        }
        #expect(try warnings(.hardest, 0.3).isEmpty)
        #expect(try warnings(.hardest, 0.29).contains { $0.contains("34.03 %") && $0.contains("ICLR 2023") })
        #expect(try warnings(.random, 0.1).isEmpty)
    }
}
