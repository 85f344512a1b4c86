import Curate

/// Why a piece of text is not a value; the parser puts the option's name before it.
package struct ValueProblem: Error, Equatable {
    /// The predicate of the sentence, for instance "must be 1 or more".
    package let requirement: String
    /// The text to show after "not", or nil when the requirement says everything.
    package let shown: String?
    /// What the user may have meant.
    package let suggestion: String?

    package init(_ requirement: String, shown: String?, suggestion: String? = nil) {
        self.requirement = requirement
        self.shown = shown
        self.suggestion = suggestion
    }

    /// The whole sentence: "--epochs must be 1 or more, not 0".
    package func sentence(about label: String) -> String {
        guard let shown else { return "\(label) \(requirement)" }
        let isDecimal = Double(shown) != nil && shown.allSatisfy { "+-.0123456789eE".contains($0) }
        return "\(label) \(requirement), not \(isDecimal ? shown : "'\(shown)'")"
    }
}

/// What a shell should offer after an option or in place of an argument.
package enum Completion: Sendable, Equatable {
    /// Nothing: numbers and free text.
    case nothing
    /// Paths of files and directories.
    case path
    /// One of some words.
    case word([String])
    /// Some of some words, joined by commas.
    case list([String])

    /// The words on offer, if any.
    package var words: [String] {
        switch self {
        case .nothing, .path: []
        case .word(let words), .list(let words): words
        }
    }
}

/// How the text of a value becomes a value, and what help and completion say about it.
///
/// One of these serves options and positional arguments alike, so a rule such as "1 or more" is written once and shows
/// up in the parser, in its error sentence, in the help and in the shell's completion.
package struct ValueFormat<Value: Sendable>: Sendable {
    /// What stands for the value in help, without brackets.
    package let placeholder: String
    /// What a shell should offer.
    package let completion: Completion
    /// Turns text into a value.
    package let parse: @Sendable (String) throws(ValueProblem) -> Value
    /// Turns a value into the text that would parse to it, for the default shown in help.
    package let describe: @Sendable (Value) -> String

    package init(
        placeholder: String, completion: Completion = .nothing,
        parse: @escaping @Sendable (String) throws(ValueProblem) -> Value,
        describe: @escaping @Sendable (Value) -> String
    ) {
        self.placeholder = placeholder
        self.completion = completion
        self.parse = parse
        self.describe = describe
    }

    /// The same format under another placeholder.
    package func named(_ placeholder: String) -> ValueFormat {
        ValueFormat(placeholder: placeholder, completion: completion, parse: parse, describe: describe)
    }

    /// A comma-separated list of such values, without repeats of the separator.
    package func list() -> ValueFormat<[Value]> {
        let words = completion.words
        let element = self
        return ValueFormat<[Value]>(
            placeholder: placeholder + ",...",
            completion: words.isEmpty ? completion : .list(words),
            parse: { text throws(ValueProblem) in
                var values: [Value] = []
                for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                    guard !part.isEmpty else {
                        throw ValueProblem("must be a list like a,b,c with nothing empty in it", shown: text)
                    }
                    values.append(try element.parse(String(part)))
                }
                return values
            },
            describe: { $0.map(element.describe).joined(separator: ",") })
    }
}

extension ValueFormat where Value == Int {
    /// A whole number within bounds.
    package static func integer(_ bounds: Bounds<Int> = Bounds()) -> ValueFormat<Int> {
        ValueFormat(
            placeholder: "n",
            parse: { text throws(ValueProblem) in
                guard let value = Int(text) else {
                    let isNumber = Double(text) != nil
                    throw ValueProblem(
                        isNumber ? "must be a whole number of reasonable size" : "must be a whole number", shown: text)
                }
                try bounds.check(value, shown: text)
                return value
            },
            describe: { String($0) })
    }
}

extension ValueFormat where Value == UInt64 {
    /// A seed: any unsigned 64-bit number.
    package static var seed: ValueFormat<UInt64> {
        ValueFormat(
            placeholder: "n",
            parse: { text throws(ValueProblem) in
                guard let value = UInt64(text) else {
                    throw ValueProblem("must be a whole number from 0 to \(UInt64.max)", shown: text)
                }
                return value
            },
            describe: { String($0) })
    }
}

extension ValueFormat where Value == Double {
    /// A finite decimal number within bounds.
    package static func number(_ bounds: Bounds<Double> = Bounds()) -> ValueFormat<Double> {
        ValueFormat(
            placeholder: "x",
            parse: { text throws(ValueProblem) in
                guard let value = Double(text), value.isFinite else {
                    throw ValueProblem("must be a number", shown: "\(text)")
                }
                try bounds.check(value, shown: text)
                return value
            },
            describe: { NumberText.plain($0) })
    }
}

extension ValueFormat where Value == String {
    /// Any text but the empty one.
    package static var text: ValueFormat<String> { text(completion: .nothing).named("text") }

    /// A path of a file or directory.
    package static var path: ValueFormat<String> { text(completion: .path).named("file") }

    /// One of some words; for sets that have a Swift enum, use `choice(of:)`.
    package static func word(of words: [String]) -> ValueFormat<String> {
        ValueFormat(
            placeholder: "word", completion: .word(words),
            parse: { text throws(ValueProblem) in
                if words.contains(text) { return text }
                throw unknownWord(text, among: words)
            },
            describe: { $0 })
    }

    private static func text(completion: Completion) -> ValueFormat<String> {
        ValueFormat(
            placeholder: "text", completion: completion,
            parse: { text throws(ValueProblem) in
                guard !text.isEmpty else { throw ValueProblem("must not be empty", shown: nil) }
                return text
            },
            describe: { $0 })
    }
}

extension ValueFormat where Value: Equatable {
    /// One of some values, each by its word.
    package static func choice(among values: [(word: String, value: Value)]) -> ValueFormat<Value> {
        let words = values.map(\.word)
        return ValueFormat(
            placeholder: "word", completion: .word(words),
            parse: { text throws(ValueProblem) in
                guard let found = values.first(where: { $0.word == text }) else {
                    throw unknownWord(text, among: words)
                }
                return found.value
            },
            describe: { value in values.first { $0.value == value }?.word ?? "" })
    }
}

extension ValueFormat where Value: RawRepresentable & Equatable, Value.RawValue == String {
    /// One of some cases of an enum, by its raw value.
    package static func choice(among cases: [Value]) -> ValueFormat<Value> {
        choice(among: cases.map { (word: $0.rawValue, value: $0) })
    }

    /// One of the cases of an enum, by its raw value.
    package static func choice(of type: Value.Type) -> ValueFormat<Value> where Value: CaseIterable {
        choice(among: Array(type.allCases))
    }

    /// The path of a file whose ending is one of the cases of an enum: the path with what it ends in.
    package static func file(
        endingIn type: Value.Type
    ) -> ValueFormat<[OutputFile<Value>]> where Value: CaseIterable {
        ValueFormat<[OutputFile<Value>]>(
            placeholder: "file", completion: .path,
            parse: { path throws(ValueProblem) in
                for format in type.allCases where path.hasSuffix(".\(format.rawValue)") {
                    return [OutputFile(path: path, format: format)]
                }
                let endings = type.allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")
                throw ValueProblem("must name a file that ends in one of \(endings)", shown: path)
            },
            describe: { $0.map(\.path).joined(separator: ",") })
    }
}

/// A file to write, in the format that the end of its name says.
package struct OutputFile<Format: Sendable & Equatable>: Sendable, Equatable {
    package let path: String
    package let format: Format
}

private func unknownWord(_ text: String, among words: [String]) -> ValueProblem {
    let suggestion = Suggestion.nearest(to: text, among: words)
    let requirement: String =
        words.count > 1 ? "must be one of \(words.joined(separator: ", "))" : "must be \(words.joined())"
    return ValueProblem(requirement, shown: text, suggestion: suggestion.map { "did you mean '\($0)'?" })
}
