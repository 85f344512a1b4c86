/// A convolution without bias: forward, backward and per-example gradient norms, each by the kernel that suits its shape.
///
/// The choice is a pure function of the shape, so the same network always adds in the same order.
package final class Convolution {
    /// The extents.
    package let shape: ConvolutionShape
    /// The number of the weight tensor in the arena, [kernel][kernel][input][output].
    package let weight: Int

    private let context: LayerContext
    private let winograd: WinogradConvolution?
    private let winogradBackward: WinogradConvolution?
    private let stem: StemConvolution?
    private let patches: PatchConvolution
    private var packed = PackedWeights()
    private var packedBackward = PackedWeights()

    /// Weights in the order a kernel reads them, kept while they do not change.
    private struct PackedWeights {
        var buffer = FloatBuffer(count: 0)
        var version = 0
    }

    /// Adds a convolution's weights to the context's arena.
    package init(_ name: String, shape: ConvolutionShape, context: LayerContext) {
        self.shape = shape
        self.context = context
        weight = context.arena.add(
            name,
            .convolution(kernel: shape.kernel, input: shape.inputChannels, output: shape.outputChannels))
        patches = PatchConvolution(shape: shape)
        stem = shape.suitsVectors ? nil : StemConvolution(shape: shape)
        if context.pool.kernels.usesWinograd(for: shape) {
            winograd = WinogradConvolution(
                height: shape.height, width: shape.width, inputChannels: shape.inputChannels,
                outputChannels: shape.outputChannels)
            winogradBackward = WinogradConvolution(
                height: shape.height, width: shape.width, inputChannels: shape.outputChannels,
                outputChannels: shape.inputChannels)
        } else {
            winograd = nil
            winogradBackward = nil
        }
    }

    /// Rows of the statistics that `forward` writes.
    package func statisticsBlockCount(batch: Int) -> Int {
        if let stem { return stem.blockCount(batch: batch) }
        return winograd?.blockCount(batch: batch) ?? patches.blockCount(batch: batch)
    }

    /// Multiplications and additions of the sums as they are defined, for one pass over a batch.
    package func operations(batch: Int) -> Double {
        2 * Double(batch) * Double(shape.positionCount) * Double(shape.weightCount)
    }

    /// Convolves a batch.
    ///
    /// - Parameters:
    ///   - input: [batch][height][width][inputChannels].
    ///   - output: [batch][outputHeight][outputWidth][outputChannels].
    ///   - batch: the number of examples.
    ///   - epilogue: what happens to a vector before it is stored.
    ///   - keepsPacked: whether the packed weights are kept for the next call; when training they change anyway.
    package func forward(
        _ input: ConvolutionInput, to output: UnsafeMutablePointer<Float>, batch: Int, epilogue: ConvolutionEpilogue,
        keepsPacked: Bool
    ) {
        if let stem {
            precondition(input.affine == nil, "the first layer reads what it is given")
            context.workspace.reserve(stem.scratchCount)
            stem.forward(
                input: input.values, weights: context.arena.pointer(weight), output: output, batch: batch,
                epilogue: epilogue, workspace: context.workspace, pool: context.pool)
            return
        }
        let count = winograd?.packedWeightCount ?? patches.packedWeightCount
        let weights = pack(into: \.packed, count: count, keepsPacked: keepsPacked, by: packForward)
        if let winograd {
            context.workspace.reserve(winograd.scratchCount)
            winograd.apply(
                input: input, packed: weights, output: output, batch: batch, epilogue: epilogue,
                workspace: context.workspace, pool: context.pool)
        } else {
            context.workspace.reserve(patches.scratchCount)
            patches.forward(
                input: input, packed: weights, output: output, batch: batch, epilogue: epilogue,
                workspace: context.workspace, pool: context.pool)
        }
    }

    /// Carries a gradient back to the input.
    ///
    /// - Parameters:
    ///   - gradient: [batch][outputHeight][outputWidth][outputChannels].
    ///   - target: gets the gradient with respect to the input, [batch][height][width][inputChannels].
    ///   - addend: added to it, of the same shape; nil for none.
    ///   - start: fills the map of one example, [height][width][inputChannels], with what the gradient is added to; nil
    ///     for zeros. Only for layers that do not suit Winograd.
    ///   - batch: the number of examples.
    ///   - keepsPacked: whether the packed weights are kept for the next call.
    package func backward(
        _ gradient: UnsafePointer<Float>, to target: GradientTarget, addend: UnsafePointer<Float>? = nil,
        start: ((_ example: Int, _ map: UnsafeMutablePointer<Float>) -> Void)? = nil, batch: Int, keepsPacked: Bool
    ) {
        let blockCount =
            winogradBackward?.blockCount(batch: batch) ?? patches.gradientBlockCount(batch: batch)
        target.write(
            addend: addend, blockCount: blockCount, positions: batch * shape.height * shape.width,
            channels: shape.inputChannels, context: context
        ) { store in
            backward(
                gradient, into: target.gradient, store: store, start: start, batch: batch, keepsPacked: keepsPacked)
        }
    }

    /// Carries a gradient back to the input, each vector by a given store.
    ///
    /// - Parameters:
    ///   - gradient: [batch][outputHeight][outputWidth][outputChannels].
    ///   - inputGradient: [batch][height][width][inputChannels].
    ///   - store: what happens to a vector before it is stored.
    ///   - start: as in the other variant.
    ///   - batch: the number of examples.
    ///   - keepsPacked: whether the packed weights are kept for the next call.
    package func backward(
        _ gradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>, store: GradientStore,
        start: ((_ example: Int, _ map: UnsafeMutablePointer<Float>) -> Void)? = nil, batch: Int,
        keepsPacked: Bool = false
    ) {
        let count = winogradBackward?.packedWeightCount ?? patches.packedWeightCount
        let weights = pack(into: \.packedBackward, count: count, keepsPacked: keepsPacked, by: packBackward)
        if let winogradBackward {
            precondition(start == nil, "only kernels that sum whole maps start from something")
            context.workspace.reserve(winogradBackward.scratchCount)
            winogradBackward.apply(
                input: ConvolutionInput(gradient), packed: weights, output: inputGradient, batch: batch,
                epilogue: .gradient(store), workspace: context.workspace, pool: context.pool)
        } else {
            context.workspace.reserve(patches.scratchCount)
            patches.backward(
                gradient: gradient, packed: weights, inputGradient: inputGradient, batch: batch, start: start,
                store: store, workspace: context.workspace, pool: context.pool)
        }
    }

    /// The packed weights: kept ones when they are still right, else packed now.
    private func pack(
        into place: ReferenceWritableKeyPath<Convolution, PackedWeights>, count: Int, keepsPacked: Bool,
        by pack: (UnsafeMutablePointer<Float>) -> Void
    ) -> UnsafePointer<Float> {
        guard keepsPacked else {
            if self[keyPath: place].version > 0 { self[keyPath: place] = PackedWeights() }
            let memory = context.packedWeights(count)
            pack(memory)
            return UnsafePointer(memory)
        }
        if self[keyPath: place].version != context.weightsVersion {
            if self[keyPath: place].buffer.count == 0 { self[keyPath: place].buffer = FloatBuffer(count: count) }
            pack(self[keyPath: place].buffer.pointer)
            self[keyPath: place].version = context.weightsVersion
        }
        return UnsafePointer(self[keyPath: place].buffer.pointer)
    }

    private func packForward(into packed: UnsafeMutablePointer<Float>) {
        let weights = context.arena.pointer(weight)
        if let winograd {
            winograd.packWeights(weights, rotated: false, into: packed, pool: context.pool)
        } else {
            patches.packWeights(weights, into: packed, pool: context.pool)
        }
    }

    private func packBackward(into packed: UnsafeMutablePointer<Float>) {
        let weights = context.arena.pointer(weight)
        if let winogradBackward {
            let transposed = context.transposedWeights(shape.weightCount)
            transposeTaps(weights, into: transposed)
            winogradBackward.packWeights(transposed, rotated: true, into: packed, pool: context.pool)
        } else {
            patches.packTransposedWeights(weights, into: packed, pool: context.pool)
        }
    }

    /// [tap][input][output] to [tap][output][input], a 16 x 16 block at a time.
    private func transposeTaps(_ weights: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
        let (inputs, outputs) = (shape.inputChannels, shape.outputChannels)
        let tasksPerTap = outputs / 16
        context.pool.run(shape.kernel * shape.kernel * tasksPerTap) { task, _ in
            let tap = task / tasksPerTap
            let firstOutput = (task - tap * tasksPerTap) * 16
            let source = weights + tap * inputs * outputs + firstOutput
            let goal = target + tap * inputs * outputs + firstOutput * inputs
            for input in 0..<inputs {
                let row = source + input &* outputs
                for output in 0..<16 { goal[output &* inputs &+ input] = row[output] }
            }
        }
    }

    /// The gradient of the weights, summed over the batch into the arena.
    ///
    /// - Parameters:
    ///   - input: [batch][height][width][inputChannels], the input of the last `forward`.
    ///   - gradient: [batch][outputHeight][outputWidth][outputChannels].
    ///   - batch: the number of examples.
    package func weightGradient(input: ConvolutionInput, gradient: UnsafePointer<Float>, batch: Int) {
        let plan = WeightGradientPlan(shape: shape)
        let target = context.arena.gradient(weight)
        let count = shape.weightCount
        if plan.slots > 1 { context.reservePartials(plan.slots * count) }
        let partials = context.partials
        func place(_ slot: Int) -> UnsafeMutablePointer<Float> {
            plan.slots > 1 ? partials.pointer + slot * count : target
        }
        if let stem {
            let perSlot = (batch + plan.slots - 1) / plan.slots
            run(plan, scratchCount: stem.scratchCount) { slot, _, scratch in
                stem.sum(
                    input: input.values, gradient: gradient,
                    examples: min(batch, slot * perSlot)..<min(batch, (slot + 1) * perSlot), scratch: scratch)
                stem.store(scratch: scratch, into: place(slot))
            }
        } else if winograd != nil {
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
        } else {
            let kernel = PatchWeightGradient(shape: shape, columns: plan.columns)
            let positions = batch * shape.positionCount
            let perSlot = (positions + plan.slots - 1) / plan.slots
            run(plan, scratchCount: kernel.scratchCount) { slot, column, scratch in
                kernel.sum(
                    input: input, gradient: gradient,
                    positions: min(positions, slot * perSlot)..<min(positions, (slot + 1) * perSlot),
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
    ///   - gradient: [batch][outputHeight][outputWidth][outputChannels], of each example's own loss.
    ///   - batch: the number of examples.
    ///   - norms: [batch].
    package func addExampleSquaredNorms(
        input: ConvolutionInput, gradient: UnsafePointer<Float>, batch: Int, to norms: UnsafeMutablePointer<Double>
    ) {
        if let stem {
            context.workspace.reserve(stem.scratchCount)
            context.pool.run(batch) { example, worker in
                let scratch = context.workspace.pointer(worker: worker)
                stem.sum(
                    input: input.values, gradient: gradient, examples: example..<example + 1, scratch: scratch)
                norms[example] += stem.squaredNorm(scratch: scratch)
            }
            return
        }
        switch ExampleNormMethod(shape: shape, usesWinograd: winograd != nil) {
        case .gram:
            let kernel = GramNorm(shape: shape)
            context.workspace.reserve(kernel.scratchCount)
            context.pool.run(batch) { example, worker in
                norms[example] += kernel.squaredNorm(
                    input: input.advanced(by: example * shape.inputCount),
                    gradient: gradient + example * shape.outputCount,
                    scratch: context.workspace.pointer(worker: worker))
            }
        case .winograd:
            let kernel = WinogradWeightGradient(shape: shape, columns: shape.outputChannels)
            let perMap = kernel.tiling.tilesPerMap
            context.workspace.reserve(kernel.scratchCount)
            context.pool.run(batch) { example, worker in
                let scratch = context.workspace.pointer(worker: worker)
                kernel.sum(
                    input: input, gradient: gradient, tiles: example * perMap..<(example + 1) * perMap,
                    firstColumn: 0, scratch: scratch)
                norms[example] += kernel.squaredNorm(scratch: scratch)
            }
        case .patches:
            let kernel = PatchWeightGradient(shape: shape, columns: shape.outputChannels)
            let perMap = shape.positionCount
            context.workspace.reserve(kernel.scratchCount)
            context.pool.run(batch) { example, worker in
                let scratch = context.workspace.pointer(worker: worker)
                kernel.sum(
                    input: input, gradient: gradient, positions: example * perMap..<(example + 1) * perMap,
                    firstColumn: 0, scratch: scratch)
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

    /// Small weights are summed in eight parts of the batch; large ones in parts of the output channels, because eight
    /// partial sums of them would not stay in the cache.
    package init(shape: ConvolutionShape) {
        let isLarge =
            shape.weightCount > 9 * 128 * 128 && shape.outputChannels % 128 == 0 && shape.suitsVectors
        slots = isLarge ? 1 : 8
        columns = isLarge ? 128 : shape.outputChannels
    }
}

/// The way to one layer's per-example gradient norms.
package enum ExampleNormMethod {
    /// Gram matrices over positions; nothing of the weights' size is formed.
    case gram
    /// The example's gradient, formed in Winograd's space.
    case winograd
    /// The example's gradient, formed from patches.
    case patches

    /// The cheapest by multiply-adds; the Gram route is charged double, for its products are small.
    package init(shape: ConvolutionShape, usesWinograd: Bool) {
        let tiling = WinogradTiling(height: shape.height, width: shape.width)
        let channels = Double(shape.inputChannels * shape.outputChannels)
        let materialise =
            usesWinograd
            ? 36 * (Double(tiling.tilesPerMap) + 4) * channels
            : Double(shape.positionCount) * Double(shape.weightCount)
        if GramNorm.suits(shape) && 2 * GramNorm.cost(shape) < materialise {
            self = .gram
        } else {
            self = usesWinograd ? .winograd : .patches
        }
    }
}
