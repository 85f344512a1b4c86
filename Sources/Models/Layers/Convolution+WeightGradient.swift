/// The gradient of a convolution's weights: summed over a batch, or its norm for each example.
extension Convolution {
    /// The gradient of the weights, summed over the batch into the arena.
    ///
    /// - Parameters:
    ///   - input: [batch][height][width][inputChannels], the input of the last `forward`.
    ///   - gradient: [batch][outputHeight][outputWidth][outputChannels]; afterwards all of it is carried back.
    ///   - batch: the number of examples.
    package func weightGradient(input: ConvolutionInput, gradient: ConvolutionGradient, batch: Int) {
        let plan = WeightGradientPlan(shape: shape)
        let gradient =
            plan.sharesExamples(ofBatch: batch) ? gradient.carriedBack(batch: batch, pool: context.pool) : gradient
        let target = context.arena.gradient(weight)
        let count = shape.weightCount
        if plan.slots > 1 { context.reservePartials(plan.slots * count) }
        let partials = context.partials
        func place(_ slot: Int) -> UnsafeMutablePointer<Float> {
            plan.slots > 1 ? partials.pointer + slot * count : target
        }
        switch kernel {
        case .stem(let stem):
            let perSlot = (batch + plan.slots - 1) / plan.slots
            run(plan, scratchCount: stem.scratchCount) { slot, _, scratch in
                stem.sum(
                    input: input.values, gradient: gradient,
                    examples: min(batch, slot * perSlot)..<min(batch, (slot + 1) * perSlot), scratch: scratch)
                stem.store(scratch: scratch, into: place(slot))
            }
        case .winograd:
            let kernel = WinogradWeightGradient(shape: shape, columns: plan.columns)
            let tiles = batch * kernel.tiling.tilesPerMap
            let perSlot = (tiles + plan.slots - 1) / plan.slots
            run(plan, scratchCount: kernel.scratchCount) { slot, column, scratch in
                kernel.sum(
                    input: input, gradient: gradient,
                    tiles: min(tiles, slot * perSlot)..<min(tiles, (slot + 1) * perSlot), firstColumn: column,
                    scratch: scratch)
                kernel.store(scratch: scratch, firstColumn: column, into: place(slot))
            }
        case .direct:
            let kernel = DirectWeightGradient(shape: shape, columns: plan.columns)
            let perSlot = (batch + plan.slots - 1) / plan.slots
            run(plan, scratchCount: kernel.scratchCount) { slot, column, scratch in
                kernel.sum(
                    input: input, gradient: gradient,
                    maps: min(batch, slot * perSlot)..<min(batch, (slot + 1) * perSlot),
                    firstColumn: column, scratch: scratch)
                kernel.store(scratch: scratch, firstColumn: column, into: place(slot))
            }
        }
        if plan.slots > 1 { addSlots(plan.slots, partials.pointer, into: target, count: count) }
    }

    private func run(
        _ plan: WeightGradientPlan, scratchCount: Int,
        _ body: (_ slot: Int, _ firstColumn: Int, _ scratch: UnsafeMutablePointer<Float>) -> Void
    ) {
        context.workspace.reserve(scratchCount)
        let columnTasks = shape.outputChannels / plan.columns
        context.pool.run(plan.slots * columnTasks) { task, worker in
            let slot = task / columnTasks
            body(slot, (task - slot * columnTasks) * plan.columns, context.workspace.pointer(worker: worker))
        }
    }

    private func addSlots(
        _ slots: Int, _ partials: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, count: Int
    ) {
        // Convolution weights are whole vectors, because the output channels are.
        let vectors = count / 16
        let block = 1024
        context.pool.run((vectors + block - 1) / block) { task, _ in
            for index in task * block..<min(vectors, (task + 1) * block) {
                var sum = partials.lanes[index]
                for slot in 1..<slots { sum += partials.lanes[slot &* vectors &+ index] }
                target.lanes[index] = sum
            }
        }
    }

    /// Adds each example's squared weight-gradient norm.
    ///
    /// - Parameters:
    ///   - input: [batch][height][width][inputChannels], the input of the last `forward`.
    ///   - gradient: [batch][outputHeight][outputWidth][outputChannels], of each example's own loss; afterwards all of it
    ///     is carried back.
    ///   - batch: the number of examples.
    ///   - norms: [batch].
    package func addExampleSquaredNorms(
        input: ConvolutionInput, gradient: ConvolutionGradient, batch: Int, to norms: UnsafeMutablePointer<Double>
    ) {
        switch ExampleNormMethod(shape: shape, kernel: kernel) {
        case .gram:
            let kernel = GramNorm(shape: shape)
            context.workspace.reserve(kernel.scratchCount)
            context.pool.run(batch) { example, worker in
                gradient.carryBack(example * shape.positionCount..<(example + 1) * shape.positionCount)
                norms[example] += kernel.squaredNorm(
                    input: input.advanced(by: example * shape.inputCount),
                    gradient: gradient.values + example * shape.outputCount,
                    scratch: context.workspace.pointer(worker: worker))
            }
        case .winograd:
            let kernel = WinogradWeightGradient(shape: shape, columns: shape.outputChannels)
            let perMap = kernel.tiling.tilesPerMap
            context.workspace.reserve(kernel.scratchCount)
            context.pool.runNeighbours(batch) { example, worker in
                let scratch = context.workspace.pointer(worker: worker)
                kernel.sum(
                    input: input, gradient: gradient, tiles: example * perMap..<(example + 1) * perMap,
                    next: example + 1 < batch ? perMap : 0, firstColumn: 0, scratch: scratch)
                norms[example] += kernel.squaredNorm(scratch: scratch)
            }
        case .stem(let stem):
            context.workspace.reserve(stem.scratchCount)
            context.pool.run(batch) { example, worker in
                let scratch = context.workspace.pointer(worker: worker)
                stem.sum(
                    input: input.values, gradient: gradient, examples: example..<example + 1, scratch: scratch)
                norms[example] += stem.squaredNorm(scratch: scratch)
            }
        case .direct:
            let kernel = DirectWeightGradient(shape: shape, columns: shape.outputChannels)
            context.workspace.reserve(kernel.scratchCount)
            context.pool.runNeighbours(batch) { example, worker in
                let scratch = context.workspace.pointer(worker: worker)
                kernel.sum(
                    input: input, gradient: gradient, maps: example..<example + 1,
                    next: example + 1 < batch ? 1 : 0, firstColumn: 0, scratch: scratch)
                norms[example] += kernel.squaredNorm(scratch: scratch)
            }
        }
    }
}

/// How the batch and the output channels of a weight gradient are divided into tasks: a function of the shape alone.
package struct WeightGradientPlan {
    /// Parts of the batch, whose sums are added in order.
    package let slots: Int
    /// Output channels per task.
    package let columns: Int
    private let outputChannels: Int

    /// Small weights are summed in eight parts of the batch; large ones in parts of the output channels, because eight
    /// partial sums of them would not stay in the cache.
    package init(shape: ConvolutionShape) {
        let isLarge =
            shape.weightCount > 9 * 128 * 128 && shape.outputChannels % 128 == 0 && shape.suitsVectors
        slots = isLarge ? 1 : 8
        columns = isLarge ? 128 : shape.outputChannels
        outputChannels = shape.outputChannels
    }

    /// Whether several tasks read one example: those of its output channels, or of two neighbouring parts.
    func sharesExamples(ofBatch batch: Int) -> Bool { columns < outputChannels || batch % slots != 0 }
}

/// The way to one layer's per-example gradient norms.
enum ExampleNormMethod {
    /// Gram matrices over positions; nothing of the weights' size is formed.
    case gram
    /// The example's gradient, formed in Winograd's space.
    case winograd
    /// The example's gradient, formed by direct sums.
    case direct
    /// The same in a first layer.
    case stem(StemConvolution)

    /// The cheapest by multiply-adds; the Gram route is charged a fifth more, for its products are small.
    init(shape: ConvolutionShape, kernel: Convolution.Kernel) {
        let materialised: ExampleNormMethod
        let cost: Double
        switch kernel {
        case .stem(let stem):
            self = .stem(stem)
            return
        case .winograd(let winograd, _):
            materialised = .winograd
            cost = 36 * Double((winograd.tiling.tilesPerMap + 4) * shape.inputChannels * shape.outputChannels)
        case .direct:
            materialised = .direct
            cost = Double(shape.positionCount) * Double(shape.weightCount)
        }
        self = GramNorm.suits(shape) && 1.2 * GramNorm.cost(shape) < cost ? .gram : materialised
    }
}
