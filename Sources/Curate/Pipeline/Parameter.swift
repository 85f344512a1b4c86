/// One parameter, as data: what it takes, what it is without, and what it is for.
///
/// The same declaration parses and checks pipeline files and command lines, gives suggestions, expands sweeps, shows
/// help, completes words in shells and makes the tables in `docs/pipelines.md`. In its texts other parameters stand in
/// back-quotes, as `ParameterSpelling` reads them.
package struct Parameter: Sendable {
    /// What a parameter takes.
    package indirect enum ValueType: Sendable {
        /// A whole number.
        case integer(ClosedRange<Int>)
        /// A number.
        case number(NumberRange)
        /// `true` or `false`.
        case boolean
        /// `true`, on a command line by being there.
        case flag
        /// Text that is not empty.
        case text
        /// The path of a file to write, relative to the pipeline file; it never becomes part of a key.
        case file(endings: [String])
        /// The path of a directory to write files into, relative to the pipeline file; it never becomes part of a key.
        case directory
        /// The path of something to read, relative to the pipeline file; what it holds becomes part of the key.
        case input
        /// One of some words.
        case word([String])
        /// Text with a rule of its own; the words are what it is most often.
        case checked(placeholder: String, words: [String] = [], rule: @Sendable (String) -> ValueMismatch?)
        /// A list, each value once; on a command line with commas between them.
        case list(ValueType)
        /// One value or a list of them; on a command line an option for each.
        case each(ValueType)
        /// A seed: a whole number, or its digits as text beyond what the format can hold.
        case seed
        /// How many seeds, or which.
        case seeds(atMost: Int)
        /// The name of a stage that gives something.
        case stage(giving: StageProduct)
        /// The name of a stage that gives something, or several names.
        case stages(giving: StageProduct)
    }

    /// The name, as files and JSON spell it.
    package let name: String
    /// What it takes.
    package var type: ValueType
    /// What it is when absent; nil when there is nothing or the kind decides.
    package var initial: JSONValue?
    /// What is done when it is absent and `initial` does not say it.
    package var absent: String?
    /// Whether it must be given.
    package var isRequired: Bool
    /// What it is for, one or more sentences.
    package var help: String
    /// The long name of its option, without dashes.
    package var option: String
    /// What stands for its value in help; nil for what its type says.
    package var placeholder: String?
    /// The heading under which the whole help shows it; nil for what everybody needs, which is shown first.
    package var section: String?
    /// Names people know from elsewhere, in any spelling: not accepted, but answered with this one.
    package var knownElsewhereAs: [String]

    /// Declares a parameter.
    ///
    /// - Parameters:
    ///   - name: the name in files.
    ///   - type: what it takes.
    ///   - initial: what it is when absent.
    ///   - absent: what is done when it is absent, when that is not a value.
    ///   - isRequired: whether it must be given.
    ///   - help: what it is for.
    ///   - option: the name of its option; nil for the name with hyphens.
    ///   - placeholder: what stands for its value in help.
    ///   - section: the heading under which the whole help shows it.
    ///   - knownElsewhereAs: other people's names for it.
    package init(
        _ name: String, _ type: ValueType, default initial: JSONValue? = nil, absent: String? = nil,
        isRequired: Bool = false, help: String, option: String? = nil, shownAs placeholder: String? = nil,
        section: String? = nil, knownElsewhereAs: [String] = []
    ) {
        self.name = name
        self.type = type
        self.initial = initial
        self.absent = absent
        self.isRequired = isRequired
        self.help = help
        self.option = option ?? Self.hyphenated(name)
        self.placeholder = placeholder
        self.section = section
        self.knownElsewhereAs = knownElsewhereAs
    }

    /// `batchSize` as `batch-size`.
    static func hyphenated(_ name: String) -> String {
        name.reduce(into: "") { $0 += $1.isUppercase ? "-" + $1.lowercased() : String($1) }
    }

    /// Whether somebody may mean it by a name that it does not have.
    package func isKnown(as name: String) -> Bool {
        func bare(_ text: String) -> String { text.lowercased().filter { $0 != "-" && $0 != "_" } }
        return knownElsewhereAs.contains { bare($0) == bare(name) }
    }

    /// Whether it names other stages.
    package var isStage: Bool {
        switch type {
        case .stage, .stages: true
        default: false
        }
    }

    /// Whether it is a path, or several.
    package var isPath: Bool {
        switch element {
        case .file, .directory, .input: true
        default: false
        }
    }

    /// Whether it is the path of something that is written.
    package var isOutput: Bool {
        if case .input = element { return false }
        return isPath
    }

    /// Whether it is the path of a directory that is written into.
    package var isDirectory: Bool {
        if case .directory = type { return true }
        return false
    }

    /// Whether its value is part of what determines the result.
    package var isIdentity: Bool { !isPath && !isStage }

    /// Whether one value of it is, or may be, a list.
    package var takesList: Bool {
        switch type {
        case .list, .each, .seeds, .stages: true
        default: false
        }
    }

    /// What one element of it is.
    private var element: ValueType {
        if case .each(let element) = type { return element }
        return type
    }

    /// What is done when it is absent, for a document: a value in back-quotes, or words.
    var absence: String {
        if isRequired { return "must be given" }
        return initial.map { "`\($0.compactText)`" } ?? absent ?? "nothing"
    }
}

/// What a stage leaves for others to read.
package enum StageProduct: String, Sendable {
    /// Training runs.
    case runs
    /// Scores of examples.
    case scores
    /// Label suspects.
    case suspects
    /// Which examples to train on.
    case split
    /// A report, which no other stage reads.
    case report

    /// The names of the kinds that give it.
    var kinds: [String] { StageKind.all.filter { $0.gives == self }.map(\.name) }
}
