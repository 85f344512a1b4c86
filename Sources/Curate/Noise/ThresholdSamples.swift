/// Threshold samples: Geoff Pleiss, Tianyi Zhang, Ethan Elenberg, Kilian Weinberger, "Identifying Mislabeled Data using
/// the Area Under the Margin Ranking", NeurIPS 2020, section 4.
///
/// Some correctly labelled examples are given a fake extra class. Their areas under the margin are what mislabelled
/// examples have, so a high percentile of them is a cut: examples below it are suspects. Here are the choice of the
/// samples and the cut; `SuspectsJob` trains.
package enum ThresholdSamples {
    /// The percentile of the paper.
    package static let percentile = 0.99

    /// Chooses the threshold samples of one of two runs with disjoint samples: N / (C + 1) each, as the paper has it.
    ///
    /// - Parameters:
    ///   - candidates: the training examples.
    ///   - seed: chooses among equally good samples.
    ///   - run: 0 or 1; together the runs judge every example at least once.
    /// - Returns: positions, in random order.
    /// - Throws: `usage` when there are too few examples for two sets.
    package static func positions(of candidates: ExampleTable, seed: UInt64, run: Int) throws -> [Int32] {
        precondition(run == 0 || run == 1, "there are two runs")
        let count = candidates.count / (candidates.classNames.count + 1)
        guard count > 0 && 2 * count <= candidates.count else {
            throw CurateError(
                .usage,
                "\(candidates.count) examples of \(candidates.classNames.count) classes are too few for threshold"
                    + " samples", at: candidates.datasetName, remedy: "use confident learning instead")
        }
        let order = SelectionDraws.randomOrder(of: candidates, seed: seed, .thresholdSample)
        return Array(order[(run * count)..<((run + 1) * count)])
    }

    /// The area under the margin below which an example is a suspect.
    ///
    /// The smallest value that at most 1 - percentile of the threshold samples lie above: an example is a suspect
    /// when more than that share of them is above it.
    ///
    /// - Precondition: there is a threshold sample, and no value is NaN.
    package static func cut(ofThresholdAUM values: [Float], percentile: Double = percentile) -> Float {
        precondition(!values.isEmpty && values.allSatisfy { !$0.isNaN }, "threshold samples have areas")
        precondition(percentile > 0 && percentile <= 1, "a percentile is a share")
        let descending = values.sorted(by: >)
        // 1 - 0.99 is a little more than a hundredth in binary; whole counts must not be lost to that.
        let above = Int(((1 - percentile) * Double(values.count) + 1e-9).rounded(.down))
        return descending[min(above, descending.count - 1)]
    }

    /// One training run with threshold samples.
    package struct Run: Sendable {
        /// The area under the margin of each position; of threshold samples, for the fake class.
        package let aum: [Float]
        /// The threshold samples.
        package let positions: Set<Int32>

        /// Describes a run.
        package init(aum: [Float], positions: Set<Int32>) {
            self.aum = aum
            self.positions = positions
        }
    }

    /// The suspects of one or more runs: the first run in which an example is no threshold sample judges it.
    ///
    /// - Returns: for each suspect, its position and the share of threshold samples above it, the most suspicious first:
    ///   by that share, then by the area, lower first, then by the hash of the id.
    package static func suspects(
        in runs: [Run], of candidates: ExampleTable, percentile: Double = percentile
    ) -> [(position: Int32, confidence: Double)] {
        var isJudged = [Bool](repeating: false, count: candidates.count)
        var found: [(position: Int32, confidence: Double, aum: Float)] = []
        for run in runs {
            precondition(run.aum.count == candidates.count && !run.positions.isEmpty, "a run over other examples")
            let ascending = run.positions.map { run.aum[Int($0)] }.sorted()
            let cut = cut(ofThresholdAUM: ascending, percentile: percentile)
            for position in 0..<candidates.count
            where !isJudged[position] && !run.positions.contains(Int32(truncatingIfNeeded: position)) {
                isJudged[position] = true
                let aum = run.aum[position]
                guard aum < cut else { continue }
                var (low, high) = (0, ascending.count)
                while low < high {
                    let middle = (low + high) / 2
                    if ascending[middle] > aum { high = middle } else { low = middle + 1 }
                }
                let share = Double(ascending.count - low) / Double(ascending.count)
                found.append((Int32(truncatingIfNeeded: position), share, aum))
            }
        }
        let hashes = Dictionary(
            uniqueKeysWithValues: found.map { ($0.position, candidates.hash(at: Int($0.position))) })
        found.sort { a, b in
            if a.confidence != b.confidence { return a.confidence > b.confidence }
            if a.aum != b.aum { return a.aum < b.aum }
            return (hashes[a.position] ?? 0) < (hashes[b.position] ?? 0)
        }
        return found.map { ($0.position, $0.confidence) }
    }
}
