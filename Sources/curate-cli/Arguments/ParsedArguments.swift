/// The values of one command line, read with the typed keys that declared them.
package struct ParsedArguments: Sendable {
    private let options: [String: any Sendable]
    private let arguments: [String: any Sendable]
    private let given: Set<String>

    init(options: [String: any Sendable], arguments: [String: any Sendable], given: Set<String>) {
        self.options = options
        self.arguments = arguments
        self.given = given
    }

    /// The value of an option.
    ///
    /// - Precondition: the command declares the option.
    package subscript<Value>(option: Option<Value>) -> Value {
        guard let resolved = options[option.declaration.name] as? Resolved<Value> else {
            preconditionFailure("\(option.spelling) is not declared by this command")
        }
        return resolved.value
    }

    /// The value of a positional argument.
    ///
    /// - Precondition: the command declares the argument.
    package subscript<Value>(argument: Argument<Value>) -> Value {
        guard let resolved = arguments[argument.declaration.name] as? Resolved<Value> else {
            preconditionFailure("<\(argument.declaration.name)> is not declared by this command")
        }
        return resolved.value
    }

    /// Whether the user wrote the option, as opposed to its default being in force.
    package func isGiven<Value>(_ option: Option<Value>) -> Bool { given.contains(option.declaration.name) }

    /// The first of some options that the user wrote, for the sentence that says it does not fit.
    package func firstGiven(of options: [OptionDeclaration]) -> OptionDeclaration? {
        options.first { given.contains($0.name) }
    }
}
