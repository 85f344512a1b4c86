import Curate
import Testing

@Suite struct DataCIFARTests {
    @Test func readsCIFAR10() throws {
        let directory = try TemporaryDirectory()
        for batch in 1...5 {
            try directory.write("data_batch_\(batch).bin", Build.cifar([UInt8(batch)], pixel: UInt8(batch)))
        }
        try directory.write("test_batch.bin", Build.cifar([9], pixel: 90) + Build.cifar([0], pixel: 91))
        let names = (0..<10).map { "class\($0)" }
        try directory.write("batches.meta.txt", names.joined(separator: "\n") + "\n\n")
        let dataset = try DatasetLoader.load(path: directory.path)
        #expect(dataset.format == .cifar10)
        #expect(dataset.partitionCounts == [5, 0, 2])
        #expect(dataset.labels == [1, 2, 3, 4, 5, 9, 0])
        #expect(dataset.classNames == names)
        #expect(dataset.features.layout == .channelsFirst)
        #expect(dataset.row(2) == [Double](repeating: 3, count: 3072))
        #expect(dataset.row(6) == [Double](repeating: 91, count: 3072))
        #expect(dataset.notes.isEmpty)
    }

    @Test func readsCIFAR100WithCoarseLabelsAsAGroup() throws {
        let directory = try TemporaryDirectory()
        try directory.write("train.bin", Build.cifar([19, 99], pixel: 7) + Build.cifar([2, 0], pixel: 8))
        try directory.write("test.bin", Build.cifar([2, 50], pixel: 9))
        let dataset = try DatasetLoader.load(path: directory.path)
        #expect(dataset.format == .cifar100)
        #expect(dataset.labels == [99, 0, 50])
        #expect(dataset.classCount == 100)
        let coarse = try #require(dataset.groups.first)
        #expect(coarse.name == "coarse")
        #expect(coarse.valueNames == ["19", "2"])
        #expect(coarse.values == [0, 1, 1])
        try directory.write("fine_label_names.txt", "apple\n")
        expectFailure(.badData, "1 names for 100 classes") { try DatasetLoader.load(path: directory.path) }
    }

    @Test func saysWhenBatchesAreMissing() throws {
        let directory = try TemporaryDirectory()
        try directory.write("data_batch_1.bin", Build.cifar([3], pixel: 1))
        let dataset = try DatasetLoader.load(path: directory.path)
        #expect(dataset.notes == ["only 1 of the 5 training batches are there"])
        #expect(dataset.classCount == 10)
    }

    @Test func refusesDamage() throws {
        let directory = try TemporaryDirectory()
        try directory.write("data_batch_1.bin", Array(Build.cifar([3], pixel: 1).dropLast()))
        expectFailure(.badData, "not a whole number of records") { try DatasetLoader.load(path: directory.path) }
        try directory.write("data_batch_1.bin", Build.cifar([3], pixel: 1) + Build.cifar([10], pixel: 1))
        expectFailure(.badData, "label 10 of record 1 is out of range") { try DatasetLoader.load(path: directory.path) }
        try directory.write("data_batch_1.bin", [])
        expectFailure(.badData, "the file is empty") { try DatasetLoader.load(path: directory.path) }
        let python = try TemporaryDirectory()
        try python.write("data_batch_1", [1])
        expectFailure(.missingInput, "fetch the binary version") { try DatasetLoader.load(path: python.path) }
    }

    @Test func refusesACoarseLabelOutOfRange() throws {
        let directory = try TemporaryDirectory()
        try directory.write("train.bin", Build.cifar([20, 1], pixel: 1))
        expectFailure(.badData, "coarse label 20") { try DatasetLoader.load(path: directory.path) }
    }
}
