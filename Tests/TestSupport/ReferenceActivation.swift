/// The rectifier and the residual addition.
package enum ReferenceActivation {
    /// The positive part of every value.
    package static func relu(_ input: ReferenceTensor) -> ReferenceTensor {
        ReferenceTensor(input.shape, input.values.map { max($0, 0) })
    }

    /// The gradient where the output is positive, 0 elsewhere (at exactly 0 too, as in PyTorch).
    package static func reluBackward(_ outputGradient: ReferenceTensor, output: ReferenceTensor) -> ReferenceTensor {
        ReferenceTensor(
            output.shape, zip(outputGradient.values, output.values).map { gradient, value in value > 0 ? gradient : 0 })
    }

    /// The sum of two tensors of one shape; its gradient is the output's gradient for both.
    package static func sum(_ first: ReferenceTensor, _ second: ReferenceTensor) -> ReferenceTensor {
        precondition(first.shape == second.shape, "adding \(first.shape) and \(second.shape)")
        return ReferenceTensor(first.shape, zip(first.values, second.values).map { $0 + $1 })
    }
}

/// A fully connected layer with bias, as `torch.nn.Linear` computes it; the weight is (output, input).
package enum ReferenceLinear {
    /// The three gradients of the layer; weight and bias are summed over the batch.
    package struct Gradients: Sendable {
        package let input: ReferenceTensor
        package let weight: [Double]
        package let bias: [Double]
    }

    package static func forward(_ input: ReferenceTensor, weight: [Double], bias: [Double]) -> ReferenceTensor {
        let (inputs, outputs) = sizes(input, weight: weight, outputs: bias.count)
        var values: [Double] = []
        for example in 0..<input.shape.count {
            for o in 0..<outputs {
                var sum = bias[o]
                for i in 0..<inputs { sum += weight[o * inputs + i] * input.values[example * inputs + i] }
                values.append(sum)
            }
        }
        return ReferenceTensor(count: input.shape.count, channels: outputs, values: values)
    }

    package static func backward(
        _ outputGradient: ReferenceTensor, input: ReferenceTensor, weight: [Double]
    ) -> Gradients {
        let (inputs, outputs) = sizes(input, weight: weight, outputs: outputGradient.shape.channels)
        var inputGradient = ReferenceTensor(zeros: input.shape)
        var weightGradient = [Double](repeating: 0, count: weight.count)
        var biasGradient = [Double](repeating: 0, count: outputs)
        for example in 0..<input.shape.count {
            for o in 0..<outputs {
                let gradient = outputGradient.values[example * outputs + o]
                biasGradient[o] += gradient
                for i in 0..<inputs {
                    weightGradient[o * inputs + i] += gradient * input.values[example * inputs + i]
                    inputGradient.values[example * inputs + i] += gradient * weight[o * inputs + i]
                }
            }
        }
        return Gradients(input: inputGradient, weight: weightGradient, bias: biasGradient)
    }

    private static func sizes(_ input: ReferenceTensor, weight: [Double], outputs: Int) -> (Int, Int) {
        let inputs = input.shape.channels
        precondition(input.shape.positions == input.shape.count, "a linear layer takes vectors, not images")
        precondition(weight.count == inputs * outputs, "a linear layer of another shape")
        return (inputs, outputs)
    }
}
