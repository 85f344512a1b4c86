/// A dataset and the stages to run on it, each checked, sweeps expanded and inputs before what reads them.
public struct Pipeline: Sendable {
    /// What it is called in records: the last component of the file's name, or the verb that made it.
    package let name: String
    /// The data.
    package let dataset: DatasetSource
    /// The stages; every input comes before the stages that name it.
    package let instances: [StageInstance]
    /// The file it was read from; nil when a verb made it.
    package let file: String?
    /// The line of each stage in the file.
    let stageLines: [String: Int]

    /// Reads a pipeline file.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - overrides: values that take the place of the file's.
    /// - Throws: `PipelineProblems` with every mistake in the file; `CurateError` when it cannot be read, or when an
    ///   override names no place in it.
    package init(path: String, overrides: [PipelineOverride] = []) throws {
        let input = try InputBytes(contentsOf: path)
        try self.init(text: Array(input.bytes), file: path, overrides: overrides)
    }

    /// Reads a pipeline from the text of a file.
    ///
    /// - Parameters:
    ///   - bytes: the text.
    ///   - file: the file's path, against which the paths in it are resolved.
    ///   - overrides: values that take the place of the file's.
    package init(text bytes: [UInt8], file: String, overrides: [PipelineOverride] = []) throws {
        try self.init(text: bytes, file: file, overrides: overrides, kinds: StageKind.all)
    }

    init(text bytes: [UInt8], file: String, overrides: [PipelineOverride], kinds: [StageKind]) throws {
        let document = try JSON5Document(bytes, file: file)
        let value = try overrides.reduce(document.value) { value, override in try override.applied(to: value) }
        var reader = PipelineReader(
            file: file, lines: document.lines, overridden: Set(overrides.map(\.path)), kinds: kinds)
        self = try reader.pipeline(value)
    }

    /// Makes a pipeline of stages that a verb describes.
    ///
    /// - Parameters:
    ///   - name: the verb.
    ///   - dataset: the data.
    ///   - stages: for each stage its name and `{ KIND: { parameter: value } }`, as in a file.
    public init(name: String, dataset: DatasetSource, stages: [String: JSONValue]) throws {
        var reader = PipelineReader(file: name, lines: [:], overridden: [], kinds: StageKind.all)
        self = try reader.pipeline(stages: .object(stages), dataset: dataset)
    }

    init(
        name: String, dataset: DatasetSource, instances: [StageInstance], file: String? = nil,
        stageLines: [String: Int] = [:]
    ) {
        self.name = name
        self.dataset = dataset
        self.instances = instances
        self.file = file
        self.stageLines = stageLines
    }

    /// The pipeline with only some stages and what they need.
    ///
    /// - Parameter names: stages by their name in the file or with the values of a sweep.
    /// - Throws: `CurateError(.usage)` when there is no such stage.
    func instances(needed names: [String]) throws -> [StageInstance] {
        var needed: Set<String> = []
        func add(_ instance: StageInstance) {
            guard needed.insert(instance.label).inserted else { return }
            instance.inputs.forEach { add($0.instance) }
        }
        for name in names { try matching(name).forEach(add) }
        return instances.filter { needed.contains($0.label) }
    }

    /// The instances that a stage's name, or its name with a sweep's values, stands for.
    func matching(_ name: String) throws -> [StageInstance] {
        let found = instances.filter { $0.stage == name || $0.label == name }
        guard found.isEmpty else { return found }
        let names = instances.map(\.stage) + instances.map(\.label)
        let guess = Suggestion.nearest(to: name, among: names)
        var stages: [String] = []
        for instance in instances where !stages.contains(instance.stage) { stages.append(instance.stage) }
        throw CurateError(
            .usage, "there is no stage '\(name)'",
            remedy: guess.map { "did you mean '\($0)'?" } ?? "the stages are \(stages.joined(separator: ", "))")
    }
}
