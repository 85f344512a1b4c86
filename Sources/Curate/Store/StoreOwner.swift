import Glibc

/// Who writes to a store, as others are told who have to wait.
package struct StoreOwner: Sendable, Equatable {
    /// The number of the process.
    package let process: Int
    /// The machine it runs on.
    package let host: String
    /// The command line, or another word for what it does.
    package let command: String

    /// Makes a description of a process; line breaks in its texts become spaces.
    package init(process: Int, host: String, command: String) {
        func oneLine(_ text: String) -> String {
            String(decoding: text.utf8.map { $0 < 0x20 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
        }
        self.process = process
        self.host = oneLine(host)
        self.command = oneLine(command)
    }
}

/// Who opens a store, and how to talk to them while another process holds it.
package struct StoreUser {
    /// What others are told while this process writes.
    package let owner: StoreOwner
    /// Called once a wait, when it has lasted a second, with who holds the store.
    package let didWait: (_ holder: String) -> Void
    /// Asked while waiting: whether to give up now.
    package let isStopped: () -> Bool

    /// Makes a user.
    package init(
        owner: StoreOwner, didWait: @escaping (_ holder: String) -> Void, isStopped: @escaping () -> Bool
    ) {
        self.owner = owner
        self.didWait = didWait
        self.isStopped = isStopped
    }
}

/// The file `STORE-owner`, which is there while a process writes and says which one.
///
/// It is a courtesy and no lock: SQLite's locks alone decide who may write. So it is not synced, what goes wrong with it
/// is passed over, and one that a killed process left behind means nothing once the lock is free.
struct OwnerRecord {
    /// Who wrote it.
    let owner: StoreOwner
    /// When it was written, by the clock of the file system.
    let since: timespec

    /// The record's file.
    static func path(besides store: String) -> String { store + "-owner" }

    /// Says that a process holds the lock from now on.
    static func write(_ owner: StoreOwner, besides store: String) {
        let descriptor = open(path(besides: store), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { return }
        let text = "process \(owner.process)\nhost \(owner.host)\ncommand \(owner.command)\n"
        _ = Array(text.utf8).withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }

    /// Takes the record away when it is still this owner's.
    static func remove(_ owner: StoreOwner, besides store: String) {
        if read(besides: store)?.owner == owner { unlink(path(besides: store)) }
    }

    /// The record, or nil when there is none that can be read.
    static func read(besides store: String) -> OwnerRecord? {
        let path = path(besides: store)
        var status = stat()
        guard stat(path, &status) == 0, let text = firstBytes(ofFile: path) else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 4, let process = Int(lines[0].dropFirst("process ".count)),
            lines[1].hasPrefix("host "), lines[2].hasPrefix("command ")
        else { return nil }
        return OwnerRecord(
            owner: StoreOwner(
                process: process, host: String(lines[1].dropFirst("host ".count)),
                command: String(lines[2].dropFirst("command ".count))),
            since: status.st_mtim)
    }

    /// Who and since when, for a person on some machine.
    func text(seenFrom host: String?) -> String {
        var seconds = since.tv_sec
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var time = [CChar](repeating: 0, count: 32)
        strftime(&time, time.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        let since = String(decoding: time.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let place = owner.host == host ?? owner.host ? "" : " on \(owner.host)"
        return "process \(owner.process)\(place) (\(owner.command)) since \(since)"
    }
}

/// The process that keeps others from a store, as `process 123 (curate train ...) since ...`; nil when it cannot be told.
///
/// The kernel knows the processes of this machine that hold a lock, and the owner record what they are doing; for a
/// process on another machine, with which the file is shared, there is the record only.
func lockHolder(ofFile path: String, seenFrom host: String?) -> String? {
    let record = OwnerRecord.read(besides: path)
    guard let process = lockingProcess(ofFile: path) else { return record?.text(seenFrom: host) }
    if process == Int(getpid()) { return "this process" }
    if let record, record.owner.process == process { return record.text(seenFrom: host) }
    let name = firstBytes(ofFile: "/proc/\(process)/comm")?.split(separator: "\n").first
    return "process \(process)" + (name.map { " (\($0))" } ?? "")
}

/// The process that holds one of SQLite's locks on a file: rather another one than this, rather a writer than a reader.
private func lockingProcess(ofFile path: String) -> Int? {
    var status = stat()
    guard stat(path, &status) == 0, let locks = firstBytes(ofFile: "/proc/locks") else { return nil }
    var best: (process: Int, preference: Int)?
    // One lock: `1: POSIX  ADVISORY  WRITE 123 fe:00:4711 1073741825 1073741825`. SQLite locks the bytes from 2³⁰ on.
    for line in locks.split(separator: "\n") {
        let fields = line.split(separator: " ")
        guard fields.count == 8, fields[5].split(separator: ":").last == "\(status.st_ino)",
            let first = Int(fields[6]), (0x4000_0000..<0x4000_0200).contains(first), let process = Int(fields[4])
        else { continue }
        let preference = (process == Int(getpid()) ? 0 : 2) + (fields[3] == "WRITE" ? 1 : 0)
        if preference > best?.preference ?? 0 { best = (process, preference) }
    }
    return best?.process
}

/// The start of a file that may have no size to ask for, as those in /proc.
private func firstBytes(ofFile path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 18)
    var filled = 0
    while filled < bytes.count {
        let count = bytes[filled...].withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { break }
        filled += count
    }
    return String(decoding: bytes[..<filled], as: UTF8.self)
}
