import Curate

/// What a training would be done with, as a stage of a pipeline file: `curate train --show-recipe`.
struct RecipeReport {
    private let stage: JSONValue
    private let source: String?
    private let isOfData: Bool

    /// Reads a command line.
    ///
    /// - Throws: `CurateError(.usage)` when its options do not fit together.
    init(_ invocation: Invocation) throws {
        let arguments = invocation.arguments
        let described = VerbPipeline.training(TrainVerb.train, arguments)
        guard case .object(let kinds)? = described["train"], case .object(let given)? = kinds["train"] else {
            preconditionFailure("the verb describes a stage 'train'")
        }
        // The split is named, and need not be there.
        let own = given.filter { $0.key != "split" }
        // Checked as on any data; nothing of a recipe but its defaults depends on which.
        _ = try VerbPipeline.pipeline(
            "train", try DatasetSource(path: "data", [:]), ["train": ["train": .object(own)]], [TrainVerb.train])
        let name = given["recipe"]?.stringValue
        source = NamedRecipe.all.first { $0.name == name }?.source
        let dataset =
            arguments[DataOptions.optionalPath] == nil
            ? nil : try loadDataset(DataOptions.source(arguments), invocation)
        isOfData = dataset != nil
        stage = StageKind.trainingInFull(own, on: dataset.map { DatasetFacts(of: $0) })
    }

    func show(on console: Console) throws {
        if console.wantsJSON { return try console.printJSON(["train": stage, "source": .optional(source)]) }
        if let source { try console.printLine("// \(source)") }
        try console.printLine("train: {")
        for (name, value) in (stage.objectValue ?? [:]).sorted(by: { order($0.key) < order($1.key) }) {
            try console.printLine("  \(name): \(value.compactText),")
        }
        try console.printLine("}")
        if isOfData { return }
        console.remark(
            "what is not there depends on the data, as the network does when it is not named; of a recipe, crop and flip are "
                + "left out for data without images")
    }

    private func order(_ name: String) -> Int {
        StageKind.train.parameters.firstIndex { $0.name == name } ?? .max
    }
}
