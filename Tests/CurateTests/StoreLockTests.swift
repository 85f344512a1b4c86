import Curate
import Foundation
import Glibc
import Testing

/// Two processes on one store: the second waits, says for whom, and gives up when its time is over or its user says so.
@Suite struct StoreLockTests {
    private let directory = StoreDirectory()

    /// What a waiting user was told, and when it wants no more.
    private final class Listener {
        var told: [String] = []
        var questions = 0
        var patience = Int.max

        func user(_ command: String, host: String = "here") -> StoreUser {
            StoreUser(
                owner: StoreOwner(process: Int(getpid()), host: host, command: command),
                didWait: { [self] in told.append($0) },
                isStopped: { [self] in
                    questions += 1
                    return questions > patience
                })
        }
    }

    private func ownerFile() -> String? {
        (try? fileBytes(directory.file("curate.sqlite-owner"))).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func theOwnerIsNamedWhileItWrites() throws {
        let store = try Store.open(
            path: directory.file(), mode: .write, user: Listener().user("curate train a\nb --epochs 3"))
        let expected = "process \(getpid())\nhost here\ncommand curate train a b --epochs 3\n"
        try store.transaction { #expect(ownerFile() == expected) }
        #expect(ownerFile() == nil)
        #expect(throws: CurateError.self) {
            try store.transaction { throw CurateError(.workFailed, "no") }
        }
        #expect(ownerFile() == nil)
        // Somebody else's record is left alone.
        try store.transaction {
            try writeFile(directory.file("curate.sqlite-owner"), Array("process 1\nhost there\ncommand x\n".utf8))
        }
        #expect(ownerFile() == "process 1\nhost there\ncommand x\n")
    }

    @Test func aWaitIsToldAfterASecondAndEndsWithTheHolder() async throws {
        let path: String = directory.file()
        let holder: Int = Int(getpid())
        let store = try Store.open(path: path, mode: .write, user: Listener().user("curate train data"))
        try await Self.holding(store) {
            await #expect(processExitsWith: .success) { [path = path as String, holder = holder as Int] in
                let listener = Listener()
                let start = Date()
                let error = #expect(throws: CurateError.self) {
                    try Store.open(path: path, mode: .write, busyTimeout: 1.3, user: listener.user("second"))
                        .transaction {}
                }
                #expect(Date().timeIntervalSince(start) >= 1.3)
                #expect(error?.kind == .storeLocked)
                let words = "process \(holder) (curate train data) since 20"
                #expect(listener.told.count == 1)
                #expect(listener.told.first?.hasPrefix(words) == true, "\(listener.told)")
                #expect(error?.message.hasPrefix("the store is in use by \(words)") == true)

                // Who asks to stop waits as long as a commit may take, and hears nothing more.
                let hasty = Listener()
                hasty.patience = 3
                let beginning = Date()
                let stopped = #expect(throws: CurateError.self) {
                    try Store.open(path: path, mode: .write, busyTimeout: 600, user: hasty.user("third")).transaction {}
                }
                #expect(stopped?.kind == .interrupted)
                #expect(hasty.told.isEmpty)
                #expect(Date().timeIntervalSince(beginning) < 30)
            }
        }
    }

    private static func holding(_ store: Store, _ body: () async throws -> Void) async throws {
        // As a transaction does, whose body cannot wait for another process.
        try store.database.execute("BEGIN IMMEDIATE")
        try writeFile(
            store.path + "-owner", Array("process \(getpid())\nhost here\ncommand curate train data\n".utf8))
        try await body()
        try store.database.execute("ROLLBACK")
        unlink(store.path + "-owner")
    }

    /// A record of a process that is not the one with the lock says nothing; nor does one that is no record.
    @Test(arguments: ["process 1\nhost here\ncommand old\n", "", "process x\nhost y\ncommand z\n", "\u{0}\n\n\n"])
    func aStaleRecordIsPassedOver(record: String) throws {
        let first = try Store.open(path: directory.file(), mode: .write)
        let second = try Store.open(path: directory.file(), mode: .write, busyTimeout: 0)
        try writeFile(directory.file("curate.sqlite-owner"), Array(record.utf8))
        try first.transaction {
            let error = #expect(throws: CurateError.self) { try second.transaction {} }
            #expect(error?.message == "the store is in use by this process")
        }
    }

    @Test func readersAreNamedToo() async throws {
        let path: String = directory.file()
        let holder: Int = Int(getpid())
        let store = try Store.open(path: path, mode: .write)
        let key = try store.beginArtifact(storeTestIdentity(), createdAt: "t").key
        let hexadecimal: String = key.hexadecimal
        try store.database.execute("BEGIN")
        _ = try store.database.query("SELECT count(*) FROM artifacts") { $0.integer(0) }
        await #expect(processExitsWith: .success) {
            [path = path as String, holder = holder as Int, hexadecimal = hexadecimal as String] in
            let writer = try Store.open(path: path, mode: .read, busyTimeout: 0.02)
            #expect(try writer.artifacts().count == 1)
            let second = try Database(path: path, isWritable: true, busyTimeout: 0.02)
            let error = #expect(throws: CurateError.self) {
                try second.execute("UPDATE artifacts SET seconds = 1 WHERE key = '\(hexadecimal)'")
            }
            #expect(error?.message.contains("process \(holder) (") == true, "\(String(describing: error))")
        }
        try store.database.execute("ROLLBACK")
    }
}
