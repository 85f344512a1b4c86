/// Range, mean and spread of all numbers, the range of each column, and each row's hash: everything that one pass
/// over the features can tell.
struct FeatureSummary {
    private(set) var minimum = 0.0
    private(set) var maximum = 0.0
    private(set) var mean = 0.0
    private(set) var standardDeviation = 0.0
    /// Columns with the same number in every row.
    private(set) var constantColumns: [Int] = []
    /// For each row, its hash.
    private(set) var keys: [DuplicateSearch.Key] = []

    /// Sums of (x - shift) and its square; a shift near the mean keeps the subtraction below harmless.
    private var sum = 0.0
    private var squareSum = 0.0

    init(of features: FeatureMatrix) {
        keys.reserveCapacity(features.count)
        switch features.elementType {
        case .uint8: summarise(features, as: UInt8.self, addBytes)
        case .float32: summarise(features, as: Float.self, addFloats)
        case .float64: summarise(features, as: Double.self, addDoubles)
        }
    }

    private typealias Adder = (UnsafeRawBufferPointer, _ shift: Double) -> (sum: Double, squareSum: Double)

    private mutating func summarise<Number: Comparable & BitwiseCopyable & BinaryNumber>(
        _ features: FeatureMatrix, as type: Number.Type, _ add: Adder
    ) {
        let width = features.shape.elementCount
        guard features.count > 0 else { return }
        let firstRow = features.row(0)
        let size = MemoryLayout<Number>.size
        var lowest = (0..<width).map { firstRow.loadUnaligned(fromByteOffset: $0 * size, as: Number.self) }
        var highest = lowest
        let shift = lowest[0].asDouble
        features.forEachBlock { block, first in
            let rowCount = block.count / features.rowByteCount
            for row in 0..<rowCount {
                let start = row * features.rowByteCount
                let bytes = UnsafeRawBufferPointer(rebasing: block[start..<(start + features.rowByteCount)])
                keys.append(DuplicateSearch.Key(hash: RowHash(bytes), index: first + row))
                Self.widen(&lowest, &highest, by: bytes)
                let sums = add(bytes, shift)
                sum += sums.sum
                squareSum += sums.squareSum
            }
        }
        let count = Double(features.count) * Double(width)
        mean = shift + sum / count
        standardDeviation = max(0, squareSum / count - (sum / count) * (sum / count)).squareRoot()
        minimum = lowest.min()?.asDouble ?? 0
        maximum = highest.max()?.asDouble ?? 0
        constantColumns = (0..<width).filter { lowest[$0] == highest[$0] }
    }

    private static func widen<Number: Comparable & BitwiseCopyable>(
        _ lowest: inout [Number], _ highest: inout [Number], by row: UnsafeRawBufferPointer
    ) {
        lowest.withUnsafeMutableBufferPointer { lowest in
            highest.withUnsafeMutableBufferPointer { highest in
                for column in lowest.indices {
                    let value = row.loadUnaligned(
                        fromByteOffset: column * MemoryLayout<Number>.size, as: Number.self)
                    lowest[column] = value < lowest[column] ? value : lowest[column]
                    highest[column] = value > highest[column] ? value : highest[column]
                }
            }
        }
    }

    private func addBytes(_ row: UnsafeRawBufferPointer, _ shift: Double) -> (sum: Double, squareSum: Double) {
        var sum: UInt64 = 0
        var squareSum: UInt64 = 0
        for byte in row {
            sum &+= UInt64(byte)
            squareSum &+= UInt64(UInt32(byte) &* UInt32(byte))
        }
        // Whole numbers, exact: shifting them afterwards loses nothing.
        let count = Double(row.count)
        let total = Double(sum)
        return (total - count * shift, Double(squareSum) - 2 * shift * total + count * shift * shift)
    }

    private func addFloats(_ row: UnsafeRawBufferPointer, _ shift: Double) -> (sum: Double, squareSum: Double) {
        var sums = SIMD8<Double>()
        var squareSums = SIMD8<Double>()
        var offset = 0
        while offset + 32 <= row.count {
            let values = row.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
            let shifted = SIMD8<Double>(values) - shift
            sums += shifted
            squareSums += shifted * shifted
            offset += 32
        }
        var result = (sum: sums.sum(), squareSum: squareSums.sum())
        while offset < row.count {
            let shifted = Double(row.loadUnaligned(fromByteOffset: offset, as: Float.self)) - shift
            result.sum += shifted
            result.squareSum += shifted * shifted
            offset += 4
        }
        return result
    }

    private func addDoubles(_ row: UnsafeRawBufferPointer, _ shift: Double) -> (sum: Double, squareSum: Double) {
        var result = (sum: 0.0, squareSum: 0.0)
        for offset in stride(from: 0, to: row.count, by: 8) {
            let shifted = row.loadUnaligned(fromByteOffset: offset, as: Double.self) - shift
            result.sum += shifted
            result.squareSum += shifted * shifted
        }
        return result
    }
}

/// The three kinds of number a feature can be, seen as double precision.
private protocol BinaryNumber {
    var asDouble: Double { get }
}

extension UInt8: BinaryNumber { fileprivate var asDouble: Double { Double(self) } }
extension Float: BinaryNumber { fileprivate var asDouble: Double { Double(self) } }
extension Double: BinaryNumber { fileprivate var asDouble: Double { self } }
