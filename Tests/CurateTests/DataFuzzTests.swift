import CTurboJPEG
import Curate
import Foundation
import Models
import TestSupport
import Testing

/// Every reader given mutated inputs: each must give a sound dataset or a `CurateError` that says where and what to do.
///
/// Inputs lie in memory of exactly their size, so that an address sanitizer sees a read beyond the end.
@Suite(.tags(.soak)) struct DataFuzzTests {
    /// One reader with the small files it starts from.
    struct Target: Sendable, CustomTestStringConvertible {
        let name: String
        let seeds: [[[UInt8]]]
        /// Puts mutated plain files into the container the reader takes.
        let wrap: @Sendable ([[UInt8]]) -> [[UInt8]]
        let read: @Sendable ([[UInt8]]) throws -> Dataset

        var testDescription: String { name }
    }

    static let inputCount = Soak.count(8_000, of: 100_000, "mutated inputs of each reader of data")

    @Test(arguments: targets) func readersSurvive(target: Target) throws {
        for seed in target.seeds {
            #expect(throws: Never.self, "\(target.name): a seed must be readable") {
                try target.read(target.wrap(seed))
            }
        }
        var acceptedCount = 0
        for number in 0..<Self.inputCount {
            var mutator = Mutator(number: number, stream: target.name.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
            var files = target.seeds[mutator.below(target.seeds.count)]
            // Either inside the container, where its checksums are right again, or the container itself.
            let isInside = mutator.below(2) == 0
            if isInside { mutator.mutateOne(of: &files) }
            files = target.wrap(files)
            if !isInside { mutator.mutateOne(of: &files) }
            do {
                try Self.check(try target.read(files))
                acceptedCount += 1
            } catch let error as CurateError {
                let isClear = error.location?.isEmpty == false && error.remedy?.isEmpty == false
                let isExpected = [.badData, .missingInput, .usage].contains(error.kind)
                if !isClear || !isExpected { Issue.record("\(target.name) \(number): \(error)") }
            } catch {
                Issue.record(error, "\(target.name) \(number)")
            }
        }
        // Neither everything nor nothing gets through, or the mutations test nothing.
        #expect(acceptedCount > 0 && acceptedCount < Self.inputCount)
    }

    /// Whatever was accepted holds together: every label has a class, every byte of every row can be read.
    static func check(_ dataset: Dataset) throws {
        let isInRange = dataset.labels.allSatisfy { $0 >= 0 && $0 < dataset.classCount }
        #expect(isInRange)
        #expect(
            dataset.groups.allSatisfy { group in
                group.values.allSatisfy { group.valueNames.indices.contains(Int($0)) }
            })
        var sum: UInt64 = 0
        for index in 0..<dataset.features.count {
            let row = UnsafeRawBufferPointer(
                start: dataset.features.row(index), count: dataset.features.rowByteCount)
            for byte in row { sum &+= UInt64(byte) }
        }
        #expect(dataset.contentHash.count == 64 && sum < .max)
    }

    static let targets: [Target] = [
        Target(name: "idx", seeds: idxSeeds, wrap: { $0 }, read: readIDX),
        Target(name: "idx.gz", seeds: idxSeeds, wrap: { $0.map(Build.gzip) }, read: readIDX),
        Target(
            name: "cifar10", seeds: [[Build.cifar([3], pixel: 7) + Build.cifar([9], pixel: 8)]], wrap: { $0 },
            read: { try readCIFAR($0, .ten) }),
        Target(
            name: "cifar100", seeds: [[Build.cifar([3, 70], pixel: 7) + Build.cifar([19, 99], pixel: 8)]], wrap: { $0 },
            read: { try readCIFAR($0, .hundred) }),
        Target(
            name: "npy", seeds: npySeeds, wrap: { $0 },
            read: { try DataNPYTests.dataset(features: $0[0], labels: $0[1]) }),
        Target(
            name: "npy with texts", seeds: textSeeds, wrap: { $0 },
            read: { try DataNPYTests.dataset(features: $0[0], labels: $0[1], ids: $0[2]) }),
        Target(
            name: "safetensors", seeds: safetensorsSeeds, wrap: { $0 },
            read: { try DataSafetensorsTests.dataset($0[0]) }),
        Target(
            name: "npz", seeds: npySeeds,
            wrap: { files in
                let members = [("x.npy", files[0]), ("y.npy", files[1])].map { (name: $0.0, content: $0.1) }
                return [Build.zip(members, deflated: files[0].count % 2 == 0)]
            }, read: { try DataNPZTests.dataset($0[0]) }),
        Target(name: "csv", seeds: csvSeeds, wrap: { $0 }, read: { try readCSV($0) }),
        Target(name: "csv.gz", seeds: csvSeeds, wrap: { $0.map(Build.gzip) }, read: { try readCSV($0) }),
        Target(name: "png", seeds: pngSeeds, wrap: { $0.map(Build.correctingChecksums) }, read: readImage),
        Target(name: "jpeg", seeds: jpegSeeds, wrap: { $0 }, read: readImage),
    ]

    static let idxSeeds: [[[UInt8]]] = [
        [Build.idx([4, 2, 3], (0..<24).map { UInt8($0) }), Build.idx([4], [0, 1, 2, 1])],
        [Build.idx([3, 2, 2, 3], [UInt8](repeating: 9, count: 36)), Build.idx([3], [0, 1, 2])],
        [Build.idx([2, 5], [UInt8](repeating: 9, count: 10)), Build.idx([2], [0, 1])],
    ]

    static let npySeeds: [[[UInt8]]] = [
        [
            Build.npy("<f4", "(3, 2)", Build.bytes([Float(1), 2, 3, 4, 5, 6])),
            Build.npy("<i8", "(3,)", Build.bytes([0, 1, 2])),
        ],
        [
            Build.npy("|u1", "(2, 2, 2, 3)", (0..<24).map { UInt8($0) }),
            Build.npy("<f4", "(2, 1)", Build.bytes([Float(0), 1])),
        ],
        [Build.npy("<f8", "(3, 1)", Build.bytes([0.5, 1, 2])), Build.npy("|b1", "(3,)", [0, 1, 1])],
    ]

    static let textSeeds: [[[UInt8]]] = [
        [
            Build.npy("<f2", "(3, 2)", Build.bytes([Float16(1), 2, 3, 4, 5, 6])),
            Build.npy("<U3", "(3,)", DataTextArrayTests.characters(["cat", "dog", "cat"], width: 3)),
            Build.npy("|S2", "(3,)", Array("a\0bbc\0".utf8)),
        ],
        [
            Build.npy("<i2", "(2, 2)", Build.bytes([Int16(-1), 2, 3, 4])), Build.npy("|S1", "(2, 1)", Array("xy".utf8)),
            Build.npy("<U2", "(2,)", DataTextArrayTests.characters(["ü", "日本"], width: 2)),
        ],
    ]

    static let safetensorsSeeds: [[[UInt8]]] = ["bfloat16", "float16", "float32", "int64", "images"].map { name in
        [(try? [UInt8](Data(contentsOf: URL(fileURLWithPath: Fixture.safetensors("\(name).safetensors"))))) ?? []]
    }

    static let csvSeeds: [[[UInt8]]] = [
        [Array("age,job,sex,label\n30,clerk,f,yes\n41,\"artist, \"\"solo\"\"\",m,no\n?,clerk,f,yes\n25,,m,no\n".utf8)],
        [Array("1;2.5;-3e2;0\r\n4;NaN;6;1\r\n7;8;9;0\r\n".utf8)],
        [Array("x\ty\tlabel\n1\t2\ta\n3\t4\tb\n".utf8)],
    ]

    static let pngSeeds: [[[UInt8]]] = [
        [Build.png(5, 4, (0..<20).map { UInt8($0 * 11) }, chunks: [("tRNS", [0, 11]), ("tEXt", Array("a\0b".utf8))])],
        [Build.png(3, 3, colourType: 6, (0..<36).map { UInt8($0 * 7) })],
        [Build.png(8, 2, colourType: 3, depth: 1, [0xa5, 0x3c], chunks: [("PLTE", [1, 2, 3, 4, 5, 6])])],
        [Build.png(3, 2, depth: 16, (0..<12).map { UInt8($0 * 20) })],
    ]

    static let jpegSeeds: [[[UInt8]]] = [0, 1].flatMap { flags in
        [1, 3].map { channels in
            let samples = (0..<(20 * 17 * channels)).map { UInt8(truncatingIfNeeded: $0 * $0 / 9) }
            return [Build.jpeg(20, 17, channels: channels, samples, flags: flags == 0 ? 0 : TJFLAG_PROGRESSIVE)]
        }
    }

    /// One image as a dataset.
    @Sendable static func readImage(_ files: [[UInt8]]) throws -> Dataset {
        let (header, pixels, _) = try ImageDecoderTests.decode(InputBytes(files[0], path: "image"))
        let shape = FeatureMatrix.Shape(
            height: header.height, width: header.width, channels: header.isColour ? 3 : 1)
        let content = InputBytes(pixels, path: "pixels")
        guard let base = content.bytes.baseAddress else { preconditionFailure("no pixels") }
        let segment = FeatureMatrix.Segment(base: base, rowCount: 1, owner: content.owner)
        let part = DatasetParts.Part(partition: .train, segment: segment, labels: [0])
        return try DatasetParts(path: "image", format: .imageFolder, shape: shape, elementType: .uint8, parts: [part])
            .assemble()
    }

    @Sendable static func readIDX(_ files: [[UInt8]]) throws -> Dataset {
        try DataIDXTests.dataset(files[0], files[1], nil)
    }

    @Sendable static func readCIFAR(_ files: [[UInt8]], _ variant: CIFARReader.Variant) throws -> Dataset {
        let batch = CIFARReader.Batch(partition: .train, records: InputBytes(files[0], path: "batch.bin"))
        return try CIFARReader.dataset(from: [batch], variant, path: "memory", classNames: nil, coarseNames: nil)
    }

    @Sendable static func readCSV(_ files: [[UInt8]]) throws -> Dataset {
        var options = DatasetOptions()
        options.csv.groups = ["1"]
        options.csv.dropsUnlabelled = true
        return try DataCSVTests.dataset(bytes: files[0], options)
    }
}

/// Makes a few changes to bytes, as a function of its number alone.
struct Mutator {
    private var random: KeyedRandom

    init(number: Int, stream: UInt64) {
        random = KeyedRandom(seed: 20 &+ stream, stream: .test, index: number)
    }

    mutating func below(_ bound: Int) -> Int { random.below(bound) }

    mutating func mutateOne(of files: inout [[UInt8]]) {
        let chosen = below(files.count)
        for _ in 0...below(3) { mutate(&files[chosen], others: files) }
    }

    private mutating func mutate(_ bytes: inout [UInt8], others: [[UInt8]]) {
        guard !bytes.isEmpty else {
            bytes = [UInt8(below(256))]
            return
        }
        // Headers are short and at the start, so half of the changes go there.
        let reach = below(2) == 0 ? min(bytes.count, 160) : bytes.count
        let place = below(reach)
        switch below(7) {
        case 0: bytes[place] ^= 1 << UInt8(below(8))
        case 1: bytes[place] = UInt8(below(256))
        case 2: bytes.removeLast(bytes.count - place)
        case 3: overwriteNumber(&bytes, at: place)
        case 4: growDigits(&bytes, from: place)
        case 5:
            let source = others[below(others.count)]
            guard !source.isEmpty else { return }
            let start = below(source.count)
            let end = start + min(source.count - start, 1 + below(64))
            let replaced = min(bytes.count - place, below(3) == 0 ? end - start : 0)
            bytes.replaceSubrange(place..<(place + replaced), with: source[start..<end])
        default: bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(16)))
        }
    }

    /// Puts an extreme number where a header may have one.
    private mutating func overwriteNumber(_ bytes: inout [UInt8], at place: Int) {
        let extremes: [UInt64] = [
            0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x7fff_ffff_ffff_ffff,
            0x8000_0000_0000_0000, .max,
        ]
        let number = extremes[below(extremes.count)]
        let size = [1, 2, 4, 8][below(4)]
        let isBigEndian = below(2) == 0
        for index in 0..<min(size, bytes.count - place) {
            let shift = UInt64(8 * (isBigEndian ? size - 1 - index : index))
            bytes[place + index] = UInt8(truncatingIfNeeded: number >> shift)
        }
    }

    /// Puts digits after the next digit, which makes a number in text longer.
    private mutating func growDigits(_ bytes: inout [UInt8], from place: Int) {
        guard let digit = bytes[place...].firstIndex(where: { $0 >= 0x30 && $0 <= 0x39 }) else { return }
        bytes.insert(contentsOf: [UInt8](repeating: 0x30 + UInt8(below(10)), count: 1 + below(30)), at: digit)
    }
}
