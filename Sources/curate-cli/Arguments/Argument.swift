import Curate

/// What the parser, the help and the completion scripts know about a positional argument, whatever its type.
package struct ArgumentDeclaration: Sendable {
    /// What stands for it in help, without brackets.
    package let name: String
    package let isRequired: Bool
    /// Whether it takes all the words that are left.
    package let isRepeated: Bool
    package let completion: Completion
    package let help: String
    /// Turns the texts, none when it is absent, into the stored value.
    package let resolve: @Sendable ([String]) throws(CurateError) -> any Sendable

    /// How usage lines show it.
    package var usage: String { (isRequired ? "<\(name)>" : "[<\(name)>]") + (isRepeated ? "..." : "") }
}

/// A typed key for a positional argument.
package struct Argument<Value: Sendable>: Sendable {
    /// The part that does not depend on the type.
    package let declaration: ArgumentDeclaration

    private init(_ declaration: ArgumentDeclaration) { self.declaration = declaration }

    /// An argument that must be there.
    package static func required(_ name: String, _ format: ValueFormat<Value>, help: String) -> Argument<Value> {
        Argument(
            ArgumentDeclaration(
                name: name, isRequired: true, isRepeated: false, completion: format.completion, help: help
            ) { texts throws(CurateError) in
                guard let text = texts.first else {
                    throw CurateError(.usage, "<\(name)> is missing", remedy: TerminalText.withoutFullStop(help))
                }
                let occurrence = Occurrence(spelling: "<\(name)>", text: text, isNegated: false)
                return Resolved(value: try format.value(of: occurrence))
            })
    }

    /// An argument that may be left out.
    package static func optional<Wrapped: Sendable>(
        _ name: String, _ format: ValueFormat<Wrapped>, help: String
    ) -> Argument<Value> where Value == Wrapped? {
        Argument(
            ArgumentDeclaration(
                name: name, isRequired: false, isRepeated: false, completion: format.completion, help: help
            ) { texts throws(CurateError) in
                guard let text = texts.first else { return Resolved<Wrapped?>(value: nil) }
                let occurrence = Occurrence(spelling: "<\(name)>", text: text, isNegated: false)
                return Resolved<Wrapped?>(value: try format.value(of: occurrence))
            })
    }

    /// An argument that takes one or more words, the last of its command.
    package static func oneOrMore<Element: Sendable>(
        _ name: String, _ format: ValueFormat<Element>, help: String
    ) -> Argument<Value> where Value == [Element] {
        Argument(
            ArgumentDeclaration(
                name: name, isRequired: true, isRepeated: true, completion: format.completion, help: help
            ) { texts throws(CurateError) in
                guard !texts.isEmpty else {
                    throw CurateError(.usage, "<\(name)> is missing", remedy: TerminalText.withoutFullStop(help))
                }
                var values: [Element] = []
                for text in texts {
                    let occurrence = Occurrence(spelling: "<\(name)>", text: text, isNegated: false)
                    values.append(try format.value(of: occurrence))
                }
                return Resolved(value: values)
            })
    }
}
