import CSQLite
import Curate
import Glibc
import Models
import TestSupport
import Testing

/// A child process trains (writes epochs) until SIGKILL hits it somewhere; the parent finds whole epochs.
@Suite(.tags(.kill, .soak)) struct StoreCrashTests {
    /// Killed after a number of steps of SQLite's virtual machine: always at the same instants, also mid-statement.
    ///
    /// The small cache makes SQLite write pages into the file before the commit, so that many of these instants leave
    /// a file that only its journal can put right; the test counts them to know that it tests something.
    @Test func keepsWholeEpochsWhenKilledAtAnyStep() async throws {
        var random = KeyedRandom(seed: 21, stream: .test)
        var journalsLeft = 0
        let rounds = Soak.count(6, of: 16, "kills of a writer after some steps of SQLite")
        for round in 0..<rounds {
            let directory = StoreDirectory()
            // The directory is removed by its deinitialiser, which must not run before the round is over.
            defer { withExtendedLifetime(directory) {} }
            let path: String = directory.file()
            let steps: Int = 1 + random.below(8_000)
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, steps = steps as Int] in
                let store = try Store.open(path: path, mode: .write)
                try store.database.execute("PRAGMA cache_size = 10")
                StepCounter.left = steps
                sqlite3_progress_handler(
                    store.database.handle, 1,
                    { _ in
                        StepCounter.left -= 1
                        if StepCounter.left == 0 { kill(getpid(), SIGKILL) }
                        return 0
                    }, nil)
                try Self.train(store, through: .max)
            }
            if Self.hasHotJournal(path) { journalsLeft += 1 }
            try Self.checkAndResume(path, readFirst: round % 2 == 0)
        }
        #expect(journalsLeft > rounds / 8)
    }

    /// Killed after a time, which mostly hits the waits for the disk within a commit.
    @Test func keepsWholeEpochsWhenKilledAtAnyTime() async throws {
        var random = KeyedRandom(seed: 22, stream: .test)
        for round in 0..<Soak.count(3, of: 8, "kills of a writer after some time") {
            let directory = StoreDirectory()
            // The directory is removed by its deinitialiser, which must not run before the round is over.
            defer { withExtendedLifetime(directory) {} }
            let path: String = directory.file()
            let microseconds: Int = random.below(60_000)
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, microseconds = microseconds as Int] in
                let killer = Task.detached {
                    usleep(UInt32(microseconds))
                    kill(getpid(), SIGKILL)
                }
                let store = try Store.open(path: path, mode: .write)
                try Self.train(store, through: .max)
                await killer.value
            }
            try Self.checkAndResume(path, readFirst: round % 2 == 0)
        }
    }

    private static let identity = storeTestIdentity("crash")
    private static let valueCount = 2_000
    private static let stateCount = 60_000

    /// Goes on after the last epoch in the store, as a trainer does.
    private static func train(_ store: Store, through lastEpoch: Int) throws {
        let key = try store.beginArtifact(identity, createdAt: "t").key
        var epoch = try store.columns(of: key).map(\.epoch).max() ?? 0
        while epoch < lastEpoch {
            epoch += 1
            try store.transaction {
                for name in ["loss", "margin"] {
                    let floats = storeTestFloats(valueCount, epoch: epoch)
                    try store.putColumn(artifact: key, epoch: epoch, name: name, floats: floats)
                }
                let state = storeTestBytes(stateCount, epoch: epoch)
                try store.putColumn(artifact: key, epoch: epoch, name: "state", bytes: state, role: .state)
                try store.removeColumns(artifact: key, epochs: 0..<epoch, names: ["state"])
                try store.addSeconds(1, to: key)
            }
        }
    }

    private static func checkAndResume(_ path: String, readFirst: Bool) throws {
        if readFirst {
            // A reader must be able to put right what the killed writer left, unless nothing was ever committed.
            do {
                try checkEpochs(Store.open(path: path, mode: .read))
            } catch let error as CurateError {
                #expect(error.kind == .missingInput)
            }
        }
        let store = try Store.open(path: path, mode: .write)
        let epochCount = try checkEpochs(store)
        try train(store, through: epochCount + 2)
        #expect(try checkEpochs(store) == epochCount + 2)
    }

    /// The number of epochs in the store, each of which must be whole and what was written.
    @discardableResult
    private static func checkEpochs(_ store: Store) throws -> Int {
        #expect(try store.verify() == [])
        let columns = try store.columns(of: identity.key)
        let epochCount = columns.map(\.epoch).max() ?? 0
        for epoch in 1..<epochCount + 1 {
            let names = epoch == epochCount ? ["loss", "margin", "state"] : ["loss", "margin"]
            #expect(try store.columnNames(artifact: identity.key, epoch: epoch) == names)
            for name in ["loss", "margin"] {
                let floats = try store.column(artifact: identity.key, epoch: epoch, name: name)
                #expect(floats == storeTestFloats(valueCount, epoch: epoch))
            }
        }
        if epochCount > 0 {
            let state = try store.columnBytes(artifact: identity.key, epoch: epochCount, name: "state")
            #expect(state == storeTestBytes(stateCount, epoch: epochCount))
            #expect(try store.artifact(identity.key)?.seconds == Double(epochCount))
        }
        return epochCount
    }

    private static func hasHotJournal(_ path: String) -> Bool {
        var status = stat()
        return stat(path + "-journal", &status) == 0 && status.st_size > 0
    }
}

/// Counts down in the child process; a C callback cannot capture.
private enum StepCounter {
    nonisolated(unsafe) static var left = 0
}
