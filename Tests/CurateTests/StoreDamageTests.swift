import Curate
import Glibc
import Models
import TestSupport
import Testing

/// A store that was damaged gives a clear error or the right answer, never a wrong one, and is left as it is.
@Suite(.tags(.soak)) struct StoreDamageTests {
    private let directory = StoreDirectory()

    /// A small store with something in every table, on pages of every sort.
    private static let bytes = Result {
        let directory = StoreDirectory()
        defer { withExtendedLifetime(directory) {} }
        let path = directory.file("original.sqlite")
        do {
            let store = try Store.open(path: path, mode: .write)
            let groups = [GroupColumn(name: "sex", valueNames: ["f", "m"], values: (0..<300).map { Int32($0 % 2) })]
            try store.registerDataset(storeTestDataset(trainCount: 250, testCount: 50, groups: groups), createdAt: "t")
            for name in ["a", "b"] {
                let key = try store.beginArtifact(storeTestIdentity(name, dataset: "d0"), createdAt: "t").key
                for epoch in 1...12 {
                    let floats = storeTestFloats(200 * epoch, epoch: epoch)
                    try store.putColumn(artifact: key, epoch: epoch, name: "loss", floats: floats)
                }
                try store.putColumn(
                    artifact: key, epoch: 12, name: "state", bytes: storeTestBytes(9_000, epoch: 1), role: .state)
                try store.removeColumns(artifact: key, epochs: 3..<5, names: ["loss"])
            }
            try store.completeArtifact(storeTestIdentity("a", dataset: "d0").key)
            let scores = StoredScores(
                indices: Array(0..<250), values: storeTestFloats(250, epoch: 9).map { Double($0) },
                deviations: (0..<250).map { Double($0) / 9 }, ranks: Array((0..<250).reversed()))
            let runs = ["a", "b"].map { storeTestIdentity($0, dataset: "d0").key }
            try store.saveScores(scores, as: storeTestScoreSet(runs: runs))
            try store.saveScores(scores, as: storeTestScoreSet("aum", runs: runs))
        }
        return try fileBytes(path)
    }

    /// Puts that store where it can be opened and changed.
    @discardableResult private func makeStore() throws -> [UInt8] {
        let bytes = try Self.bytes.get()
        try writeFile(directory.file("original.sqlite"), bytes)
        return bytes
    }

    /// Everything the interface can be asked, as text.
    private static func answers(_ store: Store) throws -> String {
        // Not the description of an artifact: that of a dictionary has no fixed order.
        func describe(_ artifact: StoredArtifact) -> String {
            let identity = artifact.identity.json.canonicalText
            return "\(identity) \(artifact.key) \(artifact.state) \(artifact.createdAt) \(artifact.seconds)"
        }
        func hash<Element: BitwiseCopyable>(_ elements: [Element]) -> String {
            let digest = SHA256()
            elements.withUnsafeBytes { digest.update($0) }
            return SHA256.hexadecimal(digest.finalize())
        }
        var text = "\(try store.datasets())\n\(try store.artifacts().map(describe))\n\(try store.scoreSets())\n"
        for name in ["a", "b", "never"] {
            let key = storeTestIdentity(name, dataset: name == "never" ? nil : "d0").key
            text += "\(try store.artifact(key).map(describe) ?? "none")\n\(try store.columns(of: key))\n"
            for epoch in 0...13 {
                text += "\(try store.columnNames(artifact: key, epoch: epoch))"
                let floats = try store.column(artifact: key, epoch: epoch, name: "loss")
                let bytes = try store.columnBytes(artifact: key, epoch: epoch, name: "state")
                text += "\(floats.map(hash) ?? "none") \(bytes.map(hash) ?? "none")\n"
            }
        }
        for name in ["el2n", "aum", "never"] {
            let scores = try store.scores(in: storeTestScoreSet(name).key)
            text += "\(scores.map { hash($0.values + ($0.deviations ?? [])) } ?? "none")"
            text += "\(scores.map { hash($0.indices + $0.ranks) } ?? "none")\n"
        }
        return text
    }

    /// What a person sees in the `sqlite3` shell, where nothing checks.
    private static func rows(_ store: Store) throws -> [String] {
        let sql = """
            SELECT s.*, g.value FROM score_table s
            JOIN example_groups g ON g.idx = s.idx ORDER BY s.name, s.idx
            """
        return try store.database.query(sql) { row in (0..<14).map { row.text($0) }.joined(separator: "|") }
    }

    /// Runs a damaged copy through a check; errors must be of a kind that fits.
    private func examine(
        _ bytes: [UInt8], mode: Store.Mode, _ what: String, _ check: (Store) throws -> Void
    ) throws {
        let path = directory.file("damaged.sqlite")
        try writeFile(path, bytes)
        do {
            try check(try Store.open(path: path, mode: mode, busyTimeout: 0))
        } catch let error as CurateError {
            #expect([.badData, .missingInput, .cannotCreateOutput].contains(error.kind), "\(what): \(error)")
            #expect(error.location == path)
            if mode == .read { #expect(try fileBytes(path) == bytes, "\(what): the file was changed") }
        }
        removeLeftovers(path)
    }

    private func removeLeftovers(_ path: String) {
        for suffix in ["", "-journal", "-wal", "-shm"] { unlink(path + suffix) }
    }

    @Test func neverAnswersWronglyWithABitFlipped() throws {
        let original = try makeStore()
        let pristine = try Store.open(path: directory.file("original.sqlite"), mode: .read)
        let expected = try Self.answers(pristine)
        let expectedRows = try Self.rows(pristine)
        #expect(try pristine.verify() == [])
        #expect(expectedRows.count == 500)

        var random = KeyedRandom(seed: 31, stream: .test)
        // Every bit of the file's header and of the first page's, and a few of every page, its header included.
        var bits = Array(0..<108 * 8)
        for page in 0..<original.count / 4096 {
            bits += (0..<3).map { _ in page * 32_768 + random.below(12 * 8) }
            bits += (0..<8).map { _ in page * 32_768 + random.below(32_768) }
        }
        var (tried, refused) = (0, 0)
        for bit in Soak.cases(bits, every: 4, "bits flipped in a store that is read") {
            tried += 1
            var bytes = original
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            let what = "bit \(bit % 8) of byte \(bit / 8)"
            var answered = false
            try examine(bytes, mode: .read, what) { store in
                let isSound = try store.verify().isEmpty
                do {
                    let answers = try Self.answers(store)
                    #expect(answers == expected, "\(what)")
                    answered = true
                } catch let error as CurateError {
                    #expect(!isSound, "\(what): not found by verify: \(error)")
                    throw error
                }
                let rows = isSound ? try Self.rows(store) : expectedRows
                #expect(rows == expectedRows, "\(what): not found by verify")
            }
            if !answered { refused += 1 }
        }
        #expect(refused > tried / 4)
    }

    /// Opened to write, a damaged header must not be taken for an old version or an empty file.
    @Test func neverWritesToADamagedHeader() throws {
        let original = try makeStore()
        let expected = try Self.answers(try Store.open(path: directory.file("original.sqlite"), mode: .read))
        for bit in Soak.cases(Array(0..<108 * 8), every: 4, "bits flipped in the header of a store that is written") {
            var bytes = original
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            try examine(bytes, mode: .write, "bit \(bit)") { store in
                let answers = try Self.answers(store)
                #expect(answers == expected, "bit \(bit)")
            }
        }
    }

    @Test(arguments: [Store.Mode.read, .write])
    func noticesTruncation(mode: Store.Mode) throws {
        let original = try makeStore()
        let pageCount = original.count / 4096
        #expect(pageCount > 20)
        for page in 0..<pageCount {
            for extra in page == 0 ? [1, 17, 99, 100, 2_000] : [0, 1_000] {
                var opened = false
                let bytes = Array(original[..<(page * 4096 + extra)])
                try examine(bytes, mode: mode, "truncated to \(page) pages") { store in
                    _ = try Self.answers(store)
                    opened = true
                }
                #expect(!opened, "truncated to \(page) pages and \(extra) bytes")
            }
        }
    }

    /// A file of no bytes is what a writer leaves that was killed before its first commit.
    @Test func takesAnEmptyFileForANewStore() throws {
        let path = directory.file("empty.sqlite")
        try writeFile(path, [])
        let error = #expect(throws: CurateError.self) { try Store.open(path: path, mode: .read) }
        #expect(error?.kind == .missingInput)
        #expect(try Store.open(path: path, mode: .write).artifacts() == [])
        #expect(try Store.open(path: path, mode: .read).artifacts() == [])
    }

    @Test(arguments: [Store.Mode.read, .write])
    func namesAFileThatIsNoDatabase(mode: Store.Mode) throws {
        for content in ["x", "id,label\n1,2\n", String(repeating: "just some text\n", count: 1_000)] {
            let path = directory.file("text.csv")
            try writeFile(path, Array(content.utf8))
            let error = #expect(throws: CurateError.self) { try Store.open(path: path, mode: mode) }
            #expect(error?.kind == .badData)
            #expect(error?.message.contains("not a Curate store") == true)
            #expect(try fileBytes(path) == Array(content.utf8))
        }
    }

    @Test(arguments: [Store.Mode.read, .write])
    func leavesOtherPeoplesDatabasesAlone(mode: Store.Mode) throws {
        let path = directory.file("photos.sqlite")
        do {
            let other = try Database(path: path, isWritable: true, busyTimeout: 0)
            try other.execute("PRAGMA user_version = 1; CREATE TABLE photos (id INTEGER)")
        }
        let bytes = try fileBytes(path)
        let error = #expect(throws: CurateError.self) { try Store.open(path: path, mode: mode) }
        #expect(error?.kind == .badData)
        #expect(error?.message == "this SQLite database is not a Curate store")
        #expect(try fileBytes(path) == bytes)
    }

    @Test(arguments: [Store.Mode.read, .write])
    func refusesANewerStore(mode: Store.Mode) throws {
        try makeStore()
        let path = directory.file("original.sqlite")
        try Database(path: path, isWritable: true, busyTimeout: 0).execute("PRAGMA user_version = 99")
        let error = #expect(throws: CurateError.self) { try Store.open(path: path, mode: mode) }
        #expect(error?.kind == .badData)
        #expect(error?.message.contains("schema version 99") == true)
    }

    /// Tables and views that people add are theirs; changes to ours are noticed.
    @Test func noticesChangedDefinitions() throws {
        try makeStore()
        let path = directory.file("original.sqlite")
        let shell = try Database(path: path, isWritable: true, busyTimeout: 0)
        try shell.execute("CREATE VIEW mine AS SELECT 1; CREATE INDEX my_index ON scores (rank)")
        #expect(try Store.open(path: path, mode: .write).verify() == [])
        try shell.execute("DROP TRIGGER columns_deleted")
        let error = #expect(throws: CurateError.self) { try Store.open(path: path, mode: .read) }
        #expect(error?.kind == .badData)
    }

    /// Rows that were changed behind the store's back are found by the answer they would spoil, and by `verify`.
    @Test(arguments: [
        "UPDATE columns SET bytes = zeroblob(length(bytes)) WHERE epoch = 2",
        "UPDATE columns SET element_type = 'uint8' WHERE epoch = 2",
        "UPDATE columns SET epoch = 40 WHERE epoch = 2",
        "UPDATE artifacts SET state = 'complete'",
        "UPDATE artifacts SET parameters = '{}'",
        "UPDATE datasets SET name = 'other'",
        "UPDATE scores SET value = 0.5 WHERE idx = 3",
        "UPDATE scores SET rank = 0 WHERE idx = 3",
        "DELETE FROM scores WHERE idx = 3",
        "UPDATE score_sets SET direction = 'lower = harder'",
    ])
    func noticesChangedRows(change: String) throws {
        try makeStore()
        let path = directory.file("original.sqlite")
        try Database(path: path, isWritable: true, busyTimeout: 0).execute(change)
        let store = try Store.open(path: path, mode: .read)
        let error = #expect(throws: CurateError.self) { try Self.answers(store) }
        #expect(error?.kind == .badData)
        #expect(try !store.verify().isEmpty)
    }

    @Test(arguments: ["UPDATE examples SET label = 2 WHERE idx = 0", "DELETE FROM example_groups WHERE idx = 0"])
    func verifiesWhatOnlyQueriesSee(change: String) throws {
        try makeStore()
        let path = directory.file("original.sqlite")
        try Database(path: path, isWritable: true, busyTimeout: 0).execute(change)
        #expect(try Store.open(path: path, mode: .read).verify().count == 1)
    }
}
