/// What a curve says: its points, what scoring costs, and the largest share that can be dropped.
package struct CurveSummary: Sendable {
    /// The result that is summarised.
    package let result: CurveResult
    /// All data.
    package let full: CurvePoint
    /// The points, by budget, method and descending kept fraction, in the order in which they were trained.
    package let points: [CurvePoint]

    /// Computes the statistics of a curve.
    package init(_ result: CurveResult) {
        self.result = result
        var groups: [[CurveRun]] = []
        var places: [PointKey: Int] = [:]
        for run in result.runs {
            let key = PointKey(run)
            if let place = places[key] {
                groups[place].append(run)
            } else {
                places[key] = groups.count
                groups.append([run])
            }
        }
        let held = result.heldOutClassCounts
        func accuracies(_ runs: [CurveRun]) -> [UInt64: Double] {
            Dictionary(
                runs.map { ($0.seed, Self.accuracy(of: $0, over: held)) }, uniquingKeysWith: { first, _ in first })
        }
        func group(_ method: CurveRun.Method, like run: CurveRun) -> [UInt64: Double]? {
            places[PointKey(method: method, budget: run.budget, keptFraction: run.keptFraction)]
                .map { accuracies(groups[$0]) }
        }
        let all = accuracies(result.full)
        full = Self.point(result.full, result, accuracies(result.full), random: nil, balanced: nil, full: nil)
        let found = groups.map { runs in
            let run = runs[0]
            return Self.point(
                runs, result, accuracies(runs),
                random: run.method == .random ? nil : group(.random, like: run),
                balanced: run.method == .classBalanced ? nil : group(.classBalanced, like: run), full: all)
        }
        var methods: [CurveRun.Method: Int] = [:]
        for point in found where methods[point.method] == nil { methods[point.method] = methods.count }
        let budgets = CurveRun.Budget.allCases
        points = found.sorted { a, b in
            if a.budget != b.budget {
                return (budgets.firstIndex(of: a.budget) ?? 0) < (budgets.firstIndex(of: b.budget) ?? 0)
            }
            if a.method != b.method { return (methods[a.method] ?? 0) < (methods[b.method] ?? 0) }
            return a.keptFraction > b.keptFraction
        }
    }

    /// The budgets that were trained.
    package var budgets: [CurveRun.Budget] {
        CurveRun.Budget.allCases.filter { budget in points.contains { $0.budget == budget } }
    }

    /// The methods, in the order of the points.
    package var methods: [CurveRun.Method] {
        points.reduce(into: []) { if !$0.contains($1.method) { $0.append($1.method) } }
    }

    private struct PointKey: Hashable {
        let method: CurveRun.Method
        let budget: CurveRun.Budget
        let keptFraction: Double

        init(method: CurveRun.Method, budget: CurveRun.Budget, keptFraction: Double) {
            self.method = method
            self.budget = budget
            self.keptFraction = keptFraction
        }

        init(_ run: CurveRun) {
            self.init(method: run.method, budget: run.budget, keptFraction: run.keptFraction)
        }
    }

    /// The share of held-out examples that a run predicted right.
    package static func accuracy(of run: CurveRun, over heldOut: [Int]) -> Double {
        Double(run.correctCounts.reduce(0, +)) / Double(max(1, heldOut.reduce(0, +)))
    }

    private static func point(
        _ runs: [CurveRun], _ result: CurveResult, _ accuracies: [UInt64: Double], random: [UInt64: Double]?,
        balanced: [UInt64: Double]?, full: [UInt64: Double]?
    ) -> CurvePoint {
        let run = runs[0]
        let held = result.heldOutClassCounts
        let present = held.indices.filter { held[$0] > 0 }
        func recall(_ run: CurveRun, _ label: Int) -> Double { Double(run.correctCounts[label]) / Double(held[label]) }
        let worst = runs.compactMap { run in present.map { recall(run, $0) }.min() }
        let moments = Moments(of: accuracies.sorted { $0.key < $1.key }.map(\.value))
        let imbalances = runs.map { run in
            let counts = run.keptClassCounts
            return Double(counts.max() ?? 0) / Double(counts.min() ?? 0)
        }
        var breakEven: Int?
        if run.budget == .epochs, let score = run.method.score, let cost = result.scoringCosts[score] {
            let saved = 1 - Double(run.keptCount) / Double(result.trainCount)
            if saved > 0 { breakEven = Int((cost / saved - 1e-9).rounded(.up)) }
        }
        return CurvePoint(
            method: run.method, budget: run.budget, keptFraction: run.keptFraction, keptCount: run.keptCount,
            epochs: run.epochs, steps: run.steps, accuracies: accuracies, mean: moments.mean,
            deviation: moments.standardDeviation,
            worstClassRecall: worst.isEmpty ? nil : worst.reduce(0, +) / Double(worst.count),
            worstClass: present.min { a, b in
                runs.reduce(0) { $0 + recall($1, a) } < runs.reduce(0) { $0 + recall($1, b) }
            },
            imbalance: imbalances.reduce(0, +) / Double(imbalances.count),
            againstRandom: random.flatMap { PairedDifference(accuracies, minus: $0) },
            againstClassBalanced: balanced.flatMap { PairedDifference(accuracies, minus: $0) },
            againstFull: full.flatMap { PairedDifference(accuracies, minus: $0) }, breakEven: breakEven)
    }
}
