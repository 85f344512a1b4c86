extension PipelinePlan {
    /// The plan as JSON: the `pipeline`, the content hash of the `dataset`, the `stages`, and sums over them.
    package var json: JSONValue {
        [
            "pipeline": .string(pipeline.name), "dataset": .string(facts.contentHash),
            "stages": .array(stages.map(\.json)), "cached": .int(stages.count(where: \.isCached)),
            "run": .int(stages.count { !$0.isCached }), "estimatedSeconds": .optional(estimate),
            "savedSeconds": .double(savedSeconds),
        ]
    }
}

extension PipelinePlan.Stage {
    /// The stage as JSON; its `key` is null while it is not known, behind a split that has to be made first.
    var json: JSONValue {
        [
            "name": .string(label), "kind": .string(kind), "key": .optional(key?.hexadecimal),
            "state": isCached ? "cached" : "run", "reasons": .strings(reasons),
            "estimatedSeconds": .optional(estimate), "savedSeconds": .double(savedSeconds),
            "inputs": .strings(inputs), "parameters": parameters,
        ]
    }
}

extension PipelineOutcome {
    /// The outcome as JSON: the `pipeline`, the content hash of the `dataset`, the `stages`, and sums over them.
    ///
    /// - Parameter seconds: how long it took.
    package func json(seconds: Double) -> JSONValue {
        [
            "pipeline": .string(plan.pipeline.name), "dataset": .string(plan.facts.contentHash),
            "stages": .array(stages.map(\.json)), "cached": .int(stages.count(where: \.wasCached)),
            "ran": .int(stages.count { !$0.wasCached }), "seconds": .double(seconds),
            "savedSeconds": .double(stages.reduce(0) { $0 + $1.savedSeconds }),
        ]
    }
}

extension PipelineRunner.StageOutcome {
    /// The stage as JSON; `files` are those that were written now.
    var json: JSONValue {
        [
            "name": .string(label), "kind": .string(kind), "key": .string(key.hexadecimal),
            "state": wasCached ? "cached" : "ran", "seconds": .double(seconds),
            "savedSeconds": .double(savedSeconds), "files": .strings(writtenFiles), "result": report.json,
        ]
    }
}
