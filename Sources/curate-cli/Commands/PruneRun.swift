import Curate

extension PruneOptions {
    /// `curate prune`: scores from a file, a rule, and the files of the split.
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
        let dataset = try loadDataset(options.data, console: console)
        for note in dataset.notes { console.remark("note: \(note)") }
        let candidates = PruningCandidates(dataset: dataset)
        let rows = try saved?.rows(for: candidates)
        let ranking = try options.ranking(saved, rows, of: candidates)
        let suspects =
            try options.suspects.map { try LabelSuspects(path: $0, of: candidates) }
            ?? options.probabilities.map {
                try LabelSuspects(probabilities: ClassProbabilities(path: $0), of: candidates)
            }
        let rule = options.words.rule(recall: try options.recalls(saved, rows, of: candidates, console))
        let confidence =
            rule.policy.needsConfidence
            ? try saved.flatMap { saved in
                try rows.map { try saved.score(named: ScoreName.confidence.rawValue, rows: $0).values }
            } : nil
        let selection = try rule.selection(
            from: candidates, by: ranking, confidence: confidence, excluding: suspects?.positions ?? [])

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
            try OutputDirectory.make(output)
            if let suspects, let suspectsPath {
                try suspects.write(candidates, to: suspectsPath, replacing: replaces)
                files.append(suspectsPath)
            }
            try SplitWriter.write(selection, to: output, replacing: replaces)
            files += SplitWriter.paths(in: output)
        }
        try copyFiles?.publish()
        try PruneReport(
            selection: selection, suspects: suspects, files: files, copy: copy, output: options.output
        ).show(on: console)
    }

    /// The ranking that `--by` names; nothing without scores.
    private func ranking(
        _ saved: SavedScores?, _ rows: [Int32]?, of candidates: PruningCandidates
    ) throws -> HardnessRanking? {
        guard let saved, let rows else { return nil }
        do {
            return try HardnessRanking(
                combining: by.map { (try saved.score(named: $0.name, rows: rows), $0.weight) }, of: candidates)
        } catch let error as CurateError where error.kind == .usage {
            // A mistyped score gets a suggestion among those that are there.
            let missing = by.map(\.name).first { name in !saved.columns.contains { $0.name == name } }
            guard let missing, let guess = Suggestion.nearest(to: missing, among: saved.columns.map(\.name)) else {
                throw error
            }
            throw CurateError(.usage, error.message, at: error.location, remedy: "did you mean '\(guess)'?")
        }
    }

    /// The recall of each class, from a file or from the predictions in the scores.
    private func recalls(
        _ saved: SavedScores?, _ rows: [Int32]?, of candidates: PruningCandidates, _ console: Console
    ) throws -> [Double] {
        guard quota == .worstClass else { return [] }
        if let recall { return try ClassRecalls.read(path: recall, classNames: candidates.classNames) }
        guard let saved, let rows, let recalls = saved.recall(of: candidates, rows: rows) else {
            throw CurateError(
                .usage, "the worst-class quota needs the recall of every class, and the scores have no predictions",
                remedy: "add --recall recall.csv with the columns class and recall")
        }
        console.remark(
            "note: recalls are those of the training predictions in the scores; --recall takes held-out ones")
        return recalls
    }
}
