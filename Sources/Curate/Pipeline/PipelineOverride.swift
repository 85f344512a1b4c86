/// A value that takes the place of a pipeline file's: `stages.final.train.epochs=30`.
package struct PipelineOverride: Sendable, Equatable {
    /// The place in the file, from the outside in.
    let path: [String]
    /// The value that goes there.
    let value: JSONValue

    /// Reads `PATH=VALUE`; the value is JSON5, and text when it is not.
    ///
    /// - Throws: `ValueMismatch` when it has another form.
    package init(_ text: String) throws(ValueMismatch) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let path = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let isStage = path.first == "stages" && path.count == 4
        let isDataset = path.first == "dataset" && path.count == 2
        guard parts.count == 2, isStage || isDataset, !path.contains("") else {
            throw ValueMismatch("must be stages.NAME.KIND.PARAMETER=VALUE or dataset.PARAMETER=VALUE")
        }
        self.path = path
        value = JSON5Document.value(parts[1]) ?? .string(parts[1])
    }

    /// The document with the value in its place; what the value may be is checked with the rest of the document.
    ///
    /// - Throws: `CurateError(.usage)` when the document has no such stage.
    func applied(to document: JSONValue) throws -> JSONValue {
        var parent = document
        for depth in 0..<path.count - 1 {
            // A document that is not made of objects is reported as such later.
            guard let members = parent.objectValue else { return document }
            guard let next = members[path[depth]] else {
                if depth == 0 { return document }
                let place = path[..<depth].joined(separator: ".")
                let names = members.keys.sorted()
                let guess = Suggestion.nearest(to: path[depth], among: names)
                throw CurateError(
                    .usage, "`set`: \(place) has no '\(path[depth])'",
                    remedy: guess.map { "did you mean '\($0)'?" } ?? "there is \(names.joined(separator: ", "))")
            }
            parent = next
        }
        return Self.replacing(path[...], in: document, with: value)
    }

    private static func replacing(_ path: ArraySlice<String>, in document: JSONValue, with value: JSONValue)
        -> JSONValue
    {
        guard let name = path.first, var members = document.objectValue else { return value }
        members[name] = replacing(path.dropFirst(), in: members[name] ?? .null, with: value)
        return .object(members)
    }
}
