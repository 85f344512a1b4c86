/// The gradient with respect to the input of any convolution, by direct sums.
///
/// With stride s the inputs fall into s · s kinds by their row and column modulo s; those of one kind read the same taps,
/// at fixed distances in the gradient, and no others: a convolution of stride 1 for each kind.
struct DirectInputGradient {
    /// The layer.
    let shape: ConvolutionShape
    private let kinds: [Kind]
    private let before: Int
    private let copyHeight: Int
    private let copyWidth: Int
    private let mapsPerTask: Int

    /// The inputs whose rows and columns leave the same remainder.
    private struct Kind {
        let rows: Taps
        let columns: Taps
        /// Where its weights start.
        let packedOffset: Int
        /// Where each input's taps start in the copies of a task's gradients; the last one is repeated to whole tiles.
        var offsets: [Int] = []
        /// Where each input lies among a task's maps; what is repeated goes behind them.
        var places: [Int] = []

        var tapCount: Int { rows.taps.count * columns.taps.count }
    }

    /// The taps of one remainder along one axis, in the order in which the gradient holds what they multiply.
    private struct Taps {
        let taps: [Int]
        /// The place of the first tap's gradient relative to the input's place among its kind.
        let first: Int
        /// Inputs of this remainder.
        let count: Int

        init(remainder: Int, extent: Int, shape: ConvolutionShape) {
            let shifted = remainder + shape.padding
            taps = (0..<shape.kernel).filter { (shifted - $0) % shape.stride == 0 }.reversed()
            first = taps.first.map { (shifted - $0) / shape.stride } ?? 0
            count = max(0, (extent - remainder + shape.stride - 1) / shape.stride)
        }

        /// The end of what the last input reads, relative to the place of input 0.
        var end: Int { taps.isEmpty ? 0 : count - 1 + first + taps.count }
    }

    /// Makes the kernel of one layer shape.
    init(shape: ConvolutionShape) {
        precondition(shape.suitsVectors)
        self.shape = shape
        let rows = (0..<shape.stride).map { Taps(remainder: $0, extent: shape.height, shape: shape) }
        let columns = (0..<shape.stride).map { Taps(remainder: $0, extent: shape.width, shape: shape) }
        let before = max(0, -(rows + columns).map(\.first).reduce(0, min))
        let copyHeight = before + max(shape.outputHeight, rows.map(\.end).reduce(0, max))
        let copyWidth = before + max(shape.outputWidth, columns.map(\.end).reduce(0, max))
        let mapBytes = (copyHeight * copyWidth * shape.outputChannels + shape.inputCount) * 4
        let mapsPerTask = DirectBlocks.mapsTogether(ofBytes: mapBytes, positions: shape.positionCount)
        var kinds: [Kind] = []
        var packed = 0
        for row in rows.indices {
            for column in columns.indices {
                var kind = Kind(rows: rows[row], columns: columns[column], packedOffset: packed)
                if kind.tapCount == 0 { continue }
                packed += kind.tapCount * shape.inputChannels * shape.outputChannels
                for map in 0..<mapsPerTask {
                    for i in 0..<rows[row].count {
                        for j in 0..<columns[column].count {
                            let (y, x) = (i + rows[row].first + before, j + columns[column].first + before)
                            kind.offsets.append(
                                ((map * copyHeight + y) * copyWidth + x) * shape.outputChannels)
                            kind.places.append(
                                ((map * shape.height + i * shape.stride + row) * shape.width + j * shape.stride
                                    + column) * shape.inputChannels)
                        }
                    }
                }
                guard let last = kind.offsets.last else { continue }
                while kind.offsets.count % AddressedTiles.rowCount != 0 {
                    kind.offsets.append(last)
                    kind.places.append(mapsPerTask * shape.inputCount)
                }
                kinds.append(kind)
            }
        }
        (self.kinds, self.before, self.copyHeight, self.copyWidth) = (kinds, before, copyHeight, copyWidth)
        self.mapsPerTask = mapsPerTask
    }

    private var panelWidth: Int { TileMultiply.panelWidth(columns: shape.inputChannels) }
    private var copyCount: Int { mapsPerTask * copyHeight * copyWidth * shape.outputChannels }

    /// Floats of packed weights.
    var packedWeightCount: Int { shape.weightCount }
    /// Floats of scratch memory per worker.
    var scratchCount: Int { copyCount + mapsPerTask * shape.inputCount + shape.inputChannels }
    /// Tasks of `apply`, and the blocks in which it takes sums.
    func blockCount(batch: Int) -> Int { (batch + mapsPerTask - 1) / mapsPerTask }

    /// Packs transposed weights.
    ///
    /// - Parameters:
    ///   - weights: [kernel · kernel · inputChannels][outputChannels].
    ///   - packed: of each kind, [inputChannels / width][taps · outputChannels][width].
    func packWeights(
        _ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>, pool: WorkerPool
    ) {
        let (width, inputs, outputs) = (panelWidth, shape.inputChannels, shape.outputChannels)
        let panels = inputs / width
        for kind in kinds {
            let across = kind.columns.taps.count
            pool.run(kind.tapCount * panels) { task, _ in
                let (place, panel) = (task / panels, task % panels)
                let tap = kind.rows.taps[place / across] * shape.kernel + kind.columns.taps[place % across]
                let source = weights + (tap * inputs + panel * width) * outputs
                let target =
                    packed + kind.packedOffset + (panel * kind.tapCount + place) * outputs * width
                // Sixteen outputs of one row at a time: whole cache lines are read.
                for output in stride(from: 0, to: outputs, by: 16) {
                    for row in 0..<width {
                        let line = source + (row &* outputs &+ output)
                        for k in 0..<16 { target[(output &+ k) &* width &+ row] = line[k] }
                    }
                }
            }
        }
    }

    /// Carries a gradient back to the input.
    ///
    /// - Parameters:
    ///   - gradient: [batch][outputHeight][outputWidth][outputChannels], with respect to the output.
    ///   - packed: weights from `packWeights`.
    ///   - inputGradient: [batch][height][width][inputChannels].
    ///   - batch: the number of maps.
    ///   - start: fills one map with what is added to; nil for zeros.
    ///   - store: what happens to a vector before it is stored.
    func apply(
        gradient: UnsafePointer<Float>, packed: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
        batch: Int, start: ((_ map: Int, _ values: UnsafeMutablePointer<Float>) -> Void)?, store: GradientStore,
        workspace: Workspace, pool: WorkerPool
    ) {
        pool.runNeighbours(blockCount(batch: batch)) { part, worker in
            apply(
                part: part, gradient: gradient, packed: packed, inputGradient: inputGradient, batch: batch,
                start: start, store: store, copy: workspace.pointer(worker: worker))
        }
    }

    private func apply(
        part: Int, gradient: UnsafePointer<Float>, packed: UnsafePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>, batch: Int,
        start: ((_ map: Int, _ values: UnsafeMutablePointer<Float>) -> Void)?, store: GradientStore,
        copy: UnsafeMutablePointer<Float>
    ) {
        let channels = shape.inputChannels
        let maps = copy + copyCount
        let first = part * mapsPerTask
        let count = min(mapsPerTask, batch - first)
        for map in 0..<count {
            copyGradient(
                gradient + (first + map) * shape.outputCount,
                into: copy + map * copyHeight * copyWidth * shape.outputChannels)
            // Inputs that no tap reads, and what sums start from.
            let values = maps + map * shape.inputCount
            if let start { start(first + map, values) } else { values.update(repeating: 0, count: shape.inputCount) }
        }
        // What is stored after the products, and read beside it, and what the next part reads.
        let steps = kinds.reduce(0) {
            $0 + AddressedTiles.stepCount(count: count * $1.rows.count * $1.columns.count)
        }
        var queue = PrefetchQueue(idle: copy, steps: channels / panelWidth * steps)
        let lines = count * shape.inputCount / 16
        queue.add(inputGradient + first * shape.inputCount, lines: lines)
        ConvolutionEpilogue.gradient(store).forEachRead { queue.add($0 + first * shape.inputCount, lines: lines) }
        let end = min(batch, first + count)
        let after = min(batch, end + mapsPerTask) - end
        queue.add(gradient + end * shape.outputCount, lines: after * shape.outputCount / 16)
        for kind in kinds {
            multiply(kind, copy: copy, packed: packed, mapCount: count, into: maps, ahead: &queue)
        }
        for channel in stride(from: 0, to: channels, by: 16) {
            let vectors = StoredVectors(
                values: maps + channel, stride: channels, offset: first &* shape.inputCount &+ channel,
                offsetStride: channels, count: count &* shape.height &* shape.width)
            store.store(vectors, to: inputGradient, channel: channel, channels: channels, block: part)
        }
    }

    @inline(__always)
    private func multiply(
        _ kind: Kind, copy: UnsafePointer<Float>, packed: UnsafePointer<Float>, mapCount: Int,
        into maps: UnsafeMutablePointer<Float>, ahead: inout PrefetchQueue
    ) {
        let (width, outputs) = (panelWidth, shape.outputChannels)
        let rows = AddressedTiles.Rows(
            values: copy, runs: kind.rows.taps.count, length: kind.columns.taps.count * outputs,
            stride: copyWidth * outputs)
        kind.offsets.withUnsafeBufferPointer { offsets in
            kind.places.withUnsafeBufferPointer { places in
                guard let offsets = offsets.baseAddress, let places = places.baseAddress else { return }
                for panel in 0..<shape.inputChannels / width {
                    AddressedTiles.multiply(
                        rows, offsets: offsets,
                        panel: packed + kind.packedOffset + panel * kind.tapCount * outputs * width, width: width,
                        count: mapCount * kind.rows.count * kind.columns.count, places: places,
                        output: maps + panel * width, adds: true, ahead: &ahead)
                }
            }
        }
    }

    /// Copies one map's gradient into the middle of zeros.
    private func copyGradient(_ gradient: UnsafePointer<Float>, into copy: UnsafeMutablePointer<Float>) {
        let outputs = shape.outputChannels
        let across = shape.outputWidth * outputs
        var target = copy
        for row in 0..<copyHeight {
            let y = row - before
            if y >= 0 && y < shape.outputHeight {
                target.update(repeating: 0, count: before * outputs)
                (target + before * outputs).update(from: gradient + y * across, count: across)
                let end = before * outputs + across
                (target + end).update(repeating: 0, count: copyWidth * outputs - end)
            } else {
                target.update(repeating: 0, count: copyWidth * outputs)
            }
            target += copyWidth * outputs
        }
    }
}
