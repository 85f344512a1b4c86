import Glibc

/// A whole file as read-only memory; pages are read when they are touched and cost no private memory.
///
/// A file that another process shortens while it is mapped ends this process (the system sends SIGBUS); data under
/// analysis should not be edited in place.
package final class MappedFile: @unchecked Sendable {
    // Unchecked because of the raw pointer: the memory is never written.

    /// The path it was opened by.
    package let path: String
    /// The content.
    package let bytes: UnsafeRawBufferPointer

    /// Maps a regular, non-empty file.
    ///
    /// - Throws: `CurateError` of kind `missingInput` when there is no such file or it cannot be read, and of kind
    ///   `badData` when it is empty.
    package init(path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.openingFailed(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.openingFailed(path, errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR:
            throw CurateError(
                .missingInput, "this is a directory, a file was expected", at: path, remedy: "name a file inside it")
        default:
            throw CurateError(
                .missingInput, "this is not a regular file", at: path, remedy: "save the data to a file first")
        }
        let count = Int(status.st_size)
        guard count > 0 else {
            throw CurateError(.badData, "the file is empty", at: path, remedy: "fetch or write it again")
        }
        let memory = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let memory, memory != MAP_FAILED else { throw Self.openingFailed(path, errno) }
        self.path = path
        bytes = UnsafeRawBufferPointer(start: memory, count: count)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }

    /// Tells the system that the file will be read from front to back.
    package func adviseSequential() {
        // Advice only: a refusal changes nothing but speed.
        madvise(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count, MADV_SEQUENTIAL)
    }

    /// Lets go of the pages under some bytes of the file; touching them again reads them again.
    ///
    /// The page that `part` ends in is kept, because a streaming pass is about to go on in it.
    package func release(_ part: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, let first = part.baseAddress else { return }
        let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
        let offset = first - base
        precondition(offset >= 0 && offset + part.count <= bytes.count, "releasing bytes of another file")
        let start = offset / pageSize * pageSize
        let end = (offset + part.count) / pageSize * pageSize
        guard end > start else { return }
        madvise(UnsafeMutableRawPointer(mutating: base + start), end - start, MADV_DONTNEED)
    }

    private static func openingFailed(_ path: String, _ code: Int32) -> CurateError {
        let remedy: String
        switch code {
        case ENOENT, ENOTDIR: remedy = "check the spelling of the path"
        case EACCES, EPERM: remedy = "make it readable, for instance with chmod +r"
        default: remedy = "check that the file can be read at all"
        }
        let message = "the file cannot be read: \(SystemError.describe(code))"
        return CurateError(.missingInput, message, at: path, remedy: remedy)
    }
}
