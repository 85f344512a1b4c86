import Curate
import Models
import Testing

/// Mean and deviation of features, also of those whose deviation is small beside their mean.
@Suite struct FeatureNormalizationTests {
    private final class Memory {
        let pointer: UnsafeMutableRawPointer
        init<Number>(_ numbers: [Number]) {
            pointer = .allocate(byteCount: max(1, numbers.count * MemoryLayout<Number>.stride), alignment: 64)
            numbers.withUnsafeBytes { bytes in
                if let base = bytes.baseAddress { pointer.copyMemory(from: base, byteCount: bytes.count) }
            }
        }
        deinit { pointer.deallocate() }
    }

    /// Rows of so many numbers.
    private static func matrix<Number>(
        _ numbers: [Number], width: Int, _ type: FeatureMatrix.ElementType
    ) -> FeatureMatrix {
        let owner = Memory(numbers)
        return FeatureMatrix(
            shape: .init(height: 1, width: 1, channels: width), elementType: type, layout: .channelsLast,
            segments: [.init(base: UnsafeRawPointer(owner.pointer), rowCount: numbers.count / width, owner: owner)])
    }

    private static func normalization(_ features: FeatureMatrix) -> FeatureNormalization {
        FeatureNormalization(
            of: features, indices: Array(0..<features.count), pool: WorkerPool(threadCount: 1))
    }

    private static func number(_ row: Int, _ column: Int) -> Double {
        var random = KeyedRandom(seed: 31, stream: .test, epoch: column, index: row)
        return (0..<12).reduce(-6) { sum, _ in sum + Double(random.uniform()) }
    }

    /// Ordinary numbers are normalised by sums and sums of squares, to the last bit.
    @Test func ordinaryNumbersAreThoseOfOnePass() {
        let rows = 5000
        let singles = (0..<rows * 3).map { Float(Self.number($0 / 3, $0 % 3) * 4 + 300) }
        let bytes = (0..<rows * 3).map { UInt8(max(0, Self.number($0 / 3, $0 % 3) * 20 + 100)) }
        func check<Number>(_ numbers: [Number], _ type: FeatureMatrix.ElementType, value: (Number) -> Double) {
            let found = Self.normalization(Self.matrix(numbers, width: 3, type))
            for column in 0..<3 {
                // Blocks of 4,096 rows, added in order.
                var sums = (0.0, 0.0)
                for start in stride(from: 0, to: rows, by: 4096) {
                    var block = (0.0, 0.0)
                    for row in start..<min(rows, start + 4096) {
                        let number = value(numbers[3 * row + column])
                        block = (block.0 + number, block.1 + number * number)
                    }
                    sums = (sums.0 + block.0, sums.1 + block.1)
                }
                let mean = sums.0 / Double(rows)
                let variance = sums.1 / Double(rows) - mean * mean
                #expect(found.mean[column] == Float(mean))
                #expect(found.inverseDeviation[column] == Float(1 / variance.squareRoot()))
            }
            #expect(!found.hasOffsets && found.offset == [0, 0, 0])
        }
        check(singles, .float32) { Double($0) }
        check(bytes, .uint8) { Double($0) }
    }

    /// Where nothing varies, deviations are roundings; where little does, they are not.
    @Test func whatIsConstantFollowsTheRoundingOfTheNumbers() {
        let rows = 10_007
        let columns: [(value: (Int) -> Double, deviation: Double?)] = [
            ({ _ in 0.1 }, nil), ({ _ in 1e8 + 0.3 }, nil), ({ _ in 0 }, nil),
            // A unit in the last place, as sums in another order leave.
            ({ $0 % 2 == 0 ? 0.3 : 0.3.nextUp }, nil), ({ $0 % 2 == 0 ? 1e8 : (1e8).nextUp }, nil),
            ({ 1 + 1e-9 * Self.number($0, 1) }, 1e-9), ({ 1e8 + Self.number($0, 2) }, 1),
            ({ 1e15 + ($0 % 2 == 0 ? 8 : -8) }, 8), ({ -1e6 + 0.01 * Self.number($0, 3) }, 0.01),
        ]
        let numbers = (0..<rows).flatMap { row in columns.map { $0.value(row) } }
        let found = Self.normalization(Self.matrix(numbers, width: columns.count, .float64))
        for (place, column) in columns.enumerated() {
            let deviation = 1 / Double(found.inverseDeviation[place])
            if let expected = column.deviation {
                #expect(abs(deviation / expected - 1) < 0.03, "\(place)")
                #expect(found.offset[place] != 0 && found.mean[place] == 0)
            } else {
                #expect(found.inverseDeviation[place] == 1, "\(place)")
            }
        }
        // The neighbours of single precision at 10^8 are different numbers.
        let neighbours = (0..<rows).map { $0 % 2 == 0 ? Float(1e8) : Float(1e8).nextUp }
        let single = Self.normalization(Self.matrix(neighbours, width: 1, .float32))
        #expect(abs(1 / single.inverseDeviation[0] - 4) < 0.01)
    }

    private static func dataset(shiftedBy shift: Double, only: Int?) -> Dataset {
        let (rows, width) = (240, 5)
        let labels = (0..<rows).map { Int32($0 % 3) }
        let numbers = (0..<rows * width).map { place in
            let (row, column) = (place / width, place % width)
            let value = Self.number(row, column) + (column == Int(labels[row]) ? 1.5 : 0)
            return only == nil || only == column ? value + shift : value
        }
        return Dataset(
            name: "shifted", format: .idx, features: matrix(numbers, width: width, .float64), labels: labels,
            classNames: ["a", "b", "c"], partitions: labels.map { _ in .train },
            ids: .positional(partitionCounts: [rows, 0, 0]), groups: [],
            contentHash: SHA256.hexadecimal(of: "shifted \(shift) \(only ?? -1)"), notes: [])
    }

    private static func scores(_ dataset: Dataset) throws -> [DynamicsLog.Metric: [Float]] {
        var recipe = TrainingSupport.recipe(.perceptron(hidden: [12]))
        recipe.augmentation = Augmentation()
        let pool = WorkerPool(threadCount: 1)
        let run = try TrainingRun(
            recipe: recipe, dataset: dataset,
            normalization: FeatureNormalization(
                of: dataset.features, indices: dataset.indices(of: .train), pool: pool),
            pool: pool, monitor: .silent)
        for _ in 0..<3 { _ = try run.trainEpoch() }
        return try run.cleanPass(includesGradientNorms: true)
    }

    /// Where a feature has its zero is nothing that scores depend on.
    @Test(arguments: [1e4, 1e8, -1e8], [nil, 2] as [Int?]) func aShiftChangesNoScore(shift: Double, only: Int?) throws {
        let plain = try Self.scores(Self.dataset(shiftedBy: 0, only: nil))
        let shifted = try Self.scores(Self.dataset(shiftedBy: shift, only: only))
        #expect(plain.keys == shifted.keys && !plain.isEmpty)
        for (metric, values) in plain {
            let others = try #require(shifted[metric])
            let worst = zip(values, others).map { abs($0 - $1) }.max() ?? .infinity
            #expect(worst < 1e-3, "\(metric) \(worst)")
            // The scores are of something: they differ from example to example.
            #expect((values.max() ?? 0) - (values.min() ?? 0) > 0.05)
        }
    }
}
