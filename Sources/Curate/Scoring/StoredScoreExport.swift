/// A set of scores on its way from the store to a file, without the runs it was computed from.
///
/// CSV has the columns `index`, `id`, `label`, `class`, `partition`, the groups, `NAME`, `NAME_sd` and `NAME_rank`, and
/// comment lines before them that say what the score is; NPZ has `index`, `id`, `label`, `NAME`, `NAME_sd`, `NAME_rank`
/// and `header`, a JSON object as bytes. Values, spread and ranks are those of the store.
package struct StoredScoreExport {
    private let set: StoredScoreSet
    private let scores: StoredScores
    private let examples: StoredExamples

    /// Reads a set of scores and the examples it is about.
    package init(_ set: StoredScoreSet, in store: Store) throws {
        guard let scores = try store.scores(in: set.key), let examples = try store.examples(ofDataset: set.dataset),
            scores.indices.last ?? 0 < examples.count
        else {
            throw CurateError(
                .badData, "scores \(set.key.short) have lost their examples", at: store.path,
                remedy: "'curate store verify' says what is damaged")
        }
        self.set = set
        self.scores = scores
        self.examples = examples
    }

    /// Writes a file, which appears whole or not at all.
    ///
    /// - Parameters:
    ///   - path: the file; its name ends in `.csv` or `.npz`.
    ///   - replacing: whether a file of that name may be replaced.
    /// - Throws: `CurateError(.cannotCreateOutput)`; `usage` for another ending.
    package func write(to path: String, replacing: Bool) throws {
        if path.hasSuffix(".csv") { return try writeCSV(to: path, replacing: replacing) }
        if path.hasSuffix(".npz") { return try writeNPZ(to: path, replacing: replacing) }
        throw CurateError(
            .usage, "scores are written as .csv or .npz, not as '\(path)'", remedy: "give the file one of these endings"
        )
    }

    private var phrase: String {
        "\(set.name) (\(set.convention), \(set.direction), \(set.seeds.count) seed\(set.seeds.count == 1 ? "" : "s"))"
    }

    private func writeCSV(to path: String, replacing: Bool) throws {
        let file = try AtomicFile(path: path, replacing: replacing)
        var writer = ByteWriter { try file.write($0) }
        writer.append("# curate scores: \(phrase)\n# \(set.description)\n")
        let names = [set.name] + (scores.deviations == nil ? [] : ["\(set.name)_sd"]) + ["\(set.name)_rank"]
        var taken = Set(["index", "id", "label", "class", "partition"] + names)
        let groups = examples.groups.map { group in
            var name = group.name
            while !taken.insert(name).inserted { name = "group_" + name }
            return name
        }
        for (number, name) in (["index", "id", "label", "class", "partition"] + groups + names).enumerated() {
            if number > 0 { writer.append(",") }
            writer.appendField(name)
        }
        writer.append("\n")
        for position in 0..<scores.count {
            append(position, to: &writer)
            try writer.flushIfLarge()
        }
        try writer.flush()
        try file.commit()
    }

    private func append(_ position: Int, to writer: inout ByteWriter) {
        let index = scores.indices[position]
        writer.append(index)
        for text in [
            examples.ids[index], String(examples.labels[index]), examples.classNames[examples.labels[index]],
            examples.partitions[index],
        ] + examples.groups.map({ $0.values[index] ?? "" }) {
            writer.append(",")
            writer.appendField(text)
        }
        for value in [scores.values[position]] + (scores.deviations.map { [$0[position]] } ?? []) {
            writer.append(",")
            append(value, to: &writer)
        }
        writer.append(",")
        writer.append(scores.ranks[position])
        writer.append("\n")
    }

    /// Scores are single precision, whose digits are shorter; another number keeps all of its own.
    private func append(_ value: Double, to writer: inout ByteWriter) {
        let single = Float(value)
        if value.isNaN || Double(single) == value { writer.append(single) } else { writer.append("\(value)") }
    }

    private func writeNPZ(to path: String, replacing: Bool) throws {
        let count = scores.count
        let file = try NPZWriter(path: path, replacing: replacing)
        try file.add("index", scores.indices.map { Int64($0) }, shape: [count])
        let ids = NamedArray(name: "id", texts: scores.indices.map { examples.ids[$0] })
        try file.add(ids.name, bytes: ids.bytes, typeDescriptor: ids.typeDescriptor, shape: ids.shape)
        try file.add("label", scores.indices.map { Int32(examples.labels[$0]) }, shape: [count])
        try file.add(set.name, scores.values.map { Float($0) }, shape: [count])
        if let deviations = scores.deviations {
            try file.add("\(set.name)_sd", deviations.map { Float($0) }, shape: [count])
        }
        try file.add("\(set.name)_rank", scores.ranks.map { Int32($0) }, shape: [count])
        let header: JSONValue = [
            "curate": "scores", "key": .string(set.key.hexadecimal), "name": .string(set.name),
            "convention": .string(set.convention), "direction": .string(set.direction),
            "description": .string(set.description), "seeds": .array(set.seeds.map { JSONValue($0) }),
            "runs": .array(set.runKeys.map { .string($0.hexadecimal) }), "dataset": .string(set.dataset),
        ]
        let bytes = Array(header.canonicalText.utf8)
        try file.add("header", bytes, shape: [bytes.count])
        try file.finish()
    }
}
