import Curate
import Foundation
import Glibc
import TestSupport
import Testing

/// The real program: two of them on one store, ended within an epoch, and on damaged stores.
@Suite(.serialized, .tags(.training, .kill, .soak)) struct StoreSharingTests {
    /// Every column and score of a store, as text that two equal stores share.
    private static func contents(_ path: String) throws -> [String] {
        let store = try Store.open(path: path, mode: .read)
        let columns = try store.database.query(
            """
            SELECT artifacts.key, epoch, name, part, hex(bytes) FROM columns JOIN artifacts
            ON artifacts.id = columns.artifact ORDER BY 1, 2, 3, 4
            """
        ) { row in (0..<5).map { row.text($0) }.joined(separator: " ") }
        let scores = try store.database.query("SELECT score_set, idx, value, rank FROM score_table ORDER BY 1, 2") {
            row in (0..<4).map { row.text($0) }.joined(separator: " ")
        }
        return columns + scores
    }

    private func expectSound(_ path: String, artifacts: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let store = try Store.open(path: path, mode: .read)
        #expect(try store.verify().isEmpty, sourceLocation: sourceLocation)
        let states = try store.artifacts().map(\.state)
        #expect(states == Array(repeating: .complete, count: artifacts), sourceLocation: sourceLocation)
        for suffix in ["-journal", "-owner"] {
            let isThere = FileManager.default.fileExists(atPath: path + suffix)
            #expect(!isThere, "\(suffix)", sourceLocation: sourceLocation)
        }
    }

    /// Two trainings of one recipe, and two scorings that share their runs, on one store at once.
    @Test func twoProcessesStoreEverythingOnce() throws {
        try ScoreWorkspace.use { workspace in
            let common = ScoreWorkspace.convolution + ["--epochs", "6", "--seeds", "2", "--save-every", "0.02", "-q"]
            let pairs = [
                (["train"], ["train"]),
                (["score", "--by", "el2n,forgetting"], ["score", "--by", "grand,forgetting", "--at", "3"]),
            ]
            for (number, pair) in pairs.enumerated() {
                let store = "both\(number).sqlite"
                let processes = try [pair.0, pair.1].enumerated().map { index, words in
                    let files = try FileHandle.capture("\(number)-\(index)", in: workspace.directory)
                    let process = Process()
                    process.executableURL = CurateProcess.executable
                    process.arguments =
                        words + common + ["--threads", "\(index + 1)", "--store", workspace.path(store)]
                    process.environment = ["PATH": "/usr/bin:/bin"]
                    process.standardOutput = files.output
                    process.standardError = files.errors
                    try process.run()
                    return process
                }
                for (index, process) in processes.enumerated() {
                    process.waitUntilExit()
                    let errors = try workspace.text("errors-\(number)-\(index)")
                    #expect(process.terminationStatus == 0, "\(errors)")
                }
                for words in [pair.0, pair.1] { try workspace.succeed(words + common, store: "calm\(number).sqlite") }
                let both = try Self.contents(workspace.path(store))
                let calm = try Self.contents(workspace.path("calm\(number).sqlite"))
                // Which states are left of runs that were asked for two epochs depends on who came first.
                let isSame = both.filter { !$0.contains(" state ") } == calm.filter { !$0.contains(" state ") }
                let names = Set(both).symmetricDifference(calm).map { String($0.prefix(90)) }.sorted()
                #expect(isSame, "\(names)")
                try expectSound(workspace.path(store), artifacts: [3, 5][number])
            }
        }
    }

    private static let oneEpoch = [
        "train", InspectFixture.digits, "--image", "8x8", "--network", "resnet20", "--epochs", "2", "--batch", "8",
    ]

    private func partialEpochs(_ path: String) throws -> Int {
        guard FileManager.default.fileExists(atPath: path), let store = try? Store.open(path: path, mode: .read) else {
            return 0
        }
        return try store.artifacts().flatMap { try store.columns(of: $0.key) }.count { $0.name == "partialEpoch" }
    }

    @Test func killedWithinAnEpochAgainAndAgain() throws {
        try ScoreWorkspace.use { workspace in
            var partial = 0
            let words = Self.oneEpoch + ["--save-every", "0.01"]
            for seconds in [0.1, 0.17, 0.24, 0.31, 0.15, 0.2] {
                let process = try workspace.start(words, store: "killed.sqlite")
                usleep(UInt32(seconds * 1e6))
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                partial += try partialEpochs(workspace.path("killed.sqlite"))
            }
            #expect(partial > 1)
            try workspace.succeed(words, store: "killed.sqlite")
            try workspace.succeed(Self.oneEpoch, store: "calm.sqlite")
            let isSame =
                try Self.contents(workspace.path("killed.sqlite"))
                == Self.contents(workspace.path("calm.sqlite"))
            #expect(isSame)
            try expectSound(workspace.path("killed.sqlite"), artifacts: 2)
        }
    }

    /// Stopped by Ctrl-C before anything was saved by time: what was done is saved then.
    @Test func interruptedWithinAnEpochNothingIsLost() throws {
        try ScoreWorkspace.use { workspace in
            let process = try workspace.start(Self.oneEpoch, store: "stopped.sqlite")
            while process.isRunning, !FileManager.default.fileExists(atPath: workspace.path("stopped.sqlite")) {
                usleep(1000)
            }
            usleep(150_000)
            kill(process.processIdentifier, SIGINT)
            process.waitUntilExit()
            let errors = try workspace.text("errors")
            #expect(process.terminationStatus == 130, "\(errors)")
            #expect(errors.contains("run it again to continue: curate train "))
            #expect(try partialEpochs(workspace.path("stopped.sqlite")) == 1)
            try workspace.succeed(Self.oneEpoch, store: "stopped.sqlite")
            try workspace.succeed(Self.oneEpoch, store: "calm.sqlite")
            let isSame =
                try Self.contents(workspace.path("stopped.sqlite"))
                == Self.contents(workspace.path("calm.sqlite"))
            #expect(isSame)
            try expectSound(workspace.path("stopped.sqlite"), artifacts: 2)
        }
    }

    /// `curate score` on a store with a flipped bit in any page, or cut at any page: the right scores, or an error.
    @Test func damageNeverChangesScores() throws {
        try ScoreWorkspace.use { workspace in
            let rows = (0..<40).map { "\($0 % 7),\($0 % 5),\($0 % 2)" }
            let table = workspace.path("t.csv")
            try Data(("a,b,label\n" + rows.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: table))
            let words = [
                "score", table, "--network", "linear", "--epochs", "1", "--seeds", "2", "--by", "el2n,grand", "-q",
                "--force", "--out", workspace.path("s.csv"), "--json",
            ]
            let output = try workspace.succeed(words)
            let first = try jsonObject(output)["scores"] as? [[String: Any]]
            #expect(first?.count == 2)
            let csv = try workspace.bytes("s.csv")
            let store = [UInt8](try workspace.bytes("store.sqlite"))
            let pages = store.count / 4096
            #expect(pages > 15)
            var damaged: [(what: String, bytes: [UInt8])] = []
            var random = SplitMix(state: 7)
            for page in 0..<pages {
                damaged.append(("cut to \(page) pages", Array(store[..<(page * 4096)])))
                for bit in [random.next() % (12 * 8), random.next() % 32_768] {
                    var bytes = store
                    bytes[page * 4096 + Int(bit / 8)] ^= 1 << UInt8(bit % 8)
                    damaged.append(("bit \(bit) of page \(page)", bytes))
                }
            }
            var (tried, refused) = (0, 0)
            for (what, bytes) in Soak.cases(damaged, every: 4, "damaged stores that scoring is given") {
                tried += 1
                try Data(bytes).write(to: workspace.directory.appendingPathComponent("damaged.sqlite"))
                unlink(workspace.path("s.csv"))
                let result = try workspace.run(words, store: "damaged.sqlite")
                if result.exitCode == 0 {
                    let isSame = try workspace.bytes("s.csv") == csv
                    #expect(isSame, "\(what)")
                } else {
                    refused += 1
                    #expect(result.exitCode == 65, "\(what): \(result.errors)")
                    #expect(result.output == "", "\(what)")
                    #expect(result.errors.contains("damaged.sqlite"), "\(what): \(result.errors)")
                    // Damage that shows when the account is closed comes after the scores, which are right.
                    if FileManager.default.fileExists(atPath: workspace.path("s.csv")) {
                        #expect(try workspace.bytes("s.csv") == csv, "\(what)")
                    }
                }
                for suffix in ["", "-journal", "-owner"] { unlink(workspace.path("damaged.sqlite" + suffix)) }
            }
            // Of a page's three damages at least one is told.
            #expect(3 * refused > tried)
        }
    }

    /// Another process holds the store: waited for, told, and given up after the time that was asked for.
    @Test func theWaitIsToldAndEnds() throws {
        try ScoreWorkspace.use { workspace in
            let words = ["train"] + ScoreWorkspace.quick + ["--epochs", "1"]
            let owner = StoreOwner(process: Int(getpid()), host: "here", command: "the test")
            let user = StoreUser(owner: owner, didWait: { _ in }, isStopped: { false })
            let store = try Store.open(path: workspace.path("store.sqlite"), mode: .write, user: user)
            let (errors, hasty) = try store.transaction {
                (
                    try workspace.fail(words + ["--wait", "1.5"], exitCode: 75),
                    try workspace.fail(words + ["--wait", "0"], exitCode: 75)
                )
            }
            #expect(errors.contains("waiting up to 1.5 s for the store, in use by process \(getpid())"))
            #expect(errors.contains("error: \(store.path): the store is in use by process \(getpid())"))
            #expect(errors.contains("(the test) since 20"))
            #expect(!hasty.contains("waiting"))
            try workspace.succeed(words)
        }
    }
}

/// A small generator of numbers, the same in every run.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

extension FileHandle {
    /// Files that take the output and errors of a process.
    fileprivate static func capture(
        _ name: String, in directory: URL
    ) throws -> (output: FileHandle, errors: FileHandle) {
        let files = ["output-\(name)", "errors-\(name)"].map { directory.appendingPathComponent($0) }
        for file in files { try Data().write(to: file) }
        return (try FileHandle(forWritingTo: files[0]), try FileHandle(forWritingTo: files[1]))
    }
}
