/// The classes of tables of predictions, and which text means which.
///
/// Labels, predictions and probabilities come from different hands: where all of them are numbers they are compared as
/// numbers, so that `1` and `1.0` are one class.
struct PredictionClasses {
    /// The name of each class, in order.
    let names: [String]
    private let numbers: [String: Int32]

    /// Finds the classes of some tables.
    ///
    /// - Throws: `CurateError(.badData)` when predictions cannot be classes of the labels.
    init(of tables: [PredictionTable]) throws {
        let labels = Set(tables.flatMap(\.labels.texts))
        let predicted = Set(tables.flatMap(\.predictedTexts))
        var named: Set<String> = []
        for case .byClass(let columns) in tables.map(\.columns.probabilities) {
            named.formUnion(columns.map(\.className))
        }
        var texts = labels.union(predicted).union(named)
        let asksForSecond = tables.contains { table in
            if case .ofSecondClass = table.columns.probabilities { true } else { false }
        }
        let values = texts.map(Self.number)
        let areNumbers = !values.contains(nil)
        if asksForSecond, areNumbers, values.allSatisfy({ $0 == 0 || $0 == 1 }) { texts.formUnion(["0", "1"]) }
        try Self.check(labels: labels, predicted: predicted, areNumbers: areNumbers, path: tables[0].path)
        var numbers: [String: Int32] = [:]
        let all = Array(texts)
        let (names, classes) = ClassNames.arranged(all)
        self.names = names
        for (text, number) in zip(all, classes) { numbers[text] = number }
        self.numbers = numbers
        guard names.count <= ClassNames.largestClassCount else {
            throw CurateError(
                .badData, "there are \(names.count) distinct classes", at: tables[0].path,
                remedy: "name the column of classes with `label`, and that of predictions with `predicted`")
        }
    }

    /// The class that a text means.
    ///
    /// - Precondition: it is a text of the tables.
    func number(_ text: String) -> Int32 {
        guard let number = numbers[text] else { preconditionFailure("'\(text)' is no text of the tables") }
        return number
    }

    /// The class of each code of a column.
    func numbers(of column: CSVTextColumn) -> [Int32] {
        let byCode = column.texts.map(number)
        return column.codes.map { byCode[Int($0)] }
    }

    private static func number(_ text: String) -> Double? {
        var text = text
        return text.withUTF8 { CSVValue.number(UnsafeRawBufferPointer($0)) }.map { $0 == 0 ? 0 : $0 }
    }

    private static func check(labels: Set<String>, predicted: Set<String>, areNumbers: Bool, path: String) throws {
        func listed(_ texts: Set<String>) -> String {
            texts.sorted(by: bytewise).prefix(3).joined(separator: ", ") + (texts.count > 3 ? ", ..." : "")
        }
        if areNumbers {
            let (own, others) = (labels.compactMap(number), predicted.compactMap(number))
            if own.allSatisfy({ $0 == $0.rounded() }), let odd = others.first(where: { $0 != $0.rounded() }) {
                throw CurateError(
                    .badData, "the label is a whole number and the prediction is not: \(NumberText.plain(odd))",
                    at: path,
                    remedy: "name the column of predicted classes with `predicted`, and one of probabilities with "
                        + "`probabilities`")
            }
        } else if !predicted.isEmpty, labels.isDisjoint(with: predicted) {
            throw CurateError(
                .badData,
                "no prediction is ever one of the labels: labels are \(listed(labels)), predictions \(listed(predicted))",
                at: path, remedy: "write both as the same names, or both as the same numbers")
        }
    }
}
