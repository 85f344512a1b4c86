/// The sentence a curve ends with: the largest share that can be dropped, or that none can.
extension CurveSummary {
    /// The smallest kept set that does no harm.
    package struct HarmlessPruning: Sendable, Equatable {
        /// The point.
        package let point: CurvePoint
        /// Whether random sets of the same size are within the tolerance as well; nil when there are none.
        package let isRandomHarmlessToo: Bool?
    }

    /// The budget that the verdict is about: equal epochs, which is what makes pruning cheap, if it was trained.
    package var verdictBudget: CurveRun.Budget? { budgets.first }

    /// The point that keeps least while its mean accuracy is within the tolerance of all data.
    ///
    /// Every milder pruning by the same method must be within it too, as far as it was measured: one lucky point is not a
    /// curve. Of several methods the one with the higher accuracy; nil when none qualifies.
    package var harmlessPruning: HarmlessPruning? {
        guard let budget = verdictBudget else { return nil }
        var best: CurvePoint?
        for method in methods {
            guard let candidate = smallestHarmless(method, budget) else { continue }
            if let found = best {
                let isSmaller = candidate.keptFraction < found.keptFraction
                let isBetter = candidate.keptFraction == found.keptFraction && candidate.mean > found.mean
                if !isSmaller && !isBetter { continue }
            }
            best = candidate
        }
        guard let best else { return nil }
        var randomToo: Bool?
        if best.method != .random, methods.contains(.random) {
            randomToo = smallestHarmless(.random, budget).map { $0.keptFraction <= best.keptFraction } ?? false
        }
        return HarmlessPruning(point: best, isRandomHarmlessToo: randomToo)
    }

    private func smallestHarmless(_ method: CurveRun.Method, _ budget: CurveRun.Budget) -> CurvePoint? {
        let curve = points.filter { $0.method == method && $0.budget == budget }
            .sorted { $0.keptFraction > $1.keptFraction }
        return curve.prefix { isHarmless($0) }.last
    }

    private func isHarmless(_ point: CurvePoint) -> Bool {
        guard let difference = point.againstFull else { return false }
        // Half a thousandth of a point is rounding.
        return 100 * difference.mean >= -result.tolerance - 5e-4
    }

    /// The verdict in one sentence.
    package var sentence: String {
        let within = "within \(Self.points(result.tolerance)) of all data"
        guard let budget = verdictBudget else { return "Nothing was dropped, so there is nothing to say." }
        let condition = budget == .epochs ? "at equal epochs" : "at equal steps"
        guard let found = harmlessPruning else {
            let mildest = points.filter { $0.budget == budget }.map(\.keptFraction).max() ?? 1
            let best = points.filter { $0.budget == budget && $0.keptFraction == mildest }.max { $0.mean < $1.mean }
            guard let best, let difference = best.againstFull else { return "Nothing can be compared with all data." }
            return "No share that was tried can be dropped \(within) \(condition): dropping "
                + "\(DecimalText.shortPercent(1 - mildest)), the mildest, costs \(Self.loss(difference)) even with "
                + "\(best.method.name), the best there."
        }
        let point = found.point
        guard let difference = point.againstFull else { return "Nothing can be compared with all data." }
        var text =
            "\(DecimalText.shortPercent(1 - point.keptFraction)) can be dropped \(within) \(condition): keeping "
            + "\(DecimalText.shortPercent(point.keptFraction)) by \(point.method.name) "
            + (difference.mean < 0 ? "costs " : "gains ") + Self.loss(difference)
        if let lower = difference.interval?.lowerBound, 100 * lower < -result.tolerance {
            text += ", and more than the tolerance is not ruled out"
        } else if difference.interval == nil {
            text += ", and one seed does not tell how sure that is"
        }
        switch found.isRandomHarmlessToo {
        case true: text += "; a random set of that size does as well"
        case false: text += "; a random set of that size does not"
        default: break
        }
        return text + "."
    }

    /// `0.21 points (95 % interval -0.40 to -0.02, 3 seeds)`.
    private static func loss(_ difference: PairedDifference) -> String {
        let seeds = "\(difference.count) seed\(difference.count == 1 ? "" : "s")"
        let interval = difference.interval.map {
            "95 % interval \(signed($0.lowerBound)) to \(signed($0.upperBound)), "
        }
        return "\(points(100 * abs(difference.mean))) (\(interval ?? "")\(seeds))"
    }

    private static func points(_ value: Double) -> String {
        let text = DecimalText.fixed(value, places: 2)
        return "\(text) point\(text == "1.00" ? "" : "s")"
    }

    /// A difference of shares in points, with its sign.
    package static func signed(_ difference: Double) -> String {
        let text = DecimalText.fixed(100 * difference, places: 2)
        return text.hasPrefix("-") ? text : "+" + text
    }
}
