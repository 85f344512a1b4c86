/// A network in Float64 written for clarity, against which the engine is tested.
///
/// It holds no weights: they are passed in as a dictionary from PyTorch state-dict names to values in PyTorch's
/// layouts. `num_batches_tracked`, which no result depends on, is left out. Networks that take vectors read an image
/// in NHWC order.
package struct ReferenceNetwork: Sendable {
    /// What a tensor is for.
    package enum Role: Sendable {
        case convolutionWeight
        case linearWeight
        case linearBias
        case normWeight
        case normBias
        case runningMean
        case runningVariance
    }

    /// One entry of the state dict.
    package struct Tensor: Sendable, Equatable {
        package let name: String
        package let shape: [Int]
        package let role: Role

        /// Whether gradients reach it; running statistics are not trained.
        package var isTrained: Bool { role != .runningMean && role != .runningVariance }

        /// The number of values.
        package var count: Int { shape.reduce(1, *) }
    }

    package let name: String
    package let height: Int
    package let width: Int
    package let channels: Int
    package let classes: Int
    package let layers: [ReferenceLayer]
    /// The state dict's entries in PyTorch's order.
    package let tensors: [Tensor]

    /// Builds a named network; `baseWidth` narrows a ResNet so that tests of its structure are quick.
    package init(
        _ name: String, height: Int = 1, width: Int = 1, channels: Int, classes: Int, baseWidth: Int? = nil
    ) {
        self.name = name
        self.height = height
        self.width = width
        self.channels = channels
        self.classes = classes
        layers = ReferenceArchitecture.layers(
            name, height: height, width: width, channels: channels, classes: classes, baseWidth: baseWidth)
        tensors = layers.flatMap(Self.tensors)
    }

    /// The number of trained values.
    package var parameterCount: Int {
        tensors.filter(\.isTrained).reduce(0) { $0 + $1.count }
    }

    /// Weights, shifts, scales and running statistics that put every term of the computation to use.
    ///
    /// All are exact in Float. Convolutions have standard deviation 1/sqrt(fan-in), less than He's, so that sums over
    /// residual blocks keep logits moderate even in evaluation mode, where nothing is renormalised.
    package func randomWeights(seed: UInt64) -> [String: [Double]] {
        var weights: [String: [Double]] = [:]
        for (index, tensor) in tensors.enumerated() {
            let bound = (3 / Double(tensor.shape.dropFirst().reduce(1, *))).squareRoot()
            let range: Range<Double>
            switch tensor.role {
            case .convolutionWeight, .linearWeight: range = -bound..<bound
            case .linearBias, .normBias, .runningMean: range = -0.2..<0.2
            case .normWeight, .runningVariance: range = 0.5..<1.5
            }
            weights[tensor.name] = referenceDraws(tensor.count, in: range, seed: seed, index: index)
        }
        return weights
    }

    /// A batch of images of this network's shape, drawn from -1..<1 and exact in Float.
    package func randomImages(_ count: Int, seed: UInt64) -> ReferenceTensor {
        ReferenceTensor.random(count: count, height: height, width: width, channels: channels, seed: seed)
    }

    private static func tensors(of layer: ReferenceLayer) -> [Tensor] {
        switch layer {
        case .convolution(let name, let convolution):
            [Tensor(name: "\(name).weight", shape: convolution.weightShape, role: .convolutionWeight)]
        case .batchNorm(let name, let channels):
            [
                Tensor(name: "\(name).weight", shape: [channels], role: .normWeight),
                Tensor(name: "\(name).bias", shape: [channels], role: .normBias),
                Tensor(name: "\(name).running_mean", shape: [channels], role: .runningMean),
                Tensor(name: "\(name).running_var", shape: [channels], role: .runningVariance),
            ]
        case .linear(let name, let inputs, let outputs):
            [
                Tensor(name: "\(name).weight", shape: [outputs, inputs], role: .linearWeight),
                Tensor(name: "\(name).bias", shape: [outputs], role: .linearBias),
            ]
        case .residual(let path, let shortcut):
            (path + shortcut).flatMap(tensors)
        case .relu, .maxPool, .averagePool, .flatten, .optionAShortcut:
            []
        }
    }
}
