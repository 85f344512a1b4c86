/// Names of classes, from a file beside the data or as digits, and the check of labels against them.
package enum ClassNames {
    /// A label beyond this is a mistake (an id, a measurement), not a class.
    package static let largestClassCount = 1 << 16

    /// The file that names are written to.
    static let fileName = "class_names.txt"

    /// The classes that the texts of labels mean: names in order, and the class of each text.
    ///
    /// Texts that are all numbers are told apart and sorted as numbers, and called by the shortest decimals; others are
    /// sorted bytewise.
    ///
    /// - Parameter texts: the labels, each once or more often.
    static func arranged(_ texts: [String]) -> (names: [String], classes: [Int32]) {
        let values = ValueNames(of: texts)
        let numbers = Dictionary(uniqueKeysWithValues: zip(values.names, values.names.indices.map { Int32($0) }))
        return (values.names, texts.map { numbers[values.name($0)] ?? 0 })
    }

    /// The place of the class that a text means among names: the one that is called so, or by the same number.
    package static func place(of text: String, among names: [String]) -> Int? {
        if let place = names.firstIndex(of: text) { return place }
        guard let number = ExactDecimal(text) else { return nil }
        return names.firstIndex { ExactDecimal($0) == number }
    }

    /// The place of the class that a text means among names that are given: as `place(of:among:)`, else the position
    /// that it says.
    static func givenPlace(of text: String, among names: [String]) -> Int? {
        if let place = place(of: text, among: names) { return place }
        guard let position = ExactDecimal(text).flatMap({ Int($0.text) }) else { return nil }
        return names.indices.contains(position) ? position : nil
    }

    /// Classes that texts say: the names in order, and an index into them for each text.
    ///
    /// - Parameters:
    ///   - texts: the label of each example.
    ///   - given: names from a file; a label is one of them, or the position of one.
    ///   - input: where the labels are, for messages.
    /// - Throws: `CurateError(.badData)` for more different labels than classes can be, or one that is not given.
    static func classes(
        of texts: [String], named given: [String]?, in input: InputBytes
    ) throws -> (names: [String], labels: [Int32]) {
        guard let given else {
            let (names, labels) = arranged(texts)
            guard names.count <= largestClassCount else {
                throw input.badData(
                    "the labels have \(names.count) distinct values",
                    remedy: "name the column of classes with `label`, or save classes as labels")
            }
            return (names, labels)
        }
        var numbers: [String: Int32] = [:]
        for text in Set(texts) {
            guard let number = givenPlace(of: text, among: given) else {
                throw input.badData(
                    "the label '\(text)' is neither a class name nor the position of one",
                    remedy: "add it to class_names.txt, or remove the list")
            }
            numbers[text] = Int32(number)
        }
        return (given, texts.map { numbers[$0] ?? 0 })
    }

    /// The names in `class_names.txt` or `classes.txt` of a directory, one a line; nothing when there is no such file.
    package static func beside(_ listing: DirectoryListing) throws -> [String]? {
        guard let name = [fileName, "classes.txt"].first(where: listing.contains) else { return nil }
        return try lines(of: listing.open(name))
    }

    /// The lines of a file of names; blank lines at its end do not count, and none may be between.
    package static func lines(of input: InputBytes) throws -> [String] {
        guard input.count <= 1 << 24 else { throw input.badData("this is too long for a list of class names") }
        guard let text = String(validating: input.bytes, as: UTF8.self) else {
            throw input.badData("class names must be UTF-8 text", remedy: "convert the file, for instance with iconv")
        }
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { line in
            line.trimmingSpaces()
        }
        while lines.last == "" { lines.removeLast() }
        if let blank = lines.firstIndex(of: "") {
            throw CurateError(
                .badData, "a class name is empty", at: "\(input.path):\(blank + 1)",
                remedy: "write one name on each line")
        }
        guard !lines.isEmpty else { throw input.badData("there are no class names") }
        return lines
    }

    /// The given names, or digits for 0 up to the largest label.
    package static func named(_ names: [String]?, largestLabel: Int32) -> [String] {
        names ?? (0...max(0, largestLabel)).map(String.init)
    }

    /// Checks one label read from `row` of a file and narrows it.
    package static func check(_ label: Int, row: Int, names: [String]?, in input: InputBytes) throws -> Int32 {
        if let names, label >= names.count {
            throw CurateError(
                .badData, "label \(label) at row \(row) is out of range: there are \(names.count) class names",
                at: input.path, remedy: "labels are 0..\(names.count - 1); complete the class names or fix the label")
        }
        guard label >= 0 && label < largestClassCount else {
            throw CurateError(
                .badData, "label \(label) at row \(row) is out of range", at: input.path,
                remedy: "labels are class indices from 0 on, at most \(largestClassCount - 1)")
        }
        return Int32(label)
    }
}

extension StringProtocol {
    /// The text without spaces and tabs at its ends.
    package func trimmingSpaces() -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
        let start = drop(while: isSpace)
        guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(start[...last])
    }
}
