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
        try SmallDisk.with(under: directory.path) { disk in
            do {
                let store = try Store.open(path: disk.path + "/curate.sqlite", mode: .write)
                let key = try store.beginArtifact(storeTestIdentity(), createdAt: "t").key
                try Self.fill(store, key)
            }
            do {
                let store = try Store.open(path: disk.path + "/curate.sqlite", mode: .read)
                let problems = try store.verify()
                #expect(problems == [])
            }
            #expect(throws: CurateError.self) {
                while true {
                    try writeFile(disk.path + "/" + UUID().uuidString, [UInt8](repeating: 1, count: 4_096))
                }
            }
            let new = #expect(throws: CurateError.self) {
                try Store.open(path: disk.path + "/new.sqlite", mode: .write)
            }
            #expect(new?.kind == .cannotCreateOutput)
        }
    }

    /// Permissions do not bind root, so root mounts the directory read-only instead.
    @Test(.enabled(if: getuid() != 0 || SmallDisk.isPossible, "root may not mount here"))
    func explainsReadOnlyPlaces() throws {
        guard getuid() != 0 else {
            return try SmallDisk.with(under: directory.path) { disk in
                try explainReadOnly(disk.path) { try disk.makeReadOnly() }
            }
        }
        let place = directory.path
        defer { chmod(place, 0o755) }
        try explainReadOnly(place) {
            chmod(place + "/curate.sqlite", 0o444)
            chmod(place, 0o555)
        }
    }

    private func explainReadOnly(_ place: String, makeReadOnly: () throws -> Void) throws {
        let path = place + "/curate.sqlite"
        let key = try Store.open(path: path, mode: .write).beginArtifact(storeTestIdentity(), createdAt: "t").key
        try makeReadOnly()
        let error = #expect(throws: CurateError.self) { try Store.open(path: path, mode: .write) }
        #expect(error?.kind == .cannotCreateOutput)
        #expect(error?.message == "the store is read-only")
        let absent = #expect(throws: CurateError.self) { try Store.open(path: place + "/new.sqlite", mode: .write) }
        #expect(absent?.kind == .cannotCreateOutput)
        let reader = try Store.open(path: path, mode: .read)
        let found = try reader.artifact(key)
        #expect(found?.key == key)
        #expect(throws: CurateError.self) { try reader.addSeconds(1, to: key) }
    }

    /// A killed writer's transaction can only be undone by someone who may write.
    @Test(.enabled(if: SmallDisk.isPossible, "mounting a tmpfs needs root"))
    func explainsAnUnfinishedWriteInAReadOnlyPlace() async throws {
        let path: String = directory.file()
        let key = try Store.open(path: path, mode: .write).beginArtifact(storeTestIdentity(), createdAt: "t").key
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let store = try Store.open(path: path, mode: .write)
            try store.database.execute("PRAGMA cache_size = 2")
            try store.transaction {
                for epoch in 1...4 {
                    let floats = storeTestFloats(5_000, epoch: epoch)
                    try store.putColumn(artifact: storeTestIdentity().key, epoch: epoch, name: "a", floats: floats)
                }
                kill(getpid(), SIGKILL)
            }
        }
        try SmallDisk.with(under: directory.path) { disk in
            let copy = disk.path + "/curate.sqlite"
            for suffix in ["", "-journal"] { try writeFile(copy + suffix, fileBytes(path + suffix)) }
            try disk.makeReadOnly()
            let error = #expect(throws: CurateError.self) { try Store.open(path: copy, mode: .read) }
            #expect(error?.kind == .missingInput)
            #expect(error?.message.contains("in the middle of a write") == true)
            try disk.makeWritable()
            let columns = try Store.open(path: copy, mode: .read).columns(of: key)
            #expect(columns == [])
        }
    }
}

/// A file system of 256 KiB in memory.
private struct SmallDisk {
    let path: String

    /// Whether one can be mounted here.
    static let isPossible: Bool = {
        guard getuid() == 0 else { return false }
        let directory = StoreDirectory()
        return withExtendedLifetime(directory) { (try? with(under: directory.path) { _ in }) != nil }
    }()

    /// Mounts a disk, which the body must no longer use when it ends.
    static func with(under directory: String, _ body: (SmallDisk) throws -> Void) throws {
        let disk = try SmallDisk(mountedUnder: directory)
        defer { disk.remove() }
        try body(disk)
    }

    private init(mountedUnder directory: String) throws {
        path = directory + "/disk"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try Self.run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", path)
    }

    private func remove() {
        do { try Self.run("umount", path) } catch { Issue.record(error) }
        rmdir(path)
    }

    func makeReadOnly() throws { try Self.run("mount", "-o", "remount,ro", path) }

    func makeWritable() throws { try Self.run("mount", "-o", "remount,rw", path) }

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
