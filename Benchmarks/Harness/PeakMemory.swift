import Glibc

/// The largest resident set this process has had.
enum PeakMemory {
    /// Bytes: `VmHWM` of /proc/self/status.
    ///
    /// `ru_maxrss` would not do: it starts from what the parent had when it made this process.
    static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/status", "r") else { fail("/proc/self/status cannot be read") }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let bytes = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            let text = String(decoding: bytes, as: UTF8.self)
            if text.hasPrefix("VmHWM:"), let kilobytes = Int(text.filter(\.isNumber)) { return kilobytes * 1024 }
        }
        fail("/proc/self/status has no VmHWM")
    }
}
