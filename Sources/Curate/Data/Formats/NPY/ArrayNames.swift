/// What the usual names of NumPy files and archive keys say: `X_train`, `test-labels`, `val_images`, `features`, `y`,
/// `ids`.
package enum ArrayNames {
    /// What an array holds.
    package enum Role: String { case features, labels, ids }

    /// One partition's arrays, by name.
    package struct Pair: Equatable {
        /// The partition.
        package let partition: Partition
        /// The name of the features.
        package let features: String
        /// The name of the labels; nil when there are none, which a table may say then.
        package let labels: String?
        /// The name of the ids; nil when there are none.
        package var ids: String?
    }

    /// What was looked for, as a remedy.
    package static let expectation =
        "expected names like X_train and y_train, test_features and test_labels, or features and labels"

    private static let featureWords: Set = [
        "x", "feature", "features", "image", "images", "data", "embedding", "embeddings", "emb", "input", "inputs",
    ]
    private static let labelWords: Set = ["y", "label", "labels", "target", "targets"]
    private static let idWords: Set = ["id", "ids"]
    private static let partitionWords: [String: Partition] = [
        "train": .train, "training": .train, "tr": .train,
        "val": .validation, "valid": .validation, "validation": .validation, "dev": .validation,
        "test": .test, "testing": .test, "te": .test,
    ]

    /// What one name says; nothing when it has words beside a role and a partition.
    package static func meaning(of name: String) -> (role: Role, partition: Partition?)? {
        var role: Role?
        var partition: Partition?
        for word in name.lowercased().split(whereSeparator: { "_-. ".contains($0) }) {
            var word = String(word)
            // scikit-learn users write Xtrain and ytest.
            if let first = word.first, first == "x" || first == "y", partitionWords[String(word.dropFirst())] != nil {
                guard role == nil else { return nil }
                role = first == "x" ? .features : .labels
                word.removeFirst()
            }
            if featureWords.contains(word) && role == nil {
                role = .features
            } else if labelWords.contains(word) && role == nil {
                role = .labels
            } else if idWords.contains(word) && role == nil {
                role = .ids
            } else if let named = partitionWords[word], partition == nil {
                partition = named
            } else {
                return nil
            }
        }
        return role.map { ($0, partition) }
    }

    /// The pairs among some names; names that say nothing are passed over.
    ///
    /// Names without a partition are training data, unless there are names that say train.
    package static func pairs(among names: [String], at path: String) throws -> [Pair] {
        var features: [Partition?: String] = [:]
        var labels: [Partition?: String] = [:]
        var ids: [Partition?: String] = [:]
        func add(_ name: String, to found: inout [Partition?: String], _ partition: Partition?) throws {
            if let other = found[partition] {
                throw CurateError(
                    .badData, "\(other) and \(name) may both be meant", at: path,
                    remedy: "keep one of them, or name one features file and its labels")
            }
            found[partition] = name
        }
        for name in names {
            guard let (role, partition) = meaning(of: name) else { continue }
            switch role {
            case .features: try add(name, to: &features, partition)
            case .labels: try add(name, to: &labels, partition)
            case .ids: try add(name, to: &ids, partition)
            }
        }
        var pairs: [Pair] = []
        for partition in Partition.allCases {
            let key: Partition? = partition == .train && features[.train] == nil ? nil : partition
            guard let own = features[key] else { continue }
            pairs.append(Pair(partition: partition, features: own, labels: labels[key], ids: ids[key]))
        }
        return pairs
    }
}
