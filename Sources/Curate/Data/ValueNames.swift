/// What the values of a column are called, and which of their spellings mean the same.
///
/// Where all values are numbers they are compared as numbers, so that `1`, `1.0` and `1e0` are one value, called `1`: a
/// program that meets a missing value writes the whole numbers of that column with a point. Otherwise each text is a value.
struct ValueNames {
    /// Whether all values are numbers.
    let areNumbers: Bool
    /// The distinct names in order: by number when all are numbers, else bytewise.
    let names: [String]
    /// Numbers that were written in several ways, each with its spellings, in the order of the names.
    let respelled: [[String]]
    /// The names of texts that are not their own.
    private let others: [String: String]

    /// Looks at the values of a column.
    ///
    /// - Parameters:
    ///   - texts: the values, each once or more often.
    ///   - unknown: a text that stands for a value that is not known; it stays as it is, and is no number.
    init(of texts: some Sequence<String>, unknown: String? = nil) {
        let distinct = Set(texts)
        let known = distinct.filter { $0 != unknown }
        var numbers: [String: ExactDecimal] = [:]
        for text in known {
            guard let number = ExactDecimal(text) else { break }
            numbers[text] = number
        }
        areNumbers = !known.isEmpty && numbers.count == known.count
        guard areNumbers else {
            (names, respelled, others) = (distinct.sorted(by: bytewise), [], [:])
            return
        }
        let spellings = Dictionary(grouping: numbers.keys) { numbers[$0] }
        let sorted = Set(numbers.values).sorted()
        names = (distinct.count > known.count ? [unknown].compactMap { $0 } : []) + sorted.map(\.text)
        respelled = sorted.compactMap { spellings[$0] }.filter { $0.count > 1 }.map { $0.sorted(by: bytewise) }
        others = numbers.compactMapValues { $0.text }.filter { $0.key != $0.value }
    }

    /// The name of a value.
    ///
    /// - Precondition: it is one of the texts that were looked at.
    func name(_ text: String) -> String { others[text] ?? text }

    /// A sentence about numbers that were written in several ways; nil when none was.
    ///
    /// - Parameter column: the column as messages call it.
    func note(about column: String) -> String? {
        guard let first = respelled.first else { return nil }
        let more = respelled.count > 1 ? ", and \(respelled.count - 1) more" : ""
        let texts = first.prefix(4).map { "'\($0)'" }.joined(separator: " and ")
        return "\(texts) in \(column) are one number and one value\(more)"
    }
}
