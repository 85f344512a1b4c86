import Curate
import Models
import Testing

/// Evaluations against counting by hand, and intervals against published values.
@Suite struct EvaluationTests {
    /// Published values, from table I, method 3.
    ///
    /// Robert G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998).
    @Test(arguments: [
        (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718),
    ])
    func theIntervalIsTheScoreInterval(correct: Int, count: Int, lower: Double, upper: Double) {
        let interval = WilsonInterval(proportion: Double(correct) / Double(count), count: count)
        #expect(abs(interval.lower - lower) < 5e-5)
        #expect(abs(interval.upper - upper) < 5e-5)
        // The same from the other side.
        let mirrored = WilsonInterval(proportion: 1 - Double(correct) / Double(count), count: count)
        #expect(abs(mirrored.upper - (1 - interval.lower)) < 1e-12)
    }

    @Test func theIntervalIsExactAtItsEnds() {
        #expect(WilsonInterval(proportion: 0, count: 7).lower == 0)
        #expect(WilsonInterval(proportion: 1, count: 7).upper == 1)
    }

    private static let labels: [Int32] = [0, 0, 0, 1, 1, 2]
    private static let sex = GroupColumn(name: "sex", valueNames: ["f", "m", "none"], values: [0, 0, 1, 1, 1, 1])

    /// Predictions of some runs without anything else.
    private static func predictions(
        _ runs: [[Int32]], seeds: [UInt64], labels: [Int32], classNames: [String], groups: [GroupColumn] = [],
        populations: [[[Int]]]? = nil, on partition: Partition? = .test
    ) -> Predictions {
        Predictions(
            name: "p", partition: partition, labels: labels, classNames: classNames, groups: groups,
            populations: populations, runs: zip(seeds, runs).map { Predictions.Run(seed: $0, classes: $1) })
    }

    /// Groups of one column of which the sizes and the right predictions are known.
    static func evaluation(
        _ groups: [(name: String, right: Int, of: Int)], train: [Int]? = nil, minimumGroupSize: Int = 1
    ) -> Evaluation {
        var (values, predicted) = ([Int32](), [Int32]())
        for (value, group) in groups.enumerated() {
            values += [Int32](repeating: Int32(value), count: group.of)
            predicted += (0..<group.of).map { $0 < group.right ? 0 : 1 }
        }
        return Evaluation(
            of: predictions(
                [predicted], seeds: [0], labels: [Int32](repeating: 0, count: values.count), classNames: ["a", "b"],
                groups: [GroupColumn(name: "g", valueNames: groups.map(\.name), values: values)],
                populations: train.map { [zip($0, groups).map { [$0, 0, $1.of] }] }),
            minimumGroupSize: minimumGroupSize)
    }

    @Test func countsAsAPersonWould() throws {
        let evaluation = Evaluation(
            of: Self.predictions(
                [[0, 0, 1, 1, 1, 0], [0, 1, 1, 1, 0, 0]], seeds: [3, 9], labels: Self.labels,
                classNames: ["a", "b", "c", "empty"], groups: [Self.sex]))
        #expect(evaluation.accuracy == .init(name: "all", count: 6, correctCounts: [4, 2]))
        #expect(evaluation.accuracy.mean == 0.5)
        let deviation = try #require(evaluation.accuracy.standardDeviation)
        #expect(abs(deviation - (2.0 / 36).squareRoot()) < 1e-15)
        #expect(evaluation.classes.map(\.correctCounts) == [[2, 1], [2, 1], [0, 0], [0, 0]])
        #expect(evaluation.classes.map(\.count) == [3, 2, 1, 0])
        #expect(evaluation.classes[3].mean == nil && evaluation.classes[3].interval == nil)
        #expect(evaluation.worstClass?.name == "c")
        let mean = try #require(evaluation.meanOfClasses)
        #expect(abs(mean - (0.5 + 0.75 + 0) / 3) < 1e-15)
        let sex = try #require(evaluation.groups.first)
        // A value without examples stays as a row, and is no candidate for the worst.
        #expect(sex.values.map(\.name) == ["f", "m", "none"])
        #expect(sex.values.map(\.rate.correctCounts) == [[2, 1], [2, 1], [0, 0]])
        #expect(sex.values[2].simultaneous == nil && sex.values[2].rate.mean == nil)
        #expect(sex.worst?.name == "m" && sex.worst?.fullName == "sex=m")
        #expect(
            evaluation.confusion == [[3, 3, 0, 0], [1, 3, 0, 0], [2, 0, 0, 0], [0, 0, 0, 0]])
        #expect(evaluation.confusion.joined().reduce(0, +) == 12)
        #expect(evaluation.measures[.logLoss] == nil && sex.values[0].losses == nil)
        #expect(sex.values[0].population == nil && evaluation.trainWeightedMean == nil)
        #expect(Evaluation(evaluation.json) == evaluation)
        let text = evaluation.json.canonicalText
        #expect(Evaluation(try JSONValue(parsing: text)) == evaluation)
    }

    @Test func oneRunHasNoDeviation() {
        let evaluation = Evaluation(
            of: Self.predictions(
                [Self.labels], seeds: [0], labels: Self.labels, classNames: ["a", "b", "c"], on: .validation))
        #expect(evaluation.accuracy.mean == 1)
        #expect(evaluation.accuracy.standardDeviation == nil)
        #expect(evaluation.accuracy.interval?.upper == 1)
        #expect(evaluation.worst == nil && evaluation.gap == nil && evaluation.groupMean == nil)
        #expect(evaluation.worstBySeed.isEmpty && evaluation.worstInterval == nil)
    }

    /// Against a slow count over random predictions.
    @Test func agreesWithCountingPairs() {
        var random = KeyedRandom(seed: 4, stream: .test)
        let count = 500
        let labels = (0..<count).map { _ in Int32(random.below(5)) }
        let runs = (0..<3).map { _ in (0..<count).map { _ in Int32(random.below(5)) } }
        let group = GroupColumn(
            name: "g", valueNames: ["x", "y"], values: (0..<count).map { _ in Int32(random.below(2)) })
        let evaluation = Evaluation(
            of: Self.predictions(
                runs, seeds: [1, 2, 3], labels: labels, classNames: ["0", "1", "2", "3", "4"], groups: [group]))
        for label in 0..<5 {
            for predicted in 0..<5 {
                let expected = runs.reduce(0) { sum, run in
                    sum + zip(labels, run).count { $0 == Int32(label) && $1 == Int32(predicted) }
                }
                #expect(evaluation.confusion[label][predicted] == expected)
            }
        }
        let total = evaluation.groups[0].values.reduce(0) { $0 + $1.rate.correctCounts.reduce(0, +) }
        #expect(total == evaluation.accuracy.correctCounts.reduce(0, +))
        #expect(total == evaluation.confusion.indices.reduce(0) { $0 + evaluation.confusion[$1][$1] })
    }

    /// Waterbirds: test parts are balanced by hand, so the plain average is not that of birds as they come.
    @Test func threeAveragesHaveThreeNames() throws {
        let evaluation = Self.evaluation(
            [("land*land", 99, 100), ("land*water", 72, 100), ("water*land", 69, 100), ("water*water", 96, 100)],
            train: [3498, 184, 56, 1057])
        let weighted = try #require(evaluation.trainWeightedMean)
        #expect(abs(weighted - 0.9695) < 5e-5)
        let exact = (3498 * 0.99 + 184 * 0.72 + 56 * 0.69 + 1057 * 0.96) / 4795
        #expect(abs(weighted - exact) < 1e-15)
        #expect(evaluation.groups[0].trainWeightedMean == weighted)
        #expect(evaluation.accuracy.mean == 0.84)
        let mean = try #require(evaluation.groupMean)
        #expect(abs(mean - 0.84) < 1e-15)
        #expect(evaluation.worst?.fullName == "g=water*land" && evaluation.secondWorst?.fullName == "g=land*water")
        #expect(evaluation.best?.fullName == "g=land*land")
        #expect(abs(try #require(evaluation.gap) - 0.30) < 1e-12)
        #expect(evaluation.reportJSON["trainWeightedAccuracy"]?.doubleValue == weighted)
    }

    /// The interval of the minimum begins lower than that of the worst alone, and both hold what was seen.
    @Test func theIntervalOfTheWorstKnowsThatItWasPicked() throws {
        let evaluation = Self.evaluation([("a", 115, 133), ("b", 116, 133), ("c", 400, 466), ("d", 410, 467)])
        let worst = try #require(evaluation.worst)
        let alone = try #require(worst.rate.interval)
        let minimum = try #require(evaluation.worstInterval)
        #expect(minimum.lowerBound < alone.lower)
        #expect(minimum.contains(try #require(worst.rate.mean)))
        // That of a small group reaches lower than that of the worst, which is large.
        #expect(minimum.lowerBound == evaluation.allGroups.compactMap { $0.simultaneous?.lowerBound }.min())
        #expect(try #require(worst.simultaneous).lowerBound > minimum.lowerBound)
        // They hardly differ, so any of them may be the worst.
        #expect(evaluation.possiblyWorst.map(\.name) == ["c", "a", "b", "d"])
        let clear = Self.evaluation([("a", 950, 1000), ("b", 500, 1000)])
        #expect(clear.possiblyWorst.map(\.name) == ["b"])
    }

    @Test func smallGroupsAreFlaggedAndLeftOutWhenAskedTo() throws {
        let groups = [("big", 80, 100), ("one", 0, 1), ("small", 20, 29), ("thirty", 21, 30)]
        let all = Self.evaluation(groups, train: [1, 2, 3, 4])
        #expect(all.worst?.name == "one" && all.allGroups.map(\.isTooSmallToJudge) == [false, true, true, false])
        let some = Self.evaluation(groups, train: [1, 2, 3, 4], minimumGroupSize: 30)
        #expect(some.worst?.name == "thirty" && some.rankedGroups.map(\.name) == ["thirty", "big"])
        #expect(some.allGroups.map { $0.simultaneous != nil } == [true, false, false, true])
        // They are left out of the minimum, not of the averages.
        #expect(some.groupMean == all.groupMean && some.trainWeightedMean == all.trainWeightedMean)
        // Fewer groups to pick from: the bound of the same group is nearer.
        let (wide, near) = (all.allGroups[3].simultaneous, some.allGroups[3].simultaneous)
        #expect(try #require(wide).lowerBound < #require(near).lowerBound)
        let none = Self.evaluation(groups, minimumGroupSize: 101)
        #expect(none.worst == nil && none.worstInterval == nil && none.gap == nil && none.allGroups.count == 4)
    }

    @Test func equalGroupsAreOrderedByName() {
        #expect(Self.evaluation([("b", 2, 6), ("a", 1, 3), ("c", 4, 12)]).rankedGroups.map(\.name) == ["a", "b", "c"])
    }

    @Test func theRestOfAConditionIsNoGroup() {
        let senior = GroupColumn(
            name: "senior", valueNames: ["(others)", "senior"], values: [0, 0, 1, 1, 0, 0], complement: 0)
        let evaluation = Evaluation(
            of: Self.predictions(
                [[1, 1, 0, 1, 0, 0]], seeds: [0], labels: Self.labels, classNames: ["a", "b", "c"],
                groups: [senior, Self.sex]))
        #expect(evaluation.allGroups.map(\.fullName) == ["senior", "sex=f", "sex=m", "sex=none"])
        #expect(evaluation.groups[0].values[0].rate == .init(name: "senior", count: 2, correctCounts: [2]))
        #expect(evaluation.worst?.fullName == "sex=f")
    }

    @Test func eachRunHasItsOwnWorst() {
        let evaluation = Evaluation(
            of: Self.predictions(
                [[0, 0, 0, 0, 0, 2], [1, 0, 0, 1, 1, 2], [0, 0, 0, 1, 1, 2]], seeds: [5, 6, 7], labels: Self.labels,
                classNames: ["a", "b", "c"], groups: [Self.sex]))
        #expect(evaluation.worstBySeed.map(\.name) == ["sex=m", "sex=f", "sex=f"])
        #expect(evaluation.worstBySeed.map(\.accuracy) == [0.5, 0.5, 1])
        #expect(evaluation.worstBySeed.map(\.seed) == [5, 6, 7])
        let json = evaluation.reportJSON["worstBySeed"]
        #expect(json?["mean"]?.doubleValue == 2.0 / 3)
    }

    @Test func moreGroupsThanFitTogetherHaveBoundsToo() throws {
        let count = 1100
        let many = Self.evaluation((0..<count).map { ("\($0)", 30 + $0 % 3, 40) })
        let interval = try #require(many.allGroups[0].simultaneous)
        let alone = try #require(many.allGroups[0].rate.interval)
        #expect(interval.lowerBound < alone.lower && interval.upperBound > alone.upper)
        #expect(many.worstInterval?.lowerBound == many.allGroups.compactMap { $0.simultaneous?.lowerBound }.min())
        // Of as many as fit, disjoint ones give the same bounds either way.
        let few = Self.evaluation((0..<1000).map { ("\($0)", 30 + $0 % 3, 40) })
        let other = try #require(few.allGroups[0].simultaneous)
        #expect(other.lowerBound > interval.lowerBound && other.lowerBound - interval.lowerBound < 0.005)
    }

    @Test func lossesAreMeansByGroup() throws {
        let predictions = Predictions(
            name: "p", partition: nil, labels: [0, 0, 1], classNames: ["a", "b"],
            groups: [GroupColumn(name: "g", valueNames: ["x", "y"], values: [0, 0, 1])],
            runs: [
                Predictions.Run(
                    seed: 0, logits: ExampleRows([1, 0, 0, 1, 2, 2], width: 2), labels: [0, 0, 1])
            ])
        let evaluation = Evaluation(of: predictions)
        // ln(1 + 1/e), ln(1 + e), ln 2.
        let losses = [0.3132616875182228, 1.3132616875182228, 0.6931471805599453]
        let found = try evaluation.groups[0].values.map { try #require($0.losses).mean }
        #expect(abs(found[0] - (losses[0] + losses[1]) / 2) < 1e-6 && abs(found[1] - losses[2]) < 1e-6)
        let whole = try #require(evaluation.measures[.logLoss]).mean
        #expect(abs(whole - losses.reduce(0, +) / 3) < 1e-6)
        #expect(predictions.runs[0].classes == [0, 1, 0])
        #expect(Evaluation(evaluation.json) == evaluation)
    }

    @Test func logitsThatAreNotFiniteGivePredictionsOnly() throws {
        let labels: [Int32] = [0, 1]
        let logits = ExampleRows([2, 1, .nan, 0], width: 2)
        let run = Predictions.Run(seed: 0, logits: logits, labels: labels)
        #expect(run.classes.count == 2 && run.classes[0] == 0 && run.probabilities == nil && run.losses == nil)
        let evaluation = Evaluation(
            of: Predictions(
                name: "p", partition: .test, labels: labels, classNames: ["a", "b"], groups: [], runs: [run]))
        #expect(evaluation.notes.contains { $0.contains("not finite") })
        #expect(Evaluation(try JSONValue(parsing: evaluation.json.canonicalText)) == evaluation)
    }

    @Test(arguments: [
        "null", "{}", #"{"partition":"test"}"#,
        #"{"partition":"test","seeds":[1],"accuracy":{"name":"all","count":1,"correct":[2]},"classes":[],"groups":[],"confusion":[],"measures":{},"notes":[],"minimumGroupSize":1}"#,
        #"{"partition":"else","seeds":[1],"accuracy":{"name":"all","count":1,"correct":[1]},"classes":[],"groups":[],"confusion":[],"measures":{},"notes":[],"minimumGroupSize":1}"#,
        #"{"partition":"test","seeds":[1],"accuracy":{"name":"all","count":1,"correct":[1]},"classes":[],"groups":[],"confusion":[],"measures":{"auroc":[1,2]},"notes":[],"minimumGroupSize":1}"#,
    ])
    func whatIsNoEvaluationIsNoneOfOurs(text: String) throws {
        #expect(Evaluation(try JSONValue(parsing: text)) == nil)
    }
}
