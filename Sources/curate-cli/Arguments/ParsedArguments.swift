import Curate

/// The values of one command line, read with the declarations that the verb has.
package struct ParsedArguments: Sendable {
    private let options: [String: JSONValue]
    private let arguments: [String: JSONValue]

    /// The values that were given, by the names of options and of arguments.
    init(options: [String: JSONValue], arguments: [String: JSONValue]) {
        self.options = options
        self.arguments = arguments
    }

    /// The value of an option: what the user wrote, else its default, else nil.
    package subscript(option: Option) -> JSONValue? { options[option.name] ?? option.parameter.initial }

    /// The value of a positional argument; nil when it is absent.
    package subscript(argument: Argument) -> JSONValue? { arguments[argument.name] }

    /// What the user wrote for an option; nil when it is absent, whatever its default.
    package func given(_ option: Option) -> JSONValue? { options[option.name] }

    /// Whether the user wrote the option, as opposed to its default being in force.
    package func isGiven(_ option: Option) -> Bool { options[option.name] != nil }

    /// The first of some options that the user wrote, for the sentence that says it does not fit.
    package func firstGiven(of options: [Option]) -> Option? { options.first(where: isGiven) }

    /// The text of an option; nil when it has none.
    package func text(_ option: Option) -> String? { self[option]?.stringValue }

    /// The texts of an option; none when it is absent.
    package func texts(_ option: Option) -> [String] { self[option]?.arrayValue?.compactMap(\.stringValue) ?? [] }

    /// Whether a flag or toggle is on.
    package func isOn(_ option: Option) -> Bool { self[option]?.boolValue ?? false }

    /// The whole number of an option with a default.
    ///
    /// - Precondition: it has one.
    package func integer(_ option: Option) -> Int { required(self[option]?.intValue, option.spelling) }

    /// The number of an option with a default.
    ///
    /// - Precondition: it has one.
    package func number(_ option: Option) -> Double { required(self[option]?.doubleValue, option.spelling) }

    /// The text of an argument that must be there.
    ///
    /// - Precondition: the verb declares it so.
    package func text(_ argument: Argument) -> String { required(self[argument]?.stringValue, argument.usage) }

    private func required<Value>(_ value: Value?, _ name: String) -> Value {
        guard let value else { preconditionFailure("\(name) is not declared with a value of this type") }
        return value
    }
}
