/// What is wrong between the parameters of a `prune` stage, and with its inputs.
struct PruningChecks {
    private let instance: StageInstance
    private let values: StageValues
    private let words: PruningWords

    init(_ instance: StageInstance) {
        self.instance = instance
        values = instance.values
        words = PruneWork.words(values)
    }

    var complaints: [StageComplaint] { policy + amount + quotas + suspects + scores }

    private var policy: [StageComplaint] {
        func only(_ parameter: String, with policies: [PruningWords.PolicyName]) -> StageComplaint? {
            guard values.isGiven(parameter), !policies.contains(words.policy) else { return nil }
            let others = policies.map { "`policy: \"\($0.rawValue)\"`" }.joined(separator: " or ")
            return StageComplaint(
                parameter, "has no effect with the policy \(words.policy.rawValue)",
                suggestion: "leave it out, or use \(others)")
        }
        var found = [
            only("dropHardest", with: [.window, .ccs]), only("strata", with: [.ccs]),
            only("prunedShare", with: [.dual]), only("exponent", with: [.dual]),
        ].compactMap { $0 }
        if values.isGiven("dropBy"), words.passedOver == 0 {
            found.append(
                StageComplaint(
                    "dropBy", "has no effect without `dropHardest`",
                    suggestion: "say which share of the hardest is never kept, for instance `dropHardest: 0.1`"))
        }
        if words.policy == .window, words.passedOver == 0 {
            found.append(
                StageComplaint(
                    "policy", "window needs `dropHardest`",
                    suggestion: "say which share of the hardest to pass over, for instance `dropHardest: 0.05`"))
        }
        return found
    }

    private var amount: [StageComplaint] {
        let others = ["exclude", "suspectsFile", "probabilities"]
        guard words.keptFraction == nil, words.passedOver == 0, !others.contains(where: values.isGiven) else {
            return []
        }
        return [
            StageComplaint(
                "keep", "is missing, and nothing else says how much to keep",
                suggestion: "add `keep: 0.5` to keep half")
        ]
    }

    private var quotas: [StageComplaint] {
        var found: [StageComplaint] = []
        if words.policy == .classBalanced {
            for parameter in ["quota", "per", "floor"] where values.isGiven(parameter) {
                found.append(
                    StageComplaint(
                        parameter, "does not go with class-balanced, which is a quota itself",
                        suggestion: "use `policy: \"random\"` with the quota"))
            }
        }
        if words.floor != nil, words.quota != .none {
            found.append(
                StageComplaint(
                    "floor", "does not go with the quota \(words.quota.rawValue), which protects every class already",
                    suggestion: "leave one of the two out"))
        }
        if words.groupColumn != nil, words.quota.needsRecall || (words.quota == .none && words.floor == nil) {
            found.append(
                StageComplaint(
                    "per", "has no effect without a proportional or balanced quota or a floor",
                    suggestion: "say what to do with the groups, for instance `quota: \"proportional\"`"))
        }
        if values.isGiven("recall"), !words.quota.needsRecall {
            found.append(
                StageComplaint(
                    "recall", "has no effect without the quota worst-class or worst-class-density",
                    suggestion: "add `quota: \"worst-class\"`, or leave it out"))
        }
        return found
    }

    private var suspects: [StageComplaint] {
        let given = ["exclude", "suspectsFile", "probabilities"].filter(values.isGiven)
        guard given.count > 1 else { return [] }
        return [
            StageComplaint(
                given[1], "and `\(given[0])` both say which labels are suspect",
                suggestion: "leave one of the two out")
        ]
    }

    private var scores: [StageComplaint] {
        if values.isGiven("scoresFile") {
            guard values.isGiven("scores") else { return [] }
            return [
                StageComplaint(
                    "scoresFile", "and `scores` both say what to rank by", suggestion: "leave one of the two out")
            ]
        }
        guard values.isGiven("scores") else { return withoutScores }
        return terms
    }

    private var withoutScores: [StageComplaint] {
        var found: [StageComplaint] = []
        if words.needsScores {
            found.append(
                StageComplaint(
                    "policy", "\(words.policy.rawValue) needs scores",
                    suggestion: "add `scores: NAME` of a score stage, or use `policy: \"random\"`"))
        }
        if values.isGiven("by") {
            found.append(
                StageComplaint(
                    "by", "does not go with the policy \(words.policy.rawValue), for which nothing is ranked",
                    suggestion: "leave one of the two out"))
        }
        return found
    }

    private var terms: [StageComplaint] {
        let input = instance.input("scores")
        let available = input.values.texts("by")
        var found: [StageComplaint] = []
        let named =
            values.texts("by").compactMap { PruningWords.Term($0)?.name }.map { ("by", $0) }
            + (words.passedOverScore.map { [("dropBy", $0)] } ?? [])
        for (parameter, name) in named where !available.contains(name) {
            let guess = Suggestion.nearest(to: name, among: available)
            found.append(
                StageComplaint(
                    parameter, "names \(name), which '\(input.label)' does not compute",
                    suggestion: guess.map { "did you mean '\($0)'?" } ?? "it has \(available.joined(separator: ", "))"))
        }
        if words.policy == .dual, !available.contains(ScoreName.confidence.rawValue) {
            found.append(
                StageComplaint(
                    "policy", "dual needs the score confidence beside the one to rank by",
                    suggestion: "add confidence to the scores of '\(input.label)'"))
        }
        return found
    }
}
