/// How a reader writes parameters: texts of the library name them in back-quotes, and each front end spells them.
///
/// `` `learningRate` `` is a parameter, `` `warmupEpochs: 1` `` a parameter with a value; what else stands in back-quotes is
/// left as it is.
package struct ParameterSpelling: Sendable {
    private let option: @Sendable (String) -> String?
    /// Whether parameters without an option keep their back-quotes, for somebody else to spell.
    private let leavesOthers: Bool

    /// As pipeline files have it: `learningRate`, `warmupEpochs: 1`.
    package static let file = ParameterSpelling(option: { _ in nil }, leavesOthers: false)

    /// As a command line has it: `--learning-rate`, `--warmup-epochs 1`.
    ///
    /// - Parameters:
    ///   - leavingOthers: whether parameters that have no option stay in back-quotes; otherwise they are spelled as in a
    ///     file.
    ///   - option: the name of a parameter's option without dashes; nil for a parameter that has none.
    package static func options(
        leavingOthers: Bool = false, _ option: @escaping @Sendable (String) -> String?
    ) -> ParameterSpelling {
        ParameterSpelling(option: option, leavesOthers: leavingOthers)
    }

    /// A text with every parameter as its reader writes it.
    package func spelled(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "`") {
            let inner = rest.index(after: open)
            guard let close = rest[inner...].firstIndex(of: "`") else { break }
            result += rest[..<open]
            result += setting(rest[inner..<close]) ?? String(rest[open...close])
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    /// An error in the words of the reader.
    package func spelled(_ error: CurateError) -> CurateError {
        CurateError(
            error.kind, spelled(error.message), at: error.location, remedy: error.remedy.map { spelled($0) })
    }

    /// The text of a value as it stands after an option.
    package static func optionText(_ value: JSONValue) -> String {
        if let text = value.stringValue { return text }
        if let elements = value.arrayValue { return elements.map(optionText).joined(separator: ",") }
        return value.compactText
    }

    /// A parameter, or one with a value; nil when it is neither.
    private func setting(_ text: Substring) -> String? {
        let name = text.prefix { $0.isLetter || $0.isNumber }
        let rest = text[name.endIndex...]
        guard name.first?.isLowercase == true, rest.isEmpty || rest.hasPrefix(": ") else { return nil }
        guard let option = option(String(name)) else { return leavesOthers ? nil : String(text) }
        if rest.isEmpty { return "--\(option)" }
        let value = String(rest.dropFirst(2))
        switch value {
        case "true": return "--\(option)"
        case "false": return "--no-\(option)"
        default: return "--\(option) \((try? JSONValue(parsing: value)).map(Self.optionText) ?? value)"
        }
    }
}
