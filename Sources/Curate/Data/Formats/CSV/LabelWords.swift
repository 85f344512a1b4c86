/// Which of the words that usually mean that a value is not known are classes in a column of labels.
///
/// `NA` is North America, Namibia or sodium as well. A word in quotes was written as a text, and is a class unless the
/// column quotes its numbers too. Without quotes, `NA`, `NaN` and `null` are classes when they are as frequent as classes
/// are: half the median of the other classes at least, and not among numbers. An empty field is never one.
struct LabelWords {
    /// A word as it stands in the table.
    struct Word: Hashable {
        let text: String
        let isQuoted: Bool
    }

    private var words: [Word: Int] = [:]
    private var others: [String: Int] = [:]
    private var hasUnquotedOthers = false
    /// Fields that are empty.
    private(set) var emptyCount = 0
    /// The words that are classes, once all labels were taken.
    private var classes: Set<Word> = []

    /// The least rows of a word without quotes that is a class.
    private static let leastCount = 2

    init() {}

    /// Takes one label, or as many equal ones.
    mutating func add(_ text: String, isQuoted: Bool, isMissing: Bool, count: Int = 1) {
        if text.isEmpty {
            emptyCount += count
        } else if isMissing {
            words[Word(text: text, isQuoted: isQuoted), default: 0] += count
        } else {
            others[text, default: 0] += count
            if !isQuoted { hasUnquotedOthers = true }
        }
    }

    /// Decides, after the last label.
    mutating func finish() {
        guard !words.isEmpty else { return }
        let areNumbers = !others.isEmpty && ValueNames(of: others.keys).areNumbers
        let counts = others.values.sorted()
        for (word, count) in words {
            let isMeant = word.isQuoted && (!areNumbers || hasUnquotedOthers)
            let isFrequent =
                !areNumbers && word.text != "?" && count >= Self.leastCount && !counts.isEmpty
                && count * 2 >= counts[counts.count / 2]
            if isMeant || isFrequent { classes.insert(word) }
        }
    }

    /// Whether a word is a class.
    func isClass(_ word: Word) -> Bool { classes.contains(word) }

    /// The words that are no classes, with their rows, sorted bytewise.
    private var missing: [(text: String, count: Int)] {
        var found: [String: Int] = [:]
        for (word, count) in words where !isClass(word) { found[word.text, default: 0] += count }
        return found.sorted { bytewise($0.key, $1.key) }.map { ($0.key, $0.value) }
    }

    /// The rows without a label.
    var missingCount: Int { emptyCount + missing.reduce(0) { $0 + $1.count } }

    /// What is said of a row whose label is missing: "the row has no label: 'NA' is read as missing, in 3 of 60 rows".
    ///
    /// - Parameter text: what stands in the row.
    func complaint(about text: String) -> String {
        let total = emptyCount + words.values.reduce(0, +) + others.values.reduce(0, +)
        let what = text.isEmpty ? "the field is empty" : "'\(text)' is read as missing"
        let count = missing.first { $0.text == text }?.count ?? emptyCount
        return "the row has no label: \(what), in \(count) of \(total) rows"
    }

    /// What is to be done about it; leaving rows out is only said where few are without a label.
    func remedy(canDrop: Bool) -> String {
        let quote = "if it is a class, write it in quotes"
        return canDrop ? "label it, or leave such rows out with `dropUnlabelled`; \(quote)" : "label it; \(quote)"
    }

    /// What was decided, as sentences.
    ///
    /// - Parameter column: the column as messages call it.
    func notes(about column: String) -> [String] {
        var notes: [String] = []
        let classes = words.filter { isClass($0.key) && !$0.key.isQuoted }.sorted { bytewise($0.key.text, $1.key.text) }
        for (word, count) in classes {
            notes.append(
                "'\(word.text)' in \(column) is a class, being as frequent (\(count) rows) as others; where it means that "
                    + "there is no label, leave the field empty")
        }
        let listed = missing.map { "'\($0.text)' (\($0.count))" }
        if !listed.isEmpty { notes.append("read as missing in \(column): \(listed.joined(separator: ", "))") }
        return notes
    }
}

extension LabelWords {
    /// The words in the column of labels of a table.
    init(of table: CSVTable) throws {
        self.init()
        try table.forEachRow { row in
            add(
                row.text(table.label), isQuoted: row.fields[table.label].isQuoted,
                isMissing: row.isMissing(table.label))
        }
        finish()
    }
}
