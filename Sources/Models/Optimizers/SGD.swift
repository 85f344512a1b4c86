/// Stochastic gradient descent with momentum, Nesterov momentum and weight decay, in PyTorch's form.
///
/// Sutskever, Martens, Dahl and Hinton, ICML 2013, as `torch.optim.SGD` computes it: g = ∇ + decay · w;
/// v = momentum · v + g; w -= rate · (g + momentum · v) with Nesterov, rate · v without. The decay applies to every
/// parameter, batch-norm scales and biases included.
public struct SGD: Sendable, Equatable {
    /// The share of the velocity kept from step to step, in [0, 1).
    public let momentum: Float
    /// Whether the gradient is taken ahead of the velocity.
    public let isNesterov: Bool
    /// The L2 penalty's factor, at least 0.
    public let weightDecay: Float

    /// Makes an optimiser.
    public init(momentum: Float, isNesterov: Bool, weightDecay: Float) {
        self.momentum = momentum
        self.isNesterov = isNesterov
        self.weightDecay = weightDecay
    }

    /// Vectors of sixteen weights that one task updates.
    private static let block = 1_024

    /// Updates all weights from the arena's gradients.
    package func step(_ arena: ParameterArena, learningRate: Float, pool: WorkerPool) {
        let vectors = arena.values.count / 16
        let weights = arena.values.vectors
        let gradients = arena.gradients.vectors
        let velocities = arena.momentum.vectors
        let decay = Float16Lanes.all(weightDecay)
        let kept = Float16Lanes.all(momentum)
        let rate = Float16Lanes.all(-learningRate)
        pool.run((vectors + Self.block - 1) / Self.block) { task, _ in
            for index in task * Self.block..<min(vectors, (task + 1) * Self.block) {
                let gradient = gradients[index].addingProduct(decay, weights[index])
                let velocity = gradient.addingProduct(kept, velocities[index])
                velocities[index] = velocity
                let direction = isNesterov ? gradient.addingProduct(kept, velocity) : velocity
                weights[index].addProduct(rate, direction)
            }
        }
    }
}
