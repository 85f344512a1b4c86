/// What the numbers in the names of a run's files say about its epochs.
///
/// Files are taken for the epochs 1, 2, 3, ... in the order of their numbers. A file that is missing among them shifts
/// nothing that can be seen in the scores, and one that has no number counts as the last epoch.
struct LogitEpochNumbers {
    /// The number of each file; nil when the names do not differ in one number alone.
    private let numbers: [Int]?

    /// Reads the numbers in the names of the files of one run.
    ///
    /// - Parameters:
    ///   - files: the files, in their order.
    ///   - pattern: what found them, for errors.
    /// - Throws: `CurateError` of kind `badData` when some have a number where others have a word.
    init(files: [String], pattern: String) throws {
        let names = files.map { Self.parts($0) }
        var frequencies: [Int: Int] = [:]
        for name in names { frequencies[name.count(where: \.isNumber), default: 0] += 1 }
        guard let usual = frequencies.max(by: { ($0.value, $0.key) < ($1.value, $1.key) }), usual.value > 1,
            usual.key > 0
        else {
            numbers = nil
            return
        }
        if let stray = names.firstIndex(where: { $0.count(where: \.isNumber) < usual.key }) {
            let others = "\(usual.value) other\(usual.value == 1 ? "" : "s")"
            throw CurateError(
                .badData,
                "the file has no number where \(others) of the pattern have that of the epoch, and would count as epoch "
                    + "\(stray + 1) of \(files.count)", at: files[stray],
                remedy: "leave it out with a pattern that wants a digit, such as 'epoch[0-9]*.npy' in place of "
                    + "'\(pattern)'")
        }
        let differing = names[0].indices.filter { place in
            Set(names.map { place < $0.count ? $0[place].text : "" }).count > 1
        }
        guard names.allSatisfy({ $0.count == names[0].count }), differing.count == 1,
            names.allSatisfy({ $0[differing[0]].isNumber })
        else {
            numbers = nil
            return
        }
        let found = names.compactMap { Int($0[differing[0]].text) }
        numbers = found.count == files.count ? found : nil
    }

    /// The numbers that are missing between the first and the last, as ranges; empty when there is none, or when the
    /// names do not tell.
    ///
    /// Files of every tenth epoch lack nothing: the step is the largest that all of the numbers lie on.
    var missing: [ClosedRange<Int>] {
        guard let numbers, numbers.count > 2 else { return [] }
        let steps = zip(numbers, numbers.dropFirst()).map { $1 - $0 }
        guard steps.allSatisfy({ $0 > 0 }) else { return [] }
        let step = steps.reduce(0) { Self.greatestCommonDivisor($0, $1) }
        return zip(numbers, numbers.dropFirst()).compactMap { before, after in
            after - before > step ? before + step...after - step : nil
        }
    }

    /// What is missing, as a sentence without a full stop; nil when nothing is.
    ///
    /// - Parameter pattern: what found the files.
    func remark(pattern: String) -> String? {
        guard let numbers, !missing.isEmpty else { return nil }
        let list = missing.prefix(5).map {
            $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound)"
        }
        let rest = missing.count > 5 ? " and more" : ""
        let single = missing.count == 1 && missing[0].count == 1
        return "\(pattern) has files \(numbers[0]) to \(numbers[numbers.count - 1]) without "
            + "\(list.joined(separator: ", "))\(rest): \(single ? "that epoch is" : "those epochs are") passed over, so "
            + "scores over epochs are of the \(numbers.count) that are there, and epoch \(numbers.count) is the last"
    }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
        b == 0 ? a : greatestCommonDivisor(b, a % b)
    }

    private struct Part: Equatable {
        var isNumber: Bool
        var text: String
    }

    private static func parts(_ name: String) -> [Part] {
        var parts: [Part] = []
        for character in name {
            let isDigit = character.isASCII && character.isNumber
            if parts.last?.isNumber != isDigit { parts.append(Part(isNumber: isDigit, text: "")) }
            parts[parts.count - 1].text.append(character)
        }
        return parts
    }
}
