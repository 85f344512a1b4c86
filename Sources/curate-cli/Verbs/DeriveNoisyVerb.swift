import Curate

/// `curate derive noisy DATA`.
package enum DeriveNoisyVerb {
    static let rate = Option(
        Parameter(
            "rate", .number(.above(0, to: 1)), default: 0.1, help: "The share of the training labels to make wrong.",
            shownAs: "fraction", knownElsewhereAs: ["noise", "noise-rate", "fraction"]))
    static let pairs = Option(
        Parameter(
            "pairs", .list(.text),
            help: "Flip only these classes, each to the one after the colon. Without it, to any other class.",
            shownAs: "class:class,...", knownElsewhereAs: ["asymmetric"]))
    static let seed = Option(
        Parameter("seed", .seed, default: 0, help: "Chooses the examples and their wrong labels."))
    static let out = Option(
        Parameter(
            "out", .directory, help: "The directory for the copy and truth.csv; required.", shownAs: "directory",
            knownElsewhereAs: ["output"]))

    package static let command = Command(
        name: "derive noisy",
        abstract: "Make a copy with known label errors.",
        discussion: [
            """
            Copies the data in its own format with a share of the training labels wrong, and writes beside it, in \
            truth.csv, which ones and what they were. It measures how well label errors are found.
            """
        ],
        arguments: [DataOptions.path],
        optionGroups: [
            OptionGroup("DERIVE OPTIONS", [rate, pairs, seed, out]), DataOptions.group,
        ],
        examples: [
            Example("curate derive noisy fashion-mnist/ --rate 0.1 --out noisy", "Flip a tenth of the labels."),
            Example(
                "curate derive noisy animals.csv --pairs cat:dog,dog:cat --rate 0.2 --out confused",
                "Confuse two classes with each other."),
        ]
    ) { invocation in try run(invocation) }

    private static func run(_ invocation: Invocation) throws {
        let arguments = invocation.arguments
        let console = invocation.console
        let replaces = invocation.globals.force
        let source = try DataOptions.source(arguments)
        guard let output = arguments.text(out) else {
            throw CurateError(.usage, "--out is missing", remedy: "name the directory for the copy")
        }
        let commandLine = invocation.commandLine
        let files = try OutputFileSet(directory: output, replacing: replaces) {
            try InterruptFlag.checkBeforeWriting(resuming: commandLine)
        }
        let truthPath = OutputDirectory.path(NoiseTruth.fileName, in: output)
        try AtomicFile.check(path: truthPath, replacing: replaces)
        let dataset = try loadDataset(source, invocation)
        let candidates = ExampleTable(dataset: dataset)
        let confused = try arguments.texts(pairs).map {
            try LabelNoise.Pair(parsing: $0, classNames: dataset.classNames)
        }
        let noise = LabelNoise(
            kind: confused.isEmpty ? .uniform : .pairs(confused), rate: arguments.number(rate),
            seed: arguments[seed]?.unsignedValue ?? 0)
        let noisy = try noise.labels(of: candidates)
        var labels = dataset.labels
        for (position, index) in candidates.indices.enumerated() { labels[Int(index)] = noisy[position] }
        // Until here there is nothing to tidy up.
        InterruptFlag.install(announcing: !console.isQuiet && !console.wantsJSON)
        let copy = try DatasetCopy(
            of: dataset, source: source.path, options: source.options, labels: labels
        ).write(to: files)
        try NoiseTruth.write(candidates, labels: noisy, to: files)
        try files.publish()

        let flippedCount = zip(noisy, candidates.labels).count { $0 != $1 }
        let next = ShellText.join(["curate", "inspect", copy] + source.words.dropFirst())
        if console.wantsJSON {
            return try console.printJSON(
                [
                    "data": .string(copy), "truth": .string(truthPath), "examples": .int(candidates.count),
                    "flipped": .int(flippedCount), "rate": .double(noise.rate), "next": .string(next),
                ])
        }
        try console.printLine(
            "\(NumberText.grouped(flippedCount)) of \(NumberText.grouped(candidates.count)) training labels are wrong in"
                + " \(TerminalText.printable(copy))")
        try console.printLine("wrote \(TerminalText.printable(truthPath)): which ones, and what they were")
        try console.printLine("next: " + TerminalText.printable(next))
    }
}
