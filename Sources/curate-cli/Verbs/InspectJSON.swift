import Curate

extension JSONValue {
    /// An inspection with stable keys: what `curate inspect --json` prints.
    package init(_ inspection: DatasetInspection, next: String) {
        let shape = inspection.shape
        let values = inspection.values
        self = [
            "name": .string(inspection.name),
            "format": .string(inspection.format.rawValue),
            "contentHash": .string(inspection.contentHash),
            "examples": .int(inspection.counts.reduce(0, +)),
            "partitions": .partitionCounts(inspection.counts),
            "shape": [
                "height": .int(shape.height), "width": .int(shape.width),
                "channels": .int(shape.channels),
            ],
            "isImage": .bool(shape.isImage),
            "elementType": .string(inspection.elementType.name),
            "layout": .string(inspection.layout.name),
            "classes": .array(inspection.classes.enumerated().map { .summary(of: $1, label: $0) }),
            "imbalanceRatio": inspection.imbalanceRatio.map { .double($0) } ?? .null,
            "groups": .array(inspection.groups.map(JSONValue.summary)),
            "values": [
                "minimum": .double(values.minimum), "maximum": .double(values.maximum),
                "mean": .double(values.mean), "standardDeviation": .double(values.standardDeviation),
            ],
            "constantFeatures": .array(inspection.constantFeatures.map { .int($0) }),
            "duplicates": .array(inspection.duplicates.map(JSONValue.summary)),
            "leakage": .array(inspection.leakage.map(JSONValue.summary)),
            "notes": .strings(inspection.notes),
            "next": .string(next),
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
