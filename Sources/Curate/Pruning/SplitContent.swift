/// What the files of a split are written from: every candidate, what happened to it, and where that comes from.
package protocol SplitContent {
    /// What was chosen from.
    var candidates: ExampleTable { get }
    /// What happened to each position.
    var reasons: [SplitReason] { get }
    /// The candidates by hardness; nil when nothing was ranked.
    var ranking: HardnessRanking? { get }
    /// The rank of each position, 1 for the hardest; nil when nothing was ranked.
    var ranks: [Int32]? { get }
    /// Where the split comes from.
    var manifest: SplitManifest { get }
    /// The weight of a position; 0 when it was not kept.
    func weight(at position: Int) -> Float
    /// The stratum of a position; empty when there are none.
    func stratum(at position: Int) -> String
}

extension SplitContent {
    /// The positions that were kept, in the order of the candidates.
    package var keptPositions: [Int32] {
        reasons.indices.filter { reasons[$0].isKept }.map { Int32(truncatingIfNeeded: $0) }
    }

    /// The split: what was kept, in the order of the candidates.
    package var split: Split {
        let kept = keptPositions
        return Split(
            indices: kept.map { candidates.indices[Int($0)] }, weights: kept.map { weight(at: Int($0)) },
            manifest: manifest)
    }
}

extension PruningSelection: SplitContent {
    package var manifest: SplitManifest { SplitManifest(of: self) }
}
