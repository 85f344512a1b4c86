import CVector
import Glibc
import Synchronization

/// Threads that run numbered tasks together with the caller, and the one place where the engine escapes strict
/// concurrency.
///
/// A dispatch costs about a microsecond while the workers spin, against 45 for `concurrentPerform`; a training step
/// makes a few hundred of them. Workers that find nothing to do go to sleep, so an idle pool costs nothing.
/// Which thread runs a task is not determined, so a task must write only memory that belongs to its number: then
/// results cannot depend on the number of threads.
public final class WorkerPool: Sendable {
    /// The number of threads that run tasks, the caller included.
    public let threadCount: Int
    /// Which convolution kernels the networks on this pool use.
    public let kernels: KernelChoice
    /// Where the time of work on this pool is entered; nil to measure nothing.
    public let profile: KernelProfile?

    private let shared: Shared

    /// Starts `threadCount - 1` workers beside the calling thread.
    ///
    /// - Parameters:
    ///   - threadCount: at least 1.
    ///   - kernels: which convolution kernels networks use.
    ///   - profile: where time is entered; nil to measure nothing.
    public init(threadCount: Int, kernels: KernelChoice = .automatic, profile: KernelProfile? = nil) {
        precondition(threadCount >= 1, "a pool needs at least one thread")
        self.threadCount = threadCount
        self.kernels = kernels
        self.profile = profile
        shared = Shared(threadCount: threadCount)
        for worker in 1..<threadCount { Self.start(Entry(shared: shared, worker: worker)) }
    }

    /// What a new thread is told.
    private final class Entry: Sendable {
        let shared: Shared
        let worker: Int

        init(shared: Shared, worker: Int) {
            self.shared = shared
            self.worker = worker
        }
    }

    private static func start(_ entry: Entry) {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(entry).toOpaque()
        let result = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let entry = Unmanaged<Entry>.fromOpaque(context).takeRetainedValue()
                entry.shared.serve(worker: entry.worker)
                return nil
            }, context)
        // Without the thread nobody would answer for its share of a dispatch.
        precondition(result == 0, "the system has no thread left")
        pthread_detach(thread)
    }

    deinit { shared.stop() }

    /// Runs `body(task, worker)` for every task in 0..<taskCount and returns when all have run.
    ///
    /// - Parameters:
    ///   - taskCount: the number of tasks; which thread takes which is not determined.
    ///   - body: gets the task's number and the worker's (0..<threadCount, for scratch memory).
    package func run(_ taskCount: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
        guard taskCount > 0 else { return }
        if taskCount == 1 || threadCount == 1 {
            for task in 0..<taskCount { body(task, 0) }
            return
        }
        withoutActuallyEscaping(body) { body in
            shared.dispatch(taskCount: taskCount, body: body)
        }
    }

    /// Runs `body(part, worker)` for every part of something that lies in memory in their order.
    ///
    /// A worker takes a few neighbours in a row, so that it knows which memory it needs next.
    package func runNeighbours(_ partCount: Int, _ body: (_ part: Int, _ worker: Int) -> Void) {
        let inRow = max(1, min(8, partCount / 32))
        run((partCount + inRow - 1) / inRow) { task, worker in
            for part in task * inRow..<min(partCount, (task + 1) * inRow) { body(part, worker) }
        }
    }

    /// The state the caller and the workers share; a worker holds it alive, never the pool.
    private final class Shared: @unchecked Sendable {
        // Unchecked for `body`, which is written only between two dispatches, when no worker is inside one.
        private var body: ((Int, Int) -> Void)?
        private let taskCount = Atomic<Int>(0)
        /// The next task of each worker's share, a cache line apart: a share is a run of tasks that its worker does
        /// first, so that what one dispatch leaves in a core's cache is found there by the next.
        private let nextTasks: UnsafeMutablePointer<Atomic<Int>>
        private let threadCount: Int
        private static let distance = 16
        private let generation = Atomic<Int>(0)
        /// Whether a worker that arrives may still take tasks.
        private let isOpen = Atomic<Bool>(false)
        /// Workers that are looking at the gate or are inside a dispatch.
        private let insiders = Atomic<Int>(0)
        private let sleepers = Atomic<Int>(0)
        private let stopping = Atomic<Bool>(false)
        private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

        init(threadCount: Int) {
            self.threadCount = threadCount
            nextTasks = .allocate(capacity: threadCount * Self.distance)
            for place in 0..<threadCount * Self.distance { (nextTasks + place).initialize(to: Atomic(0)) }
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(wake, nil)
        }

        deinit {
            pthread_cond_destroy(wake)
            pthread_mutex_destroy(mutex)
            wake.deallocate()
            mutex.deallocate()
            nextTasks.deinitialize(count: threadCount * Self.distance)
            nextTasks.deallocate()
        }

        func dispatch(taskCount count: Int, body newBody: @escaping (Int, Int) -> Void) {
            body = newBody
            taskCount.store(count, ordering: .relaxed)
            for share in 0..<threadCount {
                nextTasks[share * Self.distance].store(firstTask(ofShare: share, of: count), ordering: .relaxed)
            }
            isOpen.store(true, ordering: .sequentiallyConsistent)
            generation.add(1, ordering: .sequentiallyConsistent)
            if sleepers.load(ordering: .sequentiallyConsistent) > 0 { wakeAll() }
            work(worker: 0)
            // All tasks are taken. A worker that has not come by now, perhaps because another program has its core, is not
            // waited for: it finds the gate closed. One that passed the gate is an insider, in any order of events.
            isOpen.store(false, ordering: .sequentiallyConsistent)
            var spins = 0
            while insiders.load(ordering: .sequentiallyConsistent) > 0 {
                spins += 1
                if spins < 4_000 { curate_spin_pause() } else { sched_yield() }
            }
            body = nil
        }

        func serve(worker: Int) {
            var seen = 0
            while true {
                seen = awaitGeneration(after: seen)
                if stopping.load(ordering: .acquiring) { return }
                insiders.add(1, ordering: .sequentiallyConsistent)
                if isOpen.load(ordering: .sequentiallyConsistent) { work(worker: worker) }
                insiders.subtract(1, ordering: .sequentiallyConsistent)
            }
        }

        /// Spins for a while, then sleeps, until a dispatch newer than `seen` begins.
        private func awaitGeneration(after seen: Int) -> Int {
            var spins = 0
            while true {
                let current = generation.load(ordering: .acquiring)
                if current != seen { return current }
                spins += 1
                if spins < 20_000 {
                    curate_spin_pause()
                } else {
                    pthread_mutex_lock(mutex)
                    sleepers.add(1, ordering: .sequentiallyConsistent)
                    // A dispatch either sees this sleeper and broadcasts under the mutex, or is seen here.
                    while generation.load(ordering: .sequentiallyConsistent) == seen { pthread_cond_wait(wake, mutex) }
                    sleepers.subtract(1, ordering: .sequentiallyConsistent)
                    pthread_mutex_unlock(mutex)
                    spins = 0
                }
            }
        }

        private func work(worker: Int) {
            guard let body else { return }
            let count = taskCount.load(ordering: .relaxed)
            // First the own share, then what is left of the others'.
            for turn in 0..<threadCount {
                let share = (worker + turn) % threadCount
                let end = firstTask(ofShare: share + 1, of: count)
                while true {
                    let task = nextTasks[share * Self.distance].add(1, ordering: .relaxed).oldValue
                    if task >= end { break }
                    body(task, worker)
                }
            }
        }

        private func firstTask(ofShare share: Int, of count: Int) -> Int { count * share / threadCount }

        func stop() {
            stopping.store(true, ordering: .releasing)
            generation.add(1, ordering: .sequentiallyConsistent)
            wakeAll()
        }

        private func wakeAll() {
            pthread_mutex_lock(mutex)
            pthread_cond_broadcast(wake)
            pthread_mutex_unlock(mutex)
        }
    }
}
