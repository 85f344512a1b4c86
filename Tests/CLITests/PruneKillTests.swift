import Curate
import Foundation
import Glibc
import TestSupport
import Testing

/// Ends the real program while it writes: a split is then whole, or refused, and never a mixture of two.
@Suite(.serialized, .tags(.kill, .soak)) struct PruneKillTests {
    @Test func killedWhileReplacingASplit() throws {
        try withTemporaryDirectory { directory in
            // Few rows, so that reading is quick, with long names, so that writing takes more than one piece.
            var table = "name,x,label\n"
            for row in 0..<4000 { table += "\(String(repeating: "long ", count: 30))\(row),\(row),\(row % 2)\n" }
            let data = directory.appendingPathComponent("numbers.csv").path
            try Data(table.utf8).write(to: URL(fileURLWithPath: data))
            let split = directory.appendingPathComponent("split").path
            func start(seed: Int) throws -> Process {
                let process = Process()
                process.executableURL = CurateProcess.executable
                process.arguments = [
                    "prune", data, "--id", "name", "--policy", "random", "--keep", "0.5", "--seed", "\(seed)", "--out",
                    split,
                    "--force",
                ]
                process.standardOutput = FileHandle.nullDevice
                process.standardError = FileHandle.nullDevice
                try process.run()
                return process
            }
            func partialFiles() throws -> [String] {
                try FileManager.default.contentsOfDirectory(atPath: split).filter { $0.hasSuffix(".partial") }.map {
                    "\(split)/\($0)"
                }
            }
            let first = try start(seed: 0)
            first.waitUntilExit()
            #expect(first.terminationStatus == 0)
            let manifest = split + "/manifest.json"
            let killCount = Soak.count(3, of: 8, "kills while a split is replaced")
            var (kills, seed) = (0, 0)
            while kills < killCount {
                seed += 1
                try #require(seed < 20 * killCount, "the program ends before it can be killed")
                let process = try start(seed: seed)
                // Writing takes the last few milliseconds: wait for its first bytes, then up to as long.
                while process.isRunning {
                    let isWriting = try partialFiles().contains { path in
                        var status = stat()
                        return stat(path, &status) == 0 && status.st_size > 0
                    }
                    if isWriting { break }
                }
                usleep(UInt32((seed - 1) % 8) * 3000)
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                if process.terminationReason == .uncaughtSignal { kills += 1 }
                for path in try partialFiles() { try FileManager.default.removeItem(atPath: path) }
                do {
                    let files = try SplitReader.read(path: split)
                    #expect(files.manifest.keptCount == 2000)
                    let written = try #require(files.manifest.rule["seed"]?.intValue)
                    #expect(written <= seed)
                } catch let error as CurateError {
                    #expect(error.kind == .badData && error.message.contains("not the one the manifest"), "\(error)")
                }
                #expect(FileManager.default.fileExists(atPath: manifest))
            }
            let last = try start(seed: 999)
            last.waitUntilExit()
            #expect(try SplitReader.read(path: split).manifest.rule["seed"]?.intValue == 999)
        }
    }
}
