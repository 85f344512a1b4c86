/// The layers of each named network up to the features that its head reads, with the tensor names of the PyTorch code
/// people have checkpoints of.
///
/// He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", CVPR 2016: table 1 (`resnet18`, `34`, `50`;
/// torchvision's names, stride on the bottleneck's 3x3) and section 4.2 (6n + 2 layers for CIFAR; akamaster's names).
/// Deviation: pictures of at most 64 pixels a side get a 3x3 stem without max-pool in the former, as is usual.
struct TrunkLayers {
    /// Pictures with a shorter side up to this get the small stem.
    static let smallSide = 64

    private let context: LayerContext
    private(set) var layers: [any Layer] = []
    /// Floats of the largest activation of one example.
    private(set) var largestActivation = 0
    /// The extents of what the layers so far give.
    private(set) var shape: MapShape

    /// Lists the layers of a network.
    init(_ specification: NetworkSpecification, input: InputShape, context: LayerContext) {
        self.context = context
        shape = MapShape(height: input.height, width: input.width, channels: input.channels)
        largestActivation = input.count
        switch specification {
        case .linear: break
        case .perceptron(let hidden): addPerceptron(hidden)
        case .cifarResidual(let depth): addCifarResidual(blocks: (depth - 2) / 6)
        case .residual(let depth): addResidual(depth: depth)
        }
    }

    /// The state-dict prefix of a network's head.
    static func headName(_ specification: NetworkSpecification) -> String {
        switch specification {
        case .linear: "0"
        case .perceptron(let hidden): "\(2 * hidden.count)"
        case .cifarResidual: "linear"
        case .residual: "fc"
        }
    }

    private mutating func append(_ layer: any Layer, output: MapShape) {
        layers.append(layer)
        shape = output
        largestActivation = max(largestActivation, output.count)
    }

    /// As `nn.Sequential(Linear, ReLU, Linear, ...)`: layers are numbered with the rectifiers counted.
    private mutating func addPerceptron(_ sizes: [Int]) {
        for (index, size) in sizes.enumerated() {
            append(
                Linear("\(2 * index)", inputs: shape.count, outputs: size, rectifies: true, context: context),
                output: MapShape(height: 1, width: 1, channels: size))
        }
    }

    private mutating func unit(
        _ prefix: String, _ number: Int, channels: Int, kernel: Int, stride: Int, keepsOutput: Bool
    ) -> ConvolutionUnit {
        let unit = ConvolutionUnit(
            convolutionName: "\(prefix)conv\(number)", normName: "\(prefix)bn\(number)",
            shape: ConvolutionShape(
                height: shape.height, width: shape.width, inputChannels: shape.channels, outputChannels: channels,
                kernel: kernel, stride: stride, padding: kernel / 2),
            rectifies: true, keepsOutput: keepsOutput, context: context)
        shape = unit.outputShape
        largestActivation = max(largestActivation, shape.count)
        return unit
    }

    private mutating func addCifarResidual(blocks: Int) {
        let stem = unit("", 1, channels: 16, kernel: 3, stride: 1, keepsOutput: true)
        append(stem, output: stem.outputShape)
        for (stage, channels) in [16, 32, 64].enumerated() {
            for block in 0..<blocks {
                let input = shape
                let stride = stage > 0 && block == 0 ? 2 : 1
                let prefix = "layer\(stage + 1).\(block)."
                let units = [
                    unit(prefix, 1, channels: channels, kernel: 3, stride: stride, keepsOutput: false),
                    unit(prefix, 2, channels: channels, kernel: 3, stride: 1, keepsOutput: true),
                ]
                let shortcut: ResidualBlock.Shortcut =
                    stride == 1
                    ? .identity : .subsampled(SubsampledShortcut(input: input, output: shape, context: context))
                append(ResidualBlock(units: units, shortcut: shortcut, context: context), output: shape)
            }
        }
        addPool()
    }

    private mutating func addResidual(depth: Int) {
        if min(shape.height, shape.width) <= Self.smallSide {
            let stem = unit("", 1, channels: 64, kernel: 3, stride: 1, keepsOutput: true)
            append(stem, output: stem.outputShape)
        } else {
            let stem = unit("", 1, channels: 64, kernel: 7, stride: 2, keepsOutput: true)
            append(stem, output: stem.outputShape)
            let pool = MaxPool(shape: shape, context: context)
            append(pool, output: pool.outputShape)
        }
        let blocks = depth == 18 ? [2, 2, 2, 2] : [3, 4, 6, 3]
        for stage in 0..<4 {
            for block in 0..<blocks[stage] {
                addBlock(
                    prefix: "layer\(stage + 1).\(block).", channels: 64 << stage,
                    stride: stage > 0 && block == 0 ? 2 : 1, isBottleneck: depth == 50)
            }
        }
        addPool()
    }

    private mutating func addBlock(prefix: String, channels: Int, stride: Int, isBottleneck: Bool) {
        let input = shape
        let units: [ConvolutionUnit]
        if isBottleneck {
            units = [
                unit(prefix, 1, channels: channels, kernel: 1, stride: 1, keepsOutput: false),
                unit(prefix, 2, channels: channels, kernel: 3, stride: stride, keepsOutput: false),
                unit(prefix, 3, channels: 4 * channels, kernel: 1, stride: 1, keepsOutput: true),
            ]
        } else {
            units = [
                unit(prefix, 1, channels: channels, kernel: 3, stride: stride, keepsOutput: false),
                unit(prefix, 2, channels: channels, kernel: 3, stride: 1, keepsOutput: true),
            ]
        }
        let shortcut: ResidualBlock.Shortcut
        if input == shape {
            shortcut = .identity
        } else {
            shortcut = .projection(
                ConvolutionUnit(
                    convolutionName: "\(prefix)downsample.0", normName: "\(prefix)downsample.1",
                    shape: ConvolutionShape(
                        height: input.height, width: input.width, inputChannels: input.channels,
                        outputChannels: shape.channels, kernel: 1, stride: stride, padding: 0),
                    rectifies: false, keepsOutput: true, context: context))
        }
        append(ResidualBlock(units: units, shortcut: shortcut, context: context), output: shape)
    }

    private mutating func addPool() {
        append(
            GlobalAveragePool(shape: shape, context: context),
            output: MapShape(height: 1, width: 1, channels: shape.channels))
    }
}
