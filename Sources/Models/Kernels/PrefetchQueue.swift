import CVector

/// Cache lines that are needed later, handed out evenly to the products that are computed before.
///
/// The core keeps about sixteen lines in flight. A burst of requests fills them, and what the products themselves read
/// from the second-level cache waits behind; spread evenly, a line with each few rows of multiply-adds costs next to
/// nothing. What is asked for comes to the second-level cache, since it is used only when the first-level one has been
/// filled anew.
struct PrefetchQueue {
    /// Lines at equal distances.
    private struct Run {
        let first: UnsafePointer<Float>
        let lines: Int
        let stride: Int
    }

    private static let capacity = 12
    private var runs: InlineArray<12, Run?> = InlineArray(repeating: nil)
    private var count = 0
    private var current = 0
    private var position = 0
    private let idle: UnsafePointer<Float>
    private var lines = 0
    private var steps: Int
    private var due = 0

    /// Makes an empty queue.
    ///
    /// - Parameters:
    ///   - idle: a line that is in the cache, to ask for when no other is due.
    ///   - steps: the number of steps that will be taken.
    init(idle: UnsafePointer<Float>, steps: Int) {
        self.idle = idle
        self.steps = max(1, steps)
    }

    /// Adds lines at the end.
    ///
    /// - Parameters:
    ///   - first: the first line.
    ///   - lines: how many; none adds nothing.
    ///   - stride: floats from one to the next.
    mutating func add(_ first: UnsafePointer<Float>, lines: Int, stride: Int = 16) {
        guard lines > 0 else { return }
        precondition(count < Self.capacity, "too many runs to prefetch")
        runs[count] = Run(first: first, lines: lines, stride: stride)
        count += 1
        self.lines += lines
    }

    /// The lines for some steps of a loop: up to two for each.
    ///
    /// At the end of a run a few lines beyond it may be asked for, which does no harm.
    @inline(__always)
    mutating func take(steps taken: Int) -> Steps {
        due &+= lines &* taken
        // `due` counts lines in parts of a step.
        let threshold = steps &* taken
        let (near, nearStride) = due >= threshold ? next(taken) : (idle, 0)
        let (far, farStride) = due >= threshold ? next(taken) : (idle, 0)
        return Steps(near: near, nearStride: nearStride, far: far, farStride: farStride)
    }

    @inline(__always)
    private mutating func next(_ taken: Int) -> (UnsafePointer<Float>, Int) {
        due &-= steps &* taken
        guard current < count, let run = runs[current] else { return (idle, 0) }
        let start = run.first + position &* run.stride
        position &+= taken
        if position >= run.lines {
            current &+= 1
            position = 0
        }
        return (start, run.stride)
    }

    /// Asks at once for the lines that are due after some steps.
    mutating func ask(steps taken: Int) {
        due &+= lines &* taken
        while due >= steps {
            curate_prefetch_later(next(1).0)
        }
    }

    /// The lines of one loop.
    struct Steps {
        fileprivate var near: UnsafePointer<Float>
        fileprivate let nearStride: Int
        fileprivate var far: UnsafePointer<Float>
        fileprivate let farStride: Int

        /// Asks for the lines of one step.
        @inline(__always)
        mutating func ask() {
            curate_prefetch_later(near)
            curate_prefetch_later(far)
            near += nearStride
            far += farStride
        }
    }
}
