import Curate
import Models

/// What every verb accepts.
package struct GlobalOptions: Sendable, Equatable {
    /// The file all intermediate results live in.
    package let store: String
    /// How many cores to use; nil for all of them.
    package let threads: Int?
    /// For how many seconds to wait for a store that another process holds.
    package let wait: Double
    /// After how many seconds within an epoch the training state is saved.
    package let saveEvery: Double
    /// Which convolution kernels are used.
    package let kernels: KernelChoice
    /// Whether to print where the time went.
    package let profiles: Bool
    package let isQuiet: Bool
    package let wantsJSON: Bool
    package let forbidsColour: Bool
    /// Whether files that exist may be replaced.
    package let force: Bool

    private static let running = "RUNNING"

    package static let storeOption = Option(
        Parameter(
            "store", .input, absent: "CURATE_STORE, else curate.sqlite",
            help: "The SQLite file that holds every intermediate result.",
            knownElsewhereAs: ["db", "database", "cache"]))
    package static let threadsOption = Option(
        Parameter(
            "threads", .integer(1...1024), absent: "all cores",
            help: "How many cores to use. Results do not depend on it.",
            knownElsewhereAs: ["jobs", "workers", "num-workers", "num-threads"]))
    package static let waitOption = Option(
        Parameter(
            "wait", .number(.from(0, to: 86_400)), default: 10,
            help: "How long to wait when another process holds the store.", shownAs: "seconds", section: running,
            knownElsewhereAs: ["timeout", "lock-timeout"]))
    package static let saveEveryOption = Option(
        Parameter(
            "saveEvery", .number(.from(0, to: 86_400)), default: 30,
            help: "How often to save the training state within a long epoch. Results do not depend on it.",
            shownAs: "seconds", section: running, knownElsewhereAs: ["checkpoint-every", "save-interval"]))
    package static let kernelsOption = Option(
        Parameter(
            "kernels", .word(KernelChoice.allCases.map(\.rawValue)), default: .string(KernelChoice.automatic.rawValue),
            help: """
                Which convolution kernels to use. Results agree to rounding only, so each choice has results of its own.
                """, section: running))
    package static let profileOption = Option(
        Parameter(
            "profile", .flag, help: "Print where the time went, by kind of work, when training or scoring ends.",
            section: running))
    package static let quietOption = Option(
        Parameter(
            "quiet", .flag, help: "No progress and no remarks; errors only.", knownElsewhereAs: ["silent"]), short: "q")
    package static let jsonOption = Option(
        Parameter("json", .flag, help: "Print results, and errors, as JSON with stable keys."))
    package static let noColourOption = Option(
        Parameter(
            "noColour", .flag, help: "No colours. The variable NO_COLOR does the same.", option: "no-color",
            section: running, knownElsewhereAs: ["no-colour"]))
    package static let forceOption = Option(
        Parameter("force", .flag, help: "Replace output files that exist.", knownElsewhereAs: ["overwrite"]))
    package static let helpOption = Option(
        Parameter("help", .flag, help: "Show the options that most people use."), short: "h")
    package static let helpAllOption = Option(Parameter("helpAll", .flag, help: "Show every option."))

    /// The group that closes the help of every verb.
    package static let group = OptionGroup(
        "GLOBAL OPTIONS",
        [
            storeOption, threadsOption, waitOption, saveEveryOption, kernelsOption, profileOption, quietOption,
            jsonOption, noColourOption, forceOption, helpOption, helpAllOption,
        ])

    /// Reads the global options of a parsed command line.
    ///
    /// - Parameters:
    ///   - arguments: the command line.
    ///   - environment: where `CURATE_STORE` is looked up.
    package init(_ arguments: ParsedArguments, environment: Environment) {
        store = arguments.text(Self.storeOption) ?? environment.nonEmpty("CURATE_STORE") ?? "curate.sqlite"
        threads = arguments[Self.threadsOption]?.intValue
        wait = arguments.number(Self.waitOption)
        saveEvery = arguments.number(Self.saveEveryOption)
        kernels = arguments.text(Self.kernelsOption).flatMap { KernelChoice(rawValue: $0) } ?? .automatic
        profiles = arguments.isOn(Self.profileOption)
        isQuiet = arguments.isOn(Self.quietOption)
        wantsJSON = arguments.isOn(Self.jsonOption)
        forbidsColour = arguments.isOn(Self.noColourOption)
        force = arguments.isOn(Self.forceOption)
    }
}
