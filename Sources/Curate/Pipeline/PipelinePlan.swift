import Models

/// What running a pipeline would do, and why.
package struct PipelinePlan {
    /// One stage of a plan.
    package struct Stage {
        /// The stage's name, with the values of sweeps.
        package let label: String
        /// The name of its kind.
        package let kind: String
        /// The key of its result; nil while what it is made from has to be made first.
        package let key: ArtifactKey?
        /// Whether the store has what the key names.
        package let isInStore: Bool
        /// Whether its result is in the store.
        package let isCached: Bool
        /// Why it would run, as phrases: "new", "parameter learningRate 0.1 -> 0.05"; empty for a cached stage.
        package let reasons: [String]
        /// The seconds it would take, judged by what the store remembers; nil when it remembers nothing, 0 when cached.
        package let estimate: Double?
        /// The seconds that what is in the store saves.
        package let savedSeconds: Double
        /// The names of the stages it reads from.
        package let inputs: [String]

        let instance: StageInstance
        let work: any StageWork
        /// Whether its result is thrown away first.
        let isForced: Bool

        /// The files it keeps besides the store.
        package var files: [String] { work.files }

        /// The parameters that determine its result, defaults filled in.
        package var parameters: JSONValue { work.parameters }
    }

    /// The pipeline.
    package let pipeline: Pipeline
    /// What is known of the dataset.
    package let facts: DatasetFacts
    /// The stages, inputs first.
    package let stages: [Stage]

    /// The recipe of a `train` stage, but for the split that is trained on; nil when there is no such stage.
    package func recipe(of label: String) -> Recipe? {
        (stages.first { $0.label == label }?.work as? TrainWork)?.recipe
    }

    /// The seconds all that would run takes; nil when that of some stage is not known.
    package var estimate: Double? {
        let parts = stages.map(\.estimate)
        return parts.contains { $0 == nil } ? nil : parts.compactMap { $0 }.reduce(0, +)
    }

    /// The seconds that what is in the store saves.
    package var savedSeconds: Double { stages.reduce(0) { $0 + $1.savedSeconds } }

    /// The resolved pipeline: the dataset and each stage with all its parameters, as run records keep it.
    package var resolved: JSONValue {
        var described: [String: JSONValue] = [:]
        for stage in stages {
            var members = stage.parameters.objectValue ?? [:]
            for (name, inputs) in Dictionary(grouping: stage.instance.inputs, by: \.parameter) {
                let labels = inputs.map { JSONValue.string($0.instance.label) }
                members[name] = labels.count == 1 ? labels[0] : .array(labels)
            }
            described[stage.label] = .object([stage.kind: .object(members)])
        }
        return [
            "dataset": ["path": .string(pipeline.dataset.path), "facts": facts.json], "stages": .object(described),
        ]
    }
}

extension PipelinePlan {
    /// Plans a pipeline.
    ///
    /// - Parameters:
    ///   - pipeline: the pipeline.
    ///   - facts: what is known of its dataset.
    ///   - store: where results are; nil when there is none yet.
    ///   - only: the stages to run, with what they need; all of them when empty.
    ///   - rerun: the stages to run although they are cached.
    ///   - numericProfile: what of this machine, build and choice of kernels the results depend on.
    /// - Throws: `PipelineProblems` when stages do not fit the dataset; `CurateError`.
    package init(
        _ pipeline: Pipeline, on facts: DatasetFacts, store: Store?, only: [String] = [], rerun: [String] = [],
        numericProfile: String = NumericProfile.current()
    ) throws {
        let chosen = Set((only.isEmpty ? pipeline.instances : try pipeline.instances(needed: only)).map(\.label))
        let forced = Set(try rerun.flatMap { try pipeline.matching($0) }.map(\.label))
        if let stray = forced.subtracting(chosen).sorted().first {
            throw CurateError(
                .usage, "'\(stray)' is to run again, but it is not among the stages that run",
                remedy: "name it among the only ones too, or leave it out")
        }
        // What any stage of the file will need is taken now, so that running the rest later trains nothing again.
        let demands = Self.demands(of: pipeline.instances)
        var works: [String: any StageWork] = [:]
        var problems: [PipelineProblem] = []
        var counted: Set<ArtifactKey> = []
        var stages: [Stage] = []
        for instance in pipeline.instances {
            let inputs = instance.inputs.compactMap { works[$0.instance.label] }
            guard inputs.count == instance.inputs.count else { continue }
            let work: any StageWork
            do {
                work = try instance.kind.prepare(
                    StageSetting(
                        instance: instance, facts: facts, numericProfile: numericProfile,
                        demand: demands[instance.label] ?? RunDemand(), inputs: inputs))
            } catch let error as CurateError {
                // A verb has no file to point into; its words are the error's own.
                guard pipeline.file != nil else { throw error }
                problems.append(
                    PipelineProblem(
                        path: "stages.\(instance.stage).\(instance.kind.name)",
                        line: pipeline.stageLines[instance.stage],
                        message: "cannot run: " + (error.location.map { "\($0): " } ?? "") + error.message,
                        suggestion: error.remedy))
                continue
            }
            works[instance.label] = work
            guard chosen.contains(instance.label) else { continue }
            stages.append(
                try Self.stage(
                    instance, work, works: works, store: store, isForced: forced.contains(instance.label),
                    counted: &counted))
        }
        guard problems.isEmpty else {
            throw PipelineProblems(file: pipeline.file ?? pipeline.name, problems: problems)
        }
        self.pipeline = pipeline
        self.facts = facts
        self.stages = stages
    }

    private static func demands(of instances: [StageInstance]) -> [String: RunDemand] {
        var demands: [String: RunDemand] = [:]
        for instance in instances {
            for input in instance.inputs {
                demands[input.instance.label, default: RunDemand()].formUnion(
                    instance.kind.demand(input.parameter, instance))
            }
        }
        return demands
    }

    private static func stage(
        _ instance: StageInstance, _ work: any StageWork, works: [String: any StageWork], store: Store?,
        isForced: Bool, counted: inout Set<ArtifactKey>
    ) throws -> Stage {
        let identity = try work.identity(in: store)
        let history = try store?.stageRuns(stage: instance.label, kind: identity.artifact.kind) ?? []
        let standing = try store.map { try work.standing(in: $0) }
        let isCached = !isForced && standing?.isComplete == true
        var saved = 0.0
        if !isForced, let standing {
            for (key, seconds) in standing.cost where counted.insert(key).inserted { saved += seconds }
            if isCached, standing.cost.isEmpty, let key = identity.key, counted.insert(key).inserted {
                saved = history.last { $0.key == key && $0.state == .ran }?.seconds ?? 0
            }
        }
        var reasons: [String] = []
        if isForced {
            reasons = ["asked for"]
        } else if !isCached {
            reasons = try differences(
                of: instance.kind, from: history.last { $0.state != .failed }?.identity, to: identity.artifact,
                inputs: instance.inputs.map(\.instance.label), works, store)
            if let missing = standing?.missing, reasons.isEmpty || standing?.isBegun == true { reasons.append(missing) }
        }
        var estimate: Double? = 0
        if !isCached {
            estimate = try standing.flatMap { standing in try store.flatMap { try work.estimate(standing, from: $0) } }
        }
        return Stage(
            label: instance.label, kind: instance.kind.name, key: identity.key,
            isInStore: try identity.key.flatMap { try store?.artifact($0) } != nil, isCached: isCached,
            reasons: reasons,
            estimate: estimate, savedSeconds: saved, inputs: instance.inputs.map(\.instance.label), instance: instance,
            work: work, isForced: isForced)
    }

    /// What has changed since a stage of this name was run last, as phrases; empty when nothing has.
    private static func differences(
        of kind: StageKind, from former: ArtifactIdentity?, to identity: ArtifactIdentity, inputs: [String],
        _ works: [String: any StageWork], _ store: Store?
    ) throws -> [String] {
        guard let former else { return ["new"] }
        var found: [String] = []
        if former.codeVersion != identity.codeVersion {
            found.append("code version changed \(former.codeVersion) -> \(identity.codeVersion)")
        }
        let (old, new) = (former.parameters.objectValue ?? [:], identity.parameters.objectValue ?? [:])
        for name in Set(old.keys).union(new.keys).sorted() where old[name] != new[name] {
            let (before, after) = ((old[name] ?? .null).canonicalText, (new[name] ?? .null).canonicalText)
            // The same number may be kept as 1 and as 1.0.
            guard before != after else { continue }
            // Of a file that is read the parameters hold the digest, which nobody wrote.
            let isFile = kind.parameters.contains { $0.name == name && $0.isPath }
            found.append(isFile ? "the file of \(name) changed" : "parameter \(name) \(before) -> \(after)")
        }
        if former.dataset != identity.dataset { found.append("the data changed") }
        if former.numericProfile != identity.numericProfile {
            found.append(
                "numeric profile changed (\(former.numericProfile ?? "none") -> \(identity.numericProfile ?? "none"))")
        }
        let known = Set(former.inputs)
        let present = Set(identity.inputs)
        for input in inputs {
            let keys = try works[input]?.resultKeys(in: store) ?? []
            if keys.contains(where: { present.contains($0) && !known.contains($0) }) {
                found.append("input \(input) changed")
            }
        }
        // What is read no longer has no stage to name.
        if found.isEmpty, known != present { found.append("less is read from its inputs") }
        return found
    }
}
