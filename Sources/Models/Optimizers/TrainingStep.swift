/// One step of training: what is minimised, and how the weights follow its gradient.
package struct TrainingStep: Sendable, Equatable {
    /// What is minimised.
    package let objective: Objective
    /// The update rule.
    package let optimizer: SGD
    /// Where the gradient is taken; nil for at the weights themselves.
    package let sharpness: SharpnessAware?

    /// Makes a step.
    package init(objective: Objective = Objective(), optimizer: SGD, sharpness: SharpnessAware? = nil) {
        self.objective = objective
        self.optimizer = optimizer
        self.sharpness = sharpness
    }

    /// What a step saw.
    package struct Outcome: Sendable, Equatable {
        /// The objective's value at the weights before the update.
        package let loss: Double
        /// Its value at the weights that sharpness-aware minimisation looked at; nil when it looked nowhere else.
        package let perturbedLoss: Double?

        /// Whether both are numbers.
        package var isFinite: Bool { loss.isFinite && perturbedLoss?.isFinite != false }
    }

    /// Updates a network's weights by the gradient of one batch, in training mode.
    ///
    /// With a radius the batch is passed through a second time, at weights in the neighbourhood, and the update follows
    /// that gradient from the weights as they were, with their own decay. What is logged is of the first pass alone: loss
    /// and observer, and the running statistics move once. Adaptive weights are made of the first pass's losses and hold
    /// for the second as well, so that what they carry moves once; the climb and the update are of one weighted loss.
    /// Without a radius a step is that of the optimiser alone, to the bit.
    ///
    /// - Parameters:
    ///   - network: the network; its running statistics move.
    ///   - batch: the examples.
    ///   - learningRate: the rate of this step.
    ///   - radius: how far from the weights sharpness-aware minimisation looks in this step, at least 0.
    ///   - observer: sees the logits before the update.
    /// - Precondition: the batch has adaptive weights when the objective's risk is another than the mean, and only with
    ///   `sharpness` there is a radius.
    /// - Returns: the losses before the update.
    package func update(
        _ network: Network, on batch: TrainingBatch, learningRate: Float, radius: Double = 0,
        observing observer: RowObserver = { _, _ in }
    ) -> Outcome {
        precondition((objective.risk == .mean) == (batch.adaptive == nil), "\(objective.risk) has weights of its own")
        precondition(radius == 0 || (sharpness != nil && radius > 0), "a radius is of sharpness-aware minimisation")
        let outcome: Outcome
        if let sharpness, radius > 0 {
            outcome = climb(by: sharpness, radius: radius, network, batch, observing: observer)
        } else {
            let result = network.lossAndGradient(batch, objective: objective, observing: observer)
            outcome = Outcome(loss: result.loss, perturbedLoss: nil)
        }
        network.pool.measure(.optimizer) {
            optimizer.step(network.arena, learningRate: learningRate, pool: network.pool)
        }
        network.weightsDidChange()
        return outcome
    }

    /// Leaves the gradient of the perturbed weights in the arena, and the weights as they are.
    private func climb(
        by sharpness: SharpnessAware, radius: Double, _ network: Network, _ batch: TrainingBatch,
        observing observer: RowObserver
    ) -> Outcome {
        let settled = batch.adaptive.map { SettledWeights($0) }
        let first = network.lossAndGradient(
            batch.weighted(by: batch.weights, adaptedBy: settled), objective: objective, observing: observer)
        let again = batch.weighted(by: settled?.weights ?? batch.weights, adaptedBy: nil, isSecondPass: true)
        let perturbed = sharpness.climb(network.arena, radius: radius, pool: network.pool) {
            network.weightsDidChange()
            return network.lossAndGradient(again, objective: objective, mode: .perturbed).loss
        }
        return Outcome(loss: first.loss, perturbedLoss: perturbed)
    }
}
