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

    package static let storeOption = Option<String?>.optional(
        "store", .path, absent: "CURATE_STORE, else curate.sqlite",
        help: "The SQLite file that holds every intermediate result.", knownElsewhereAs: ["db", "database", "cache"])
    package static let threadsOption = Option<Int?>.optional(
        "threads", .integer(.from(1, to: 1024)), absent: "all cores",
        help: "How many cores to use. Results do not depend on it.",
        knownElsewhereAs: ["jobs", "workers", "num-workers", "num-threads"])
    package static let waitOption = Option<Double>.value(
        "wait", .number(.from(0, to: 86_400)).named("seconds"), default: 10,
        help: "How long to wait when another process holds the store.",
        knownElsewhereAs: ["timeout", "lock-timeout"])
    package static let saveEveryOption = Option<Double>.value(
        "save-every", .number(.from(0, to: 86_400)).named("seconds"), default: 30,
        help: "How often to save the training state within a long epoch. Results do not depend on it.",
        knownElsewhereAs: ["checkpoint-every", "save-interval"])
    package static let kernelsOption = Option<KernelChoice>.value(
        "kernels", .choice(of: KernelChoice.self), default: .automatic,
        help: "Which convolution kernels to use. Results agree to rounding only, so each choice has results of its own."
    )
    package static let profileOption = Option<Bool>.flag(
        "profile", help: "Print where the time went, by kind of work, when training or scoring ends.")
    package static let quietOption = Option<Bool>.flag(
        "quiet", short: "q", help: "No progress and no remarks; errors only.", knownElsewhereAs: ["silent"])
    package static let jsonOption = Option<Bool>.flag(
        "json", help: "Print results, and errors, as JSON with stable keys.")
    package static let noColourOption = Option<Bool>.flag(
        "no-color", help: "No colours. The variable NO_COLOR does the same.", knownElsewhereAs: ["no-colour"])
    package static let forceOption = Option<Bool>.flag(
        "force", help: "Replace output files that exist.", knownElsewhereAs: ["overwrite"])
    package static let helpOption = Option<Bool>.flag("help", short: "h", help: "Show this help.")

    /// The group that closes the help of every verb.
    package static let group = OptionGroup(
        "GLOBAL OPTIONS",
        [
            storeOption.declaration, threadsOption.declaration, waitOption.declaration,
            saveEveryOption.declaration, kernelsOption.declaration, profileOption.declaration, quietOption.declaration,
            jsonOption.declaration, noColourOption.declaration,
            forceOption.declaration, helpOption.declaration,
        ])

    /// Reads the global options of a parsed command line.
    ///
    /// - Parameters:
    ///   - arguments: the command line.
    ///   - environment: where `CURATE_STORE` is looked up.
    package init(_ arguments: ParsedArguments, environment: Environment) {
        store = arguments[Self.storeOption] ?? environment.nonEmpty("CURATE_STORE") ?? "curate.sqlite"
        threads = arguments[Self.threadsOption]
        wait = arguments[Self.waitOption]
        saveEvery = arguments[Self.saveEveryOption]
        kernels = arguments[Self.kernelsOption]
        profiles = arguments[Self.profileOption]
        isQuiet = arguments[Self.quietOption]
        wantsJSON = arguments[Self.jsonOption]
        forbidsColour = arguments[Self.noColourOption]
        force = arguments[Self.forceOption]
    }
}
