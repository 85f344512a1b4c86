/// A network by name, as users type it.
public enum NetworkSpecification: Sendable, Hashable, CustomStringConvertible {
    /// One fully connected layer: `linear`.
    case linear
    /// Fully connected layers with rectifiers between them: `mlp:256,128`.
    case perceptron(hidden: [Int])
    /// The CIFAR residual networks of He et al., section 4.2, 6n + 2 layers deep: `resnet8`, `20`, `32`, `56`.
    case cifarResidual(depth: Int)
    /// The ImageNet residual networks as torchvision builds them: `resnet18`, `34`, `50`.
    case residual(depth: Int)

    /// Names that `init(_:)` understands, with `mlp:256` standing for any layer sizes.
    public static let names = [
        "linear", "mlp:256", "resnet8", "resnet20", "resnet32", "resnet56", "resnet18", "resnet34", "resnet50",
    ]

    /// Reads a name; nil when it is none.
    public init?(_ name: String) {
        switch name {
        case "linear": self = .linear
        case "resnet8": self = .cifarResidual(depth: 8)
        case "resnet20": self = .cifarResidual(depth: 20)
        case "resnet32": self = .cifarResidual(depth: 32)
        case "resnet56": self = .cifarResidual(depth: 56)
        case "resnet18": self = .residual(depth: 18)
        case "resnet34": self = .residual(depth: 34)
        case "resnet50": self = .residual(depth: 50)
        default:
            guard name.hasPrefix("mlp:") else { return nil }
            let sizes = name.dropFirst(4).split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
            let hidden = sizes.compactMap { $0 }
            guard hidden.count == sizes.count, !hidden.isEmpty, hidden.allSatisfy({ (1...65_536).contains($0) }) else {
                return nil
            }
            self = .perceptron(hidden: hidden)
        }
    }

    /// The name.
    public var description: String {
        switch self {
        case .linear: "linear"
        case .perceptron(let hidden): "mlp:" + hidden.map(String.init).joined(separator: ",")
        case .cifarResidual(let depth), .residual(let depth): "resnet\(depth)"
        }
    }

    /// Whether the network convolves, and so wants pictures.
    public var isConvolutional: Bool {
        switch self {
        case .linear, .perceptron: false
        case .cifarResidual, .residual: true
        }
    }
}

/// The extents of one example as a network sees it; a vector of D numbers is 1 x 1 x D.
public struct InputShape: Sendable, Hashable {
    /// Rows of pixels.
    public let height: Int
    /// Columns of pixels.
    public let width: Int
    /// Channels, or the length of a vector.
    public let channels: Int

    /// Makes a shape.
    public init(height: Int, width: Int, channels: Int) {
        self.height = height
        self.width = width
        self.channels = channels
    }

    /// Floats of one example.
    public var count: Int { height * width * channels }
}
