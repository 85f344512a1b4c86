import Synchronization

/// Where the time of training and scoring goes, by the kind of work.
///
/// A pool that is made with a profile measures; one without costs a test per pass. The clock is the caller's.
public final class KernelProfile: Sendable {
    /// A kind of work.
    public enum Work: String, Sendable, CaseIterable {
        /// Convolution of a batch, with the batch-norm moments or the activation it stores.
        case convolutionForward = "convolution forward"
        /// The gradient with respect to a convolution's input, with the mask and sums it stores.
        case convolutionInputGradient = "convolution input gradient"
        /// The gradient with respect to a convolution's weights, summed over the batch.
        case convolutionWeightGradient = "convolution weight gradient"
        /// The norm of each example's weight gradient.
        case convolutionExampleNorms = "convolution example norms"
        /// Batch norm's own passes over the activations.
        case normalization = "batch norm"
        /// Pools, shortcuts and the sums of residual blocks.
        case elementwise = "pooling, shortcuts"
        /// Fully connected layers, forward and backward.
        case linear = "fully connected"
        /// Softmax, cross-entropy and their gradient.
        case loss = "loss"
        /// What an observer keeps of every row of logits: its time on the calling thread, which the loss's is without.
        case recording
        /// The update of the weights.
        case optimizer = "optimiser"
        /// Reading, normalising and augmenting examples.
        case loading = "loading examples"
    }

    /// What was measured of one kind of work.
    public struct Entry: Sendable, Equatable {
        /// The kind.
        public let work: Work
        /// How often it was done.
        public let calls: Int
        /// Seconds on the calling thread, waiting for the others included.
        public let seconds: Double
        /// Multiplications and additions of the textbook formula: what direct sums would need.
        ///
        /// Winograd needs fewer, so a rate made of these can exceed the processor's peak.
        public let operations: Double
    }

    private struct Total {
        var calls = 0
        var seconds = 0.0
        var operations = 0.0
    }

    private let now: @Sendable () -> Double
    private let totals = Mutex<[Work: Total]>([:])

    /// Makes an empty profile.
    ///
    /// - Parameter now: seconds from any start, never going back.
    public init(now: @escaping @Sendable () -> Double) { self.now = now }

    /// What was measured so far, the longest first.
    public var entries: [Entry] {
        totals.withLock { totals in
            Work.allCases.compactMap { work in
                totals[work].map {
                    Entry(work: work, calls: $0.calls, seconds: $0.seconds, operations: $0.operations)
                }
            }
        }.sorted { $0.seconds > $1.seconds }
    }

    fileprivate func add(
        _ work: Work, operations: Double = 0, containing part: (work: Work, seconds: UnsafePointer<Double>)? = nil,
        _ body: () -> Void
    ) {
        let start = now()
        body()
        let seconds = now() - start
        totals.withLock { totals in
            totals[work, default: Total()].calls += 1
            totals[work, default: Total()].seconds += seconds - (part?.seconds.pointee ?? 0)
            totals[work, default: Total()].operations += operations
            if let part {
                totals[part.work, default: Total()].calls += 1
                totals[part.work, default: Total()].seconds += part.seconds.pointee
            }
        }
    }

    /// Measures a part of what the tasks of one dispatch do.
    ///
    /// On the calling thread only, as everything else here: what the other threads do meanwhile takes no time of its own.
    package struct PartTimer {
        fileprivate let profile: KernelProfile?
        fileprivate let seconds: UnsafeMutablePointer<Double>

        /// Does a part of a task.
        @inline(__always)
        package func measure(worker: Int, _ body: () -> Void) {
            guard worker == 0, let profile else {
                body()
                return
            }
            let start = profile.now()
            body()
            seconds.pointee += profile.now() - start
        }
    }
}

extension WorkerPool {
    /// Does some work and enters its time in the pool's profile, if it has one.
    ///
    /// - Parameters:
    ///   - work: the kind.
    ///   - operations: multiplications and additions of the textbook formula.
    ///   - body: the work; it does not measure anything itself.
    package func measure(_ work: KernelProfile.Work, operations: Double = 0, _ body: () -> Void) {
        if let profile {
            profile.add(work, operations: operations, body)
        } else {
            body()
        }
    }

    /// Does some work whose tasks do another kind of it too, and enters the time of each under its own name.
    ///
    /// - Parameters:
    ///   - work: the kind.
    ///   - part: the other kind.
    ///   - body: the work; it measures what belongs to `part` with the timer it is given.
    package func measure(
        _ work: KernelProfile.Work, containing part: KernelProfile.Work, _ body: (KernelProfile.PartTimer) -> Void
    ) {
        var seconds = 0.0
        withUnsafeMutablePointer(to: &seconds) { seconds in
            let timer = KernelProfile.PartTimer(profile: profile, seconds: seconds)
            if let profile {
                profile.add(work, containing: (part, UnsafePointer(seconds))) { body(timer) }
            } else {
                body(timer)
            }
        }
    }
}
