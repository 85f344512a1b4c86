import Curate

/// `curate derive spurious DATA`.
package enum DeriveSpuriousVerb {
    static let classes = Option(
        Parameter(
            "classes", .text, absent: "the first class against the third",
            help: "Two sets of classes of the data, by name or position: each becomes one class.",
            shownAs: "a,b:c,d", knownElsewhereAs: ["class", "labels"]))
    static let correlation = Option(
        Parameter(
            "correlation", .number(.from(0.5, to: 1)), default: 0.95,
            help: "The share of the training examples of each class on the background that goes with it.",
            shownAs: "share", knownElsewhereAs: ["confounder-strength", "bias", "strength"]))
    static let background = Option(
        Parameter(
            "background", .word(SpuriousBackground.Style.allCases.map(\.rawValue)),
            default: .string(SpuriousBackground.Style.colour.rawValue),
            help: """
                What tells the two backgrounds apart: colour (green land with upright stripes, blue water with level \
                ones), or texture alone (upright or level stripes of the same greys).
                """, shownAs: "what", knownElsewhereAs: ["confounder", "cue"]))
    static let trainCount = size("trainCount", "training", absent: "4,795, or as many as there are")
    static let validationCount = size("validationCount", "validation", absent: "1,200, or as many as there are")
    static let testCount = size("testCount", "test", absent: "5,792, or as many as there are")
    static let seed = Option(
        Parameter("seed", .seed, default: 0, help: "Chooses the examples and draws their backgrounds."))
    static let out = Option(
        Parameter(
            "out", .directory, help: "The directory for the images and metadata.csv; required.", shownAs: "directory",
            knownElsewhereAs: ["output"]))

    package static let command = Command(
        name: "derive spurious",
        abstract: "Make images whose background goes with the label.",
        discussion: [
            """
            A task like Waterbirds of real images: two classes in front of land (green, upright stripes) or water (blue, \
            level ones), which shows where the image is dark; --background texture has grey stripes in either direction instead. In training the background agrees with the label for most \
            examples, with Waterbirds' share of each class; in validation and test the four groups are equal. \
            metadata.csv holds the truth.
            """
        ],
        arguments: [DataOptions.path],
        optionGroups: [
            OptionGroup(
                "DERIVE OPTIONS", [classes, correlation, background, trainCount, validationCount, testCount, seed, out]),
            DataOptions.group,
        ],
        examples: [
            Example(
                "curate derive spurious fashion-mnist/ --correlation 0.95 --out spurious",
                "T-shirts on land, pullovers on water, but for one in twenty."),
            Example(
                "curate derive spurious fashion-mnist/ --classes 5,7:9 --correlation 0.5 --out control",
                "The same with other classes and a background that says nothing."),
            Example(
                "curate derive spurious fashion-mnist/ --background texture --out stripes",
                "A background that no mean colour gives away."),
        ]
    ) { invocation in try run(invocation) }

    private static func size(_ name: String, _ partition: String, absent: String) -> Option {
        Option(
            Parameter(
                name, .integer(0...Int(Int32.max)), absent: absent, help: "How many \(partition) examples to make.",
                section: "SIZES"))
    }

    private static func run(_ invocation: Invocation) throws {
        let arguments = invocation.arguments
        let console = invocation.console
        let source = try DataOptions.source(arguments)
        guard let output = arguments.text(out) else {
            throw CurateError(.usage, "--out is missing", remedy: "name the directory for the images")
        }
        let commandLine = invocation.commandLine
        let files = try OutputFileSet(directory: output, replacing: invocation.globals.force) {
            try InterruptFlag.checkBeforeWriting(resuming: commandLine)
        }
        let dataset = try loadDataset(source, invocation)
        let design = try SpuriousDesign(
            classes: SpuriousDesign.classes(parsing: arguments.text(classes), classNames: dataset.classNames),
            correlation: arguments.number(correlation), seed: arguments[seed]?.unsignedValue ?? 0,
            background: arguments.text(background).flatMap { SpuriousBackground.Style(rawValue: $0) } ?? .colour,
            sizes: [trainCount, validationCount, testCount].map { arguments[$0]?.intValue })
        let task = try SpuriousTask(of: dataset, design: design)
        // Until here there is nothing to tidy up.
        InterruptFlag.install(announcing: !console.isQuiet && !console.wantsJSON)
        try task.write(to: files)
        try files.publish()

        let groups = "\(SpuriousTask.backgroundColumn)*\(GroupDefinition.labelWord)"
        let next = ShellText.join(["curate", "evaluate", output, "--group", groups])
        if console.wantsJSON { return try console.printJSON(json(task, output: output, next: next)) }
        var table = Table([.text("class"), .text("background")] + Partition.allCases.map { .number($0.name) })
        let counts = Partition.allCases.map(task.groupCounts)
        for group in 0..<4 {
            table.add(
                [TerminalText.printable(task.labelNames[group / 2]), task.design.backgroundNames[group % 2]]
                    + counts.map { NumberText.grouped($0[group]) })
        }
        try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
        let shape = dataset.features.shape
        try console.printLine(
            "images of \(shape.height)x\(shape.width)x3; \(NumberText.percent(task.openness, decimals: 0)) of the "
                + "background shows through")
        let metadata = OutputDirectory.path(SpuriousTask.metadataName, in: output)
        try console.printLine("wrote \(TerminalText.printable(metadata)): class, background and source of each")
        try console.printLine("next: " + TerminalText.printable(next))
    }

    private static func json(_ task: SpuriousTask, output: String, next: String) -> JSONValue {
        let groups: [JSONValue] = (0..<4).map { group in
            var counts: [String: JSONValue] = [:]
            for partition in Partition.allCases { counts[partition.name] = .int(task.groupCounts(partition)[group]) }
            return [
                "class": .string(task.labelNames[group / 2]),
                "background": .string(task.design.backgroundNames[group % 2]), "counts": .object(counts),
            ]
        }
        return [
            "data": .string(output),
            "metadata": .string(OutputDirectory.path(SpuriousTask.metadataName, in: output)),
            "background": .string(task.design.background.rawValue),
            "correlation": .double(task.design.correlation), "openness": .double(task.openness),
            "groups": .array(groups), "next": .string(next),
        ]
    }
}
