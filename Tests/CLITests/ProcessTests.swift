import Curate
import Foundation
import Glibc
import Testing
import curate

@Suite struct ProcessTests {
    @Test func helpGoesToOutput() throws {
        let result = try CurateProcess().run("--help")
        #expect(result.exitCode == 0)
        #expect(result.output.hasPrefix("OVERVIEW: "))
        #expect(result.errors == "")
    }

    @Test func aMistypedVerbIsAUsageErrorWithASuggestion() throws {
        let result = try CurateProcess().run("versoin")
        #expect(result.exitCode == 64)
        #expect(result.output == "")
        try expectSnapshot(result.errors, "error-verb")
    }

    @Test func aMistypedOptionShowsTheUsageOfItsVerb() throws {
        let result = try CurateProcess().run("help", "--strore", "x")
        #expect(result.exitCode == 64)
        try expectSnapshot(result.errors, "error-option")
    }

    @Test func errorsAreJSONWhenAskedFor() throws {
        let result = try CurateProcess().run("completions", "tcsh", "--json")
        #expect(result.exitCode == 64)
        #expect(result.errors.hasPrefix("{\"error\":{\"exitCode\":64,\"kind\":\"usage\","))
    }

    @Test(arguments: [false, true])
    func aReaderThatHasGoneIsNoFailure(ignoringSignal: Bool) throws {
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let result = try CurateProcess(standardOutput: pipe.fileHandleForWriting).shell(
            (ignoringSignal ? "trap '' PIPE; " : "") + "exec \"$CURATE\" help --json")
        #expect(result.exitCode == 0)
        #expect(result.errors == "")
    }

    @Test func aFullDiskIsAFailure() throws {
        let full = try FileHandle(forWritingTo: URL(fileURLWithPath: "/dev/full"))
        let result = try CurateProcess(standardOutput: full).run("--help")
        #expect(result.exitCode == 73)
        #expect(
            result.errors.hasPrefix(
                "error: standard output: the result cannot be written: No space left on device\nhint: "))
    }

    @Test func aClosedOutputIsAFailure() throws {
        let result = try CurateProcess().shell("\"$CURATE\" --help >&-")
        #expect(result.exitCode == 73)
        #expect(result.errors.contains("Bad file descriptor"))
        #expect(try CurateProcess().shell("\"$CURATE\" --help >&- 2>&-").exitCode == 73)
        #expect(try CurateProcess().shell("\"$CURATE\" --help <&-").exitCode == 0)
    }

    @Test(arguments: [
        ([:], "", true), (["NO_COLOR": "1"], "", false), (["NO_COLOR": ""], "", true), (["TERM": "dumb"], "", false),
        ([:], "--no-color", false),
    ])
    func coloursOnATerminalUnlessUnwanted(environment: [String: String], option: String, expected: Bool) throws {
        let pseudo = try PseudoTerminal()
        let process = CurateProcess(environment: environment, standardError: pseudo.terminal)
        let result = try process.shell("\"$CURATE\" versoin \(option)")
        #expect(result.exitCode == 64)
        #expect(pseudo.text().contains("\u{1B}[31merror:\u{1B}[0m unknown verb") == expected)
    }

    @Test func noColoursInAFile() throws {
        #expect(try !CurateProcess().run("versoin").errors.contains("\u{1B}"))
    }

    @Test func helpWrapsToTheColumnsVariable() throws {
        let narrow = try CurateProcess(environment: ["COLUMNS": "50"]).run("--help").output
        #expect(narrow.split(separator: "\n").filter { $0.hasPrefix("    ") }.allSatisfy { $0.count <= 50 })
        #expect(narrow != (try CurateProcess().run("--help").output))
    }

    @Test func theCompletionScriptIsValidBash() throws {
        let result = try CurateProcess().shell("source <(\"$CURATE\" completions bash) && complete -p curate")
        #expect(result.exitCode == 0)
        #expect(result.output == "complete -o filenames -F _curate curate\n")
    }
}

@Suite struct InterruptTests {
    @Test(.timeLimit(.minutes(1)), arguments: [SIGINT, SIGTERM])
    func theFirstSignalRaisesTheFlagAndTheSecondEndsTheProcess(signal: Int32) async throws {
        let result = await #expect(processExitsWith: .exitCode(130), observing: [\.standardErrorContent]) {
            [signal] in
            precondition(!InterruptFlag.isRaised())
            InterruptFlag.install(announcing: true)
            // To the process, not with raise(): this thread belongs to a pool that blocks signals.
            kill(getpid(), signal)
            while !InterruptFlag.isRaised() { usleep(1000) }
            #expect(throws: CurateError.self) { try InterruptFlag.check(resuming: "curate score in") }
            kill(getpid(), signal)
            while true { pause() }
        }
        let errors = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(errors.contains("stopping at the next safe point"))
    }

    @Test(.timeLimit(.minutes(1)))
    func aSignalTheParentIgnoresStaysIgnored() async {
        await #expect(processExitsWith: .exitCode(0)) {
            signal(SIGINT, SIG_IGN)
            InterruptFlag.install(announcing: false)
            kill(getpid(), SIGINT)
            precondition(!InterruptFlag.isRaised())
            kill(getpid(), SIGTERM)
            while !InterruptFlag.isRaised() { usleep(1000) }
            exit(0)
        }
    }

    @Test func theErrorSaysHowToResume() {
        let error = InterruptFlag.error(resuming: "curate score in --epochs 4")
        #expect(error.kind == .interrupted)
        #expect(error.remedy == "run it again to continue: curate score in --epochs 4")
    }
}
