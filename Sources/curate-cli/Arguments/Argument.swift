import Curate

/// A parameter that is given by its place on the command line.
package struct Argument: Sendable {
    /// What is declared.
    package let parameter: Parameter

    /// An argument for a parameter: it must be there if the parameter must, and takes all the words that are left if the
    /// parameter takes one or more.
    package init(_ parameter: Parameter) { self.parameter = parameter }

    /// What stands for it in help, without brackets.
    package var name: String { parameter.option }
    package var isRequired: Bool { parameter.isRequired }
    package var completion: Completion { parameter.type.completion }

    /// Whether it takes all the words that are left.
    package var isRepeated: Bool {
        if case .each = parameter.type { return true }
        return false
    }

    /// How usage lines show it.
    package var usage: String { (isRequired ? "<\(name)>" : "[<\(name)>]") + (isRepeated ? "..." : "") }

    /// The value of the words at its place; nil when there are none.
    func value(of texts: [String]) throws(CurateError) -> JSONValue? {
        guard !texts.isEmpty else {
            guard isRequired else { return nil }
            throw CurateError(
                .usage, "<\(name)> is missing", remedy: TerminalText.withoutFullStop(parameter.help))
        }
        let occurrences = texts.map { Occurrence(spelling: "<\(name)>", text: $0, isNegated: false) }
        return try Option(parameter).value(of: occurrences)
    }
}
