extension JSONValue {
    /// A string, or null.
    package static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    /// A whole number, or null.
    package static func optional(_ number: Int?) -> JSONValue { number.map { .int($0) } ?? .null }

    /// A number, or null.
    package static func optional(_ number: Double?) -> JSONValue { number.map { .double($0) } ?? .null }

    /// A number with the digits that a Float has, not those of the Double it converts to.
    package static func single(_ value: Float) -> JSONValue { .double(Double("\(value)") ?? Double(value)) }

    /// Strings as an array.
    package static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

    /// The members of two objects, those of the other going before.
    ///
    /// - Precondition: both are objects.
    package func merging(_ other: JSONValue) -> JSONValue {
        guard let own = objectValue, let others = other.objectValue else { preconditionFailure("not two objects") }
        return .object(own.merging(others) { $1 })
    }
}
