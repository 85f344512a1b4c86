import Foundation

/// What PyTorch computes in double precision for one network: a file of `Tests/Fixtures`.
///
/// `generate_golden.py`, which lies beside the files, says how every field was made. The weights, the input and the
/// labels are not in the file but derived (`weights()`, `input()`), in PyTorch's names, order and layouts.
package struct GoldenFixture: Decodable, Sendable {
    /// The stem of a residual network.
    package enum Stem: String, Decodable, Sendable {
        case cifar, imagenet
    }

    /// The first batch in training mode.
    package struct Training: Decodable, Sendable {
        /// The mean cross-entropy.
        package let loss: Double
        /// batch x classes.
        package let logits: Packed<Double>
    }

    /// The same batch with the running statistics as they were derived.
    package struct Evaluation: Decodable, Sendable {
        /// The mean cross-entropy.
        package let loss: Double
        /// The cross-entropy of each example.
        package let losses: Packed<Double>
        /// batch x classes.
        package let logits: Packed<Double>
        /// The L2 norm of each example's softmax minus one-hot.
        package let el2n: Packed<Double>
        /// The L2 norm of the gradient of each example's own cross-entropy over all parameters.
        package let grand: Packed<Double>
    }

    /// How far PyTorch's single-precision run is from these values: largest difference over largest value, worst
    /// tensor; what a float engine cannot be asked to beat by much.
    package struct SinglePrecision: Decodable, Sendable {
        package let trainLogits, trainLoss, gradients, statistics: Double
        package let evaluationLogits, evaluationLosses, el2n, exampleSquares, grand: Double
        package let stepLosses, finalNorms, changeNorms: Double
    }

    /// Every fixture's name.
    package static let names = [
        "linear", "mlp", "resnet8", "resnet20", "resnet18", "resnet18-imagenet", "resnet50",
    ]

    /// The network as the product names it, for instance `mlp:256,128`.
    package let network: String
    /// Nil for networks without convolutions.
    package let stem: Stem?
    /// The shape of an example: height, width, channels; or features.
    package let shape: [Int]
    package let classes: Int
    package let batch: Int
    package let seed: UInt64
    /// The class of each example.
    package let labels: [Int]
    package let training: Training
    package let evaluation: Evaluation
    /// The mean loss before each of ten steps on the batch: learning rate 0.01, Nesterov momentum 0.9, weight decay
    /// 5e-4 on all parameters; `stepLosses[0] == training.loss`.
    package let stepLosses: Packed<Double>
    package let singlePrecision: SinglePrecision
    /// Parameters and running statistics in the order of PyTorch's state dict, `num_batches_tracked` left out.
    package let tensors: [GoldenTensor]
    /// The checksums of what `input()` derives.
    package let inputChecksum: GoldenChecksum

    private enum CodingKeys: String, CodingKey {
        case network, stem, shape, classes, batch, seed, labels, training, evaluation, stepLosses
        case singlePrecision, tensors
        case inputChecksum = "input"
    }

    /// Reads `Tests/Fixtures/golden-NAME.json`.
    package static func load(_ name: String) throws -> GoldenFixture {
        let data = try Data(contentsOf: URL(fileURLWithPath: path("golden-\(name).json")))
        return try JSONDecoder().decode(GoldenFixture.self, from: data)
    }

    /// The path of a file of `Tests/Fixtures`, for instance `resnet8.safetensors`.
    ///
    /// That file holds the weights of the fixture `resnet8`, written by Python's safetensors with the int64 counters
    /// `num_batches_tracked`; a network that reads it must give `evaluation.logits` of that fixture.
    package static func path(_ file: String) -> String {
        URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures").appendingPathComponent(file).path
    }
}

/// One parameter or running statistic of a fixture.
package struct GoldenTensor: Decodable, Sendable {
    /// What the values are, which decides how they are derived.
    package enum Kind: String, Decodable, Sendable {
        case convolutionWeight, linearWeight, linearBias
        case normScale
        /// The scale of the batch norm that ends a residual branch.
        case branchNormScale
        case normShift, runningMean, runningVariance
    }

    /// What is stored of a gradient.
    package struct Gradient: Decodable, Sendable {
        package let sum: Double
        package let norm: Double
        /// Eight sums of the elements with pseudo-random signs.
        package let projections: Packed<Double>
        /// The elements floor(k * count / 16), k in 0..<16.
        package let entries: Packed<Double>
        /// The whole gradient, for the small networks.
        package let values: Packed<Float>?
    }

    package let name: String
    package let shape: [Int]
    package let kind: Kind
    /// Added to a batch-norm shift in multiples of 2^-12, so that no pre-activation lies too close to zero.
    package let nudges: Packed<Int8>?
    package let generated: GoldenChecksum
    /// The gradient of `training.loss`; nil for running statistics.
    package let gradient: Gradient?
    /// In evaluation mode, each example's squared gradient norm over this tensor; nil for running statistics.
    package let exampleSquaredNorms: Packed<Double>?
    /// The running statistic after the first training batch (momentum 0.1, unbiased variance); nil for parameters.
    package let updatedStatistic: Packed<Float>?
    /// The L2 norm of the tensor after ten steps.
    package let normAfterSteps: Double
    /// The L2 norm of what the ten steps changed.
    package let changeAfterSteps: Double

    /// The number of elements.
    package var count: Int { shape.reduce(1, *) }
}

/// Enough of a derived tensor to see that both sides derived the same bits.
package struct GoldenChecksum: Decodable, Sendable, Equatable {
    /// Sum of (2k + 1) * bits of value k, modulo 2^64, as sixteen hexadecimal digits.
    package let checksum: String
    package let sum: Double
    /// The first four values.
    package let first: Packed<Float>

    /// The checksums of these values.
    package init(of values: [Float]) {
        var bits: UInt64 = 0
        var odd: UInt64 = 1
        var total = 0.0
        for value in values {
            bits &+= odd &* UInt64(value.bitPattern)
            odd &+= 2
            total += Double(value)
        }
        let digits = String(bits, radix: 16)
        checksum = String(repeating: "0", count: 16 - digits.count) + digits
        sum = total
        first = Packed(values: Array(values.prefix(4)))
    }
}

/// Numbers in a fixture: base64 of their little-endian bytes.
package struct Packed<Element: BitwiseCopyable & Equatable & Sendable>: Decodable, Sendable, Equatable {
    package let values: [Element]

    package init(values: [Element]) {
        self.values = values
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let data = try container.decode(Data.self)
        guard data.count.isMultiple(of: MemoryLayout<Element>.stride) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\(data.count) bytes are not whole \(Element.self) values")
        }
        values = data.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: MemoryLayout<Element>.stride).map {
                bytes.loadUnaligned(fromByteOffset: $0, as: Element.self)
            }
        }
    }
}
