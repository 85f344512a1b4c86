/// The extents of one two-dimensional convolution over square kernels, without the batch.
package struct ConvolutionShape: Sendable, Hashable {
    /// Input rows.
    package let height: Int
    /// Input columns.
    package let width: Int
    /// Input channels.
    package let inputChannels: Int
    /// Output channels, a multiple of 16.
    package let outputChannels: Int
    /// Kernel rows and columns.
    package let kernel: Int
    /// The step between output positions.
    package let stride: Int
    /// Zeros around the input on each side.
    package let padding: Int

    /// Makes a shape.
    ///
    /// - Precondition: the kernel fits into the padded input and `outputChannels` is a multiple of 16.
    package init(
        height: Int, width: Int, inputChannels: Int, outputChannels: Int, kernel: Int, stride: Int, padding: Int
    ) {
        precondition(outputChannels % 16 == 0, "convolutions have a multiple of 16 output channels")
        precondition(
            height + 2 * padding >= kernel && width + 2 * padding >= kernel, "the kernel is larger than the map")
        self.height = height
        self.width = width
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
    }

    /// Output rows.
    package var outputHeight: Int { (height + 2 * padding - kernel) / stride + 1 }
    /// Output columns.
    package var outputWidth: Int { (width + 2 * padding - kernel) / stride + 1 }
    /// Floats in one example's input.
    package var inputCount: Int { height * width * inputChannels }
    /// Floats in one example's output.
    package var outputCount: Int { outputHeight * outputWidth * outputChannels }
    /// Output positions of one example, the T of the per-example gradient formulas.
    package var positionCount: Int { outputHeight * outputWidth }
    /// Inputs of one output value, the D of the per-example gradient formulas.
    package var patchCount: Int { kernel * kernel * inputChannels }
    /// Weights.
    package var weightCount: Int { patchCount * outputChannels }
    /// Whether its input fills whole vectors; the kernels of others are made for first layers, which have no layer below.
    package var suitsVectors: Bool { inputChannels % 16 == 0 }
    /// Whether the Winograd kernels can compute it: 3x3, stride 1, padding 1, sixteen channels at a time.
    package var suitsWinograd: Bool { kernel == 3 && stride == 1 && padding == 1 && inputChannels % 16 == 0 }
}

extension KernelChoice {
    /// Whether a layer uses the Winograd kernels, forward and in both backward passes.
    ///
    /// The rule of `automatic` comes from `docs/performance.md`: Winograd wins from 3x3 maps on. On smaller ones most
    /// of its 4x4 tiles lies beyond the map.
    package func usesWinograd(for shape: ConvolutionShape) -> Bool {
        guard shape.suitsWinograd else { return false }
        switch self {
        case .winograd: return true
        case .direct: return false
        case .automatic: return min(shape.height, shape.width) >= 3
        }
    }
}
