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

    /// LDAM-DRW's rates at the beginning and around its steps: e/5 for five epochs, a hundredth after 160 and after 180.
    @Test func theRatesOfTheLDAMProtocol() {
        let schedule = LearningRateSchedule(
            learningRate: 0.1, shape: .step(epochs: [160, 180], factor: 0.01), warmupEpochs: 5, warmsByEpoch: true)
        let expected: [Int: Float] = [1: 0.02, 2: 0.04, 5: 0.1, 6: 0.1, 160: 0.1, 161: 1e-3, 180: 1e-3, 181: 1e-5]
        for (epoch, rate) in expected {
            for batch in [0, 9] {
                let found = schedule.rate(epoch: epoch, batch: batch, batchCount: 10)
                #expect(abs(found - rate) <= 1e-6 * rate, "epoch \(epoch)")
            }
        }
        #expect(schedule.stretched(by: 0.5).rate(epoch: 81, batch: 0, batchCount: 10) == 1e-3)
    }

    /// Two and a half times as long: 4 epochs become 10, a drop after 2 one after 5, and halves are rounded up.
    @Test func aStretchedScheduleKeepsItsShape() {
        let cosine = LearningRateSchedule(
            learningRate: 0.8, shape: .cosine(horizon: Horizon(epochs: 4)), warmupEpochs: 1
        ).stretched(by: 2.5)
        #expect(cosine.shape == .cosine(horizon: Horizon(epochs: 10)) && cosine.warmupEpochs == 3)
        let steps = LearningRateSchedule(learningRate: 0.8, shape: .step(epochs: [2, 4], factor: 0.1), warmupEpochs: 0)
        #expect(steps.stretched(by: 2.5).shape == .step(epochs: [5, 10], factor: 0.1))
        #expect(steps.stretched(by: 1) == steps)
        // A plan never becomes shorter than one epoch.
        #expect(Horizon(epochs: 3).stretched(by: 0.1) == Horizon(epochs: 1))
    }
}
