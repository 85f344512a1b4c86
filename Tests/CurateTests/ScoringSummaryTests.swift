import Curate
import Testing

@Suite struct ScoringSummaryTests {
    typealias Fixtures = ScoringFixtures

    @Test func quantilesInterpolateAsNumPyDoes() {
        let distribution = ScoreDistribution(of: [4, 1, 3, 2])
        #expect(distribution.minimum == 1 && distribution.maximum == 4 && distribution.mean == 2.5)
        #expect(distribution.quantile(0) == 1 && distribution.quantile(1) == 4)
        #expect(distribution.quantile(0.5) == 2.5 && distribution.quantile(0.25) == 1.75)
        #expect(abs((distribution.standardDeviation ?? 0) - (5.0 / 3).squareRoot()) < 1e-12)
        let single = ScoreDistribution(of: [7])
        #expect(single.quantile(0.3) == 7 && single.standardDeviation == nil)
    }

    @Test func histogramCountsEveryValueOnce() {
        let distribution = ScoreDistribution(of: [0, 0.25, 0.5, 0.75, 1, 0.99])
        let histogram = distribution.histogram(maximumBinCount: 4)
        #expect(histogram.edges == [0, 0.25, 0.5, 0.75, 1])
        #expect(histogram.counts == [1, 1, 1, 3] && !histogram.isPerInteger)
    }

    @Test func wholeNumbersGetABinEach() {
        let histogram = ScoreDistribution(of: [0, 3, 3, 1, 0, 0]).histogram(maximumBinCount: 10)
        #expect(histogram.counts == [3, 1, 0, 2] && histogram.isPerInteger)
        #expect(histogram.edges == [-0.5, 0.5, 1.5, 2.5, 3.5])
        let wide = ScoreDistribution(of: [0, 100]).histogram(maximumBinCount: 10)
        #expect(wide.counts == [1, 0, 0, 0, 0, 0, 0, 0, 0, 1] && !wide.isPerInteger)
        let constant = ScoreDistribution(of: [2, 2, 2]).histogram(maximumBinCount: 10)
        #expect(constant.counts == [3])
    }

    @Test func classesAreSummarisedInOrderEmptyOnesIncluded() {
        let column = Fixtures.column(.el2n, perSeed: [[1, 10, 3]])
        let examples = ExampleTable(
            datasetName: "made", datasetHash: nil, indices: [0, 1, 2], identifiers: .named(["x", "y", "z"]),
            labels: [0, 2, 0], classNames: ["a", "b", "c"])
        let classes = column.classSummaries(of: examples)
        #expect(classes.map(\.count) == [2, 0, 1] && classes.map(\.name) == ["a", "b", "c"])
        #expect(classes.map(\.mean) == [2, nil, 10])
        #expect(classes.map(\.standardDeviation) == [Double(2).squareRoot(), nil, nil])
    }

    @Test func hardestAndEasiestCarryWhatAPersonNeeds() {
        let column = Fixtures.column(.aum, perSeed: [[1, -3, 5, 0], [1, -5, 5, 0]])
        let examples = Fixtures.examples(ids: ["a", "b", "c", "d"], predictions: [0, 0, 0, 1])
        let ties = examples.tieBreaker()
        let hardest = column.hardest(2, of: examples, ties: ties)
        #expect(hardest.map(\.id) == ["b", "d"] && hardest.map(\.rank) == [1, 2])
        #expect(hardest[0].value == -4 && hardest[0].standardDeviation == Float(2).squareRoot())
        #expect(hardest[0].className == "dog, \"big\"" && hardest[0].prediction == "cat")
        #expect(hardest[0].position == 1 && hardest[0].index == 1 && hardest[0].label == 1)
        let easiest = column.easiest(1, of: examples, ties: ties)
        #expect(easiest.map(\.id) == ["c"] && easiest.map(\.rank) == [4])
    }

    @Test func predictionsAreThoseOfMostRuns() {
        let logs = [[Float(1), 2, 0], [1, 0, 2], [0, 2, 1]].enumerated().map { seed, row in
            Fixtures.log([.cleanPrediction: [row]], seed: UInt64(seed))
        }
        #expect(DynamicsLog.majorityPredictions(of: logs, epoch: 1) == [1, 2, 0])
        #expect(DynamicsLog.majorityPredictions(of: logs, epoch: 2) == nil)
        #expect(DynamicsLog.majorityPredictions(of: [], epoch: 1) == nil)
    }

    @Test(arguments: [
        (0.125, 2, "0.13"), (-0.125, 2, "-0.13"), (3, 0, "3"), (0.0004, 3, "0.000"), (-0.0004, 3, "0.000"),
        (12.3456, 3, "12.346"), (0.999_9, 3, "1.000"),
    ])
    func decimalsForSentences(value: Double, places: Int, text: String) {
        #expect(DecimalText.fixed(value, places: places) == text)
        #expect(DecimalText.percent(0.884) == "88 %")
    }
}
