/// What is in a store, for programs.
extension StoredItem {
    /// When it was stored or begun.
    package var createdAt: String {
        switch self {
        case .dataset(let dataset): dataset.createdAt
        case .artifact(let artifact): artifact.createdAt
        case .scores(let set): set.createdAt
        }
    }

    /// How far an artifact has come; nil for what is there whole.
    package var state: String? {
        if case .artifact(let artifact) = self { artifact.state.rawValue } else { nil }
    }

    /// The seconds spent on an artifact.
    package var seconds: Double? {
        if case .artifact(let artifact) = self { artifact.seconds } else { nil }
    }

    /// The thing in lists: `key`, `kind` and `what` it is.
    package var json: JSONValue { ["key": .string(key), "kind": .string(kind), "what": .string(phrase)] }

    /// Everything that is to be said of it alone: besides `json` when it was made, and of an artifact its `state`, `seconds`
    /// and `identity`, of scores their `description` and `seeds`, of a dataset its `format` and `shape`.
    package var details: JSONValue {
        var members: [String: JSONValue] = ["createdAt": .string(createdAt)]
        switch self {
        case .dataset(let dataset):
            members["format"] = .string(dataset.format)
            members["shape"] = .string(dataset.shape)
        case .artifact(let artifact):
            members["state"] = .string(artifact.state.rawValue)
            members["seconds"] = .double(artifact.seconds)
            members["identity"] = artifact.identity.json
        case .scores(let set):
            members["description"] = .string(set.description)
            members["seeds"] = .array(set.seeds.map { JSONValue($0) })
        }
        return json.merging(.object(members))
    }
}

extension StoreInventory.Entry {
    /// The entry in a listing: the thing with its `state`, `epochs`, number of `columns`, `bytes`, `seconds` and `createdAt`.
    package var json: JSONValue {
        item.json.merging([
            "state": .optional(item.state), "epochs": .int(epochCount), "columns": .int(columns.count),
            "bytes": .int(byteCount), "seconds": .optional(item.seconds), "createdAt": .string(item.createdAt),
        ])
    }
}

extension StoredColumn {
    /// The column in a listing.
    package var json: JSONValue {
        [
            "epoch": .int(epoch), "name": .string(name), "type": .string(elementType.rawValue),
            "elements": .int(count), "bytes": .int(byteCount),
        ]
    }
}

extension CopyReport {
    /// The counts: `added`, `extended` and `present`.
    package var json: JSONValue {
        ["added": .int(added), "extended": .int(extended), "present": .int(present)]
    }
}

extension CleanupPlan {
    /// The `candidates` with the `reason` why each may go and its `bytes`, the keys that are `kept`, and all `bytes`.
    package var json: JSONValue {
        [
            "candidates": .array(
                candidates.map {
                    [
                        "key": .string($0.item.key), "kind": .string($0.item.kind),
                        "reason": .string($0.reason.rawValue), "bytes": .int($0.byteCount),
                    ]
                }), "kept": .strings(kept.map(\.key)), "bytes": .int(byteCount),
        ]
    }
}
