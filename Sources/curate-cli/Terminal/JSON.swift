import Curate

extension JSONValue {
    /// A string, or null.
    static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    /// A number, or null.
    static func optional(_ number: Double?) -> JSONValue { number.map { .double($0) } ?? .null }

    /// A number with the digits that a Float has, not those of the Double it converts to.
    static func single(_ value: Float) -> JSONValue { .double(Double("\(value)") ?? Double(value)) }

    /// Strings as an array.
    static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
}
