import Curate
import Glibc
import Synchronization

/// How often the user asked to stop, counted where a signal handler may count.
private let interruptCount = Atomic<Int>(0)

/// Ctrl-C as a question instead of a death: the first one asks long work to stop at a safe point, the second is obeyed
/// at once.
///
/// A verb that does long work calls `install()` first, hands `isRaised` to the library, and throws `error(resuming:)`
/// when the library has stopped. Verbs that do not install it die from Ctrl-C as any program does.
package enum InterruptFlag {
    /// Catches SIGINT and SIGTERM from now on.
    package static func install() {
        // Forces the atomic's initialisation, which must not happen inside the handler.
        _ = interruptCount.load(ordering: .relaxed)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in
            let saved = errno
            if interruptCount.add(1, ordering: .relaxed).newValue > 1 { _exit(130) }
            let words: StaticString = "\nstopping at the next safe point; once more to stop at once\n"
            _ = write(STDERR_FILENO, words.utf8Start, words.utf8CodeUnitCount)
            errno = saved
        }
        action.sa_flags = SA_RESTART
        sigaction(SIGINT, &action, nil)
        sigaction(SIGTERM, &action, nil)
    }

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

    /// Throws when the user asked to stop.
    ///
    /// - Parameter commandLine: what continues the work when it is run again.
    package static func check(resuming commandLine: String) throws(CurateError) {
        if isRaised() { throw error(resuming: commandLine) }
    }
}
