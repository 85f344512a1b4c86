import Curate
import Foundation
import TestSupport
import Testing

/// Long tails against NumPy's own shuffle and the counts of the papers.
@Suite struct LongTailTests {
    private static let golden = Result { try LongTailGolden.read() }

    private static func sha256(_ indices: [Int]) -> String {
        let hash = SHA256()
        indices.map { Int64($0).littleEndian }.withUnsafeBytes { hash.update($0) }
        return SHA256.hexadecimal(hash.finalize())
    }

    @Test func aShuffleIsThatOfNumPy() throws {
        var generator = (seed: UInt32(0), random: NumPyLegacyRandom(seed: 0))
        for (number, own) in try Self.golden.get().shuffles.enumerated() {
            if number == 0 || own.seed != generator.seed { generator = (own.seed, NumPyLegacyRandom(seed: own.seed)) }
            var order = Array(0..<own.count)
            generator.random.shuffle(&order)
            #expect(Array(order.prefix(10)) == own.first, "seed \(own.seed), \(own.count)")
            #expect(Self.sha256(order) == own.sha256, "seed \(own.seed), \(own.count)")
        }
    }

    /// MT19937 of the seed 5489 gives 4123659995 as its 10,000th number: what the C++ standard demands of `mt19937`.
    @Test func theGeneratorIsTheMersenneTwister() {
        var random = NumPyLegacyRandom(seed: 5489)
        for _ in 1..<10_000 { _ = random.next() }
        #expect(random.next() == 4_123_659_995)
    }

    @Test func countsAreThoseOfPython() throws {
        for own in try Self.golden.get().sums {
            let design = try LongTailDesign(factor: own.factor, shape: own.shape)
            let sizes = design.sizes(classCount: own.classes, largest: own.largest)
            let found = [sizes.reduce(0, +), sizes[own.classes - 1], sizes[own.classes / 2]]
            let expected = [own.sum, own.last, own.middle]
            #expect(found == expected, "\(own)")
        }
    }

    /// The counts that LDAM-DRW's tables and everybody after them have.
    @Test func publishedCounts() throws {
        func sizes(_ factor: Double, _ classes: Int, _ largest: Int) throws -> [Int] {
            try LongTailDesign(factor: factor).sizes(classCount: classes, largest: largest)
        }
        #expect(try sizes(100, 10, 5000) == [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50])
        #expect(try sizes(50, 10, 5000) == [5000, 3237, 2096, 1357, 878, 568, 368, 238, 154, 100])
        #expect(
            try [100.0, 50, 10, 200].map { try sizes($0, 10, 5000).reduce(0, +) } == [12_406, 13_996, 20_431, 11_203])
        #expect(
            try [100.0, 50, 10, 200].map { try sizes($0, 100, 500).reduce(0, +) } == [10_847, 12_608, 19_573, 9_502])
        let step = try LongTailDesign(factor: 100, shape: .step)
        #expect(step.sizes(classCount: 10, largest: 5000).reduce(0, +) == 25_250)
        // The larger half of an odd number of classes is small.
        #expect(step.sizes(classCount: 5, largest: 200) == [200, 200, 2, 2, 2])
    }

    @Test func theSubsetIsThatOfThePublicCode() throws {
        for own in try Self.golden.get().subsets {
            let count = own.classes * own.perClass
            let longTail = try LongTail(
                labels: (0..<count).map { Int32($0 % own.classes) }, candidates: Array(0..<count),
                classNames: (0..<own.classes).map(String.init), name: "data",
                design: LongTailDesign(factor: own.factor, shape: own.shape, seed: own.seed))
            #expect(longTail.counts == own.counts && longTail.largest == own.perClass)
            #expect(longTail.drawn.count == own.total && Array(longTail.drawn.prefix(10)) == own.first)
            #expect(
                Self.sha256(longTail.drawn) == own.sha256, "\(own.classes) \(own.factor) \(own.shape) \(own.seed)")
            #expect(longTail.indices == longTail.drawn.sorted())
        }
    }

    private static func longTail(
        _ available: [Int], factor: Double, shape: LongTailDesign.Shape = .exponential, largest: Int? = nil,
        order: LongTailDesign.ClassOrder = .label
    ) throws -> LongTail {
        let labels = available.enumerated().flatMap { [Int32](repeating: Int32($0), count: $1) }
        return try LongTail(
            labels: labels, candidates: Array(labels.indices), classNames: available.indices.map { "c\($0)" },
            name: "data", design: LongTailDesign(factor: factor, shape: shape, largest: largest, order: order))
    }

    @Test func unbalancedDataGiveTheLargestTailTheyAllow() throws {
        // 90 of the first ask for 28.46 of the second and 9 of the third, which both have.
        let tail = try Self.longTail([90, 40, 12], factor: 10)
        #expect(tail.largest == 90 && tail.counts == [90, 28, 9])
        // Here the second does: 63 ask for 19.9 of it, 64 for 20.2.
        #expect(try Self.longTail([90, 19, 12], factor: 10).counts == [63, 19, 6])
        #expect(try Self.longTail([90, 19, 12], factor: 10).largest == 63)
        // The largest class first, whatever its place.
        let sorted = try Self.longTail([12, 90, 40], factor: 10, order: .size)
        #expect(sorted.counts == [9, 90, 28])
        #expect(try Self.longTail([12, 90, 40], factor: 10).largest == 12)
        // Equal sizes keep the order of their indices.
        #expect(try Self.longTail([50, 50], factor: 2, order: .size).counts == [50, 25])
    }

    @Test func aClassThatIsTooSmallIsNamed() throws {
        func error(
            _ available: [Int], factor: Double, largest: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation
        ) throws -> CurateError {
            let error = try #require(throws: CurateError.self, sourceLocation: sourceLocation) {
                try Self.longTail(available, factor: factor, largest: largest)
            }
            #expect(error.kind == .usage && error.location == "data", sourceLocation: sourceLocation)
            return error
        }
        let short = try error([90, 19, 12], factor: 10, largest: 80)
        #expect(short.message == "class c1 has 19 training examples, and the long tail asks for 25")
        #expect(short.remedy?.contains("`largest` of 63 or fewer") == true)
        #expect(try error([0, 19], factor: 2, largest: 4).message.hasPrefix("class c0 has 0 training examples"))
        // With nothing to say otherwise, a class without examples leaves nothing to choose.
        #expect(try error([0, 19], factor: 2).message.hasPrefix("class c0 has no training example"))
        let long = try error([90, 90, 90], factor: 100)
        #expect(long.message == "class c2 would be left without an example: 90 over 100 is below 1")
        #expect(long.remedy == "choose a `factor` of at most 90")
        #expect(try Self.longTail([90, 90, 90], factor: 90).counts == [90, 9, 1])
        // 49 · (1 / 49) is below 1 in binary: what is advised can be followed.
        #expect(try error([49, 49], factor: 100).remedy == "choose a `factor` of at most 48")
        #expect(try error([49, 49], factor: 49).remedy == "choose a `factor` of at most 48")
        #expect(try Self.longTail([49, 49], factor: 48).counts == [49, 1])
        #expect(try error([90, 90], factor: 50, largest: 20).remedy?.hasSuffix("or a larger `largest`") == true)
        #expect(try error([90], factor: 2).message.hasPrefix("there is one class"))
        #expect(throws: CurateError.self) { try LongTailDesign(factor: 0.5) }
        #expect(throws: CurateError.self) { try LongTailDesign(factor: .infinity) }
        #expect(throws: CurateError.self) { try LongTailDesign(factor: 2, largest: 0) }
    }

    @Test func aLongerTailIsAPartOfAShorter() throws {
        let tails = try [2.0, 5, 20].map { Set(try Self.longTail([60, 60, 60, 60], factor: $0).drawn) }
        #expect(tails[2].isStrictSubset(of: tails[1]) && tails[1].isStrictSubset(of: tails[0]))
        let smaller = Set(try Self.longTail([60, 60, 60, 60], factor: 2, largest: 30).drawn)
        #expect(smaller.isStrictSubset(of: tails[0]))
    }
}

/// What NumPy and Python give; see `generate_long_tail.py`.
private struct LongTailGolden: Decodable {
    struct Subset: Decodable {
        let classes, perClass, total: Int
        let factor: Double
        let shape: LongTailDesign.Shape
        let seed: UInt32
        let counts, first: [Int]
        let sha256: String
    }

    struct Shuffle: Decodable {
        let seed: UInt32
        let count: Int
        let first: [Int]
        let sha256: String
    }

    /// Classes, largest, factor and shape; the sum of the sizes, the last, and that of the class in the middle.
    struct Sum: Decodable {
        let classes, largest, sum, last, middle: Int
        let factor: Double
        let shape: LongTailDesign.Shape

        init(from decoder: any Decoder) throws {
            var row = try decoder.unkeyedContainer()
            classes = try row.decode(Int.self)
            largest = try row.decode(Int.self)
            factor = try row.decode(Double.self)
            shape = try row.decode(LongTailDesign.Shape.self)
            sum = try row.decode(Int.self)
            last = try row.decode(Int.self)
            middle = try row.decode(Int.self)
        }
    }

    let subsets: [Subset]
    let shuffles: [Shuffle]
    let sums: [Sum]

    static func read() throws -> LongTailGolden {
        let path = "\(Fixture.root)/Tests/Fixtures/golden-long-tail.json"
        return try JSONDecoder().decode(Self.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }
}

extension LongTailDesign.Shape: Decodable {}
