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
        var times: [Double] = []
        let start = Self.now()
        while times.count < repetitions || Self.now() - start < seconds {
            let begin = Self.now()
            body(times.count)
            times.append(Self.now() - begin)
        }
        self.seconds = times.sorted()
    }

    /// Seconds of the monotonic clock.
    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
