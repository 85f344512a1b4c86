import Curate
import Glibc
import Synchronization

/// Progress of long work on standard error: a bar on a terminal, a line per phase elsewhere, nothing when quiet.
///
/// A phase is an epoch, a pass or a file: `begin`, any number of `update`s, `end`. Any thread may report.
package final class ProgressBar: Sendable {
    /// How progress is shown.
    package enum Mode: Sendable { case animated, lines, silent }

    private struct Phase {
        let label: String
        let total: Int
        let unit: String
        let start: Double
        var completed = 0
        var metric: String?
        var rate: ProgressRate
        var lastDrawn: Double
    }

    /// Ten frames a second are as many as a person reads.
    private static let secondsBetweenFrames = 0.1
    /// A log wants a sign of life during a long phase, not a film.
    private static let secondsBetweenLines = 30.0

    private let mode: Mode
    private let columns: Int
    private let style: Style
    private let supportsUnicode: Bool
    private let clock: @Sendable () -> Double
    private let write: @Sendable (String) -> Void
    private let phase = Mutex<Phase?>(nil)

    /// A bar.
    ///
    /// - Parameters:
    ///   - mode: how progress is shown.
    ///   - columns: the terminal's width.
    ///   - style: the bar's colour.
    ///   - supportsUnicode: whether blocks can be drawn.
    ///   - clock: seconds that only grow.
    ///   - write: takes the text for standard error.
    package init(
        mode: Mode, columns: Int, style: Style, supportsUnicode: Bool, clock: @escaping @Sendable () -> Double,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.mode = mode
        self.columns = columns
        self.style = style
        self.supportsUnicode = supportsUnicode
        self.clock = clock
        self.write = write
    }

    /// Seconds of the system's monotonic clock.
    @Sendable package static func monotonicSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Starts a phase and, on a terminal, draws it at once.
    ///
    /// - Parameters:
    ///   - label: for instance "epoch 7/20".
    ///   - total: how many steps there are; 0 when unknown.
    ///   - unit: what is counted, for the rate: "images", "rows".
    package func begin(_ label: String, total: Int, unit: String) {
        guard mode != .silent else { return }
        phase.withLock { phase in
            let now = clock()
            let begun = Phase(
                label: label, total: total, unit: unit, start: now, rate: ProgressRate(start: now), lastDrawn: now)
            phase = begun
            if mode == .animated { draw(begun, at: now) }
        }
    }

    /// Reports how much is done; redraws if it is time to.
    ///
    /// - Parameters:
    ///   - completed: the count since `begin`.
    ///   - metric: one number worth watching, for instance "loss 0.812"; nil keeps the last.
    package func update(completed: Int, metric: String? = nil) {
        guard mode != .silent else { return }
        phase.withLock { phase in
            guard var current = phase else { return }
            let now = clock()
            current.completed = completed
            current.metric = metric ?? current.metric
            let pause = mode == .animated ? Self.secondsBetweenFrames : Self.secondsBetweenLines
            if now - current.lastDrawn >= pause {
                current.rate.record(completed: completed, at: now)
                current.lastDrawn = now
                draw(current, at: now)
            }
            phase = current
        }
    }

    /// Ends the phase and leaves one line about it.
    ///
    /// - Parameter metric: the number to leave, for instance "loss 0.412 accuracy 0.871".
    package func end(metric: String? = nil) {
        phase.withLock { phase in
            guard let ended = phase else { return }
            phase = nil
            let seconds = clock() - ended.start
            let count = ended.total > 0 ? ended.total : ended.completed
            let rate = seconds > 0 ? " (\(NumberText.rate(Double(count) / seconds)) \(ended.unit)/s)" : ""
            var line = "\(ended.label)  \(NumberText.grouped(count)) \(ended.unit) in "
            line += NumberText.duration(seconds) + rate
            if let metric = metric ?? ended.metric { line += "  \(metric)" }
            write((mode == .animated ? Self.clearLine : "") + line + "\n")
        }
    }

    /// Takes an unfinished bar off the terminal, before an error is printed.
    package func abandon() {
        phase.withLock { phase in
            if phase != nil && mode == .animated { write(Self.clearLine) }
            phase = nil
        }
    }

    /// Prints a line above the bar.
    package func interject(_ line: String) {
        phase.withLock { phase in
            guard mode == .animated, let current = phase else { return write(line + "\n") }
            write(Self.clearLine + line + "\n")
            draw(current, at: clock())
        }
    }

    private static let clearLine = "\r\u{1B}[K"

    private func draw(_ phase: Phase, at now: Double) {
        switch mode {
        case .silent: break
        case .animated: write(Self.clearLine + frame(phase, at: now))
        case .lines: write(plainLine(phase, at: now) + "\n")
        }
    }

    /// One frame of the bar.
    ///
    /// `epoch 7/20   35 %  ██████▌      17,500/50,000 [00:41<01:16, 427 images/s] loss 0.812`
    private func frame(_ phase: Phase, at now: Double) -> String {
        let facts = facts(phase, at: now)
        guard phase.total > 0 else { return TerminalText.truncated("\(phase.label)  \(facts)", to: columns - 1) }
        let head = "\(phase.label)  \(percentage(phase))  "
        let used = TerminalText.width(of: head) + TerminalText.width(of: facts) + 2
        let barWidth = min(30, columns - 1 - used)
        guard barWidth >= 4 else { return TerminalText.truncated(head + facts, to: columns - 1) }
        let bar = Bar.text(share(phase), columns: barWidth, supportsUnicode: supportsUnicode)
        return "\(head)\(style.cyan(bar))  \(facts)"
    }

    private func plainLine(_ phase: Phase, at now: Double) -> String {
        let head = phase.total > 0 ? "\(phase.label)  \(percentage(phase))  " : "\(phase.label)  "
        return head + facts(phase, at: now)
    }

    private func facts(_ phase: Phase, at now: Double) -> String {
        var text = NumberText.grouped(phase.completed)
        if phase.total > 0 { text += "/\(NumberText.grouped(phase.total))" }
        text += " [\(NumberText.clock(now - phase.start))"
        if phase.total > 0 {
            let left = phase.rate.remaining(max(0, phase.total - phase.completed), at: now)
            text += "<\(NumberText.clock(left ?? -1))"
        }
        if let rate = phase.rate.perSecond(at: now) { text += ", \(NumberText.rate(rate)) \(phase.unit)/s" }
        text += "]"
        if let metric = phase.metric { text += " \(metric)" }
        return text
    }

    private func percentage(_ phase: Phase) -> String {
        TerminalText.padded("\(Int(share(phase) * 100)) %", to: 5, onTheLeft: true)
    }

    private func share(_ phase: Phase) -> Double {
        phase.total > 0 ? min(1, Double(phase.completed) / Double(phase.total)) : 0
    }
}
