import Curate
import Models
import Testing

@Suite struct ScoringExternalLogTests {
    /// Logits of some epochs in one block, handed out row by row.
    private func log(
        _ epochs: [[[Float]]], labels: [Int32], classCount: Int, provenance: LogitProvenance = .unspecified
    ) throws -> DynamicsLog {
        var scratch: [Float] = []
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 64)
        defer { buffer.deallocate() }
        return try DynamicsLog(
            epochCount: epochs.count, exampleCount: labels.count, classCount: classCount, labels: labels, seed: 5,
            provenance: provenance, epochName: { "epoch\($0).npy" }
        ) { epoch, example in
            scratch = epochs[epoch - 1][example]
            for (place, value) in scratch.enumerated() { buffer[place] = value }
            return UnsafeBufferPointer(rebasing: buffer[..<scratch.count])
        }
    }

    private let twoEpochs: [[[Float]]] = [[[2, 0, 1], [0, 1, 0]], [[0, 3, 1], [0, 5, 0]]]

    @Test func everyColumnIsWhatTheLogitsSay() throws {
        let log = try log(twoEpochs, labels: [0, 1], classCount: 3)
        #expect(log.exampleCount == 2 && log.epochCount == 2 && log.seed == 5)
        #expect(log[.batchCorrect, epoch: 1] == [1, 1])
        #expect(log[.batchCorrect, epoch: 2] == [0, 1])
        #expect(log[.batchLogitMargin, epoch: 2] == [-3, 5])
        #expect(log[.cleanLogitMargin, epoch: 1] == [1, 1])
        #expect(log[.cleanPrediction, epoch: 2] == [1, 1])
        for epoch in 1...2 {
            for (example, label) in [(0, 0), (1, 1)] {
                let row = twoEpochs[epoch - 1][example]
                let metrics = row.withUnsafeBufferPointer { buffer in
                    buffer.baseAddress.map { LogitMetrics(logits: $0, count: 3, label: label) }
                }
                #expect(log[.cleanErrorNorm, epoch: epoch]?[example] == metrics?.errorNorm)
                #expect(log[.batchErrorNorm, epoch: epoch]?[example] == metrics?.errorNorm)
                #expect(log[.cleanEntropy, epoch: epoch]?[example] == metrics?.entropy)
                #expect(log[.batchProbability, epoch: epoch]?[example] == metrics?.probability)
                #expect(log[.cleanProbabilityMargin, epoch: epoch]?[example] == metrics?.probabilityMargin)
                #expect(log[.cleanLoss, epoch: epoch]?[example] == metrics?.loss)
            }
        }
        #expect(log[.cleanGradientNorm, epoch: 1] == nil)
        let names = ScoreTable.computableNames(from: [log])
        #expect(names == ScoreName.allCases.filter { $0 != .grand })
    }

    @Test func provenanceKeepsModesApart() throws {
        let batch = try log(twoEpochs, labels: [0, 1], classCount: 3, provenance: .inBatch)
        #expect(batch[.batchLoss, epoch: 1] != nil && batch[.cleanLoss, epoch: 1] == nil)
        let clean = try log(twoEpochs, labels: [0, 1], classCount: 3, provenance: .clean)
        #expect(clean[.batchLoss, epoch: 1] == nil && clean[.cleanLoss, epoch: 1] != nil)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func logitsThatAreNotFiniteAreRefused(bad: Float) {
        var epochs = twoEpochs
        epochs[1][0][2] = bad
        let error = ScoringFixtures.failure { _ = try log(epochs, labels: [0, 1], classCount: 3) }
        #expect(error?.kind == .badData && error?.location == "epoch2.npy")
        #expect(error?.message.contains("class 2 of example 0") == true)
    }

    @Test func logitsTooFarApartAreRefused() {
        let error = ScoringFixtures.failure { _ = try log([[[3e38, -3e38]]], labels: [0], classCount: 2) }
        #expect(error?.kind == .badData && error?.message.contains("too far apart") == true)
    }

    @Test(arguments: [[Int32(0), 3], [0, -1]])
    func labelsOutOfRangeAreRefused(labels: [Int32]) {
        let error = ScoringFixtures.failure { _ = try log(twoEpochs, labels: labels, classCount: 3) }
        #expect(error?.kind == .badData && error?.message.contains("example 1 is \(labels[1])") == true)
    }

    @Test func shapesMustAgree() {
        let wide = ScoringFixtures.failure { _ = try log(twoEpochs, labels: [0, 1], classCount: 2) }
        #expect(wide?.kind == .badData && wide?.message.contains("3 logits and 2 classes") == true)
        let single = ScoringFixtures.failure { _ = try log([[[1]]], labels: [0], classCount: 1) }
        #expect(single?.kind == .badData)
        let none = ScoringFixtures.failure { _ = try log([], labels: [0], classCount: 3) }
        #expect(none?.kind == .badData)
        let empty = ScoringFixtures.failure { _ = try log([[]], labels: [], classCount: 3) }
        #expect(empty?.kind == .badData)
    }

    @Test func errorsOfTheSourcePassThrough() {
        let broken = CurateError(.missingInput, "gone")
        let error = ScoringFixtures.failure {
            _ = try DynamicsLog(epochCount: 1, exampleCount: 1, classCount: 2, labels: [0]) { _, _ in throw broken }
        }
        #expect(error == broken)
    }
}
