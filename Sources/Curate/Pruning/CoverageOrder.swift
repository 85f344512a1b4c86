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
/// stratum's first. `budgets` is enough to select; `order` is for floors, which look into it.
///
/// Deviations: the reference widens the range to 1.0001 times the maximum, which shortens it when scores are negative
/// (its AUM); here the last stratum includes the maximum. Strata of equal size are visited easiest first; in the
/// reference this depends on the sort.
enum CoverageOrder {
    /// The stratum of each position that may be kept, cell by cell: `strataCount` times the cell plus 0 for the cell's
    /// easiest stratum; -1 for the others.
    ///
    /// - Parameters:
    ///   - strataCount: how many strata of equal width each cell has.
    ///   - cells: the cell of each position; empty when there is one cell.
    ///   - ranking: the scores.
    ///   - reasons: which positions may be kept: those that are `.notSelected`.
    static func strata(
        _ strataCount: Int, of cells: [Int32], cellCount: Int, ranking: HardnessRanking, among reasons: [SplitReason]
    ) -> [Int32] {
        var low = [Float](repeating: .infinity, count: cellCount)
        var high = [Float](repeating: -.infinity, count: cellCount)
        for position in reasons.indices where reasons[position] == .notSelected {
            let cell = cells.isEmpty ? 0 : Int(cells[position])
            let value = ranking.hardness(at: position)
            low[cell] = min(low[cell], value)
            high[cell] = max(high[cell], value)
        }
        return [Int32](unsafeUninitializedCapacity: reasons.count) { buffer, initializedCount in
            for position in reasons.indices {
                guard reasons[position] == .notSelected else {
                    buffer[position] = -1
                    continue
                }
                let cell = cells.isEmpty ? 0 : Int(cells[position])
                let offset = Double(ranking.hardness(at: position)) - Double(low[cell])
                let width = Double(high[cell]) - Double(low[cell])
                let stratum = width > 0 ? min(strataCount - 1, Int(offset / width * Double(strataCount))) : 0
                buffer[position] = Int32(truncatingIfNeeded: cell * strataCount + stratum)
            }
            initializedCount = reasons.count
        }
    }

    /// How many of each stratum are kept.
    ///
    /// - Parameter sizes: how many of each stratum may be kept, easiest stratum first; they add up to `total` at least.
    static func budgets(total: Int, sizes: [Int]) -> [Int] {
        var budgets = [Int](repeating: 0, count: sizes.count)
        var left = total
        for (visited, stratum) in visits(of: sizes).enumerated() {
            budgets[stratum] = min(sizes[stratum], left / (sizes.count - visited))
            left -= budgets[stratum]
        }
        return budgets
    }

    /// The strata, smallest first, among equals the easiest.
    private static func visits(of sizes: [Int]) -> [Int] {
        sizes.indices.sorted { sizes[$0] != sizes[$1] ? sizes[$0] < sizes[$1] : $0 < $1 }
    }

    /// The positions of one cell in the order in which its kept set grows.
    ///
    /// - Parameters:
    ///   - members: the positions that may be kept, in random order.
    ///   - strata: the stratum of each position.
    static func order(of members: [Int32], strata: [Int32], strataCount: Int) -> [Int32] {
        var rows = [[Int32]](repeating: [], count: strataCount)
        for position in members { rows[Int(strata[Int(position)])].append(position) }
        // The last to be visited has the first seat of each round.
        let seats = visits(of: rows.map(\.count)).reversed()
        var order: [Int32] = []
        order.reserveCapacity(members.count)
        for round in 0..<(rows.map(\.count).max() ?? 0) {
            for stratum in seats {
                guard rows[stratum].count > round else { break }
                order.append(rows[stratum][round])
            }
        }
        return order
    }
}
