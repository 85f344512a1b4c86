import Curate
import Testing

@Suite struct DataValidationTests {
    /// Named examples with the given labels; the feature is the example's number.
    static func dataset(_ rows: [(id: String, label: Int)]) throws -> Dataset {
        let lines = rows.map { "\($0.id),\($0.id.count),\($0.label)" }
        var options = DatasetOptions()
        options.csv.id = "id"
        return try DataCSVTests.dataset((["id,x,label"] + lines).joined(separator: "\n"), options)
    }

    static func rows(_ counts: [Int]) -> [(id: String, label: Int)] {
        counts.enumerated().flatMap { label, count in (0..<count).map { ("c\(label)-\($0)", label) } }
    }

    @Test(arguments: [
        ([50, 30, 20], 0.1, [5, 3, 2]), ([7, 7, 6], 0.25, [2, 2, 1]), ([1, 99], 0.5, [0, 50]), ([2, 2], 0.9, [1, 1]),
        ([10, 11, 12], 0.1, [1, 1, 1]),
    ])
    func takesItsShareOfEachClass(counts: [Int], fraction: Double, expected: [Int]) throws {
        let carved = try Self.dataset(Self.rows(counts)).carvingValidation(fraction: fraction, seed: 1)
        let chosen = carved.indices(of: .validation)
        #expect(counts.indices.map { label in chosen.count { carved.labels[$0] == Int32(label) } } == expected)
        #expect(carved.count == counts.reduce(0, +))
    }

    @Test func dependsOnNamesAndSeedNotOnOrder() throws {
        let rows = Self.rows([40, 60])
        func chosen(_ rows: [(id: String, label: Int)], seed: UInt64) throws -> Set<String> {
            let carved = try Self.dataset(rows).carvingValidation(fraction: 0.2, seed: seed)
            return Set(carved.indices(of: .validation).map { carved.ids[$0] })
        }
        let first = try chosen(rows, seed: 1)
        #expect(first.count == 20)
        #expect(try chosen(rows.reversed(), seed: 1) == first)
        #expect(try chosen(rows, seed: 2) != first)
    }

    @Test func namesAndPlacesStay() throws {
        let dataset = try DataIDXTests.dataset(
            Build.idx([10, 1, 2], (0..<20).map { UInt8($0) }), Build.idx([10], [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]), nil)
        let carved = try dataset.carvingValidation(fraction: 0.4, seed: 3)
        #expect(carved.partitionCounts == [6, 4, 0])
        #expect((0..<10).map { carved.ids[$0] } == (0..<10).map { "train/\($0)" })
        #expect(carved.row(7) == dataset.row(7))
        #expect(carved.contentHash != dataset.contentHash)
        #expect(try dataset.carvingValidation(fraction: 0.4, seed: 3).contentHash == carved.contentHash)
        #expect(carved.notes.last == "4 training examples were set aside for validation (seed 3)")
        // There is a validation set now, so nothing more is taken.
        #expect(try carved.carvingValidation(fraction: 0.4, seed: 4).contentHash == carved.contentHash)
    }

    @Test(arguments: [0.0, 1, -1, .nan, 2]) func refusesFractionsThatAreNone(fraction: Double) throws {
        let dataset = try Self.dataset(Self.rows([5, 5]))
        #expect(throws: CurateError.self) { try dataset.carvingValidation(fraction: fraction, seed: 1) }
    }

    @Test func refusesWhenNothingCanBeSpared() throws {
        expectFailure(.badData, "to spare") {
            try Self.dataset(Self.rows([1, 1])).carvingValidation(fraction: 0.5, seed: 1)
        }
    }
}
