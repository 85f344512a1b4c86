import Curate
import Foundation
import Models
import TestSupport
import Testing

/// The long-tailed CIFAR pipelines that are shipped, on generated pictures of the same shape, for one epoch.
@Suite(.tags(.training)) struct LongTailPipelineTests {
    private static let pipelines = "\(Fixture.root)/pipelines"

    /// Pictures whose brightness names their class, `perClass` to train on and two to test.
    private static func write(_ classes: Int, perClass: Int, to directory: TemporaryDirectory) throws {
        var random = KeyedRandom(seed: 9, stream: .test)
        func records(_ count: Int) -> [UInt8] {
            (0..<classes * count).flatMap { index -> [UInt8] in
                let label = UInt8(index % classes)
                let shade = UInt8(Int(label) * 200 / classes + random.below(40))
                return Build.cifar(classes == 10 ? [label] : [label / 5, label], pixel: shade)
            }
        }
        if classes == 10 {
            for batch in 1...5 { _ = try directory.write("data_batch_\(batch).bin", records(perClass / 5)) }
            _ = try directory.write("test_batch.bin", records(2))
        } else {
            _ = try directory.write("train.bin", records(perClass))
            _ = try directory.write("test.bin", records(2))
        }
    }

    @Test(arguments: [("cifar10-lt", 10, 20), ("cifar100-lt", 100, 5)])
    func theCIFARPipelinesRun(name: String, classes: Int, perClass: Int) throws {
        let data = try TemporaryDirectory()
        try Self.write(classes, perClass: perClass, to: data)
        let file = "\(Self.pipelines)/\(name).json5"
        let trainings = ["ce", "ldamDRW", "vs", "ldamDRWSAM"]
        let pipeline = try Pipeline(
            path: file,
            overrides: try
                (["dataset.path=\(data.path)", "stages.tail.longTail.factor=5"]
                + trainings.flatMap {
                    ["stages.\($0).train.epochs=1", "stages.\($0).train.seeds=1"]
                }).map { try PipelineOverride($0) })
        let store = StoreDirectory()
        let outcome = try PipelineRunner(PipelineSupport.environment(threads: 2)).run(
            pipeline, storePath: store.file())
        for training in trainings {
            let run = try #require(try outcome.runs(of: training).first)
            #expect(run.losses.count == 1 && run.losses[0].isFinite, "\(training)")
            #expect(outcome.recipe(of: training).network == .cifarResidual(depth: 32))
            #expect(outcome.recipe(of: training).augmentation.isActive)
        }
        #expect(outcome.recipe(of: "ldamDRWSAM").sharpness != nil)
        let balance = try #require(try outcome.splitBalance(of: "ce"))
        #expect(balance.classes.first?.kept == perClass && balance.classes.last?.kept == perClass / 5)
    }
}
