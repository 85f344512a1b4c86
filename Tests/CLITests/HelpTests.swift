import Curate
import Foundation
import Testing
import curate

private let whole = Root.program

/// The verbs, and the verbs of verbs.
private let everyCommand = whole.commands.flatMap(\.withSubcommands)

@Suite struct HelpTests {
    @Test(arguments: everyCommand.map(\.name))
    func helpOfEveryVerb(name: String) throws {
        let words = name.split(separator: " ").map { String($0) }
        let result = run(whole, words + ["--help"])
        #expect(result.exitCode == 0)
        try expectSnapshot(result.output, "help-\(words.joined(separator: "-"))")
        #expect(run(whole, ["help"] + words).output == result.output)
    }

    @Test(arguments: everyCommand.map(\.name))
    func allHelpHasEveryOptionAndTheFirstHelpIsItsBeginning(name: String) throws {
        let words = name.split(separator: " ").map { String($0) }
        let command = try #require(everyCommand.first { $0.name == name })
        let first = run(whole, words + ["--help"]).output
        let all = run(whole, words + ["--help-all"]).output
        for option in command.allOptions {
            #expect(all.contains("--\(option.name)"))
            #expect(option.parameter.section != nil || first.contains("--\(option.name)"))
        }
        let hidden = command.allOptions.count { $0.parameter.section != nil }
        #expect(first.contains("--help-all' for \(hidden) more options") == (hidden > 0))
        if name != "help" { #expect(run(whole, ["help"] + words + ["--help-all"]).output == all) }
        if ["score", "prune", "train"].contains(name) { try expectSnapshot(all, "help-all-\(name)") }
    }

    @Test(arguments: everyCommand.map(\.name))
    func helpIsJSONWhenAskedFor(name: String) throws {
        let words = name.split(separator: " ").map { String($0) }
        let value = try JSONValue(parsing: run(whole, words + ["--help", "--json"]).output)
        #expect(value["name"]?.stringValue == name)
        #expect(run(whole, ["help"] + words + ["--json"]).output == run(whole, words + ["--json", "--help"]).output)
        #expect(try JSONValue(parsing: run(whole, ["--help", "--json"]).output)["verbs"]?.arrayValue != nil)
    }

    @Test func completionsAreJSONWhenAskedFor() throws {
        let plain = run(whole, ["completions", "bash"]).output
        let value = try JSONValue(parsing: run(whole, ["completions", "bash", "--json"]).output)
        #expect(value["shell"] == "bash" && value["script"]?.stringValue == plain)
    }

    @Test func helpOfTheProgram() throws {
        let result = run(whole, ["--help"])
        #expect(result.exitCode == 0)
        try expectSnapshot(result.output, "help-root")
        #expect(run(whole, ["help"]).output == result.output)
    }

    @Test(arguments: [40, 60, 80, 100, 200])
    func noLineIsWiderThanTheTerminal(columns: Int) throws {
        let help = HelpText(whole, columns: columns)
        for text in [help.root()] + everyCommand.flatMap({ [help.verb($0), help.verb($0, showsAll: true)] }) {
            // Names and command lines are not broken; explanations are.
            for line in text.split(separator: "\n") where line.hasPrefix("    ") {
                let words = line.split(separator: " ")
                #expect(line.count <= max(columns, 40) || words.count <= 2, "\(line)")
            }
        }
    }

    @Test func helpWinsOverMistakes() {
        let result = run(whole, ["score", "--epochs", "none", "--help"])
        #expect(result.exitCode == 0)
        #expect(result.output.hasPrefix("OVERVIEW: Score"))
    }

    @Test func theDumpIsJSONAndComplete() throws {
        let result = run(whole, ["help", "--json"])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let verbs = try #require(object["verbs"] as? [[String: Any]])
        #expect(verbs.compactMap { $0["name"] as? String } == whole.commands.map(\.name))
        let score = try #require(verbs.first { $0["name"] as? String == "score" })
        let groups = try #require(score["optionGroups"] as? [[String: Any]])
        let options = groups.flatMap { $0["options"] as? [[String: Any]] ?? [] }
        let by = try #require(options.first { $0["name"] as? String == "by" })
        #expect(by["default"] as? String == "el2n,grand,forgetting")
        #expect((by["values"] as? [String])?.count == 11)
    }

    @Test func everyExampleOfHelpParses() throws {
        for command in everyCommand {
            for example in command.examples where example.commandLine.hasPrefix("curate \(command.name)") {
                let line = example.commandLine.prefix { $0 != ">" }.filter { $0 != "'" }
                let count = 1 + command.name.split(separator: " ").count
                let words = line.split(separator: " ").dropFirst(count).map { String($0) }
                let arguments = try ArgumentParser(command).parse(words)
                switch command.name {
                case "score":
                    _ = try ScoreSource(arguments)
                    _ = ScoreVerb.stages(arguments)
                case "prune": _ = try PruneVerb.stages(arguments)
                case "curve": _ = CurveVerb.stages(arguments)
                default: break
                }
            }
        }
    }

    @Test func anUnknownTopicIsAnError() {
        let result = run(whole, ["help", "scoer"])
        #expect(result.exitCode == 64)
        #expect(result.errors.contains("did you mean 'score'?"))
        #expect(run(whole, ["help", "store", "verfiy"]).errors.contains("did you mean 'verify'?"))
        #expect(run(whole, ["help", "train", "ls"]).errors.contains("'train' has no verbs of its own"))
    }

    @Test func verbsOfVerbs() {
        let missing = run(whole, ["store", "-q"])
        #expect(missing.exitCode == 64)
        #expect(missing.errors.contains("its verbs are ls, show, verify, gc, export, merge"))
        let mistyped = run(whole, ["store", "--json", "exprot", "3fa9"])
        #expect(mistyped.exitCode == 64)
        #expect(mistyped.errors.contains("did you mean 'export'?"))
        #expect(run(whole, ["store", "list"]).errors.contains("did you mean 'ls'?"))
        #expect(run(whole, ["help", "store", "list"]).errors.contains("did you mean 'ls'?"))
        let option = run(whole, ["store", "ls", "--knid", "train"])
        #expect(option.errors.contains("did you mean '--kind'?"))
        #expect(option.errors.contains("usage: curate store ls [options]"))
        #expect(run(whole, ["store", "--help", "gc"]).output == run(whole, ["help", "store", "gc"]).output)
    }
}

@Suite struct CompletionTests {
    @Test(arguments: CompletionScript.Shell.allCases)
    func scriptsNameEveryVerbAndOption(shell: CompletionScript.Shell) {
        let script = CompletionScript.text(for: shell, program: whole)
        for command in everyCommand {
            #expect(script.contains(command.lastWord))
            for option in command.allOptions { #expect(script.contains(option.name)) }
        }
    }

    @Test(arguments: [
        ("curate sco", 1, ["score"]),
        ("curate score --lear", 2, ["--learning-rate"]),
        ("curate score --convention d", 3, ["data-diet"]),
        ("curate score --convention = d", 4, ["data-diet"]),
        ("curate score --by el2n,gr", 3, ["el2n,grand"]),
        ("curate completions z", 2, ["zsh"]),
        ("curate --store x.sqlite tr", 3, ["train"]),
        ("curate score --epochs 4 --no-fl", 4, ["--no-flip"]),
        ("curate --wait 3 tr", 3, ["train"]),
        ("curate store ver", 2, ["verify"]),
        ("curate store ls --so", 3, ["--sort"]),
        ("curate store --quiet ls --sort si", 5, ["size"]),
    ])
    func bashCompletes(line: String, position: Int, expected: [String]) throws {
        let script = CompletionScript.text(for: .bash, program: whole)
        let result = try CurateProcess(environment: ["SCRIPT": script, "LINE": line]).shell(
            """
            eval "$SCRIPT"
            COMP_WORDS=($LINE) COMP_CWORD=\(position)
            _curate
            printf '%s\\n' "${COMPREPLY[@]}"
            """)
        #expect(result.errors == "")
        #expect(result.output.split(separator: "\n").map { String($0) } == expected)
    }

    private static let fish = "/usr/bin/fish"
    private static let zsh = "/usr/bin/zsh"

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: fish), "needs fish"),
        arguments: [
            ("curate sco", "score"), ("curate score --lear", "--learning-rate"),
            ("curate score --convention d", "data-diet"), ("curate score --by el2n,gr", "el2n,grand"),
            ("curate completions z", "zsh"), ("curate score --no-fl", "--no-flip"), ("curate store ver", "verify"),
            ("curate store gc --sta", "--states"),
        ])
    func fishCompletes(line: String, expected: String) throws {
        let script = CompletionScript.text(for: .fish, program: whole)
        let result = try CurateProcess(environment: ["SCRIPT": script, "LINE": line, "HOME": "/nonexistent"]).run(
            URL(fileURLWithPath: Self.fish), ["--no-config", "-c", "echo $SCRIPT | source; complete -C $LINE"])
        let offered = result.output.split(separator: "\n").map { $0.prefix { $0 != "\t" } }
        #expect(offered.map { String($0) } == [expected])
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: zsh), "needs zsh"))
    func zshAcceptsTheScript() throws {
        let script = CompletionScript.text(for: .zsh, program: whole)
        let result = try CurateProcess(environment: ["SCRIPT": script]).run(
            URL(fileURLWithPath: Self.zsh),
            ["-f", "-c", "autoload -Uz compinit; compinit -D; eval $SCRIPT; print -r -- $_comps[curate]"])
        #expect(result.errors == "")
        #expect(result.output == "_curate\n")
    }
}
