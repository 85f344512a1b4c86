import Curate

/// What the parser, the help and the completion scripts know about a positional argument, whatever its type.
package struct ArgumentDeclaration: Sendable {
    /// What stands for it in help, without brackets.
    package let name: String
    package let isRequired: Bool
    package let completion: Completion
    package let help: String
    /// Turns the text, or its absence, into the stored value.
    package let resolve: @Sendable (String?) throws(CurateError) -> any Sendable
}

/// A typed key for a positional argument.
package struct Argument<Value: Sendable>: Sendable {
    /// The part that does not depend on the type.
    package let declaration: ArgumentDeclaration

    private init(_ declaration: ArgumentDeclaration) { self.declaration = declaration }

    /// An argument that must be there.
    package static func required(_ name: String, _ format: ValueFormat<Value>, help: String) -> Argument<Value> {
        Argument(
            ArgumentDeclaration(name: name, isRequired: true, completion: format.completion, help: help) {
                text throws(CurateError) in
                guard let text else {
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
            ArgumentDeclaration(name: name, isRequired: false, completion: format.completion, help: help) {
                text throws(CurateError) in
                guard let text else { return Resolved<Wrapped?>(value: nil) }
                let occurrence = Occurrence(spelling: "<\(name)>", text: text, isNegated: false)
                return Resolved<Wrapped?>(value: try format.value(of: occurrence))
            })
    }
}
