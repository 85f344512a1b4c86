import Curate
import Foundation
import Models
import Testing

@Suite struct ScoringExportTests {
    typealias Fixtures = ScoringFixtures

    private func bytes(_ write: (@escaping ByteSink) throws -> Void) rethrows -> [UInt8] {
        let gathered = Gathered()
        try write { gathered.bytes.append(contentsOf: $0) }
        return gathered.bytes
    }

    private final class Gathered { var bytes: [UInt8] = [] }

    private func text(_ write: (@escaping ByteSink) throws -> Void) rethrows -> String {
        String(decoding: try bytes(write), as: UTF8.self)
    }

    private func smallExport(convention: ScoreConvention = .dataDiet) throws -> ScoreExport {
        let logs = [
            [.cleanErrorNorm: [[0.5, 1.25, 0]], .batchErrorNorm: [[0, 0, 0]], .batchCorrect: [[1, 0, 1]]],
            [.cleanErrorNorm: [[0.5, 0.75, 1e-9]], .batchErrorNorm: [[0, 0, 0]], .batchCorrect: [[1, 0, 0]]],
        ].enumerated().map { Fixtures.log($1, seed: UInt64($0 + 1)) }
        let table = try ScoreTable(logs: logs, names: [.el2n, .forgetting], convention: convention)
        let examples = Fixtures.examples(
            ids: ["a", "b,\"#1\"", "c\n"], predictions: [0, 0, 1],
            groups: [GroupColumn(name: "label", valueNames: ["f", "m"], values: [0, 1, 1])])
        return ScoreExport(table: table, examples: examples)
    }

    @Test func csvIsExactlyThis() throws {
        let export = try smallExport()
        let warning = "# warning: after one epoch nothing can have been forgotten: forgetting only tells learned from"
        #expect(
            try text(export.writeCSV) == """
                # curate scores: el2n (data-diet, higher = harder, mean of 2 seeds, epoch 1); \
                forgetting (data-diet, higher = harder, mean of 2 seeds, epoch 1)
                \(warning) not learned
                index,id,label,class,partition,prediction,group_label,el2n,el2n_sd,el2n_rank,\
                forgetting,forgetting_sd,forgetting_rank
                0,a,0,cat,train,0,f,0.5,0.0,2,0.0,0.0,3
                1,"b,""#1""\",1,"dog, ""big""\",train,0,m,1.0,0.35355338,1,1.0,0.0,1
                2,"c\n",0,cat,train,1,m,5e-10,7.0710676e-10,3,0.5,0.70710677,2

                """)
    }

    @Test func jsonLinesParseAndAgree() throws {
        let export = try smallExport(convention: .ccs)
        // No line may be broken by the line feed inside an id.
        let lines = try text { try export.writeJSONLines(to: $0) }.split(separator: "\n")
        #expect(lines.count == 4)
        let objects = try lines.map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(objects[0]["curate"] as? String == "scores")
        #expect(objects[0]["examples"] as? Int == 3)
        let scores = try #require(objects[0]["scores"] as? [[String: Any]])
        #expect(scores.map { $0["direction"] as? String } == ["higher = harder", "higher = harder"])
        #expect(scores.map { $0["convention"] as? String } == ["ccs", "ccs"])
        let warnings = try #require(objects[0]["warnings"] as? [String])
        #expect(warnings.contains { $0.contains("never-learned") })
        #expect(objects[2]["id"] as? String == "b,\"#1\"")
        #expect(objects[3]["id"] as? String == "c\n")
        #expect(objects[2]["class"] as? String == "dog, \"big\"")
        #expect(objects[2]["group_label"] as? String == "m")
        #expect(Set(objects[1].keys) == Set(export.columnNames))
        #expect((objects[0]["columns"] as? [String]) == export.columnNames)
    }

    @Test func aSingleRunHasNoSpread() throws {
        let export = ScoreExport(
            table: try ScoreTable(logs: [Fixtures.log([.cleanLoss: [[0.25, 3]]])], names: [.loss]),
            examples: Fixtures.examples(ids: ["x", "y\"\\"]))
        #expect(export.columnNames == ["index", "id", "label", "class", "partition", "loss", "loss_rank"])
        let lines = try text(export.writeJSONLines).split(separator: "\n")
        let first = #"{"index":0,"id":"x","label":0,"class":"cat","partition":"train","loss":0.25,"loss_rank":2}"#
        #expect(lines[1] == first)
        #expect(lines[2].hasPrefix(#"{"index":1,"id":"y\"\\","label":1,"#))
        #expect(lines[2].hasSuffix(#""loss":3.0,"loss_rank":1}"#))
    }

    /// Random bit patterns, the smallest and largest included, read back as the same Float.
    @Test func numbersReadBackAsTheSameFloat() throws {
        var random = KeyedRandom(seed: 1, stream: .test)
        var values: [Float] = [
            0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -.leastNormalMagnitude, 0.1, 1e16, 16_777_216,
        ]
        while values.count < 2000 {
            let value = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
            if value.isFinite { values.append(value) }
        }
        let column = Fixtures.log([.cleanLoss: [values]])
        let export = ScoreExport(
            table: try ScoreTable(logs: [column], names: [.loss]),
            examples: Fixtures.examples(ids: Fixtures.ids(values.count)))
        let rows = try text(export.writeCSV).split(separator: "\n").dropFirst(2)
        #expect(rows.count == values.count)
        for (row, value) in zip(rows, values) {
            #expect(Float(row.split(separator: ",").suffix(2)[row.split(separator: ",").count - 2]) == value)
        }
    }

    /// Rows are written in pieces; nothing may be lost or doubled between them.
    @Test func manyRowsArriveInOrder() throws {
        let count = 20_000
        let values = (0..<count).map { Float($0) / 7 }
        let export = ScoreExport(
            table: try ScoreTable(logs: [Fixtures.log([.cleanLoss: [values]])], names: [.loss]),
            examples: ExampleTable(
                datasetName: "made", datasetHash: nil, indices: (0..<count).map { Int32($0) },
                identifiers: .positional(partitionCounts: [count, 0, 0]),
                labels: [Int32](repeating: 0, count: count), classNames: ["only"]))
        let rows = try text(export.writeCSV).split(separator: "\n").dropFirst(2)
        #expect(rows.count == count)
        let expected = (0..<count).map { "\($0),train/\($0),0,only,train,\(values[$0].description),\(count - $0)" }
        #expect(rows.map(String.init) == expected)
    }

    @Test func aSinkThatFailsStopsTheExport() throws {
        let full = CurateError(.cannotCreateOutput, "no space left on device")
        let export = try smallExport()
        #expect(throws: full) { try export.writeCSV { _ in throw full } }
        #expect(throws: full) { try export.writeJSONLines { _ in throw full } }
    }

    @Test func arraysCarryTypeShapeAndHeader() throws {
        let export = try smallExport()
        let arrays = export.namedArrays
        #expect(
            arrays.map(\.name) == [
                "index", "id", "label", "prediction", "el2n", "el2n_sd", "el2n_rank", "forgetting", "forgetting_sd",
                "forgetting_rank", "header",
            ])
        let sizes = ["<i8": 8, "<f4": 4, "<i4": 4, "|u1": 1, "|S6": 6]
        for array in arrays {
            #expect(array.bytes.count == array.shape.reduce(1, *) * (sizes[array.typeDescriptor] ?? -1))
        }
        #expect(arrays[1].typeDescriptor == "|S6")
        #expect(Array(arrays[1].bytes[0..<7]) == Array("a\0\0\0\0\0b".utf8))
        #expect(String(decoding: arrays[10].bytes, as: UTF8.self) == export.headerJSON)
        #expect(arrays[4].bytes == Self.littleEndian([0.5, 1, 5e-10]))
        let matrix = export.scoreMatrix
        #expect(matrix.shape == [3, 2] && matrix.typeDescriptor == "<f4")
        #expect(matrix.bytes == Self.littleEndian([0.5, 0, 1, 1, 5e-10, 0.5]))
        let single = ScoreExport(
            table: try ScoreTable(logs: [Fixtures.log([.cleanLoss: [[1, 2]]])], names: [.loss]),
            examples: Fixtures.examples(ids: ["x", "y"]))
        #expect(single.scoreMatrix.shape == [2] && single.scoreMatrix.name == "loss")
    }

    private static func littleEndian(_ values: [Float]) -> [UInt8] {
        values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
    }
}
