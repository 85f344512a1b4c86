/// A JSON document as a value: what `--json` prints, what the store keeps and what stage keys are hashed from.
///
/// Objects are written with sorted keys, so equal values always give equal text.
public enum JSONValue: Sendable, Equatable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number written without fraction and exponent.
    case int(Int)
    /// Any other number.
    case double(Double)
    /// Text.
    case string(String)
    /// Values in order.
    case array([JSONValue])
    /// Values by name; the order of names carries no meaning.
    case object([String: JSONValue])

    /// Wraps an unsigned integer such as a seed; one beyond `Int.max` becomes a string, so that no digit is lost.
    package init(_ value: UInt64) {
        self = Int(exactly: value).map { .int($0) } ?? .string(String(value))
    }

    /// The member of an object with this name, or nil.
    package subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { return members[key] }
        return nil
    }

    /// The text, if this is a string.
    package var stringValue: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    /// The number, if it was written as an integer.
    package var intValue: Int? {
        if case .int(let number) = self { return number }
        return nil
    }

    /// The number, integer or not.
    package var doubleValue: Double? {
        switch self {
        case .int(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    /// The truth value, if this is one.
    package var boolValue: Bool? {
        if case .bool(let truth) = self { return truth }
        return nil
    }

    /// The elements, if this is an array.
    package var arrayValue: [JSONValue]? {
        if case .array(let elements) = self { return elements }
        return nil
    }

    /// The members, if this is an object.
    package var objectValue: [String: JSONValue]? {
        if case .object(let members) = self { return members }
        return nil
    }

    /// The unsigned integer that `init(_: UInt64)` wrapped.
    package var unsignedValue: UInt64? {
        switch self {
        case .int(let number): UInt64(exactly: number)
        case .string(let text): UInt64(text)
        default: nil
        }
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// Makes `null`.
    public init(nilLiteral: ()) { self = .null }
    /// Makes a truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Makes an integer.
    public init(integerLiteral value: Int) { self = .int(value) }
    /// Makes a number.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// Makes text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Makes an array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// Makes an object.
    ///
    /// - Precondition: no name occurs twice.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(uniqueKeysWithValues: elements))
    }
}
