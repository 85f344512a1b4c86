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

    /// Catches Ctrl-C and makes the pool.
    init(_ invocation: Invocation) {
        console = invocation.console
        InterruptFlag.install(announcing: !console.isQuiet && !console.wantsJSON)
        pool = WorkerPool(threadCount: invocation.globals.threads ?? Self.coreCount)
        let shown = ProgressDisplay(console.progress)
        let commandLine = invocation.commandLine
        monitor = TrainingMonitor(
            report: { shown.show($0) },
            checkForStop: { try InterruptFlag.check(resuming: commandLine) },
            now: ProgressBar.monotonicSeconds, timestamp: Self.timestamp)
        environment = PipelineRunner.Environment(
            pool: pool, monitor: monitor, wallClock: { Double(time(nil)) }, program: invocation.program.record)
    }

    /// The cores this process may use.
    private static var coreCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// The time of day in UTC, as ISO 8601.
    private static func timestamp() -> String {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 32)
        strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Turns the reports of training into phases of the progress bar.
private final class ProgressDisplay {
    private let bar: ProgressBar
    private var label = ""

    init(_ bar: ProgressBar) { self.bar = bar }

    func show(_ progress: TrainingProgress) {
        let epoch = "seed \(progress.seed) epoch \(progress.epoch)/\(progress.epochCount)"
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
