import Curate
import Testing

@Suite struct DataInspectionTests {
    static let table = """
        a,b,g,label,split
        1,5,m,x,train
        1,5,m,x,train
        1,5,f,y,train
        2,5,f,y,train
        3,5,f,y,train
        4,5,f,y,train
        2,5,f,y,test
        3,5,m,x,test
        9,5,m,x,test
        9,5,m,x,test
        """

    static func inspection() throws -> DatasetInspection {
        var options = DatasetOptions()
        options.csv.split = "split"
        options.csv.label = "label"
        options.csv.groups = ["g"]
        return DatasetInspection(of: try DataCSVTests.dataset(table, options))
    }

    @Test func countsClassesAndGroups() throws {
        let inspection = try Self.inspection()
        #expect(inspection.counts == [6, 0, 4])
        #expect(inspection.classes.map(\.name) == ["x", "y"])
        #expect(inspection.classes.map(\.counts) == [[2, 0, 3], [4, 0, 1]])
        #expect(inspection.imbalanceRatio == 2)
        let group = try #require(inspection.groups.first)
        #expect(group.values.map(\.name) == ["f", "m"])
        #expect(group.values.map(\.counts) == [[4, 0, 1], [2, 0, 3]])
        #expect(group.values.map(\.classCounts) == [[0, 5], [5, 0]])
    }

    @Test func findsDuplicatesAndLeakage() throws {
        let inspection = try Self.inspection()
        #expect(inspection.duplicates.map(\.partition) == [.train, .test])
        let train = inspection.duplicates[0]
        #expect(train.setCount == 1 && train.redundantCount == 2 && train.conflictingSetCount == 1)
        #expect(train.examples == [["train/0", "train/1", "train/2"]])
        let test = inspection.duplicates[1]
        #expect(test.setCount == 1 && test.redundantCount == 1 && test.conflictingSetCount == 0)
        let leakage = try #require(inspection.leakage.first)
        #expect(inspection.leakage.count == 1)
        #expect(leakage.partition == .test && leakage.source == .train)
        #expect(leakage.count == 2 && leakage.conflictingCount == 1)
        #expect(leakage.examples == [["test/0", "train/3"], ["test/1", "train/4"]])
    }

    @Test func describesValues() throws {
        let inspection = try Self.inspection()
        #expect(inspection.constantFeatures == [1])
        #expect(inspection.values.minimum == 1 && inspection.values.maximum == 9)
        // Ten values of 5, and 1 1 1 2 3 4 2 3 9 9.
        #expect(abs(inspection.values.mean - 4.25) < 1e-12)
        let squares = 250.0 + 3 + 4 + 9 + 16 + 4 + 9 + 162
        #expect(abs(inspection.values.standardDeviation - (squares / 20 - 4.25 * 4.25).squareRoot()) < 1e-12)
    }

    /// The vectorised sums agree with plain ones for every type, at widths that are no multiple of the vector, and
    /// do not lose the spread of numbers far from zero.
    @Test(arguments: ["|u1", "<f4", "<f8"], [1, 7, 8, 33]) func summaryMatchesAPlainLoop(type: String, width: Int)
        throws
    {
        let offset = type == "|u1" ? 0.0 : 65536.0
        let values = (0..<(5 * width)).map { offset + Double(($0 * 37 + 11) % 251) }
        let content: [UInt8]
        switch type {
        case "|u1": content = values.map { UInt8($0) }
        case "<f4": content = Build.bytes(values.map { Float($0) })
        default: content = Build.bytes(values)
        }
        let dataset = try DataNPYTests.dataset(
            features: Build.npy(type, "(5, \(width))", content), labels: Build.npy("|u1", "(5,)", [0, 0, 0, 0, 1]))
        let inspection = DatasetInspection(of: dataset)
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        #expect(inspection.values.minimum == values.min())
        #expect(inspection.values.maximum == values.max())
        #expect(abs(inspection.values.mean - mean) < 1e-9 * mean)
        #expect(abs(inspection.values.standardDeviation - variance.squareRoot()) < 1e-6)
        #expect(inspection.imbalanceRatio == 4)
    }

    /// Rows that differ in one bit anywhere are different, rows that do not are equal, at every length.
    @Test(arguments: [1, 7, 8, 9, 16, 31]) func oneBitMakesADifference(width: Int) throws {
        let base = (0..<width).map { UInt8($0) }
        var rows = [base, base]
        for bit in 0..<(8 * width) {
            var row = base
            row[bit / 8] ^= 1 << UInt8(bit % 8)
            rows.append(row)
        }
        let dataset = try DataNPYTests.dataset(
            features: Build.npy("|u1", "(\(rows.count), \(width))", rows.flatMap { $0 }),
            labels: Build.npy("|u1", "(\(rows.count),)", rows.map { _ in 0 }))
        let duplicates = DatasetInspection(of: dataset).duplicates[0]
        #expect(duplicates.setCount == 1 && duplicates.redundantCount == 1)
        #expect(duplicates.examples == [["train/0", "train/1"]])
    }

    @Test func oneClassHasNoImbalance() throws {
        let dataset = try DataCSVTests.dataset("x,label\n1,a\n2,a\n")
        #expect(DatasetInspection(of: dataset).imbalanceRatio == nil)
    }
}
