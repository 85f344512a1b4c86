/// Why a value does not fit its parameter.
package struct ValueMismatch: Error, Sendable, Equatable {
    /// The predicate: "must be more than 0, not -1".
    package let message: String
    /// What may have been meant.
    package let suggestion: String?

    /// Makes a complaint.
    package init(_ message: String, suggestion: String? = nil) {
        self.message = message
        self.suggestion = suggestion
    }
}

extension Parameter {
    /// The value in the one form in which it is kept and hashed.
    ///
    /// - Parameter stages: the kind of each stage there is, for references.
    package func checked(_ value: JSONValue, stages: [String: String] = [:]) throws(ValueMismatch) -> JSONValue {
        try ValueCheck(parameter: self, whole: value, stages: stages).checked(value, as: type)
    }

    /// What is expected, as it follows "must be".
    package var expectation: String { type.expectation }

    /// A value as an error shows it.
    static func shown(_ value: JSONValue) -> String {
        let text = value.compactText
        return text.count > 60 ? text.prefix(57) + "..." : text
    }
}

extension Parameter.ValueType {
    /// What is expected, as it follows "must be".
    var expectation: String {
        switch self {
        case .integer(let range): Self.words(range)
        case .number(let range): "a number\(range.words.isEmpty ? "" : " \(range.words)")"
        case .boolean: "true or false"
        case .flag: "true"
        case .text: "text"
        case .file(let endings): "a path" + (endings.isEmpty ? "" : " that ends in \(endings.joined(separator: ", "))")
        case .directory, .input: "a path"
        case .word(let words): words.count == 1 ? words[0] : "one of \(words.joined(separator: ", "))"
        case .checked(let placeholder, _, _): placeholder
        case .list(.integer(let range)): "a list of numbers, each " + Self.words(range)
        case .list(.number(let range)): "a list of numbers, each \(range.words)"
        case .list(.word(let words)): "a list of \(words.joined(separator: ", "))"
        case .list(.text): "a list of texts"
        case .list(let element): "a list, each \(element.expectation)"
        case .each(let element): "\(element.expectation), or a list of such"
        case .seed: "a whole number from 0 to \(UInt64.max)"
        case .seeds(let most): "a number of seeds from 1 to \(most), or a list of seeds"
        case .stage(let product): "the name of a stage of kind \(product.kinds.joined(separator: " or "))"
        case .stages(let product):
            "the name of a stage of kind \(product.kinds.joined(separator: " or ")), or a list of such"
        }
    }

    private static func words(_ range: ClosedRange<Int>) -> String {
        range.upperBound == .max
            ? "a whole number of \(range.lowerBound) or more"
            : "a whole number from \(range.lowerBound) to \(range.upperBound)"
    }
}

/// One value on its way through the check of its parameter.
private struct ValueCheck {
    let parameter: Parameter
    /// The whole value, which complaints show.
    let whole: JSONValue
    let stages: [String: String]

    func checked(_ value: JSONValue, as type: Parameter.ValueType) throws(ValueMismatch) -> JSONValue {
        switch type {
        case .integer(let range):
            guard let number = value.intValue, range.contains(number) else { throw mismatch }
            return .int(number)
        case .number(let range):
            guard let number = value.doubleValue, range.contains(number) else { throw mismatch }
            return .double(number)
        case .boolean, .flag:
            guard let truth = value.boolValue else { throw mismatch }
            return .bool(truth)
        case .text: return .string(try text(value))
        case .file(let endings):
            let path = try text(value)
            guard endings.isEmpty || endings.contains(where: path.hasSuffix), !path.utf8.contains(0) else {
                throw mismatch
            }
            return .string(path)
        case .directory, .input:
            let path = try text(value)
            guard !path.utf8.contains(0) else { throw mismatch }
            return .string(path)
        case .word(let words):
            guard let text = value.stringValue, words.contains(text) else { throw mismatch(value, among: words) }
            return .string(text)
        case .checked(_, _, let rule):
            let text = try text(value)
            if let mismatch = rule(text) { throw mismatch }
            return .string(text)
        case .list(let element): return .array(try list(value, of: element))
        case .each(let element):
            guard value.arrayValue != nil else { return .array([try checked(value, as: element)]) }
            return .array(try list(value, of: element))
        case .seed:
            guard let seed = Self.seed(value) else {
                guard case .double(let number) = value, number >= 0x1p63, number <= 0x1p64 else { throw mismatch }
                throw ValueMismatch(
                    "is too large to be a number in JSON without losing digits", suggestion: "write it in quotes")
            }
            return JSONValue(seed)
        case .seeds(let most):
            if let count = value.intValue {
                guard (1...most).contains(count) else { throw mismatch }
                return .int(count)
            }
            let seeds = try list(value, of: .seed)
            guard !seeds.isEmpty, seeds.count <= most else { throw mismatch }
            return .array(seeds)
        case .stage(let product): return .string(try stage(value, kinds: product.kinds))
        case .stages(let product):
            let names = value.arrayValue ?? [value]
            guard !names.isEmpty else { throw mismatch }
            return .array(try list(.array(names), of: .stage(giving: product)))
        }
    }

    /// A seed as files hold it.
    private static func seed(_ value: JSONValue) -> UInt64? {
        if case .string(let text) = value, !text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return nil }
        return value.unsignedValue
    }

    private func text(_ value: JSONValue) throws(ValueMismatch) -> String {
        guard let text = value.stringValue, !text.isEmpty else { throw mismatch }
        return text
    }

    private func list(_ value: JSONValue, of type: Parameter.ValueType) throws(ValueMismatch) -> [JSONValue] {
        guard let elements = value.arrayValue else { throw mismatch }
        var found: [JSONValue] = []
        for element in elements {
            let element = try checked(element, as: type)
            if found.contains(element) {
                throw ValueMismatch("names \(element.compactText) twice", suggestion: "name it once")
            }
            found.append(element)
        }
        return found
    }

    private func stage(_ value: JSONValue, kinds: [String]) throws(ValueMismatch) -> String {
        let candidates = stages.filter { kinds.contains($0.value) }.keys.sorted()
        guard let name = value.stringValue, let kind = stages[name] else {
            throw mismatch(value, among: candidates, or: candidates.isEmpty ? "there is none; add one" : nil)
        }
        guard kinds.contains(kind) else {
            throw ValueMismatch(
                "must name a stage of kind \(kinds.joined(separator: " or ")), and '\(name)' is of kind \(kind)",
                suggestion: candidates.isEmpty ? nil : "there is \(candidates.joined(separator: ", "))")
        }
        return name
    }

    private var mismatch: ValueMismatch { mismatch(whole) }

    private func mismatch(_ value: JSONValue, among words: [String] = [], or other: String? = nil) -> ValueMismatch {
        let guess = value.stringValue.flatMap { Suggestion.nearest(to: $0, among: words) }
        return ValueMismatch(
            "must be \(parameter.expectation), not \(Parameter.shown(value))",
            suggestion: guess.map { "did you mean '\($0)'?" } ?? other)
    }
}
