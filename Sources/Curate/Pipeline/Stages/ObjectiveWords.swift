import Models

/// What a `train` stage says of what is minimised, over which examples.
struct ObjectiveWords {
    private let values: StageValues
    private let name: String

    /// Reads checked values of a `train` stage.
    init(_ values: StageValues) {
        self.values = values
        name = values.text("objective")
    }

    /// What is minimised.
    var objective: Objective {
        let risk: Risk =
            switch name {
            case Self.groupDRO:
                .worstGroup(step: values.number("groupStep"), adjustment: values.number("groupAdjustment"))
            case Self.cvar: .tail(share: values.number("tail"))
            case Self.lff: .failures
            default: .mean
            }
        let words = LossWords(values)
        return Objective(
            reduction: words.reduction, labelSmoothing: values.number("labelSmoothing"), risk: risk,
            loss: words.loss, tailSmoothing: words.tailSmoothing)
    }

    /// How classes or groups are made to count alike; nil when they are not.
    ///
    /// Unless somebody says otherwise Group DRO sees groups alike often, as in its authors' code.
    var balance: Balance? {
        let isGroupDRO = name == Self.groupDRO
        let isDeferred = values["drw"] != nil || values["drs"] != nil
        let word =
            values["balance"]?.stringValue
            ?? (isGroupDRO ? Balance.Cells.groups.rawValue : isDeferred ? Balance.Cells.classes.rawValue : Self.none)
        guard let cells = Balance.Cells(rawValue: word) else { return nil }
        let usual: Balance.Method =
            values["drw"] != nil ? .effectiveNumber : values["drs"] != nil || isGroupDRO ? .sampling : .weights
        let method = values["balanceBy"]?.stringValue.flatMap { Balance.Method(rawValue: $0) } ?? usual
        let horizon = Horizon(epochs: values["scheduleEpochs"]?.intValue ?? values.integer("epochs"))
        let start = values["drw"]?.doubleValue ?? values["drs"]?.doubleValue ?? 0
        return Balance(
            cells, by: method, beta: values.number("balanceBeta"), startEpoch: horizon.epoch(at: start),
            horizon: horizon)
    }

    /// Whether it speaks of groups.
    private var needsGroups: Bool {
        name == Self.groupDRO || balance?.cells == .groups || LossWords(values).loss.needsGroups
    }

    /// The groups it speaks of: the one that is named, or the only one there is.
    ///
    /// - Throws: `CurateError(.usage)` when there is none, or several and none is named.
    func grouping(in facts: DatasetFacts) throws -> Grouping {
        let known = zip(facts.groupNames, facts.groupDigests).map { Grouping(name: $0, digest: $1) }
        let subject =
            name == Self.groupDRO
            ? "`objective: \"\(name)\"`"
            : LossWords(values).loss.needsGroups ? "`loss: \"group-vs\"`" : "`balance: \"groups\"`"
        guard let first = known.first else {
            throw CurateError(
                .usage, "\(subject) needs groups, and nothing says what those of '\(facts.name)' are",
                remedy: "name them with `group` of the dataset")
        }
        let names = facts.groupNames.map { "'\($0)'" }.joined(separator: ", ")
        guard let wanted = values["groups"]?.stringValue else {
            if known.count == 1 { return first }
            throw CurateError(
                .usage, "\(subject) needs one division into groups, and '\(facts.name)' has \(known.count): \(names)",
                remedy: "say which with `groups: \"\(first.name)\"` for instance")
        }
        if let found = known.first(where: { $0.name == wanted }) { return found }
        throw CurateError(
            .usage, "'\(facts.name)' has no groups '\(wanted)'",
            remedy: Suggestion.nearest(to: wanted, among: facts.groupNames).map { "did you mean '\($0)'?" }
                ?? "there is \(names)")
    }

    /// What of it determines a result: what has no effect is nothing.
    ///
    /// - Parameter groups: what `grouping` gave, when groups are needed.
    func identity(groups: Grouping?) -> [String: JSONValue] {
        let isGroupDRO = name == Self.groupDRO
        func value(_ parameter: String, if matters: Bool) -> JSONValue { matters ? values[parameter] ?? .null : .null }
        return [
            "balance": .string(balance?.cells.rawValue ?? Self.none),
            "balanceBy": balance.map { .string($0.method.rawValue) } ?? .null,
            "balanceBeta": balance?.method == .effectiveNumber ? values["balanceBeta"] ?? .null : .null,
            "groups": groups.map { .string($0.name) } ?? .null,
            "groupStep": value("groupStep", if: isGroupDRO),
            "groupAdjustment": value("groupAdjustment", if: isGroupDRO), "tail": value("tail", if: name == Self.cvar),
        ]
    }

    /// What is wrong between the parameters.
    var complaints: [StageComplaint] {
        var found: [StageComplaint] = []
        for (parameter, owner) in [
            ("groupStep", Self.groupDRO), ("groupAdjustment", Self.groupDRO), ("tail", Self.cvar),
        ] where values.isGiven(parameter) && name != owner {
            found.append(
                StageComplaint(
                    parameter, "has no effect with `objective: \"\(name)\"`",
                    suggestion: "add `objective: \"\(owner)\"`, or leave it out"))
        }
        found += deferral
        if values.isGiven("balanceBeta"), balance?.method != .effectiveNumber {
            found.append(
                StageComplaint(
                    "balanceBeta", "has no effect without effective-number weights",
                    suggestion: "add `balance: \"classes\"` and `balanceBy: \"effective-number\"`, or leave it out"))
        }
        if values.isGiven("balanceBy"), balance == nil {
            found.append(
                StageComplaint(
                    "balanceBy", "has no effect without `balance`",
                    suggestion: "add `balance: \"classes\"` or `balance: \"groups\"`, or leave it out"))
        }
        if values.isGiven("groups"), !needsGroups {
            found.append(
                StageComplaint(
                    "groups", "has no effect, since nothing of the training speaks of groups",
                    suggestion: "add `balance: \"groups\"` or `objective: \"\(Self.groupDRO)\"`, or leave it out"))
        }
        if name == Self.lff, values.number("labelSmoothing") > 0 {
            found.append(
                StageComplaint(
                    "labelSmoothing", "does not go with `objective: \"\(name)\"`, which compares plain losses",
                    suggestion: "leave it out"))
        }
        return found
    }
}

extension ObjectiveWords {
    /// What is wrong with what is deferred.
    private var deferral: [StageComplaint] {
        guard let word = ["drw", "drs"].first(where: { values[$0] != nil }), let balance else {
            return ["drw", "drs"].filter { values.isGiven($0) }.map {
                StageComplaint($0, "has nothing to defer with `balance: \"none\"`", suggestion: "leave one of them out")
            }
        }
        if values["drw"] != nil, values["drs"] != nil {
            return [
                StageComplaint(
                    "drs", "does not go with `drw`: one of weights and draws makes the classes alike",
                    suggestion: "leave one of them out")
            ]
        }
        if balance.method == .subsample {
            return [
                StageComplaint(
                    word, "cannot be deferred: a subsample is of the whole training",
                    suggestion: "use another `balanceBy`")
            ]
        }
        let planned = values["scheduleEpochs"]?.intValue ?? values.integer("epochs")
        if values.isGiven(word), balance.startEpoch >= planned {
            return [
                StageComplaint(
                    word, "never begins: the first epoch after it would be \(balance.startEpoch + 1) of \(planned)",
                    suggestion: "train longer, or make it smaller")
            ]
        }
        guard balance.draws != (word == "drs") else { return [] }
        return [
            StageComplaint(
                word,
                word == "drw"
                    ? "defers weights, and `balanceBy: \"\(balance.method.rawValue)\"` draws examples"
                    : "defers draws, and `balanceBy: \"\(balance.method.rawValue)\"` weighs examples",
                suggestion: "use `\(word == "drw" ? "drs" : "drw")`, or another `balanceBy`")
        ]
    }
}

extension ObjectiveWords {
    private static let none = "none"
    private static let groupDRO = "group-dro"
    private static let cvar = "cvar"
    private static let lff = "lff"
    private static let section = "OBJECTIVE"

    /// The parameters of a `train` stage that say what is minimised.
    static let parameters: [Parameter] = [
        Parameter(
            "objective", .word(["cross-entropy", groupDRO, cvar, lff]), default: "cross-entropy",
            help: """
                What is minimised: the mean cross-entropy; group-dro, in which groups count by how badly they do; cvar, \
                the largest losses of each batch; lff, in which examples count at which a second, biased network fails. \
                Scores read the plain cross-entropy.
                """, shownAs: "name", section: section,
            knownElsewhereAs: ["algorithm", "robust"]),
        Parameter(
            "balance", .word([none] + Balance.Cells.allCases.map(\.rawValue)), absent: "none; groups for group-dro",
            help: "Whether classes or groups are to count alike in the training, whatever their sizes.",
            section: section,
            knownElsewhereAs: ["classWeight", "classWeights", "reweight", "reweightGroups", "resample", "balanced"]),
        Parameter(
            "balanceBy", .word(Balance.Method.allCases.map(\.rawValue)),
            absent: "weights; effective-number with `drw`, sampling with `drs` and for group-dro",
            help: """
                How they are balanced: by weights of examples (inverse to the size of the class or group, or by its \
                effective number), by sampling with replacement (all alike often, by the square root of the size, or \
                moving from the one to the other), or by a subsample of as many examples of each as the smallest has.
                """, shownAs: "how", section: section),
        Parameter(
            "balanceBeta", .number(.from(0, below: 1)), default: .double(Balance.usualBeta),
            help: "β of effective-number weights: 0 is no weights, near 1 the inverse size.", section: section,
            knownElsewhereAs: ["beta", "cbBeta", "effectiveNumberBeta"]),
        Parameter(
            "drw", .number(.from(0, below: 1)), absent: "from the beginning",
            help: """
                Deferred re-weighting: from which share of the training on classes are balanced by weights, 0.8 for \
                the last fifth of the epochs.
                """, shownAs: "share", knownElsewhereAs: ["deferredReweighting", "trainRule", "drwStart"]),
        Parameter(
            "drs", .number(.from(0, below: 1)), absent: "from the beginning",
            help: "Deferred re-sampling: from which share of the training on classes are balanced by sampling.",
            shownAs: "share", section: section, knownElsewhereAs: ["deferredResampling"]),
        Parameter(
            "groups", .text, absent: "the only group of the dataset",
            help: "Which division into groups `balance` and `objective` speak of, when the dataset has several.",
            shownAs: "name", section: section),
        Parameter(
            "groupStep", .number(.above(0)), default: .double(Risk.usualGroupStep),
            help: "How fast group-dro moves the shares of the groups.", section: section,
            knownElsewhereAs: ["eta", "robustStepSize", "groupdroEta"]),
        Parameter(
            "groupAdjustment", .number(.atLeast(0)), default: 0,
            help: "What group-dro adds to the loss of a group, divided by the square root of its size.",
            section: section, knownElsewhereAs: ["generalizationAdjustment", "adjustment"]),
        Parameter(
            "tail", .number(.above(0, to: 1)), default: .double(Risk.usualTail),
            help: "The share of each batch that cvar looks at; 1 is the mean over all.", section: section,
            knownElsewhereAs: ["alpha", "cvarAlpha", "jointDroAlpha"]),
    ]
}
