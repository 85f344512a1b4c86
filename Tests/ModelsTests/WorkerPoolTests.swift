import Glibc
import Models
import Synchronization
import TestSupport
import Testing

/// Every task runs exactly once, whatever the threads do in between.
@Suite(.tags(.threads)) struct WorkerPoolTests {
    /// Pauses long enough for workers to fall asleep are mixed with none: a wake-up that one worker takes from another
    /// would leave a dispatch waiting for ever.
    @Test(arguments: [1, 2, 3, 5]) func everyTaskRunsOnce(threads: Int) {
        let pool = WorkerPool(threadCount: threads)
        let counters = UnsafeMutablePointer<Int>.allocate(capacity: 64)
        defer { counters.deallocate() }
        for round in 0..<600 {
            let tasks = round % 64 + 1
            counters.update(repeating: 0, count: 64)
            let tooHigh = Atomic<Int>(0)
            pool.run(tasks) { task, worker in
                counters[task] += 1
                if worker < 0 || worker >= threads { tooHigh.add(1, ordering: .relaxed) }
            }
            for task in 0..<64 { #expect(counters[task] == (task < tasks ? 1 : 0)) }
            #expect(tooHigh.load(ordering: .relaxed) == 0)
            if round % 7 == 0 { usleep(UInt32(round % 3) * 1_500) }
        }
    }
}
