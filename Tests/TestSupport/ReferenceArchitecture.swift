/// One step of a reference network; names are the prefixes PyTorch's state dict gives the step's tensors.
package indirect enum ReferenceLayer: Sendable {
    case convolution(String, ReferenceConvolution)
    case batchNorm(String, channels: Int)
    case relu
    case maxPool
    case averagePool
    case flatten
    case linear(String, inputs: Int, outputs: Int)
    case optionAShortcut(outputChannels: Int)
    /// The sum of two paths from one input; an empty shortcut is the identity.
    case residual([ReferenceLayer], shortcut: [ReferenceLayer])
}

/// Which layers stand behind a network's name.
package enum ReferenceArchitecture {
    /// The layers of a named network.
    ///
    /// - Parameters:
    ///   - name: `linear`, `mlp:256,128`, `resnet8/20/32/56` or `resnet18/34/50`.
    ///   - baseWidth: the channels of the first stage; 16 or 64 when nil. Smaller ones make tests of structure quick.
    package static func layers(
        _ name: String, height: Int, width: Int, channels: Int, classes: Int, baseWidth: Int? = nil
    ) -> [ReferenceLayer] {
        let features = height * width * channels
        switch name {
        case "linear":
            return [.flatten, .linear("0", inputs: features, outputs: classes)]
        case "resnet8", "resnet20", "resnet32", "resnet56":
            let depth = Int(name.dropFirst(6)) ?? 0
            return cifar(
                blocksPerStage: (depth - 2) / 6, channels: channels, classes: classes, baseWidth: baseWidth ?? 16)
        case "resnet18", "resnet34", "resnet50":
            return imageNet(
                blocksPerStage: name == "resnet18" ? [2, 2, 2, 2] : [3, 4, 6, 3], bottleneck: name == "resnet50",
                smallImages: min(height, width) <= 64, channels: channels, classes: classes,
                baseWidth: baseWidth ?? 64)
        default:
            let parts = name.split(separator: ":", maxSplits: 1)
            precondition(parts.count == 2 && parts[0] == "mlp", "there is no reference network called \(name)")
            let hidden = parts[1].split(separator: ",").map { Int($0) ?? 0 }
            precondition(!hidden.isEmpty && hidden.allSatisfy { $0 > 0 }, "unreadable layer widths in \(name)")
            return perceptron([features] + hidden + [classes])
        }
    }

    /// Linear layers with rectifiers between them, numbered as in `nn.Sequential`.
    private static func perceptron(_ sizes: [Int]) -> [ReferenceLayer] {
        var layers: [ReferenceLayer] = [.flatten]
        for layer in 0..<sizes.count - 1 {
            if layer > 0 { layers.append(.relu) }
            layers.append(.linear("\(2 * layer)", inputs: sizes[layer], outputs: sizes[layer + 1]))
        }
        return layers
    }

    /// He et al.'s CIFAR network: three stages of basic blocks with parameter-free shortcuts.
    private static func cifar(
        blocksPerStage: Int, channels: Int, classes: Int, baseWidth: Int
    ) -> [ReferenceLayer] {
        var layers = normalisedConvolution(
            "conv1", "bn1", ReferenceConvolution(channels, baseWidth, kernel: 3, padding: 1))
        layers.append(.relu)
        var inputs = baseWidth
        for stage in 0..<3 {
            let outputs = baseWidth << stage
            for block in 0..<blocksPerStage {
                let stride = stage > 0 && block == 0 ? 2 : 1
                let shortcut: [ReferenceLayer] = stride == 1 ? [] : [.optionAShortcut(outputChannels: outputs)]
                let path = basicPath("layer\(stage + 1).\(block)", inputs, outputs, stride: stride)
                layers += [.residual(path, shortcut: shortcut), .relu]
                inputs = outputs
            }
        }
        return layers + [.averagePool, .linear("linear", inputs: inputs, outputs: classes)]
    }

    /// Torchvision's network, with a 3x3 stem and no max pool when images are small.
    private static func imageNet(
        blocksPerStage: [Int], bottleneck: Bool, smallImages: Bool, channels: Int, classes: Int, baseWidth: Int
    ) -> [ReferenceLayer] {
        let stem =
            smallImages
            ? ReferenceConvolution(channels, baseWidth, kernel: 3, padding: 1)
            : ReferenceConvolution(channels, baseWidth, kernel: 7, stride: 2, padding: 3)
        var layers = normalisedConvolution("conv1", "bn1", stem)
        layers.append(.relu)
        if !smallImages { layers.append(.maxPool) }
        var inputs = baseWidth
        for (stage, blocks) in blocksPerStage.enumerated() {
            let width = baseWidth << stage
            let outputs = bottleneck ? 4 * width : width
            for block in 0..<blocks {
                let prefix = "layer\(stage + 1).\(block)"
                let stride = stage > 0 && block == 0 ? 2 : 1
                let path =
                    bottleneck
                    ? bottleneckPath(prefix, inputs, width, stride: stride)
                    : basicPath(prefix, inputs, outputs, stride: stride)
                var shortcut: [ReferenceLayer] = []
                if stride != 1 || inputs != outputs {
                    shortcut = normalisedConvolution(
                        "\(prefix).downsample.0", "\(prefix).downsample.1",
                        ReferenceConvolution(inputs, outputs, kernel: 1, stride: stride))
                }
                layers += [.residual(path, shortcut: shortcut), .relu]
                inputs = outputs
            }
        }
        return layers + [.averagePool, .linear("fc", inputs: inputs, outputs: classes)]
    }

    private static func normalisedConvolution(
        _ convolutionName: String, _ normName: String, _ convolution: ReferenceConvolution
    ) -> [ReferenceLayer] {
        [
            .convolution(convolutionName, convolution),
            .batchNorm(normName, channels: convolution.outputChannels),
        ]
    }

    private static func basicPath(_ prefix: String, _ inputs: Int, _ outputs: Int, stride: Int) -> [ReferenceLayer] {
        normalisedConvolution(
            "\(prefix).conv1", "\(prefix).bn1",
            ReferenceConvolution(inputs, outputs, kernel: 3, stride: stride, padding: 1))
            + [.relu]
            + normalisedConvolution(
                "\(prefix).conv2", "\(prefix).bn2", ReferenceConvolution(outputs, outputs, kernel: 3, padding: 1))
    }

    private static func bottleneckPath(
        _ prefix: String, _ inputs: Int, _ width: Int, stride: Int
    ) -> [ReferenceLayer] {
        normalisedConvolution(
            "\(prefix).conv1", "\(prefix).bn1", ReferenceConvolution(inputs, width, kernel: 1))
            + [.relu]
            + normalisedConvolution(
                "\(prefix).conv2", "\(prefix).bn2",
                ReferenceConvolution(width, width, kernel: 3, stride: stride, padding: 1))
            + [.relu]
            + normalisedConvolution(
                "\(prefix).conv3", "\(prefix).bn3", ReferenceConvolution(width, 4 * width, kernel: 1))
    }
}
