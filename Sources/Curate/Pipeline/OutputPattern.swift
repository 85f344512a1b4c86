/// The path of something a stage writes, in which `{keep}` stands for the value of a parameter.
///
/// It gives every instance of a swept stage a file of its own: `half-{keep}` is `half-0.3` and `half-0.5`.
struct OutputPattern {
    /// A name in braces that stands for nothing.
    struct UnknownName: Error {
        let name: String
        /// The names that stand for something.
        let known: [String]
    }

    private let text: String

    init(_ text: String) { self.text = text }

    /// The patterns in the value of an output: one, or a list of them.
    static func texts(_ value: JSONValue) -> [String] { (value.arrayValue ?? [value]).compactMap(\.stringValue) }

    /// The path for one instance.
    ///
    /// Slashes in values become hyphens, so that a value never leads to another directory.
    func path(for instance: StageInstance) throws(UnknownName) -> String {
        guard text.contains("{") else { return text }
        let values = Self.values(of: instance)
        var path = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let name = String(rest[rest.index(after: open)..<close])
            guard let value = values[name] else { throw UnknownName(name: name, known: values.keys.sorted()) }
            path += rest[..<open] + value.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "-")
            rest = rest[rest.index(after: close)...]
        }
        return path + rest
    }

    /// What each name stands for: the stage's own parameters that are one value, and what was swept here or in an input,
    /// by its parameter or as STAGE.PARAMETER.
    private static func values(of instance: StageInstance) -> [String: String] {
        var values: [String: String] = [:]
        for parameter in instance.kind.parameters where !parameter.isOutput && !parameter.takesList {
            values[parameter.name] = instance.values[parameter.name].map(text)
        }
        for coordinate in instance.coordinates {
            values["\(coordinate.stage).\(coordinate.parameter)"] = text(coordinate.value)
            // A parameter of the stage's own goes before one further up; of two further up neither does.
            let isOwn = coordinate.stage == instance.stage
            let isUnique = instance.coordinates.count { $0.parameter == coordinate.parameter } == 1
            if isOwn || (isUnique && values[coordinate.parameter] == nil) {
                values[coordinate.parameter] = text(coordinate.value)
            }
        }
        return values
    }

    private static func text(_ value: JSONValue) -> String { value.stringValue ?? value.compactText }
}

extension PipelineReader {
    /// The instance with the paths it writes to: names in braces filled in, and then resolved as all paths of a file are.
    mutating func withOwnFiles(_ instance: StageInstance) -> StageInstance {
        var values = instance.values
        for parameter in instance.kind.parameters where parameter.isOutput {
            guard let value = values[parameter.name] else { continue }
            let place = ["stages", instance.stage, instance.kind.name, parameter.name]
            do throws(OutputPattern.UnknownName) {
                let paths = try OutputPattern.texts(value).map { pattern throws(OutputPattern.UnknownName) in
                    JSONValue.string(resolved(try OutputPattern(pattern).path(for: instance), at: place))
                }
                values = values.replacing(
                    parameter.name, with: value.arrayValue == nil ? paths[0] : .array(paths))
            } catch {
                broken.insert(instance.stage)
                let guess = Suggestion.nearest(to: error.name, among: error.known)
                report(
                    place, "has {\(error.name)}, which is no value of '\(instance.stage)'",
                    guess.map { "did you mean {\($0)}?" }
                        ?? "there is \(error.known.map { "{\($0)}" }.joined(separator: ", "))")
            }
        }
        return StageInstance(
            stage: instance.stage, kind: instance.kind, values: values, inputs: instance.inputs,
            coordinates: instance.coordinates)
    }

    /// Two stages that keep one file would take turns overwriting it.
    mutating func reportSharedFiles(_ instances: [StageInstance]) {
        var writers: [String: StageInstance] = [:]
        for instance in instances where !broken.contains(instance.stage) {
            for parameter in instance.kind.parameters where parameter.isOutput {
                for file in instance.values[parameter.name].map(OutputPattern.texts) ?? [] {
                    guard let other = writers.updateValue(instance, forKey: file) else { continue }
                    let difference = instance.coordinates.first { !other.coordinates.contains($0) }
                    let name = difference.map { coordinate in
                        let isUnique = instance.coordinates.count { $0.parameter == coordinate.parameter } == 1
                        return isUnique ? coordinate.parameter : "\(coordinate.stage).\(coordinate.parameter)"
                    }
                    let isSweep = other.stage == instance.stage
                    report(
                        ["stages", instance.stage, instance.kind.name, parameter.name],
                        "is written by both '\(other.label)' and '\(instance.label)'",
                        isSweep && name != nil
                            ? "put {\(name ?? "")} into it, which stands for the value"
                            : "give each \(parameter.isDirectory ? "a directory" : "a file") of its own")
                }
            }
        }
    }
}
