/// Suspects as stores keep them, and their way back.
extension LabelSuspects {
    /// The suspects with the indices of their dataset in place of positions.
    package func json(_ candidates: ExampleTable) -> JSONValue {
        [
            "method": .string(method),
            "index": .array(entries.map { .int(Int(candidates.indices[Int($0.position)])) }),
            "given": .array(entries.map { .int(Int($0.given)) }),
            "suggested": .array(entries.map { $0.suggested.map { .int(Int($0)) } ?? .null }),
            "confidence": .array(entries.map { .double($0.confidence) }),
        ]
    }

    /// Reads what `json(_:)` makes; those that are not among the candidates are left out.
    ///
    /// - Throws: `badData` when it cannot be what was written.
    package init(_ json: JSONValue, of candidates: ExampleTable, at path: String) throws {
        let failure = CurateError(
            .badData, "a list of label suspects cannot be read", at: path,
            remedy: "'curate store verify' says what is damaged")
        guard let method = json["method"]?.stringValue, let indices = json["index"]?.arrayValue,
            let given = json["given"]?.arrayValue, let suggested = json["suggested"]?.arrayValue,
            let confidence = json["confidence"]?.arrayValue,
            [given.count, suggested.count, confidence.count].allSatisfy({ $0 == indices.count })
        else { throw failure }
        let positions = candidates.positionsByIndex()
        let classes = 0..<candidates.classNames.count
        var entries: [Entry] = []
        for row in indices.indices {
            guard let index = indices[row].intValue, let label = given[row].intValue, classes.contains(label),
                let sure = confidence[row].doubleValue
            else { throw failure }
            let other = suggested[row].intValue
            if let other, !classes.contains(other) { throw failure }
            guard positions.indices.contains(index) else { throw failure }
            let position = positions[index]
            if position < 0 { continue }
            guard candidates.labels[Int(position)] == label else { throw failure }
            entries.append(
                Entry(
                    position: position, given: Int32(label), suggested: other.map { Int32($0) }, confidence: sure))
        }
        self.init(entries: entries, method: method)
    }

    /// The suspects for programs: `method`, how many `examples` were looked at, `count`, and for each suspect its `rank`, `id`,
    /// `index`, the `given` and the `suggested` class, and the `confidence`.
    package func reportJSON(_ candidates: ExampleTable) -> JSONValue {
        [
            "method": .string(method), "examples": .int(candidates.count), "count": .int(entries.count),
            "warning": .optional(alarm(of: candidates.count)),
            "suspects": .array(
                entries.enumerated().map { place, entry in
                    [
                        "rank": .int(place + 1), "id": .string(candidates.id(at: Int(entry.position))),
                        "index": .int(Int(candidates.indices[Int(entry.position)])),
                        "given": .string(candidates.classNames[Int(entry.given)]),
                        "suggested": .optional(entry.suggested.map { candidates.classNames[Int($0)] }),
                        "confidence": .double(entry.confidence),
                    ]
                }),
        ]
    }
}
