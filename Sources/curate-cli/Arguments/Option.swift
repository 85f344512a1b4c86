import Curate

/// One appearance of an option on the command line.
package struct Occurrence: Sendable, Equatable {
    /// How it was written: `--epochs`, `-q`, `--no-flip`.
    package let spelling: String
    /// The value given with it; nil for flags.
    package let text: String?
    /// Whether it was the `--no-` form.
    package let isNegated: Bool
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

/// A parameter as a command line has it.
package struct Option: Sendable {
    /// What follows the name.
    package enum Shape: Sendable, Equatable {
        /// Nothing: it is there or not.
        case flag
        /// Nothing, and `--no-NAME` says the opposite.
        case toggle
        /// A value, once.
        case value
        /// A value, any number of times.
        case repeatedValue
    }

    /// What is declared.
    package let parameter: Parameter
    /// The one-letter name, if any.
    package let short: Character?

    /// An option for a parameter.
    package init(_ parameter: Parameter, short: Character? = nil) {
        self.parameter = parameter
        self.short = short
    }

    /// The long name without dashes.
    package var name: String { parameter.option }

    /// The name with dashes, for sentences.
    package var spelling: String { "--\(name)" }

    package var shape: Shape {
        switch parameter.type {
        case .flag: .flag
        case .boolean: .toggle
        case .list, .each: .repeatedValue
        default: .value
        }
    }

    /// Whether a value must follow.
    package var takesValue: Bool { shape == .value || shape == .repeatedValue }

    /// Every spelling the parser accepts, long ones first.
    package var spellings: [String] {
        var all = ["--\(name)"]
        if shape == .toggle { all.append("--no-\(name)") }
        if let short { all.append("-\(short)") }
        return all
    }

    /// What stands for the value in help; empty for flags.
    package var placeholder: String { takesValue ? parameter.placeholder ?? parameter.type.placeholder : "" }

    package var completion: Completion { parameter.type.completion }

    /// What is used when the option is absent, as help shows it; nil when that is nothing.
    package var defaultText: String? {
        guard let initial = parameter.initial else { return parameter.absent }
        switch shape {
        case .flag: return nil
        case .toggle: return initial.boolValue == true ? spelling : "--no-\(name)"
        case .value, .repeatedValue: return ParameterSpelling.optionText(initial)
        }
    }

    /// The value of all appearances; nil when there is none.
    ///
    /// - Throws: `CurateError(.usage)` that names the option as it was written.
    package func value(of occurrences: [Occurrence]) throws(CurateError) -> JSONValue? {
        guard let last = occurrences.last else { return nil }
        guard takesValue else { return .bool(!last.isNegated) }
        do throws(ValueMismatch) {
            return try parameter.checked(parameter.value(ofTexts: occurrences.compactMap(\.text)))
        } catch {
            throw CurateError(.usage, "\(last.spelling) \(error.message)", remedy: error.suggestion)
        }
    }

    /// The words of a command line that give the option a value.
    package func words(for value: JSONValue) -> [String] {
        switch shape {
        case .flag: return value.boolValue == true ? [spelling] : []
        case .toggle: return [value.boolValue == true ? spelling : "--no-\(name)"]
        case .value: return [spelling, ParameterSpelling.optionText(value)]
        case .repeatedValue:
            guard case .each = parameter.type else { return [spelling, ParameterSpelling.optionText(value)] }
            return (value.arrayValue ?? [value]).flatMap { [spelling, ParameterSpelling.optionText($0)] }
        }
    }
}

extension Parameter {
    /// The value that some texts of a command line stand for, not yet checked.
    fileprivate func value(ofTexts texts: [String]) throws(ValueMismatch) -> JSONValue {
        switch type {
        case .list(let element):
            var elements: [JSONValue] = []
            for text in texts {
                // A comma between double quotes is part of a value.
                var isQuoted = false
                let parts = text.split(omittingEmptySubsequences: false) { character in
                    if character == "\"" { isQuoted.toggle() }
                    return character == "," && !isQuoted
                }
                for part in parts {
                    guard !part.isEmpty else {
                        throw ValueMismatch("must be a list like a,b,c with nothing empty in it, not \"\(text)\"")
                    }
                    elements.append(element.value(of: String(part)))
                }
            }
            return .array(elements)
        case .each(let element): return .array(texts.map(element.value))
        default: return type.value(of: texts.last ?? "")
        }
    }
}

extension Parameter.ValueType {
    /// The value that a text stands for; a text that fits none stays one, for the check to show.
    func value(of text: String) -> JSONValue {
        switch self {
        case .integer: return Int(text).map { .int($0) } ?? .string(text)
        case .number: return Double(text).flatMap { $0.isFinite ? .double($0) : nil } ?? .string(text)
        case .seed: return UInt64(text).map { JSONValue($0) } ?? .string(text)
        case .seeds:
            guard text.contains(",") else { return Int(text).map { .int($0) } ?? .string(text) }
            return .array(text.split(separator: ",").map { Self.seed.value(of: String($0)) })
        default: return .string(text)
        }
    }

    /// What stands for a value in help, without brackets.
    var placeholder: String {
        switch self {
        case .integer, .seed, .seeds: "n"
        case .number: "x"
        case .boolean, .flag: ""
        case .text, .checked: "text"
        case .file, .input: "file"
        case .directory: "directory"
        case .word: "word"
        case .stage, .stages: "stage"
        case .list(let element): element.placeholder + ",..."
        case .each(let element): element.placeholder
        }
    }

    /// What a shell should offer.
    var completion: Completion {
        switch self {
        case .file, .directory, .input: .path
        case .word(let words): .word(words)
        case .checked(_, let words, _): words.isEmpty ? .nothing : .word(words)
        case .list(let element): element.completion.words.isEmpty ? .nothing : .list(element.completion.words)
        case .each(let element): element.completion
        case .integer, .number, .boolean, .flag, .text, .seed, .seeds, .stage, .stages: .nothing
        }
    }
}
