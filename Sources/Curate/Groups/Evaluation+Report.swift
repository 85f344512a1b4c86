extension Evaluation {
    /// The evaluation with every number that follows from its counts, for people's programs.
    package var reportJSON: JSONValue {
        [
            "partition": .optional(partition?.name), "examples": .int(accuracy.count),
            "seeds": .array(seeds.map { JSONValue($0) }), "accuracy": report(accuracy),
            "trainWeightedAccuracy": .optional(trainWeightedMean), "groupMeanAccuracy": .optional(groupMean),
            "balancedAccuracy": .optional(meanOfClasses),
            "worstClass": worstClass.map {
                report($0).merging(["simultaneous": .interval(worstClassInterval)])
            } ?? .null,
            "measures": .object(
                Dictionary(
                    uniqueKeysWithValues: Measure.allCases.map { measure in
                        (measure.rawValue, measures[measure].map(report) ?? .null)
                    })),
            "classes": .array(classes.indices.map(classReport)), "frequency": frequencyReport,
            "worst": worst.map { report($0).merging(["minimum": .interval(worstInterval)]) } ?? .null,
            "secondWorst": secondWorst.map(report) ?? .null, "best": best.map(report) ?? .null,
            "possiblyWorst": .strings(possiblyWorst.map(\.fullName)), "gap": .optional(gap),
            "minGroup": .int(minimumGroupSize), "worstBySeed": worstBySeedJSON,
            "groups": .array(
                groups.map { group in
                    [
                        "name": .string(group.name), "values": .array(group.values.map(report)),
                        "worst": .optional(group.worst?.name), "meanOfValues": .optional(group.meanOfValues),
                        "trainWeightedMean": .optional(group.trainWeightedMean),
                    ]
                }),
            "confusion": .array(confusion.map { .array($0.map { .int($0) }) }), "notes": .strings(notes),
        ]
    }

    private var worstBySeedJSON: JSONValue {
        let found = worstBySeed
        guard !found.isEmpty else { return .null }
        return report(Spread(found.map(\.accuracy))).merging([
            "seeds": .array(
                found.map {
                    ["seed": JSONValue($0.seed), "name": .string($0.name), "accuracy": .double($0.accuracy)]
                })
        ])
    }

    private func report(_ rate: Rate) -> JSONValue {
        [
            "name": .string(rate.name), "count": .int(rate.count), "mean": .optional(rate.mean),
            "sd": .optional(rate.standardDeviation), "lower": .optional(rate.interval?.lower),
            "upper": .optional(rate.interval?.upper),
        ]
    }

    private func classReport(_ label: Int) -> JSONValue {
        report(classes[label]).merging(["train": .optional(frequency?.trainingCounts[label])])
    }

    private func report(_ spread: Spread) -> JSONValue {
        ["mean": .double(spread.mean), "sd": .optional(spread.standardDeviation)]
    }

    private func report(_ group: Group) -> JSONValue {
        func population(_ partition: Partition) -> JSONValue {
            group.population.map { .int($0[Int(partition.rawValue)]) } ?? .null
        }
        func above(_ other: Double?) -> JSONValue {
            guard let mean = group.rate.mean, let other else { return .null }
            return .double(mean - other)
        }
        return report(group.rate).merging([
            "column": .string(group.column), "fullName": .string(group.fullName), "train": population(.train),
            "validation": population(.validation), "test": population(.test),
            "share": accuracy.count > 0 ? .double(Double(group.count) / Double(accuracy.count)) : .null,
            "loss": .optional(group.losses?.mean), "lossSd": .optional(group.losses?.standardDeviation),
            "aboveAverage": above(accuracy.mean), "aboveBest": above(best?.rate.mean),
            "simultaneous": .interval(group.simultaneous), "tooSmallToJudge": .bool(group.isTooSmallToJudge),
            "inMinimum": .bool(group.simultaneous != nil),
        ])
    }
}
