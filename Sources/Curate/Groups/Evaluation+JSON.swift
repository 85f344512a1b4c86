extension Evaluation {
    /// The evaluation as the store keeps it: counts, from which every rate follows.
    package var json: JSONValue {
        [
            "partition": .string(partition.name), "seeds": .array(seeds.map { JSONValue($0) }),
            "accuracy": accuracy.json, "classes": .array(classes.map(\.json)),
            "groups": .array(
                groups.map { ["name": .string($0.name), "values": .array($0.values.map(\.json))] }),
            "confusion": .array(confusion.map { .array($0.map { .int($0) }) }),
        ]
    }

    /// The evaluation that `json` describes; nil when it describes none.
    package init?(_ json: JSONValue) {
        guard let name = json["partition"]?.stringValue,
            let partition = Partition.allCases.first(where: { $0.name == name }),
            let seeds = json["seeds"]?.arrayValue?.compactMap(\.unsignedValue), !seeds.isEmpty,
            let accuracy = json["accuracy"].flatMap({ Rate($0) }), let classes = json["classes"]?.arrayValue,
            let groups = json["groups"]?.arrayValue, let confusion = json["confusion"]?.arrayValue
        else { return nil }
        let breakdowns = groups.compactMap { group -> Breakdown? in
            guard let name = group["name"]?.stringValue, let values = group["values"]?.arrayValue else { return nil }
            return Breakdown(name: name, values: values.compactMap { Rate($0) })
        }
        self.init(
            partition: partition, seeds: seeds, accuracy: accuracy, classes: classes.compactMap { Rate($0) },
            groups: breakdowns, confusion: confusion.map { $0.arrayValue?.compactMap(\.intValue) ?? [] })
    }
}

extension Evaluation.Rate {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "count": .int(count),
            "correct": .array(correctCounts.map { .int($0) }),
        ]
    }

    fileprivate init?(_ json: JSONValue) {
        guard let name = json["name"]?.stringValue, let count = json["count"]?.intValue,
            let correct = json["correct"]?.arrayValue?.compactMap(\.intValue),
            correct.allSatisfy({ (0...max(0, count)).contains($0) })
        else { return nil }
        self.init(name: name, count: count, correctCounts: correct)
    }
}

extension Evaluation {
    /// The evaluation with every number that follows from its counts, for people's programs.
    package var reportJSON: JSONValue {
        func optional(_ number: Double?) -> JSONValue { number.map { .double($0) } ?? .null }
        func report(_ rate: Rate) -> JSONValue {
            [
                "name": .string(rate.name), "count": .int(rate.count), "mean": optional(rate.mean),
                "sd": optional(rate.standardDeviation), "lower": optional(rate.interval?.lower),
                "upper": optional(rate.interval?.upper),
            ]
        }
        return [
            "partition": .string(partition.name), "examples": .int(accuracy.count),
            "seeds": .array(seeds.map { JSONValue($0) }), "accuracy": report(accuracy),
            "meanOfClasses": optional(meanOfClasses), "classes": .array(classes.map(report)),
            "groups": .array(
                groups.map { group in
                    [
                        "name": .string(group.name), "values": .array(group.values.map(report)),
                        "worst": group.worst.map { .string($0.name) } ?? .null,
                        "meanOfValues": optional(group.meanOfValues),
                    ]
                }),
            "confusion": .array(confusion.map { .array($0.map { .int($0) }) }),
        ]
    }
}
