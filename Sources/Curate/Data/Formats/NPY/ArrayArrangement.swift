/// Where the examples of some arrays go in a dataset, and which rows of the table beside them are theirs.
struct ArrayArrangement {
    /// Where each example goes, numbered over all arrays.
    let order: PartitionOrder
    /// For each example in the order of the dataset, its row in the table; empty without one.
    let rows: [Int]
    /// What was decided without being told.
    let notes: [String]

    /// Joins arrays and table.
    ///
    /// - Throws: `badData` when they do not fit together; the message has both counts, or the first example that is missing.
    init(of source: NPYSource) throws {
        let pairs = source.pairs
        let named = pairs.flatMap { [Partition](repeating: $0.partition, count: $0.features.shape[0]) }
        guard let metadata = source.metadata else {
            order = PartitionOrder(named)
            rows = []
            notes = []
            return
        }
        let (joined, unused) = try Self.rows(of: pairs, in: metadata, count: named.count)
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
        rows = order.apply(to: joined)
        notes = unused > 0 ? ["\(unused) rows of the table have no example"] : []
    }

    /// The row of each example, and how many rows have none.
    private static func rows(
        of pairs: [NPYReader.Pair], in metadata: ArrayMetadata, count: Int
    ) throws -> (rows: [Int], unused: Int) {
        guard pairs.contains(where: { $0.ids != nil }) else {
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
        var isUsed = [Bool](repeating: false, count: metadata.count)
        var rows: [Int] = []
        for pair in pairs {
            let examples = pair.features.shape[0]
            guard let ids = pair.ids, ids.count == examples else {
                throw pair.features.content.badData(
                    "there are \(pair.ids?.count ?? 0) ids for \(examples) examples",
                    remedy: "save one id for each example of every array")
            }
            for example in 0..<examples {
                guard let id = ids.integer(at: example), let row = places["\(id)"] else {
                    throw metadata.input.badData(
                        "there is no row for the example with id \(ids.integer(at: example).map { "\($0)" } ?? "\(ids.double(at: example))")",
                        remedy: "add it, or name another table with `metadata`")
                }
                guard !isUsed[row] else {
                    throw ids.content.badData(
                        "two examples have the id \(metadata.ids[row])", remedy: "give each example its own id")
                }
                isUsed[row] = true
                rows.append(row)
            }
        }
        return (rows, isUsed.count { !$0 })
    }

    /// The runs of examples of each partition, in the order of the dataset.
    ///
    /// Arrays that lie in that order stay where they are; the rows of others are copied.
    ///
    /// - Parameter labels: the class of each example, in the order of the dataset.
    func parts(of source: NPYSource, labels: [Int32]) throws -> [DatasetParts.Part] {
        if source.pairs.count > 1 {
            var start = 0
            return source.pairs.map { pair in
                let count = pair.features.shape[0]
                defer { start += count }
                return DatasetParts.Part(
                    partition: pair.partition, segment: Self.segment(of: pair.features.content, 0, count, 0),
                    labels: Array(labels[start..<(start + count)]))
            }
        }
        let content = source.pairs[0].features.content
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
