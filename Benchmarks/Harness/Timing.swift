import Glibc

/// The seconds that repetitions of one piece of work took.
struct Timing {
    /// Ascending.
    let seconds: [Double]

    var count: Int { seconds.count }
    var fastest: Double { seconds[0] }
    var slowest: Double { seconds[count - 1] }
    /// The mean of the middle two when the count is even.
    var median: Double { (seconds[(count - 1) / 2] + seconds[count / 2]) / 2 }
    var total: Double { seconds.reduce(0, +) }

    /// Repeats some work until it has taken long enough.
    ///
    /// - Parameters:
    ///   - seconds: the least time to spend.
    ///   - repetitions: the least number of repetitions.
    ///   - body: the work; gets the number of the repetition.
    init(atLeast seconds: Double, repetitions: Int, _ body: (_ repetition: Int) -> Void) {
        self = Self.inTurn(1, atLeast: seconds, repetitions: repetitions) { _, repetition in body(repetition) }[0]
    }

    private init(_ times: [Double]) { seconds = times.sorted() }

    /// Repeats several pieces of work in turn, so that what disturbs the machine disturbs all.
    ///
    /// - Parameters:
    ///   - count: the pieces of work.
    ///   - seconds: the least time to spend on all of them.
    ///   - repetitions: the least number of repetitions of each.
    ///   - body: the work; gets its number and that of the repetition.
    static func inTurn(
        _ count: Int, atLeast seconds: Double, repetitions: Int, _ body: (_ work: Int, _ repetition: Int) -> Void
    ) -> [Timing] {
        var times = [[Double]](repeating: [], count: count)
        let start = now()
        while times[0].count < repetitions || now() - start < seconds {
            for work in 0..<count {
                let begin = now()
                body(work, times[work].count)
                times[work].append(now() - begin)
            }
        }
        return times.map { Timing($0) }
    }

    /// Seconds of the monotonic clock.
    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
