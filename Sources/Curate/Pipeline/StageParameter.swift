/// One parameter of a stage kind, as data: what it takes, what it is without, and what it is for.
///
/// The same declaration parses and checks a file, gives suggestions, expands sweeps and makes the table in
/// `docs/pipelines.md`.
public struct StageParameter: Sendable {
    /// What a parameter takes.
    public enum ValueType: Sendable {
        /// A whole number.
        case integer(ClosedRange<Int>)
        /// A number.
        case number(NumberRange)
        /// `true` or `false`.
        case boolean
        /// Text that is not empty.
        case text
        /// The path of a file to write, relative to the pipeline file; it never becomes part of a key.
        case file(endings: [String])
        /// The path of a directory to write files into, relative to the pipeline file; it never becomes part of a key.
        case directory
        /// The path of something to read, relative to the pipeline file; what it holds becomes part of the key.
        case input
        /// One of some words.
        case word([String])
        /// Text with a rule of its own.
        case checked(placeholder: String, rule: @Sendable (String) -> ValueMismatch?)
        /// Whole numbers.
        case integers(ClosedRange<Int>)
        /// Numbers.
        case numbers(NumberRange)
        /// Texts.
        case texts
        /// Some of some words, each once.
        case words([String])
        /// A seed: a whole number, or its digits as text beyond what the format can hold.
        case seed
        /// How many seeds, or which.
        case seeds(atMost: Int)
        /// The name of a stage of one of some kinds.
        case stage(kinds: [String])
    }

    /// The name, as files spell it.
    public let name: String
    /// What it takes.
    public let type: ValueType
    /// What it is when absent; nil when there is nothing or the kind decides.
    public let initial: JSONValue?
    /// What is done when it is absent and `initial` does not say it.
    public let absent: String?
    /// Whether it must be given.
    public let isRequired: Bool
    /// What it is for, one or more sentences.
    public let help: String
    /// Names people know from elsewhere: not accepted, but answered with this one.
    public let knownElsewhereAs: [String]

    /// Declares a parameter.
    public init(
        _ name: String, _ type: ValueType, default initial: JSONValue? = nil, absent: String? = nil,
        isRequired: Bool = false, help: String, knownElsewhereAs: [String] = []
    ) {
        self.name = name
        self.type = type
        self.initial = initial
        self.absent = absent
        self.isRequired = isRequired
        self.help = help
        self.knownElsewhereAs = knownElsewhereAs
    }

    /// Whether it names another stage.
    public var isStage: Bool {
        if case .stage = type { return true }
        return false
    }

    /// Whether it is a path.
    public var isPath: Bool {
        switch type {
        case .file, .directory, .input: true
        default: false
        }
    }

    /// Whether it is the path of something that is written.
    public var isOutput: Bool {
        if case .input = type { return false }
        return isPath
    }

    /// Whether it is the path of a directory that is written into.
    public var isDirectory: Bool {
        if case .directory = type { return true }
        return false
    }

    /// Whether its value is part of what determines the result.
    public var isIdentity: Bool { !isPath && !isStage }

    /// Whether one value of it is a list.
    public var takesList: Bool {
        switch type {
        case .integers, .numbers, .texts, .words, .seeds: true
        default: false
        }
    }
}

/// Why a value does not fit its parameter.
public struct ValueMismatch: Error, Sendable, Equatable {
    /// The predicate: "must be more than 0, not -1".
    public let message: String
    /// What may have been meant.
    public let suggestion: String?

    /// Makes a complaint.
    public init(_ message: String, suggestion: String? = nil) {
        self.message = message
        self.suggestion = suggestion
    }
}

extension StageParameter {
    /// The value in the one form in which it is kept and hashed.
    ///
    /// - Parameter stages: the kind of each stage there is, for references.
    public func checked(_ value: JSONValue, stages: [String: String] = [:]) throws(ValueMismatch) -> JSONValue {
        switch type {
        case .integer(let range):
            guard let number = value.intValue, range.contains(number) else { throw mismatch(value) }
            return .int(number)
        case .number(let range):
            guard let number = value.doubleValue, range.contains(number) else { throw mismatch(value) }
            return .double(number)
        case .boolean:
            guard let truth = value.boolValue else { throw mismatch(value) }
            return .bool(truth)
        case .text: return .string(try text(value))
        case .file(let endings):
            let path = try text(value)
            guard endings.isEmpty || endings.contains(where: path.hasSuffix), !path.utf8.contains(0) else {
                throw mismatch(value)
            }
            return .string(path)
        case .directory, .input:
            let path = try text(value)
            guard !path.utf8.contains(0) else { throw mismatch(value) }
            return .string(path)
        case .word(let words): return .string(try word(value, among: words))
        case .checked(_, let rule):
            let text = try text(value)
            if let mismatch = rule(text) { throw mismatch }
            return .string(text)
        case .integers(let range):
            return .array(
                try list(value) { element throws(ValueMismatch) in
                    guard let number = element.intValue, range.contains(number) else { throw mismatch(value) }
                    return .int(number)
                })
        case .numbers(let range):
            return .array(
                try list(value) { element throws(ValueMismatch) in
                    guard let number = element.doubleValue, range.contains(number) else { throw mismatch(value) }
                    return .double(number)
                })
        case .texts: return .array(try list(value) { element throws(ValueMismatch) in .string(try text(element)) })
        case .words(let words):
            return .array(
                try list(value) { element throws(ValueMismatch) in .string(try word(element, among: words)) })
        case .seed:
            guard let seed = Self.seed(value) else { throw mismatch(value) }
            return JSONValue(seed)
        case .seeds(let most):
            if let count = value.intValue {
                guard (1...most).contains(count) else { throw mismatch(value) }
                return .int(count)
            }
            let seeds = try list(value) { element throws(ValueMismatch) in
                guard let seed = Self.seed(element) else { throw mismatch(value) }
                return JSONValue(seed)
            }
            guard !seeds.isEmpty, seeds.count <= most else { throw mismatch(value) }
            return .array(seeds)
        case .stage(let kinds): return .string(try stage(value, kinds: kinds, among: stages))
        }
    }

    /// A seed as files hold it.
    private static func seed(_ value: JSONValue) -> UInt64? {
        if case .string(let text) = value, !text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return nil }
        return value.unsignedValue
    }

    private func text(_ value: JSONValue) throws(ValueMismatch) -> String {
        guard let text = value.stringValue, !text.isEmpty else { throw mismatch(value) }
        return text
    }

    private func word(_ value: JSONValue, among words: [String]) throws(ValueMismatch) -> String {
        guard let text = value.stringValue, words.contains(text) else { throw mismatch(value, among: words) }
        return text
    }

    private func list(
        _ value: JSONValue, _ element: (JSONValue) throws(ValueMismatch) -> JSONValue
    ) throws(ValueMismatch) -> [JSONValue] {
        guard let elements = value.arrayValue else { throw mismatch(value) }
        var checked: [JSONValue] = []
        for value in elements {
            let value = try element(value)
            if checked.contains(value) { throw ValueMismatch("names \(value.compactText) twice") }
            checked.append(value)
        }
        return checked
    }

    private func stage(
        _ value: JSONValue, kinds: [String], among stages: [String: String]
    ) throws(ValueMismatch) -> String {
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

    private func mismatch(_ value: JSONValue, among words: [String] = [], or other: String? = nil) -> ValueMismatch {
        let guess = value.stringValue.flatMap { Suggestion.nearest(to: $0, among: words) }
        return ValueMismatch(
            "must be \(expectation), not \(Self.shown(value))",
            suggestion: guess.map { "did you mean '\($0)'?" } ?? other)
    }

    /// What is expected, as it follows "must be".
    public var expectation: String {
        switch type {
        case .integer(let range): Self.words(range, one: "a whole number")
        case .number(let range): "a number \(range.words)"
        case .boolean: "true or false"
        case .text: "text"
        case .file(let endings): "a path" + (endings.isEmpty ? "" : " that ends in \(endings.joined(separator: ", "))")
        case .directory, .input: "a path"
        case .word(let words): "one of \(words.joined(separator: ", "))"
        case .checked(let placeholder, _): placeholder
        case .integers(let range): "a list of numbers, each " + Self.words(range, one: "a whole number")
        case .numbers(let range): "a list of numbers, each \(range.words)"
        case .texts: "a list of texts"
        case .words(let words): "a list of \(words.joined(separator: ", "))"
        case .seed: "a whole number from 0 to \(UInt64.max)"
        case .seeds(let most): "a number of seeds from 1 to \(most), or a list of seeds"
        case .stage(let kinds): "the name of a stage of kind \(kinds.joined(separator: " or "))"
        }
    }

    private static func words(_ range: ClosedRange<Int>, one: String) -> String {
        range.upperBound == .max
            ? "\(one) of \(range.lowerBound) or more" : "\(one) from \(range.lowerBound) to \(range.upperBound)"
    }

    /// A value as an error shows it.
    static func shown(_ value: JSONValue) -> String {
        let text = value.compactText
        return text.count > 60 ? text.prefix(57) + "..." : text
    }
}
