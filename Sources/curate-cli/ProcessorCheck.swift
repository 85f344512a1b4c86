import CVector
import Curate
import Glibc

/// Keeps a build for newer processors from dying with an illegal instruction.
package enum ProcessorCheck {
    /// What is wrong with running this build here, or nil.
    package static func complaint(processorMatchesBuild: Bool) -> StaticString? {
        if processorMatchesBuild { return nil }
        return """
            error: this build of curate uses vector instructions that this processor does not have
            hint: build it on this machine, or for any x86-64 processor since 2013 with CURATE_MARCH=x86-64-v3

            """
    }

    /// Ends the process with a sentence if the processor is older than the build.
    ///
    /// Must be the first thing the program does, and does as little as possible: any code of this build may use the
    /// instructions that are missing, so the sentence is a constant that goes straight to the system.
    @inline(never)
    package static func leaveIfUnsuitable() {
        guard let words = complaint(processorMatchesBuild: curate_cpu_matches_build() == 1) else { return }
        _ = write(STDERR_FILENO, words.utf8Start, words.utf8CodeUnitCount)
        _exit(ExitCode.code(for: .internalError))
    }
}
