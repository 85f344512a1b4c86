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

/// What the parser, the help, the completion scripts and the JSON dump know about an option, whatever its type.
package struct OptionDeclaration: Sendable {
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

    /// The long name without dashes.
    package let name: String
    /// The one-letter name, if any.
    package let short: Character?
    package let shape: Shape
    /// What stands for the value in help; empty for flags.
    package let placeholder: String
    package let completion: Completion
    /// One or more sentences.
    package let help: String
    /// What is used when the option is absent, as help shows it.
    package let defaultText: String?
    /// Names people know from elsewhere: not accepted, but answered with this option's name.
    package let knownElsewhereAs: [String]
    /// Turns all occurrences into the stored value, a `Resolved` of the key's type.
    package let resolve: @Sendable ([Occurrence]) throws(CurateError) -> any Sendable

    /// Whether a value must follow.
    package var takesValue: Bool { shape == .value || shape == .repeatedValue }

    /// Every spelling the parser accepts, long ones first.
    package var spellings: [String] {
        var all = ["--\(name)"]
        if shape == .toggle { all.append("--no-\(name)") }
        if let short { all.append("-\(short)") }
        return all
    }
}

/// A typed value on its way through the untyped table of `ParsedArguments`.
struct Resolved<Value: Sendable>: Sendable {
    let value: Value
}

/// A typed key: one declaration gives parsing, validation, help, completion and `arguments[key]`.
package struct Option<Value: Sendable>: Sendable {
    /// The part that does not depend on the type.
    package let declaration: OptionDeclaration

    /// The name with dashes, for sentences.
    package var spelling: String { "--\(declaration.name)" }

    fileprivate init(
        _ name: String, short: Character? = nil, shape: OptionDeclaration.Shape, placeholder: String = "",
        completion: Completion = .nothing, help: String, defaultText: String?, knownElsewhereAs: [String] = [],
        resolve: @escaping @Sendable ([Occurrence]) throws(CurateError) -> Value
    ) {
        declaration = OptionDeclaration(
            name: name, short: short, shape: shape, placeholder: placeholder, completion: completion, help: help,
            defaultText: defaultText, knownElsewhereAs: knownElsewhereAs,
            resolve: { occurrences throws(CurateError) in Resolved(value: try resolve(occurrences)) })
    }

    /// An option with a value and a default.
    ///
    /// - Parameters:
    ///   - name: the long name without dashes.
    ///   - short: the one-letter name, if any.
    ///   - format: how text becomes a value.
    ///   - initial: the value when the option is absent.
    ///   - help: what it does.
    ///   - knownElsewhereAs: names that are answered with a hint to this one.
    package static func value(
        _ name: String, short: Character? = nil, _ format: ValueFormat<Value>, default initial: Value, help: String,
        knownElsewhereAs: [String] = []
    ) -> Option<Value> {
        Option(
            name, short: short, shape: .value, placeholder: format.placeholder, completion: format.completion,
            help: help, defaultText: format.describe(initial), knownElsewhereAs: knownElsewhereAs
        ) { occurrences throws(CurateError) in
            guard let last = occurrences.last else { return initial }
            return try format.value(of: last)
        }
    }

    /// An option with a value that is nil when absent.
    ///
    /// - Parameters:
    ///   - name: the long name without dashes.
    ///   - short: the one-letter name, if any.
    ///   - format: how text becomes a value.
    ///   - absent: what happens without it, as help shows it after "default:"; nil to say nothing.
    ///   - help: what it does.
    ///   - knownElsewhereAs: names that are answered with a hint to this one.
    package static func optional<Wrapped: Sendable>(
        _ name: String, short: Character? = nil, _ format: ValueFormat<Wrapped>, absent: String? = nil, help: String,
        knownElsewhereAs: [String] = []
    ) -> Option<Value> where Value == Wrapped? {
        Option(
            name, short: short, shape: .value, placeholder: format.placeholder, completion: format.completion,
            help: help, defaultText: absent, knownElsewhereAs: knownElsewhereAs
        ) { occurrences throws(CurateError) in
            guard let last = occurrences.last else { return nil }
            return try format.value(of: last)
        }
    }

    /// An option that may be given many times; each time adds the elements of its value.
    ///
    /// - Parameters:
    ///   - name: the long name without dashes.
    ///   - format: how the text of one appearance becomes elements; `format.list()` accepts commas too.
    ///   - initial: the elements when the option is absent.
    ///   - help: what it does.
    ///   - knownElsewhereAs: names that are answered with a hint to this one.
    package static func repeated<Element: Sendable>(
        _ name: String, _ format: ValueFormat<[Element]>, default initial: [Element] = [], help: String,
        knownElsewhereAs: [String] = []
    ) -> Option<Value> where Value == [Element] {
        Option(
            name, shape: .repeatedValue, placeholder: format.placeholder, completion: format.completion, help: help,
            defaultText: initial.isEmpty ? nil : format.describe(initial), knownElsewhereAs: knownElsewhereAs
        ) { occurrences throws(CurateError) in
            if occurrences.isEmpty { return initial }
            var elements: [Element] = []
            for occurrence in occurrences { elements += try format.value(of: occurrence) }
            return elements
        }
    }
}

extension Option where Value == Bool {
    /// An option without a value: true when it is there.
    package static func flag(
        _ name: String, short: Character? = nil, help: String, knownElsewhereAs: [String] = []
    ) -> Option<Bool> {
        Option(
            name, short: short, shape: .flag, help: help, defaultText: nil, knownElsewhereAs: knownElsewhereAs
        ) { !$0.isEmpty }
    }

    /// A pair `--name` and `--no-name` with a default.
    package static func toggle(
        _ name: String, default initial: Bool, help: String, knownElsewhereAs: [String] = []
    ) -> Option<Bool> {
        Option(
            name, shape: .toggle, help: help, defaultText: initial ? "--\(name)" : "--no-\(name)",
            knownElsewhereAs: knownElsewhereAs
        ) { occurrences in occurrences.last.map { !$0.isNegated } ?? initial }
    }
}

extension Option where Value == Bool? {
    /// A pair `--name` and `--no-name` that is nil when neither is given.
    package static func undecidedToggle(_ name: String, absent: String, help: String) -> Option<Bool?> {
        Option(name, shape: .toggle, help: help, defaultText: absent) { occurrences in
            occurrences.last.map { !$0.isNegated }
        }
    }
}

extension ValueFormat {
    /// The value of one appearance of an option, or a usage error that names the option as it was written.
    func value(of occurrence: Occurrence) throws(CurateError) -> Value {
        do {
            return try parse(occurrence.text ?? "")
        } catch {
            throw CurateError(.usage, error.sentence(about: occurrence.spelling), remedy: error.suggestion)
        }
    }
}
