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

    /// A weight in the two orders the loops want: the channel they write is the fastest index.
    package struct Taps: Sendable {
        /// (tap, input channel, output channel), for the forward pass.
        let outputFastest: [Double]
        /// (tap, output channel, input channel), for the gradient of the input.
        let inputFastest: [Double]
    }

    /// A weight reordered once for many small batches, where reordering costs more than the convolution.
    package func taps(_ weight: [Double]) -> Taps {
        precondition(weight.count == weightCount, "a weight of another shape")
        return Taps(
            outputFastest: tapMajor(weight, outputFastest: true),
            inputFastest: tapMajor(weight, outputFastest: false))
    }

    /// The output for a batch.
    package func forward(_ input: ReferenceTensor, weight: [Double]) -> ReferenceTensor {
        forward(input, taps: taps(weight))
    }

    /// The output for a batch, from a weight reordered before.
    package func forward(_ input: ReferenceTensor, taps: Taps) -> ReferenceTensor {
        precondition(input.shape.channels == inputChannels, "convolution of another shape")
        let inputShape = input.shape
        let outputShape = outputShape(inputShape)
        var output = ReferenceTensor(zeros: outputShape)
        withBuffers(input.values, taps.outputFastest, &output.values) { input, taps, output in
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
        inputGradient(outputGradient, taps: taps(weight), inputShape: inputShape)
    }

    /// The gradient with respect to the input, from a weight reordered before.
    package func inputGradient(
        _ outputGradient: ReferenceTensor, taps: Taps, inputShape: ReferenceTensor.Shape
    ) -> ReferenceTensor {
        let outputShape = outputGradient.shape
        var result = ReferenceTensor(zeros: inputShape)
        withBuffers(outputGradient.values, taps.inputFastest, &result.values) { gradient, taps, result in
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
        var result = [Double](repeating: 0, count: weightCount)
        withBuffers(weight, weight, &result) { weight, _, result in
            forEachWeight(outputFastest: outputFastest) { pytorch, tapMajor in result[tapMajor] = weight[pytorch] }
        }
        return result
    }

    /// The inverse of `tapMajor` with the output channel fastest.
    private func pytorchLayout(_ taps: [Double]) -> [Double] {
        var result = [Double](repeating: 0, count: weightCount)
        withBuffers(taps, taps, &result) { taps, _, result in
            forEachWeight(outputFastest: true) { pytorch, tapMajor in result[pytorch] = taps[tapMajor] }
        }
        return result
    }

    /// Calls `body` with the positions of each weight in the two layouts.
    ///
    /// Input channels go by in groups, which keeps both layouts' cache lines alive.
    private func forEachWeight(outputFastest: Bool, _ body: (_ pytorch: Int, _ tapMajor: Int) -> Void) {
        let taps = kernelHeight * kernelWidth
        let channelPairs = inputChannels * outputChannels
        let (inputStep, outputStep) = outputFastest ? (outputChannels, 1) : (1, inputChannels)
        for group in Swift.stride(from: 0, to: inputChannels, by: 8) {
            for o in 0..<outputChannels {
                for i in group..<min(group + 8, inputChannels) {
                    for tap in 0..<taps {
                        body(
                            (o * inputChannels + i) * taps + tap,
                            tap * channelPairs + o * outputStep + i * inputStep)
                    }
                }
            }
        }
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
