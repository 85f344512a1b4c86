import Curate
import Testing

/// Hand-worked sequences for every convention.
@Suite struct ScoringConventionTests {
    typealias Fixtures = ScoringFixtures

    /// Sequences of correctness with their number of events and whether they were ever learned.
    static let forgettingCases: [(sequence: [Float], events: Float, learned: Bool)] = [
        ([0, 0, 0, 0], 0, false),  // never learned
        ([1, 1, 1, 1], 0, true),  // unforgettable
        ([0, 1, 1, 1], 0, true),  // learned late, kept
        ([0, 0, 0, 1], 0, true),  // learned in the last presentation
        ([1, 0, 0, 0], 1, true),  // forgotten right after the first presentation
        ([1, 1, 1, 0], 1, true),  // forgotten in the last presentation
        ([0, 1, 0, 1], 1, true),
        ([1, 0, 1, 0], 2, true),  // as many as four presentations allow
    ]

    @Test(arguments: [
        (ScoreConvention.dataDiet, Float(4)), (.toneva, 4), (.aum, 4), (.cartography, 1000), (.ccs, 0),
    ])
    func forgettingOfHandWorkedSequences(convention: ScoreConvention, neverLearned: Float) throws {
        let log = Fixtures.sequences(.batchCorrect, Self.forgettingCases.map(\.sequence))
        let expected = Self.forgettingCases.map { $0.learned ? $0.events : neverLearned }
        #expect(try Fixtures.column(.forgetting, [log], convention).values == expected)
    }

    @Test func forgettingOverRunsIsAMeanOrASum() throws {
        let first = Fixtures.sequences(.batchCorrect, [[1, 0, 1], [0, 0, 0], [1, 1, 1]], seed: 1)
        let second = Fixtures.sequences(.batchCorrect, [[1, 1, 1], [0, 1, 0], [1, 1, 1]], seed: 2)
        let mean = try Fixtures.column(.forgetting, [first, second])
        #expect(mean.values == [0.5, 2, 0])
        #expect(mean.perSeed == [[1, 3, 0], [0, 1, 0]])
        let sum = try Fixtures.column(.forgetting, [first, second], .toneva)
        #expect(sum.values == [1, 4, 0])
        #expect(sum.aggregation == .sum)
        // Spread is that of the runs' own scores in both: |a - b| / sqrt 2.
        #expect(sum.standardDeviation == mean.standardDeviation)
        #expect(mean.standardDeviation == [Float(0.5.squareRoot()), Float(2.0.squareRoot()), 0])
    }

    @Test func forgettingThroughAnEpochIsThatOfAShorterRun() throws {
        let log = Fixtures.sequences(.batchCorrect, [[1, 0, 1, 0], [0, 0, 0, 1]])
        let column = try Fixtures.column(.forgetting, [log], options: ScoreSettings(epoch: 3))
        #expect(column.values == [1, 3])
        #expect(column.epochs == 1...3)
    }

    @Test func aumIsTheMeanLogitMargin() throws {
        let log = Fixtures.sequences(.batchLogitMargin, [[1, -2, 4], [-3, -3, -3]])
        for convention in [ScoreConvention.dataDiet, .aum] {
            #expect(try Fixtures.column(.aum, [log], convention).values == [1, -3])
        }
    }

    @Test func cartographyOfAHandWorkedSequence() throws {
        let log = Fixtures.log([
            .batchProbability: [[0.25, 1], [0.75, 1]], .batchCorrect: [[0, 1], [1, 1]],
        ])
        let table = try ScoreTable(
            logs: [log], names: [.confidence, .variability, .correctness], convention: .cartography)
        #expect(table[.confidence]?.values == [0.5, 1])
        #expect(table[.variability]?.values == [0.25, 0])  // divisor T, not T - 1
        #expect(table[.correctness]?.values == [1, 2])
        // v = 1/16, T - 1 = 1: sqrt(1/16 + 1/256).
        let options = ScoreSettings(correctsVariability: true)
        let corrected = try Fixtures.column(.variability, [log], .cartography, options: options)
        #expect(abs(corrected.values[0] - Float((17.0 / 256).squareRoot())) < 1e-7)
        #expect(corrected.values[1] == 0)
    }

    @Test func ccsSumsTheFirstTenEpochs() throws {
        // Powers of two: a sum over any other window is another number.
        let rows = (0..<12).map { [Float(1 << $0)] }
        let log = Fixtures.log([.batchErrorNorm: rows, .batchProbabilityMargin: rows])
        let el2n = try Fixtures.column(.el2n, [log], .ccs)
        #expect(el2n.values == [1023] && el2n.epochs == 1...10 && el2n.warnings.isEmpty)
        #expect(try Fixtures.column(.aum, [log], .ccs).values == [4095])
        let short = try Fixtures.column(.el2n, [log], .ccs, options: ScoreSettings(epoch: 4))
        #expect(short.values == [15])
        #expect(short.warnings.contains { $0.contains("only 4") })
    }

    @Test func ccsAveragesSeveralRuns() throws {
        let logs = [Float(1), 3].enumerated().map { seed, value in
            Fixtures.log([.batchErrorNorm: [[value], [value]]], seed: UInt64(seed + 1))
        }
        #expect(try Fixtures.column(.el2n, logs, .ccs).values == [4])
    }

    @Test func tonevaReadsTheLossAndMarginOfTheBatch() throws {
        let log = Fixtures.log([
            .batchLoss: [[1], [2]], .cleanLoss: [[7], [8]], .batchLogitMargin: [[3], [4]],
            .cleanProbabilityMargin: [[0.25], [0.5]],
        ])
        #expect(try Fixtures.column(.loss, [log], .toneva).values == [2])
        #expect(try Fixtures.column(.margin, [log], .toneva).values == [4])
        #expect(try Fixtures.column(.margin, [log], .aum).values == [4])
        #expect(try Fixtures.column(.loss, [log]).values == [8])
        #expect(try Fixtures.column(.margin, [log]).values == [0.5])
    }

    @Test func theDefaultEpochIsTheLastThatEveryRunRecorded() throws {
        let first = Fixtures.log([.cleanErrorNorm: [[1], [2], [3]]], seed: 1)
        var columns = Fixtures.log([.cleanErrorNorm: [[5], [6], [7]]], seed: 2).columns
        columns[DynamicsLog.ColumnKey(epoch: 3, metric: .cleanErrorNorm)] = nil
        let second = DynamicsLog(exampleCount: 1, epochCount: 3, seed: 2, columns: columns)
        let column = try Fixtures.column(.el2n, [first, second])
        #expect(column.epoch == 2 && column.values == [4])
    }

    @Test func everyScoreHasADefinitionUnderEveryConvention() throws {
        let logs = [1, 2, 3].map { Fixtures.random(exampleCount: 20, epochCount: 12, seed: $0) }
        for convention in ScoreConvention.allCases {
            #expect(ScoreTable.computableNames(from: logs, convention: convention) == ScoreName.allCases)
            let table = try ScoreTable(logs: logs, names: ScoreName.allCases, convention: convention)
            for column in table.columns {
                #expect(column.values.count == 20 && column.values.allSatisfy(\.isFinite))
                #expect(column.standardDeviation?.count == 20)
                #expect(column.description.hasPrefix(column.name.rawValue))
            }
        }
    }

    @Test func descriptionsSayWhatWasComputed() throws {
        let logs = [1, 2].map { Fixtures.random(exampleCount: 3, epochCount: 4, seed: $0) }
        let el2n = try Fixtures.column(.el2n, logs)
        #expect(
            el2n.description
                == "el2n: L2 norm of softmax - onehot on the clean pass (evaluation mode, no augmentation);"
                + " epoch 4; mean over 2 runs")
        #expect(el2n.headerPhrase == "el2n (data-diet, higher = harder, mean of 2 seeds, epoch 4)")
        let forgetting = try Fixtures.column(.forgetting, logs, .toneva)
        #expect(forgetting.headerPhrase == "forgetting (toneva, higher = harder, sum of 2 seeds, epochs 1-4)")
        #expect(forgetting.description.hasSuffix("epochs 1 to 4; sum over 2 runs"))
        let single = try Fixtures.column(.aum, [logs[0]])
        #expect(single.headerPhrase == "aum (data-diet, lower = harder, 1 seed, epochs 1-4)")
        #expect(single.standardDeviation == nil)
    }
}
