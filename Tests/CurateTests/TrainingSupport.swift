import Curate
import Models

/// Small datasets made in memory, learnable enough for a short run to tell easy from hard.
enum TrainingSupport {
    private final class Bytes {
        let pointer: UnsafeMutableRawPointer
        init(_ bytes: [UInt8]) {
            pointer = .allocate(byteCount: bytes.count, alignment: 64)
            bytes.withUnsafeBytes {
                pointer.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(pointer), byteCount: bytes.count)
            }
        }
        deinit { pointer.deallocate() }
    }

    /// Pictures of 8 x 8: a bright row that names the class, under noise; every ninth label is wrong.
    static func pictures(train: Int = 90, validation: Int = 0, test: Int = 20, classes: Int = 4) -> Dataset {
        let count = train + validation + test
        var random = KeyedRandom(seed: 5, stream: .test)
        var pixels: [UInt8] = []
        var labels: [Int32] = []
        for example in 0..<count {
            let shown = example % classes
            for row in 0..<8 {
                for _ in 0..<8 { pixels.append(UInt8((row == 2 * shown ? 120 : 0) + random.below(100))) }
            }
            labels.append(Int32(example % 9 == 8 ? (shown + 1) % classes : shown))
        }
        let owner = Bytes(pixels)
        let features = FeatureMatrix(
            shape: .init(height: 8, width: 8, channels: 1), elementType: .uint8, layout: .channelsLast,
            segments: [.init(base: UnsafeRawPointer(owner.pointer), rowCount: count, owner: owner)])
        return Dataset(
            name: "rows", format: .idx, features: features, labels: labels,
            classNames: (0..<classes).map(String.init),
            partitions: (0..<count).map { $0 < train ? .train : $0 < train + validation ? .validation : .test },
            ids: .positional(partitionCounts: [train, validation, test]), groups: [],
            contentHash: SHA256.hexadecimal(of: "rows \(train) \(validation) \(test) \(classes)"), notes: [])
    }

    /// Some training examples of a dataset of pictures, one after the other and as often as they are named.
    static func rows(_ indices: [Int], of dataset: Dataset) -> Dataset {
        let width = dataset.features.shape.elementCount
        let owner = Bytes(
            indices.flatMap { UnsafeRawBufferPointer(start: dataset.features.row($0), count: width) })
        return Dataset(
            name: "some rows", format: .idx,
            features: FeatureMatrix(
                shape: dataset.features.shape, elementType: .uint8, layout: .channelsLast,
                segments: [.init(base: UnsafeRawPointer(owner.pointer), rowCount: indices.count, owner: owner)]),
            labels: indices.map { dataset.labels[$0] }, classNames: dataset.classNames,
            partitions: indices.map { _ in .train }, ids: .positional(partitionCounts: [indices.count, 0, 0]),
            groups: [], contentHash: SHA256.hexadecimal(of: "rows \(indices)"), notes: [])
    }

    /// A recipe for those pictures.
    static func recipe(_ network: NetworkSpecification = .cifarResidual(depth: 8), seed: UInt64 = 3) -> Recipe {
        Recipe(
            network: network, optimizer: SGD(momentum: 0.9, isNesterov: true, weightDecay: 5e-4),
            schedule: LearningRateSchedule(learningRate: 0.05, shape: .constant, warmupEpochs: 0), batchSize: 32,
            augmentation: Augmentation(cropPadding: 1, cropMode: .reflect, flips: true), seed: seed)
    }

    /// A fresh store in a directory of its own, which is removed afterwards.
    static func withStore<Result>(_ body: (Store) throws -> Result) throws -> Result {
        let directory = StoreDirectory()
        defer { withExtendedLifetime(directory) {} }
        return try body(Store.open(path: directory.file(), mode: .write))
    }

    /// Every column of every artifact, by seed, epoch and name: the bytes two stores must agree in.
    static func contents(of store: Store) throws -> [String: [UInt32]] {
        var result: [String: [UInt32]] = [:]
        for artifact in try store.artifacts() {
            for column in try store.columns(of: artifact.key) {
                let name = "\(artifact.key.short) \(column.epoch) \(column.name)"
                switch column.elementType {
                case .float32:
                    result[name] = try store.column(
                        artifact: artifact.key, epoch: column.epoch, name: column.name)?.map(\.bitPattern)
                case .uint8:
                    result[name] = try store.columnBytes(
                        artifact: artifact.key, epoch: column.epoch, name: column.name)?.map(UInt32.init)
                }
            }
        }
        for set in try store.scoreSets() {
            let scores = try store.scores(in: set.key)
            result["scores \(set.name)"] = scores?.values.map { UInt32(truncatingIfNeeded: Float($0).bitPattern) }
            result["ranks \(set.name)"] = scores?.ranks.map { UInt32($0) }
        }
        return result
    }
}
