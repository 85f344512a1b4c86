/// Everything a curve of accuracy over kept fraction is drawn from.
package struct CurveResult: Sendable, Equatable {
    /// The policies that curves can be drawn for, with each score.
    package static let policies: [PruningWords.PolicyName] = [.hardest, .easiest, .window, .ccs]

    /// What the user calls the dataset.
    package let datasetName: String
    /// The content hash of the dataset.
    package let datasetHash: String
    /// The name of each class.
    package let classNames: [String]
    /// The examples that accuracy is measured on: `test` or `validation`.
    package let partition: String
    /// How many of them each class has.
    package let heldOutClassCounts: [Int]
    /// The training examples there were to choose from.
    package let trainCount: Int
    /// The trainings on all of them, one per seed.
    package let full: [CurveRun]
    /// The trainings on kept sets.
    package let runs: [CurveRun]
    /// What each score cost, in full trainings of the same recipe; passes are counted, not seconds.
    package let scoringCosts: [String: Double]
    /// How many points of accuracy may be lost for pruning to count as harmless.
    package let tolerance: Double

    /// Makes a result.
    ///
    /// - Precondition: every list of classes has the same length, and there is a training on the full data.
    package init(
        datasetName: String, datasetHash: String, classNames: [String], partition: String, heldOutClassCounts: [Int],
        trainCount: Int, full: [CurveRun], runs: [CurveRun], scoringCosts: [String: Double], tolerance: Double
    ) {
        precondition(!full.isEmpty && heldOutClassCounts.count == classNames.count, "nothing to compare with")
        precondition(
            (full + runs).allSatisfy {
                $0.correctCounts.count == classNames.count && $0.keptClassCounts.count == classNames.count
            }, "runs over other classes")
        self.datasetName = datasetName
        self.datasetHash = datasetHash
        self.classNames = classNames
        self.partition = partition
        self.heldOutClassCounts = heldOutClassCounts
        self.trainCount = trainCount
        self.full = full
        self.runs = runs
        self.scoringCosts = scoringCosts
        self.tolerance = tolerance
    }
}

extension CurveResult {
    /// The result as JSON, as stores keep it: numbers as they are, nothing derived.
    package var json: JSONValue {
        func integers(_ values: [Int]) -> JSONValue { .array(values.map { .int($0) }) }
        func run(_ run: CurveRun) -> JSONValue {
            [
                "score": run.method.score.map { .string($0) } ?? JSONValue.null, "policy": .string(run.method.policy),
                "keep": .double(run.keptFraction), "kept": .int(run.keptCount), "budget": .string(run.budget.rawValue),
                "seed": .string(String(run.seed)), "epochs": .int(run.epochs), "steps": .int(run.steps),
                "correct": integers(run.correctCounts), "keptClasses": integers(run.keptClassCounts),
                "run": .string(run.key),
            ]
        }
        return [
            "curate": "curve", "dataset": ["name": .string(datasetName), "hash": .string(datasetHash)],
            "classes": .array(classNames.map { .string($0) }), "partition": .string(partition),
            "heldOut": integers(heldOutClassCounts), "train": .int(trainCount), "full": .array(full.map(run)),
            "runs": .array(runs.map(run)), "scoringCosts": .object(scoringCosts.mapValues { .double($0) }),
            "tolerance": .double(tolerance),
        ]
    }

    /// Reads what `json` makes.
    ///
    /// - Throws: `badData` when a key is missing, of the wrong kind, or lists of classes differ in length.
    package init(_ json: JSONValue, at path: String) throws {
        func failure(_ what: String) -> CurateError {
            CurateError(
                .badData, "the curve's '\(what)' cannot be read", at: path,
                remedy: "'curate store verify' says what is damaged")
        }
        func required<Value>(_ value: Value?, _ what: String) throws -> Value {
            guard let value else { throw failure(what) }
            return value
        }
        func integers(_ value: JSONValue?, _ what: String) throws -> [Int] {
            try required(value?.arrayValue, what).map { try required($0.intValue, what) }
        }
        let names = try required(json["classes"]?.arrayValue, "classes").map { try required($0.stringValue, "classes") }
        func run(_ json: JSONValue) throws -> CurveRun {
            let counts = (try integers(json["correct"], "correct"), try integers(json["keptClasses"], "keptClasses"))
            guard counts.0.count == names.count, counts.1.count == names.count else { throw failure("runs") }
            return CurveRun(
                method: CurveRun.Method(
                    score: json["score"]?.stringValue, policy: try required(json["policy"]?.stringValue, "policy")),
                keptFraction: try required(json["keep"]?.doubleValue, "keep"),
                keptCount: try required(json["kept"]?.intValue, "kept"),
                budget: try required(json["budget"]?.stringValue.flatMap { CurveRun.Budget(rawValue: $0) }, "budget"),
                seed: try required(json["seed"]?.unsignedValue, "seed"),
                epochs: try required(json["epochs"]?.intValue, "epochs"),
                steps: try required(json["steps"]?.intValue, "steps"), correctCounts: counts.0,
                keptClassCounts: counts.1, key: try required(json["run"]?.stringValue, "run"))
        }
        let full = try required(json["full"]?.arrayValue, "full").map(run)
        let heldOut = try integers(json["heldOut"], "heldOut")
        guard !full.isEmpty, heldOut.count == names.count else { throw failure("full") }
        self.init(
            datasetName: try required(json["dataset"]?["name"]?.stringValue, "dataset"),
            datasetHash: try required(json["dataset"]?["hash"]?.stringValue, "dataset"), classNames: names,
            partition: try required(json["partition"]?.stringValue, "partition"), heldOutClassCounts: heldOut,
            trainCount: try required(json["train"]?.intValue, "train"), full: full,
            runs: try required(json["runs"]?.arrayValue, "runs").map(run),
            scoringCosts: try required(json["scoringCosts"]?.objectValue, "scoringCosts").mapValues {
                try required($0.doubleValue, "scoringCosts")
            }, tolerance: try required(json["tolerance"]?.doubleValue, "tolerance"))
    }
}
