extension StageKind {
    /// `curve`: accuracy over kept fraction.
    package static let curve = StageKind(
        name: "curve",
        abstract: "Trains on kept sets of several sizes, and compares them with random sets and all data.",
        discussion: """
            The trainings have the recipe and the seeds of a train stage, whose own runs are those on all data. Random \
            and class-balanced random sets are always trained on too, another draw for each seed. Every training is a \
            run in the store, so a longer curve trains only what is new. A fraction above what `dropHardest` leaves is \
            passed over.
            """,
        gives: .report, codeVersion: CurveWork.codeVersion,
        parameters: [
            Parameter(
                "runs", .stage(giving: .runs), isRequired: true,
                help: "The stage that trains on all data, whose recipe and seeds the others share.",
                knownElsewhereAs: ["train", "full", "from"]),
            Parameter(
                "scores", .stage(giving: .scores), absent: "random sets alone",
                help: "The stage whose scores sets are chosen by.", knownElsewhereAs: ["score"]),
            Parameter(
                "by", .list(.word(ScoreName.allCases.map(\.rawValue))), absent: "every score of the stage",
                help: "The scores to draw curves for. Random and class-balanced random sets are always there.",
                shownAs: "score,...", knownElsewhereAs: ["metric", "method"]),
            Parameter(
                "policies", .list(.word(CurveResult.policies.map(\.rawValue))), default: ["hardest"],
                help: "Which examples to keep by each score, as in a `prune` stage; several draw several curves.",
                option: "policy", shownAs: "name,...", knownElsewhereAs: ["policy", "policies", "strategy"]),
            Parameter(
                "keep", .list(.number(.above(0, to: 1))), default: [0.2, 0.4, 0.6, 0.8],
                help: "The shares to keep; all data is always there.", shownAs: "fraction,...",
                knownElsewhereAs: ["fractions", "fraction", "frac"]),
            Parameter(
                "budgets", .list(.word(CurveRun.Budget.allCases.map(\.rawValue))), default: ["epochs", "steps"],
                help: """
                    What is held equal to the training on all data: the epochs, which makes small sets cheap, or the \
                    steps, which shows what is lost for want of examples.
                    """, option: "budget", shownAs: "name,...", knownElsewhereAs: ["budget", "budgets"]),
            Parameter(
                "dropHardest", .number(.from(0, below: 1)), default: 0,
                help: "With ccs and window: never keep this share of the hardest.", shownAs: "share",
                knownElsewhereAs: ["offset", "beta"]),
            Parameter(
                "within", .number(.atLeast(0)), default: 0.5,
                help: "How many points of accuracy may be lost for pruning to count as harmless.",
                shownAs: "points",
                knownElsewhereAs: ["tolerance"]),
            Parameter(
                "on", .word(["test", "validation"]), absent: "test, or validation when there are no test examples",
                help: "The examples to measure accuracy on.", shownAs: "part", knownElsewhereAs: ["partition"]),
            Parameter(
                "out", .each(.file(endings: CurveFileFormat.allCases.map { ".\($0.rawValue)" })),
                absent: "the store only",
                help: "A file to write: a plot (.svg), the trainings (.csv) or the statistics (.json).",
                knownElsewhereAs: ["output", "plot", "file", "export"]),
        ],
        check: { CurveChecks($0).complaints },
        files: { $0.texts("out") }, prepare: { try CurveWork($0) })
}

/// What is wrong between the parameters of a `curve` stage, and with its inputs.
private struct CurveChecks {
    private let instance: StageInstance
    private let values: StageValues

    init(_ instance: StageInstance) {
        self.instance = instance
        values = instance.values
    }

    var complaints: [StageComplaint] {
        var found: [StageComplaint] = []
        if instance.input("runs").values.isGiven("split") {
            found.append(
                StageComplaint(
                    "runs", "trains on a split, and the curve starts from all data and draws its own kept sets",
                    suggestion: "leave `split` out there"))
        }
        let available = values.isGiven("scores") ? instance.input("scores").values.texts("by") : []
        for name in values.texts("by") where !available.contains(name) {
            found.append(
                StageComplaint(
                    "by", "names \(name), which is not computed",
                    suggestion: available.isEmpty
                        ? "add `scores: NAME` of a score stage" : "there is \(available.joined(separator: ", "))"))
        }
        let policies = values.texts("policies")
        let passedOver = values.number("dropHardest")
        if policies.contains("window"), passedOver == 0 {
            found.append(
                StageComplaint("policies", "window needs `dropHardest`", suggestion: "add `dropHardest: 0.05`"))
        }
        if passedOver > 0, !policies.contains("window"), !policies.contains("ccs") {
            found.append(
                StageComplaint(
                    "dropHardest", "is for the policies ccs and window, and neither is asked for",
                    suggestion: "add `policies: [\"hardest\",\"ccs\"]` for instance"))
        }
        for name in ["policies", "keep", "budgets"] where values[name]?.arrayValue?.isEmpty == true {
            found.append(StageComplaint(name, "names nothing", suggestion: "leave it out, or name one"))
        }
        let fractions = values.numbers("keep")
        if !fractions.isEmpty, fractions.allSatisfy({ $0 == 1 }) {
            found.append(
                StageComplaint(
                    "keep", "asks for all data, which is always there",
                    suggestion: "name a smaller share too, `keep: 0.5` for instance"))
        }
        return found
    }
}
