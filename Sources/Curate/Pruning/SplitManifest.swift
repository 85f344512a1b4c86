/// Where a split comes from: what `manifest.json` says.
public struct SplitManifest: Sendable, Equatable {
    /// How many examples something has before and after pruning.
    package struct Count: Sendable, Equatable {
        /// The class or the value of a group.
        package let name: String
        /// Candidates.
        package let before: Int
        /// Kept examples.
        package let after: Int
    }

    /// The counts of one group column.
    package struct Group: Sendable, Equatable {
        /// The column's name.
        package let name: String
        /// Its values.
        package let values: [Count]
    }

    /// What the user calls the dataset.
    package let datasetName: String
    /// The content hash of the dataset.
    package let datasetHash: String
    /// The rule, with the keys that `PruningRule.json` documents.
    package let rule: JSONValue
    /// The scores that were ranked by.
    package let scores: [HardnessRanking.Term]
    /// The examples there were to choose from.
    package let candidateCount: Int
    /// The examples that were kept.
    public let keptCount: Int
    /// The examples that were ruled out as suspects.
    package let suspectCount: Int
    /// The classes in order.
    package let classes: [Count]
    /// The group columns.
    package let groups: [Group]
    /// The strata with the probability of being kept, where there is one.
    package let inclusion: [PruningSelection.Inclusion]?
    /// What a user of the split must know.
    package let warnings: [String]

    /// The largest class over the smallest before pruning.
    package var imbalanceBefore: Double? { ClassImbalance.ratio(of: classes.map(\.before)) }
    /// The largest class over the smallest after pruning, of those that have examples.
    package var imbalanceAfter: Double? { ClassImbalance.ratio(of: classes.map(\.after)) }
    /// Why a dataset cannot be split by this.
    ///
    /// - Parameters:
    ///   - name: what the user calls it.
    ///   - contentHash: the hash of its content, another than `datasetHash`.
    func mismatch(name: String, contentHash: String) -> CurateError {
        let isRenamed = name != datasetName
        return CurateError(
            .badData,
            "the split was made for \(datasetName) with content \(datasetHash.prefix(12)), the data is"
                + " \(isRenamed ? name : "now") \(isRenamed ? "with" : "of") content \(contentHash.prefix(12))",
            at: name,
            remedy: "read the data with the options it was pruned with (`label`, `id`, `validation` and so on), or"
                + " prune it again")
    }

    /// The word for the policy.
    package var policy: String { rule["policy"]?.stringValue ?? "" }
    /// The word for the quota.
    package var quota: String { rule["quota"]?.stringValue ?? "" }

    /// Describes a selection.
    package init(of selection: PruningSelection) {
        let candidates = selection.candidates
        datasetName = candidates.datasetName
        guard let hash = candidates.datasetHash else { preconditionFailure("a split of no dataset") }
        datasetHash = hash
        rule = selection.rule.json
        scores = selection.ranking?.terms ?? []
        candidateCount = candidates.count
        keptCount = selection.keptCount
        suspectCount = selection.reasons.count { $0 == .suspect }
        classes = candidates.classNames.indices.map { label in
            Count(
                name: candidates.classNames[label], before: selection.classCountsBefore[label],
                after: selection.classCountsAfter[label])
        }
        groups = Self.groups(of: candidates, selection.reasons)
        inclusion = selection.inclusion?.filter { $0.count > 0 }
        warnings = selection.warnings
    }

    /// Describes a split of examples that each count alike, with no scores or chances of being kept.
    ///
    /// - Parameters:
    ///   - candidates: the examples.
    ///   - reasons: what happened to each of them.
    ///   - rule: how they were chosen; `policy` and `quota` are words for it.
    ///   - warnings: what a user of the split must know.
    /// - Precondition: the candidates are of a dataset.
    init(candidates: ExampleTable, reasons: [SplitReason], rule: JSONValue, warnings: [String]) {
        datasetName = candidates.datasetName
        guard let hash = candidates.datasetHash else { preconditionFailure("a split of no dataset") }
        datasetHash = hash
        self.rule = rule
        scores = []
        candidateCount = candidates.count
        keptCount = reasons.count { $0.isKept }
        suspectCount = reasons.count { $0 == .suspect }
        classes = Self.counts(candidates.labels, names: candidates.classNames, reasons)
        groups = Self.groups(of: candidates, reasons)
        inclusion = nil
        self.warnings = warnings
    }

    /// How many candidates have each value, and how many of them are kept.
    private static func counts(_ values: [Int32], names: [String], _ reasons: [SplitReason]) -> [Count] {
        var (before, after) = ([Int](repeating: 0, count: names.count), [Int](repeating: 0, count: names.count))
        for (value, reason) in zip(values, reasons) {
            before[Int(value)] += 1
            if reason.isKept { after[Int(value)] += 1 }
        }
        return names.indices.map { Count(name: names[$0], before: before[$0], after: after[$0]) }
    }

    private static func groups(of candidates: ExampleTable, _ reasons: [SplitReason]) -> [Group] {
        candidates.groups.map {
            Group(name: $0.name, values: counts($0.values, names: $0.valueNames, reasons))
        }
    }

    /// Describes a split that keeps every candidate, each with a weight of its own.
    ///
    /// - Parameters:
    ///   - candidates: the examples.
    ///   - rule: how their weights were chosen; `policy` and `quota` are words for it.
    ///   - suspectCount: the examples whose labels were found to be suspect.
    ///   - warnings: what a user of the split must know.
    /// - Precondition: the candidates are of a dataset.
    init(keeping candidates: ExampleTable, rule: JSONValue, suspectCount: Int, warnings: [String]) {
        datasetName = candidates.datasetName
        guard let hash = candidates.datasetHash else { preconditionFailure("a split of no dataset") }
        datasetHash = hash
        self.rule = rule
        scores = []
        candidateCount = candidates.count
        keptCount = candidates.count
        self.suspectCount = suspectCount
        classes = zip(candidates.classNames, candidates.classCounts).map { Count(name: $0, before: $1, after: $1) }
        groups = candidates.groups.map { group in
            let counts = ExampleTable.counts(of: group.values, valueCount: group.valueNames.count)
            return Group(
                name: group.name,
                values: zip(group.valueNames, counts).map { Count(name: $0, before: $1, after: $1) })
        }
        inclusion = nil
        self.warnings = warnings
    }

    /// The manifest as JSON.
    ///
    /// Keys: `curate` (always "split"), `version`, `dataset` (`name`, `hash`), `rule` (see `PruningRule.json`), `scores`
    /// (`name`, `direction`, `weight`, `source`), `counts` (`candidates`, `kept`, `suspects`), `classes` and `groups`
    /// (`name`, `before`, `after`), `imbalance` (`before`, `after`), `inclusionProbabilities` (`stratum`, `count`, `kept`,
    /// `probability`; null where there are none), `warnings`, and `files`, the SHA-256 of the other files.
    package func json(fileDigests: [String: String]) -> JSONValue {
        func counts(_ counts: [Count]) -> JSONValue {
            .array(counts.map { ["name": .string($0.name), "before": .int($0.before), "after": .int($0.after)] })
        }
        return [
            "curate": "split",
            "version": .int(Self.version),
            "dataset": ["name": .string(datasetName), "hash": .string(datasetHash)],
            "rule": rule,
            "scores": .array(
                scores.map {
                    [
                        "name": .string($0.name), "direction": .string($0.direction.rawValue),
                        "weight": .double($0.weight), "source": .string($0.source),
                    ]
                }),
            "counts": [
                "candidates": .int(candidateCount), "kept": .int(keptCount), "suspects": .int(suspectCount),
            ],
            "classes": counts(classes),
            "groups": .array(groups.map { ["name": .string($0.name), "values": counts($0.values)] }),
            "imbalance": [
                "before": imbalanceBefore.map { .double($0) } ?? nil,
                "after": imbalanceAfter.map { .double($0) } ?? nil,
            ],
            "inclusionProbabilities": inclusion.map { inclusion in
                .array(
                    inclusion.map {
                        [
                            "stratum": .string($0.stratum), "count": .int($0.count), "kept": .int($0.keptCount),
                            "probability": .double($0.probability),
                        ]
                    })
            } ?? nil,
            "warnings": .array(warnings.map { .string($0) }),
            "files": .object(fileDigests.mapValues { .string($0) }),
        ]
    }

    /// The manifest as stages and verbs report it.
    ///
    /// - Parameter files: the files that were written.
    package func reportJSON(files: [String]) -> JSONValue {
        var members = json(fileDigests: [:]).objectValue ?? [:]
        for name in ["curate", "version"] { members[name] = nil }
        members["files"] = .array(files.map { .string($0) })
        return .object(members)
    }

    /// The version of the files that this code writes; it reads version 1 as well, whose keys had underscores.
    static let version = 2

    /// Reads what `json` makes.
    ///
    /// - Throws: `badData` naming the key that is missing or of the wrong kind.
    package init(parsing json: JSONValue, at path: String) throws {
        let reader = ManifestReader(path: path)
        guard json["curate"]?.stringValue == "split" else {
            throw CurateError(
                .badData, "this is not the manifest of a split", at: path,
                remedy: "name a directory that curate prune made")
        }
        let version = try reader.integer(json, "version")
        guard (1...Self.version).contains(version) else {
            throw CurateError(
                .badData, "the split has version \(version), this program reads up to \(Self.version)", at: path,
                remedy: "write the split again, or use the program that wrote it")
        }
        let dataset = try reader.member(json, "dataset")
        datasetName = try reader.text(dataset, "name")
        datasetHash = try reader.text(dataset, "hash")
        rule = try reader.member(json, "rule")
        _ = try reader.text(rule, "policy")
        _ = try reader.text(rule, "quota")
        scores = try reader.list(json, "scores").map { score in
            guard let direction = ScoreDirection(rawValue: try reader.text(score, "direction")) else {
                throw reader.failure("direction")
            }
            return HardnessRanking.Term(
                name: try reader.text(score, "name"), direction: direction, weight: try reader.number(score, "weight"),
                source: try reader.text(score, "source"))
        }
        let counts = try reader.member(json, "counts")
        candidateCount = try reader.integer(counts, "candidates")
        keptCount = try reader.integer(counts, "kept")
        suspectCount = try reader.integer(counts, "suspects")
        classes = try reader.counts(json, "classes")
        groups = try reader.list(json, "groups").map {
            Group(name: try reader.text($0, "name"), values: try reader.counts($0, "values"))
        }
        // What splits of version 1 call it.
        let key = version == 1 ? "inclusion_probabilities" : "inclusionProbabilities"
        if case .null = try reader.member(json, key) {
            inclusion = nil
        } else {
            inclusion = try reader.list(json, key).map {
                PruningSelection.Inclusion(
                    stratum: try reader.text($0, "stratum"), count: try reader.integer($0, "count"),
                    keptCount: try reader.integer($0, "kept"))
            }
        }
        warnings = try reader.list(json, "warnings").map { warning in
            guard let text = warning.stringValue else { throw reader.failure("warnings") }
            return text
        }
    }
}

/// Typed members of a manifest, or an error that names the missing one.
private struct ManifestReader {
    let path: String

    func failure(_ key: String) -> CurateError {
        CurateError(
            .badData, "the manifest has no usable '\(key)'", at: path,
            remedy: "the file is damaged; write the split again")
    }

    func member(_ json: JSONValue, _ key: String) throws -> JSONValue {
        guard let member = json[key] else { throw failure(key) }
        return member
    }

    func text(_ json: JSONValue, _ key: String) throws -> String {
        guard let text = json[key]?.stringValue else { throw failure(key) }
        return text
    }

    func integer(_ json: JSONValue, _ key: String) throws -> Int {
        guard let number = json[key]?.intValue, number >= 0 else { throw failure(key) }
        return number
    }

    func number(_ json: JSONValue, _ key: String) throws -> Double {
        guard let number = json[key]?.doubleValue else { throw failure(key) }
        return number
    }

    func list(_ json: JSONValue, _ key: String) throws -> [JSONValue] {
        guard let list = json[key]?.arrayValue else { throw failure(key) }
        return list
    }

    func counts(_ json: JSONValue, _ key: String) throws -> [SplitManifest.Count] {
        try list(json, key).map {
            SplitManifest.Count(
                name: try text($0, "name"), before: try integer($0, "before"), after: try integer($0, "after"))
        }
    }
}

extension PruningRule {
    /// The rule as JSON, for manifests and stage keys: everything that determines a selection beside data and scores.
    ///
    /// Keys are the parameters of a `prune` stage: `policy`; of the policies that have them `dropHardest`, `dropBy` (only if given), `strata`,
    /// `prunedShare` (null: the share that is pruned), `exponent`; `quota`, and of the quotas that have them `per` (`class` or
    /// the group column), `floor`, `recall`; `keep` (null: all that may be kept), `seed`, `weights`, `allowEmptyClasses`.
    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "policy": .string(policy.name), "quota": .string(quota.name),
            "keep": keptFraction.map { .double($0) } ?? nil, "seed": JSONValue(seed),
            "weights": .string(weighting.rawValue), "allowEmptyClasses": .bool(allowsEmptyClasses),
        ]
        switch policy {
        case .hardest, .easiest, .random: break
        case .window(let share): members["dropHardest"] = .double(share)
        case .stratified(let share, let count):
            members["dropHardest"] = .double(share)
            members["strata"] = .int(count)
        case .betaWeighted(let share, let exponent):
            members["prunedShare"] = share.map { .double($0) } ?? JSONValue.null
            members["exponent"] = .double(exponent)
        }
        if let passedOverScore { members["dropBy"] = .string(passedOverScore) }
        if let cells = quota.cells { members["per"] = .string(cells.name) }
        switch quota {
        case .none, .proportional, .balanced: break
        case .floor(let count, _): members["floor"] = .int(count)
        case .worstClass(let recall), .worstClassDensity(let recall):
            members["recall"] = .array(recall.map { .double($0) })
        }
        return .object(members)
    }
}
