import Models

/// Outcomes of examples whose probabilities of being right are known, for the coverage of intervals.
package struct SimulatedOutcomes: Sendable {
    /// The probability of the first side to get each example right.
    package let first: [Double]
    /// That of the second side.
    package let second: [Double]
    /// For each set the examples it has.
    package let members: [[Int]]
    /// How much the two sides have in common: with this probability both get or miss an example by the same draw.
    package var shared = 0.6

    /// Disjoint sets, each with its size and the probabilities of its examples.
    package init(sizes: [Int], first: [Double], second: [Double]) {
        var next = 0
        members = sizes.map { size in
            defer { next += size }
            return Array(next..<(next + size))
        }
        self.first = zip(sizes, first).flatMap { [Double](repeating: $1, count: $0) }
        self.second = zip(sizes, second).flatMap { [Double](repeating: $1, count: $0) }
    }

    /// Sixteen sets that overlap, of 30 to 1,900 of 2,000 examples, with shares between 0.6 and 0.99.
    ///
    /// Membership is independent from set to set; examples of later sets are easier, those of none are the easiest.
    package init(overlappingWithSeed seed: UInt64) {
        let count = 2000
        let sizes = [30, 30, 40, 50, 60, 80, 100, 133, 133, 200, 300, 500, 800, 1000, 1500, 1900]
        var random = KeyedRandom(seed: seed, stream: .test, epoch: 1)
        members = sizes.map { size in
            var left = size
            return (0..<count).filter { example in
                // Exactly `size` of them, each subset as likely as any other.
                let isMember = random.below(count - example) < left
                if isMember { left -= 1 }
                return isMember
            }
        }
        var probabilities = [Double](repeating: 0.995, count: count)
        for (number, set) in members.enumerated() where number < 9 {
            for example in set { probabilities[example] = min(probabilities[example], 0.6 + 0.048 * Double(number)) }
        }
        first = probabilities
        second = probabilities.map { min(0.99, $0 + 0.03) }
    }

    /// Sixteen sets, each of about half of the examples.
    package init(halvesOf count: Int) {
        var random = KeyedRandom(seed: 4, stream: .test, epoch: 2)
        let bits = (0..<count).map { _ in random.next() }
        members = (0..<16).map { set in (0..<count).filter { bits[$0] >> UInt64(set) & 1 == 1 } }
        first = [Double](repeating: 0.9, count: count)
        second = [Double](repeating: 0.87, count: count)
    }

    /// Whether each example is in each set, 1 or 0.
    package var memberships: [[Int32]] {
        members.map { set in
            var values = [Int32](repeating: 0, count: first.count)
            for example in set { values[example] = 1 }
            return values
        }
    }

    /// The true share of each set, of the first side and of the second.
    package var truths: (first: [Double], second: [Double]) {
        func means(_ values: [Double]) -> [Double] {
            members.map { set in set.reduce(0) { $0 + values[$1] } / Double(set.count) }
        }
        return (means(first), means(second))
    }

    /// Draws outcomes: what each side gets right, 1 or 0.
    package func draw(_ number: Int) -> (first: [Int32], second: [Int32]) {
        var random = KeyedRandom(seed: 77, stream: .test, index: number)
        var (a, b) = (first.map { _ in Int32(0) }, second.map { _ in Int32(0) })
        for example in first.indices {
            let own = Double(random.uniform())
            let other = Double(random.uniform()) < shared ? own : Double(random.uniform())
            a[example] = own < first[example] ? 1 : 0
            b[example] = other < second[example] ? 1 : 0
        }
        return (a, b)
    }
}
