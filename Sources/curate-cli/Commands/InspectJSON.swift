import Curate

extension JSON {
    /// An inspection with stable keys: what `curate inspect --json` prints.
    package init(_ inspection: DatasetInspection, next: String) {
        let shape = inspection.shape
        let values = inspection.values
        self = .object([
            ("name", .string(inspection.name)),
            ("format", .string(inspection.format.rawValue)),
            ("contentHash", .string(inspection.contentHash)),
            ("examples", .integer(inspection.counts.reduce(0, +))),
            ("partitions", .partitionCounts(inspection.counts)),
            (
                "shape",
                .object([
                    ("height", .integer(shape.height)), ("width", .integer(shape.width)),
                    ("channels", .integer(shape.channels)),
                ])
            ),
            ("isImage", .boolean(shape.isImage)),
            ("elementType", .string(inspection.elementType.name)),
            ("layout", .string(inspection.layout.name)),
            ("classes", .array(inspection.classes.enumerated().map { .summary(of: $1, label: $0) })),
            ("imbalanceRatio", inspection.imbalanceRatio.map { .number($0) } ?? .null),
            ("groups", .array(inspection.groups.map(JSON.summary))),
            (
                "values",
                .object([
                    ("minimum", .number(values.minimum)), ("maximum", .number(values.maximum)),
                    ("mean", .number(values.mean)), ("standardDeviation", .number(values.standardDeviation)),
                ])
            ),
            ("constantFeatures", .array(inspection.constantFeatures.map { .integer($0) })),
            ("duplicates", .array(inspection.duplicates.map(JSON.summary))),
            ("leakage", .array(inspection.leakage.map(JSON.summary))),
            ("notes", .strings(inspection.notes)),
            ("next", .string(next)),
        ])
    }

    private static func partitionCounts(_ counts: [Int]) -> JSON {
        .object(Partition.allCases.map { ($0.name, .integer(counts[Int($0.rawValue)])) })
    }

    private static func summary(of own: DatasetInspection.ClassCounts, label: Int) -> JSON {
        .object([
            ("label", .integer(label)), ("name", .string(own.name)), ("counts", partitionCounts(own.counts)),
        ])
    }

    private static func summary(of group: DatasetInspection.Group) -> JSON {
        let values = group.values.map { value in
            JSON.object([
                ("name", .string(value.name)), ("counts", partitionCounts(value.counts)),
                ("classCounts", .array(value.classCounts.map { .integer($0) })),
            ])
        }
        return .object([("name", .string(group.name)), ("values", .array(values))])
    }

    private static func summary(of found: DatasetInspection.Duplicates) -> JSON {
        .object([
            ("partition", .string(found.partition.name)), ("sets", .integer(found.setCount)),
            ("redundant", .integer(found.redundantCount)), ("conflictingSets", .integer(found.conflictingSetCount)),
            ("examples", .array(found.examples.map(JSON.strings))),
        ])
    }

    private static func summary(of found: DatasetInspection.Leakage) -> JSON {
        .object([
            ("partition", .string(found.partition.name)), ("source", .string(found.source.name)),
            ("count", .integer(found.count)), ("conflicting", .integer(found.conflictingCount)),
            ("examples", .array(found.examples.map(JSON.strings))),
        ])
    }
}
