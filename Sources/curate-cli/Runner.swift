import Curate
import Glibc

/// Takes a command line from its words to an exit code.
package struct Runner {
    private let program: Program
    private let environment: Environment

    /// A runner of one program.
    package init(_ program: Program, environment: Environment) {
        self.program = program
        self.environment = environment
    }

    /// Runs the process's own command line and ends the process.
    package func runAndExit() -> Never {
        ProcessStreams.prepare()
        let words = Array(CommandLine.arguments.dropFirst())
        let terminal = Terminal.current(environment: environment, forbidsColour: Self.has("--no-color", in: words))
        let code = run(
            words, terminal: terminal, output: .standardOutput(isTerminal: terminal.outputIsTerminal),
            errors: .standardError())
        exit(code)
    }

    /// Runs a command line.
    ///
    /// - Parameters:
    ///   - words: the words after the program's name.
    ///   - terminal: what is known about the streams.
    ///   - output: takes results.
    ///   - errors: takes everything else.
    /// - Returns: the exit code.
    package func run(_ words: [String], terminal: Terminal, output: OutputSink, errors: OutputSink) -> Int32 {
        let console = Console(
            terminal: terminal, output: output, errors: errors,
            isQuiet: Self.has("--quiet", in: words) || Self.has("-q", in: words),
            wantsJSON: Self.has("--json", in: words))
        var command: Command?
        do {
            try dispatch(words, console: console, running: &command)
            try output.flush()
            return ExitCode.success
        } catch {
            console.progress.abandon()
            // What was printed before the failure is still a result; a second failure would only hide the first.
            _ = try? output.flush()
            let report = ErrorReport(error, program: program, command: command)
            report.lines(asJSON: console.wantsJSON, style: terminal.style(for: .error)).forEach(console.complain)
            return report.exitCode
        }
    }

    /// Whether a flag is among the words before `--`.
    ///
    /// Needed before the words are parsed, because parsing may fail and the failure must be told in the right form. An
    /// option never takes a word that starts with a dash as its value, so the word can only be the flag.
    private static func has(_ flag: String, in words: [String]) -> Bool {
        words.prefix { $0 != "--" }.contains(flag)
    }

    private static func wantsHelp(_ words: [String]) -> Bool {
        has("--help", in: words) || has("-h", in: words) || has("--help-all", in: words)
    }

    private func dispatch(_ words: [String], console: Console, running command: inout Command?) throws {
        var (verb, rest) = try splitVerb(words)
        guard let word = verb else {
            if Self.wantsHelp(words) {
                if console.wantsJSON { return try console.printJSON(HelpJSON.dump(program)) }
                return try console.output.write(HelpText(program, columns: console.terminal.columns).root())
            }
            if Self.has("--version", in: words) { return try VersionVerb.print(program, on: console) }
            throw CurateError(.usage, "no verb is given", remedy: "the verbs are \(verbList)")
        }
        var found = try Program.find(word, among: program.commands)
        command = found
        if !found.subcommands.isEmpty {
            (verb, rest) = try splitVerb(rest)
            if let word = verb {
                found = try Program.find(word, among: found.subcommands)
                command = found
            } else if !Self.wantsHelp(rest) {
                let words = found.subcommands.map(\.lastWord).joined(separator: ", ")
                throw CurateError(.usage, "'\(found.name)' needs another verb", remedy: "its verbs are \(words)")
            }
        }
        // 'help' takes --help-all for the verb that it explains.
        let explainsAnother =
            found.name == HelpVerb.command.name && !Self.has("--help", in: rest) && !Self.has("-h", in: rest)
        if Self.wantsHelp(rest), !explainsAnother {
            if console.wantsJSON {
                return try console.printJSON(HelpJSON.verb(found, programName: program.name))
            }
            let help = HelpText(program, columns: console.terminal.columns)
            return try console.output.write(help.verb(found, showsAll: Self.has("--help-all", in: rest)))
        }
        let arguments = try ArgumentParser(found).parse(rest)
        var console = console
        console.spelling = found.spelling
        let globals = GlobalOptions(arguments, environment: environment)
        try found.run(
            Invocation(
                program: program, arguments: arguments, globals: globals, console: console, words: words,
                commandName: found.name))
    }

    private var verbList: String { program.commands.map(\.name).joined(separator: ", ") }

    /// Finds the verb behind global options that may come first, and moves those after it.
    private func splitVerb(_ words: [String]) throws(CurateError) -> (verb: String?, rest: [String]) {
        let parser = ArgumentParser(
            options: GlobalOptions.group.options + [VersionVerb.option], arguments: [])
        var index = 0
        while index < words.count, ArgumentParser.looksLikeOption(words[index]) {
            if words[index] == "--" { return (nil, words) }
            let next = index + 1 < words.count ? words[index + 1] : nil
            index += 1 + (try parser.option(words[index], following: next).used)
        }
        guard index < words.count else { return (nil, words) }
        let before = words[..<index].filter { $0 != "--version" }
        return (words[index], before + words[(index + 1)...])
    }
}

/// The three standard streams, made safe before anything is opened.
enum ProcessStreams {
    /// Makes a closed pipe an error code instead of a death, and occupies standard descriptors that are closed.
    ///
    /// Without the second, the store could be opened as descriptor 1 and results be printed into it.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            // The wrong mode on purpose: reading or writing there stays an error. The lowest free number is taken.
            let taken = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
            if taken != descriptor && taken > STDERR_FILENO { close(taken) }
        }
    }
}
