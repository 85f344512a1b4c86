/// Where the examples of some arrays go in a dataset, and which rows of the table beside them are theirs.
struct ArrayArrangement {
    /// Where each example goes, numbered over all arrays.
    let order: PartitionOrder
    /// For each example in the order of the dataset, its row in the table; empty without one.
    let rows: [Int]
    /// The names of the examples in the order of the dataset, from the arrays or else the table; nil when neither has any.
    let names: [String]?
    /// What was decided without being told.
    let notes: [String]

    /// Joins arrays and table.
    ///
    /// - Throws: `badData` when they do not fit together; the message has both counts, or the first example that is missing.
    init(of source: NPYSource) throws {
        let pairs = source.pairs
        let named = pairs.flatMap { [Partition](repeating: $0.partition, count: $0.features.shape[0]) }
        let ids = try Self.ids(of: pairs)
        guard let metadata = source.metadata else {
            let own = PartitionOrder(named)
            order = own
            rows = []
            names = ids.map { own.apply(to: $0) }
            notes = []
            return
        }
        let (joined, unused) = try Self.rows(of: ids, in: metadata, count: named.count)
        var partitions = named
        if metadata.split != nil {
            let told = joined.map { metadata.partitions[$0] }
            // Of one array the table says the parts; of several their names do, and the table must say the same.
            if pairs.count > 1, let odd = named.indices.first(where: { named[$0] != told[$0] }) {
                throw metadata.input.badData(
                    "row \(joined[odd] + 1) is in \(told[odd].name), and its example is in the array of "
                        + "\(named[odd].name)",
                    remedy: "write the rows in the order of the arrays, train first, or leave the column out with "
                        + "another `split`")
            }
            partitions = told
        }
        order = PartitionOrder(partitions)
        let sorted = order.apply(to: joined)
        rows = sorted
        names = metadata.id == nil ? nil : sorted.map { metadata.ids[$0] }
        notes = unused > 0 ? ["\(unused) rows of the table have no example"] : []
    }

    /// The ids of the examples in the order of the arrays, each once; nil when no array has any.
    private static func ids(of pairs: [NPYReader.Pair]) throws -> [String]? {
        guard pairs.contains(where: { $0.ids != nil }) else { return nil }
        var result: [String] = []
        var seen: Set<String> = []
        for pair in pairs {
            let examples = pair.features.shape[0]
            guard let ids = pair.ids, ids.count == examples else {
                throw pair.features.content.badData(
                    "there are \(pair.ids?.count ?? 0) ids for \(examples) examples",
                    remedy: "save one id for each example of every array")
            }
            for id in try ids.names(of: "id") {
                guard seen.insert(id).inserted else {
                    throw ids.content.badData(
                        "two examples have the id \(id)",
                        remedy: "give each example its own id, or call the array otherwise to name examples by position"
                    )
                }
                result.append(id)
            }
        }
        return result
    }

    /// The row of each example in the order of the arrays, and how many rows have none.
    private static func rows(
        of ids: [String]?, in metadata: ArrayMetadata, count: Int
    ) throws -> (rows: [Int], unused: Int) {
        guard let ids else {
            guard metadata.count == count else {
                throw metadata.input.badData(
                    "the table has \(metadata.count) rows, and the arrays have \(count) examples",
                    remedy: "write a row for each example, give the arrays an array of ids, or name another table "
                        + "with `metadata`")
            }
            return (Array(0..<count), 0)
        }
        guard metadata.id != nil else {
            throw metadata.input.badData(
                "the arrays carry ids, and no column of the table is called id",
                remedy: "name the column with `id`, or move the ids away to join by order")
        }
        let places = Dictionary(uniqueKeysWithValues: zip(metadata.ids, metadata.ids.indices))
        let rows = try ids.map { id in
            guard let row = places[id] else {
                throw metadata.input.badData(
                    "there is no row for the example with id \(id)",
                    remedy: "add it, or name another table with `metadata`")
            }
            return row
        }
        // Ids are unique on both sides, so that no row is taken twice.
        return (rows, metadata.count - rows.count)
    }

    /// The runs of examples of each partition, in the order of the dataset.
    ///
    /// Arrays that lie in that order stay where they are; the rows of others are copied.
    ///
    /// - Parameters:
    ///   - partitions: that of each array by its name.
    ///   - features: the arrays, as features are stored.
    ///   - labels: the class of each example, in the order of the dataset.
    func parts(
        of partitions: [Partition], features: [NPYArray], labels: [Int32]
    ) throws -> [DatasetParts.Part] {
        if features.count > 1 {
            var start = 0
            return zip(partitions, features).map { partition, features in
                let count = features.shape[0]
                defer { start += count }
                return DatasetParts.Part(
                    partition: partition, segment: Self.segment(of: features.content, 0, count, 0),
                    labels: Array(labels[start..<(start + count)]))
            }
        }
        let content = features[0].content
        let rowSize = content.count / labels.count
        var ordered = content
        if order.destinations != Array(0..<labels.count) {
            guard let buffer = OwnedBuffer(byteCount: content.count) else {
                throw CurateError(
                    .workFailed, "there is no memory to sort \(content.count) bytes by partition", at: content.path,
                    remedy: "save an array for each partition")
            }
            for (example, place) in order.destinations.enumerated() {
                UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[(place * rowSize)...].prefix(rowSize)).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: content.bytes[(example * rowSize)...].prefix(rowSize)))
            }
            ordered = InputBytes(bytes: UnsafeRawBufferPointer(buffer.bytes), owner: buffer, path: content.path)
        }
        var start = 0
        return zip(Partition.allCases, order.counts).compactMap { partition, count in
            if count == 0 { return nil }
            defer { start += count }
            return DatasetParts.Part(
                partition: partition, segment: Self.segment(of: ordered, start, count, rowSize),
                labels: Array(labels[start..<(start + count)]))
        }
    }

    private static func segment(
        of content: InputBytes, _ start: Int, _ count: Int, _ rowSize: Int
    ) -> FeatureMatrix.Segment {
        guard let base = content.bytes.baseAddress else { preconditionFailure("an array without memory") }
        return FeatureMatrix.Segment(base: base + start * rowSize, rowCount: count, owner: content.owner)
    }
}
