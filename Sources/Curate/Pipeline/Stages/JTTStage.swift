extension StageKind {
    /// `jtt`: a grid of second trainings, the baselines beside it, and whether training twice was worth it.
    package static let jtt = StageKind(
        name: "jtt",
        abstract: "Trains twice over a grid of T and λ, and compares with the methods beside it.",
        discussion: """
            Just Train Twice (Liu et al., ICML 2021) with everything a verdict needs. The runs of a train stage are ERM \
            and, unless another stage is named, the first training too: error sets at every T are queries over their \
            log. Each T and λ is trained once per seed, on the error set of that seed's own first training. The cell is \
            chosen on validation examples; the last epoch counts, as everywhere. The methods beside it have the same \
            recipe, seeds and epochs.
            """,
        gives: .report, codeVersion: JTTWork.codeVersion,
        parameters: [
            Parameter(
                "runs", .stage(giving: .runs), isRequired: true,
                help: "The stage that trains once (ERM), whose recipe, seeds and epochs all trainings share.",
                knownElsewhereAs: ["train", "erm", "from"]),
            Parameter(
                "identify", .stage(giving: .runs), absent: "`runs`",
                help: "The stage of the first training, when it is to be trained otherwise; it has the same seeds.",
                knownElsewhereAs: ["stage1", "first"]),
            Parameter(
                "logits", .each(.input), absent: "the first training is trained here",
                help: """
                    Logits of the training examples, in their order, from a first training elsewhere: one .npy per epoch \
                    as a pattern, or one array of all epochs; one for all seeds, or one for each.
                    """, shownAs: "pattern"),
            Parameter(
                "stage1Epochs", .list(.integer(1...largestEpoch)),
                absent: "1, 2 and half of the first training's epochs",
                help: "T: after how many epochs of the first training its errors are taken; several make a grid.",
                shownAs: "epoch,...", knownElsewhereAs: ["at", "T", "finalEpoch"]),
            Parameter(
                "upweight", .list(.number(.atLeast(1))), default: [5, 20, 50],
                help: "λ: what a member of the error set counts, the others counting 1; several make a grid.",
                shownAs: "factor,...", knownElsewhereAs: ["lambda", "upWeight", "lambdaUp"]),
        ] + ErrorSetParameters.shared + [
            Parameter(
                "select", .word(JTTResult.Selection.allCases.map(\.rawValue)),
                absent: "worst-group, or pseudo-groups when the data has no groups",
                help: """
                    By what a cell is chosen on validation examples: the lower bound of the worst group or class, or the \
                    worst of the groups that the first training makes (right or wrong, class by class), which needs no \
                    group labels.
                    """, shownAs: "what", knownElsewhereAs: ["selection", "selectBy"]),
            Parameter(
                "groups", .text, absent: "the first division of the dataset",
                help: "Which division into groups the methods beside it are told, when the dataset has several.",
                shownAs: "name"),
            Parameter(
                "minGroup", .integer(1...largestEpoch), default: 1,
                help: "Leave groups of fewer examples out when the worst is looked for.", shownAs: "count",
                knownElsewhereAs: ["minimumGroupSize"]),
            Parameter(
                "baselines", .list(.word(JTTBaseline.allCases.map(\.rawValue))), absent: "all that the data allows",
                help: "The methods beside it.", shownAs: "name,...", knownElsewhereAs: ["beside", "methods"]),
        ],
        check: { instance in
            var found = ErrorSetParameters.complaints(instance.values)
            let values = instance.values
            let first = instance.input(values.isGiven("identify") ? "identify" : "runs")
            if values.isGiven("logits") {
                if values.isGiven("identify") {
                    found.append(
                        StageComplaint(
                            "logits", "does not go with `identify`: both are a first training",
                            suggestion: "leave one of them out"))
                }
                if ErrorSetParameters.rule(values, upweight: 1).mode == .heldOut {
                    found.append(
                        StageComplaint(
                            "mode", "held-out trains here, and `logits` come from elsewhere",
                            suggestion: "leave one of them out"))
                }
            } else if let late = values.integers("stage1Epochs").first(where: { $0 > first.values.integer("epochs") }) {
                found.append(
                    StageComplaint(
                        "stage1Epochs",
                        "names \(late), and the first training has \(first.values.integer("epochs")) epochs",
                        suggestion: "name earlier ones, or train longer"))
            }
            for name in ["stage1Epochs", "upweight"] where values[name]?.arrayValue?.isEmpty == true {
                found.append(StageComplaint(name, "names nothing", suggestion: "leave it out, or name one"))
            }
            if values.truth("balanced"), values.isGiven("upweight") {
                found.append(
                    StageComplaint("upweight", "has no effect with `balanced`", suggestion: "leave one of the two out"))
            }
            if values.isGiven("identify"), first.values["seeds"] != instance.input("runs").values["seeds"] {
                found.append(
                    StageComplaint(
                        "identify", "has other seeds than the second training",
                        suggestion: "give both the same `seeds`"))
            }
            return found
        },
        demand: { parameter, instance in JTTWork.demand(of: parameter, instance) },
        prepare: { try JTTWork($0) })
}
