import Glibc

/// What the values of a feature column look like, counted row by row, and what follows.
struct ColumnTally {
    /// A value that is remembered to be quoted.
    struct Sample {
        let text: String
        /// The number of its file.
        let file: Int
        let line: Int
    }

    /// What is to become of a column.
    enum Verdict {
        /// Every value is a number in this style, or missing.
        case numbers(NumberStyle)
        /// Its values are categories.
        case categories
        /// Numbers that may mean two things, or nearly all numbers: what is wrong, as a phrase.
        case unclear(String, Sample?)
    }

    /// Plain numbers.
    private(set) var numberCount = 0
    /// Values that are neither plain numbers nor missing.
    private(set) var oddCount = 0
    /// Words for missing values that are not missing in every column, and the first of them.
    private(set) var wordCount = 0
    private(set) var words: [Sample] = []
    /// The first of the odd values that are no number in any style.
    private(set) var odds: [Sample] = []
    /// The first of the values in a style that is not plain.
    private(set) var styled: Sample?
    /// Whether the numbers count the rows of each file from 0 or from 1.
    private(set) var areRowNumbers = true
    /// Whether all numbers are whole ones.
    private(set) var areWhole = true

    private var styleCounts = [Int](repeating: 0, count: NumberStyle.allCases.count)
    /// Plain numbers with a decimal point.
    private var pointCount = 0
    /// The first of them.
    private var pointed: Sample?
    private var distinct: Set<Double> = []
    private var previous: (value: Double, file: Int)?

    /// A column of more different numbers is one of measurements, in which a word is a slip and no category.
    private static let mostCategories = 20
    /// The share of numbers from which on a column is one of numbers.
    private static let leastShare = 0.9
    /// The rows in which different numbers are counted.
    private static let countedRows = 1000
    /// The samples of each sort.
    private static let sampleCount = 3

    init() {}

    /// Takes a value that is not missing in every column.
    ///
    /// - Returns: whether it is missing among numbers.
    mutating func add(_ bytes: UnsafeRawBufferPointer, _ sample: () -> Sample) -> Bool {
        if let number = CSVValue.number(bytes) {
            add(number, at: sample)
            if let first = bytes.baseAddress, memchr(first, Int32(UInt8(ascii: ".")), bytes.count) != nil {
                pointCount += 1
                if pointed == nil { pointed = sample() }
            }
            return false
        }
        areRowNumbers = false
        let own = sample()
        if CSVValue.isMissingNumber(own.text) {
            wordCount += 1
            Self.keep(own, in: &words)
            return true
        }
        oddCount += 1
        areWhole = false
        var isNumber = false
        for (place, style) in NumberStyle.allCases.enumerated() where style.number(bytes) != nil {
            styleCounts[place] += 1
            isNumber = true
        }
        if isNumber {
            if styled == nil { styled = own }
        } else {
            Self.keep(own, in: &odds)
        }
        return false
    }

    private mutating func add(_ number: Double, at sample: () -> Sample) {
        numberCount += 1
        if numberCount <= Self.countedRows, distinct.count <= Self.mostCategories { distinct.insert(number) }
        if areWhole, number != number.rounded() { areWhole = false }
        guard areRowNumbers else { return }
        let file = sample().file
        let begins = previous.map { $0.file != file } ?? true
        let follows = previous.map { number == $0.value + 1 } ?? false
        areRowNumbers = follows || (begins && (number == 0 || number == 1))
        previous = (number, file)
    }

    private static func keep(_ sample: Sample, in samples: inout [Sample]) {
        if samples.count < sampleCount, !samples.contains(where: { $0.text == sample.text }) { samples.append(sample) }
    }

    /// What follows from the values.
    var verdict: Verdict {
        if oddCount == 0 { return numberCount > 0 ? .numbers(.plain) : .categories }
        let styles = [NumberStyle.percent, .decimalComma, .grouped]
        let fitting = styles.filter { fitCount($0) == numberCount + oddCount }
        if fitting.count == 1 { return .numbers(fitting[0]) }
        if fitting.count > 1, let styled {
            return .unclear(
                "has commas that may be decimal commas or stand between thousands, as in \(Self.quoted(styled))",
                styled)
        }
        let total = numberCount + oddCount
        let best = max(numberCount, styles.map { fitCount($0) }.max() ?? 0)
        let isMeasured = distinct.count > Self.mostCategories || best > numberCount
        if Double(best) >= Self.leastShare * Double(total), isMeasured {
            let exceptions = odds + [best > numberCount ? pointed : styled].compactMap { $0 }
            let listed = exceptions.map(Self.quoted).joined(separator: ", ")
            return .unclear("has \(best) numbers among \(total) values, and also \(listed)", exceptions.first)
        }
        return .categories
    }

    /// How many of the values are numbers in a style; a plain number is one of percent or decimal commas only when it can be.
    private func fitCount(_ style: NumberStyle) -> Int {
        let own = styleCounts[NumberStyle.allCases.firstIndex(of: style) ?? 0]
        guard own > 0 else { return 0 }
        switch style {
        case .plain, .percent: return own
        case .decimalComma: return own + numberCount - pointCount
        case .grouped: return own + numberCount
        }
    }

    /// A value with its place.
    static func quoted(_ sample: Sample) -> String { "'\(sample.text)' (line \(sample.line))" }

    /// What is said of a column that became numbers although some values do not look so; nil when all do.
    ///
    /// - Parameters:
    ///   - style: the style of the numbers.
    ///   - name: the column as messages call it.
    func note(_ style: NumberStyle, about name: String) -> [String] {
        var notes: [String] = []
        if style != .plain, let styled {
            notes.append("\(name) was read as numbers with \(style.phrase), as in \(Self.quoted(styled))")
        }
        if wordCount > 0 {
            notes.append(
                "\(wordCount) value\(wordCount == 1 ? "" : "s") in \(name) were taken as missing: "
                    + words.map(Self.quoted).joined(separator: ", "))
        }
        return notes
    }
}
