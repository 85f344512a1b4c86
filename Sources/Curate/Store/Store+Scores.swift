/// What a set of scores is: by which rule, of which runs, and how to read it.
package struct StoredScoreSet: Sendable, Equatable {
    /// The key of the stage that made it.
    package let key: ArtifactKey
    /// The rule, for instance `el2n`.
    package let name: String
    /// The reference whose number it reproduces, for instance `data-diet`.
    package let convention: String
    /// How to read a value, for instance `higher = harder`.
    package let direction: String
    /// The content hash of the dataset whose examples are scored.
    package let dataset: String
    /// The runs it was computed from.
    package let runKeys: [ArtifactKey]
    /// The seeds of these runs.
    package let seeds: [UInt64]
    /// What the value is, in a sentence.
    package let description: String
    /// When it was stored, as the caller said.
    package let createdAt: String

    /// Makes a description of scores.
    package init(
        key: ArtifactKey, name: String, convention: String, direction: String, dataset: String,
        runKeys: [ArtifactKey], seeds: [UInt64], description: String, createdAt: String
    ) {
        self.key = key
        self.name = name
        self.convention = convention
        self.direction = direction
        self.dataset = dataset
        self.runKeys = runKeys
        self.seeds = seeds
        self.description = description
        self.createdAt = createdAt
    }
}

/// One value per scored example.
package struct StoredScores: Sendable, Equatable {
    /// The indices of the scored examples in their dataset, ascending.
    package let indices: [Int]
    /// The value of each; NaN (NULL in SQL) when it has none.
    package let values: [Double]
    /// The standard deviation of each over the seeds; nil when no example has one.
    package let deviations: [Double]?
    /// The place of each when sorted by the rule that made the set.
    package let ranks: [Int]

    /// Makes a column of scores.
    ///
    /// - Precondition: the arrays agree in count, and `indices` ascends strictly.
    package init(indices: [Int], values: [Double], deviations: [Double]?, ranks: [Int]) {
        precondition(indices.count == values.count && indices.count == ranks.count, "mismatched counts")
        precondition(deviations == nil || deviations?.count == indices.count, "mismatched counts")
        precondition(zip(indices, indices.dropFirst()).allSatisfy { $0 < $1 }, "example indices must ascend")
        self.indices = indices
        self.values = values
        self.deviations = deviations
        self.ranks = ranks
    }

    /// The number of scored examples.
    package var count: Int { indices.count }

    /// Whether two columns are the same, an example without a value alike in both.
    func isSame(as other: StoredScores) -> Bool { count == other.count && checksum() == other.checksum() }

    fileprivate func checksum() -> Int {
        var checksum = Checksum()
        for position in 0..<count {
            checksum.add(indices[position])
            checksum.add(values[position])
            checksum.add(deviations?[position] ?? .nan)
            checksum.add(ranks[position])
        }
        return checksum.finish()
    }
}

extension Store {
    /// Stores scores as rows, in place of those stored under the same key.
    ///
    /// Infinities are kept; a zero loses its sign.
    ///
    /// - Precondition: the dataset is registered.
    package func saveScores(_ scores: StoredScores, as set: StoredScoreSet) throws {
        try writing {
            let content = scores.checksum()
            if let old = try checkedScoreSets().first(where: { $0.set.key == set.key }) {
                if old.set == set && old.contentChecksum == content { return }
                try removeScores(set.key)
            }
            let dataset = try datasetID(hash: set.dataset)
            try database.run(
                """
                INSERT INTO score_sets (key, name, convention, direction, dataset, run_keys, seeds, description,
                    created_at, score_count, score_checksum, checksum)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                """,
                set.key.hexadecimal, set.name, set.convention, set.direction, dataset, set.runKeysText, set.seedsText,
                set.description, set.createdAt, scores.count, content,
                set.checksum(count: scores.count, contentChecksum: content))
            guard let id = try scoreSetID(set.key) else { throw database.damaged("a row just written is not there") }
            let insert = try database.statement(
                "INSERT INTO scores (score_set, idx, value, sd, rank) VALUES (?1, ?2, ?3, ?4, ?5)")
            for position in 0..<scores.count {
                try insert.run(
                    id, scores.indices[position], scores.values[position], scores.deviations?[position],
                    scores.ranks[position])
            }
        }
    }

    /// Removes a set of scores; does nothing when there is none with this key.
    package func removeScores(_ key: ArtifactKey) throws {
        try writing {
            try database.run("DELETE FROM score_sets WHERE key = ?1", key.hexadecimal)
        }
    }

    /// All sets of scores, in the order they were stored.
    package func scoreSets() throws -> [StoredScoreSet] {
        try reading { try checkedScoreSets().map(\.set) }
    }

    /// The scores stored under a key, or nil when there are none.
    package func scores(in key: ArtifactKey) throws -> StoredScores? {
        try reading {
            guard let found = try checkedScoreSets().first(where: { $0.set.key == key }) else { return nil }
            let scores = try storedScores(id: found.id, count: found.count)
            guard scores?.checksum() == found.contentChecksum else {
                throw database.damaged("the scores '\(found.set.name)' (\(key.short)) do not match their checksum")
            }
            return scores
        }
    }

    /// The sets with their row number, size and checksum of scores; each row and their number are checked.
    func checkedScoreSets() throws -> [(id: Int, set: StoredScoreSet, count: Int, contentChecksum: Int)] {
        var digest = TableDigest()
        let sql = """
            SELECT sets.id, sets.key, sets.name, sets.convention, sets.direction, datasets.hash, sets.run_keys,
                sets.seeds, sets.description, sets.created_at, sets.score_count, sets.score_checksum, sets.checksum
            FROM score_sets AS sets LEFT JOIN datasets ON datasets.id = sets.dataset ORDER BY sets.id
            """
        let rows = try database.query(sql) { row in
            digest.add(row.integer(12))
            let damage = database.damaged("the entry of scores '\(row.text(2))' does not match its checksum")
            guard let key = ArtifactKey(hexadecimal: row.text(1)),
                let keys = try? JSONValue(parsing: row.text(6)).arrayValue,
                let seeds = try? JSONValue(parsing: row.text(7)).arrayValue
            else { throw damage }
            let set = StoredScoreSet(
                key: key, name: row.text(2), convention: row.text(3), direction: row.text(4), dataset: row.text(5),
                runKeys: keys.compactMap { $0.stringValue.flatMap { ArtifactKey(hexadecimal: $0) } },
                seeds: seeds.compactMap(\.unsignedValue), description: row.text(8), createdAt: row.text(9))
            guard set.checksum(count: row.integer(10), contentChecksum: row.integer(11)) == row.integer(12) else {
                throw damage
            }
            return (id: row.integer(0), set: set, count: row.integer(10), contentChecksum: row.integer(11))
        }
        try check(digest, of: "score_sets")
        return rows
    }

    private func scoreSetID(_ key: ArtifactKey) throws -> Int? {
        try database.query("SELECT id FROM score_sets WHERE key = ?1", key.hexadecimal) { $0.integer(0) }.first
    }

    /// The rows of a set, or nil when they cannot be what was written.
    private func storedScores(id: Int, count: Int) throws -> StoredScores? {
        var indices: [Int] = []
        var values: [Double] = []
        var deviations: [Double] = []
        var ranks: [Int] = []
        let sql = "SELECT idx, value, sd, rank FROM scores WHERE score_set = ?1 ORDER BY idx"
        _ = try database.query(sql, id) { row in
            indices.append(row.integer(0))
            values.append(row.real(1))
            deviations.append(row.real(2))
            ranks.append(row.integer(3))
        }
        guard indices.count == count, zip(indices, indices.dropFirst()).allSatisfy({ $0 < $1 }) else { return nil }
        return StoredScores(
            indices: indices, values: values, deviations: deviations.allSatisfy(\.isNaN) ? nil : deviations,
            ranks: ranks)
    }
}

extension StoredScoreSet {
    fileprivate var runKeysText: String { JSONValue.array(runKeys.map { .string($0.hexadecimal) }).canonicalText }
    fileprivate var seedsText: String { JSONValue.array(seeds.map { JSONValue($0) }).canonicalText }

    fileprivate func checksum(count: Int, contentChecksum: Int) -> Int {
        var checksum = Checksum()
        let texts = [
            key.hexadecimal, name, convention, direction, dataset, runKeysText, seedsText, description, createdAt,
        ]
        for text in texts { checksum.add(text) }
        checksum.add(count)
        checksum.add(contentChecksum)
        return checksum.finish()
    }
}
