/// Predicted probabilities of the classes, one row per example; for label errors, from a model that did not train on the
/// example (out of fold), or from clean passes early in training.
package struct ClassProbabilities: Sendable {
    /// The number of rows.
    package let count: Int
    /// The number of classes.
    package let classCount: Int
    private let values: [Float]

    /// How far a row may be from adding up to 1: half precision saves such sums.
    static let tolerance = 1e-2

    /// Takes probabilities in row order.
    ///
    /// - Throws: `badData` naming the first row that is not a distribution.
    /// - Precondition: the values fill whole rows.
    package init(_ values: [Float], classCount: Int, source: String = "probabilities") throws {
        precondition(classCount > 0 && values.count % classCount == 0, "rows of one length")
        self.values = values
        self.classCount = classCount
        count = values.count / classCount
        for row in 0..<count {
            var sum = 0.0
            for label in 0..<classCount {
                let value = values[row * classCount + label]
                guard value >= 0 && value <= 1 else {
                    throw CurateError(
                        .badData, "the probability of class \(label) in row \(row) is \(value)", at: source,
                        remedy: "save probabilities, the softmax of the logits")
                }
                sum += Double(value)
            }
            guard abs(sum - 1) <= Self.tolerance else {
                throw CurateError(
                    .badData, "the probabilities of row \(row) add up to \(DecimalText.fixed(sum, places: 4))",
                    at: source, remedy: "save probabilities, the softmax of the logits")
            }
        }
    }

    /// Reads an `.npy` file of shape (examples, classes).
    package init(path: String) throws {
        let array = try NPYArray(path: path)
        guard array.shape.count == 2, array.shape[1] > 1, array.count > 0 else {
            throw CurateError(
                .badData, "the array has the shape \(NPYHeader.text(array.shape))", at: path,
                remedy: "save one row of probabilities per training example")
        }
        try self.init(array.floats(0..<array.count), classCount: array.shape[1], source: path)
    }

    /// One probability.
    package subscript(row: Int, label: Int) -> Double { Double(values[row * classCount + label]) }

    /// The most probable class of a row, the lowest among equals.
    package func prediction(ofRow row: Int) -> Int {
        var best = 0
        for label in 1..<max(1, classCount) where self[row, label] > self[row, best] { best = label }
        return best
    }

    /// The most probable class of a row beside one.
    func runnerUp(ofRow row: Int, beside given: Int) -> Int {
        var best = given == 0 ? 1 : 0
        for label in 0..<classCount where label != given && self[row, label] > self[row, best] { best = label }
        return best
    }
}
