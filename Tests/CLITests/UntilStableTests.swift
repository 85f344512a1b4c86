import Curate
import Foundation
import Glibc
import TestSupport
import Testing
import curate

/// `curate score --until-stable`, as people run it.
@Suite(.serialized, .tags(.training)) struct UntilStableTests {
    private static let words =
        ["score"] + ScoreWorkspace.quick + ["--epochs", "3", "--by", "el2n", "--until-stable", "--top", "2"]

    @Test func seedsAreAddedUntilTheKeptSetIsStable() throws {
        try ScoreWorkspace.use { work in
            // Of scores this noisy, the fewest seeds are not enough.
            let some = Self.words + ["--stable-within", "0.012", "--max-seeds", "30"]
            let output = try work.succeed(some + ["--json", "--out", work.path("stable.csv")])
            let value = try JSONValue(parsing: Array(output.utf8), from: "output")
            let found = try #require(value["untilStable"]?.arrayValue?.first)
            let seeds = try #require(found["seeds"]?.intValue)
            #expect(seeds > 4 && seeds < 30)
            #expect(found["verdict"] == "stable")
            #expect(try #require(found["gainOfOneMore"]?.doubleValue) < 0.012)
            #expect(try #require(found["predictionError"]?.doubleValue) <= 0.012)
            #expect(found["agreements"]?.arrayValue?.count == seeds + 1)
            #expect(found["epochs"]?.arrayValue?.compactMap { $0["epoch"]?.intValue } == [1, 2, 3])
            #expect(value["runs"]?.arrayValue?.count == seeds)
            // One rule tells how many seeds are enough.
            #expect(value["warnings"]?.arrayValue?.isEmpty == true)

            // The scores are those of as many seeds, and from now on everything is in the store.
            let plain = ["score"] + ScoreWorkspace.quick + ["--epochs", "3", "--by", "el2n", "--seeds", "\(seeds)"]
            try work.succeed(plain + ["--out", work.path("plain.csv")], store: "other.sqlite")
            #expect(try work.bytes("stable.csv") == work.bytes("plain.csv"))
            let result = try work.run(some)
            #expect(result.exitCode == 0)
            #expect(!result.errors.contains("examples in"), "\(result.errors)")
            let sentence = try #require(found["summary"]?.stringValue)
            #expect(sentence.hasPrefix("el2n: \(seeds) seeds are enough: another \(seeds) seeds are predicted to keep"))
            let lines = result.output.split(separator: "\n").map(String.init)
            #expect(lines.contains(sentence))
            #expect(lines.contains(try #require(found["wouldHaveDone"]?.stringValue)))
            #expect(lines.contains("until stable: the hardest 899 of 1,797 by el2n"))
            #expect(lines.contains { $0.hasPrefix("epoch  measured   1 seed  2 seeds  3 seeds  4 seeds") })
            #expect(lines.last?.contains("would have done") == true)
            // Why seeds were added is said in passing.
            #expect(result.errors.contains("el2n: 4 seeds "))
        }
    }

    @Test func asManySeedsAsThereMayBeAreNotAFailure() throws {
        try ScoreWorkspace.use { work in
            let few = Self.words + ["--stable-within", "0.0001", "--keep", "0.2", "--max-seeds"]
            let result = try work.run(few + ["5"])
            #expect(result.exitCode == 0)
            #expect(result.output.contains("el2n: 5 seeds are not enough yet: another 5 seeds are predicted to keep"))
            #expect(result.output.contains("(0.01 % or more)"))
            #expect(result.output.contains("the hardest 359 of 1,797"))
            #expect(result.errors.contains("to go on: give --max-seeds 10"))
            // Going on trains only what is new.
            let json = try work.succeed(few + ["6", "--json"])
            let value = try JSONValue(parsing: Array(json.utf8), from: "output")
            #expect(value["runs"]?.arrayValue?.compactMap { $0["seed"]?.intValue } == Array(0..<6))
            #expect(value["untilStable"]?.arrayValue?.first?["verdict"] == "improving")
        }
    }

    @Test func severalScoresAreStableTogether() throws {
        try ScoreWorkspace.use { work in
            let words = ["score"] + ScoreWorkspace.quick + ["--epochs", "2", "--until-stable", "--max-seeds", "4"]
            let result = try work.run(words)
            #expect(result.exitCode == 0, "\(result.errors)")
            for name in ["el2n", "grand", "forgetting"] {
                #expect(result.output.contains("until stable: the hardest 899 of 1,797 by \(name)"))
            }
            #expect(result.errors.contains("of the kept set by forgetting are chosen by tie-breaks"))
        }
    }

    @Test(arguments: [
        ("--until-stable --seeds 4", "--until-stable finds the number of seeds, and --seeds gives it"),
        ("--keep 0.4", "--keep goes with --until-stable"), ("--max-seeds 6", "--max-seeds goes with --until-stable"),
        ("--stable-within 0.1", "--stable-within goes with --until-stable"),
        ("--until-stable --by label-issues", "label-issues is a list"),
        ("--until-stable --keep 1", "--keep must be a number more than 0 and less than 1, not 1"),
        ("--until-stable --max-seeds 3", "--max-seeds must be a whole number from 4 to 10000, not 3"),
        ("--until-stable --stable-within 0", "--stable-within must be"),
        ("--until-stabel", "did you mean '--until-stable'?"),
        ("--until-stable --weights w.safetensors --network resnet8", "--until-stable does not fit here"),
    ]) func mistakesAreExplained(options: String, message: String) throws {
        try ScoreWorkspace.use { work in
            let errors = try work.fail(
                ["score", InspectFixture.digits] + options.split(separator: " ").map(String.init), exitCode: 64)
            #expect(errors.contains(message), "\(errors)")
        }
    }

    @Test func logitsFromElsewhereHaveNoMoreSeeds() throws {
        try ScoreWorkspace.use { work in
            let errors = try work.fail(
                ["score", "--logits", "run*.npy", "--labels", "labels.npy", "--until-stable"], exitCode: 64)
            #expect(errors.contains("--until-stable does not fit here: with --logits nothing is read or trained"))
        }
    }

    /// Killed at moments it did not choose, and once stopped on request, it ends with the undisturbed result.
    @Test(.tags(.kill)) func killedAndContinued() throws {
        try ScoreWorkspace.use { work in
            let words =
                ["score"] + ScoreWorkspace.convolution + ["--epochs", "6", "--by", "el2n", "--until-stable"]
                + ["--stable-within", "0.0001", "--max-seeds", "6"]
            func json(_ store: String) throws -> JSONValue {
                try JSONValue(parsing: Array(work.succeed(words + ["--json"], store: store).utf8), from: "output")
            }
            var killed = 0
            for (number, seconds) in [0.15, 0.4, 0.7, 1.1, 0.9].enumerated() {
                let process = try work.start(words, store: "killed.sqlite")
                let deadline = Date(timeIntervalSinceNow: seconds)
                while process.isRunning, Date() < deadline { usleep(500) }
                kill(process.processIdentifier, number == 3 ? SIGINT : SIGKILL)
                process.waitUntilExit()
                if process.terminationReason == .uncaughtSignal { killed += 1 }
            }
            #expect(killed > 0)
            let (resumed, calm) = (try json("killed.sqlite"), try json("calm.sqlite"))
            #expect(resumed["untilStable"] == calm["untilStable"])
            #expect(resumed["scores"] == calm["scores"])
            #expect(try work.results(in: "killed.sqlite") == work.results(in: "calm.sqlite"))
            try work.expectSound("killed.sqlite")
        }
    }

    @Test func theTableFitsNarrowTerminals() throws {
        try ScoreWorkspace.use { work in
            try work.succeed(Self.words)
            for columns in [40, 57, 80] {
                let lines = try NarrowTerminalTests.lines(
                    Self.words + ["--store", work.path("store.sqlite")], columns: columns, in: work.directory)
                let start = try #require(lines.firstIndex { $0.hasPrefix("until stable: ") })
                #expect(lines.count > start + 8)
                for line in lines[start...] {
                    #expect(TerminalText.width(of: line) <= columns, "\(columns): \(line)")
                }
            }
        }
    }
}
