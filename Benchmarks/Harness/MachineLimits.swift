import Models

/// What the machine can do at best: the two ceilings of a roofline.
///
/// Williams, Waterman and Patterson, "Roofline: An Insightful Visual Performance Model for Multicore Architectures",
/// CACM 52(4), 2009.
enum MachineLimits {
    /// GFLOP/s of multiply-adds on registers, all threads: the best of many short rounds, so that a neighbour's
    /// disturbance does not lower the ceiling.
    ///
    /// - Parameters:
    ///   - pool: the threads.
    ///   - seconds: how long to look.
    static func multiplyAddPeak(pool: WorkerPool, seconds: Double = 0.2) -> Double {
        // Ten vectors in flight fill two 512-bit units of latency 4; five are all that AVX2 has registers for.
        max(
            peak(pool: pool, seconds: seconds / 2, accumulators: 10) { multiplyAdd10(rounds: $0, factor: $1) },
            peak(pool: pool, seconds: seconds / 2, accumulators: 5) { multiplyAdd5(rounds: $0, factor: $1) })
    }

    private static func peak(
        pool: WorkerPool, seconds: Double, accumulators: Int, _ loop: (_ rounds: Int, _ factor: Float) -> Float
    ) -> Double {
        let rounds = 200_000
        let results = FloatBuffer.zeros(16 * pool.threadCount)
        let timing = Timing(atLeast: seconds, repetitions: 8) { repetition in
            pool.run(pool.threadCount) { task, _ in
                results.pointer[16 * task] = loop(rounds, 1e-6 * Float(repetition + 1))
            }
        }
        // Reading the results keeps the loops from being optimised away.
        precondition(results.pointer[0] > 0)
        return Double(pool.threadCount * rounds * accumulators * 32) / timing.fastest * 1e-9
    }

    @inline(never)
    private static func multiplyAdd10(rounds: Int, factor: Float) -> Float {
        var sums = InlineArray<10, SIMD16<Float>>(repeating: .zero)
        let left = SIMD16<Float>(repeating: factor)
        let right = SIMD16<Float>(repeating: 0.5)
        for _ in 0..<rounds {
            for index in 0..<10 { sums[index].addProduct(left, right) }
        }
        var total = SIMD16<Float>.zero
        for index in 0..<10 { total += sums[index] }
        return total.sum()
    }

    @inline(never)
    private static func multiplyAdd5(rounds: Int, factor: Float) -> Float {
        var sums = InlineArray<5, SIMD16<Float>>(repeating: .zero)
        let left = SIMD16<Float>(repeating: factor)
        let right = SIMD16<Float>(repeating: 0.5)
        for _ in 0..<rounds {
            for index in 0..<5 { sums[index].addProduct(left, right) }
        }
        var total = SIMD16<Float>.zero
        for index in 0..<5 { total += sums[index] }
        return total.sum()
    }

    /// GB/s between memory and all cores.
    struct Bandwidth {
        /// `a[i] = b[i] + s · c[i]` (McCalpin's STREAM triad, 1995), three streams counted; the read of `a` that an
        /// ordinary store makes is not.
        let triad: Double
        /// The sum of one array.
        let read: Double
    }

    /// Streams through arrays of 128 MB, four times a cache of 32 MB; the best of the rounds.
    static func bandwidth(pool: WorkerPool, seconds: Double = 0.5) -> Bandwidth {
        let vectors = 1 << 21
        let tasks = 256
        let perTask = vectors / tasks
        let (a, b, c) = (
            FloatBuffer(count: 16 * vectors), FloatBuffer(count: 16 * vectors), FloatBuffer(count: 16 * vectors)
        )
        pool.run(tasks) { task, _ in
            for index in task * perTask..<(task + 1) * perTask {
                a.vectors[index] = SIMD16(repeating: 0)
                b.vectors[index] = SIMD16(repeating: 1)
                c.vectors[index] = SIMD16(repeating: 2)
            }
        }
        let scale = SIMD16<Float>(repeating: 0.5)
        let triad = Timing(atLeast: seconds / 2, repetitions: 3) { _ in
            pool.run(tasks) { task, _ in
                let (target, left, right) = (a.vectors, b.vectors, c.vectors)
                for index in task &* perTask..<(task &+ 1) &* perTask {
                    target[index] = left[index].addingProduct(scale, right[index])
                }
            }
        }
        let sums = FloatBuffer.zeros(16 * tasks)
        let read = Timing(atLeast: seconds / 2, repetitions: 3) { _ in
            pool.run(tasks) { task, _ in
                let source = a.vectors
                // Four sums, for additions to overlap.
                var parts = InlineArray<4, SIMD16<Float>>(repeating: .zero)
                for index in stride(from: task &* perTask, to: (task &+ 1) &* perTask, by: 4) {
                    for part in 0..<4 { parts[part] += source[index &+ part] }
                }
                sums.vectors[task] = parts[0] + parts[1] + parts[2] + parts[3]
            }
        }
        precondition(sums.pointer[0] > 0)
        let bytes = Double(64 * vectors) * 1e-9
        return Bandwidth(triad: 3 * bytes / triad.fastest, read: bytes / read.fastest)
    }
}
