/// Something in a store that has a key: a dataset, an artifact or a set of scores.
package enum StoredItem: Sendable, Equatable {
    /// A dataset; its key is its content hash.
    case dataset(StoredDataset)
    /// A stage's result.
    case artifact(StoredArtifact)
    /// A set of scores.
    case scores(StoredScoreSet)

    /// Its key.
    package var key: String {
        switch self {
        case .dataset(let dataset): dataset.hash
        case .artifact(let artifact): artifact.key.hexadecimal
        case .scores(let set): set.key.hexadecimal
        }
    }

    /// What sort of thing it is: `dataset`, `scores`, or the kind of stage that made an artifact.
    package var kind: String {
        switch self {
        case .dataset: "dataset"
        case .artifact(let artifact): artifact.identity.kind
        case .scores: "scores"
        }
    }

    /// What it is, in a few words.
    package var phrase: String {
        switch self {
        case .dataset(let dataset): "\(dataset.name), \(dataset.exampleCount) examples, \(dataset.classCount) classes"
        case .artifact(let artifact): artifact.identity.phrase
        case .scores(let set):
            "\(set.name) (\(set.convention), \(set.direction)), \(set.seeds.count) seed"
                + (set.seeds.count == 1 ? "" : "s")
        }
    }

    /// The first digits of its key.
    package var shortKey: String { String(key.prefix(8)) }

    /// The keys it was made from, and the content hash of its dataset.
    var inputs: [String] {
        switch self {
        case .dataset: []
        case .artifact(let artifact):
            artifact.identity.inputs.map(\.hexadecimal) + (artifact.identity.dataset.map { [$0] } ?? [])
        case .scores(let set): set.runKeys.map(\.hexadecimal) + [set.dataset]
        }
    }
}

extension ArtifactIdentity {
    /// The parameters that are words or numbers: network and seed first, then the others by name.
    package var phrase: String {
        var members = parameters.objectValue ?? [:]
        func text(_ value: JSONValue) -> String? {
            switch value {
            case .string(let text): text
            case .int(let number): String(number)
            // Most numbers were single precision once, whose digits are shorter.
            case .double(let number): Double(Float(number)) == number ? "\(Float(number))" : "\(number)"
            case .bool(let truth): truth ? "true" : "false"
            case .null, .array, .object: nil
            }
        }
        var parts: [String] = []
        if let network = members.removeValue(forKey: "network").flatMap(text) { parts.append(network) }
        if let seed = members.removeValue(forKey: "seed").flatMap(text) { parts.append("seed \(seed)") }
        if let rate = members["schedule"]?["learningRate"].flatMap(text) { parts.append("learningRate \(rate)") }
        if let sharpness = members["sharpness"], let kind = sharpness["kind"].flatMap(text),
            let radius = sharpness["radius"].flatMap(text)
        {
            parts.append("\(kind) \(radius)")
        }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            if let text = text(value) { parts.append("\(name) \(text)") }
        }
        return parts.joined(separator: ", ")
    }
}

extension Store {
    /// Everything that has a key, datasets first, each sort in the order it was stored.
    package func items() throws -> [StoredItem] {
        try reading {
            try datasets().map { .dataset($0) } + artifacts().map { .artifact($0) } + scoreSets().map { .scores($0) }
        }
    }

    /// The one thing whose key begins with some digits.
    ///
    /// - Throws: `CurateError` of kind `missingInput` when there is none, `usage` when there are several.
    package func item(withPrefix prefix: String) throws -> StoredItem {
        let found = try items().filter { $0.key.hasPrefix(prefix.lowercased()) }
        guard let first = found.first else {
            throw CurateError(
                .missingInput, "no key begins with '\(prefix)'", at: path, remedy: "'curate store ls' lists the keys")
        }
        guard found.count == 1 else {
            let shown = found.prefix(8).map { "\(Self.enough(of: $0, among: found)) (\($0.kind))" }
            let more = found.count > shown.count ? " and \(found.count - shown.count) more" : ""
            throw CurateError(
                .usage, "'\(prefix)' is the beginning of \(found.count) keys: \(shown.joined(separator: ", "))\(more)",
                at: path, remedy: "give more digits")
        }
        return first
    }

    /// As many digits as tell a key from others, at least eight.
    private static func enough(of item: StoredItem, among others: [StoredItem]) -> String {
        let common = others.filter { $0 != item }.map { zip($0.key, item.key).prefix { $0 == $1 }.count }.max() ?? 0
        return String(item.key.prefix(max(8, common + 1)))
    }

    /// What something was made from or belongs to, as far as it is in the store.
    package func inputs(of item: StoredItem) throws -> [StoredItem] {
        try items().filter { item.inputs.contains($0.key) }
    }

    /// What was made from something, or belongs to it.
    package func dependents(of item: StoredItem) throws -> [StoredItem] {
        try items().filter { $0.inputs.contains(item.key) }
    }
}
