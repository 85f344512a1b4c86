import Curate
import Glibc
import Synchronization

/// How often the user asked to stop, counted where a signal handler may count.
private let interruptCount = Atomic<Int>(0)
/// Whether the first signal is answered with words.
private let announcesInterrupt = Atomic<Bool>(false)

/// Ctrl-C as a question instead of a death: the first one asks long work to stop at a safe point, the second is obeyed
/// at once.
///
/// A verb that does long work calls `install()` first, hands `isRaised` to the library, and throws `error(resuming:)`
/// when the library has stopped. Verbs that do not install it die from Ctrl-C as any program does.
package enum InterruptFlag {
    /// Catches SIGINT and SIGTERM from now on, unless the parent process had them ignored (a shell's background job).
    ///
    /// - Parameter announcing: whether to say on standard error that the first signal was heard.
    package static func install(announcing: Bool) {
        // Also forces the initialisation of both atomics, which must not happen inside the handler.
        announcesInterrupt.store(announcing, ordering: .relaxed)
        _ = interruptCount.load(ordering: .relaxed)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in
            let saved = errno
            if interruptCount.add(1, ordering: .relaxed).newValue > 1 { _exit(130) }
            guard announcesInterrupt.load(ordering: .relaxed) else { return }
            let words: StaticString = "\nstopping at the next safe point; once more to stop at once\n"
            _ = write(STDERR_FILENO, words.utf8Start, words.utf8CodeUnitCount)
            errno = saved
        }
        action.sa_flags = SA_RESTART
        for signal in [SIGINT, SIGTERM] {
            var former = sigaction()
            sigaction(signal, nil, &former)
            let isIgnored = unsafeBitCast(former.__sigaction_handler.sa_handler, to: Int.self) == ignoredHandler
            if !isIgnored { sigaction(signal, &action, nil) }
        }
    }

    /// The number that stands for SIG_IGN where a handler's address would be.
    private static let ignoredHandler = 1

    /// Whether the user asked to stop; cheap enough to ask in every step.
    @Sendable package static func isRaised() -> Bool { interruptCount.load(ordering: .relaxed) > 0 }

    /// The error for work that was stopped.
    ///
    /// - Parameter commandLine: what continues the work when it is run again.
    package static func error(resuming commandLine: String) -> CurateError {
        CurateError(
            .interrupted, "stopped on request; everything finished so far is in the store",
            remedy: "run it again to continue: \(commandLine)")
    }

    /// Throws when the user asked to stop before anything was written.
    ///
    /// - Parameter commandLine: what does the work when it is run again.
    package static func checkBeforeWriting(resuming commandLine: String) throws(CurateError) {
        guard isRaised() else { return }
        throw CurateError(
            .interrupted, "stopped on request; nothing was written", remedy: "run it again: \(commandLine)")
    }

    /// Throws when the user asked to stop.
    ///
    /// - Parameter commandLine: what continues the work when it is run again.
    package static func check(resuming commandLine: String) throws(CurateError) {
        if isRaised() { throw error(resuming: commandLine) }
    }
}
