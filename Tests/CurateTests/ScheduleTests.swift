import Curate
import Testing

/// Learning rates against hand-worked values.
@Suite struct ScheduleTests {
    private func rates(_ shape: LearningRateSchedule.Shape, warmup: Int = 0, epochs: Int) -> [Float] {
        let schedule = LearningRateSchedule(learningRate: 0.8, shape: shape, warmupEpochs: warmup)
        return (1...epochs).flatMap { epoch in
            (0..<2).map { schedule.rate(epoch: epoch, batch: $0, batchCount: 2) }
        }
    }

    @Test func constantStays() {
        #expect(rates(.constant, epochs: 2) == [0.8, 0.8, 0.8, 0.8])
    }

    @Test func stepsFallAfterTheirEpochs() {
        let expected: [Float] = [0.8, 0.8, 0.4, 0.4, 0.2, 0.2]
        #expect(rates(.step(epochs: [1, 2], factor: 0.5), epochs: 3) == expected)
    }

    /// Half a cosine over two epochs of two steps: cos 0, cos 45°, cos 90°, cos 135°; zero behind the horizon.
    @Test func cosineFallsToZero() {
        let expected: [Float] = [0.8, 0.4 * (1 + 0.70710678), 0.4, 0.4 * (1 - 0.70710678), 0, 0]
        for (rate, value) in zip(rates(.cosine(horizon: Horizon(epochs: 2)), epochs: 3), expected) {
            #expect(abs(rate - value) < 1e-7)
        }
    }

    @Test func warmUpRisesToTheWholeRate() {
        for (rate, value) in zip(rates(.constant, warmup: 2, epochs: 3), [0.2, 0.4, 0.6, 0.8, 0.8, 0.8] as [Float]) {
            #expect(abs(rate - value) < 1e-7)
        }
    }
}
