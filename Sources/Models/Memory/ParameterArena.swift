/// All weights of a network in one flat buffer, with gradients and momentum in two more of the same layout.
///
/// Optimisers, norms and checkpoints are one loop each over the buffers; layers address their part by slice. Slices
/// start at multiples of sixteen floats; what is in none of them, or beyond the last output, is zero and stays zero.
package final class ParameterArena: @unchecked Sendable {
    // Unchecked: the buffers are written by one training step at a time, which splits them by task number.

    /// What a slice holds, which decides how it is laid out in a PyTorch state dict.
    package enum Kind: Sendable, Equatable {
        /// [kernel][kernel][input][output] here, [output][input][kernel][kernel] in PyTorch.
        case convolution(kernel: Int, input: Int, output: Int)
        /// [strip][input][width] here, in `ColumnStrip`s of outputs; the places beyond the last output are zero.
        /// [output][input] in PyTorch.
        case linear(input: Int, output: Int)
        /// One number per channel: a bias, or a batch-norm scale, shift, mean or variance.
        case vector(count: Int)

        /// The number of parameters.
        package var count: Int {
            switch self {
            case .convolution(let kernel, let input, let output): kernel * kernel * input * output
            case .linear(let input, let output): input * output
            case .vector(let count): count
            }
        }

        /// The floats it takes here, with those that are always zero.
        package var storedCount: Int {
            switch self {
            case .convolution, .vector: (count + 15) / 16 * 16
            case .linear(let input, let output): input * ColumnStrip.paddedColumns(output)
            }
        }
    }

    /// One named tensor: a parameter, or a running statistic.
    package struct Slice: Sendable {
        /// The PyTorch state-dict name.
        package let name: String
        /// Its meaning and extents.
        package let kind: Kind
        /// Where it starts in its buffer.
        package let offset: Int
        /// Whether it is trained (in `values`) or a running statistic (in `statistics`).
        package let isTrained: Bool
    }

    /// Every tensor in state-dict order.
    package private(set) var slices: [Slice] = []
    /// Trained weights.
    package private(set) var values = FloatBuffer.zeros(0)
    /// The gradient of the last step.
    package private(set) var gradients = FloatBuffer.zeros(0)
    /// The optimiser's momentum.
    package private(set) var momentum = FloatBuffer.zeros(0)
    /// Batch-norm running means and variances.
    package private(set) var statistics = FloatBuffer.zeros(0)
    /// Memory for other weights, once somebody has asked for it; nil for most networks.
    private var spare: FloatBuffer?

    private var valueCount = 0
    private var statisticCount = 0

    /// Makes an empty arena, to which layers add their tensors before `allocate`.
    package init() {}

    /// Adds a tensor and returns its number.
    package func add(_ name: String, _ kind: Kind, isTrained: Bool = true) -> Int {
        slices.append(
            Slice(name: name, kind: kind, offset: isTrained ? valueCount : statisticCount, isTrained: isTrained))
        if isTrained { valueCount += kind.storedCount } else { statisticCount += kind.storedCount }
        return slices.count - 1
    }

    /// Allocates the buffers once all tensors are known; everything is zero.
    package func allocate() {
        values = .zeros(valueCount)
        gradients = .zeros(valueCount)
        momentum = .zeros(valueCount)
        statistics = .zeros(statisticCount)
    }

    /// Puts other weights in the place of the network's own while something runs; these come back as they were, to the
    /// bit, because nothing is written to them.
    ///
    /// Addresses that `pointer` gave before are not those of the other weights. The first call allocates one more buffer.
    ///
    /// - Parameters:
    ///   - fill: writes all floats of the other weights, the gaps with zeros; `values` are still the network's own.
    ///   - body: runs with the other weights as `values`.
    package func withWeights<Result>(writtenBy fill: (FloatBuffer) -> Void, _ body: () -> Result) -> Result {
        let others = spare ?? FloatBuffer(count: valueCount)
        fill(others)
        (values, spare) = (others, values)
        defer { (values, spare) = (spare ?? others, others) }
        return body()
    }

    /// The number of trained parameters, without the gaps.
    package var parameterCount: Int { slices.filter(\.isTrained).reduce(0) { $0 + $1.kind.count } }

    /// The weights or statistics of one tensor.
    package func pointer(_ slice: Int) -> UnsafeMutablePointer<Float> {
        (slices[slice].isTrained ? values : statistics).pointer + slices[slice].offset
    }

    /// The gradient of one trained tensor.
    package func gradient(_ slice: Int) -> UnsafeMutablePointer<Float> {
        gradients.pointer + slices[slice].offset
    }
}
