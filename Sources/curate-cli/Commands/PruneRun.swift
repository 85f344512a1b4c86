import Curate

extension PruneOptions {
    /// `curate prune`: scores from a file or from runs, a rule, and the files of the split.
    static func run(_ invocation: Invocation, _ options: PruneOptions) throws {
        let console = invocation.console
        let replaces = invocation.globals.force
        // An output that cannot be written is refused before anything is read.
        if let output = options.output {
            try SplitWriter.check(output, withSuspects: options.dropsSuspects, replacing: replaces)
        }
        let commandLine = invocation.commandLine
        let copyFiles = try options.copy.map { directory in
            try OutputFileSet(directory: directory, replacing: replaces) {
                try InterruptFlag.checkBeforeWriting(resuming: commandLine)
            }
        }
        let saved = try options.scores.map { try ScoreFileReader.read(path: $0) }
        let dataset = try loadDataset(options.data, invocation)
        let trained = try options.training.map { try options.train($0, on: dataset, invocation) }
        if trained == nil { for note in dataset.notes { console.remark("note: \(note)") } }
        let searched = try options.suspectSearch == nil ? nil : trained?.suspects(of: "suspects")
        let scores: PruneScores
        if options.trainsForScores, let trained, let training = options.training {
            scores = try PruneScores(of: trained, options, training, on: dataset)
        } else {
            // With --train-on, what is chosen from is what was looked at for suspects.
            let candidates = searched?.candidates ?? ExampleTable(dataset: dataset)
            scores = try saved.map { try PruneScores($0, of: candidates, options) } ?? PruneScores(unranked: candidates)
        }
        let candidates = scores.candidates
        let suspects =
            try searched?.suspects ?? options.suspects.map { try LabelSuspects(path: $0, of: candidates) }
            ?? options.probabilities.map {
                try LabelSuspects(probabilities: ClassProbabilities(path: $0), of: candidates)
            }
        let rule = options.words.rule(recall: try options.recalls(scores, console))
        let selection = try rule.selection(
            from: candidates, by: scores.ranking, confidence: scores.confidence, excluding: suspects?.positions ?? [])

        // Until here there is nothing to tidy up. The copy takes longest; it gets its names when the split is there.
        InterruptFlag.install(announcing: !console.isQuiet && !console.wantsJSON)
        let copy = try copyFiles.map { files in
            let kept = selection.keptPositions.map { Int(candidates.indices[Int($0)]) }
            return try DatasetCopy(
                of: dataset, source: options.data.path, options: options.data.datasetOptions,
                keeping: kept + dataset.indices(of: .validation) + dataset.indices(of: .test)
            ).write(to: files)
        }
        try copyFiles?.settle()
        try InterruptFlag.checkBeforeWriting(resuming: commandLine)
        var files: [String] = []
        if let output = options.output {
            try SplitWriter.write(selection, suspects: suspects, to: output, replacing: replaces) {
                try InterruptFlag.checkBeforeWriting(resuming: commandLine)
            }
            files = SplitWriter.paths(in: output)
            if suspects != nil { files.append(OutputDirectory.path(SplitWriter.suspectsName, in: output)) }
        }
        try copyFiles?.publish()
        try PruneReport(
            selection: selection, suspects: suspects, scores: scores, files: files, copy: copy,
            copyIsLinked: dataset.format == .imageFolder, output: options.output
        ).show(on: console)
    }

    /// Trains what scores and label suspects need, or finds it in the store.
    private func train(
        _ training: TrainingOptions, on dataset: Dataset, _ invocation: Invocation
    ) throws -> PipelineOutcome {
        var stages: [String: JSONValue] = [:]
        if trainsForScores {
            stages["score"] = ["score": ["runs": "train", "by": .array(trainedScores.map { .string($0.rawValue) })]]
        }
        if let suspectSearch {
            stages["suspects"] = suspectSearch.stage(of: "train")
            invocation.console.remark(
                "finding label suspects by --method \(suspectSearch.method.rawValue), as no list of them is given")
        }
        return try VerbPipeline.run(invocation, data, dataset, training, stages: stages)
    }

    /// The recall of each class, from a file or from the predictions that came with the scores.
    private func recalls(_ scores: PruneScores, _ console: Console) throws -> [Double] {
        guard quota == .worstClass else { return [] }
        if let recall { return try ClassRecalls.read(path: recall, classNames: scores.candidates.classNames) }
        guard let recalls = scores.recall else {
            throw CurateError(
                .usage, "the worst-class quota needs the recall of every class, and the scores have no predictions",
                remedy: "add --recall recall.csv with the columns class and recall")
        }
        console.remark(
            "note: recalls are those of the training predictions in the scores; --recall takes held-out ones")
        return recalls
    }
}
