/// One stage of a pipeline with one value for each parameter: what sweeps expand to.
package final class StageInstance: Sendable {
    /// An instance whose results this one reads.
    struct Input: Sendable {
        /// The parameter that names it.
        let parameter: String
        let instance: StageInstance
    }

    /// A value that a sweep chose, here or in an input.
    struct Coordinate: Sendable, Equatable {
        let stage: String
        let parameter: String
        let value: JSONValue
    }

    /// The stage's name in the file.
    package let stage: String
    /// The name with the values that sweeps chose: `final[keep=0.3]`.
    package let label: String
    /// Its kind.
    package let kind: StageKind
    /// The value of each parameter, with the defaults of those that were not given.
    let values: StageValues
    /// The instances it reads from, in the order of the kind's parameters.
    let inputs: [Input]
    let coordinates: [Coordinate]

    init(stage: String, kind: StageKind, values: StageValues, inputs: [Input], coordinates: [Coordinate]) {
        self.stage = stage
        self.kind = kind
        self.values = values
        self.inputs = inputs
        self.coordinates = coordinates
        label = coordinates.isEmpty ? stage : "\(stage)[\(Self.text(coordinates))]"
    }

    /// The instance that a parameter names.
    ///
    /// - Precondition: the parameter takes a stage and is given.
    func input(_ parameter: String) -> StageInstance {
        guard let input = inputs.first(where: { $0.parameter == parameter }) else {
            preconditionFailure("stage '\(label)' has no input '\(parameter)'")
        }
        return input.instance
    }

    /// The parameter alone where it is the only one of its name, else with its stage.
    private static func text(_ coordinates: [Coordinate]) -> String {
        coordinates.map { coordinate in
            let isUnique = coordinates.count { $0.parameter == coordinate.parameter } == 1
            let name = isUnique ? coordinate.parameter : "\(coordinate.stage).\(coordinate.parameter)"
            return "\(name)=\(coordinate.value.stringValue ?? coordinate.value.compactText)"
        }.joined(separator: ", ")
    }
}

/// The values of a stage's parameters, each checked against its declaration.
struct StageValues: Sendable {
    private let parameters: [Parameter]
    private let given: [String: JSONValue]
    /// What given ones imply for others.
    private let preset: [String: JSONValue]

    init(_ given: [String: JSONValue], of parameters: [Parameter], preset: [String: JSONValue] = [:]) {
        self.parameters = parameters
        self.given = given
        self.preset = preset
    }

    /// The values with another one for a parameter.
    func replacing(_ name: String, with value: JSONValue) -> StageValues {
        StageValues(given.merging([name: value]) { $1 }, of: parameters, preset: preset)
    }

    /// Whether the file gives a parameter.
    func isGiven(_ name: String) -> Bool { given[name] != nil }

    /// The value of a parameter, or its default, or nil.
    ///
    /// - Precondition: the kind declares it.
    subscript(name: String) -> JSONValue? {
        guard let parameter = parameters.first(where: { $0.name == name }) else {
            preconditionFailure("no parameter '\(name)' is declared")
        }
        return given[name] ?? preset[name] ?? parameter.initial
    }

    /// A whole number that is given or has a default.
    func integer(_ name: String) -> Int { required(name, self[name]?.intValue) }

    /// A number that is given or has a default.
    func number(_ name: String) -> Double { required(name, self[name]?.doubleValue) }

    /// A truth value that is given or has a default.
    func truth(_ name: String) -> Bool { required(name, self[name]?.boolValue) }

    /// A text that is given or has a default.
    func text(_ name: String) -> String { required(name, self[name]?.stringValue) }

    /// Numbers; none when absent.
    func numbers(_ name: String) -> [Double] { self[name]?.arrayValue?.compactMap(\.doubleValue) ?? [] }

    /// Texts; none when absent.
    func texts(_ name: String) -> [String] { self[name]?.arrayValue?.compactMap(\.stringValue) ?? [] }

    /// Whole numbers; none when absent.
    func integers(_ name: String) -> [Int] { self[name]?.arrayValue?.compactMap(\.intValue) ?? [] }

    /// What of the values determines a result, with values that the kind decides.
    func identity(deciding decided: [String: JSONValue] = [:]) -> JSONValue {
        var members = decided
        for parameter in parameters where parameter.isIdentity && members[parameter.name] == nil {
            members[parameter.name] = self[parameter.name] ?? .null
        }
        return .object(members)
    }

    private func required<Value>(_ name: String, _ value: Value?) -> Value {
        guard let value else { preconditionFailure("parameter '\(name)' has no value of this type") }
        return value
    }
}
