import Curate
import Testing

/// Recorded logits that are not what a recorder should have left: told with numbers.
@Suite struct LogitRecordingTests {
    typealias Folder = LogitFilesTests.Folder

    /// Logits of sixty examples and three classes, told apart by epoch and example.
    private static func epoch(_ number: Int, rows: Int = 60) -> [Float] {
        (0..<rows).flatMap { row -> [Float] in
            let first = Float(number) + Float(row) / 7
            return [first, -Float(row % 5), 0.5]
        }
    }

    private static func write(_ epochs: [Int], in folder: Folder, _ change: (Int, inout [Float]) -> Void = { _, _ in })
        throws
    {
        for number in epochs {
            var values = epoch(number)
            change(number, &values)
            try folder.logits("epoch\(number).npy", values, [60, 3])
        }
    }

    private static func files(_ folder: Folder, _ pattern: String = "epoch*.npy") throws -> LogitFiles {
        try LogitFiles(
            patterns: [folder.file(pattern)], labelsPath: try folder.labels((0..<60).map { Int32($0 % 3) }))
    }

    private static func warnings(_ folder: Folder) throws -> [String] {
        let log = try files(folder).log(ofRun: 0)
        return try ScoreTable(logs: [log], names: [.aum]).warnings
    }

    @Test func aMissingEpochIsTold() throws {
        let folder = Folder()
        try Self.write((1...12).filter { $0 != 5 }, in: folder)
        let warnings = try Self.warnings(folder)
        #expect(warnings.count == 1)
        #expect(warnings[0].contains("has files 1 to 12 without 5: that epoch is passed over"), "\(warnings)")
        #expect(warnings[0].contains("of the 11 that are there, and epoch 11 is the last"))
    }

    @Test(
        arguments: [
            ([0, 1, 2, 3], nil), ([10, 20, 30], nil), ([1, 4], nil), ([7], nil), ([10, 20, 40], "without 30:"),
            ([1, 2, 3, 7, 9], "without 4 to 6, 8:"), ([1, 3, 5, 11], "without 7 to 9:"),
        ] as [([Int], String?)])
    func everyTenthEpochLacksNothing(numbers: [Int], told: String?) throws {
        let folder = Folder()
        try Self.write(numbers, in: folder)
        let warnings = try Self.warnings(folder)
        #expect(warnings.isEmpty == (told == nil), "\(warnings)")
        if let told { #expect(warnings.first?.contains(told) == true, "\(warnings)") }
    }

    /// Of several numbers in the names the one that differs counts.
    @Test func numbersThatAreNoEpochsDoNotCount() throws {
        let folder = Folder()
        for number in [1, 2, 4] { try folder.logits("resnet18-epoch\(number)-seed7.npy", Self.epoch(number), [60, 3]) }
        let log = try Self.files(folder, "resnet*.npy").log(ofRun: 0)
        #expect(log.remarks.count == 1 && log.remarks[0].contains("without 3:"))
        // Two numbers that differ say nothing of gaps.
        for number in [1, 2, 4] {
            try folder.logits("e\(number)_step\(100 * number).npy", Self.epoch(number), [60, 3])
        }
        #expect(try Self.files(folder, "e?_step*.npy").log(ofRun: 0).remarks.isEmpty)
    }

    @Test(arguments: ["epoch_best.npy", "epochlast.npy", "epoch.npy"])
    func aFileWithoutANumberAmongNumberedOnesIsRefused(name: String) throws {
        let folder = Folder()
        try Self.write([1, 2, 3, 4], in: folder)
        try folder.logits(name, Self.epoch(2), [60, 3])
        let error = ScoringFixtures.failure { _ = try Self.files(folder) }
        #expect(error?.kind == .badData && error?.location == folder.file(name))
        #expect(error?.message.contains("has no number where 4 others of the pattern") == true)
        #expect(error?.remedy?.contains("'epoch[0-9]*.npy'") == true)
        // The advice works.
        #expect(try Self.files(folder, "epoch[0-9]*.npy").runs[0].epochCount == 4)
    }

    @Test func rowsOfZerosAreTold() throws {
        let folder = Folder()
        try Self.write([1, 2, 3], in: folder) { number, values in
            guard number > 1 else { return }
            for row in 48..<60 { for place in 0..<3 { values[3 * row + place] = 0 } }
        }
        let warnings = try Self.warnings(folder)
        #expect(warnings.count == 1)
        #expect(warnings[0].contains("12 of 60 rows at epochs 2, 3 hold nothing but zeros"), "\(warnings)")
    }

    @Test func rowsOfNaNAreCountedEpochByEpoch() throws {
        let folder = Folder()
        try Self.write([1, 2, 3], in: folder) { number, values in
            for row in 0..<60 where row >= 60 - 4 * (number - 1) {
                for place in 0..<3 { values[3 * row + place] = .nan }
            }
        }
        let files = try Self.files(folder)
        let error = ScoringFixtures.failure { _ = try files.log(ofRun: 0) }
        #expect(error?.kind == .badData && error?.location == folder.file("epoch*.npy"))
        #expect(error?.message.contains("of 60 rows 4 at epoch 2, 8 at epoch 3 are not a number") == true)
    }

    /// Zeros beside distributions, and ones that single precision made of nearly certain predictions, hide nothing.
    @Test func probabilitiesAreFoundAtAnyEpoch() throws {
        func soften(_ values: inout [Float]) {
            for row in 0..<60 {
                let certain: [Float] = row % 3 == 0 ? [1, 0, 0] : [0.25, 0.5, 0.25]
                for place in 0..<3 { values[3 * row + place] = row < 5 ? 0 : certain[place] }
            }
        }
        let folder = Folder()
        try Self.write([1, 2, 3], in: folder) { number, values in if number == 3 { soften(&values) } }
        let files = try Self.files(folder)
        let late = ScoringFixtures.failure { _ = try files.log(ofRun: 0) }
        #expect(late?.message.contains("these are probabilities") == true)
        #expect(late?.location == folder.file("epoch3.npy"))
        try Self.write([1, 2, 3], in: folder) { _, values in soften(&values) }
        let early = ScoringFixtures.failure { _ = try Self.files(folder) }
        #expect(early?.message.contains("these are probabilities") == true)
    }

    @Test func someRowsThatAreDistributionsAreTold() throws {
        let folder = Folder()
        try Self.write([1, 2], in: folder) { number, values in
            if number == 2 {
                for row in 0..<20 { values.replaceSubrange(3 * row..<3 * row + 3, with: [0.2, 0.2, 0.6]) }
            }
        }
        #expect(try Self.warnings(folder).first?.contains("20 of 60 rows at epoch 2 are distributions") == true)
    }
}
