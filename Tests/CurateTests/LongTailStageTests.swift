import Curate
import Foundation
import TestSupport
import Testing

/// Long tails as splits, as files, as copies and as a stage that is trained on.
@Suite(.tags(.training)) struct LongTailStageTests {
    /// Sixty rows of two classes in turn, of which forty are trained on, with a column of groups.
    private static func table(_ directory: TemporaryDirectory) throws -> (path: String, options: DatasetOptions) {
        var text = "name,x,site,part,label\n"
        for row in 0..<60 {
            text += "row \(row),\(row * 7 % 31),\(["n", "s"][row / 3 % 2]),\(row < 40 ? "train" : "test"),"
            text += "\(row % 2 == 0 ? "cat" : "dog")\n"
        }
        var options = DatasetOptions()
        options.csv.id = "name"
        options.csv.groups = ["site"]
        options.csv.split = "part"
        return (try directory.write("animals.csv", text), options)
    }

    private static func split(_ dataset: Dataset, factor: Double, largest: Int? = nil) throws -> LongTailSplit {
        LongTailSplit(
            try LongTail(of: dataset, design: LongTailDesign(factor: factor, largest: largest)), of: dataset)
    }

    @Test func theFilesOfTheSplitAreReadAndTrainedOn() throws {
        let directory = try TemporaryDirectory()
        let (path, options) = try Self.table(directory)
        let dataset = try DatasetLoader.load(path: path, options: options)
        let split = try Self.split(dataset, factor: 4)
        try SplitWriter.write(split, to: directory.path(of: "tail"))
        let files = try SplitReader.read(path: directory.path(of: "tail"))
        // A factor of 4 is written as 4 and read as a whole number.
        func text(_ manifest: SplitManifest) -> String { manifest.json(fileDigests: [:]).canonicalText }
        #expect(text(files.manifest) == text(split.manifest))
        #expect(files.manifest.classes.map(\.before) == [20, 20] && files.manifest.classes.map(\.after) == [20, 5])
        #expect(files.manifest.groups[0].values.map(\.after).reduce(0, +) == 25)
        #expect(files.manifest.imbalanceAfter == 4)
        let rule = files.manifest.rule
        #expect(rule["policy"] == "long-tail" && rule["factor"] == 4 && rule["shape"] == "exp")
        #expect(rule["seed"] == 0 && rule["largest"] == 20 && rule["order"] == "label")
        let read = try files.split(for: dataset)
        #expect(read.indices.map { Int($0) } == split.longTail.indices && read.weights == split.split.weights)
        let subset = try #require(try TrainingSubset(read, of: dataset))
        #expect(subset.indices == split.longTail.indices && subset.weights == nil)
        // The reasons are told as for any split.
        let kept = try #require(files.table.rows.first { $0.reason.isKept })
        #expect(SplitExplanation(of: kept, in: files).sentences[0].contains("25 of 40 that the rule 'long-tail'"))
    }

    @Test func aFactorOfOneIsAllOfBalancedData() throws {
        let directory = try TemporaryDirectory()
        let (path, options) = try Self.table(directory)
        let dataset = try DatasetLoader.load(path: path, options: options)
        let split = try Self.split(dataset, factor: 1)
        #expect(split.longTail.indices == dataset.indices(of: .train))
        #expect(try TrainingSubset(split.split, of: dataset) == nil)
    }

    /// Copies a long tail of a dataset, and checks that the copy has it with all that is held out.
    private func checkCopy(
        _ source: String, _ directory: TemporaryDirectory, options: DatasetOptions = DatasetOptions(), counts: [Int],
        heldOut: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let dataset = try DatasetLoader.load(path: source, options: options)
        let longTail = try LongTail(
            of: dataset, design: LongTailDesign(factor: Double(counts[0]) / Double(counts[counts.count - 1])))
        #expect(longTail.counts == counts, sourceLocation: sourceLocation)
        let others = dataset.indices(of: .validation) + dataset.indices(of: .test)
        let path = try DatasetCopy(
            of: dataset, source: source, options: options, keeping: longTail.drawn + others
        ).write(to: directory.path(of: "copy"))
        let copy = try DatasetLoader.load(path: path, options: options)
        #expect(copy.format == dataset.format && copy.classNames == dataset.classNames, sourceLocation: sourceLocation)
        let kept = longTail.indices + others
        #expect(copy.labels == kept.map { dataset.labels[$0] }, sourceLocation: sourceLocation)
        #expect(copy.indices(of: .train).count == longTail.drawn.count, sourceLocation: sourceLocation)
        #expect(copy.count - copy.indices(of: .train).count == heldOut, sourceLocation: sourceLocation)
        for (place, index) in kept.enumerated() {
            #expect(copy.row(place) == dataset.row(index), sourceLocation: sourceLocation)
        }
    }

    @Test func aTableIsCopied() throws {
        let directory = try TemporaryDirectory()
        let (path, options) = try Self.table(directory)
        try checkCopy(path, directory, options: options, counts: [20, 4], heldOut: 20)
    }

    private static func withData() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: directory.path(of: "data"), withIntermediateDirectories: false)
        return directory
    }

    @Test func imagesOfIDXAreCopied() throws {
        let directory = try Self.withData()
        let labels = (0..<24).map { UInt8($0 % 3) }
        try directory.write("data/train-images-idx3-ubyte", Build.idx([24, 2, 2], (0..<96).map { UInt8($0 * 2) }))
        try directory.write("data/train-labels-idx1-ubyte", Build.idx([24], labels))
        try directory.write("data/t10k-images-idx3-ubyte", Build.idx([3, 2, 2], (0..<12).map { UInt8($0 + 200) }))
        try directory.write("data/t10k-labels-idx1-ubyte", Build.idx([3], [2, 0, 1]))
        try checkCopy(directory.path(of: "data"), directory, counts: [8, 4, 2], heldOut: 3)
    }

    @Test func imagesOfCIFARAreCopied() throws {
        let directory = try Self.withData()
        for batch in 1...5 {
            let records = (0..<20).flatMap { Build.cifar([UInt8($0 % 10)], pixel: UInt8(batch * 20 + $0)) }
            try directory.write("data/data_batch_\(batch).bin", records)
        }
        try directory.write("data/test_batch.bin", Build.cifar([9], pixel: 3) + Build.cifar([0], pixel: 4))
        // Ten of each class, from 10 down by 10 ^ (-k / 9).
        try checkCopy(
            directory.path(of: "data"), directory, counts: [10, 7, 5, 4, 3, 2, 2, 1, 1, 1], heldOut: 2)
    }

    @Test func foldersOfImagesAreCopied() throws {
        let directory = try TemporaryDirectory()
        var images = ["data/test/cat/9.png": UInt8(9), "data/test/dog/9.png": 10]
        for number in 0..<6 {
            images["data/train/cat/\(number).png"] = UInt8(20 + number)
            images["data/train/dog/\(number).png"] = UInt8(40 + number)
        }
        try directory.writeImages(images)
        try checkCopy(directory.path(of: "data"), directory, counts: [6, 2], heldOut: 2)
    }

    @Test func aRunIsTrainedOnTheTailAlone() throws {
        let directory = StoreDirectory()
        let stages = """
            tail: { longTail: { factor: [4, 10] } },
            final: { train: { split: "tail", network: "linear", epochs: 1 } },
            check: { evaluate: { runs: "final", on: "validation" } },
            """
        func run() throws -> PipelineOutcome {
            try PipelineRunner(PipelineSupport.environment()).run(
                try PipelineSupport.pipeline(PipelineSupport.text(stages)), storePath: directory.file())
        }
        let outcome = try run()
        let dataset = try outcome.dataset()
        let store = try Store.open(path: directory.file(), mode: .read)
        for factor in [4.0, 10] {
            let key = try #require(try outcome.runs(of: "final[factor=\(Int(factor))]").first?.key)
            let subset = try #require(try store.subset(of: key))
            let expected = try LongTail(of: dataset, design: LongTailDesign(factor: factor))
            #expect(subset.indices == expected.indices && subset.weights == nil)
            #expect(expected.counts.count == 10 && expected.counts[0] > 3 * expected.counts[9])
            // What is evaluated knows what was trained on, not what there is.
            let evaluation = try outcome.evaluation(of: "check[factor=\(Int(factor))]")
            #expect(evaluation.frequency == Evaluation.Frequency(rule: .oltr, trainingCounts: expected.counts))
        }
        #expect(try run().stages.allSatisfy { $0.wasCached })
    }

    /// What the classes have is known when the data are read: the stage says it then, and leaves nothing.
    @Test func aTailThatIsTooLargeIsRefusedWhenItIsMade() throws {
        let directory = StoreDirectory()
        let error = try #require(throws: CurateError.self) {
            try PipelineRunner(PipelineSupport.environment()).run(
                try PipelineSupport.pipeline(
                    PipelineSupport.text("tail: { longTail: { factor: 2, largest: 5000 } },")),
                storePath: directory.file())
        }
        #expect(error.kind == .usage && error.description.contains("the long tail asks for 5000"), "\(error)")
        #expect(try PipelineSupport.problems(PipelineSupport.text("t: { longTail: { factor: 0.5 } },")).count == 1)
    }
}
