import CVector

/// A walk over memory that is needed later, a few cache lines at a time while the core multiplies.
struct PrefetchWalk {
    /// The next offset, in floats.
    private var offset: Int
    private let end: Int
    private let step: Int

    /// Makes a walk over some floats.
    ///
    /// - Parameters:
    ///   - range: which.
    ///   - steps: the number of calls of `advance` that reach the end.
    init(_ range: Range<Int>, steps: Int) {
        offset = range.lowerBound
        end = range.upperBound
        step = (range.count / max(1, steps) + 31) / 16 * 16
    }

    /// Calls `body` with the offset of each cache line of one step.
    @inline(__always)
    mutating func advance(_ body: (_ offset: Int) -> Void) {
        let stop = min(end, offset &+ step)
        while offset < stop {
            body(offset)
            offset &+= 16
        }
    }
}
