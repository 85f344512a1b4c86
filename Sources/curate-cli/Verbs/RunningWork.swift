import Curate
import Glibc
import Models

/// What long work needs of the terminal: threads, a progress bar and a way to stop.
struct RunningWork {
    let pool: WorkerPool
    let monitor: TrainingMonitor
    /// What pipelines run with.
    let environment: PipelineRunner.Environment
    private let console: Console
    private let profile: KernelProfile?

    /// Catches Ctrl-C and makes the pool.
    init(_ invocation: Invocation) {
        console = invocation.console
        InterruptFlag.install(announcing: !console.isQuiet && !console.wantsJSON)
        profile = invocation.globals.profiles ? KernelProfile(now: ProgressBar.monotonicSeconds) : nil
        pool = WorkerPool(
            threadCount: invocation.threadCount, kernels: invocation.globals.kernels,
            profile: profile)
        let shown = ProgressDisplay(console.progress)
        let commandLine = invocation.commandLine
        monitor = TrainingMonitor(
            report: { shown.show($0) },
            checkForStop: { try InterruptFlag.check(resuming: commandLine) },
            now: ProgressBar.monotonicSeconds, timestamp: { Self.timestamp() },
            secondsBetweenSaves: invocation.globals.saveEvery)
        environment = PipelineRunner.Environment(
            pool: pool, monitor: monitor, wallClock: { Double(time(nil)) }, program: invocation.program.record,
            openStore: { try invocation.openStore(.write, at: $0) })
    }

    /// Prints where the time went, if that was asked for.
    func showProfile() {
        if let profile { ProfileReport.show(profile, on: console) }
    }

    /// The time of day in UTC, as ISO 8601.
    ///
    /// - Parameter secondsAgo: how long before now.
    static func timestamp(secondsAgo: Double = 0) -> String {
        var now = time(nil) - Int(min(secondsAgo, 1e10))
        var parts = tm()
        gmtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 32)
        strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension Invocation {
    /// How many threads to use: as the command line says, else one for each core.
    package var threadCount: Int { globals.threads ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Opens the store the command line names, and says so when another process keeps it waiting.
    ///
    /// - Parameters:
    ///   - mode: whether to write.
    ///   - path: another store than the command line's.
    func openStore(_ mode: Store.Mode, at path: String? = nil) throws -> Store {
        let console = console
        let seconds = globals.wait
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        let owner = StoreOwner(
            process: Int(getpid()),
            host: String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self),
            command: commandLine)
        return try Store.open(
            path: path ?? globals.store, mode: mode, busyTimeout: seconds,
            user: StoreUser(
                owner: owner,
                didWait: { holder in
                    console.remark("waiting up to \(NumberText.plain(seconds)) s for the store, in use by \(holder)")
                }, isStopped: InterruptFlag.isRaised))
    }
}

/// Turns the reports of training into phases of the progress bar.
private final class ProgressDisplay {
    private let bar: ProgressBar
    private var label = ""

    init(_ bar: ProgressBar) { self.bar = bar }

    func show(_ progress: TrainingProgress) {
        let epoch =
            (progress.part.map { $0 + ", " } ?? "")
            + "seed \(progress.seed) epoch \(progress.epoch)/\(progress.epochCount)"
        let current =
            switch progress.phase {
            case .training: epoch
            // Somebody's weights have no epoch of ours.
            case .cleanPass: progress.epochCount == 0 ? "clean pass" : epoch + " clean pass"
            case .gradientNorms: progress.epochCount == 0 ? "gradient norms" : epoch + " gradient norms"
            case .evaluation: epoch + " evaluation"
            }
        if current != label {
            label = current
            bar.begin(current, total: progress.total, unit: "examples")
        }
        bar.update(
            completed: progress.completed,
            metric: progress.loss.map { "loss \(NumberText.fixed($0, decimals: 4))" })
        if progress.completed >= progress.total {
            bar.end()
            label = ""
        }
    }
}
