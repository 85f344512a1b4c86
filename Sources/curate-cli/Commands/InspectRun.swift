import Curate

/// `curate inspect DATA`.
package enum InspectCommand {
    package static let command = InspectOptions.command(run: run)

    private static func run(_ invocation: Invocation, _ options: InspectOptions) throws {
        let console = invocation.console
        // Someone who watches should see within a moment that a large dataset is being read.
        let dataset = try loadDataset(options.data, invocation)
        let inspection = DatasetInspection(of: dataset, exampleCount: options.top)
        let next = nextCommand(for: inspection, options.data)
        if console.wantsJSON { return try console.printJSON(JSON(inspection, next: next)) }
        try console.printLines(InspectReport(inspection, top: options.top, console: console).lines)
        try console.printLines(["", "next: " + TerminalText.printable(next)])
    }

    /// The command line that scores this data with a network that fits it.
    private static func nextCommand(for inspection: DatasetInspection, _ data: DataOptions) -> String {
        let network = TrainingOptions.defaultNetwork(forImages: inspection.shape.isImage)
        return ShellText.join(["curate", "score", data.path] + data.words + ["--network", network])
    }
}

extension DataOptions {
    /// The options, without the path, as words of a command line that reads the same data.
    package var words: [String] {
        var words: [String] = []
        func add(_ option: String, _ value: String?) {
            if let value { words += ["--\(option)", value] }
        }
        add("format", format?.rawValue)
        add("label", labelColumn)
        add("id", idColumn)
        if !groupColumns.isEmpty { add("group", groupColumns.joined(separator: ",")) }
        add("split", splitColumn)
        if !ignoredColumns.isEmpty { add("ignore", ignoredColumns.joined(separator: ",")) }
        add("image", imageShape.map { $0.channels == 1 ? "\($0.height)x\($0.width)" : $0.text })
        add("image-size", imageEdge.map(String.init))
        add("layout", imageLayout.map { $0 == .channelsLast ? "channels-last" : "channels-first" })
        if dropsUnlabelled { words.append("--drop-unlabelled") }
        if let hasHeader { words.append(hasHeader ? "--header" : "--no-header") }
        add("delimiter", delimiter?.rawValue)
        if validationFraction > 0 { add("validation", NumberText.plain(validationFraction)) }
        return words
    }
}
