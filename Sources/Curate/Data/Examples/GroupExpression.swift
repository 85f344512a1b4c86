import Foundation

/// A condition on the attributes of an example: `age >= 65 and not (sex == Male or race == "Other")`.
///
/// A comparison has a column on its left and a value on its right. With a number on its right it compares numbers, and
/// holds for no example whose value is no number; otherwise it compares text, and only `==` and `!=` are known.
package indirect enum GroupExpression: Sendable, Equatable {
    /// How a value compares with another.
    package enum Comparison: String, Sendable, CaseIterable {
        case equal = "=="
        case unequal = "!="
        case atMost = "<="
        case atLeast = ">="
        case below = "<"
        case above = ">"
    }

    /// A column's value compared with a text.
    case text(column: String, isEqual: Bool, String)
    /// A column's value compared with a number.
    case number(column: String, Comparison, Double)
    case and(GroupExpression, GroupExpression)
    case or(GroupExpression, GroupExpression)
    case not(GroupExpression)

    /// The columns that it reads, as often as they stand in it.
    var columns: [String] {
        switch self {
        case .text(let column, _, _), .number(let column, _, _): [column]
        case .and(let a, let b), .or(let a, let b): a.columns + b.columns
        case .not(let a): a.columns
        }
    }

    /// Throws when it compares with a value that its column does not have: a slip that would be a group of nobody.
    ///
    /// - Parameters:
    ///   - columns: its columns.
    ///   - name: what the group is called.
    func check(against columns: [GroupColumn], of name: String) throws {
        switch self {
        case .and(let a, let b), .or(let a, let b):
            try a.check(against: columns, of: name)
            try b.check(against: columns, of: name)
        case .not(let a): try a.check(against: columns, of: name)
        case .text(let column, _, let value):
            guard let values = columns.first(where: { $0.name == column })?.valueNames,
                ClassNames.place(of: value, among: values) == nil
            else {
                return
            }
            let listed = values.prefix(10).map { "'\($0)'" }.joined(separator: ", ")
            throw CurateError(
                .usage, "the group '\(name)' asks for '\(value)', which column '\(column)' does not hold",
                remedy: Suggestion.nearest(to: value, among: values).map { "did you mean '\($0)'?" }
                    ?? "it holds \(listed)\(values.count > 10 ? " and \(values.count - 10) more values" : "")")
        case .number(let column, _, _):
            guard let values = columns.first(where: { $0.name == column })?.valueNames, !values.isEmpty,
                !values.contains(where: { Self.number($0) != nil })
            else { return }
            throw CurateError(
                .usage, "the group '\(name)' compares column '\(column)' with a number, and it holds none",
                remedy: "compare it with a value: it holds "
                    + values.prefix(10).map { "'\($0)'" }.joined(separator: ", "))
        }
    }

    private static func number(_ text: String) -> Double? {
        Double(text.trimmingCharacters(in: .whitespaces)).flatMap { $0.isNaN ? nil : $0 }
    }

    /// Tells for which examples it holds.
    ///
    /// - Parameter columns: its columns by their names.
    func bound(to columns: [String: GroupColumn]) -> (_ example: Int) -> Bool {
        /// A comparison decides once for each value of the column.
        func each(_ name: String, _ holds: (String) -> Bool) -> (Int) -> Bool {
            guard let column = columns[name] else { preconditionFailure("column '\(name)' was not bound") }
            let answers = column.valueNames.map(holds)
            return { answers[Int(column.values[$0])] }
        }
        switch self {
        case .text(let name, let isEqual, let text):
            let names = columns[name]?.valueNames ?? []
            let wanted = ClassNames.place(of: text, among: names).map { names[$0] }
            return each(name) { ($0 == wanted) == isEqual }
        case .number(let name, let comparison, let number):
            return each(name) { text in
                guard let value = Self.number(text) else { return false }
                return switch comparison {
                case .equal: value == number
                case .unequal: value != number
                case .atMost: value <= number
                case .atLeast: value >= number
                case .below: value < number
                case .above: value > number
                }
            }
        case .and(let a, let b):
            let (first, second) = (a.bound(to: columns), b.bound(to: columns))
            return { first($0) && second($0) }
        case .or(let a, let b):
            let (first, second) = (a.bound(to: columns), b.bound(to: columns))
            return { first($0) || second($0) }
        case .not(let a):
            let inner = a.bound(to: columns)
            return { !inner($0) }
        }
    }
}

extension GroupExpression {
    /// Reads definitions of groups from their text.
    struct Reader {
        private let text: [Character]
        private var position = 0
        private var depth = 0
        /// Parentheses deeper than this are a mistake, and would exhaust the stack.
        private static let deepest = 64

        init(_ text: String) { self.text = Array(text) }

        /// An error that shows the place.
        func failure(_ message: String) -> CurateError {
            let rest = String(text[position...].prefix(20))
            return CurateError(
                .usage,
                "the group '\(String(text))' cannot be read at \(rest.isEmpty ? "its end" : "'\(rest)'"): \(message)",
                remedy:
                    "write a column, a product like place*label, or a condition like 'senior: age >= 65 and sex == F'")
        }

        private mutating func skipSpaces() {
            while position < text.count, text[position].isWhitespace { position += 1 }
        }

        /// Takes a sign if it is next.
        mutating func take(_ sign: String) -> Bool {
            skipSpaces()
            guard text[position...].starts(with: sign) else { return false }
            position += sign.count
            return true
        }

        private static func isInWord(_ character: Character) -> Bool {
            character.isLetter || character.isNumber || "_-.+/?&%$#@'".contains(character)
        }

        private static let words: Set<String> = ["and", "or", "not"]

        /// Takes `and`, `or` or `not` if it is next.
        private mutating func take(word: String) -> Bool {
            skipSpaces()
            let end = position + word.count
            guard text[position...].starts(with: word), end == text.count || !Self.isInWord(text[end]) else {
                return false
            }
            position = end
            return true
        }

        /// The name or value that is next: a quoted text, or words with spaces between them.
        mutating func name(_ what: String) throws -> String { try item(what).text }

        private mutating func item(_ what: String) throws -> (text: String, isQuoted: Bool) {
            skipSpaces()
            if position < text.count, text[position] == "\"" {
                guard let end = text[(position + 1)...].firstIndex(of: "\"") else {
                    throw failure("a quote is not closed")
                }
                let quoted = String(text[(position + 1)..<end])
                guard !quoted.isEmpty else { throw failure("\(what) is empty") }
                position = end + 1
                return (quoted, true)
            }
            var parts: [String] = []
            while true {
                skipSpaces()
                let start = position
                while position < text.count, Self.isInWord(text[position]) { position += 1 }
                let word = String(text[start..<position])
                if word.isEmpty || Self.words.contains(word) {
                    position = start
                    break
                }
                parts.append(word)
            }
            guard !parts.isEmpty else { throw failure("\(what) is expected") }
            return (parts.joined(separator: " "), false)
        }

        /// Throws unless everything was read.
        mutating func checkEnd() throws {
            skipSpaces()
            if position < text.count { throw failure("this does not belong to it") }
        }

        /// An expression: `and` binds closer than `or`.
        mutating func expression() throws -> GroupExpression {
            depth += 1
            defer { depth -= 1 }
            guard depth <= Self.deepest else { throw failure("it is nested too deeply") }
            var result = try conjunction()
            while take(word: "or") { result = .or(result, try conjunction()) }
            return result
        }

        private mutating func conjunction() throws -> GroupExpression {
            var result = try term()
            while take(word: "and") { result = .and(result, try term()) }
            return result
        }

        private mutating func term() throws -> GroupExpression {
            var isNegated = false
            while take(word: "not") { isNegated.toggle() }
            let inner: GroupExpression
            if take("(") {
                inner = try expression()
                guard take(")") else { throw failure("a parenthesis is not closed") }
            } else {
                inner = try comparison()
            }
            return isNegated ? .not(inner) : inner
        }

        private mutating func comparison() throws -> GroupExpression {
            let column = try name("a column")
            guard let comparison = try sign() else { throw failure("a comparison like >= or == is expected") }
            let value = try item("a value")
            if !value.isQuoted, let number = Double(value.text), number.isFinite {
                return .number(column: column, comparison, number)
            }
            guard comparison == .equal || comparison == .unequal else {
                throw failure("\(comparison.rawValue) compares numbers, and '\(value.text)' is none")
            }
            return .text(column: column, isEqual: comparison == .equal, value.text)
        }

        private mutating func sign() throws -> Comparison? {
            for comparison in Comparison.allCases where take(comparison.rawValue) { return comparison }
            return take("=") ? .equal : nil
        }
    }
}
