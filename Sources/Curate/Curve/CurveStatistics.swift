/// The difference between two ways of training with the same seeds.
public struct PairedDifference: Sendable, Equatable {
    /// How many seeds both were trained with.
    public let count: Int
    /// The mean difference, in shares of 1.
    public let mean: Double
    /// The 95 % interval of the mean, by Student's t with count - 1 degrees of freedom; nil for one seed.
    public let interval: ClosedRange<Double>?

    /// Compares what seeds gave here and there; nil when no seed is in both.
    public init?(_ values: [UInt64: Double], minus others: [UInt64: Double]) {
        let differences = values.sorted { $0.key < $1.key }.compactMap { seed, value in others[seed].map { value - $0 }
        }
        guard !differences.isEmpty else { return nil }
        count = differences.count
        let (mean, deviation) = Self.moments(of: differences)
        self.mean = mean
        interval = deviation.map {
            let half =
                StudentT.centralQuantile(0.95, degreesOfFreedom: differences.count - 1) * $0
                / Double(differences.count).squareRoot()
            return (mean - half)...(mean + half)
        }
    }

    /// The mean, and the standard deviation with divisor n - 1; nil for one value.
    package static func moments(of values: [Double]) -> (mean: Double, deviation: Double?) {
        let mean = values.reduce(0, +) / Double(values.count)
        guard values.count > 1 else { return (mean, nil) }
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (squares / Double(values.count - 1)).squareRoot())
    }
}

/// One point of a curve: a method at a kept fraction and a budget, over its seeds.
public struct CurvePoint: Sendable, Equatable {
    /// How the sets were chosen.
    public let method: CurveRun.Method
    /// What was held equal.
    public let budget: CurveRun.Budget
    /// The share that was kept.
    public let keptFraction: Double
    /// How many examples were kept.
    public let keptCount: Int
    /// The epochs of each training.
    public let epochs: Int
    /// The steps of each training.
    public let steps: Int
    /// The accuracy of each seed, in 0...1.
    public let accuracies: [UInt64: Double]
    /// The mean accuracy.
    public let mean: Double
    /// The standard deviation over seeds, divisor n - 1; nil for one seed.
    public let deviation: Double?
    /// The mean over seeds of the recall of each run's worst class; nil without held-out examples of any class.
    public let worstClassRecall: Double?
    /// The class whose mean recall is lowest.
    public let worstClass: Int?
    /// The largest class of the kept set over its smallest, mean over seeds; infinite when a class is lost.
    public let imbalance: Double
    /// The difference to random sets of the same size; nil for these themselves.
    public let againstRandom: PairedDifference?
    /// The difference to class-balanced random sets of the same size; nil for these themselves.
    public let againstClassBalanced: PairedDifference?
    /// The difference to all data; nil for all data.
    public let againstFull: PairedDifference?
    /// After how many trainings on the kept set its scores are paid for; nil when never, or when nothing was scored.
    public let breakEven: Int?
}

/// What a curve says: its points, what scoring costs, and the largest share that can be dropped.
public struct CurveSummary: Sendable {
    /// The result that is summarised.
    public let result: CurveResult
    /// All data.
    public let full: CurvePoint
    /// The points, by budget, method and descending kept fraction, in the order in which they were trained.
    public let points: [CurvePoint]

    /// Computes the statistics of a curve.
    public init(_ result: CurveResult) {
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
    public var budgets: [CurveRun.Budget] {
        CurveRun.Budget.allCases.filter { budget in points.contains { $0.budget == budget } }
    }

    /// The methods, in the order of the points.
    public var methods: [CurveRun.Method] {
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
        let (mean, deviation) = PairedDifference.moments(of: accuracies.sorted { $0.key < $1.key }.map(\.value))
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
            epochs: run.epochs, steps: run.steps, accuracies: accuracies, mean: mean, deviation: deviation,
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
