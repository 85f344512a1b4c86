import Curate
import Foundation
import Glibc
import Testing

@Suite struct DataFileTests {
    @Test func mapsAFile() throws {
        let directory = try TemporaryDirectory()
        let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let file = try MappedFile(path: directory.write("a", content))
        file.adviseSequential()
        #expect(Array(file.bytes) == content)
        file.release(UnsafeRawBufferPointer(rebasing: file.bytes[4097..<90_000]))
        file.release(UnsafeRawBufferPointer(rebasing: file.bytes[0..<0]))
        #expect(Array(file.bytes) == content)
    }

    @Test func saysWhyAFileCannotBeMapped() throws {
        let directory = try TemporaryDirectory()
        expectFailure(.missingInput, "no such file or directory") { try MappedFile(path: directory.path(of: "none")) }
        expectFailure(.missingInput, "this is a directory") { try MappedFile(path: directory.path) }
        expectFailure(.badData, "the file is empty") { try MappedFile(path: directory.write("empty", [])) }
        expectFailure(.missingInput, "not a regular file") { try MappedFile(path: "/dev/null") }
        // A link to itself cannot be read by anyone, not even by root.
        let loop = directory.path(of: "loop")
        try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
        expectFailure(.missingInput, "cannot be read") { try MappedFile(path: loop) }
        expectFailure(.missingInput, "there is no data here") { try DatasetLoader.load(path: loop) }
    }

    @Test(.enabled(if: geteuid() != 0, "root may read everything")) func saysWhenPermissionIsMissing() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a", [1])
        #expect(chmod(path, 0) == 0)
        expectFailure(.missingInput, "permission denied") { try MappedFile(path: path) }
    }

    @Test(arguments: [0, 1, 5, 100_000]) func inflatesWhatWasDeflated(count: Int) throws {
        let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 3) }
        let input = InputBytes(Build.gzip(content), path: "a.gz")
        #expect(try Gzip.inflate(input, byteCount: count).array == content)
        #expect(try Gzip.inflate(input, limit: max(count, 1)).array == content)
        #expect(try Gzip.prefix(of: input, count: 10) == Array(content.prefix(10)))
    }

    @Test func inflatesSeveralMembers() throws {
        let input = InputBytes(Build.gzip([1, 2, 3]) + Build.gzip([4, 5]), path: "a.gz")
        #expect(try Gzip.inflate(input, byteCount: 5).array == [1, 2, 3, 4, 5])
        #expect(try Gzip.inflate(input, limit: 5).array == [1, 2, 3, 4, 5])
        expectFailure(.badData, "more than the declared 4 bytes") { try Gzip.inflate(input, byteCount: 4) }
        expectFailure(.badData, "larger than 4 bytes") { try Gzip.inflate(input, limit: 4) }
    }

    /// Every single flipped bit of the content or the checksums is noticed; the header's name, time and system are not
    /// checked by the format.
    @Test func noticesFlippedBits() throws {
        let content = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* $0) }
        let good = Build.gzip(content)
        for place in 10..<good.count {
            var bytes = good
            bytes[place] ^= 0x10
            expectFailure(.badData, "a.gz") { try Gzip.inflate(InputBytes(bytes, path: "a.gz"), byteCount: 200) }
        }
        for count in 0..<good.count {
            expectFailure(.badData, "a.gz") {
                try Gzip.inflate(InputBytes(Array(good.prefix(count)), path: "a.gz"), byteCount: 200)
            }
        }
    }

    @Test func refusesABombBeforeAllocating() throws {
        let bomb = Build.gzip([UInt8](repeating: 0, count: 1 << 22))
        #expect(bomb.count < 5000)
        expectFailure(.badData, "larger than 100000 bytes") {
            try Gzip.inflate(InputBytes(bomb, path: "a.gz"), limit: 100_000)
        }
        expectFailure(.badData, "compressed bytes can hold") {
            try Gzip.inflate(InputBytes(bomb, path: "a.gz"), byteCount: 1 << 50)
        }
    }

    @Test func atomicFileAppearsWhole() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path(of: "out")
        let file = try AtomicFile(path: path)
        try file.write("hello ")
        try file.write([UInt8](repeating: 0x61, count: 600_000))
        try file.write("!")
        #expect(try !directory.names.contains("out"))
        try file.commit()
        #expect(try directory.names == ["out"])
        #expect(try directory.read("out") == Array("hello ".utf8) + [UInt8](repeating: 0x61, count: 600_000) + [0x21])
    }

    @Test func abandonedFileLeavesNothing() throws {
        let directory = try TemporaryDirectory()
        do {
            let file = try AtomicFile(path: directory.path(of: "out"))
            try file.write("half")
        }
        #expect(try directory.names.isEmpty)
    }

    @Test func replacesOnlyWhenTold() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("out", "old")
        expectFailure(.cannotCreateOutput, "set `force`") { try AtomicFile(path: path) }
        let file = try AtomicFile(path: path, replacing: true)
        try file.write("new")
        #expect(try directory.read("out") == Array("old".utf8))
        try file.commit()
        #expect(try directory.read("out") == Array("new".utf8))
        // A name that was taken while the file was being written is not replaced either.
        let late = try AtomicFile(path: directory.path(of: "late"))
        try late.write("mine")
        try directory.write("late", "theirs")
        expectFailure(.cannotCreateOutput, "exists already") { try late.commit() }
        #expect(try directory.read("late") == Array("theirs".utf8))
    }

    @Test func symbolicLinksStayLinks() throws {
        let directory = try TemporaryDirectory()
        let target = try directory.write("target", "old")
        let link = directory.path(of: "link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
        let file = try AtomicFile(path: link, replacing: true)
        try file.write("new")
        try file.commit()
        #expect(try directory.read("target") == Array("new".utf8))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == target)
    }

    @Test func saysWhyAFileCannotBeMade() throws {
        let directory = try TemporaryDirectory()
        expectFailure(.cannotCreateOutput, "mkdir -p") { try AtomicFile(path: directory.path(of: "no/such/out")) }
        expectFailure(.cannotCreateOutput, "there is a directory of this name") { try AtomicFile(path: directory.path) }
        let full = try AtomicFile(path: "/dev/full", replacing: true)
        try full.write("some text")
        expectFailure(.cannotCreateOutput, "free some space") { try full.commit() }
    }

    @Test func devicesAreWrittenToNotReplaced() throws {
        let file = try AtomicFile(path: "/dev/null", replacing: true)
        try file.write("gone")
        try file.commit()
        var status = stat()
        #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }
}
