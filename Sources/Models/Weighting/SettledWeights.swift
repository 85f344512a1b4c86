/// Weights of a batch as somebody else makes them, kept for a second pass over the same batch.
///
/// What makes weights carries something from batch to batch (the shares of Group DRO, the averages of learning from
/// failure) and must be asked once for each.
final class SettledWeights: AdaptiveWeights {
    private let adaptive: any AdaptiveWeights
    /// [count], of the batch that was weighed last; nil before the first.
    private(set) var weights: UnsafePointer<Float>?

    /// Passes on what `adaptive` says.
    init(_ adaptive: any AdaptiveWeights) { self.adaptive = adaptive }

    func weigh(
        _ losses: UnsafePointer<Double>, given: UnsafePointer<Float>?, count: Int
    ) -> UnsafePointer<Float> {
        let found = adaptive.weigh(losses, given: given, count: count)
        weights = found
        return found
    }
}
