/// Two-dimensional cross-correlation without bias, as `torch.nn.Conv2d(bias=False)` computes it.
///
/// Weights come and go in PyTorch's layout (output channel, input channel, kernel row, kernel column). Inside, they
/// are reordered so that the innermost loop runs over neighbouring channels; that is the only optimisation.
package struct ReferenceConvolution: Sendable, Equatable {
    package let inputChannels: Int
    package let outputChannels: Int
    package let kernelHeight: Int
    package let kernelWidth: Int
    package let stride: Int
    package let padding: Int

    package init(
        inputChannels: Int, outputChannels: Int, kernelHeight: Int, kernelWidth: Int, stride: Int = 1, padding: Int = 0
    ) {
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.kernelHeight = kernelHeight
        self.kernelWidth = kernelWidth
        self.stride = stride
        self.padding = padding
    }

    /// A square kernel.
    package init(_ inputChannels: Int, _ outputChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0) {
        self.init(
            inputChannels: inputChannels, outputChannels: outputChannels,
            kernelHeight: kernel, kernelWidth: kernel, stride: stride, padding: padding)
    }

    /// The weight's shape in PyTorch's order.
    package var weightShape: [Int] { [outputChannels, inputChannels, kernelHeight, kernelWidth] }

    private var weightCount: Int { outputChannels * inputChannels * kernelHeight * kernelWidth }

    /// The shape of the output for an input shape.
    package func outputShape(_ input: ReferenceTensor.Shape) -> ReferenceTensor.Shape {
        ReferenceTensor.Shape(
            count: input.count,
            height: (input.height + 2 * padding - kernelHeight) / stride + 1,
            width: (input.width + 2 * padding - kernelWidth) / stride + 1,
            channels: outputChannels)
    }

    /// The output for a batch.
    package func forward(_ input: ReferenceTensor, weight: [Double]) -> ReferenceTensor {
        precondition(input.shape.channels == inputChannels, "convolution of another shape")
        let inputShape = input.shape
        let outputShape = outputShape(inputShape)
        var output = ReferenceTensor(zeros: outputShape)
        let taps = tapMajor(weight, outputFastest: true)
        withBuffers(input.values, taps, &output.values) { input, taps, output in
            forEachMeeting(inputShape, outputShape) { inputPixel, outputPixel, tap in
                for i in 0..<inputChannels {
                    let value = input[inputPixel + i]
                    let row = (tap * inputChannels + i) * outputChannels
                    for o in 0..<outputChannels { output[outputPixel + o] += value * taps[row + o] }
                }
            }
        }
        return output
    }

    /// The gradient of the loss with respect to the input, from the gradient with respect to the output.
    ///
    /// The input's shape is asked for because a strided convolution may leave its last rows and columns unread.
    package func inputGradient(
        _ outputGradient: ReferenceTensor, weight: [Double], inputShape: ReferenceTensor.Shape
    ) -> ReferenceTensor {
        let outputShape = outputGradient.shape
        var result = ReferenceTensor(zeros: inputShape)
        let taps = tapMajor(weight, outputFastest: false)
        withBuffers(outputGradient.values, taps, &result.values) { gradient, taps, result in
            forEachMeeting(inputShape, outputShape) { inputPixel, outputPixel, tap in
                for o in 0..<outputChannels {
                    let value = gradient[outputPixel + o]
                    let row = (tap * outputChannels + o) * inputChannels
                    for i in 0..<inputChannels { result[inputPixel + i] += value * taps[row + i] }
                }
            }
        }
        return result
    }

    /// The gradient of the loss with respect to the weight, summed over the batch, in PyTorch's layout.
    package func weightGradient(input: ReferenceTensor, outputGradient: ReferenceTensor) -> [Double] {
        var taps = [Double](repeating: 0, count: weightCount)
        let (inputShape, outputShape) = (input.shape, outputGradient.shape)
        withBuffers(input.values, outputGradient.values, &taps) { input, gradient, taps in
            forEachMeeting(inputShape, outputShape) { inputPixel, outputPixel, tap in
                for i in 0..<inputChannels {
                    let value = input[inputPixel + i]
                    let row = (tap * inputChannels + i) * outputChannels
                    for o in 0..<outputChannels { taps[row + o] += value * gradient[outputPixel + o] }
                }
            }
        }
        return pytorchLayout(taps)
    }
}

extension ReferenceConvolution {
    /// Calls `body` for every input pixel that meets a kernel tap at an output pixel; padding is skipped.
    ///
    /// The three passes of a convolution differ only in which of the three meeting values they write.
    private func forEachMeeting(
        _ input: ReferenceTensor.Shape, _ output: ReferenceTensor.Shape,
        _ body: (_ inputPixel: Int, _ outputPixel: Int, _ tap: Int) -> Void
    ) {
        precondition(
            input.channels == inputChannels && output == outputShape(input), "convolution of another shape")
        for example in 0..<output.count {
            for row in 0..<output.height {
                for column in 0..<output.width {
                    let outputPixel = output.offset(example, row, column)
                    for kernelRow in 0..<kernelHeight {
                        let inputRow = row * stride + kernelRow - padding
                        guard inputRow >= 0 && inputRow < input.height else { continue }
                        for kernelColumn in 0..<kernelWidth {
                            let inputColumn = column * stride + kernelColumn - padding
                            guard inputColumn >= 0 && inputColumn < input.width else { continue }
                            let inputPixel = input.offset(example, inputRow, inputColumn)
                            body(inputPixel, outputPixel, kernelRow * kernelWidth + kernelColumn)
                        }
                    }
                }
            }
        }
    }

    /// The weight as (tap, input, output), or (tap, output, input) when the output channel is not the fastest.
    private func tapMajor(_ weight: [Double], outputFastest: Bool) -> [Double] {
        precondition(weight.count == weightCount, "a weight of another shape")
        let taps = kernelHeight * kernelWidth
        let (inputStep, outputStep) = outputFastest ? (outputChannels, 1) : (1, inputChannels)
        var result = [Double](repeating: 0, count: weight.count)
        withBuffers(weight, weight, &result) { weight, _, result in
            for o in 0..<outputChannels {
                for i in 0..<inputChannels {
                    let source = (o * inputChannels + i) * taps
                    let target = o * outputStep + i * inputStep
                    for tap in 0..<taps { result[tap * inputChannels * outputChannels + target] = weight[source + tap] }
                }
            }
        }
        return result
    }

    /// The inverse of `tapMajor` with the output channel fastest.
    private func pytorchLayout(_ tapMajor: [Double]) -> [Double] {
        let taps = kernelHeight * kernelWidth
        var result = [Double](repeating: 0, count: tapMajor.count)
        withBuffers(tapMajor, tapMajor, &result) { tapMajor, _, result in
            for o in 0..<outputChannels {
                for i in 0..<inputChannels {
                    let target = (o * inputChannels + i) * taps
                    for tap in 0..<taps {
                        result[target + tap] = tapMajor[(tap * inputChannels + i) * outputChannels + o]
                    }
                }
            }
        }
        return result
    }
}

/// Two arrays to read and one to write, as buffers: without them an unoptimised build takes minutes.
private func withBuffers(
    _ first: [Double], _ second: [Double], _ result: inout [Double],
    _ body: (UnsafeBufferPointer<Double>, UnsafeBufferPointer<Double>, UnsafeMutableBufferPointer<Double>) -> Void
) {
    first.withUnsafeBufferPointer { first in
        second.withUnsafeBufferPointer { second in
            result.withUnsafeMutableBufferPointer { result in body(first, second, result) }
        }
    }
}
