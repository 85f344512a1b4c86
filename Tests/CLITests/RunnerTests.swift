import Curate
import Foundation
import Testing
import curate

private struct Surprise: Error, CustomStringConvertible { let description = "a surprise" }

private func failing(_ error: any Error) -> Program {
    program([
        Command(name: "fail", abstract: "Fail.") { invocation in
            try invocation.console.printLine("partial result")
            invocation.console.remark("a remark")
            throw error
        }
    ])
}

/// A verb that prints the globals it was given.
private let showing = program([
    Command(name: "show", abstract: "Show.") { invocation in
        let globals = invocation.globals
        let threads = globals.threads.map { String($0) } ?? "all"
        try invocation.console.printLine("\(globals.store) \(threads) \(globals.force) \(invocation.commandLine)")
        invocation.console.remark("a remark")
    }
])

@Suite struct RunnerTests {
    @Test(
        arguments: [
            (CurateError.Kind.workFailed, 1), (.checkFailed, 2), (.usage, 64), (.badData, 65), (.missingInput, 66),
            (.internalError, 70), (.cannotCreateOutput, 73), (.storeLocked, 75), (.interrupted, 130),
        ] as [(CurateError.Kind, Int32)])
    func everyKindHasItsExitCode(kind: CurateError.Kind, code: Int32) {
        let error = CurateError(kind, "it broke", at: "file:3", remedy: "mend it")
        let result = run(failing(error), ["fail"])
        #expect(result.exitCode == code)
        #expect(result.output == "partial result\n")
        #expect(result.errors.hasPrefix("a remark\nerror: file:3: it broke\nhint: mend it\n"))
        #expect(result.errors.contains("See 'curate fail --help'.") == (kind == .usage))
        #expect(run(failing(error), ["help"]).exitCode == 64)
        let help = HelpText(failing(error), columns: 80).root()
        #expect(help.contains("\n  \(code) "))
    }

    @Test func theTableOfKindsIsWhole() {
        #expect(ExitCode.documented.count == CurateError.Kind.allCases.count + 1)
        #expect(Set(ExitCode.documented.map(\.code)).count == ExitCode.documented.count)
    }

    @Test func anyOtherErrorIsADefect() {
        let result = run(failing(Surprise()), ["fail", "-q"])
        #expect(result.exitCode == 70)
        #expect(
            result.errors == """
                error: unexpected error: a surprise
                hint: this is a defect in curate; please report it with the command line

                """)
    }

    @Test func errorsAreJSONWhenAskedFor() throws {
        let error = CurateError(.badData, "a \"quoted\" word", at: "a.csv:2")
        // Remarks are no JSON: standard error holds the error alone.
        let result = run(failing(error), ["fail", "--json"])
        #expect(result.exitCode == 65)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(result.errors.utf8)) as? [String: [String: Any]])
        let members = try #require(object["error"])
        #expect(members["kind"] as? String == "badData")
        #expect(members["exitCode"] as? Int == 65)
        #expect(members["message"] as? String == "a \"quoted\" word")
        #expect(members["location"] as? String == "a.csv:2")
        #expect(members["remedy"] is NSNull)
    }

    @Test func parametersAreNamedAsTheVerbSpellsThem() {
        let error = CurateError(
            .workFailed, "the loss grew", remedy: "lower `learningRate`, add `warmupEpochs: 1` or leave `x y` as it is")
        let verb = Command(
            name: "fail", abstract: "Fail.",
            optionGroups: [
                OptionGroup("OPTIONS", [Option(Parameter("learningRate", .number(.above(0)), help: "The rate."))])
            ]
        ) { _ in throw error }
        let result = run(program([verb]), ["fail"])
        #expect(result.errors.hasSuffix("lower --learning-rate, add warmupEpochs: 1 or leave `x y` as it is\n"))
    }

    @Test func controlCharactersOfAFileDoNotReachTheTerminal() {
        let result = run(failing(CurateError(.badData, "bad", at: "evil\u{1B}[2J\nerror: fake")), ["fail", "-q"])
        #expect(result.errors == "error: evil\\u{1B}[2J\\nerror: fake: bad\n")
    }

    @Test func globalOptionsMayComeFirst() {
        let line = "curate --threads 2 --store=x.db show --force"
        let result = run(showing, ["--threads", "2", "--store=x.db", "show", "--force"])
        #expect(result.output == "x.db 2 true \(line)\n")
        #expect(result.errors == "a remark\n")
        #expect(run(showing, ["-q", "show"]).errors == "")
    }

    @Test func theStoreComesFromTheOptionThenTheEnvironment() {
        let environment = ["CURATE_STORE": "e.db"]
        #expect(run(showing, ["show"]).output.hasPrefix("curate.sqlite all false"))
        #expect(run(showing, ["show"], environment: environment).output.hasPrefix("e.db "))
        #expect(run(showing, ["show"], environment: ["CURATE_STORE": ""]).output.hasPrefix("curate.sqlite "))
        #expect(run(showing, ["show", "--store", "o.db"], environment: environment).output.hasPrefix("o.db "))
    }

    @Test(
        arguments: [
            ([], "no verb is given", "the verbs are show"),
            (["shwo"], "unknown verb 'shwo'", "did you mean 'show'?"),
            (["banana"], "unknown verb 'banana'", "the verbs are show"),
            (["--thread", "2", "show"], "unknown option '--thread'", "did you mean '--threads'?"),
            (["--threads", "0", "show"], "--threads must be a whole number from 1 to 1024, not 0", nil),
            (["--", "show"], "no verb is given", "the verbs are show"),
            (["show", "--version"], "unknown option '--version'", nil),
        ] as [([String], String, String?)])
    func mistakesBeforeTheVerb(words: [String], message: String, remedy: String?) {
        let result = run(showing, words)
        let hint = remedy.map { "hint: \($0)\n" } ?? ""
        #expect(result.exitCode == 64)
        #expect(result.output == "")
        #expect(result.errors.hasPrefix("error: \(message)\n\(hint)usage: curate "))
    }

    @Test func theVersionIsAVerbAndAnOption() {
        let result = run(Root.program, ["--version"])
        #expect(result.exitCode == 0)
        #expect(result.output.hasPrefix("curate \(Root.program.version) "))
        #expect(run(Root.program, ["version"]).output == result.output)
        #expect(run(Root.program, ["--json", "--version"]).output.contains("\"name\":\"curate\""))
    }

    @Test func anUnsuitableProcessorGetsASentence() throws {
        #expect(ProcessorCheck.complaint(processorMatchesBuild: true) == nil)
        let words = try #require(ProcessorCheck.complaint(processorMatchesBuild: false))
        #expect("\(words)".hasPrefix("error: this build of curate uses vector instructions"))
        #expect("\(words)".contains("\nhint: "))
    }
}
