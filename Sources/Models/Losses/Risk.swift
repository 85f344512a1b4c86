/// Which examples of a batch what is minimised looks at: all alike, or those that do badly.
///
/// All but the mean have weights that come of the losses, `AdaptiveWeights`; no gradient goes through these.
package enum Risk: Sendable, Equatable {
    /// Every example counts alike, but for the weights it has from outside: empirical risk minimisation.
    case mean
    /// Groups count by how badly they did so far, Group DRO: see `WorstGroupWeights`.
    ///
    /// - Parameters:
    ///   - step: how fast the shares of the groups move, above 0.
    ///   - adjustment: what is added to the loss of a group, over the square root of its size, at least 0.
    case worstGroup(step: Double, adjustment: Double)
    /// The given share of the examples of a batch, those of the largest losses, CVaR DRO: see `TailWeights`.
    ///
    /// - Parameter share: in (0, 1]; 1 is the mean.
    case tail(share: Double)
    /// The examples at which a second, biased network fails, learning from failure: see `FailureWeights`.
    case failures

    /// The step of Group DRO unless somebody says otherwise, that of its authors.
    package static let usualGroupStep = 0.01
    /// The share of a batch that CVaR DRO looks at unless somebody says otherwise.
    package static let usualTail = 0.2
}
