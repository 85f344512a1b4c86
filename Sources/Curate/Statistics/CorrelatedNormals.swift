import Glibc
import Models

/// Draws of normal variables with unit variance and given correlations.
///
/// By the Cholesky factor of the correlation matrix. A draw is a function of the seed and its number.
struct CorrelatedNormals: Sendable {
    /// The number of variables.
    let dimension: Int
    /// Whether no two of them are correlated.
    let isIndependent: Bool
    /// The lower triangle of the factor, row after row.
    private let factor: [Double]

    /// Factors the correlations of a covariance matrix.
    ///
    /// - Parameters:
    ///   - dimension: the number of variables.
    ///   - covariance: the covariance of two of them, the first number being the larger or the same.
    /// - Precondition: variances are positive.
    init(dimension: Int, covariance: (Int, Int) -> Double) {
        self.dimension = dimension
        let deviations = (0..<dimension).map { covariance($0, $0).squareRoot() }
        precondition(deviations.allSatisfy { $0 > 0 }, "a variable without a variance")
        var factor = [Double](repeating: 0, count: dimension * (dimension + 1) / 2)
        var isIndependent = true
        for row in 0..<dimension {
            let rowStart = row * (row + 1) / 2
            for column in 0..<row {
                let columnStart = column * (column + 1) / 2
                var rest = covariance(row, column) / (deviations[row] * deviations[column])
                if rest != 0 { isIndependent = false }
                for k in 0..<column { rest -= factor[rowStart + k] * factor[columnStart + k] }
                let pivot = factor[columnStart + column]
                // A variable that earlier ones determine has no share of its own.
                factor[rowStart + column] = pivot > 1e-8 ? rest / pivot : 0
            }
            var rest = 1.0
            for k in 0..<row { rest -= factor[rowStart + k] * factor[rowStart + k] }
            factor[rowStart + row] = max(0, rest).squareRoot()
        }
        self.factor = factor
        self.isIndependent = isIndependent
    }

    /// Calls a function with each draw.
    func draw(_ count: Int, seed: UInt64, _ body: (UnsafeBufferPointer<Double>) -> Void) {
        let pairs = (dimension + 1) / 2
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * pairs + dimension) { memory in
            let independent = memory[..<(2 * pairs)]
            let correlated = UnsafeMutableBufferPointer(rebasing: memory[(2 * pairs)...])
            let base = UnsafeMutableBufferPointer(rebasing: independent)
            for number in 0..<count {
                var random = KeyedRandom(seed: seed, stream: .resampling, index: number)
                for pair in 0..<pairs { (base[2 * pair], base[2 * pair + 1]) = Self.pair(&random) }
                factor.withUnsafeBufferPointer { factor in
                    var start = 0
                    for row in 0..<dimension {
                        var sum = 0.0
                        for column in 0...row { sum += factor[start + column] * base[column] }
                        correlated[row] = sum
                        start += row + 1
                    }
                }
                body(UnsafeBufferPointer(correlated))
            }
        }
    }

    /// Two independent normal draws.
    ///
    /// George E. P. Box and Mervin E. Muller, "A Note on the Generation of Random Normal Deviates", Annals of
    /// Mathematical Statistics 29 (1958).
    private static func pair(_ random: inout KeyedRandom) -> (Double, Double) {
        // Above 0, so that the logarithm is finite.
        let radius = (-2 * log((Double(random.next() >> 11) + 1) * 0x1p-53)).squareRoot()
        let angle = 2 * Double.pi * (Double(random.next() >> 11) * 0x1p-53)
        return (radius * cos(angle), radius * sin(angle))
    }
}
