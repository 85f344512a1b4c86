/// Coverage-centric selection: Haizhong Zheng, Rui Liu, Fan Lai, Atul Prakash, "Coverage-centric Coreset Selection for
/// High Pruning Rates", ICLR 2023, algorithm 1.
///
/// The hardest share beta is passed over. The rest is cut into strata of equal width of score. Budgets are given from
/// the smallest stratum to the largest; each gets min(size, what is left / strata left), rounded down. Inside a stratum
/// the choice is random.
///
/// Raising the total by one raises exactly one budget by one: either the smallest stratum's or, by induction, one of
/// the others'. So the budgets are prefixes of one order of seats, and the selection of any size is a prefix of one
/// order of examples: the j-th of every stratum comes before the (j+1)-th of any, and among the j-th ones the largest
/// stratum's first. That order is what is made here.
///
/// Deviations: the reference widens the range to 1.0001 times the maximum, which shortens it when scores are negative
/// (its AUM); here the last stratum includes the maximum. Strata of equal size are visited easiest first; in the
/// reference this depends on the sort.
struct CoverageOrder {
    /// The positions that may be kept, in the order in which they are.
    let order: [Int32]
    /// For each place of `order`, the stratum, 0 for the easiest.
    let strata: [Int32]

    /// - Parameters:
    ///   - members: the positions that may be kept, in random order.
    ///   - strataCount: how many strata of equal width there are.
    ///   - ranking: the scores.
    init(members: [Int32], strataCount: Int, ranking: HardnessRanking) {
        // Read once: the members are in random order, and each read of a large score misses the cache.
        let values = members.map { ranking.hardness(at: Int($0)) }
        var low = Float.infinity
        var high = -Float.infinity
        for value in values {
            low = min(low, value)
            high = max(high, value)
        }
        let width = Double(high) - Double(low)
        var rows = [[Int32]](repeating: [], count: strataCount)
        for (position, value) in zip(members, values) {
            let offset = Double(value) - Double(low)
            let stratum = width > 0 ? min(strataCount - 1, Int(offset / width * Double(strataCount))) : 0
            rows[stratum].append(position)
        }
        // Largest first; among equals the one the reference's loop comes to later.
        let visited = rows.indices.sorted {
            rows[$0].count != rows[$1].count ? rows[$0].count > rows[$1].count : $0 > $1
        }
        var order: [Int32] = []
        var strata: [Int32] = []
        order.reserveCapacity(members.count)
        strata.reserveCapacity(members.count)
        for round in 0..<(visited.first.map { rows[$0].count } ?? 0) {
            for stratum in visited {
                guard rows[stratum].count > round else { break }
                order.append(rows[stratum][round])
                strata.append(Int32(truncatingIfNeeded: stratum))
            }
        }
        self.order = order
        self.strata = strata
    }
}
