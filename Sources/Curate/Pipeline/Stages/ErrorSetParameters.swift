/// How error sets are taken and what they count, as the stages `errorSet` and `jtt` are told.
enum ErrorSetParameters {
    private static let semantics = "WHOSE JTT"
    private static let noise = "WRONG LABELS IN THE ERROR SET"

    /// The parameters that both have.
    static let shared: [Parameter] = [
        Parameter(
            "preset", .word(ErrorSetRule.Preset.allCases.map(\.rawValue)), default: "paper",
            help: """
                Whose JTT: the paper's (clean, weights with mean 1, λ times), the authors' code (anniesch: online, λ \
                further copies), SubpopBench's (weights that are not divided) or SpuCo's (λ copies). What is said \
                besides takes its place.
                """, shownAs: "name", knownElsewhereAs: ["variant", "convention"]),
        Parameter(
            "mode", .word(ErrorSetRule.Mode.allCases.map(\.rawValue)), absent: "that of the preset",
            help: """
                Whose mistakes: of the training pass of the epoch (online), of a pass after it (clean), or of networks \
                that have not seen the example (held-out).
                """, shownAs: "name", section: semantics),
        Parameter(
            "confidence", .number(.above(0, to: 1)), absent: "wrong means another prediction than the label",
            help: "Take examples whose label is less probable than this, right or wrong.", shownAs: "probability",
            section: semantics, knownElsewhereAs: ["confidenceThreshold", "augCol"]),
        Parameter(
            "folds", .integer(2...100), absent: "4 with held-out",
            help: "How many parts held-out sets train without, each judged by those that did not see it.",
            section: semantics),
        Parameter(
            "balanced", .boolean, default: false,
            help:
                "Whether the set gets as many whole copies as make it weigh what the rest weighs, whatever `upweight`.",
            section: semantics),
        Parameter(
            "addsToOriginal", .boolean, absent: "that of the preset",
            help: "Whether λ comes on top of the example itself, which then counts λ + 1.", section: semantics),
        Parameter(
            "bySampling", .boolean, absent: "that of the preset",
            help: "Whether members count by copies, which lengthen an epoch, and not by the weight of their losses.",
            section: semantics, knownElsewhereAs: ["sampling", "application", "copies"]),
        Parameter(
            "normalized", .boolean, absent: "that of the preset",
            help: "Whether weights are divided by their mean, so that the learning rate keeps its meaning.",
            section: semantics),
        Parameter(
            "noise", .word(ErrorSetRule.Noise.allCases.map(\.rawValue)), default: "keep",
            help: """
                What to do with members whose labels are probably wrong (those of `suspects`, else those that the first \
                training never learned): let them count like all, once, or at most `cap`.
                """, shownAs: "what", section: noise),
        Parameter(
            "cap", .number(.atLeast(1)), default: 2, help: "What such a member counts at most, with `noise: \"cap\"`.",
            section: noise),
        Parameter(
            "suspects", .stage(giving: .suspects), absent: "what the first training never learned",
            help: "The stage that says which labels are probably wrong.", section: noise),
    ]

    /// The rule that some values describe.
    ///
    /// - Parameter upweight: λ.
    static func rule(_ values: StageValues, upweight: Double) -> ErrorSetRule {
        var rule = ErrorSetRule(ErrorSetRule.Preset(rawValue: values.text("preset")) ?? .paper, upweight: upweight)
        if let mode = values["mode"]?.stringValue.flatMap({ ErrorSetRule.Mode(rawValue: $0) }) { rule.mode = mode }
        if let isSampled = values["bySampling"]?.boolValue { rule.application = isSampled ? .copies : .weights }
        if let adds = values["addsToOriginal"]?.boolValue { rule.addsToOriginal = adds }
        if let isNormalized = values["normalized"]?.boolValue { rule.isNormalized = isNormalized }
        if values.truth("balanced") { rule.upweight = nil }
        rule.confidence = values["confidence"]?.doubleValue
        rule.noise = ErrorSetRule.Noise(rawValue: values.text("noise")) ?? .keep
        rule.cap = values.number("cap")
        return rule
    }

    /// The parameters that `rule(_:upweight:)` reads, decided, for the identity of a stage.
    static func decided(_ rule: ErrorSetRule, foldCount: Int?) -> [String: JSONValue] {
        var members = rule.json.objectValue ?? [:]
        for name in ["policy", "quota", "upweight"] { members[name] = nil }
        // What the preset decides stands in the others.
        members["preset"] = .null
        members["balanced"] = .bool(rule.upweight == nil)
        members["folds"] = .optional(rule.mode == .heldOut ? foldCount ?? defaultFoldCount : nil)
        return members
    }

    /// What files of logits hold, which decides a result, and not where they lie.
    static func contents(of patterns: [String]) throws -> JSONValue {
        .array(
            try patterns.flatMap { try FilePattern.files(matching: $0) }.map {
                .string(try SHA256.hexadecimal(ofFile: $0))
            })
    }

    /// The folds of held-out sets unless somebody names another number.
    static let defaultFoldCount = 4

    /// What is wrong between these parameters.
    static func complaints(_ values: StageValues) -> [StageComplaint] {
        let rule = rule(values, upweight: values["upweight"]?.doubleValue ?? 1)
        var found: [StageComplaint] = []
        if values.isGiven("folds"), rule.mode != .heldOut {
            found.append(
                StageComplaint(
                    "folds", "has no effect with `mode: \"\(rule.mode.rawValue)\"`",
                    suggestion: "add `mode: \"held-out\"`, or leave it out"))
        }
        if values.isGiven("cap"), rule.noise != .cap {
            found.append(
                StageComplaint("cap", "has no effect without `noise: \"cap\"`", suggestion: "add it, or leave cap out"))
        }
        if values.isGiven("normalized"), rule.application == .copies {
            found.append(
                StageComplaint(
                    "normalized", "has no effect when members count by copies, which have no weights",
                    suggestion: "leave it out, or add `bySampling: false`"))
        }
        return found
    }
}
