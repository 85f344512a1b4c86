import Models
import TestSupport
import Testing

/// Whole reference networks: their names and shapes, and their gradients against central differences.
@Suite struct ReferenceNetworkTests {
    struct Small: Sendable, CustomTestStringConvertible {
        let name: String
        var height = 8
        var width = 8
        var channels = 2
        var baseWidth: Int?

        var testDescription: String { "\(name) on \(height)x\(width)x\(channels)" }

        var network: ReferenceNetwork {
            ReferenceNetwork(
                name, height: height, width: width, channels: channels, classes: 3, baseWidth: baseWidth)
        }
    }

    static let smallNetworks = [
        Small(name: "linear", height: 2, width: 3),
        Small(name: "mlp:5,4", height: 1, width: 1, channels: 7),
        Small(name: "resnet8", height: 7, width: 6, baseWidth: 4),
        Small(name: "resnet20", height: 5, width: 5, channels: 1, baseWidth: 2),
        Small(name: "resnet18", baseWidth: 4),
        Small(name: "resnet50", baseWidth: 2),
        // Just large enough for the ImageNet stem.
        Small(name: "resnet18", height: 65, width: 66, channels: 1, baseWidth: 2),
    ]

    static let somePasses = Soak.cases(
        smallNetworks.flatMap { small in [true, false].map { (small, $0) } }, every: 3,
        "passes of reference networks that are held to central differences")

    @Test(.tags(.soak), arguments: somePasses) func gradientsMatchCentralDifferences(_ small: Small, _ training: Bool) {
        let network = small.network
        let images = network.randomImages(4, seed: 1)
        let labels = [0, 2, 1, 2]
        let weights = network.randomWeights(seed: 2)
        let step = network.lossAndGradients(images, labels: labels, weights: weights, training: training)
        func loss(_ images: ReferenceTensor, _ weights: [String: [Double]]) -> Double {
            let logits = network.pass(images, weights: weights, training: training).logits
            return ReferenceCrossEntropy.loss(logits, labels: labels, reduction: .mean).loss
        }
        var random = KeyedRandom(seed: 3, stream: .test)
        for tensor in network.tensors where tensor.isTrained {
            let coordinate = random.below(tensor.count)
            let difference = referenceDerivative(at: weights[tensor.name] ?? [], coordinate: coordinate) { values in
                loss(images, weights.merging([tensor.name: values]) { $1 })
            }
            let gradient = step.gradients[tensor.name] ?? []
            let largest = gradient.map { abs($0) }.max() ?? 0
            #expect(largest > 0)
            #expect(abs(gradient[coordinate] - difference) <= 1e-6 * largest, "\(tensor.name)[\(coordinate)]")
        }
        let largest = step.imageGradient.values.map { abs($0) }.max() ?? 0
        for _ in 0..<3 {
            let coordinate = random.below(images.values.count)
            let difference = referenceDerivative(at: images.values, coordinate: coordinate) {
                loss(ReferenceTensor(images.shape, $0), weights)
            }
            #expect(abs(step.imageGradient.values[coordinate] - difference) <= 1e-6 * largest)
        }
    }

    @Test(arguments: smallNetworks) func exampleGradientsAddUpToTheBatch(_ small: Small) {
        let network = small.network
        let images = network.randomImages(3, seed: 4)
        let labels = [2, 0, 1]
        let weights = network.randomWeights(seed: 5)
        let batch = network.lossAndGradients(images, labels: labels, weights: weights, training: false)
        let singles = (0..<3).map { example in
            network.lossAndGradients(
                images.example(example), labels: [labels[example]], weights: weights, training: false)
        }
        let norms = network.exampleGradientNorms(images, labels: labels, weights: weights)
        var squares = [0.0, 0.0, 0.0]
        for tensor in network.tensors where tensor.isTrained {
            let whole = batch.gradients[tensor.name] ?? []
            let parts = singles.map { $0.gradients[tensor.name] ?? [] }
            let largest = whole.map { abs($0) }.max() ?? 0
            let worst = whole.indices.map { abs(whole[$0] - (parts[0][$0] + parts[1][$0] + parts[2][$0]) / 3) }.max()
            #expect(whole.count == tensor.count)
            #expect((worst ?? .infinity) <= 1e-12 * largest, "\(tensor.name)")
            for example in 0..<3 {
                let square = parts[example].reduce(0) { $0 + $1 * $1 }
                let reported = norms.squaredNormsByTensor[tensor.name]?[example] ?? .nan
                #expect(abs(reported - square) <= 1e-12 * square, "\(tensor.name)")
                squares[example] += square
            }
        }
        for (norm, square) in zip(norms.norms, squares) { #expect(abs(norm * norm - square) <= 1e-12 * square) }
        #expect(norms.squaredNormsByTensor.count == network.tensors.count { $0.isTrained })
    }

    @Test func linearGradientNormIsTheErrorTimesTheInput() {
        // The gradient is (p - y) outer (x, 1), so its length is the product of the two lengths.
        let network = ReferenceNetwork("linear", height: 2, width: 2, channels: 3, classes: 4)
        let images = network.randomImages(5, seed: 6)
        let weights = network.randomWeights(seed: 7)
        let labels = [0, 1, 2, 3, 0]
        let norms = network.exampleGradientNorms(images, labels: labels, weights: weights).norms
        let errors = network.errorNorms(images, labels: labels, weights: weights)
        for example in 0..<5 {
            let input = images.example(example).values.reduce(1) { $0 + $1 * $1 }.squareRoot()
            #expect(abs(norms[example] - errors[example] * input) < 1e-13)
        }
    }

    @Test func runningStatisticsMoveOnlyInTraining() {
        let network = ReferenceNetwork("resnet8", height: 6, width: 6, channels: 2, classes: 3, baseWidth: 4)
        let images = network.randomImages(3, seed: 8)
        let weights = network.randomWeights(seed: 9)
        let evaluated = network.pass(images, weights: weights, training: false).runningStatistics
        let trained = network.pass(images, weights: weights, training: true).runningStatistics
        let names = network.tensors.filter { !$0.isTrained }.map(\.name)
        #expect(Set(evaluated.keys) == Set(names))
        #expect(Set(trained.keys) == Set(names))
        for name in names {
            #expect(evaluated[name] == weights[name])
            #expect(trained[name] != weights[name])
        }
        let stem = ReferenceConvolution(2, 4, kernel: 3, padding: 1).forward(
            images, weight: weights["conv1.weight"] ?? [])
        let firstChannel = stride(from: 0, to: stem.values.count, by: 4).map { stem.values[$0] }
        let mean = firstChannel.reduce(0, +) / Double(firstChannel.count)
        let before = weights["bn1.running_mean"]?[0] ?? .nan
        let after = trained["bn1.running_mean"]?[0] ?? .nan
        #expect(abs(after - (0.9 * before + 0.1 * mean)) < 1e-14)
    }

    /// Counts published for torchvision's networks and for the CIFAR networks with option-A shortcuts.
    @Test(arguments: [
        ("resnet20", 32, 10, 269_722), ("resnet32", 32, 10, 464_154), ("resnet56", 32, 10, 853_018),
        ("resnet18", 224, 1000, 11_689_512), ("resnet34", 224, 1000, 21_797_672),
        ("resnet50", 224, 1000, 25_557_032), ("resnet18", 32, 10, 11_173_962),
    ])
    func parameterCounts(_ name: String, _ side: Int, _ classes: Int, _ expected: Int) {
        let network = ReferenceNetwork(name, height: side, width: side, channels: 3, classes: classes)
        #expect(network.parameterCount == expected)
    }

    @Test func namesFollowTheStateDict() {
        func norm(_ name: String) -> [String] {
            ["weight", "bias", "running_mean", "running_var"].map { "\(name).\($0)" }
        }
        func names(_ name: String, side: Int) -> [String] {
            ReferenceNetwork(name, height: side, width: side, channels: 3, classes: 10).tensors.map(\.name)
        }
        let blocks = (1...3).flatMap { stage in
            ["layer\(stage).0.conv1.weight"] + norm("layer\(stage).0.bn1")
                + ["layer\(stage).0.conv2.weight"] + norm("layer\(stage).0.bn2")
        }
        #expect(
            names("resnet8", side: 32)
                == ["conv1.weight"] + norm("bn1") + blocks + ["linear.weight", "linear.bias"])
        #expect(
            Array(names("resnet50", side: 32)[5..<25])
                == ["layer1.0.conv1.weight"] + norm("layer1.0.bn1") + ["layer1.0.conv2.weight"]
                + norm("layer1.0.bn2") + ["layer1.0.conv3.weight"] + norm("layer1.0.bn3")
                + ["layer1.0.downsample.0.weight"] + norm("layer1.0.downsample.1"))
        #expect(names("resnet18", side: 224).filter { $0.contains("downsample.0") }.count == 3)
        #expect(names("resnet18", side: 224).suffix(2) == ["fc.weight", "fc.bias"])
        #expect(
            names("mlp:256,128", side: 4)
                == ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"])
        #expect(names("linear", side: 4) == ["0.weight", "0.bias"])
    }

    @Test func shapesFollowTheStateDict() {
        func shape(_ tensor: String, of name: String, side: Int) -> [Int]? {
            ReferenceNetwork(name, height: side, width: side, channels: 3, classes: 10).tensors
                .first { $0.name == tensor }?.shape
        }
        #expect(shape("conv1.weight", of: "resnet50", side: 65) == [64, 3, 7, 7])
        #expect(shape("conv1.weight", of: "resnet50", side: 64) == [64, 3, 3, 3])
        #expect(shape("layer2.0.conv2.weight", of: "resnet50", side: 64) == [128, 128, 3, 3])
        #expect(shape("layer2.0.downsample.0.weight", of: "resnet50", side: 64) == [512, 256, 1, 1])
        #expect(shape("fc.weight", of: "resnet50", side: 64) == [10, 2048])
        #expect(shape("layer3.0.conv1.weight", of: "resnet8", side: 32) == [64, 32, 3, 3])
        #expect(shape("0.weight", of: "mlp:256,128", side: 4) == [256, 48])
    }

    @Test func logitsOfAnExampleDoNotDependOnItsBatchInEvaluation() {
        let network = ReferenceNetwork("resnet18", height: 8, width: 8, channels: 1, classes: 3, baseWidth: 4)
        let images = network.randomImages(3, seed: 10)
        let weights = network.randomWeights(seed: 11)
        let together = network.logits(images, weights: weights, training: false)
        let alone = (0..<3).flatMap { network.logits(images.example($0), weights: weights, training: false) }
        #expect(together == alone)
        #expect(network.logits(images, weights: weights, training: true) != together)
    }
}
