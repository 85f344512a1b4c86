/// How mistakes between training parameters are told: in the words of a pipeline file, or of a command line.
package enum TrainingWords: Sendable {
    /// As parameters of a `train` stage.
    case parameters
    /// As options; the dictionary has the option, without dashes, for each parameter.
    case options([String: String])

    /// The first mistake between the parameters of a `train` stage, as a usage error; nil when there is none.
    ///
    /// - Parameter values: parameters that are each right by themselves.
    package func firstMistake(in values: [String: JSONValue]) -> CurateError? {
        let values = StageValues(values, of: StageKind.train.parameters)
        guard let complaint = TrainWork.complaints(about: values, in: self).first else { return nil }
        let subject = complaint.parameter.map { name($0) + " " } ?? ""
        return CurateError(.usage, subject + complaint.message, remedy: complaint.suggestion)
    }

    /// What a parameter is called.
    func name(_ parameter: String) -> String {
        switch self {
        case .parameters: parameter
        case .options(let names): "--" + (names[parameter] ?? parameter)
        }
    }

    /// How a parameter is given a value.
    func setting(_ parameter: String, _ value: JSONValue) -> String {
        switch self {
        case .parameters: "\(parameter): \(value.compactText)"
        case .options: "\(name(parameter)) \(Self.optionText(value))"
        }
    }

    /// A list of numbers as it is written.
    func list(_ numbers: [Int]) -> String {
        let value = JSONValue.array(numbers.map { .int($0) })
        switch self {
        case .parameters: return value.compactText
        case .options: return Self.optionText(value)
        }
    }

    private static func optionText(_ value: JSONValue) -> String {
        if let text = value.stringValue { return text }
        if let elements = value.arrayValue { return elements.map(optionText).joined(separator: ",") }
        return value.compactText
    }
}
