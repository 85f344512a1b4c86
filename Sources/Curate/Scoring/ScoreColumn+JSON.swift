extension ScoreColumn {
    /// The score as JSON: what it is, its distribution, the ends of its ranking, and its mean by class.
    ///
    /// - Parameters:
    ///   - examples: the examples, in the order of the column.
    ///   - ties: their tie-break order.
    ///   - limit: how many of the hardest and of the easiest to list.
    package func reportJSON(of examples: ExampleTable, ties: TieBreaker, listing limit: Int) -> JSONValue {
        let distribution = ScoreDistribution(of: values)
        return [
            "name": .string(name.rawValue), "convention": .string(convention.rawValue),
            "direction": .string(direction.phrase), "description": .string(description), "epoch": .int(epoch),
            "mean": .double(distribution.mean), "minimum": .double(Double(distribution.minimum)),
            "maximum": .double(Double(distribution.maximum)),
            "hardest": .array(hardest(limit, of: examples, ties: ties).map(\.json)),
            "easiest": .array(easiest(limit, of: examples, ties: ties).map(\.json)),
            "classes": .array(
                classSummaries(of: examples).map {
                    [
                        "class": .string($0.name), "count": .int($0.count), "mean": .optional($0.mean),
                        "sd": .optional($0.standardDeviation),
                    ]
                }),
        ]
    }
}

extension RankedExample {
    /// The example in a listing.
    var json: JSONValue {
        [
            "rank": .int(rank), "index": .int(index), "id": .string(id), "class": .string(className),
            "prediction": .optional(prediction), "value": .single(value),
            "sd": standardDeviation.map { .single($0) } ?? .null,
        ]
    }
}
