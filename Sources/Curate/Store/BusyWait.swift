import CSQLite
import Glibc

/// What a connection does when another process holds the lock it needs: it tries again for some time, says so after a
/// second, and gives up early when it is told to.
final class BusyWait {
    /// For how many seconds to try; the time is the sum of the pauses.
    let seconds: Double
    private let path: String
    private let user: StoreUser?
    private var waited = 0.0
    private var hasTold = false

    /// Pauses in milliseconds, as SQLite's own; the last one is repeated.
    private static let pauses = [1.0, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100]

    private static let secondsForLastWords = 2.0

    init(path: String, seconds: Double, user: StoreUser?) {
        self.path = path
        self.seconds = min(max(seconds, 0), 86_400)
        self.user = user
    }

    /// Whether the user asked to stop.
    var isStopped: Bool { user?.isStopped() ?? false }

    /// The machine this process runs on, if it was said.
    var host: String? { user?.owner.host }

    /// Makes SQLite ask this object, which must live as long as the connection.
    func install(on handle: OpaquePointer) {
        sqlite3_busy_handler(
            handle,
            { context, count in
                guard let context else { return 0 }
                return Unmanaged<BusyWait>.fromOpaque(context).takeUnretainedValue().shouldTryAgain(count) ? 1 : 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// - Parameter count: how often it was asked in this wait.
    private func shouldTryAgain(_ count: Int32) -> Bool {
        if count == 0 {
            waited = 0
            hasTold = false
        }
        // Who asked to stop waits for a commit, so that what was done can be saved, but not for more.
        let patience = isStopped ? min(seconds, Self.secondsForLastWords) : seconds
        guard waited < patience else { return false }
        if waited >= 1 && !hasTold && !isStopped {
            hasTold = true
            user?.didWait(lockHolder(ofFile: path, seenFrom: host) ?? "another process")
        }
        let pause = min(Self.pauses[min(Int(count), Self.pauses.count - 1)] / 1000, seconds - waited)
        usleep(UInt32(pause * 1e6))
        waited += pause
        return true
    }
}
