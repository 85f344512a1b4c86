import Foundation
import TestSupport
import Testing

/// Embeddings in a safetensors file with a table beside them, from `inspect` to a report by group.
@Suite(.tags(.training)) struct SafetensorsCommandTests {
    /// 240 vectors of two bfloat16 numbers, ids, and a table in another order; the name of the file, and the words for it.
    private static func write(_ workspace: ScoreWorkspace) throws -> [String] {
        let count = 240
        var features: [UInt16] = []
        var rows: [String] = []
        for index in 0..<count {
            let label = index % 2
            let place = index % 10 < 2 ? 1 - label : label
            let values = [
                Float(label) * 2 + Float(index * 37 % 23) / 12, Float(place) * 3 + Float(index * 31 % 17) / 9,
            ]
            features += values.map { UInt16($0.bitPattern >> 16) }
            rows.append(
                "\(5000 + index),\(label == 1 ? "cat" : "dog"),\(place == 1 ? "land" : "water"),"
                    + (index % 3 == 0 ? "test" : "train"))
        }
        let ids = (0..<count).map { Int64(5000 + $0) }.withUnsafeBytes { Array($0) }
        let numbers = features.withUnsafeBytes { Array($0) }
        let header =
            "{\"ids\":{\"dtype\":\"I64\",\"shape\":[\(count)],\"data_offsets\":[0,\(ids.count)]},"
            + "\"embeddings\":{\"dtype\":\"BF16\",\"shape\":[\(count),2],"
            + "\"data_offsets\":[\(ids.count),\(ids.count + numbers.count)]}}"
        let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
        try Data(length + Array(header.utf8) + ids + numbers).write(
            to: workspace.directory.appendingPathComponent("clip.safetensors"))
        try Data(("id,label,place,split\n" + rows.reversed().joined(separator: "\n") + "\n").utf8).write(
            to: workspace.directory.appendingPathComponent("truth.csv"))
        return [
            workspace.path("clip.safetensors"), "--metadata", workspace.path("truth.csv"), "--group", "place*label",
        ]
    }

    private static let quick = ["--network", "linear", "--epochs", "3", "--seeds", "1"]

    @Test func inspectScoreAndEvaluate() throws {
        try ScoreWorkspace.use { workspace in
            let data = try Self.write(workspace)
            let seen = try workspace.succeed(["inspect"] + data)
            #expect(seen.contains("clip: safetensors, 240 vectors of 2 (float32)") && seen.contains("land*dog"))
            try workspace.succeed(
                ["score"] + data + Self.quick + ["--by", "el2n", "--out", workspace.path("scores.csv")])
            let scores = try workspace.text("scores.csv").split(separator: "\n")
            // Named as the ids of the tensors and the table are; the first of the training examples.
            #expect(scores.contains { $0.contains(",5001,") } && !scores.contains { $0.contains(",5000,") })
            let report = try workspace.succeed(["evaluate"] + data + Self.quick)
            #expect(report.contains("worst group place*label=") && report.contains("water*cat"))
        }
    }

    @Test func aDamagedFileIsWrongData() throws {
        try ScoreWorkspace.use { workspace in
            let data = try Self.write(workspace)
            let whole = try workspace.bytes("clip.safetensors")
            try whole.dropLast(3).write(to: workspace.directory.appendingPathComponent("clip.safetensors"))
            let errors = try workspace.fail(["inspect"] + data, exitCode: 65)
            #expect(errors.contains("clip.safetensors") && errors.contains("cut short"), "\(errors)")
        }
    }
}
