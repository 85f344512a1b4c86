import Curate
import Testing

@Suite struct StoreTests {
    private let directory = StoreDirectory()

    private func store(_ mode: Store.Mode = .write) throws -> Store {
        try Store.open(path: directory.file(), mode: mode, busyTimeout: 0.05)
    }

    @Test func registersADatasetOnce() throws {
        let groups = [GroupColumn(name: "sex", valueNames: ["f", "m"], values: [0, 1, 0, 1, 1])]
        let dataset = storeTestDataset(trainCount: 3, testCount: 2, groups: groups)
        let expected = StoredDataset(
            hash: "d0", name: "digits", format: "npy", exampleCount: 5, classCount: 3, shape: "1x1x1", createdAt: "t1")
        let store = try store()
        try store.registerDataset(dataset, createdAt: "t1")
        try store.registerDataset(dataset, createdAt: "t2")
        #expect(try store.datasets() == [expected])
        #expect(try store.dataset(hash: "d0") == expected)
        #expect(try store.dataset(hash: "other") == nil)
        let rows = try store.database.query(
            """
            SELECT e.idx, e.id, e.label, e.partition, g.value FROM examples e
            JOIN example_groups g ON g.dataset = e.dataset AND g.idx = e.idx ORDER BY e.idx
            """
        ) { "\($0.integer(0)) \($0.text(1)) \($0.integer(2)) \($0.text(3)) \($0.text(4))" }
        #expect(
            rows == [
                "0 train/0 0 train f", "1 train/1 1 train m", "2 train/2 2 train f", "3 test/0 0 test m",
                "4 test/1 1 test m",
            ])
        #expect(try store.verify() == [])
    }

    @Test func namesAResultByWhatDeterminesIt() throws {
        let base = ArtifactIdentity(kind: "train", codeVersion: 1, parameters: ["rate": 0.5, "epochs": 3])
        // printf '%s' '{"codeVersion":1,...}' | sha256sum, with the canonical text written by hand.
        let text = """
            {"codeVersion":1,"dataset":null,"inputs":[],"kind":"train","numericProfile":null,\
            "parameters":{"epochs":3,"rate":0.5}}
            """
        #expect(base.json.canonicalText == text)
        #expect(base.key.hexadecimal == "eb3fa87af07d06ad32e2d08aa01fcc9cd64dc07be0a888cb88e8b9f908230717")
        let others = [
            ArtifactIdentity(kind: "score", codeVersion: 1, parameters: base.parameters),
            ArtifactIdentity(kind: "train", codeVersion: 2, parameters: base.parameters),
            ArtifactIdentity(kind: "train", codeVersion: 1, parameters: ["rate": 0.25, "epochs": 3]),
            ArtifactIdentity(kind: "train", codeVersion: 1, parameters: base.parameters, inputs: [base.key]),
            ArtifactIdentity(kind: "train", codeVersion: 1, parameters: base.parameters, dataset: "d0"),
            ArtifactIdentity(kind: "train", codeVersion: 1, parameters: base.parameters, numericProfile: "avx2"),
        ]
        #expect(Set(others.map(\.key) + [base.key]).count == 7)
        let sameNumbers = ArtifactIdentity(kind: "train", codeVersion: 1, parameters: ["epochs": 3.0, "rate": 0.5])
        #expect(sameNumbers.key == base.key)
        #expect(ArtifactKey(hexadecimal: base.key.hexadecimal) == base.key)
        #expect(ArtifactKey(hexadecimal: "12") == nil)
        #expect(ArtifactKey(hexadecimal: base.key.hexadecimal.uppercased()) == nil)
    }

    @Test func followsAnArtifactFromBeginningToEnd() throws {
        let store = try store()
        try store.registerDataset(storeTestDataset(trainCount: 3), createdAt: "t0")
        let input = try store.beginArtifact(storeTestIdentity("input"), createdAt: "t0").key
        let identity = storeTestIdentity(dataset: "d0", inputs: [input])
        #expect(try store.artifact(identity.key) == nil)
        let begun = try store.beginArtifact(identity, createdAt: "t1")
        #expect(begun == StoredArtifact(identity: identity, state: .running, createdAt: "t1", seconds: 0))
        #expect(try store.beginArtifact(identity, createdAt: "t2") == begun)
        try store.addSeconds(1.5, to: begun.key)
        try store.addSeconds(2, to: begun.key)
        try store.completeArtifact(begun.key)
        try store.completeArtifact(begun.key)
        let ended = StoredArtifact(identity: identity, state: .complete, createdAt: "t1", seconds: 3.5)
        #expect(try store.artifact(begun.key) == ended)
        #expect(try store.artifacts().map(\.key) == [input, begun.key])
        #expect(try store.artifacts(kind: "score") == [])

        let late = #expect(throws: CurateError.self) {
            try store.putColumn(artifact: begun.key, epoch: 1, name: "a", floats: [1])
        }
        #expect(late?.kind == .workFailed)
        #expect(throws: CurateError.self) { try store.removeColumns(artifact: begun.key, epochs: 0..<9, names: ["a"]) }
        try store.reopenArtifact(begun.key)
        try store.putColumn(artifact: begun.key, epoch: 1, name: "a", floats: [1])
        #expect(try store.verify() == [])
        try store.removeArtifact(begun.key)
        try store.removeArtifact(begun.key)
        #expect(try store.artifact(begun.key) == nil)
        #expect(try store.column(artifact: begun.key, epoch: 1, name: "a") == nil)
        #expect(try store.database.query("SELECT count(*) FROM columns") { $0.integer(0) } == [0])
        #expect(try store.verify() == [])
    }

    /// Columns come back to the bit; lengths around the part size (64 bytes here) are split and joined.
    @Test(arguments: [0, 1, 15, 16, 17, 32, 33, 1_000])
    func returnsColumnsAsTheyWere(count: Int) throws {
        var floats = storeTestFloats(count, epoch: 1)
        let special: [Float] = [.nan, -0.0, .infinity, .leastNonzeroMagnitude, -.greatestFiniteMagnitude]
        for (index, value) in special.enumerated() where index < count { floats[index] = value }
        let bytes = storeTestBytes(count * 4 + 3, epoch: 2)
        let writer = try store()
        writer.largestPart = 64
        let key = try writer.beginArtifact(storeTestIdentity(), createdAt: "t").key
        // First something longer, to see that nothing of it is left.
        try writer.putColumn(artifact: key, epoch: 1, name: "a", floats: storeTestFloats(count + 40, epoch: 3))
        try writer.putColumn(artifact: key, epoch: 1, name: "a", floats: floats)
        try writer.putColumn(artifact: key, epoch: 2, name: "a", bytes: bytes)

        let reader = try store(.read)
        let read = try #require(try reader.column(artifact: key, epoch: 1, name: "a"))
        #expect(read.map(\.bitPattern) == floats.map(\.bitPattern))
        #expect(try reader.columnBytes(artifact: key, epoch: 2, name: "a") == bytes)
        #expect(try reader.column(artifact: key, epoch: 3, name: "a") == nil)
        #expect(try reader.column(artifact: key, epoch: 1, name: "b") == nil)
        #expect(
            try reader.columns(of: key) == [
                StoredColumn(epoch: 1, name: "a", elementType: .float32, count: count),
                StoredColumn(epoch: 2, name: "a", elementType: .uint8, count: count * 4 + 3),
            ])
        #expect(try reader.verify() == [])
    }

    @Test func listsAndRemovesColumns() throws {
        let store = try store()
        let key = try store.beginArtifact(storeTestIdentity(), createdAt: "t").key
        for epoch in 1...3 {
            for name in ["loss", "é", "state"] {
                let role: ColumnRole = name == "state" ? .state : .result
                try store.putColumn(artifact: key, epoch: epoch, name: name, floats: [Float(epoch)], role: role)
            }
        }
        try store.removeColumns(artifact: key, epochs: 0..<3, names: ["state", "never there"])
        #expect(try store.columnNames(artifact: key, epoch: 1) == ["loss", "é"])
        #expect(try store.columnNames(artifact: key, epoch: 2) == ["loss", "é"])
        #expect(try store.columnNames(artifact: key, epoch: 3) == ["loss", "state", "é"])
        #expect(try store.columns(of: storeTestIdentity("other").key) == [])
        #expect(try store.verify() == [])
    }

    /// What a column is for is told once for its name, and kept by copies of the store.
    @Test func columnsHaveTheRoleTheirWriterGaveThem() throws {
        let store = try store()
        let key = try store.beginArtifact(storeTestIdentity(), createdAt: "t").key
        for epoch in 1...2 {
            try store.putColumn(artifact: key, epoch: epoch, name: "loss", floats: [1])
            try store.putColumn(artifact: key, epoch: epoch, name: "state", floats: [1], role: .state)
            try store.putColumn(artifact: key, epoch: epoch, name: "half", bytes: [1], role: .progress)
        }
        let roles = Dictionary(try store.columns(of: key).map { ($0.name, $0.role) }) { first, _ in first }
        #expect(roles == ["loss": .result, "state": .state, "half": .progress])
        let error = #expect(throws: CurateError.self) {
            try store.putColumn(artifact: key, epoch: 3, name: "half", bytes: [1], role: .state)
        }
        #expect(error?.kind == .badData)
        #expect(error?.message.contains("'half' of kind 'train' is progress in the store, not state") == true)
        let target = try Store.open(path: directory.file("target.sqlite"), mode: .write)
        _ = try store.copyAll(to: target)
        #expect(try target.columns(of: key) == store.columns(of: key))
        // Progress may differ between two stores, results and states may not.
        try store.putColumn(artifact: key, epoch: 2, name: "half", bytes: [2], role: .progress)
        #expect(try store.copyAll(to: target) == CopyReport(present: 1))
        try store.putColumn(artifact: key, epoch: 2, name: "state", floats: [2], role: .state)
        #expect(#expect(throws: CurateError.self) { try store.copyAll(to: target) }?.kind == .badData)
        let archive = directory.file("columns.npz")
        try store.exportColumns(of: try #require(try store.artifact(key)), to: archive, replacing: false)
        let members = try ZIPArchive(parsing: InputBytes(contentsOf: archive)).members.map(\.name)
        #expect(members == ["loss.npy", "loss_epochs.npy", "header.npy"])
        try store.database.run("DELETE FROM column_roles WHERE name = 'half'")
        try store.database.run("UPDATE table_digests SET row_count = row_count + 1 WHERE name = 'column_roles'")
        #expect(#expect(throws: CurateError.self) { try store.columns(of: key) }?.kind == .badData)
        #expect(try store.verify().contains { $0.message.contains("column_roles") })
    }

    /// A store whose columns had no roles yet gets those of the names there were.
    @Test func anOlderStoreGetsRoles() throws {
        let path = directory.file("old.sqlite")
        let key = storeTestIdentity().key
        do {
            let store = try Store.open(path: path, mode: .write)
            _ = try store.beginArtifact(storeTestIdentity(), createdAt: "t")
            for name in ["batchLoss", "state", "partialEpoch", "partialPass"] {
                let role: ColumnRole = name == "state" ? .state : name == "batchLoss" ? .result : .progress
                try store.putColumn(artifact: key, epoch: 1, name: name, bytes: [1], role: role)
            }
            try store.database.execute(
                """
                DROP TABLE column_roles; DELETE FROM table_digests WHERE name = 'column_roles';
                PRAGMA user_version = 2; UPDATE store_info SET value = '2' WHERE name = 'schema_version'
                """)
            let schema = try store.database.query("SELECT value FROM store_info WHERE name = 'schema'") { $0.text(0) }
            var recorded = try #require(try JSONValue(parsing: schema[0]).objectValue)
            for name in recorded.keys where name.contains("column_roles") { recorded[name] = nil }
            try store.database.run(
                "UPDATE store_info SET value = ?1 WHERE name = 'schema'", JSONValue.object(recorded).canonicalText)
        }
        let refusal = #expect(throws: CurateError.self) { try Store.open(path: path, mode: .read) }
        #expect(refusal?.remedy?.contains("a command that writes") == true)
        let roles = try Store.open(path: path, mode: .write).columns(of: key).map { "\($0.name) \($0.role)" }
        #expect(roles == ["batchLoss result", "partialEpoch progress", "partialPass progress", "state state"])
        #expect(try Store.open(path: path, mode: .read).verify() == [])
    }

    @Test func storesAllOfATransactionOrNothing() throws {
        struct Stop: Error {}
        let store = try store()
        let key = try store.beginArtifact(storeTestIdentity(), createdAt: "t").key
        try store.transaction {
            try store.putColumn(artifact: key, epoch: 1, name: "a", floats: [1])
            try store.putColumn(artifact: key, epoch: 1, name: "b", floats: [2])
        }
        #expect(throws: Stop.self) {
            try store.transaction {
                try store.putColumn(artifact: key, epoch: 2, name: "a", floats: [3])
                try store.removeColumns(artifact: key, epochs: 0..<2, names: ["a"])
                try store.completeArtifact(key)
                throw Stop()
            }
        }
        #expect(try store.columns(of: key).map(\.name) == ["a", "b"])
        #expect(try store.artifact(key)?.state == .running)
        #expect(try store.transaction { 42 } == 42)
        #expect(try store.verify() == [])
    }

    @Test func refusesNestedTransactions() async {
        let path: String = directory.file()
        await #expect(processExitsWith: .failure) { [path = path as String] in
            let store = try Store.open(path: path, mode: .write)
            try store.transaction { try store.transaction {} }
        }
    }

    @Test func keepsScoresAsRowsAPersonCanQuery() throws {
        let store = try store()
        try store.registerDataset(storeTestDataset(trainCount: 4, testCount: 1), createdAt: "t")
        let scores = StoredScores(
            indices: [0, 1, 3, 4], values: [0.25, .infinity, -.infinity, 7], deviations: [0.5, .nan, 0, 1],
            ranks: [2, 0, 3, 1])
        let runs = try ["a", "b"].map { try store.beginArtifact(storeTestIdentity($0), createdAt: "t").key }
        try store.saveScores(scores, as: storeTestScoreSet(runs: runs))
        #expect(try store.scoreSets() == [storeTestScoreSet(runs: runs)])
        let read = try #require(try store.scores(in: storeTestScoreSet().key))
        #expect(read.indices == scores.indices)
        #expect(read.values == scores.values)
        #expect(read.deviations?.map(\.isNaN) == [false, true, false, false])
        #expect(read.ranks == scores.ranks)
        #expect(try store.scores(in: storeTestIdentity("never").key) == nil)

        let rows = try store.database.query(
            "SELECT id, label, value, class, partition FROM score_table WHERE name = 'el2n' ORDER BY value DESC LIMIT 2"
        ) { "\($0.text(0)) \($0.integer(1)) \($0.real(2)) \($0.text(3)) \($0.text(4))" }
        #expect(rows == ["train/1 1 inf one train", "test/0 1 7.0 one test"])
        #expect(try store.verify() == [])
    }

    @Test func replacesScoresOfTheSameKey() throws {
        let store = try store()
        try store.registerDataset(storeTestDataset(trainCount: 4), createdAt: "t")
        let first = StoredScores(indices: [0, 1, 2], values: [.nan, -0.0, 2], deviations: nil, ranks: [0, 1, 2])
        try store.saveScores(first, as: storeTestScoreSet())
        try store.saveScores(first, as: storeTestScoreSet())
        let read = try #require(try store.scores(in: storeTestScoreSet().key))
        #expect(read.values[0].isNaN && read.values[1...] == [0, 2] && read.deviations == nil)
        let nulls = try store.database.query("SELECT value IS NULL FROM scores ORDER BY idx") { $0.integer(0) }
        #expect(nulls == [1, 0, 0])

        let second = StoredScores(indices: [3], values: [1], deviations: nil, ranks: [0])
        try store.saveScores(second, as: storeTestScoreSet())
        try store.saveScores(second, as: storeTestScoreSet("aum"))
        #expect(try store.scores(in: storeTestScoreSet().key) == second)
        #expect(try store.scoreSets().map(\.name).sorted() == ["aum", "el2n"])
        try store.removeScores(storeTestScoreSet().key)
        #expect(try store.scoreSets().map(\.name) == ["aum"])
        #expect(try store.database.query("SELECT count(*) FROM scores") { $0.integer(0) } == [1])
        #expect(try store.verify() == [])
    }

    @Test func isOneFileAtRest() throws {
        do {
            let store = try store()
            _ = try store.beginArtifact(storeTestIdentity(), createdAt: "t")
        }
        #expect(throws: CurateError.self) { try fileBytes(directory.file() + "-journal") }
        let header = try fileBytes(directory.file())
        #expect(Array(header[68..<72]) == Array("CURT".utf8))
        #expect(try store(.read).artifacts().count == 1)
    }

    /// A released migration must not change: stores in the field have been made by it.
    @Test func keepsReleasedMigrationsAsTheyAre() {
        let digests = StoreSchema.migrations.map { SHA256.hexadecimal(of: $0.script) }
        #expect(
            digests == [
                "495709e06751e5b842961a595823a899ff05b0e600279119cd9556232dc12315",
                "087dec60a24a9fd48c0c51fec50ce39e0178d4a7f13fce595158e4617e4fd6c3",
                "666efe128b75027a50258ae094292e84fc631e2082977874bfd137f6d8c477e4",
            ])
    }

    /// Names, labels and scores of a million examples, and back.
    @Test func holdsAMillionScores() throws {
        let count = 1_000_000
        let store = try store()
        try store.registerDataset(storeTestDataset(trainCount: count), createdAt: "t")
        let scores = StoredScores(
            indices: Array(0..<count), values: storeTestFloats(count, epoch: 0).map { Double($0) },
            deviations: (0..<count).map { Double($0) / 7 }, ranks: Array((0..<count).reversed()))
        try store.saveScores(scores, as: storeTestScoreSet())
        #expect(try store.scores(in: storeTestScoreSet().key) == scores)
        let last = try store.database.query("SELECT id FROM score_table WHERE idx = 999999") { $0.text(0) }
        #expect(last == ["train/999999"])
    }
}
