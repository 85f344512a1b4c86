import Curate
import Foundation
import Testing

/// The world says no: full disks, locks, permissions, wrong paths.
@Suite struct StoreFailureTests {
    private let directory = StoreDirectory()

    @Test func explainsWrongPaths() throws {
        func kind(_ path: String, _ mode: Store.Mode) -> CurateError.Kind? {
            let error = #expect(throws: CurateError.self) { try Store.open(path: path, mode: mode) }
            #expect(path.isEmpty || path.contains("\0") || error?.location == path)
            return error?.kind
        }
        #expect(kind(directory.file("absent.sqlite"), .read) == .missingInput)
        #expect(kind(directory.file("absent/curate.sqlite"), .read) == .missingInput)
        #expect(kind(directory.file("absent/curate.sqlite"), .write) == .cannotCreateOutput)
        #expect(kind(directory.path, .read) == .badData)
        #expect(kind(directory.path, .write) == .cannotCreateOutput)
        #expect(kind("/dev/null", .write) == .cannotCreateOutput)
        #expect(kind("", .write) == .usage)
        #expect(kind("a\0b", .write) == .usage)
        // A file, not the private database that SQLite would make of this name.
        #expect(kind(":memory:", .read) == .missingInput)
        #expect(kind("file:absent.sqlite", .read) == .missingInput)
        #expect(!FileManager.default.fileExists(atPath: directory.file("absent.sqlite")))
    }

    @Test func namesTheHolderOfALock() throws {
        let first = try Store.open(path: directory.file(), mode: .write)
        let key = try first.beginArtifact(storeTestIdentity(), createdAt: "t").key
        let second = try Store.open(path: directory.file(), mode: .write, busyTimeout: 0.02)
        try first.transaction {
            try first.putColumn(artifact: key, epoch: 1, name: "a", floats: [1])
            let error = #expect(throws: CurateError.self) {
                try second.putColumn(artifact: key, epoch: 1, name: "b", floats: [2])
            }
            #expect(error?.kind == .storeLocked)
            #expect(error?.message == "the store is in use by this process")
            #expect(error?.location == directory.file())
            // Who reads meanwhile sees what was committed before.
            #expect(try second.columns(of: key) == [])
        }
        try second.putColumn(artifact: key, epoch: 1, name: "b", floats: [2])
        #expect(try first.columnNames(artifact: key, epoch: 1) == ["a", "b"])
    }

    @Test func namesAnotherProcess() async throws {
        let path: String = directory.file()
        let holder: Int = Int(getpid())
        let store = try Store.open(path: path, mode: .write)
        try store.database.execute("BEGIN IMMEDIATE")
        await #expect(processExitsWith: .success) { [path = path as String, holder = holder as Int] in
            let second = try Store.open(path: path, mode: .write, busyTimeout: 0.02)
            let error = #expect(throws: CurateError.self) { try second.transaction {} }
            #expect(error?.kind == .storeLocked)
            #expect(error?.message.contains("process \(holder) (") == true)
        }
        try store.database.execute("ROLLBACK")
    }

    @Test func waitsForALockToBeReleased() async throws {
        let path = directory.file()
        let store = try Store.open(path: path, mode: .write)
        let key = try store.beginArtifact(storeTestIdentity(), createdAt: "t").key
        try store.database.execute("BEGIN IMMEDIATE")
        let waiting = Task.detached {
            let second = try Store.open(path: path, mode: .write, busyTimeout: 60)
            try second.addSeconds(1, to: key)
        }
        usleep(50_000)
        try store.database.execute("COMMIT")
        try await waiting.value
        #expect(try store.artifact(key)?.seconds == 1)
    }

    @Test func createsAStoreOnceWhenManyTry() async throws {
        let path = directory.file()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let store = try Store.open(path: path, mode: .write, busyTimeout: 60)
                    _ = try store.beginArtifact(storeTestIdentity("\(number % 4)"), createdAt: "t")
                }
            }
            try await group.waitForAll()
        }
        let store = try Store.open(path: path, mode: .read)
        #expect(try store.artifacts().count == 4)
        #expect(try store.verify() == [])
    }

    /// A limit on the number of pages fails like a full disk, and works everywhere.
    @Test func keepsWhatItHasWhenFull() throws {
        let store = try Store.open(path: directory.file(), mode: .write)
        let key = try store.beginArtifact(storeTestIdentity(), createdAt: "t").key
        try store.database.execute("PRAGMA max_page_count = 60")
        try Self.fill(store, key)
        try store.database.execute("PRAGMA max_page_count = 6000")
        try store.putColumn(artifact: key, epoch: 1, name: "late", floats: storeTestFloats(100_000, epoch: 1))
        #expect(try store.verify() == [])
    }

    /// Writes until the disk is full and checks that the failed epoch is gone and the others are there.
    private static func fill(_ store: Store, _ key: ArtifactKey) throws {
        var stored = 0
        let error = #expect(throws: CurateError.self) {
            for epoch in 1..<100 {
                try store.transaction {
                    for name in ["a", "b"] {
                        let floats = storeTestFloats(3_000, epoch: epoch)
                        try store.putColumn(artifact: key, epoch: epoch, name: name, floats: floats)
                    }
                }
                stored = epoch
            }
        }
        #expect(error?.kind == .cannotCreateOutput)
        #expect(error?.message.contains("disk is full") == true)
        #expect(stored > 0)
        #expect(try store.columns(of: key).count == 2 * stored)
        #expect(try store.verify() == [])
    }

    /// What follows an ignored failure must not be stored on its own.
    @Test func refusesToGoOnAfterAFailureInATransaction() throws {
        let store = try Store.open(path: directory.file(), mode: .write)
        let key = try store.beginArtifact(storeTestIdentity(), createdAt: "t").key
        try store.database.execute("PRAGMA max_page_count = 60")
        let error = #expect(throws: CurateError.self) {
            try store.transaction {
                try store.putColumn(artifact: key, epoch: 1, name: "a", floats: [1])
                try? store.putColumn(artifact: key, epoch: 1, name: "b", floats: storeTestFloats(100_000, epoch: 1))
                try? store.putColumn(artifact: key, epoch: 1, name: "c", floats: [1])
            }
        }
        #expect(error?.kind == .workFailed)
        #expect(try store.columns(of: key) == [])
    }

    @Test(.enabled(if: SmallDisk.isPossible, "mounting a tmpfs needs root"))
    func survivesAFullDisk() throws {
        let disk = try SmallDisk(mountedAt: directory.path + "/disk")
        do {
            let store = try Store.open(path: disk.path + "/curate.sqlite", mode: .write)
            let key = try store.beginArtifact(storeTestIdentity(), createdAt: "t").key
            try Self.fill(store, key)
        }
        let store = try Store.open(path: disk.path + "/curate.sqlite", mode: .read)
        #expect(try store.verify() == [])
        let blocked = disk.path + "/blocked"
        #expect(throws: (any Error).self) {
            while true { try writeFile(blocked + UUID().uuidString, [UInt8](repeating: 1, count: 4_096)) }
        }
        let error = #expect(throws: CurateError.self) { try Store.open(path: disk.path + "/new.sqlite", mode: .write) }
        #expect(error?.kind == .cannotCreateOutput)
    }

    /// Permissions do not bind root, so root mounts the directory read-only instead.
    @Test(.enabled(if: getuid() != 0 || SmallDisk.isPossible, "root may not mount here"))
    func explainsReadOnlyPlaces() throws {
        let disk = getuid() == 0 ? try SmallDisk(mountedAt: directory.path + "/disk") : nil
        let place = disk?.path ?? directory.path
        let path = place + "/curate.sqlite"
        let key = try Store.open(path: path, mode: .write).beginArtifact(storeTestIdentity(), createdAt: "t").key
        if let disk {
            try disk.makeReadOnly()
        } else {
            chmod(path, 0o444)
            chmod(place, 0o555)
        }
        defer { if disk == nil { chmod(place, 0o755) } }
        let error = #expect(throws: CurateError.self) { try Store.open(path: path, mode: .write) }
        #expect(error?.kind == .cannotCreateOutput)
        #expect(error?.message == "the store is read-only")
        let absent = #expect(throws: CurateError.self) { try Store.open(path: place + "/new.sqlite", mode: .write) }
        #expect(absent?.kind == .cannotCreateOutput)
        let reader = try Store.open(path: path, mode: .read)
        #expect(try reader.artifact(key)?.key == key)
        #expect(throws: CurateError.self) { try reader.addSeconds(1, to: key) }
    }
}

/// A file system of 256 KiB in memory, unmounted and removed with the value.
private final class SmallDisk {
    let path: String

    init(mountedAt path: String) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try Self.run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", path)
    }

    deinit {
        // Still mounted means still busy: the test has failed already, and the directory cannot be removed.
        guard (try? Self.run("umount", path)) != nil else { return }
        rmdir(path)
    }

    func makeReadOnly() throws { try Self.run("mount", "-o", "remount,ro", path) }

    static let isPossible: Bool = {
        guard getuid() == 0 else { return false }
        let directory = StoreDirectory()
        return (try? SmallDisk(mountedAt: directory.path + "/probe")) != nil
    }()

    private static func run(_ command: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CurateError(.workFailed, "\(command) failed") }
    }
}
