import Curate

/// `curate derive long-tail DATA`.
package enum DeriveLongTailVerb {
    static let longTail = Exposure(.longTail, as: "longTail")
    static let out = Option(
        Parameter(
            "out", .directory, absent: "nothing is copied",
            help: "A directory for a copy of the data, whose training part is long-tailed.", shownAs: "directory",
            knownElsewhereAs: ["output", "materialize"]))
    static let splitOut = Option(
        Parameter(
            "asSplit", .directory, absent: "no split is written",
            help: "A directory for the split, which --train-on takes with the data as they are.", shownAs: "directory",
            knownElsewhereAs: ["splitOut", "splitDir"]))

    package static let command = Command(
        name: "derive long-tail",
        abstract: "Take the long-tailed subset that papers train on.",
        discussion: [
            """
            Keeps fewer and fewer training examples of each class after the first: in the class counts of the papers, \
            and of CIFAR-10 and CIFAR-100 the very images of LDAM-DRW (Cao et al., 2019), as NumPy's seed 0 chooses them. \
            Validation and test stay whole.
            """,
            "It is written as a copy of the data (--out), as a split of them (--as-split), or both.",
        ],
        arguments: [DataOptions.path],
        optionGroups: [
            OptionGroup("DERIVE OPTIONS", longTail.options + [out, splitOut]), DataOptions.group,
        ],
        examples: [
            Example(
                "curate derive long-tail cifar-10-batches-bin/ --factor 100 --out cifar10-lt",
                "CIFAR-10-LT: 12,406 images, from 5,000 of the first class to 50 of the last."),
            Example(
                "curate derive long-tail fashion-mnist/ --factor 50 --shape step --as-split step50",
                "Half of the classes with a fiftieth of their images, as a split to train on."),
        ]
    ) { invocation in try run(invocation) }

    private static func run(_ invocation: Invocation) throws {
        let arguments = invocation.arguments
        let console = invocation.console
        let replaces = invocation.globals.force
        let source = try DataOptions.source(arguments)
        let (copyDirectory, splitDirectory) = (arguments.text(out), arguments.text(splitOut))
        guard let output = copyDirectory ?? splitDirectory else {
            throw CurateError(
                .usage, "--out is missing",
                remedy: "name the directory for the copy, or that of a split with --as-split")
        }
        if let copyDirectory, let splitDirectory, copyDirectory == splitDirectory {
            throw CurateError(
                .usage, "--out and --as-split are the same directory", at: output, remedy: "choose two directories")
        }
        let design = try LongTailDesign(longTail.values(arguments))
        let commandLine = invocation.commandLine
        let checkForStop = { try InterruptFlag.checkBeforeWriting(resuming: commandLine) }
        let files = try copyDirectory.map {
            try OutputFileSet(directory: $0, replacing: replaces, checkForStop: checkForStop)
        }
        let dataset = try loadDataset(source, invocation)
        let split = LongTailSplit(try LongTail(of: dataset, design: design), of: dataset)
        // Until here there is nothing to tidy up.
        InterruptFlag.install(announcing: !console.isQuiet && !console.wantsJSON)
        if let splitDirectory {
            try SplitWriter.write(split, to: splitDirectory, replacing: replaces, checkForStop: checkForStop)
        }
        var copy: String?
        if let files {
            let others = dataset.indices(of: .validation) + dataset.indices(of: .test)
            copy = try DatasetCopy(
                of: dataset, source: source.path, options: source.options, keeping: split.longTail.drawn + others
            ).write(to: files)
            try files.publish()
        }
        let words = try nextWords(source, copy: copy) ?? source.words + ["--train-on", output]
        try show(
            split, copy: copy, splitDirectory: splitDirectory,
            next: ShellText.join(["curate"] + verb(for: dataset, words)), on: console)
    }

    /// Evaluates on what is held out, or trains where nothing is.
    private static func verb(for dataset: Dataset, _ words: [String]) -> [String] {
        if dataset.partitions.contains(.test) { return ["evaluate"] + words }
        return dataset.partitions.contains(.validation)
            ? ["evaluate"] + words + ["--on", "validation"] : ["train"] + words
    }

    /// The words that read a copy as its original was read; nil without one.
    private static func nextWords(_ source: DatasetSource, copy: String?) throws -> [String]? {
        guard let copy else { return nil }
        var given = source.given
        // The copy has the examples that were set aside as a part of its own.
        given["validation"] = nil
        // A copy of arrays has its own table beside it.
        given["metadata"] = nil
        return try DatasetSource(path: copy, given).words
    }

    private static func show(
        _ split: LongTailSplit, copy: String?, splitDirectory: String?, next: String, on console: Console
    ) throws {
        let (longTail, manifest) = (split.longTail, split.manifest)
        let splitFiles = splitDirectory.map { SplitWriter.paths(in: $0) } ?? []
        if console.wantsJSON {
            var members = manifest.reportJSON(files: splitFiles).objectValue ?? [:]
            members["imbalanceFactor"] = .double(longTail.imbalance)
            members["data"] = .optional(copy)
            members["split"] = .optional(splitDirectory)
            members["next"] = .string(next)
            return try console.printJSON(.object(members))
        }
        var table = Table([.text("class", mayShrink: true), .number("before"), .number("after")])
        for count in manifest.classes.prefix(classLimit) {
            table.add([
                TerminalText.printable(count.name), NumberText.grouped(count.before), NumberText.grouped(count.after),
            ])
        }
        try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
        if manifest.classes.count > classLimit {
            try console.printLine("... \(manifest.classes.count - classLimit) more")
        }
        try console.printLine(
            "\(NumberText.grouped(manifest.keptCount)) of \(NumberText.grouped(manifest.candidateCount)) training examples, "
                + "imbalance factor \(NumberText.fixed(longTail.imbalance, decimals: 1)): from "
                + "\(NumberText.grouped(longTail.counts.max() ?? 0)) of a class to "
                + NumberText.grouped(longTail.counts.min() ?? 0))
        if longTail.imbalance > 1.1 * longTail.design.factor || longTail.imbalance * 1.1 < longTail.design.factor {
            try console.printLine(
                "that is not the factor of \(NumberText.fixed(longTail.design.factor, decimals: 1)) that was asked for: sizes are whole "
                    + "numbers, rounded down as in the papers")
        }
        if let copy { try console.printLine("wrote \(TerminalText.printable(copy)): a copy to train on") }
        for file in splitFiles { try console.printLine("wrote \(TerminalText.printable(file))") }
        try console.printLine("next: " + TerminalText.printable(next))
    }

    /// A table of more classes than this is cut; JSON has all.
    private static let classLimit = 100
}
