/// Sums over the intersections of all pairs of sets, in double precision.
///
/// Sums over cells are whole numbers; that over an intersection is the sum over the cells that both sets have. Of more
/// than `largestSetCount` sets only the sums over the sets themselves are kept.
struct IntersectionSums: Sendable {
    /// For more sets, whose pairs would take more memory than the examples, intersections count as empty.
    static let largestSetCount = 256

    /// The number of sums per intersection.
    private let channels: Int
    private let setCount: Int
    private let hasPairs: Bool
    private let sums: [Int64]

    /// Adds the cells of each pair.
    ///
    /// - Parameters:
    ///   - cells: the sets.
    ///   - cellSums: for each cell `channels` sums.
    ///   - channels: how many sums there are.
    init(of cells: MembershipCells, cellSums: [Int64], channels: Int) {
        precondition(cellSums.count == cells.cellCount * channels, "sums of each cell")
        self.channels = channels
        let setCount = cells.subsets.count
        self.setCount = setCount
        let hasPairs = setCount <= Self.largestSetCount
        self.hasPairs = hasPairs
        var sums = [Int64](repeating: 0, count: (hasPairs ? setCount * setCount : setCount) * channels)
        sums.withUnsafeMutableBufferPointer { sums in
            cellSums.withUnsafeBufferPointer { cellSums in
                for (cell, subsets) in cells.subsetsOfCell.enumerated() {
                    for (place, row) in subsets.enumerated() {
                        for column in hasPairs ? subsets[...place] : subsets[place...place] {
                            let start = (hasPairs ? row * setCount + column : row) * channels
                            for channel in 0..<channels { sums[start + channel] += cellSums[cell * channels + channel] }
                        }
                    }
                }
            }
        }
        self.sums = sums
    }

    /// A sum over the examples that are in both sets.
    subscript(a: Int, b: Int, channel: Int) -> Double {
        guard hasPairs else { return a == b ? Double(sums[a * channels + channel]) : 0 }
        return Double(sums[(max(a, b) * setCount + min(a, b)) * channels + channel])
    }
}
