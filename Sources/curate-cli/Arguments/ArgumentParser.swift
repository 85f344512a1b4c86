import Curate

/// Turns the words after a verb into typed values, or into a usage error that says what to write instead.
package struct ArgumentParser {
    private let options: [Option]
    private let arguments: [Argument]
    private let bySpelling: [String: Option]

    /// A parser for one verb.
    package init(_ command: Command) { self.init(options: command.allOptions, arguments: command.arguments) }

    /// A parser for these options and arguments.
    ///
    /// - Precondition: no two options share a spelling.
    package init(options: [Option], arguments: [Argument]) {
        self.options = options
        self.arguments = arguments
        var bySpelling: [String: Option] = [:]
        for option in options {
            for spelling in option.spellings {
                let former = bySpelling.updateValue(option, forKey: spelling)
                precondition(former == nil, "two options are spelled \(spelling)")
            }
        }
        self.bySpelling = bySpelling
    }

    /// Parses the words after the verb.
    package func parse(_ words: [String]) throws(CurateError) -> ParsedArguments {
        var occurrences: [String: [Occurrence]] = [:]
        var positionals: [String] = []
        // The flag before each positional, in case it was meant to be its value.
        var flagBefore: [Option?] = []
        var flag: Option?
        var index = 0
        while index < words.count {
            let word = words[index]
            index += 1
            if word == "--" {
                positionals += words[index...]
                break
            }
            guard Self.looksLikeOption(word) else {
                positionals.append(word)
                flagBefore.append(flag)
                flag = nil
                continue
            }
            let (declaration, occurrence, used) = try option(word, following: words[index...].first)
            index += used
            flag = declaration.takesValue ? nil : declaration
            let earlier = occurrences[declaration.name, default: []]
            try Self.checkRepetition(of: declaration, earlier: earlier.last, now: occurrence)
            occurrences[declaration.name] = earlier + [occurrence]
        }
        if positionals.count > arguments.count, arguments.count < flagBefore.count,
            let flag = flagBefore[arguments.count], let meant = option(takingValueFor: flag)
        {
            let extra = positionals[arguments.count]
            throw CurateError(
                .usage, "--\(flag.name) takes no value, and '\(extra)' is one argument too many",
                remedy: "did you mean '--\(meant.name) \(extra)'?")
        }
        return try resolve(occurrences: occurrences, positionals: positionals)
    }

    /// The option that does what people expect of a flag with a value, known elsewhere as the flag and "=".
    private func option(takingValueFor flag: Option) -> Option? {
        options.first { $0.parameter.knownElsewhereAs.contains("\(flag.name)=") }
    }

    /// Whether a word would be read as an option: it starts with a dash, is not just "-", and is not a negative number.
    static func looksLikeOption(_ word: String) -> Bool {
        word.hasPrefix("-") && word != "-" && Double(word) == nil
    }

    /// Reads one option and, when it takes one, its value; `used` counts the following words taken.
    func option(
        _ word: String, following next: String?
    ) throws(CurateError) -> (declaration: Option, occurrence: Occurrence, used: Int) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
        let spelling = parts[0]
        guard let declaration = bySpelling[spelling] else { throw unknown(spelling) }
        let isNegated = declaration.shape == .toggle && spelling == "--no-\(declaration.name)"
        if !declaration.takesValue {
            guard parts.count == 1 else {
                let meant = self.option(takingValueFor: declaration)
                throw CurateError(
                    .usage, "\(spelling) takes no value",
                    remedy: meant.map { "did you mean '--\($0.name) \(parts[1])'?" } ?? "write \(spelling) alone")
            }
            return (declaration, Occurrence(spelling: spelling, text: nil, isNegated: isNegated), 0)
        }
        if parts.count == 2 {
            return (declaration, Occurrence(spelling: spelling, text: parts[1], isNegated: false), 0)
        }
        guard let next, !Self.looksLikeOption(next) else {
            let explanation = TerminalText.withoutFullStop(declaration.parameter.help)
            throw CurateError(
                .usage, "\(spelling) needs a value",
                remedy: "write \(spelling) <\(declaration.placeholder)>: \(explanation)")
        }
        return (declaration, Occurrence(spelling: spelling, text: next, isNegated: false), 1)
    }

    private static func checkRepetition(
        of declaration: Option, earlier: Occurrence?, now: Occurrence
    ) throws(CurateError) {
        guard let earlier, declaration.shape != .repeatedValue else { return }
        if let before = earlier.text, let after = now.text {
            throw CurateError(
                .usage, "\(now.spelling) is given twice, with \(before) and \(after)", remedy: "give it once")
        }
        if earlier.isNegated != now.isNegated {
            throw CurateError(
                .usage, "\(earlier.spelling) and \(now.spelling) contradict each other", remedy: "give one of them")
        }
    }

    private func unknown(_ spelling: String) -> CurateError {
        let error = "unknown option '\(spelling)'"
        let bare = String(spelling.drop { $0 == "-" })
        if let known = options.first(where: { $0.parameter.isKnown(as: bare) }) {
            return CurateError(.usage, error, remedy: "it is called '--\(known.name)' here")
        }
        let guess = Suggestion.nearest(to: bare, among: options.flatMap { Self.bareSpellings($0) })
        return CurateError(.usage, error, remedy: guess.map { "did you mean '--\($0)'?" })
    }

    private static func bareSpellings(_ option: Option) -> [String] {
        option.shape == .toggle ? [option.name, "no-\(option.name)"] : [option.name]
    }

    private func resolve(
        occurrences: [String: [Occurrence]], positionals: [String]
    ) throws(CurateError) -> ParsedArguments {
        var optionValues: [String: JSONValue] = [:]
        for option in options {
            optionValues[option.name] = try option.value(of: occurrences[option.name, default: []])
        }
        if positionals.count > arguments.count && arguments.last?.isRepeated != true {
            let extra = positionals[arguments.count]
            let taken =
                arguments.isEmpty
                ? "this verb takes options only"
                : "this verb takes \(arguments.map { "<\($0.name)>" }.joined(separator: " ")) and options"
            throw CurateError(.usage, "unexpected argument '\(extra)'", remedy: taken)
        }
        var argumentValues: [String: JSONValue] = [:]
        for (position, argument) in arguments.enumerated() {
            let left = positionals.dropFirst(position)
            argumentValues[argument.name] = try argument.value(of: Array(argument.isRepeated ? left : left.prefix(1)))
        }
        return ParsedArguments(options: optionValues, arguments: argumentValues)
    }
}
