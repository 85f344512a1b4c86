import Glibc

/// The system's words for its error numbers.
package enum SystemError {
    /// The sentence for one `errno`, in lower case as it follows a colon: "no such file or directory".
    package static func describe(_ code: Int32) -> String {
        // The `_r` form, because `strerror` shares one buffer among threads.
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(code, &buffer, buffer.count) == 0 else { return "system error \(code)" }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
