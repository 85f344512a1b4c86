import Models

/// What is wanted of the examples of a training batch, and what each counts: labels, weights, mixed partners, groups.
package final class BatchTargets {
    /// What is minimised, with what it takes of the examples that are trained on.
    package let objective: Objective
    /// What the loss carries from batch to batch; nil when that is nothing.
    let running: RunningF1?

    private let recipe: Recipe
    private let shape: FeatureMatrix.Shape
    private let balanced: BalancedExamples
    /// The row of the loss's tables of each example, by its position; nil when there is one row.
    private let tables: [Int32]?
    /// What each class counts, when labels are mixed by it.
    private let classMasses: [Double]
    /// Of the batch under way, [batchSize] each.
    private let weights: FloatBuffer
    private let rowTables: UnsafeMutablePointer<Int32>
    private let partnerLabels: UnsafeMutablePointer<Int32>
    private let firstFactors: FloatBuffer
    private let secondFactors: FloatBuffer
    /// The examples as they were before they were mixed.
    private let plainInputs: FloatBuffer

    /// Settles what a recipe's objective takes of some examples.
    ///
    /// - Parameters:
    ///   - recipe: the recipe.
    ///   - examples: what it trains on, by index in the dataset.
    ///   - dataset: the dataset.
    ///   - balanced: the same examples, balanced.
    /// - Throws: `badData` when a class, or a class of a group, has nothing that the loss could go by.
    init(_ recipe: Recipe, of examples: [Int], in dataset: Dataset, balanced: BalancedExamples) throws {
        self.recipe = recipe
        self.balanced = balanced
        shape = dataset.features.shape
        let classes = ExampleCells(classesOf: examples, in: dataset)
        let needsCounts = recipe.objective.loss.needsCounts || recipe.objective.tailSmoothing != nil
        classMasses =
            needsCounts
            ? try classes.sizes { balanced.masses[$0] } : classes.sizesOrZero { balanced.masses[$0] }
        var counts = [classMasses]
        if recipe.objective.loss.needsGroups {
            let groups = try ExampleCells(groupsOf: examples, by: recipe.groups, in: dataset)
            tables = groups.values
            counts = try groups.classSizes(classes) { balanced.masses[$0] }
        } else {
            tables = nil
        }
        objective = recipe.objective.settled(on: counts, marginScale: recipe.head.marginScale)
        running = RunningF1(objective)
        let size = recipe.batchSize
        weights = FloatBuffer(count: balanced.hasWeights ? size : 0)
        rowTables = .allocate(capacity: size)
        partnerLabels = .allocate(capacity: size)
        let mixes = recipe.mixing != nil
        (firstFactors, secondFactors) = (FloatBuffer(count: mixes ? size : 0), FloatBuffer(count: mixes ? size : 0))
        plainInputs = FloatBuffer(count: mixes ? size * shape.elementCount : 0)
    }

    deinit {
        rowTables.deallocate()
        partnerLabels.deallocate()
    }

    /// Prepares the rows of a batch, and mixes its inputs when the recipe does.
    ///
    /// - Parameters:
    ///   - positions: the batch's examples, by their positions among those that are trained on.
    ///   - epoch: from 1.
    ///   - batch: the batch's number in the epoch, from 0.
    ///   - labels: [count], the examples' own labels.
    ///   - inputs: [count][height][width][channels], plain examples; get mixed.
    ///   - pool: the threads to use.
    /// - Returns: the batch, which lasts until the next call.
    package func batch(
        _ positions: ArraySlice<Int>, epoch: Int, batch: Int, labels: UnsafePointer<Int32>, inputs: FloatBuffer,
        pool: WorkerPool
    ) -> TrainingBatch {
        let all = balanced.weights(epoch: epoch)
        if let all { for (row, position) in positions.enumerated() { weights.pointer[row] = all[position] } }
        if let tables { for (row, position) in positions.enumerated() { rowTables[row] = tables[position] } }
        let context = LossContext(tables: tables == nil ? nil : UnsafePointer(rowTables), running: running)
        let given = all == nil ? nil : UnsafePointer(weights.pointer)
        guard let mixing = recipe.mixing else {
            return TrainingBatch(
                inputs: inputs.pointer, targets: .labels(labels), weights: given, context: context,
                count: positions.count)
        }
        let draws = MixingDraws(
            mixing, seed: recipe.seed, epoch: epoch, batch: batch, count: positions.count, height: shape.height,
            width: shape.width)
        mix(inputs.pointer, mixing, draws, pool: pool)
        let share = mixing.kind == .cutmix ? draws.keptArea(height: shape.height, width: shape.width) : draws.share
        for row in positions.indices.map({ $0 - positions.startIndex }) {
            let partner = draws.partners[row]
            partnerLabels[row] = labels[partner]
            let own = mixing.labelShare(
                of: share, first: classMasses[Int(labels[row])], second: classMasses[Int(labels[partner])])
            firstFactors.pointer[row] = Float(own * Double(given?[row] ?? 1))
            secondFactors.pointer[row] = Float((1 - own) * Double(given?[partner] ?? 1))
        }
        return TrainingBatch(
            inputs: inputs.pointer,
            targets: .pairs(
                LabelPairs(
                    first: labels, firstFactors: firstFactors.pointer, second: partnerLabels,
                    secondFactors: secondFactors.pointer)),
            context: context, count: positions.count)
    }

    /// Mixes every row with its partner.
    private func mix(_ inputs: UnsafeMutablePointer<Float>, _ mixing: Mixing, _ draws: MixingDraws, pool: WorkerPool) {
        let size = shape.elementCount
        let plain = plainInputs.pointer
        plain.update(from: inputs, count: draws.partners.count * size)
        let (own, other) = (Float(draws.share), Float(1 - draws.share))
        let (width, channels) = (shape.width, shape.channels)
        pool.measure(.loading) {
            pool.run(draws.partners.count) { row, _ in
                let target = inputs + row &* size
                let partner = plain + draws.partners[row] &* size
                if mixing.kind == .cutmix {
                    let run = draws.box.columns.count &* channels
                    for line in draws.box.rows {
                        let first = (line &* width &+ draws.box.columns.lowerBound) &* channels
                        (target + first).update(from: partner + first, count: run)
                    }
                } else {
                    for index in 0..<size { target[index] = own * target[index] + other * partner[index] }
                }
            }
        }
    }
}
