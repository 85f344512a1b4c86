import Curate
import Foundation
import Testing

/// Listing, finding, tidying, copying and exporting what a store holds.
@Suite struct StoreVerbTests {
    private let directory = StoreDirectory()

    private func store(_ name: String = "curate.sqlite") throws -> Store {
        try Store.open(path: directory.file(name), mode: .write)
    }

    /// A run of some epochs, with the state of its last.
    @discardableResult
    private func addRun(
        _ name: String, epochs: Int, to store: Store, isComplete: Bool = true, createdAt: String = "2025-06-01",
        inputs: [ArtifactKey] = [], salt: Int = 0
    ) throws -> ArtifactKey {
        let identity = storeTestIdentity(name, dataset: "d0", inputs: inputs)
        let key = try store.beginArtifact(identity, createdAt: createdAt).key
        for epoch in 1...epochs {
            let floats = storeTestFloats(30, epoch: epoch + salt)
            try store.putColumn(artifact: key, epoch: epoch, name: "batchLoss", floats: floats)
            try store.putColumn(artifact: key, epoch: epoch, name: "summary", floats: [Float(epoch), 0.5])
        }
        try store.putColumn(
            artifact: key, epoch: epochs, name: "state", bytes: storeTestBytes(9_000, epoch: epochs), role: .state)
        if isComplete { try store.completeArtifact(key) }
        return key
    }

    private func scoreSet(_ name: String, of runs: [ArtifactKey]) -> StoredScoreSet {
        StoredScoreSet(
            key: storeTestIdentity("scores " + name, inputs: runs).key, name: name, convention: "data-diet",
            direction: "higher = harder", dataset: "d0", runKeys: runs, seeds: [1, 2], description: "d",
            createdAt: "2025-06-02")
    }

    private func addScores(_ name: String, of runs: [ArtifactKey], to store: Store, salt: Int = 0) throws {
        let scores = StoredScores(
            indices: Array(0..<30), values: storeTestFloats(30, epoch: 5 + salt).map { Double($0) }, deviations: nil,
            ranks: Array(1...30))
        try store.saveScores(scores, as: scoreSet(name, of: runs))
    }

    /// Two scored runs, one unfinished run, and a dataset that nobody uses.
    private func fill(_ store: Store) throws -> (a: ArtifactKey, b: ArtifactKey, unfinished: ArtifactKey) {
        try store.registerDataset(storeTestDataset(trainCount: 30), createdAt: "2025-05-01")
        try store.registerDataset(storeTestDataset(trainCount: 5, hash: "unused"), createdAt: "2025-05-01")
        let a = try addRun("a", epochs: 3, to: store)
        let b = try addRun("b", epochs: 3, to: store)
        let unfinished = try addRun("c", epochs: 1, to: store, isComplete: false)
        try addScores("el2n", of: [a, b], to: store)
        return (a, b, unfinished)
    }

    @Test func listsAndFindsEverything() throws {
        let store = try store()
        let keys = try fill(store)
        let inventory = try store.inventory()
        #expect(inventory.entries.map(\.item.kind) == ["dataset", "dataset", "train", "train", "train", "scores"])
        #expect(inventory.entries[2].epochCount == 3)
        #expect(inventory.entries[2].byteCount == 3 * (30 * 4 + 2 * 4) + 9_000)
        #expect(inventory.entries[2].item.phrase == "learningRate 0.1, name a")
        #expect(inventory.fileByteCount == (try fileBytes(store.path).count))

        let item = try store.item(withPrefix: String(keys.a.hexadecimal.prefix(12)).uppercased())
        #expect(item.key == keys.a.hexadecimal)
        #expect(try store.dependents(of: item).map(\.kind) == ["scores"])
        #expect(try store.inputs(of: item).map(\.key) == ["d0"])
        let dataset = try store.item(withPrefix: "d0")
        #expect(try store.dependents(of: dataset).count == 4)
        #expect(#expect(throws: CurateError.self) { try store.item(withPrefix: "xyz") }?.kind == .missingInput)
        let ambiguous = #expect(throws: CurateError.self) { try store.item(withPrefix: "") }
        #expect(ambiguous?.kind == .usage)
        #expect(ambiguous?.message.contains("\(keys.a.short) (train)") == true)
    }

    @Test func verifyMissesWhatSomethingWasMadeFrom() throws {
        let store = try store()
        let keys = try fill(store)
        var reports: [Int] = []
        #expect(try store.verify { completed, total in reports.append(total - completed) } == [])
        #expect(reports == Array((0...10).reversed()))
        try store.removeArtifact(keys.a)
        let problems = try store.verify()
        #expect(problems.map(\.kind) == [.badData])
        #expect(problems.first?.message.contains("made from \(keys.a.short), which is not in the store") == true)
    }

    private func policy(
        before: String? = nil, states: Bool = false, foreign: Bool = false, profile: String = "avx512", version: Int = 1
    ) -> CleanupPolicy {
        var policy = CleanupPolicy(numericProfile: profile, codeVersions: ["train": version])
        policy.unfinishedBefore = before
        policy.includesStates = states
        policy.includesForeign = foreign
        return policy
    }

    @Test func tidyingRemovesWhatThePolicySays() throws {
        let store = try store()
        let keys = try fill(store)
        #expect(try store.cleanupPlan(policy()).candidates.map(\.item.key) == ["unused"])
        #expect(try store.cleanupPlan(policy(before: "2025-06-01")).candidates.count == 1)
        let plan = try store.cleanupPlan(policy(before: "2025-06-02", states: true))
        #expect(plan.candidates.map(\.reason) == [.unused, .state, .state, .unfinished])
        #expect(plan.byteCount == 9_000 * 3 + 128)
        // Nothing was done yet.
        #expect(try store.inventory().entries.count == 6)

        let before = try TrainingSupport.contents(of: store)
        let size = try fileBytes(store.path).count
        let (done, freed) = try store.cleanUp(policy(before: "2025-06-02", states: true))
        #expect(done.candidates.count == 4)
        #expect(freed > 20_000)
        #expect(try fileBytes(store.path).count == size - freed)
        #expect(try store.verify() == [])
        #expect(try store.artifacts().map(\.key) == [keys.a, keys.b])
        #expect(try store.artifacts().map(\.state) == [.complete, .complete])
        #expect(try store.datasets().map(\.hash) == ["d0"])
        let after = try TrainingSupport.contents(of: store)
        let expected = before.filter { !$0.key.contains("state") && !$0.key.contains(keys.unfinished.short) }
        #expect(after == expected)
        #expect(try store.cleanUp(policy(before: "2025-06-02", states: true)).plan.candidates.isEmpty)
    }

    /// What other code or machines made goes, but not what something that stays was made from.
    @Test(arguments: [("avx2", 1), ("avx512", 2)])
    func tidyingKeepsWhatIsNeeded(profile: String, version: Int) throws {
        let store = try store()
        let keys = try fill(store)
        let other = try addRun("d", epochs: 1, to: store)
        let chained = try addRun("e", epochs: 1, to: store)
        let last = storeTestIdentity("f", dataset: "d0", inputs: [chained])
        let unrelated = ArtifactIdentity(
            kind: "evaluate", codeVersion: 1, parameters: [:], inputs: [last.key], dataset: "d0")
        _ = try store.beginArtifact(last, createdAt: "2025-06-01")
        _ = try store.beginArtifact(unrelated, createdAt: "2025-06-01")
        #expect(try store.cleanupPlan(policy(foreign: true)).candidates.map(\.reason) == [.unused])
        let foreign = policy(foreign: true, profile: profile, version: version)
        let plan = try store.cleanupPlan(foreign)
        #expect(plan.candidates.map(\.item.key) == ["unused", keys.unfinished.hexadecimal, other.hexadecimal])
        #expect(Set(plan.kept.map(\.key)) == Set([keys.a, keys.b, chained, last.key].map(\.hexadecimal)))
        _ = try store.cleanUp(foreign)
        #expect(try store.verify() == [])
    }

    @Test func copyingBringsWhatAThingWasMadeFrom() throws {
        let source = try store()
        let keys = try fill(source)
        let target = try store("target.sqlite")
        let item = try source.item(withPrefix: scoreSet("el2n", of: [keys.a, keys.b]).key.hexadecimal)
        #expect(try source.copy(item, to: target) == CopyReport(added: 4, extended: 0, present: 0))
        #expect(try source.copy(item, to: target) == CopyReport(added: 0, extended: 0, present: 4))
        #expect(try target.verify() == [])
        #expect(try target.artifacts() == source.artifacts().filter { $0.key != keys.unfinished })
        #expect(try target.examples(ofDataset: "d0") == source.examples(ofDataset: "d0"))
        let expected = try TrainingSupport.contents(of: source).filter { !$0.key.hasPrefix(keys.unfinished.short) }
        #expect(try TrainingSupport.contents(of: target) == expected)
        #expect(#expect(throws: CurateError.self) { try source.copyAll(to: source) }?.kind == .usage)
    }

    /// Stores of cluster tasks become one; a run that came further in one of them is extended.
    @Test func mergingGathersAndExtends() throws {
        let first = try store("1.sqlite")
        let second = try store("2.sqlite")
        for store in [first, second] {
            try store.registerDataset(storeTestDataset(trainCount: 30), createdAt: "2025-05-01")
        }
        let shared = try addRun("shared", epochs: 2, to: first)
        try addRun("shared", epochs: 4, to: second, isComplete: false)
        let own = try addRun("own", epochs: 1, to: second)
        try addScores("el2n", of: [shared], to: first)
        try addScores("aum", of: [shared, own], to: second)
        let target = try store("target.sqlite")
        var reports = try first.copyAll(to: target)
        #expect(reports == CopyReport(added: 3, extended: 0, present: 0))
        reports = try second.copyAll(to: target)
        #expect(reports == CopyReport(added: 2, extended: 1, present: 1))
        #expect(try target.columnNames(artifact: shared, epoch: 4) == ["batchLoss", "state", "summary"])
        #expect(try target.artifact(shared)?.state == .complete)
        #expect(try target.scoreSets().map(\.name) == ["el2n", "aum"])
        #expect(try target.verify() == [])
        let bytes = try fileBytes(target.path)
        for store in [first, second] { #expect(try store.copyAll(to: target).added == 0) }
        #expect(try fileBytes(target.path) == bytes)
    }

    @Test func mergingRefusesOtherBytesUnderTheSameKey() throws {
        func filled(_ name: String, salt: Int = 0, ids: [String]? = nil, scoreSalt: Int = 0) throws -> Store {
            let store = try store(name)
            try store.registerDataset(storeTestDataset(trainCount: 30, ids: ids), createdAt: "t")
            let run = try addRun("a", epochs: 2, to: store, salt: salt)
            try addScores("el2n", of: [run], to: store, salt: scoreSalt)
            return store
        }
        let target = try filled("target.sqlite")
        let before = try fileBytes(target.path)
        let others = [
            try filled("1.sqlite", salt: 1), try filled("2.sqlite", ids: (0..<30).map { "x\($0)" }),
            try filled("3.sqlite", scoreSalt: 1),
        ]
        for (other, word) in zip(others, ["column 'batchLoss' of epoch 1", "other ids", "scores 'el2n'"]) {
            let error = #expect(throws: CurateError.self) { try other.copyAll(to: target) }
            #expect(error?.kind == .badData)
            #expect(error?.message.contains(word) == true, "\(String(describing: error))")
            #expect(error?.location == target.path)
        }
        #expect(try fileBytes(target.path) == before)
    }

    @Test func exportsColumnsAsMatrices() throws {
        let store = try store()
        let keys = try fill(store)
        let path = directory.file("run.npz")
        let artifact = try #require(try store.artifact(keys.a))
        try store.exportColumns(of: artifact, to: path, replacing: false)
        let archive = try ZIPArchive(parsing: InputBytes(contentsOf: path))
        let names = archive.members.map(\.name)
        #expect(
            names == [
                "index.npy", "id.npy", "label.npy", "batchLoss.npy", "batchLoss_epochs.npy", "summary.npy",
                "summary_epochs.npy", "header.npy",
            ])
        func array(_ name: String) throws -> NPYArray {
            let member = try #require(archive.members.first { $0.name == name + ".npy" })
            return try NPYArray(parsing: archive.content(of: member))
        }
        let losses = try array("batchLoss")
        #expect(losses.shape == [3, 30])
        #expect(losses.floats(0..<90) == (1...3).flatMap { storeTestFloats(30, epoch: $0) })
        #expect(try array("batchLoss_epochs").floats(0..<3) == [1, 2, 3])
        #expect(try array("label").floats(0..<5) == [0, 1, 2, 0, 1])
        let again = #expect(throws: CurateError.self) {
            try store.exportColumns(of: artifact, to: path, replacing: false)
        }
        #expect(again?.kind == .cannotCreateOutput)
    }

    @Test func exportsScoresAsTheyAreStored() throws {
        let store = try store()
        let groups = [GroupColumn(name: "rank,", valueNames: ["f", "m"], values: [0, 1, 1])]
        let dataset = storeTestDataset(trainCount: 3, ids: ["a", "b,\"1\"", "c"], groups: groups)
        try store.registerDataset(dataset, createdAt: "t")
        let scores = StoredScores(
            indices: [0, 1, 2], values: [0.5, .nan, 1 / 3], deviations: [0, 0.25, .nan], ranks: [1, 3, 2])
        let set = scoreSet("el2n", of: [])
        try store.saveScores(scores, as: set)
        let export = try StoredScoreExport(set, in: store)
        try export.write(to: directory.file("s.csv"), replacing: false)
        #expect(
            String(decoding: try fileBytes(directory.file("s.csv")), as: UTF8.self) == """
                # curate scores: el2n (data-diet, higher = harder, 2 seeds)
                # d
                index,id,label,class,partition,"rank,",el2n,el2n_sd,el2n_rank
                0,a,0,zero,train,f,0.5,0.0,1
                1,"b,""1""\",1,one,train,m,nan,0.25,3
                2,c,2,zwei é,train,m,0.3333333333333333,nan,2

                """)
        try export.write(to: directory.file("s.npz"), replacing: false)
        let archive = try ZIPArchive(parsing: InputBytes(contentsOf: directory.file("s.npz")))
        #expect(
            archive.members.map(\.name) == [
                "index.npy", "id.npy", "label.npy", "el2n.npy", "el2n_sd.npy", "el2n_rank.npy", "header.npy",
            ])
        let ranks = try NPYArray(parsing: archive.content(of: archive.members[5]))
        #expect(ranks.floats(0..<3) == [1, 3, 2])
        #expect(throws: CurateError.self) { try export.write(to: directory.file("s.txt"), replacing: false) }
    }
}
