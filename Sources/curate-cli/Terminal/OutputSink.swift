import Curate
import Glibc
import Synchronization

/// One output stream: buffered when nobody watches, complete or an error, quiet when the reader has gone.
///
/// After the reader closed its end (`curate ... | head`) what is written is dropped and the work goes on: files and the
/// store still get their results, and the exit code still tells how the work went.
package final class OutputSink: Sendable {
    private enum Target: Sendable {
        case descriptor(Int32)
        case memory
    }

    private struct State {
        var pending: [UInt8] = []
        var readerHasGone = false
    }

    private static let bufferSize = 1 << 16

    private let target: Target
    private let name: String
    private let isBuffered: Bool
    private let state = Mutex(State())

    private init(_ target: Target, name: String, isBuffered: Bool) {
        self.target = target
        self.name = name
        self.isBuffered = isBuffered
    }

    /// Standard output, buffered unless a terminal shows it.
    package static func standardOutput(isTerminal: Bool) -> OutputSink {
        OutputSink(.descriptor(STDOUT_FILENO), name: "standard output", isBuffered: !isTerminal)
    }

    /// Standard error, never buffered.
    package static func standardError() -> OutputSink {
        OutputSink(.descriptor(STDERR_FILENO), name: "standard error", isBuffered: false)
    }

    /// A stream that keeps what is written, for tests.
    package static func memory() -> OutputSink { OutputSink(.memory, name: "memory", isBuffered: true) }

    /// What was written to a stream in memory.
    package var captured: String { state.withLock { String(decoding: $0.pending, as: UTF8.self) } }

    /// Whether the reader has closed its end, so that a long listing may stop.
    package var readerHasGone: Bool { state.withLock { $0.readerHasGone } }

    /// Writes text, or keeps it for the next flush.
    package func write(_ text: String) throws(CurateError) {
        try state.withLock { state throws(CurateError) in
            state.pending += text.utf8
            if !isBuffered || state.pending.count >= Self.bufferSize { try drain(&state) }
        }
    }

    /// Writes what is pending.
    package func flush() throws(CurateError) {
        try state.withLock { state throws(CurateError) in try drain(&state) }
    }

    private func drain(_ state: inout State) throws(CurateError) {
        guard case .descriptor(let descriptor) = target else { return }
        let bytes = state.pending
        state.pending.removeAll(keepingCapacity: true)
        var written = 0
        while written < bytes.count && !state.readerHasGone {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                written += count
                continue
            }
            switch errno {
            case EINTR: continue
            case EPIPE: state.readerHasGone = true
            case EAGAIN:
                // Someone made the shared terminal or pipe non-blocking: wait until it takes more.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&ready, 1, -1)
            case let code:
                throw CurateError(
                    .cannotCreateOutput, "the result cannot be written: \(String(cString: strerror(code)))", at: name,
                    remedy: "make room there or send the output elsewhere; finished work is in the store")
            }
        }
    }
}
