import Curate
import Models
import Testing

/// Bounds on accuracies, and the intervals of averages that they are held against.
@Suite struct EvaluationGateTests {
    @Test(arguments: [
        ("worst=0.80", EvaluationGate.Quantity.worst, 0.8), ("average=90%", .average, 0.9),
        ("train-weighted = 1", .trainWeighted, 1), ("group-mean=0", .groupMean, 0),
        ("worst-class=.5", .worstClass, 0.5),
        ("balanced=75.5 %", .balanced, 0.755),
    ])
    func bounds(text: String, quantity: EvaluationGate.Quantity, bound: Double) throws {
        let gate = try EvaluationGate(parsing: text)
        #expect(gate.quantity == quantity && abs(gate.bound - bound) < 1e-12)
    }

    @Test(arguments: [
        ("worst", "like worst=0.80"), ("worst=0.8=1", "like worst=0.80"), ("wosrt=0.8", "did you mean 'worst'?"),
        ("accuracy=0.8", "there is worst, average"), ("worst=80", "worst=0.80, or worst=80%"), ("worst=", "0 to 1"),
        ("worst=nan", "0 to 1"), ("average=-0.1", "0 to 1"), ("average=101%", "0 to 1"),
    ])
    func whatIsNoBound(text: String, remedy: String) throws {
        let error = try #require(throws: CurateError.self) { try EvaluationGate(parsing: text) }
        #expect(error.kind == .usage && error.remedy?.contains(remedy) == true, "\(error)")
    }

    private static let evaluation = EvaluationTests.evaluation(
        [("a", 85, 100), ("b", 70, 100)], train: [900, 100])

    @Test(arguments: [
        ("worst=0.70", false, true), ("worst=0.71", false, false), ("worst=0.70", true, false),
        ("average=0.775", false, true), ("train-weighted=0.834", false, true), ("train-weighted=0.836", false, false),
        ("group-mean=0.774", false, true), ("balanced=0.7751", false, false), ("worst-class=0.78", false, false),
        ("train-weighted=0.70", true, true),
    ])
    func verdicts(text: String, usesLowerBound: Bool, passes: Bool) throws {
        let verdict = try EvaluationGate(parsing: text).verdict(
            on: Self.evaluation, usesLowerBound: usesLowerBound)
        #expect(verdict.passes == passes, "\(verdict)")
        #expect(verdict.lower < verdict.value)
        #expect(verdict.sentence.contains(passes ? "not below" : "below"))
        #expect(verdict.json["passes"]?.boolValue == passes)
    }

    @Test func theSentenceNamesNumberBoundAndGroup() throws {
        let verdict = try EvaluationGate(parsing: "worst=0.80").verdict(on: Self.evaluation, usesLowerBound: false)
        #expect(verdict.sentence == "the worst group, g=b, has 70.00 %: below 80 %")
        let lower = try EvaluationGate(parsing: "worst=0.65").verdict(on: Self.evaluation, usesLowerBound: true)
        #expect(lower.name == "g=b" && lower.sentence.contains("the lower end of the 95 % interval is 5"))
        #expect(lower.lower == Self.evaluation.worstInterval?.lowerBound)
    }

    @Test func whatIsNotThereCannotBeHeld() throws {
        let plain = EvaluationTests.evaluation([("a", 85, 100)])
        let error = try #require(throws: CurateError.self) {
            try EvaluationGate(parsing: "train-weighted=0.8").verdict(on: plain, usesLowerBound: false)
        }
        #expect(error.kind == .usage && error.remedy?.contains("`split`") == true)
        let none = EvaluationTests.evaluation([("a", 85, 100)], minimumGroupSize: 1000)
        #expect(throws: CurateError.self) {
            try EvaluationGate(parsing: "worst=0.8").verdict(on: none, usesLowerBound: false)
        }
    }

    /// Against `Tests/Fixtures/generate_stratified_wilson.py`, which finds the ends by SciPy from the definition.
    @Test func theIntervalOfAWeightedMeanIsThatOfThePaper() throws {
        let strata = [(3498.0, 0.99, 2255), (184, 0.72, 2255), (56, 0.69, 642), (1057, 0.96, 642)].map {
            StratifiedWilsonInterval.Stratum(weight: $0.0, proportion: $0.1, count: $0.2)
        }
        let disjoint = try #require(StratifiedWilsonInterval(strata, areDisjoint: true))
        #expect(abs(disjoint.mean - 0.9695224191866527) < 1e-12)
        #expect(abs(disjoint.lower - 0.9644608375331751) < 1e-9)
        #expect(abs(disjoint.upper - 0.9736527046437725) < 1e-9)
        let overlapping = try #require(StratifiedWilsonInterval(strata, areDisjoint: false))
        #expect(abs(overlapping.lower - 0.960716302822565) < 1e-9)
        // One stratum is a Wilson interval.
        let one = try #require(StratifiedWilsonInterval([strata[2]], areDisjoint: true))
        let wilson = WilsonInterval(proportion: 0.69, count: 642)
        #expect(abs(one.lower - wilson.lower) < 1e-12 && abs(one.upper - wilson.upper) < 1e-12)
        #expect(StratifiedWilsonInterval([], areDisjoint: true) == nil)
    }

    /// With group sizes of Waterbirds' validation part the interval of the mean over groups covers what it promises.
    @Test func theIntervalOfAMeanOverGroupsCovers() throws {
        let groups = [(467, 0.99), (466, 0.75), (133, 0.72), (133, 0.95)]
        let truth = groups.reduce(0) { $0 + $1.1 } / 4
        var random = KeyedRandom(seed: 7, stream: .test)
        let repetitions = 1000
        var covered = 0
        for _ in 0..<repetitions {
            let strata = groups.map { count, accuracy in
                let right = (0..<count).count { _ in Double(random.uniform()) < accuracy }
                return StratifiedWilsonInterval.Stratum(
                    weight: 1, proportion: Double(right) / Double(count), count: count)
            }
            let found = try #require(StratifiedWilsonInterval(strata, areDisjoint: true))
            if (found.lower...found.upper).contains(truth) { covered += 1 }
        }
        // 95 % within three standard errors of the simulation.
        #expect(Double(covered) / Double(repetitions) > 0.929, "\(covered)")
    }
}
