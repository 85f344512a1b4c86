import Glibc
import Models

/// Beta-weighted sampling: Yeseul Cho, Baekrok Shin, Changmin Kang, Chulhee Yun, "Lightweight Dataset Pruning without
/// Full Training via Example Difficulty and Prediction Uncertainty" (DUAL), ICML 2025.
///
/// Examples are drawn without replacement with weights score * BetaPDF(p; a, b), p the mean probability of the label,
/// b = 15 (1 - mu) (1 - r^c) and a = 16 - b, r the pruned share, mu the mean p of the ten top-scored examples, c an
/// exponent by dataset. The more is pruned, the more the weights move to easy examples.
///
/// The draw is an exponential race (Efraimidis and Spirakis 2006): example i finishes at -ln(u_i) / w_i, and the first
/// to finish are kept, which has the distribution of drawing one after the other. u_i depends on seed and id alone, so
/// with fixed weights kept sets are nested. The probability of being kept has no closed form, hence no
/// Horvitz-Thompson weights.
struct BetaWeighting {
    /// The Beta distribution's parameters.
    let a: Double
    /// The Beta distribution's parameters.
    let b: Double

    /// How many of the top-scored examples the mean confidence is taken over.
    static let topCount = 10

    /// - Parameters:
    ///   - meanConfidence: mu.
    ///   - prunedShare: r.
    ///   - exponent: c.
    init(meanConfidence: Double, prunedShare: Double, exponent: Double) {
        b = 15 * (1 - meanConfidence) * (1 - pow(prunedShare, exponent))
        a = 16 - b
    }

    /// ln(score * p^(a-1) * (1-p)^(b-1)): the weight up to a factor that all examples share.
    func logWeight(score: Float, confidence: Float) -> Double {
        // In single precision p may be exactly 0 or 1, where the density may be infinite.
        let p = min(1 - 0x1p-24, max(0x1p-24, Double(confidence)))
        return log(Double(score)) + (a - 1) * log(p) + (b - 1) * log1p(-p)
    }

    /// The key of each candidate: its time in the race, the first to finish having the smallest.
    ///
    /// - Throws: `usage` when the score is not one that can be a weight.
    static func keys(
        of candidates: ExampleTable, ranking: HardnessRanking, confidence: [Float],
        prunedShare: Double, exponent: Double, seed: UInt64
    ) throws -> [UInt32] {
        guard ranking.direction.largestFirst, ranking.values.allSatisfy({ $0 >= 0 }) else {
            throw CurateError(
                .usage,
                "\(ranking.phrase) cannot be a weight: the dual policy needs a score that is 0 or more and higher"
                    + " for what should be kept", remedy: "use variability, el2n or a combination of scores")
        }
        precondition(confidence.count == candidates.count, "one confidence per candidate")
        if let position = confidence.firstIndex(where: { !($0 >= 0 && $0 <= 1) }) {
            throw CurateError(
                .badData, "the confidence of \(candidates.id(at: position)) is \(confidence[position])",
                remedy: "give mean probabilities, which lie in 0...1")
        }
        // Sorted, so that the sum does not depend on the order of the candidates.
        let top = ranking.hardest(min(topCount, candidates.count), of: candidates).map {
            Double(confidence[Int($0)])
        }.sorted()
        let weighting = BetaWeighting(
            meanConfidence: top.reduce(0, +) / Double(max(1, top.count)), prunedShare: prunedShare, exponent: exponent)
        return (0..<candidates.count).map { position in
            var random = SelectionDraws.stream(seed: seed, .race, hash: candidates.hash(at: position))
            // In (0, 1): neither end, so that both logarithms are finite.
            let uniform = (Double(random.next() >> 12) + 0.5) * 0x1p-52
            let logWeight = weighting.logWeight(score: ranking.values[position], confidence: confidence[position])
            return RankOrder.ascendingKey(Float(log(-log(uniform)) - logWeight))
        }
    }
}
