/// The forward pass of a reference network and the tape to run it backward.
///
/// Each layer, as it runs, records the closure that turns the gradient of its output into the gradient of its input
/// and files the gradients of its tensors under their names.
package struct ReferencePass {
    package typealias Gradients = [String: [Double]]
    typealias Backward = (_ outputGradient: ReferenceTensor, _ gradients: inout Gradients) -> ReferenceTensor

    /// Batch size by classes.
    package private(set) var logits: ReferenceTensor
    /// Running means and variances after the pass, by name; the ones passed in, in evaluation mode.
    package private(set) var runningStatistics: [String: [Double]] = [:]
    /// The convolutions' weights as they were reordered, by layer name, for further passes with the same weights.
    private(set) var taps: [String: ReferenceConvolution.Taps]
    private let weights: [String: [Double]]
    private let training: Bool
    private var tape: [Backward] = []

    init(
        _ network: ReferenceNetwork, images: ReferenceTensor, weights: [String: [Double]], training: Bool,
        taps: [String: ReferenceConvolution.Taps] = [:]
    ) {
        let shape = images.shape
        precondition(
            shape.height == network.height && shape.width == network.width && shape.channels == network.channels,
            "images of \(shape) for \(network.name) built for another shape")
        for tensor in network.tensors {
            precondition(
                weights[tensor.name]?.count == tensor.count, "\(tensor.name) should have \(tensor.count) values")
        }
        self.weights = weights
        self.taps = taps
        self.training = training
        logits = images
        logits = run(network.layers, on: images)
    }

    /// The gradients of every trained tensor, summed over the batch, and of the images.
    package func backward(_ logitGradient: ReferenceTensor) -> (tensors: Gradients, images: ReferenceTensor) {
        var gradients: Gradients = [:]
        let images = Self.backward(tape[...], logitGradient, &gradients)
        return (gradients, images)
    }

    private static func backward(
        _ tape: ArraySlice<Backward>, _ outputGradient: ReferenceTensor, _ gradients: inout Gradients
    ) -> ReferenceTensor {
        var gradient = outputGradient
        for step in tape.reversed() { gradient = step(gradient, &gradients) }
        return gradient
    }

    private mutating func run(_ layers: [ReferenceLayer], on input: ReferenceTensor) -> ReferenceTensor {
        var value = input
        for layer in layers { value = run(layer, on: value) }
        return value
    }

    private mutating func run(_ layer: ReferenceLayer, on input: ReferenceTensor) -> ReferenceTensor {
        let shape = input.shape
        switch layer {
        case .convolution(let name, let convolution):
            let taps = taps[name] ?? convolution.taps(tensor("\(name).weight"))
            self.taps[name] = taps
            tape.append { gradient, gradients in
                gradients["\(name).weight"] = convolution.weightGradient(input: input, outputGradient: gradient)
                return convolution.inputGradient(gradient, taps: taps, inputShape: shape)
            }
            return convolution.forward(input, taps: taps)
        case .batchNorm(let name, let channels):
            precondition(channels == shape.channels, "\(name) takes \(channels) channels, not \(shape.channels)")
            return runBatchNorm(name, on: input)
        case .relu:
            let output = ReferenceActivation.relu(input)
            tape.append { gradient, _ in ReferenceActivation.reluBackward(gradient, output: output) }
            return output
        case .maxPool:
            let (output, winners) = ReferenceMaxPool.forward(input)
            tape.append { gradient, _ in ReferenceMaxPool.backward(gradient, winners: winners, inputShape: shape) }
            return output
        case .averagePool:
            tape.append { gradient, _ in ReferenceAveragePool.backward(gradient, inputShape: shape) }
            return ReferenceAveragePool.forward(input)
        case .flatten:
            tape.append { gradient, _ in ReferenceTensor(shape, gradient.values) }
            return input.flattened()
        case .linear(let name, _, _):
            let weight = tensor("\(name).weight")
            tape.append { gradient, gradients in
                let result = ReferenceLinear.backward(gradient, input: input, weight: weight)
                gradients["\(name).weight"] = result.weight
                gradients["\(name).bias"] = result.bias
                return result.input
            }
            return ReferenceLinear.forward(input, weight: weight, bias: tensor("\(name).bias"))
        case .optionAShortcut(let outputChannels):
            tape.append { gradient, _ in ReferenceShortcut.backward(gradient, inputShape: shape) }
            return ReferenceShortcut.forward(input, outputChannels: outputChannels)
        case .residual(let path, let shortcut):
            return runResidual(path, shortcut: shortcut, on: input)
        }
    }

    private mutating func runBatchNorm(_ name: String, on input: ReferenceTensor) -> ReferenceTensor {
        let forward = training ? ReferenceBatchNorm.trainingForward : ReferenceBatchNorm.evaluationForward
        let weight = tensor("\(name).weight")
        let pass = forward(
            input, weight, tensor("\(name).bias"), tensor("\(name).running_mean"), tensor("\(name).running_var"))
        runningStatistics["\(name).running_mean"] = pass.runningMean
        runningStatistics["\(name).running_var"] = pass.runningVariance
        tape.append { gradient, gradients in
            let result = ReferenceBatchNorm.backward(gradient, pass: pass, weight: weight)
            gradients["\(name).weight"] = result.weight
            gradients["\(name).bias"] = result.bias
            return result.input
        }
        return pass.output
    }

    /// Runs both paths, and folds what they recorded into one step that adds their input gradients.
    private mutating func runResidual(
        _ path: [ReferenceLayer], shortcut: [ReferenceLayer], on input: ReferenceTensor
    ) -> ReferenceTensor {
        let start = tape.count
        let main = run(path, on: input)
        let middle = tape.count
        let side = run(shortcut, on: input)
        let mainTape = tape[start..<middle]
        let sideTape = tape[middle...]
        tape.removeSubrange(start...)
        tape.append { gradient, gradients in
            let first = Self.backward(mainTape, gradient, &gradients)
            return ReferenceActivation.sum(first, Self.backward(sideTape, gradient, &gradients))
        }
        return ReferenceActivation.sum(main, side)
    }

    private func tensor(_ name: String) -> [Double] {
        guard let values = weights[name] else { preconditionFailure("no tensor is called \(name)") }
        return values
    }
}
