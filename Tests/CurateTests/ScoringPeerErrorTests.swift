import Curate
import Models
import Testing

/// One test per known error of a published implementation that scoring could repeat.
@Suite struct ScoringPeerErrorTests {
    typealias Fixtures = ScoringFixtures

    /// DeepCore's uncertainty scores sort the certain examples to the front.
    @Test(arguments: [ScoreName.entropy, .margin, .confidence, .el2n, .loss, .aum, .correctness])
    func theHardestExampleIsTheUncertainOne(name: ScoreName) throws {
        // Example 0 is certain and right, 1 undecided, 2 certain and wrong (for entropy the undecided one is hardest).
        let rows: [Float] = [9, 0, 0, 0, 0, 9]
        let log = try rows.withUnsafeBufferPointer { block in
            try DynamicsLog(epochCount: 2, exampleCount: 3, classCount: 2, labels: [0, 0, 0]) { _, example in
                UnsafeBufferPointer(rebasing: block[2 * example..<2 * example + 2])
            }
        }
        let ties = TieBreaker(ids: Fixtures.ids(3))
        let order = try Fixtures.column(name, [log]).hardestFirst(ties: ties)
        if name == .entropy {
            #expect(order[0] == 1)
        } else {
            #expect(order[0] == 2)
            #expect(name == .correctness ? order.last != 2 : order.last == 0)
        }
    }

    /// DeepCore, CCS, D2 and DUAL give never-learned examples 0 and prune the hardest first.
    @Test func neverLearnedExamplesRankHardest() throws {
        let log = Fixtures.sequences(.batchCorrect, [[1, 1, 1, 1, 1], [0, 0, 0, 0, 0], [1, 0, 1, 0, 1]])
        let ties = TieBreaker(ids: Fixtures.ids(3))
        for convention in [ScoreConvention.dataDiet, .toneva, .cartography, .aum] {
            let column = try Fixtures.column(.forgetting, [log], convention)
            #expect(column.hardestFirst(ties: ties) == [1, 2, 0])
            #expect(column.warnings.isEmpty)
        }
        let ccs = try Fixtures.column(.forgetting, [log], .ccs)
        #expect(ccs.hardestFirst(ties: ties).first == 2)
        #expect(ccs.warnings.contains { $0.contains("never-learned") })
    }

    /// DUAL's `aum` resets its accumulator in the epoch loop and returns the last margin.
    @Test func aumRemembersEveryEpoch() throws {
        let rising = Fixtures.sequences(.batchLogitMargin, [[-4, -2, 3], [5, 1, -3]])
        #expect(try Fixtures.column(.aum, [rising]).values == [-1, 1])
        let sums = Fixtures.sequences(.batchProbabilityMargin, [[-0.5, -0.25, 0.5], [0.5, 0.25, -0.5]])
        #expect(try Fixtures.column(.aum, [sums], .ccs).values == [-0.25, 0.25])
    }

    /// DUAL's `tdds` ignores the window's offset: here another epoch must give another number.
    @Test func theChosenEpochIsTheOneThatIsRead() throws {
        let log = Fixtures.log([.cleanErrorNorm: [[1], [2], [3], [4]], .batchLogitMargin: [[1], [2], [3], [4]]])
        for epoch in 1...4 {
            let options = ScoreSettings(epoch: epoch)
            #expect(try Fixtures.column(.el2n, [log], options: options).values == [Float(epoch)])
            #expect(try Fixtures.column(.aum, [log], options: options).values == [Float(epoch + 1) / 2])
        }
    }

    /// DUAL's `tdds` also takes raw logits for probabilities.
    @Test func logitAndProbabilityMarginsAreNotMixedUp() throws {
        let log = Fixtures.log([.batchLogitMargin: [[5]], .batchProbabilityMargin: [[0.5]]])
        #expect(try Fixtures.column(.aum, [log], .aum).values == [5])
        #expect(try Fixtures.column(.aum, [log], .ccs).values == [0.5])
    }

    /// CCS sums augmented training batches under the name of a clean score; ours keeps the two apart.
    @Test func cleanScoresNeverReadTheTrainingBatch() throws {
        let batch = DynamicsLog.Metric.measured(.inBatch)
        let log = Fixtures.random(exampleCount: 3, epochCount: 2, seed: 1)
        let cleanOnly = DynamicsLog(
            exampleCount: 3, epochCount: 2, seed: 1, columns: log.columns.filter { !batch.contains($0.key.metric) })
        let batchOnly = DynamicsLog(
            exampleCount: 3, epochCount: 2, seed: 1, columns: log.columns.filter { batch.contains($0.key.metric) })
        #expect(ScoreTable.computableNames(from: [cleanOnly]) == [.el2n, .grand, .loss, .margin, .entropy])
        #expect(
            ScoreTable.computableNames(from: [batchOnly])
                == [.forgetting, .aum, .confidence, .variability, .correctness])
    }

    /// Cartography writes `head(n + 1)`.
    @Test(arguments: [0, 1, 3, 7, 8, 20])
    func listsHaveExactlyTheLengthAskedFor(count: Int) throws {
        let values = (0..<8).map { Float($0 % 3) }
        let column = Fixtures.column(.el2n, perSeed: [values])
        let examples = Fixtures.examples(ids: Fixtures.ids(8))
        let ties = examples.tieBreaker()
        let hardest = column.hardest(count, of: examples, ties: ties)
        let easiest = column.easiest(count, of: examples, ties: ties)
        #expect(hardest.count == min(count, 8) && easiest.count == min(count, 8))
        #expect(hardest.map(\.rank) == Array(1...8).prefix(count).map { $0 })
        #expect(easiest.map(\.rank) == Array((1...8).reversed().prefix(count)))
    }

    /// data_diet reorders by class with an unstable sort and averages infinities.
    @Test func valuesStayInDatasetOrderAndFinite() throws {
        let first = Fixtures.sequences(.batchCorrect, [[0, 0], [1, 0], [0, 0], [1, 1]], seed: 1)
        let second = Fixtures.sequences(.batchCorrect, [[0, 0], [1, 1], [1, 1], [1, 1]], seed: 2)
        let column = try Fixtures.column(.forgetting, [first, second])
        #expect(column.values == [2, 0.5, 1, 0])
        // Learned by one run of two is not the same as learned by none: infinity would tie them.
        let ranks = column.ranks(ties: TieBreaker(ids: Fixtures.ids(4)))
        #expect(ranks == [1, 3, 2, 4])
    }

    /// The squared error (Brier) averages and therefore ranks differently from the norm.
    @Test func el2nIsTheMeanOfNormsNotOfSquaresNorTheNormOfTheMean() throws {
        // Two runs, two classes, label 0: errors (e, -e) with norm sqrt(2)|e|.
        let first = Fixtures.log([.cleanErrorNorm: [[1.2, 0.7]]], seed: 1)
        let second = Fixtures.log([.cleanErrorNorm: [[0.1, 0.65]]], seed: 2)
        let column = try Fixtures.column(.el2n, [first, second])
        #expect(abs(column.values[0] - 0.65) < 1e-6 && abs(column.values[1] - 0.675) < 1e-6)
        // By squares (0.725 against 0.456) example 0 would be the harder one.
        #expect(column.hardestFirst(ties: TieBreaker(ids: Fixtures.ids(2))) == [1, 0])
    }

    /// TDDS saves scores sorted and DUAL in sample order; ours are in the order of the log whatever the values.
    @Test func duplicatedExamplesGetTheSameScore() throws {
        let log = Fixtures.random(exampleCount: 30, epochCount: 6, seed: 8)
        let doubled = DynamicsLog(
            exampleCount: 60, epochCount: 6, seed: 8, columns: log.columns.mapValues { $0 + $0 })
        for convention in ScoreConvention.allCases {
            let once = try ScoreTable(logs: [log], names: ScoreName.allCases, convention: convention)
            let twice = try ScoreTable(logs: [doubled], names: ScoreName.allCases, convention: convention)
            for (a, b) in zip(once.columns, twice.columns) { #expect(b.values == a.values + a.values) }
        }
    }

    /// The references' own bookkeeping, step by step, on random sequences.
    @Test(arguments: 1...20)
    func forgettingAgreesWithEveryBookkeeping(seed: UInt64) throws {
        var random = KeyedRandom(seed: seed, stream: .test)
        let epochCount = 1 + random.below(9)
        let rows = (0..<40).map { _ in (0..<epochCount).map { _ in Float(random.below(2)) } }
        let log = Fixtures.sequences(.batchCorrect, rows)

        // A tracker fed presentation by presentation, starting from "not correct".
        let tracked = rows.map { row -> Float in
            var (events, previous) = (Float(0), Float(0))
            for now in row {
                if previous > now { events += 1 }
                previous = now
            }
            return events
        }
        // Differences between neighbours equal to -1.
        let differences = rows.map { row in Float(zip(row.dropFirst(), row).filter { $0 - $1 == -1 }.count) }
        #expect(tracked == differences)
        let never = rows.map { !$0.contains(1) }
        let expected: (Float) -> [Float] = { constant in zip(tracked, never).map { $1 ? constant : $0 } }
        #expect(try Fixtures.column(.forgetting, [log]).values == expected(Float(epochCount)))
        #expect(try Fixtures.column(.forgetting, [log], .cartography).values == expected(1000))
        #expect(try Fixtures.column(.forgetting, [log], .ccs).values == tracked)
        #expect(try Fixtures.column(.correctness, [log]).values == rows.map { $0.reduce(0, +) })
    }
}
