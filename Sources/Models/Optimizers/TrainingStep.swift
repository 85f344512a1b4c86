/// One step of training: what is minimised, and how the weights follow its gradient.
package struct TrainingStep: Sendable, Equatable {
    /// What is minimised.
    package let objective: Objective
    /// The update rule.
    package let optimizer: SGD

    /// Makes a step.
    package init(objective: Objective = Objective(), optimizer: SGD) {
        self.objective = objective
        self.optimizer = optimizer
    }

    /// Updates a network's weights by the gradient of one batch, in training mode.
    ///
    /// - Parameters:
    ///   - network: the network; its running statistics move.
    ///   - batch: the examples.
    ///   - learningRate: the rate of this step.
    ///   - observer: sees the logits before the update.
    /// - Precondition: the batch has adaptive weights when the objective's risk is another than the mean.
    /// - Returns: the loss and logits before the update.
    package func update(
        _ network: Network, on batch: TrainingBatch, learningRate: Float,
        observing observer: RowObserver = { _, _ in }
    ) -> Network.BatchResult {
        precondition((objective.risk == .mean) == (batch.adaptive == nil), "\(objective.risk) has weights of its own")
        let result = network.lossAndGradient(batch, objective: objective, observing: observer)
        network.pool.measure(.optimizer) {
            optimizer.step(network.arena, learningRate: learningRate, pool: network.pool)
        }
        network.weightsDidChange()
        return result
    }
}
