import Glibc

/// A file that is written line by line.
struct LineFile {
    private let path: String
    private let file: UnsafeMutablePointer<FILE>

    /// Opens a file that must not exist yet.
    init(_ path: String) {
        guard let file = fopen(path, "wx") else {
            fail("\(path) cannot be made: \(String(cString: strerror(errno))); name another file")
        }
        self.path = path
        self.file = file
    }

    /// Writes one line, so that what was measured survives an interruption.
    mutating func append(_ line: JSONLine) {
        if fputs(line.text + "\n", file) < 0 || fflush(file) != 0 {
            fail("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }
}
