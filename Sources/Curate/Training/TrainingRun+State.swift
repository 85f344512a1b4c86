import Models

/// What has to be kept of a run so that it can be gone on with.
extension TrainingRun {
    /// Weights, running statistics and momentum, and what the objective carries, one after the other.
    package var state: [Float] { stateBuffers.flatMap { UnsafeBufferPointer(start: $0.pointer, count: $0.count) } }

    /// The number of floats in `state`.
    var stateCount: Int { stateBuffers.reduce(0) { $0 + $1.count } }

    private var stateBuffers: [FloatBuffer] {
        [network.arena.values, network.arena.statistics, network.arena.momentum] + (risk?.buffers ?? [])
            + [targets.running?.sums].compactMap { $0 }
    }

    /// The number of presentations in an epoch.
    var presentationCount: Int { balanced.presentationCount }

    /// Continues from a state that `state` gave after some epoch, or in the middle of the next one.
    ///
    /// - Parameters:
    ///   - state: the numbers.
    ///   - epoch: the whole epochs trained when it was taken.
    ///   - unfinished: how far the next epoch had come; nil between epochs.
    /// - Throws: `CurateError(.badData)` when the state belongs to another network.
    package func restore(_ state: [Float], epoch: Int, unfinished: UnfinishedPass? = nil) throws {
        guard state.count == stateCount else {
            throw CurateError(
                .badData, "a stored state has \(state.count) numbers, \(recipe.network) another amount",
                remedy: "use another `store`")
        }
        var offset = 0
        for buffer in stateBuffers {
            for index in 0..<buffer.count { buffer.pointer[index] = state[offset + index] }
            offset += buffer.count
        }
        network.weightsDidChange()
        risk?.didRestore()
        self.epoch = epoch
        resumeEpoch(unfinished)
        openCleanPass = nil
    }
}
