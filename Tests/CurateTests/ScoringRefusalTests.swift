import Curate
import Testing

/// What scoring refuses to compute, and what it says.
@Suite struct ScoringRefusalTests {
    typealias Fixtures = ScoringFixtures

    @Test func graNdAtEpochZeroIsRefusedWithTheReason() throws {
        var columns = Fixtures.log([.cleanGradientNorm: [[1, 2]]]).columns
        columns[DynamicsLog.ColumnKey(epoch: 0, metric: .cleanGradientNorm)] = [3, 4]
        let log = DynamicsLog(exampleCount: 2, epochCount: 1, seed: 1, columns: columns)
        let asked = Fixtures.failure { _ = try Fixtures.column(.grand, [log], options: ScoreSettings(epoch: 0)) }
        #expect(asked?.kind == .usage)
        #expect(asked?.message.contains("2303.14753") == true)
        // Nor may it slip in as the default, when epoch 0 is all there is.
        columns[DynamicsLog.ColumnKey(epoch: 1, metric: .cleanGradientNorm)] = nil
        let only = DynamicsLog(exampleCount: 2, epochCount: 1, seed: 1, columns: columns)
        #expect(Fixtures.failure { _ = try Fixtures.column(.grand, [only]) } == asked)
    }

    @Test func missingColumnsAreNamedWithARemedy() throws {
        let log = Fixtures.log([.cleanErrorNorm: [[1], [2]], .batchCorrect: [[1], [1]]], seed: 9)
        let grand = Fixtures.failure { _ = try Fixtures.column(.grand, [log]) }
        #expect(grand?.kind == .usage)
        let sentence = "grand (data-diet) needs cleanGradientNorm, which the run with seed 9 did not record at all"
        #expect(grand?.message == sentence)
        #expect(grand?.remedy?.contains("gradients cannot be had from logits") == true)
        let aum = Fixtures.failure { _ = try Fixtures.column(.aum, [log]) }
        #expect(aum?.message.contains("batchLogitMargin of epochs 1, 2") == true)
        let late = Fixtures.failure { _ = try Fixtures.column(.el2n, [log], options: ScoreSettings(epoch: 3)) }
        #expect(late?.kind == .usage && late?.message.contains("beyond the 2") == true)
    }

    @Test func aGapInADynamicsColumnIsRefused() throws {
        var columns = Fixtures.log([.batchCorrect: [[1], [0], [1]]]).columns
        columns[DynamicsLog.ColumnKey(epoch: 2, metric: .batchCorrect)] = nil
        let log = DynamicsLog(exampleCount: 1, epochCount: 3, seed: 4, columns: columns)
        let error = Fixtures.failure { _ = try Fixtures.column(.forgetting, [log]) }
        #expect(error?.kind == .usage)
        #expect(error?.message.contains("epoch 2,") == true && error?.message.contains("epochs 1, 3") == true)
    }

    @Test(arguments: ScoreName.allCases, [Float.nan, .infinity])
    func aValueThatIsNotFiniteStopsTheScore(name: ScoreName, bad: Float) throws {
        let metric = ScoreConvention.dataDiet.definition(of: name).metric
        var columns = Fixtures.random(exampleCount: 5, epochCount: 3, seed: 6).columns
        columns[DynamicsLog.ColumnKey(epoch: 3, metric: metric)]?[2] = bad
        let log = DynamicsLog(exampleCount: 5, epochCount: 3, seed: 6, columns: columns)
        let good = Fixtures.random(exampleCount: 5, epochCount: 3, seed: 5)
        let error = Fixtures.failure { _ = try Fixtures.column(name, [good, log]) }
        #expect(error?.kind == .workFailed)
        #expect(error?.message.contains("example 2") == true)
        #expect(error?.location == "run with seed 6, epoch 3")
    }

    @Test func correctnessMustBeZeroOrOne() throws {
        let log = Fixtures.log([.batchCorrect: [[1], [0.5]]])
        #expect(Fixtures.failure { _ = try Fixtures.column(.correctness, [log]) }?.kind == .badData)
    }

    @Test func logsMustAgree() throws {
        let two = Fixtures.log([.cleanLoss: [[1, 2]]])
        let three = Fixtures.log([.cleanLoss: [[1, 2, 3]]])
        #expect(Fixtures.failure { _ = try Fixtures.column(.loss, [two, three]) }?.kind == .badData)
        #expect(Fixtures.failure { _ = try Fixtures.column(.loss, []) }?.kind == .usage)
        let empty = DynamicsLog(exampleCount: 0, epochCount: 1, seed: 1, columns: [:])
        #expect(Fixtures.failure { _ = try Fixtures.column(.loss, [empty]) }?.kind == .badData)
    }

    @Test func theCorrectionNeedsTwoEpochs() throws {
        let log = Fixtures.log([.batchProbability: [[0.5]]])
        let options = ScoreSettings(correctsVariability: true)
        let error = Fixtures.failure { _ = try Fixtures.column(.variability, [log], .cartography, options: options) }
        #expect(error?.kind == .usage)
        let plain = try Fixtures.column(.variability, [log], .cartography)
        #expect(plain.values == [0] && !plain.warnings.isEmpty)
    }

    @Test func unequalRunsAndCopiesAreRemarkedOn() throws {
        let short = Fixtures.random(exampleCount: 4, epochCount: 2, seed: 3)
        let long = Fixtures.random(exampleCount: 4, epochCount: 5, seed: 3)
        let table = try ScoreTable(logs: [short, long], names: [.aum])
        #expect(table.columns[0].epochs == 1...2)
        #expect(table.warnings.contains { $0.contains("between 2 and 5") })
        #expect(table.warnings.contains { $0.contains("same seed") })
    }
}
