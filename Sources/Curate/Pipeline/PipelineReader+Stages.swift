extension PipelineReader {
    /// The instances of the stages in a document, inputs first; incomplete when there are problems.
    mutating func instances(_ value: JSONValue?) throws -> [StageInstance] {
        guard let value else {
            report(["stages"], "is missing", "add stages: { NAME: { train: { ... } } }")
            return []
        }
        guard let members = value.objectValue else {
            report(
                ["stages"], "must be an object, not \(Parameter.shown(value))",
                "write { NAME: { train: { ... } } }")
            return []
        }
        guard members.count <= Self.largestInstanceCount else {
            report(["stages"], "has \(members.count) stages, more than \(Self.largestInstanceCount)", "split the file")
            return []
        }
        if members.isEmpty { report(["stages"], "has no stage", "add one, for instance probe: { train: {} }") }
        let stages = stages(members)
        return expanded(sorted(stages))
    }

    private mutating func stages(_ members: [String: JSONValue]) -> [Stage] {
        var declared: [(name: String, kind: StageKind, value: JSONValue)] = []
        var kindNames: [String: String] = [:]
        let names = members.keys.sorted { a, b in
            let (first, second) = (line(of: a), line(of: b))
            return first != second ? first < second : a.utf8.lexicographicallyPrecedes(b.utf8)
        }
        for name in names {
            let path = ["stages", name]
            if !Self.isName(name) {
                report(path, "is not a name for a stage", "use letters, digits, '-' and '_'")
                broken.insert(name)
            }
            guard let content = members[name]?.objectValue, content.count == 1, let (kindName, value) = content.first
            else {
                let shown = members[name].map { Parameter.shown($0) } ?? ""
                report(
                    path, "must be an object with one key, its kind, not \(shown)", "write \(name): { train: { ... } }")
                broken.insert(name)
                continue
            }
            guard let kind = kinds.first(where: { $0.name == kindName }) else {
                let all = kinds.map(\.name)
                let guess = Suggestion.nearest(to: kindName, among: all)
                report(
                    path + [kindName], "is no kind of stage",
                    guess.map { "did you mean '\($0)'?" } ?? "the kinds are \(all.joined(separator: ", "))")
                broken.insert(name)
                continue
            }
            kindNames[name] = kindName
            declared.append((name, kind, value))
        }
        return declared.compactMap { name, kind, value in
            let path = ["stages", name, kind.name]
            guard let values = parameters(value, kind.parameters, at: path, stages: kindNames) else {
                broken.insert(name)
                return nil
            }
            return Stage(name: name, kind: kind, values: values)
        }
    }

    private func line(of stage: String) -> Int { lines[["stages", stage]] ?? 0 }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.count <= 100
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
    }

    /// The stages with inputs before what reads them, otherwise in the order of the file; reports circles.
    private mutating func sorted(_ stages: [Stage]) -> [Stage] {
        let byName = Dictionary(stages.map { ($0.name, $0) }) { first, _ in first }
        let dependencies = DependencyOrder(stages.map(\.name), needs: byName.mapValues(\.inputNames))
        if let circle = dependencies.circle, let first = circle.first, let stage = byName[first] {
            broken.formUnion(circle)
            report(
                ["stages", first, stage.kind.name], "needs its own result: \(circle.joined(separator: " needs "))",
                "a stage can only name stages that do without it")
        }
        return dependencies.order.compactMap { byName[$0] }
    }

    /// The most instances that sweeps may make together: more is a slip.
    static let largestInstanceCount = 1000

    /// Expands sweeps, and checks each instance.
    private mutating func expanded(_ stages: [Stage]) -> [StageInstance] {
        var byStage: [String: [StageInstance]] = [:]
        var all: [StageInstance] = []
        for stage in stages {
            guard stage.inputNames.allSatisfy({ !broken.contains($0) }) else {
                broken.insert(stage.name)
                continue
            }
            let room = Self.largestInstanceCount - all.count
            guard let expanded = SweepExpansion(stage, inputs: byStage, atMost: room).instances else {
                report(
                    ["stages", stage.name, stage.kind.name],
                    "expands the pipeline to more than \(Self.largestInstanceCount) stages", "sweep over fewer values")
                return all
            }
            let instances = expanded.map { withOwnFiles($0) }
            for instance in instances {
                for complaint in stage.kind.check(instance) {
                    broken.insert(stage.name)
                    report(
                        ["stages", stage.name, stage.kind.name] + [complaint.parameter].compactMap { $0 },
                        complaint.message, complaint.suggestion)
                }
            }
            byStage[stage.name] = instances
            all += instances
        }
        reportSharedFiles(all)
        return all
    }
}

extension PipelineReader.Stage {
    /// The names of the stages it reads from.
    var inputNames: [String] {
        kind.parameters.filter(\.isStage).flatMap { parameter in
            (values[parameter.name] ?? []).flatMap { $0.arrayValue ?? [$0] }.compactMap(\.stringValue)
        }
    }
}

/// The instances of one stage: one per combination of its own sweeps and of the instances of its inputs.
///
/// Two inputs that come from one sweep further up are combined only where they agree on its value.
private struct SweepExpansion {
    private let stage: PipelineReader.Stage
    private let inputs: [String: [StageInstance]]
    private let most: Int

    init(_ stage: PipelineReader.Stage, inputs: [String: [StageInstance]], atMost most: Int) {
        self.stage = stage
        self.inputs = inputs
        self.most = most
    }

    private struct Partial {
        var values: [String: JSONValue] = [:]
        var inputs: [StageInstance.Input] = []
        var coordinates: [StageInstance.Coordinate] = []

        /// Adds coordinates unless one contradicts.
        mutating func add(_ added: [StageInstance.Coordinate]) -> Bool {
            for coordinate in added {
                let same = coordinates.first { $0.stage == coordinate.stage && $0.parameter == coordinate.parameter }
                if let same {
                    guard same.value == coordinate.value else { return false }
                } else {
                    coordinates.append(coordinate)
                }
            }
            return true
        }
    }

    /// The instances in the order of the file's lists, the last parameter varying fastest; nil when there are too many.
    var instances: [StageInstance]? {
        var partials = [Partial()]
        for parameter in stage.kind.parameters {
            guard let values = stage.values[parameter.name] else { continue }
            var next: [Partial] = []
            for partial in partials {
                for value in values {
                    for choice in choices(of: value, parameter) {
                        var extended = partial
                        extended.values[parameter.name] = value
                        for instance in choice {
                            extended.inputs.append(.init(parameter: parameter.name, instance: instance))
                        }
                        let own = StageInstance.Coordinate(stage: stage.name, parameter: parameter.name, value: value)
                        let added = choice.map(\.coordinates) + (values.count > 1 ? [[own]] : [])
                        guard added.allSatisfy({ extended.add($0) }) else { continue }
                        next.append(extended)
                        if next.count > most { return nil }
                    }
                }
            }
            partials = next
        }
        return partials.map { partial in
            StageInstance(
                stage: stage.name, kind: stage.kind,
                values: StageValues(
                    partial.values, of: stage.kind.parameters, preset: stage.kind.preset(partial.values)),
                inputs: partial.inputs, coordinates: partial.coordinates)
        }
    }

    /// The instances a reference stands for, one of each stage it names; nothing once for a value that is none.
    private func choices(of value: JSONValue, _ parameter: Parameter) -> [[StageInstance]] {
        guard parameter.isStage else { return [[]] }
        let names = (value.arrayValue ?? [value]).compactMap(\.stringValue)
        return names.reduce([[]]) { choices, name in
            choices.flatMap { choice in (inputs[name] ?? []).map { choice + [$0] } }
        }
    }
}
