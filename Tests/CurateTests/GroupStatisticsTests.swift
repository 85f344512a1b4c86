import Curate
import Foundation
import Models
import TestSupport
import Testing

/// What SciPy, scikit-learn and statsmodels make of the same outcomes; see Tests/Fixtures/generate_group_statistics.py.
struct GroupStatisticsGolden: Decodable {
    struct Distributions: Decodable {
        struct Beta: Decodable { let x, a, b, probability: Double }
        struct Normal: Decodable { let tail, quantile: Double }
        struct Interval: Decodable {
            let successes: Double
            let count: Int
            let tail: Double
            let exact: [Double]
            let wilson: [Double]
        }
        let beta: [Beta]
        let normal: [Normal]
        let intervals: [Interval]
    }

    struct Sets: Decodable {
        struct Column: Decodable {
            let values: [Int32]
            let valueCount: Int
            let excluded: Int32
        }
        struct Minimum: Decodable {
            let lowest: [Int]
            let candidates: [[Int]]
            let difference: Double
            let interval: [Double]
        }
        let columns: [Column]
        let first, second: [Int32]
        let runs, secondRuns: Int
        let sizes: [Int]
        let means: [Double]
        let criticalValue, oneSidedCriticalValue: Double
        let simultaneous: [[Double]]
        let lowerBounds, minimum, differences: [Double]
        let pairedCriticalValue: Double
        let pointwiseDifferences, simultaneousDifferences: [[Double]]
        let minimumDifference: Minimum

        /// The sets, of examples in another order.
        func cells(_ order: [Int]) -> MembershipCells {
            MembershipCells(
                columns: columns.map { column in
                    MembershipCells.Column(
                        values: order.map { column.values[$0] }, valueCount: column.valueCount,
                        excluded: column.excluded < 0 ? nil : column.excluded)
                }, exampleCount: order.count)
        }

        func firsts(_ order: [Int]) -> RepeatedOutcomes {
            RepeatedOutcomes(counts: order.map { first[$0] }, runCount: runs)
        }

        func seconds(_ order: [Int]) -> RepeatedOutcomes {
            RepeatedOutcomes(counts: order.map { second[$0] }, runCount: secondRuns)
        }
    }

    struct McNemar: Decodable {
        let onlyFirst, onlySecond: Int
        let probability: Double
        let statistic: Double?
    }

    struct Area: Decodable {
        let scores: [Float]
        let positive: [Bool]
        let area: Double
        let interval: [Double]
    }

    struct Probabilities: Decodable {
        let labels: [Int32]
        let probabilities: [[Float]]
        let brier: Double
        let binaryBrier: Double?
        let logLoss, calibrationError, calibrationErrorOf7, macroArea: Double
    }

    struct Summary: Decodable {
        let confusion: [[Int]]
        let accuracy, balancedAccuracy, macroF1, worstRecall: Double
        let worstClass: Int
    }

    struct Overlap: Decodable {
        let count, chosen, target, both: Int
        let lift: Double
        let interval: [Double]
    }

    struct Seeds: Decodable {
        let first, second: [Double]
        let mean: Double
        let interval: [Double]
    }

    struct Correction: Decodable {
        let probabilities, corrected: [Double]
    }

    let distributions: Distributions
    let sets: [Sets]
    let mcnemar: [McNemar]
    let areas: [Area]
    let probabilities: [Probabilities]
    let summaries: [Summary]
    let overlaps: [Overlap]
    let seeds: Seeds
    let corrections: [Correction]

    static func read() throws -> GroupStatisticsGolden {
        let path = "\(Fixture.root)/Tests/Fixtures/golden-group-statistics.json"
        return try JSONDecoder().decode(Self.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }
}

/// Whether an interval has these ends.
private func isClose(_ interval: ClosedRange<Double>, _ ends: [Double], within tolerance: Double) -> Bool {
    abs(interval.lowerBound - ends[0]) <= tolerance && abs(interval.upperBound - ends[1]) <= tolerance
}

@Suite struct GroupStatisticsTests {
    private let golden: GroupStatisticsGolden

    init() throws { golden = try GroupStatisticsGolden.read() }

    @Test func distributionsAreThoseOfSciPy() {
        for beta in golden.distributions.beta {
            let probability = BetaDistribution.probability(below: beta.x, a: beta.a, b: beta.b)
            #expect(abs(probability - beta.probability) < 1e-8 * beta.probability, "\(beta)")
            let x = BetaDistribution.quantile(beta.probability, a: beta.a, b: beta.b)
            let again = BetaDistribution.probability(below: x, a: beta.a, b: beta.b)
            #expect(abs(again - beta.probability) < 1e-9, "\(beta)")
        }
        for normal in golden.distributions.normal {
            #expect(abs(NormalDistribution.upperQuantile(normal.tail) - normal.quantile) < 1e-11)
            #expect(abs(NormalDistribution.upperTail(normal.quantile) - normal.tail) < 1e-12)
        }
        for interval in golden.distributions.intervals {
            let exact = ClopperPearson(successes: interval.successes, count: interval.count, tail: interval.tail)
            #expect(isClose(exact.lower...exact.upper, interval.exact, within: 1e-10), "\(interval)")
            let wilson = WilsonInterval(
                proportion: interval.successes / Double(interval.count), count: interval.count)
            #expect(isClose(wilson.lower...wilson.upper, interval.wilson, within: 1e-10), "\(interval)")
        }
    }

    /// Sets that overlap, with one run and with three, and disjoint ones.
    @Test(arguments: 0..<3) func simultaneousIntervalsAreThoseOfTheReference(number: Int) throws {
        let sets = golden.sets[number]
        let order = Array(sets.first.indices)
        let shares = try #require(SimultaneousProportions(of: sets.firsts(order), in: sets.cells(order)))
        #expect(shares.shares.map(\.count) == sets.sizes)
        #expect(zip(shares.shares, sets.means).allSatisfy { abs($0.mean - $1) < 1e-12 })
        // The reference integrates the normal density; disjoint sets need no draws here either.
        let isDisjoint = number == 2
        #expect(abs(shares.criticalValue - sets.criticalValue) < (isDisjoint ? 2e-4 : 0.03))
        #expect(abs(shares.oneSidedCriticalValue - sets.oneSidedCriticalValue) < (isDisjoint ? 2e-4 : 0.03))
        let tolerance = isDisjoint ? 1e-4 : 2e-3
        for (share, ends) in zip(shares.shares, sets.simultaneous) {
            #expect(isClose(share.simultaneous, ends, within: tolerance))
            #expect(share.simultaneous.contains(share.mean))
            #expect(share.lowerBound > share.simultaneous.lowerBound)
        }
        #expect(zip(shares.shares, sets.lowerBounds).allSatisfy { abs($0.lowerBound - $1) < tolerance })
        #expect(isClose(shares.minimum, sets.minimum, within: tolerance))
        #expect(shares.minimumLowerBound == shares.shares.map(\.lowerBound).min())
        #expect(sets.means[shares.lowest] == sets.means.min())
        #expect(shares.possiblyLowest.contains(shares.lowest))
    }

    @Test(arguments: 0..<3) func pairedDifferencesAreThoseOfTheReference(number: Int) throws {
        let sets = golden.sets[number]
        let order = Array(sets.first.indices)
        let differences = try #require(
            SimultaneousDifferences(of: sets.firsts(order), minus: sets.seconds(order), in: sets.cells(order)))
        #expect(abs(differences.criticalValue - sets.pairedCriticalValue) < (number == 2 ? 2e-4 : 0.03))
        for (set, difference) in differences.differences.enumerated() {
            #expect(abs(difference.mean - sets.differences[set]) < 1e-12)
            #expect(isClose(difference.pointwise, sets.pointwiseDifferences[set], within: 1e-10))
            #expect(isClose(difference.simultaneous, sets.simultaneousDifferences[set], within: 2e-3))
        }
        let minimum = try #require(
            MinimumDifference(of: sets.firsts(order), minus: sets.seconds(order), in: sets.cells(order)))
        let expected = sets.minimumDifference
        #expect([minimum.lowestOfFirst, minimum.lowestOfSecond] == expected.lowest)
        #expect([minimum.candidatesOfFirst, minimum.candidatesOfSecond] == expected.candidates)
        #expect(abs(minimum.difference - expected.difference) < 1e-12)
        #expect(isClose(minimum.interval, expected.interval, within: 3e-3), "\(minimum.interval) \(expected)")
        // The other way round it is the same with the other sign.
        let reversed = try #require(
            SimultaneousDifferences(of: sets.seconds(order), minus: sets.firsts(order), in: sets.cells(order)))
        #expect(
            abs(reversed.differences[0].pointwise.lowerBound + differences.differences[0].pointwise.upperBound) < 1e-12)
    }

    /// Not a bit, since sums are of whole numbers and cells are numbered by their values.
    @Test func theOrderOfTheExamplesChangesNothing() throws {
        let sets = golden.sets[1]
        let order = Array(sets.first.indices)
        var random = KeyedRandom(seed: 3, stream: .test)
        var shuffled = order
        for place in stride(from: order.count - 1, to: 0, by: -1) { shuffled.swapAt(place, random.below(place + 1)) }
        func shares(_ order: [Int]) -> SimultaneousProportions? {
            SimultaneousProportions(of: sets.firsts(order), in: sets.cells(order), seed: 5)
        }
        func minimum(_ order: [Int]) -> MinimumDifference? {
            MinimumDifference(of: sets.firsts(order), minus: sets.seconds(order), in: sets.cells(order), seed: 5)
        }
        #expect(shares(order) == shares(shuffled) && shares(order) != nil)
        #expect(minimum(order) == minimum(shuffled) && minimum(order) != nil)
    }

    @Test func cellsAreWhatSetsHaveInCommon() {
        // The second column's values are too many for a table of all combinations.
        let cells = MembershipCells(
            columns: [
                .init(values: [0, 1, 1, 0, 1], valueCount: 2, excluded: 0),
                .init(values: [7, 90_000, 7, 7, 7], valueCount: 100_000),
            ], exampleCount: 5)
        #expect(cells.cells == [0, 2, 1, 0, 1])
        #expect(cells.cellCount == 3)
        #expect(cells.subsets.map(\.count) == [3, 4, 1])
        #expect(cells.subsets.map(\.value) == [1, 7, 90_000])
    }

    /// Of 700 sets pairs are not looked at; their intervals are those of independent ones.
    @Test func manySetsTakeBounds() throws {
        let count = 1400
        let column = MembershipCells.Column(values: (0..<count).map { Int32($0 % 700) }, valueCount: 700)
        let whole = MembershipCells.Column(values: [Int32](repeating: 0, count: count), valueCount: 1)
        let outcomes = RepeatedOutcomes(counts: (0..<count).map { $0 % 7 == 0 ? 0 : 1 }, runCount: 1)
        let cells = MembershipCells(columns: [whole, column], exampleCount: count)
        let shares = try #require(SimultaneousProportions(of: outcomes, in: cells))
        let tail = (1 - pow(0.95, 1 / 701.0)) / 2
        #expect(abs(shares.criticalValue - NormalDistribution.upperQuantile(tail)) < 1e-9)
        #expect(shares.shares[0].mean == 6 / 7.0)
        #expect(shares.shares[1].mean == 0 && shares.shares[2].mean == 1)
        let minimum = try #require(MinimumDifference(of: outcomes, minus: outcomes, in: cells))
        #expect(minimum.difference == 0 && minimum.interval.contains(0))
        let third = MembershipCells.Column(values: (0..<count).map { Int32($0 % 301) }, valueCount: 301)
        let more = MembershipCells(columns: [whole, column, third], exampleCount: count)
        #expect(MinimumDifference(of: outcomes, minus: outcomes, in: more) == nil)
    }

    @Test func groupsLeaveOutWhoBelongsToNone() {
        let groups = GroupSets(
            [
                GroupColumn(name: "place", values: ["water", "land", "water", "water"]),
                GroupColumn(name: "senior", valueNames: ["no", "yes"], values: [0, 1, 1, 0], complement: 0),
            ], exampleCount: 4)
        #expect(groups.groups.map(\.name) == ["land", "water", "yes"])
        #expect(groups.groups.map(\.column) == ["place", "place", "senior"])
        #expect(groups.groups.map(\.count) == [1, 3, 2])
        let outcomes = RepeatedOutcomes(of: [[1, 0, 1, 1], [1, 1, 1, 0]], labels: [1, 1, 1, 1])
        #expect(outcomes == RepeatedOutcomes(counts: [2, 1, 2, 1], runCount: 2))
        let shares = SimultaneousProportions(of: outcomes, in: groups.cells)
        #expect(shares?.shares.map(\.mean) == [0.5, 5 / 6, 0.75])
        #expect(SimultaneousProportions(of: outcomes, in: GroupSets([], exampleCount: 4).cells) == nil)
    }

    @Test func discordantExamplesAreTestedAsInStatsmodels() {
        for expected in golden.mcnemar {
            let test = McNemarTest(onlyFirst: expected.onlyFirst, onlySecond: expected.onlySecond)
            #expect(abs(test.probability - expected.probability) < 1e-12, "\(expected)")
            #expect(test.method == (expected.statistic == nil ? .exactBinomial : .correctedChiSquare))
            #expect((test.chiSquare == nil) == (expected.statistic == nil))
            #expect(abs((test.chiSquare ?? 0) - (expected.statistic ?? 0)) < 1e-12)
        }
        // The correction never makes a difference of none.
        #expect(McNemarTest(onlyFirst: 100, onlySecond: 100).probability == 1)
        let cells = MembershipCells(
            columns: [
                .init(values: [0, 0, 1, 1, 1], valueCount: 2),
                .init(values: [1, 1, 1, 1, 0], valueCount: 2, excluded: 0),
            ], exampleCount: 5)
        let tests = McNemarTest.tests(
            first: [1, 0, 1, 1, 0], second: [0, 1, 1, 0, 1], labels: [1, 1, 1, 1, 1], in: cells)
        #expect(tests.map(\.onlyFirst) == [1, 1, 2])
        #expect(tests.map(\.onlySecond) == [1, 1, 1])
    }
}

@Suite struct PredictionQualityTests {
    private let golden: GroupStatisticsGolden

    init() throws { golden = try GroupStatisticsGolden.read() }

    @Test func areasAreThoseOfScikitLearn() throws {
        for expected in golden.areas {
            let area = try #require(RankedScores(expected.scores).area(of: expected.positive))
            #expect(abs(area.value - expected.area) < 1e-12)
            #expect(isClose(area.interval, expected.interval, within: 1e-9), "\(area.interval) \(expected.interval)")
            let reversed = try #require(RankedScores(expected.scores).area(of: expected.positive.map { !$0 }))
            #expect(abs(reversed.value + area.value - 1) < 1e-12)
        }
        #expect(golden.areas.contains { $0.area == 1 })
        #expect(RankedScores([1, 2]).area(of: [true, true]) == nil)
    }

    @Test func probabilitiesAreJudgedAsByScikitLearn() throws {
        for expected in golden.probabilities {
            let classes = expected.probabilities[0].count
            let values = expected.probabilities.flatMap { $0 }
            func quality(_ bins: Int) -> ProbabilityQuality? {
                ProbabilityQuality(
                    probabilities: values, classCount: classes, labels: expected.labels, binCount: bins)
            }
            let measured = try #require(quality(15))
            #expect(abs(measured.brierScore - expected.brier) < 1e-9)
            #expect((measured.binaryBrierScore == nil) == (expected.binaryBrier == nil))
            // Rows add up to 1 in single precision only.
            #expect(abs((measured.binaryBrierScore ?? 0) - (expected.binaryBrier ?? 0)) < 1e-7)
            #expect(abs(measured.logLoss - expected.logLoss) < 1e-6)
            #expect(abs(measured.expectedCalibrationError - expected.calibrationError) < 1e-9)
            #expect(abs(try #require(quality(7)).expectedCalibrationError - expected.calibrationErrorOf7) < 1e-9)
            #expect(measured.bins.reduce(0) { $0 + $1.count } == expected.labels.count)
            let areas = OneVersusRestAreas(probabilities: values, classCount: classes, labels: expected.labels)
            #expect(abs(try #require(areas.macroAverage) - expected.macroArea) < 1e-12)
            #expect(areas.leftOut == [])
        }
        let areas = OneVersusRestAreas(
            probabilities: [0.6, 0.4, 0, 0.3, 0.7, 0, 0.5, 0.4, 0.1], classCount: 3, labels: [0, 1, 1])
        #expect(areas.leftOut == [2])
        // 1 and, of one pair and one tie, 0.75.
        #expect(areas.macroAverage == 0.875)
        #expect(ProbabilityQuality(probabilities: [], classCount: 2, labels: []) == nil)
    }

    @Test func summariesOfClassesAreThoseOfScikitLearn() throws {
        for expected in golden.summaries {
            let summary = ClassificationSummary(confusion: expected.confusion)
            #expect(abs(try #require(summary.accuracy) - expected.accuracy) < 1e-12)
            #expect(abs(try #require(summary.balancedAccuracy) - expected.balancedAccuracy) < 1e-12)
            #expect(abs(try #require(summary.macroF1) - expected.macroF1) < 1e-12)
            #expect(abs(try #require(summary.worstClassRecall) - expected.worstRecall) < 1e-12)
            #expect(summary.worstClass == expected.worstClass)
        }
        let empty = ClassificationSummary(confusion: [[0, 0], [0, 0]])
        #expect(empty.accuracy == nil && empty.macroF1 == nil && empty.worstClass == nil)
    }

    @Test func liftHasTheDeltaMethodsInterval() throws {
        for expected in golden.overlaps {
            let overlap = SetOverlap(
                count: expected.count, chosenCount: expected.chosen, targetCount: expected.target,
                bothCount: expected.both)
            #expect(abs(try #require(overlap.lift) - expected.lift) < 1e-12)
            #expect(isClose(try #require(overlap.liftInterval), expected.interval, within: 1e-6), "\(expected)")
            #expect(overlap.recall == Double(expected.both) / Double(expected.target))
            #expect(overlap.precision == Double(expected.both) / Double(expected.chosen))
            #expect(overlap.recallInterval == WilsonInterval(proportion: overlap.recall ?? 0, count: expected.target))
        }
        let cells = MembershipCells(
            columns: [
                .init(values: [0, 0, 1, 1], valueCount: 2), .init(values: [0, 1, 1, 1], valueCount: 2, excluded: 0),
            ],
            exampleCount: 4)
        #expect(
            SetOverlap.overlaps(of: [true, false, true, false], in: cells)
                == [(2, 1), (2, 1), (3, 1)].map {
                    SetOverlap(count: 4, chosenCount: 2, targetCount: $0.0, bothCount: $0.1)
                })
        #expect(SetOverlap(count: 9, chosenCount: 0, targetCount: 3, bothCount: 0).liftInterval == nil)
        let all = SetOverlap(count: 100, chosenCount: 10, targetCount: 10, bothCount: 10)
        #expect(all.lift == 10)
        #expect(try #require(all.liftInterval).upperBound == 10)
    }

    @Test func severalTestsAreCorrectedAsInStatsmodels() {
        for expected in golden.corrections {
            let corrected = HolmCorrection.corrected(expected.probabilities)
            #expect(zip(corrected, expected.corrected).allSatisfy { abs($0 - $1) < 1e-12 }, "\(corrected)")
        }
    }

    @Test func weightsHaveAnEffectiveSize() {
        #expect(EffectiveSampleSize.of(weights: [2, 2, 2]) == 3)
        #expect(EffectiveSampleSize.of(weights: [1, 0, 3]) == 1.6)
        #expect(EffectiveSampleSize.of(weights: [0, 0]) == 0)
    }

    @Test func gainsOverSeedsAreThoseOfThePairedTest() throws {
        let expected = golden.seeds
        func values(_ numbers: [Double]) -> [UInt64: Double] {
            Dictionary(uniqueKeysWithValues: numbers.enumerated().map { (UInt64($0), $1) })
        }
        let gain = try #require(PairedDifference(values(expected.first), minus: values(expected.second)))
        #expect(abs(gain.mean - expected.mean) < 1e-12)
        #expect(isClose(try #require(gain.interval), expected.interval, within: 1e-9))
    }
}
