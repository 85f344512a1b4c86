import Curate
import Foundation
import Glibc
import TestSupport
import Testing

/// Ends the real program at moments it did not choose, and expects the same result in the end.
@Suite(.serialized, .tags(.training, .kill, .soak)) struct ScoreKillTests {
    /// About a second of work, so that there is something to end.
    private static let words = ["score"] + ScoreWorkspace.convolution + ["--epochs", "20", "--seeds", "2"]
    /// A few seconds of work, so that it outlives eight kills.
    private static let longWords = [
        "score", InspectFixture.digits, "--image", "8x8", "--network", "resnet20", "--epochs", "14", "--seeds", "3",
    ]

    /// Waits until a condition holds or the process is gone.
    private static func wait(for process: Process, until condition: () throws -> Bool) rethrows {
        while process.isRunning, try !condition() { usleep(500) }
    }

    /// Finishes the job in one store, does it undisturbed in another, and compares.
    private func expectUndisturbedResult(
        of words: [String], _ workspace: ScoreWorkspace, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try workspace.succeed(words + ["--out", workspace.path("resumed.csv")], store: "killed.sqlite")
        try workspace.succeed(words + ["--out", workspace.path("calm.csv")], store: "calm.sqlite")
        #expect(
            try workspace.bytes("resumed.csv") == workspace.bytes("calm.csv"), sourceLocation: sourceLocation)
        #expect(
            try workspace.storedScores("killed.sqlite") == workspace.storedScores("calm.sqlite"),
            sourceLocation: sourceLocation)
        let store = try Store.open(path: workspace.path("killed.sqlite"), mode: .read)
        #expect(try store.verify().isEmpty, sourceLocation: sourceLocation)
        let integrity = try store.database.query("PRAGMA integrity_check") { $0.text(0) }
        #expect(integrity == ["ok"], sourceLocation: sourceLocation)
    }

    @Test func killedAtMoments() throws {
        try ScoreWorkspace.use { workspace in
            var killed = 0
            let csv = ["--out", workspace.path("killed.csv"), "--force"]
            let moments = [0.05, 0.11, 0.23, 0.37, 0.52, 0.78, 1.04, 1.31]
            let words = Soak.isOn ? Self.longWords : Self.words
            for seconds in Soak.cases(moments, every: 3, "moments at which scoring is killed") {
                let process = try workspace.start(words + csv, store: "killed.sqlite")
                let deadline = Date(timeIntervalSinceNow: seconds)
                Self.wait(for: process) { Date() >= deadline }
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                // A fast machine may be done before the later moments; that is a good end, too.
                if process.terminationReason == .uncaughtSignal {
                    #expect(process.terminationStatus == SIGKILL)
                    killed += 1
                } else {
                    let errors = try workspace.text("errors")
                    #expect(process.terminationStatus == 0, "\(errors)")
                }
            }
            #expect(killed > 0)
            try expectUndisturbedResult(of: words, workspace)
        }
    }

    @Test func killedInTheMiddleOfWrites() throws {
        try ScoreWorkspace.use { workspace in
            var killed = 0
            for _ in 0..<Soak.count(2, of: 4, "kills while scores are written") {
                let process = try workspace.start(Self.words, store: "killed.sqlite")
                // While SQLite writes, its journal has content.
                let journal = workspace.path("killed.sqlite-journal")
                Self.wait(for: process) {
                    var status = stat()
                    return stat(journal, &status) == 0 && status.st_size > 0
                        && (try? workspace.text("errors").contains("epoch")) == true
                }
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                if process.terminationReason == .uncaughtSignal { killed += 1 }
            }
            #expect(killed > 0)
            try expectUndisturbedResult(of: Self.words, workspace)
        }
    }

    @Test func stoppedByRequestAndContinuedAsTheMessageSays() throws {
        try ScoreWorkspace.use { workspace in
            let csv = ["--out", workspace.path("resumed.csv")]
            let process = try workspace.start(Self.words + csv, store: "killed.sqlite")
            Self.wait(for: process) { (try? workspace.text("errors").contains("epoch 2/20")) == true }
            kill(process.processIdentifier, SIGINT)
            process.waitUntilExit()
            #expect(process.terminationReason == .exit)
            #expect(process.terminationStatus == 130)
            #expect(try workspace.text("output") == "")
            let errors = try workspace.text("errors")
            #expect(errors.contains("stopping at the next safe point"))
            #expect(errors.contains("stopped on request"))
            #expect(!FileManager.default.fileExists(atPath: workspace.path("resumed.csv")))

            let marker = "run it again to continue: "
            let start = try #require(errors.range(of: marker)?.upperBound)
            let command = try #require(errors[start...].split(separator: "\n").first)
            let resumed = try CurateProcess().shell("curate() { \"$CURATE\" \"$@\"; }; \(command)")
            #expect(resumed.exitCode == 0, "\(resumed.errors)")
            let calm = ["--out", workspace.path("calm.csv")]
            try workspace.succeed(Self.words + calm, store: "calm.sqlite")
            #expect(try workspace.bytes("resumed.csv") == workspace.bytes("calm.csv"))
            // It did continue: epochs that were stored before are not trained again.
            #expect(!resumed.errors.contains("seed 0 epoch 1/20"))
        }
    }
}
