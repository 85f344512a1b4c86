/// Max pooling over 3x3 windows with stride 2 and padding 1, as ImageNet ResNets use after the stem.
package enum ReferenceMaxPool {
    /// The maxima, and for each the position in the input that held it.
    ///
    /// Among equal values the first in row-major window order wins, as in PyTorch; padding never wins.
    package static func forward(_ input: ReferenceTensor) -> (output: ReferenceTensor, winners: [Int]) {
        let shape = input.shape
        var output = ReferenceTensor(
            zeros: ReferenceTensor.Shape(
                count: shape.count, height: (shape.height - 1) / 2 + 1, width: (shape.width - 1) / 2 + 1,
                channels: shape.channels))
        let pooled = output.shape
        var winners = [Int](repeating: 0, count: pooled.size)
        for example in 0..<pooled.count {
            for row in 0..<pooled.height {
                let rows = max(0, 2 * row - 1)...min(shape.height - 1, 2 * row + 1)
                for column in 0..<pooled.width {
                    let columns = max(0, 2 * column - 1)...min(shape.width - 1, 2 * column + 1)
                    for channel in 0..<shape.channels {
                        var winner = shape.offset(example, rows.lowerBound, columns.lowerBound) + channel
                        for inputRow in rows {
                            for inputColumn in columns {
                                let candidate = shape.offset(example, inputRow, inputColumn) + channel
                                if input.values[candidate] > input.values[winner] { winner = candidate }
                            }
                        }
                        let position = pooled.offset(example, row, column) + channel
                        output.values[position] = input.values[winner]
                        winners[position] = winner
                    }
                }
            }
        }
        return (output, winners)
    }

    /// Gives each output's gradient to the input that won; windows overlap, so gradients add.
    package static func backward(
        _ outputGradient: ReferenceTensor, winners: [Int], inputShape: ReferenceTensor.Shape
    ) -> ReferenceTensor {
        var gradient = ReferenceTensor(zeros: inputShape)
        for (winner, value) in zip(winners, outputGradient.values) { gradient.values[winner] += value }
        return gradient
    }
}

/// The mean of each channel over all rows and columns.
package enum ReferenceAveragePool {
    package static func forward(_ input: ReferenceTensor) -> ReferenceTensor {
        let shape = input.shape
        let pixels = shape.height * shape.width
        var output = ReferenceTensor(
            zeros: ReferenceTensor.Shape(count: shape.count, height: 1, width: 1, channels: shape.channels))
        for pixel in 0..<shape.positions {
            for channel in 0..<shape.channels {
                output.values[pixel / pixels * shape.channels + channel] +=
                    input.values[pixel * shape.channels + channel] / Double(pixels)
            }
        }
        return output
    }

    package static func backward(
        _ outputGradient: ReferenceTensor, inputShape: ReferenceTensor.Shape
    ) -> ReferenceTensor {
        let pixels = inputShape.height * inputShape.width
        var gradient = ReferenceTensor(zeros: inputShape)
        for pixel in 0..<inputShape.positions {
            for channel in 0..<inputShape.channels {
                gradient.values[pixel * inputShape.channels + channel] =
                    outputGradient.values[pixel / pixels * inputShape.channels + channel] / Double(pixels)
            }
        }
        return gradient
    }
}

/// He et al.'s parameter-free shortcut ("option A"): every second row and column, new channels zero.
///
/// The channels that were there sit in the middle, with (outputs - inputs) / 2 zeros on each side.
package enum ReferenceShortcut {
    package static func forward(_ input: ReferenceTensor, outputChannels: Int) -> ReferenceTensor {
        let shape = input.shape
        var output = ReferenceTensor(
            zeros: ReferenceTensor.Shape(
                count: shape.count, height: (shape.height + 1) / 2, width: (shape.width + 1) / 2,
                channels: outputChannels))
        forEachKept(shape, output.shape) { position, kept in output.values[kept] = input.values[position] }
        return output
    }

    package static func backward(
        _ outputGradient: ReferenceTensor, inputShape: ReferenceTensor.Shape
    ) -> ReferenceTensor {
        var gradient = ReferenceTensor(zeros: inputShape)
        forEachKept(inputShape, outputGradient.shape) { position, kept in
            gradient.values[position] = outputGradient.values[kept]
        }
        return gradient
    }

    private static func forEachKept(
        _ input: ReferenceTensor.Shape, _ output: ReferenceTensor.Shape, _ body: (_ input: Int, _ output: Int) -> Void
    ) {
        let side = (output.channels - input.channels) / 2
        precondition(side >= 0, "an option-A shortcut cannot drop channels")
        for example in 0..<output.count {
            for row in 0..<output.height {
                for column in 0..<output.width {
                    let source = input.offset(example, 2 * row, 2 * column)
                    let target = output.offset(example, row, column) + side
                    for channel in 0..<input.channels { body(source + channel, target + channel) }
                }
            }
        }
    }
}
