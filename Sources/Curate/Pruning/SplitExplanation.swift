/// Why one example was kept or dropped, in sentences: what `curate explain` says.
package struct SplitExplanation: Sendable, Equatable {
    /// The example.
    package let row: SplitTable.Row
    /// The reasons, most important first, without full stops.
    package let sentences: [String]

    /// Explains one row of a split.
    package init(of row: SplitTable.Row, in files: SplitFiles) {
        self.row = row
        let manifest = files.manifest
        var sentences = [Self.verdict(row, manifest)]
        if let score = row.score, let rank = row.rank {
            let terms = manifest.scores
            let total = manifest.candidateCount
            let what =
                terms.count == 1
                ? "its \(terms[0].name) is \(score) (\(terms[0].direction.phrase))"
                : "its mean rank over \(terms.map(\.name).joined(separator: ", ")) is \(score) of 1 (higher = harder)"
            let share = DecimalText.shortPercent(Double(rank) / Double(total))
            sentences.append("\(what): rank \(rank) of \(total), among the hardest \(share)")
        } else {
            sentences.append("no score was used")
        }
        if !row.stratum.isEmpty {
            let place = manifest.quota == "none" || manifest.quota == "floor" ? "stratum" : "quota cell"
            var sentence = "its \(place) is \(row.stratum)"
            if let own = manifest.inclusion?.first(where: { $0.stratum == row.stratum }) {
                sentence += ", of which \(own.keptCount) of \(own.count) were kept at random"
            }
            sentences.append(sentence)
        }
        if row.reason.isKept { sentences.append("its weight is \(row.weight)") }
        self.sentences = sentences
    }

    private static func verdict(_ row: SplitTable.Row, _ manifest: SplitManifest) -> String {
        let kept = "\(manifest.keptCount) of \(manifest.candidateCount)"
        let rule = manifest.quota == "none" ? manifest.policy : "\(manifest.policy) with quota \(manifest.quota)"
        let passedOver = (manifest.rule["dropHardest"] ?? manifest.rule["passed_over"])?.doubleValue ?? 0
        return switch row.reason {
        case .selected: "kept: among the \(kept) that the rule '\(rule)' puts first"
        case .floor:
            "kept: the rule '\(rule)' alone puts others before it, but its class or group is below the floor of"
                + " \(manifest.rule["floor"]?.intValue ?? 0)"
        case .notSelected: "dropped: the rule '\(rule)' keeps \(kept) and puts others before it"
        case .tooHard:
            "dropped: it is among the hardest \(DecimalText.shortPercent(passedOver))"
                + (manifest.rule["dropBy"]?.stringValue.map { " by \($0)" } ?? "")
                + ", which the rule '\(rule)' passes over"
        case .suspect: "dropped: its label is probably wrong, and suspects were to be dropped"
        }
    }
}

extension SplitExplanation {
    /// The explanation as JSON: the row's `id`, `index`, whether it is `kept`, `reason`, `weight`, `score`, `rank` and
    /// `stratum`, null where there is none, and the `sentences`.
    package var json: JSONValue {
        [
            "id": .string(row.id), "index": .int(Int(row.index)), "kept": .bool(row.reason.isKept),
            "reason": .string(row.reason.rawValue), "weight": .single(row.weight),
            "score": row.score.map { .single($0) } ?? .null,
            "rank": row.rank.map { .int(Int($0)) } ?? .null,
            "stratum": row.stratum.isEmpty ? .null : .string(row.stratum),
            "sentences": .strings(sentences),
        ]
    }
}
