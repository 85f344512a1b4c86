import Curate
import Models
import TestSupport
import Testing

/// Training on a split beside training on a copy of what it keeps.
@Suite(.tags(.training)) struct SplitCopyTests {
    /// Everything a run says: its weights, what it saw of each example, and what it predicts.
    private struct Result: Equatable {
        let state: [UInt32]
        let logged: [[UInt32]]
        let predicted: [Int32]
    }

    private static func result(_ recipe: Recipe, on dataset: Dataset) throws -> Result {
        let pool = WorkerPool(threadCount: 1)
        let run = try TrainingRun(
            recipe: recipe, dataset: dataset,
            normalization: FeatureNormalization(
                of: dataset.features, indices: recipe.examples(of: dataset), pool: pool),
            pool: pool, monitor: .silent)
        var logged: [[UInt32]] = []
        for _ in 0..<2 {
            let columns = try run.trainEpoch().columns
            logged += columns.keys.sorted { $0.name < $1.name }.map { columns[$0]?.map(\.bitPattern) ?? [] }
        }
        return Result(
            state: run.state.map(\.bitPattern), logged: logged, predicted: try run.evaluate(.test).predictions)
    }

    /// Trains on kept examples and on a copy of them.
    private func results(
        keeping kept: [Int], augmentation: Augmentation, weights: [Float]? = nil
    ) throws -> (split: Result, copy: Result) {
        let directory = try TemporaryDirectory()
        let dataset = TrainingSupport.pictures()
        var recipe = TrainingSupport.recipe()
        recipe.augmentation = augmentation
        let path = try DatasetCopy(
            of: dataset, source: directory.path, keeping: kept + dataset.indices(of: .test)
        ).write(to: directory.path(of: "copy"))
        let copy = try Self.result(recipe, on: DatasetLoader.load(path: path))
        recipe.subset = TrainingSubset(indices: kept, weights: weights)
        return (try Self.result(recipe, on: dataset), copy)
    }

    @Test func withoutAugmentationNoByteDiffers() throws {
        let (split, copy) = try results(keeping: (0..<90).filter { $0 % 3 != 1 }, augmentation: Augmentation())
        #expect(split == copy)
        #expect(split.state.contains { $0 != 0 } && split.logged.count == 12)
    }

    /// Crops and flips are drawn by an example's place in its dataset, which a copy changes for those after a gap.
    @Test func withAugmentationTheDrawsOfMovedExamplesDiffer() throws {
        let augmentation = Augmentation(cropPadding: 1, cropMode: .reflect, flips: true)
        let inPlace = try results(keeping: Array(0..<60), augmentation: augmentation)
        #expect(inPlace.split == inPlace.copy)
        let moved = try results(keeping: Array(30..<90), augmentation: augmentation)
        #expect(moved.split.state != moved.copy.state)
    }

    @Test func aCopyHasNoWeights() throws {
        let kept = Array(0..<60)
        let alike = try results(keeping: kept, augmentation: Augmentation(), weights: kept.map { _ in 3 })
        #expect(alike.split == alike.copy)
        let weighted = try results(
            keeping: kept, augmentation: Augmentation(), weights: kept.map { $0 % 2 == 0 ? 1 : 3 })
        #expect(weighted.split.state != weighted.copy.state)
    }
}
