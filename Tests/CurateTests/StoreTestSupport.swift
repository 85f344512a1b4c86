import Curate
import Foundation
import Glibc
import Models

/// A directory for one test, removed with everything in it when the test is over.
final class StoreDirectory {
    let path: String

    init() {
        let parent = FileManager.default.temporaryDirectory.path
        var template = Array("\(parent)/curate-store-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { preconditionFailure("no temporary directory: \(errno)") }
        path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    deinit { removeStoreTestTree(path) }

    /// A file in it.
    func file(_ name: String = "curate.sqlite") -> String { path + "/" + name }
}

/// Removes a directory one level deep.
func removeStoreTestTree(_ path: String) {
    if let directory = opendir(path) {
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            unlink(path + "/" + name)
        }
        closedir(directory)
    }
    rmdir(path)
}

func fileBytes(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw CurateError(.missingInput, "cannot open", at: path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return bytes
}

func writeFile(_ path: String, _ bytes: [UInt8]) throws {
    guard let file = fopen(path, "wb") else { throw CurateError(.cannotCreateOutput, "cannot open", at: path) }
    let written = fwrite(bytes, 1, bytes.count, file)
    guard fclose(file) == 0, written == bytes.count else {
        throw CurateError(.cannotCreateOutput, "cannot write", at: path)
    }
}

/// A dataset whose features are one byte each; only identities matter to a store.
func storeTestDataset(
    trainCount: Int, testCount: Int = 0, ids: [String]? = nil, groups: [GroupColumn] = [], hash: String = "d0"
) -> Dataset {
    final class Bytes {
        let base: UnsafeMutableRawPointer
        init(count: Int) { base = .allocate(byteCount: max(count, 1), alignment: 16) }
        deinit { base.deallocate() }
    }
    let count = trainCount + testCount
    let bytes = Bytes(count: count)
    let features = FeatureMatrix(
        shape: .init(height: 1, width: 1, channels: 1), elementType: .uint8, layout: .channelsLast,
        segments: [.init(base: UnsafeRawPointer(bytes.base), rowCount: count, owner: bytes)])
    return Dataset(
        name: "digits", format: .npy, features: features, labels: (0..<count).map { Int32($0 % 3) },
        classNames: ["zero", "one", "zwei é"],
        partitions: Array(repeating: .train, count: trainCount) + Array(repeating: .test, count: testCount),
        ids: ids.map { .named($0) } ?? .positional(partitionCounts: [trainCount, 0, testCount]), groups: groups,
        contentHash: hash, notes: [])
}

func storeTestIdentity(_ name: String = "run", dataset: String? = nil, inputs: [ArtifactKey] = []) -> ArtifactIdentity {
    ArtifactIdentity(
        kind: "train", codeVersion: 1, parameters: ["name": .string(name), "learningRate": 0.1], inputs: inputs,
        dataset: dataset, numericProfile: "avx512")
}

func storeTestScoreSet(
    _ name: String = "el2n", dataset: String = "d0", runs: [ArtifactKey] = []
) -> StoredScoreSet {
    StoredScoreSet(
        key: storeTestIdentity(name).key, name: name, convention: "data-diet", direction: "higher = harder",
        dataset: dataset, runKeys: runs, seeds: [0, .max],
        description: "L2 norm of the error vector", createdAt: "2025-01-01T00:00:00Z")
}

/// Values that are different at every position and epoch.
func storeTestFloats(_ count: Int, epoch: Int) -> [Float] {
    (0..<count).map { Float(bitPattern: UInt32(truncatingIfNeeded: KeyedRandom.mix(UInt64(epoch << 32 + $0)) >> 34)) }
}

func storeTestBytes(_ count: Int, epoch: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: KeyedRandom.mix(UInt64(epoch << 32 + $0))) }
}
