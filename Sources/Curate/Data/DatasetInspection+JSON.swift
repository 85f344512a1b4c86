extension DatasetInspection {
    /// The inspection as JSON.
    ///
    /// Counts by partition are objects with the names of the partitions; examples of duplicates and leakage are lists of ids.
    package var json: JSONValue {
        [
            "name": .string(name),
            "format": .string(format.rawValue),
            "contentHash": .string(contentHash),
            "examples": .int(counts.reduce(0, +)),
            "partitions": Self.partitionCounts(counts),
            "shape": [
                "height": .int(shape.height), "width": .int(shape.width),
                "channels": .int(shape.channels),
            ],
            "isImage": .bool(shape.isImage),
            "elementType": .string(elementType.name),
            "layout": .string(layout.name),
            "classes": .array(classes.enumerated().map { Self.summary(of: $1, label: $0) }),
            "imbalanceRatio": imbalanceRatio.map { .double($0) } ?? .null,
            "groups": .array(groups.map(Self.summary)),
            "values": [
                "minimum": .double(values.minimum), "maximum": .double(values.maximum),
                "mean": .double(values.mean), "standardDeviation": .double(values.standardDeviation),
            ],
            "constantFeatures": .array(constantFeatures.map { .int($0) }),
            "duplicates": .array(duplicates.map(Self.summary)),
            "leakage": .array(leakage.map(Self.summary)),
            "shortcuts": .array(
                shortcuts.map { found in
                    [
                        "feature": .string(found.name), "accuracy": .double(found.accuracy),
                        "majorityAccuracy": .double(found.majorityAccuracy), "lambda": .double(found.lambda),
                        "examples": .int(found.count),
                    ]
                }),
            "untrainedClasses": .array(
                untrained.entries.map { entry in
                    [
                        "name": .string(entry.name), "counts": Self.partitionCounts(entry.counts),
                        "nearest": .optional(entry.nearest),
                    ]
                }),
            "notes": .strings(notes),
        ]
    }

    private static func partitionCounts(_ counts: [Int]) -> JSONValue {
        .object(
            Dictionary(
                uniqueKeysWithValues: Partition.allCases.map { ($0.name, JSONValue.int(counts[Int($0.rawValue)])) }))
    }

    private static func summary(of own: DatasetInspection.ClassCounts, label: Int) -> JSONValue {
        [
            "label": .int(label), "name": .string(own.name), "counts": partitionCounts(own.counts),
        ]
    }

    private static func summary(of group: DatasetInspection.Group) -> JSONValue {
        let values = group.values.map { value -> JSONValue in
            [
                "name": .string(value.name), "counts": partitionCounts(value.counts),
                "classCounts": .array(value.classCounts.map { .int($0) }),
                "classCountsByPartition": .object(
                    Dictionary(
                        uniqueKeysWithValues: Partition.allCases.map { partition in
                            let own = value.classCountsByPartition[Int(partition.rawValue)]
                            return (partition.name, JSONValue.array(own.map { .int($0) }))
                        })),
                "isGroup": .bool(value.isGroup),
            ]
        }
        return ["name": .string(group.name), "values": .array(values)]
    }

    private static func summary(of found: DatasetInspection.Duplicates) -> JSONValue {
        [
            "partition": .string(found.partition.name), "sets": .int(found.setCount),
            "redundant": .int(found.redundantCount), "conflictingSets": .int(found.conflictingSetCount),
            "examples": .array(found.examples.map(JSONValue.strings)),
        ]
    }

    private static func summary(of found: DatasetInspection.Leakage) -> JSONValue {
        [
            "partition": .string(found.partition.name), "source": .string(found.source.name),
            "count": .int(found.count), "conflicting": .int(found.conflictingCount),
            "examples": .array(found.examples.map(JSONValue.strings)),
        ]
    }
}
