import Curate
import Testing

/// Groups in the store: those that come later, those that are conditions, and stores that are merged.
@Suite struct StoreGroupTests {
    private let directory = StoreDirectory()

    private func store(_ name: String = "curate.sqlite") throws -> Store {
        try Store.open(path: directory.file(name), mode: .write, busyTimeout: 0.05)
    }

    private static let sex = GroupColumn(name: "sex", valueNames: ["f", "m"], values: [0, 1, 0, 1, 1])
    private static func senior(_ members: [Int32]) -> GroupColumn {
        GroupColumn(name: "senior", valueNames: ["(others)", "senior"], values: members, complement: 0)
    }

    private static func dataset(_ groups: [GroupColumn]) -> Dataset {
        storeTestDataset(trainCount: 3, testCount: 2, groups: groups)
    }

    private func rows(_ store: Store) throws -> [String] {
        try store.database.query("SELECT name, idx, value FROM example_groups ORDER BY name, idx") {
            "\($0.text(0)) \($0.integer(1)) \($0.text(2))"
        }
    }

    @Test func groupsThatComeLaterAreAdded() throws {
        let store = try store()
        try store.registerDataset(Self.dataset([]), createdAt: "t1")
        try store.registerDataset(Self.dataset([Self.sex]), createdAt: "t2")
        #expect(try rows(store) == ["sex 0 f", "sex 1 m", "sex 2 f", "sex 3 m", "sex 4 m"])
        #expect(try store.verify() == [])
        // Who asks for other groups takes none away.
        try store.registerDataset(Self.dataset([Self.senior([0, 1, 0, 0, 1])]), createdAt: "t3")
        let examples = try #require(try store.examples(ofDataset: "d0"))
        #expect(examples.groups.map(\.name) == ["senior", "sex"])
        #expect(examples.groups[0].values == [nil, "senior", nil, nil, "senior"])
        #expect(examples.groups[1].values == ["f", "m", "f", "m", "m"])
        #expect(try store.datasets().map(\.createdAt) == ["t1"])
        #expect(try store.verify() == [])
        let bytes = try fileBytes(store.path)
        try store.registerDataset(Self.dataset([Self.sex, Self.senior([0, 1, 0, 0, 1])]), createdAt: "t4")
        #expect(try fileBytes(store.path) == bytes)
    }

    @Test func whoBelongsToNoGroupHasNoRow() throws {
        let store = try store()
        try store.registerDataset(Self.dataset([Self.senior([1, 0, 0, 0, 1])]), createdAt: "t")
        #expect(try rows(store) == ["senior 0 senior", "senior 4 senior"])
        #expect(try store.verify() == [])
        // Somebody who moves a member to another example is found out.
        try store.database.run("UPDATE example_groups SET idx = 3 WHERE idx = ?1", 4)
        #expect(try store.verify().count == 1)
    }

    /// What a name means is what it was last said to mean.
    @Test func aConditionMayBeSaidAnew() throws {
        let store = try store()
        for members: [Int32] in [[1, 0, 0, 0, 1], [0, 1, 1, 0, 0]] {
            try store.registerDataset(Self.dataset([Self.senior(members)]), createdAt: "t")
        }
        #expect(try rows(store) == ["senior 1 senior", "senior 2 senior"])
        try store.registerDataset(Self.dataset([Self.senior([0, 0, 0, 0, 0])]), createdAt: "t")
        #expect(try rows(store) == [])
        #expect(try store.examples(ofDataset: "d0")?.groups == [])
        #expect(try store.verify() == [])
        // A column whose name a condition took.
        let taken = GroupColumn(name: "sex", valueNames: ["(others)", "sex"], values: [1, 0, 1, 0, 1], complement: 0)
        try store.registerDataset(Self.dataset([taken]), createdAt: "t")
        try store.registerDataset(Self.dataset([Self.sex]), createdAt: "t")
        #expect(try rows(store) == ["sex 0 f", "sex 1 m", "sex 2 f", "sex 3 m", "sex 4 m"])
        #expect(try store.verify() == [])
    }

    @Test func mergedStoresHaveTheGroupsOfBoth() throws {
        let (first, second, target) = (try store("1.sqlite"), try store("2.sqlite"), try store("target.sqlite"))
        try first.registerDataset(Self.dataset([Self.sex]), createdAt: "t")
        try second.registerDataset(Self.dataset([Self.senior([0, 1, 0, 0, 1])]), createdAt: "t")
        #expect(try first.copyAll(to: target) == CopyReport(added: 1, extended: 0, present: 0))
        #expect(try second.copyAll(to: target) == CopyReport(added: 0, extended: 1, present: 0))
        #expect(try target.examples(ofDataset: "d0")?.groups.map(\.name) == ["senior", "sex"])
        #expect(try target.verify() == [])
        for store in [first, second] {
            #expect(try store.copyAll(to: target) == CopyReport(added: 0, extended: 0, present: 1))
        }
        // What is there stays: names of conditions are everybody's own.
        try first.registerDataset(Self.dataset([Self.senior([1, 1, 1, 1, 1])]), createdAt: "t")
        #expect(try first.copyAll(to: target).present == 1)
        #expect(try rows(target).filter { $0.hasPrefix("senior") } == ["senior 1 senior", "senior 4 senior"])
        // A column is a part of the content, so that two of one name are a mistake.
        let other = try store("3.sqlite")
        let values: [Int32] = [1, 1, 1, 1, 1]
        try other.registerDataset(
            Self.dataset([GroupColumn(name: "sex", valueNames: ["f", "m"], values: values)]), createdAt: "t")
        let error = #expect(throws: CurateError.self) { try other.copyAll(to: target) }
        #expect(error?.kind == .badData && error?.message.contains("group 'sex'") == true)
        #expect(try target.verify() == [])
    }
}
