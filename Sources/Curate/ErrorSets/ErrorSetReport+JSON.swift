extension ErrorSetReport {
    /// The report in one sentence without a full stop.
    package var sentence: String {
        let share = DecimalText.percent(Double(memberCount) / Double(max(1, exampleCount)), places: 1)
        return "\(NumberText.grouped(memberCount)) of \(NumberText.grouped(exampleCount)) examples (\(share)) count "
            + "\(NumberText.significant(multiplier)) times: \(DecimalText.percent(weightShare)) of the weight"
            + (warnings.isEmpty ? "" : "; warning: \(warnings.joined(separator: "; "))")
    }

    /// The report for programs: `examples`, `members`, `suspects` with their `suspicion`, `multiplier`, `weightShare`,
    /// `effectiveExamples`, `classes` and `groups`, and `warnings`.
    ///
    /// Of each class and group: `name`, `column` (null for a class), `examples`, `members`, `recall`, `precision`, `lift`, and `lossArea`, each `value`, `lower` and `upper`.
    package var json: JSONValue {
        [
            "examples": .int(exampleCount), "members": .int(memberCount), "suspects": .int(suspectCount),
            "suspicion": .string(suspicion), "multiplier": .double(multiplier), "weightShare": .double(weightShare),
            "effectiveExamples": .double(effectiveCount), "classes": .array(classes.map(json)),
            "groups": .array(groups.map(json)), "warnings": .strings(warnings),
        ]
    }

    private func json(_ part: Part) -> JSONValue {
        func share(_ value: Double?, _ lower: Double?, _ upper: Double?) -> JSONValue {
            value.map { ["value": .double($0), "lower": .optional(lower), "upper": .optional(upper)] } ?? .null
        }
        let overlap = overlap(of: part)
        let (recall, precision, lift) = (overlap.recallInterval, overlap.precisionInterval, overlap.liftInterval)
        let area = part.lossArea
        return [
            "name": .string(part.name), "column": .optional(part.column), "examples": .int(part.count),
            "members": .int(part.memberCount), "recall": share(overlap.recall, recall?.lower, recall?.upper),
            "precision": share(overlap.precision, precision?.lower, precision?.upper),
            "lift": share(overlap.lift, lift?.lowerBound, lift?.upperBound),
            "lossArea": share(area?.value, area?.interval.lowerBound, area?.interval.upperBound),
        ]
    }

    /// The report that `json` describes; nil when it describes none.
    package init?(_ json: JSONValue) {
        guard let examples = json["examples"]?.intValue else { return nil }
        func parts(_ name: String) -> [Part]? {
            json[name]?.arrayValue?.map { part in
                let count = part["examples"]?.intValue ?? 0
                return Part(
                    name: part["name"]?.stringValue ?? "", column: part["column"]?.stringValue, count: count,
                    memberCount: part["members"]?.intValue ?? 0,
                    lossArea: part["lossArea"]?["value"]?.doubleValue.map {
                        AreaUnderCurve(value: $0, positiveCount: count, negativeCount: examples - count)
                    })
            }
        }
        guard let members = json["members"]?.intValue,
            let suspects = json["suspects"]?.intValue, let suspicion = json["suspicion"]?.stringValue,
            let multiplier = json["multiplier"]?.doubleValue, let weightShare = json["weightShare"]?.doubleValue,
            let effective = json["effectiveExamples"]?.doubleValue, let classes = parts("classes"),
            let groups = parts("groups"), let warnings = json["warnings"]?.arrayValue
        else { return nil }
        exampleCount = examples
        memberCount = members
        suspectCount = suspects
        self.suspicion = suspicion
        self.multiplier = multiplier
        self.weightShare = weightShare
        effectiveCount = effective
        self.classes = classes
        self.groups = groups
        self.warnings = warnings.compactMap(\.stringValue)
    }
}
