import Curate
import Testing

@Suite struct DataNPZTests {
    @Test func readsWhatNumPyStores() throws {
        let dataset = try DatasetLoader.load(path: Fixture.numpy("stored.npz"))
        #expect(dataset.format == .npz && dataset.name == "stored")
        #expect(dataset.partitionCounts == [6, 0, 2])
        #expect(dataset.labels == [0, 1, 2, 0, 1, 2, 0, 1])
        #expect(dataset.row(1) == [1, 1.25, 1.5, 1.75])
        #expect(dataset.row(7) == [101, 101.25, 101.5, 101.75])
    }

    @Test func readsWhatNumPyCompresses() throws {
        let dataset = try DatasetLoader.load(path: Fixture.numpy("compressed.npz"))
        #expect(dataset.partitionCounts == [6, 1, 0])
        #expect(dataset.features.shape == FeatureMatrix.Shape(height: 2, width: 3, channels: 3))
        #expect(dataset.features.elementType == .uint8)
        #expect(dataset.row(5) == (0..<18).map { Double(90 + $0) })
        #expect(dataset.labels == [0, 1, 2, 0, 1, 2, 0])
    }

    static let features = Build.npy("<f4", "(3, 2)", Build.bytes([Float(1), 2, 3, 4, 5, 6]))
    static let labels = Build.npy("|u1", "(3,)", [0, 1, 1])

    @Test(
        arguments: [("X.npy", "y.npy"), ("features.npy", "labels.npy"), ("images.npy", "targets.npy")], [false, true])
    func readsUsualKeys(names: (String, String), deflated: Bool) throws {
        let archive = Build.zip(
            [(names.0, Self.features), (names.1, Self.labels), ("weights.npy", [1, 2, 3])], deflated: deflated)
        let dataset = try Self.dataset(archive)
        #expect(dataset.count == 3)
        #expect(dataset.row(2) == [5, 6])
    }

    @Test func hashDoesNotDependOnTheContainer() throws {
        let stored = try Self.dataset(Build.zip([("x.npy", Self.features), ("y.npy", Self.labels)], deflated: false))
        let deflated = try Self.dataset(Build.zip([("x.npy", Self.features), ("y.npy", Self.labels)], deflated: true))
        #expect(stored.contentHash == deflated.contentHash)
        let plain = try DataNPYTests.dataset(features: Self.features, labels: Self.labels)
        #expect(plain.contentHash == stored.contentHash)
    }

    @Test(arguments: [false, true]) func checksumCatchesEveryFlippedContentBit(deflated: Bool) throws {
        let archive = Build.zip([("x.npy", Self.features), ("y.npy", Self.labels)], deflated: deflated)
        // The last number of the features lies before the next local header.
        let content = 30 + 5 + Self.features.count - 1
        for bit in 0..<8 {
            var damaged = archive
            let place = deflated ? 30 + 5 + 20 : content
            damaged[place] ^= 1 << UInt8(bit)
            expectFailure(.badData, "x.npy") { try Self.dataset(damaged) }
        }
    }

    @Test func refusesDamage() throws {
        let archive = Build.zip([("x.npy", Self.features), ("y.npy", Self.labels)], deflated: false)
        expectFailure(.badData, "directory is missing") { try Self.dataset(Array(archive.dropLast())) }
        expectFailure(.badData, "directory is missing") { try Self.dataset(archive + [0]) }
        expectFailure(.badData, "not an NPZ") { try Self.dataset(Array(archive.dropFirst())) }
        let other = Build.zip([("weights.npy", Self.features)], deflated: false)
        expectFailure(.badData, "archive's keys (weights)") { try Self.dataset(other) }
        let twice = Build.zip([("x.npy", Self.features), ("x.npy", Self.features)], deflated: false)
        expectFailure(.badData, "two arrays named x") { try Self.dataset(twice) }
        let lonely = Build.zip([("x.npy", Self.features)], deflated: false)
        expectFailure(.missingInput, "no labels for x") { try Self.dataset(lonely) }
    }

    /// An archive that claims more content than deflate can make of its bytes is refused without allocating it.
    @Test func refusesABomb() throws {
        var archive = Build.zip([("x.npy", Self.features), ("y.npy", Self.labels)], deflated: true)
        let signature: [UInt8] = [0x50, 0x4b, 1, 2]
        let directory = try #require(archive.indices.first { archive[$0...].starts(with: signature) })
        archive.replaceSubrange((directory + 24)..<(directory + 28), with: [0, 0, 0, 0x70])
        expectFailure(.badData, "compressed bytes can hold") { try Self.dataset(archive) }
    }

    @Test func writesWhatItReads() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path(of: "out.npz")
        let writer = try NPZWriter(path: path)
        try writer.add("x_train", [Float(1), 2, 3, 4, 5, 6], shape: [3, 2])
        try writer.add("y_train", [Int64(0), 1, 1], shape: [3])
        try writer.add("scores", [0.25, 0.5, 0.75], shape: [3])
        #expect(try directory.names.allSatisfy { $0 != "out.npz" })
        try writer.finish()
        #expect(try directory.names == ["out.npz"])
        let dataset = try DatasetLoader.load(path: path)
        #expect(dataset.labels == [0, 1, 1])
        #expect(dataset.row(1) == [3, 4])
        // Aligned in the archive, so that a mapped array is aligned in memory.
        #expect(UInt(bitPattern: dataset.features.row(0)) % 64 == 0)
        let archive = try ZIPArchive(parsing: InputBytes(contentsOf: path))
        #expect(archive.members.map(\.name) == ["x_train.npy", "y_train.npy", "scores.npy"])
        #expect(try NPYArray(parsing: archive.content(of: archive.members[2])).double(at: 2) == 0.75)
    }

    static func dataset(_ archive: [UInt8]) throws -> Dataset {
        try NPYReader.dataset(
            fromArchive: InputBytes(archive, path: "memory.npz"), classNames: nil, options: DatasetOptions())
    }
}
