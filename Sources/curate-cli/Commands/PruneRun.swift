import Curate

extension PruneOptions {
    /// `curate prune`: scores from a file or from runs, a rule, and the files of the split.
    static func run(_ invocation: Invocation, _ options: PruneOptions) throws {
        let console = invocation.console
        let replaces = invocation.globals.force
        // An output that cannot be written is refused before anything is read.
        let suspectsPath = options.output.map { OutputDirectory.path("suspects.csv", in: $0) }
        if let output = options.output {
            if let suspectsPath, options.dropsSuspects, !replaces, DirectoryListing.exists(suspectsPath) {
                // Told by the same words as any file that is there.
                _ = try AtomicFile(path: suspectsPath)
            }
            try SplitWriter.check(output, replacing: replaces)
        }
        let commandLine = invocation.commandLine
        let copyFiles = try options.copy.map { directory in
            try OutputFileSet(directory: directory, replacing: replaces) {
                try InterruptFlag.checkBeforeWriting(resuming: commandLine)
            }
        }
        let saved = try options.scores.map { try ScoreFileReader.read(path: $0) }
        let dataset = try loadDataset(options.data, invocation)
        let scores: PruneScores
        if let training = options.training {
            scores = try PruneScores(invocation, options, training, on: dataset)
        } else {
            for note in dataset.notes { console.remark("note: \(note)") }
            scores = try saved.map { try PruneScores($0, of: dataset, options) } ?? PruneScores(unranked: dataset)
        }
        let candidates = scores.candidates
        let suspects =
            try options.suspects.map { try LabelSuspects(path: $0, of: candidates) }
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
            try SplitWriter.write(selection, to: output, replacing: replaces) {
                try InterruptFlag.checkBeforeWriting(resuming: commandLine)
            }
            files = SplitWriter.paths(in: output)
            if let suspects, let suspectsPath {
                try suspects.write(candidates, to: suspectsPath, replacing: replaces)
                files.append(suspectsPath)
            }
        }
        try copyFiles?.publish()
        try PruneReport(
            selection: selection, suspects: suspects, scores: scores, files: files, copy: copy,
            copyIsLinked: dataset.format == .imageFolder, output: options.output
        ).show(on: console)
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
