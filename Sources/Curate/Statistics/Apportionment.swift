/// The division of a total over cells in whole examples: exact totals, and no cell loses when the total grows.
///
/// The exact claims are those of water-filling: cell i gets x_i(h) = min(capacity_i, lambda w_i), with lambda such
/// that the claims add up to the total h. What a full cell cannot take the others share in proportion to their
/// weights. Cells of weight 0 come when all others are full, then in proportion to their capacities.
///
/// Whole numbers: every cell gets its claim rounded up or down, and the total is exact, as with largest remainders.
/// Largest remainders themselves are not used, because a cell may lose an example when the total grows (the Alabama
/// paradox), and then kept sets could not be nested. Instead examples are given out one by one: the j-th of a cell may
/// come when the claim first exceeds j - 1 and must have come when it reaches j, and among those that may come the most
/// urgent comes: earliest deadline first. A schedule that meets all deadlines exists, because the roundings sought are
/// those of a table with two nested families of sums, and earliest deadline first finds it. Ties go to the first cell.
///
/// For claims in proportion to fixed weights both halves are known. Divisions that round every claim up or down and never
/// take back: M. L. Balinski and H. P. Young, "The quota method of apportionment", American Mathematical Monthly 82, 1975;
/// their method chooses the next by another rule, so its counts may differ from these. Sequences in which no count is
/// ever more than one from its claim: G. Steiner and S. Yeomans, "Level schedules for mixed-model, just-in-time
/// processes", Management Science 39, 1993.
package enum Apportionment {
    /// How many each cell gets.
    ///
    /// - Parameters:
    ///   - total: what is divided.
    ///   - capacities: the most each cell can take.
    ///   - weights: the claim of each cell, 0 or more.
    /// - Returns: counts that add up to the total.
    /// - Precondition: the capacities add up to the total at least.
    package static func counts(total: Int, capacities: [Int], weights: [Double]) -> [Int] {
        precondition(capacities.count == weights.count && weights.allSatisfy { $0 >= 0 && $0.isFinite })
        precondition(total >= 0 && total <= capacities.reduce(0, +), "more than the cells hold")
        let urgent = capacities.indices.filter { weights[$0] > 0 && capacities[$0] > 0 }
        let urgentCapacity = urgent.reduce(0) { $0 + capacities[$1] }
        var counts = [Int](repeating: 0, count: capacities.count)
        fill(&counts, urgent, total: min(total, urgentCapacity), capacities, weights)
        if total > urgentCapacity {
            let others = capacities.indices.filter { weights[$0] == 0 && capacities[$0] > 0 }
            fill(&counts, others, total: total - urgentCapacity, capacities, capacities.map { Double($0) })
        }
        return counts
    }

    private static func fill(
        _ counts: inout [Int], _ cells: [Int], total: Int, _ capacities: [Int], _ weights: [Double]
    ) {
        let capacity = cells.reduce(0) { $0 + capacities[$1] }
        if total == capacity {
            for cell in cells { counts[cell] = capacities[cell] }
            return
        }
        var claims = Claims(capacities: cells.map { capacities[$0] }, weights: cells.map { weights[$0] })
        var waiting = MinimumHeap()
        var ready = MinimumHeap()
        for place in cells.indices { ready.insert(claims.deadline(of: place), place) }
        for turn in 1..<(total + 1) {
            while let first = waiting.first, first.key <= turn {
                waiting.removeFirst()
                ready.insert(claims.deadline(of: first.place), first.place)
            }
            // Rounding of the claims may leave a turn without a cell that may come; then the next to may.
            guard let next = ready.first ?? waiting.first else { preconditionFailure("the cells are full") }
            if ready.first != nil { ready.removeFirst() } else { waiting.removeFirst() }
            counts[cells[next.place]] += 1
            if let release = claims.advance(next.place) {
                if release <= turn + 1 {
                    ready.insert(claims.deadline(of: next.place), next.place)
                } else {
                    waiting.insert(release, next.place)
                }
            }
        }
    }
}

/// The totals at which the claim of each cell reaches whole numbers.
private struct Claims {
    private let capacities: [Int]
    private let weights: [Double]
    /// The levels at which cells are full, ascending.
    private let levels: [Double]
    /// Capacities of the first cells in that order, added up.
    private let fullCapacity: [Double]
    /// Weights of the cells after the first ones, added up.
    private let openWeight: [Double]
    /// The total at which each cell's next whole claim is reached.
    private var due: [Double]
    private var taken: [Int]
    private var segments: [Int]

    init(capacities: [Int], weights: [Double]) {
        self.capacities = capacities
        self.weights = weights
        let order = capacities.indices.sorted {
            Double(capacities[$0]) / weights[$0] < Double(capacities[$1]) / weights[$1]
        }
        levels = order.map { Double(capacities[$0]) / weights[$0] }
        var full = [0.0]
        for cell in order { full.append((full.last ?? 0) + Double(capacities[cell])) }
        var open = [0.0]
        for cell in order.reversed() { open.append((open.last ?? 0) + weights[cell]) }
        fullCapacity = full
        openWeight = open.reversed()
        taken = [Int](repeating: 0, count: capacities.count)
        segments = taken
        due = [Double](repeating: 0, count: capacities.count)
        for place in capacities.indices { due[place] = total(whenCell: place, has: 1) }
    }

    /// The total at which the claim of a cell is `count`.
    private mutating func total(whenCell place: Int, has count: Int) -> Double {
        let level = Double(count) / weights[place]
        while segments[place] < levels.count && levels[segments[place]] < level { segments[place] += 1 }
        let segment = segments[place]
        return fullCapacity[segment] + level * openWeight[segment]
    }

    /// The turn by which the cell must have its next example.
    func deadline(of place: Int) -> Int { Int((due[place] - Self.slack(due[place])).rounded(.up)) }

    /// Takes one example and returns the turn from which the cell may have another; nothing when it is full.
    mutating func advance(_ place: Int) -> Int? {
        taken[place] += 1
        let release = Int((due[place] + Self.slack(due[place])).rounded(.down)) + 1
        guard taken[place] < capacities[place] else { return nil }
        due[place] = total(whenCell: place, has: taken[place] + 1)
        return release
    }

    /// What a total may be off by from the rounding of a few operations.
    private static func slack(_ total: Double) -> Double { 1e-12 * (total + 1) }
}

/// The smallest of some numbered places by key, the smaller place among equals.
private struct MinimumHeap {
    private var entries: [UInt64] = []
    private static let placeBits: UInt64 = 24

    var first: (key: Int, place: Int)? {
        entries.first.map { (Int($0 >> Self.placeBits), Int($0 & (1 << Self.placeBits - 1))) }
    }

    mutating func insert(_ key: Int, _ place: Int) {
        precondition(key >= 0 && place < 1 << Self.placeBits, "too many cells")
        entries.append(UInt64(key) << Self.placeBits | UInt64(place))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child] < entries[parent] else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeFirst() {
        guard let last = entries.popLast(), !entries.isEmpty else { return }
        entries[0] = last
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < entries.count else { return }
            if child + 1 < entries.count && entries[child + 1] < entries[child] { child += 1 }
            guard entries[child] < entries[parent] else { return }
            entries.swapAt(child, parent)
            parent = child
        }
    }
}
