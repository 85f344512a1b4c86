import Curate

extension CurveOptions {
    /// `curate curve`: trains what is missing and shows what pruning does to accuracy.
    static func run(_ invocation: Invocation, _ options: CurveOptions) throws {
        let console = invocation.console
        // An output that cannot be written is refused now rather than after the training.
        for file in options.files { try AtomicFile.check(path: file.path, replacing: invocation.globals.force) }
        let dataset = try loadDataset(options.data, invocation)
        var stages: [String: JSONValue] = ["curve": options.curve]
        if !options.scores.isEmpty {
            stages["probe"] = options.probe
            stages["scores"] = [
                "score": ["runs": "probe", "by": .array(options.scores.map { .string($0.rawValue) })]
            ]
        }
        let outcome = try VerbPipeline.run(invocation, options.data, dataset, options.training, stages: stages)
        let summary = CurveSummary(try outcome.curve(of: "curve"))
        for file in options.files {
            try summary.write(to: file.path, format: file.format, replacing: invocation.globals.force)
        }
        if console.wantsJSON {
            return try console.printJSON(
                .object([
                    ("curve", JSON(summary.json)), ("files", .strings(options.files.map(\.path))),
                ]))
        }
        let training = options.training
        try console.printLine(
            console.style.bold("\(dataset.name): \(training.phrase(of: outcome.recipe(of: "train").network))")
                + ", accuracy on \(NumberText.grouped(summary.result.heldOutClassCounts.reduce(0, +))) "
                + "\(summary.result.partition) examples")
        try CurveReport(summary).show(on: console)
        for file in options.files { try console.printLine("wrote \(TerminalText.printable(file.path))") }
    }
}
