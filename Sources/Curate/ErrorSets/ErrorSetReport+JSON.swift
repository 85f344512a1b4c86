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
    /// Of each class and group: `name`, `column` (null for a class), `examples`, `members`, `recall` and `precision` with
    /// 95 % intervals, `lift`, and `lossArea`.
    package var json: JSONValue {
        [
            "examples": .int(exampleCount), "members": .int(memberCount), "suspects": .int(suspectCount),
            "suspicion": .string(suspicion), "multiplier": .double(multiplier), "weightShare": .double(weightShare),
            "effectiveExamples": .double(effectiveCount), "classes": .array(classes.map(json)),
            "groups": .array(groups.map(json)), "warnings": .strings(warnings),
        ]
    }

    private func json(_ part: Part) -> JSONValue {
        func rate(_ rate: (share: Double, interval: WilsonInterval)?) -> JSONValue {
            guard let rate else { return .null }
            return [
                "share": .double(rate.share), "lower": .double(rate.interval.lower),
                "upper": .double(rate.interval.upper),
            ]
        }
        return [
            "name": .string(part.name), "column": .optional(part.column), "examples": .int(part.count),
            "members": .int(part.memberCount), "recall": rate(part.recall),
            "precision": rate(part.precision(setSize: memberCount)), "lift": liftJSON(of: part),
            "lossArea": .optional(part.lossArea),
        ]
    }

    private func liftJSON(of part: Part) -> JSONValue {
        guard let lift = lift(of: part) else { return .null }
        return [
            "ratio": .double(lift.ratio), "lower": .optional(lift.interval?.lowerBound),
            "upper": .optional(lift.interval?.upperBound),
        ]
    }

    /// The report that `json` describes; nil when it describes none.
    package init?(_ json: JSONValue) {
        func parts(_ name: String) -> [Part]? {
            json[name]?.arrayValue?.map { part in
                Part(
                    name: part["name"]?.stringValue ?? "", column: part["column"]?.stringValue,
                    count: part["examples"]?.intValue ?? 0, memberCount: part["members"]?.intValue ?? 0,
                    lossArea: part["lossArea"]?.doubleValue)
            }
        }
        guard let examples = json["examples"]?.intValue, let members = json["members"]?.intValue,
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
