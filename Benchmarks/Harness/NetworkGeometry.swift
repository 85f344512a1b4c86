import Models

/// The extents of a network's layers, and from them what its passes cost as direct arithmetic.
///
/// A network does not tell the extents of its maps. They follow from the kinds and names of its tensors: stages after
/// the first halve the map in the first 3x3 convolution (and in the shortcut) of their first block.
struct NetworkGeometry {
    /// A layer with weights.
    enum Layer: Hashable {
        case convolution(ConvolutionShape)
        case linear(inputs: Int, outputs: Int)

        /// Multiply-adds of one example's forward pass.
        var multiplyAdds: Int {
            switch self {
            case .convolution(let shape): shape.positionCount * shape.weightCount
            case .linear(let inputs, let outputs): inputs * outputs
            }
        }
    }

    /// In the order of the state dict.
    let layers: [Layer]

    /// Works out the extents of a network's layers.
    init(_ network: Network) {
        var layers: [Layer] = []
        var map = Map(height: network.input.height, width: network.input.width)
        var blockInput = map
        var block = ""
        var isHalved = false
        for slice in network.arena.slices where slice.isTrained {
            switch slice.kind {
            case .vector: continue
            case .linear(let input, let output):
                layers.append(.linear(inputs: input, outputs: output))
            case .convolution(let kernel, let input, let output):
                // "layer2.0.conv1.weight", "layer2.0.downsample.0.weight", or "conv1.weight".
                let parts = slice.name.split(separator: ".")
                let isStem = parts.count == 2
                let prefix = parts.prefix(2).joined(separator: ".")
                if !isStem && prefix != block {
                    block = prefix
                    blockInput = map
                    isHalved = false
                }
                let halves = !isStem && parts[0] != "layer1" && parts[1] == "0"
                let isShortcut = !isStem && parts[2] == "downsample"
                let stride: Int
                if isStem {
                    stride = kernel == 7 ? 2 : 1
                } else if isShortcut {
                    stride = halves ? 2 : 1
                } else {
                    stride = halves && kernel == 3 && !isHalved ? 2 : 1
                    isHalved = isHalved || stride == 2
                }
                let source = isShortcut ? blockInput : map
                let shape = ConvolutionShape(
                    height: source.height, width: source.width, inputChannels: input, outputChannels: output,
                    kernel: kernel, stride: stride, padding: kernel / 2)
                layers.append(.convolution(shape))
                if isShortcut { continue }
                map = Map(height: shape.outputHeight, width: shape.outputWidth)
                if kernel == 7 { map = Map(height: (map.height + 1) / 2, width: (map.width + 1) / 2) }
            }
        }
        self.layers = layers
    }

    private struct Map {
        let height: Int
        let width: Int
    }

    /// Floating-point operations of one example's forward pass: two for a multiply-add, normalisation and the like
    /// not counted.
    var evaluationOperations: Int { 2 * layers.reduce(0) { $0 + $1.multiplyAdds } }

    /// Floating-point operations of one example's forward and backward pass.
    ///
    /// The forward pass again for the weights' gradient, and once more for the input's gradient in all layers but the
    /// first; GraNd counts the same.
    var trainingOperations: Int { 3 * evaluationOperations - 2 * (layers.first?.multiplyAdds ?? 0) }

    /// Each distinct layer with how often the network has it, in the order they appear.
    var distinctLayers: [(layer: Layer, count: Int)] {
        var found: [(layer: Layer, count: Int)] = []
        for layer in layers {
            if let index = found.firstIndex(where: { $0.layer == layer }) {
                found[index].count += 1
            } else {
                found.append((layer, 1))
            }
        }
        return found
    }
}
