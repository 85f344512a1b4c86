extension StageKind {
    /// `prune`: which examples to keep.
    package static let prune = StageKind(
        name: "prune", abstract: "Chooses which training examples to keep, by a policy and a quota.",
        discussion: """
            Totals are exact, ties are broken by the names of the examples, and what is kept at a smaller fraction is \
            kept at every larger one. Candidates are the examples that were scored, or those among which suspects were \
            looked for, or else all training examples.
            """,
        gives: .split, codeVersion: PruneWork.codeVersion,
        parameters: [
            Parameter(
                "scores", .stage(giving: .scores), absent: "nothing is ranked, or by `scoresFile`",
                help: "The stage whose scores the examples are ranked by.",
                knownElsewhereAs: ["score", "input", "from"]),
            Parameter(
                "scoresFile", .input, absent: "nothing is ranked, or by `scores`",
                help: "The file whose scores the examples are ranked by: a .csv, .jsonl, .npz or .npy file of scores.",
                knownElsewhereAs: ["scorePath", "scoreFile"]),
            Parameter(
                "by", .list(.checked(placeholder: "scores", words: ScoreName.allCases.map(\.rawValue), rule: term)),
                absent: "the first score there is",
                help: """
                    The score to rank by, or several: then the mean of their ranks, weighted as in `el2n:2`. Directions \
                    come with the scores.
                    """, shownAs: "score[:weight],...", knownElsewhereAs: ["metric", "method", "score"]),
            Parameter(
                "policy", .word(PruningWords.PolicyName.allCases.map(\.rawValue)), default: "hardest",
                help: """
                    Which examples to keep: the hardest, the easiest, a window below the very hardest, a random share \
                    of every stratum of difficulty (ccs), a random set weighted by score and confidence (dual), or a \
                    random set.
                    """, shownAs: "name", knownElsewhereAs: ["rule", "strategy", "selection"]),
            Parameter(
                "keep", .number(.above(0, to: 1)), absent: "all that may be kept",
                help: "The share of the candidates to keep.", shownAs: "fraction",
                knownElsewhereAs: ["fraction", "keptFraction", "frac", "keepRatio"]),
            Parameter(
                "dropHardest", .number(.from(0, below: 1)), default: 0,
                help: "With window and ccs: never keep this share of the hardest.", shownAs: "share",
                knownElsewhereAs: ["offset", "misRatio", "beta"]),
            Parameter(
                "dropBy", .checked(placeholder: "score", words: ScoreName.allCases.map(\.rawValue)) { _ in nil },
                absent: "what examples are ranked by",
                help: """
                    With dropHardest: the score by which the hardest are found that are never kept. The code of ccs \
                    takes the accumulated margin, which is aum, whatever it ranks by.
                    """, shownAs: "score", section: fine, knownElsewhereAs: ["misKey"]),
            Parameter(
                "strata", .integer(1...PruningPolicy.largestStrataCount),
                default: .int(PruningPolicy.defaultStrataCount),
                help: "With ccs: how many strata of equal width of score.", section: fine,
                knownElsewhereAs: ["stratas", "bins"]),
            Parameter(
                "prunedShare", .number(.from(0, to: 1)), absent: "the share that is pruned",
                help: "With dual: make the weights for this share, so that kept sets are nested.", shownAs: "share",
                section: fine),
            Parameter(
                "exponent", .number(.above(0)), default: .double(PruningPolicy.defaultBetaExponent),
                help: "With dual: how late the weights move to easy examples.", section: fine),
            Parameter(
                "quota", .word(PruningWords.QuotaName.allCases.map(\.rawValue)), default: "none",
                help: "How many of each class or group: as the policy has it, in proportion, equally many, or more of "
                    + "classes with low recall (numbers, or with worst-class-density shares, in proportion to 1 - recall).",
                shownAs: "name", knownElsewhereAs: ["balance"]),
            Parameter(
                "per", .text, absent: "classes", help: "Count the quota or floor by this group column.",
                shownAs: "column", section: quotas, knownElsewhereAs: ["group", "byGroup"]),
            Parameter(
                "floor", .integer(1...Int(Int32.max)), absent: "none",
                help: "Keep at least this many of each class or group, or all it has.",
                knownElsewhereAs: ["minPerClass", "classFloor"]),
            Parameter(
                "recall", .input, absent: "that of the predictions in the scores",
                help:
                    "With worst-class and worst-class-density: a CSV file with the columns class and recall, best from held-out data.",
                section: quotas),
            Parameter(
                "allowEmptyClasses", .boolean, default: false, help: "Whether a class may lose all its examples.",
                section: quotas),
            Parameter(
                "seed", .seed, default: 0, help: "Chooses among equally good random sets.", section: fine),
            Parameter(
                "exclude", .stages(giving: .suspects), absent: "nothing",
                help: "The stages whose label suspects are never kept.",
                knownElsewhereAs: ["suspects", "dropSuspects"]),
            Parameter(
                "suspectsFile", .input, absent: "nothing",
                help: """
                    Never keep what this file lists: the label suspects that were written to it, or a CSV file with a \
                    column id.
                    """, knownElsewhereAs: ["issues"]),
            Parameter(
                "probabilities", .input, absent: "nothing",
                help: """
                    Never keep label suspects by confident learning on this .npy file of out-of-fold class \
                    probabilities, a row per training example.
                    """, section: errors, knownElsewhereAs: ["predProbs", "probs"]),
            Parameter(
                "weights", .word(PruningRule.Weighting.allCases.map(\.rawValue)), default: "equal",
                help: "What kept examples count: alike, or 1 over the probability of being kept (random and ccs).",
                shownAs: "name", section: fine, knownElsewhereAs: ["weighting"]),
            Parameter(
                "out", .directory, absent: "the store only",
                help: "A directory to write split.csv, kept_indices.npy and manifest.json into.", shownAs: "directory",
                knownElsewhereAs: ["output", "export"]),
            Parameter(
                "materialize", .directory, absent: "nothing is copied",
                help: """
                    A directory to write the kept examples, and validation and test, into in the data's own format; of \
                    image folders, symbolic links.
                    """, shownAs: "directory", knownElsewhereAs: ["materialise", "copy"]),
        ],
        check: { PruningChecks($0).complaints },
        files: { values in
            let hasSuspects = ["exclude", "suspectsFile", "probabilities"].contains(where: values.isGiven)
            return values["out"]?.stringValue.map { SplitWriter.paths(in: $0, withSuspects: hasSuspects) } ?? []
        }, prepare: { try PruneWork($0) })

    private static let fine = "FINE CONTROL"
    private static let quotas = "QUOTAS"
    private static let errors = "LABEL ERRORS"

    private static func term(_ text: String) -> ValueMismatch? {
        if PruningWords.PolicyName(rawValue: text) != nil {
            return ValueMismatch(
                "must hold scores, and \(text) is a policy", suggestion: "did you mean `policy: \"\(text)\"`?")
        }
        if PruningWords.Term(text) != nil { return nil }
        let hasName = text.first.map { $0 != ":" } ?? false
        return ValueMismatch(
            hasName && text.count(where: { $0 == ":" }) == 1
                ? "must have a weight above 0 after the colon, not \"\(text)\""
                : "must hold scores, or a score and a weight like el2n:2, not \"\(text)\"")
    }
}
