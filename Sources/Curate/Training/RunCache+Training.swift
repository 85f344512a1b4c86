/// How a request that the store cannot answer is worked off: one stored step after the other.
extension RunCache {
    /// Trains and evaluates what is missing, asking the store before every step what that is.
    ///
    /// Asking each time is what lets two processes work on one run: an epoch that the other one has stored meanwhile is
    /// taken from the store, and both end with the same bytes.
    func perform(_ request: Request, key: ArtifactKey) throws {
        var run = try makeRun(request.recipe)
        while true {
            let found = try store.reading {
                let found = StoredRun(columns: try store.columns(of: key))
                guard let next = found.missing(for: request, heldOut: heldOutPartitions).min() else {
                    return nil as (stored: StoredRun, next: Int)?
                }
                // A run that is ahead of what is missing cannot go back.
                if run.epoch > min(next, found.epochCount) { run = try makeRun(request.recipe) }
                run.epochCount = request.epochCount
                try advance(run, to: next, in: found, key: key)
                return (found, next)
            }
            guard let found else { return try finish(request, key: key) }
            if run.epoch < found.next {
                try trainEpoch(of: run, request, key: key, isRepeated: run.epoch < found.stored.epochCount)
            } else {
                try evaluate(run, request, key: key, found: found.stored)
            }
        }
    }

    /// Puts a run into the latest stored state from which an epoch can be reached, if that is ahead of its own.
    private func advance(_ run: TrainingRun, to epoch: Int, in found: StoredRun, key: ArtifactKey) throws {
        // The state at the epoch itself serves when only its evaluation is missing.
        let states = found.stateEpochs.filter { $0 <= min(epoch, found.epochCount) }
        let latest = max(run.epoch, states.max() ?? 0)
        let unfinished = found.partialEpochs.filter { $0 > latest && $0 <= epoch && $0 <= found.epochCount + 1 }
        for partial in unfinished.sorted(by: >) {
            let bytes = try store.columnBytes(artifact: key, epoch: partial, name: StoredRun.partialEpochColumn) ?? []
            let saved = UnfinishedPass.reading(
                bytes, columnCount: DynamicsLog.Metric.measured(.inBatch).count, exampleCount: run.examples.count,
                presentationCount: run.presentationCount, stateCount: run.stateCount)
            if let saved { return try run.restore(saved.state, epoch: partial - 1, unfinished: saved.pass) }
        }
        if latest > run.epoch,
            let state = try store.column(artifact: key, epoch: latest, name: StoredRun.stateColumn)
        {
            try run.restore(state, epoch: latest)
        }
    }

    /// Trains the next epoch of a run and stores it; what is done of it is saved from time to time and when stopped.
    ///
    /// - Parameter isRepeated: whether the epoch is stored already, and trained again for the weights after it.
    private func trainEpoch(of run: TrainingRun, _ request: Request, key: ArtifactKey, isRepeated: Bool) throws {
        let epoch = run.epoch + 1
        let clock = SaveClock(monitor)
        let log = try saving(run, clock) {
            try run.trainEpoch()
        } save: {
            guard let pass = run.unfinishedEpoch else { return }
            let bytes = pass.bytes(state: run.state)
            try change(key, clock) { stored in
                // Another process may have finished the epoch meanwhile.
                guard isRepeated || stored.epochCount < epoch else { return false }
                try store.putColumn(
                    artifact: key, epoch: epoch, name: StoredRun.partialEpochColumn, bytes: bytes, role: .progress)
                return true
            }
        }
        try change(key, clock) { stored in
            let existing = stored.names[epoch] ?? []
            let isNew = !existing.contains(StoredRun.summaryColumn)
            if isNew {
                for (metric, values) in log.columns { try putColumn(metric, of: key, epoch: epoch, values) }
                try store.putColumn(
                    artifact: key, epoch: epoch, name: StoredRun.summaryColumn,
                    floats: [Float(log.loss), Float(log.accuracy)])
            }
            let milestones = stored.milestones(for: request)
            let needsState =
                !stored.stateEpochs.contains(epoch) && (epoch >= stored.epochCount || milestones.contains(epoch))
            if needsState {
                try store.putColumn(
                    artifact: key, epoch: epoch, name: StoredRun.stateColumn, floats: run.state, role: .state)
                for old in stored.stateEpochs where old < epoch && !milestones.contains(old) {
                    try store.removeColumns(artifact: key, epochs: old..<old + 1, names: [StoredRun.stateColumn])
                }
            }
            let left = stored.partialEpochs.filter { $0 <= epoch }
            for old in left {
                try store.removeColumns(artifact: key, epochs: old..<old + 1, names: [StoredRun.partialEpochColumn])
            }
            return isNew || needsState || !left.isEmpty
        }
    }

    /// Does the first of the evaluations that are missing at the run's epoch, and stores it.
    private func evaluate(_ run: TrainingRun, _ request: Request, key: ArtifactKey, found: StoredRun) throws {
        let epoch = run.epoch
        let needsNorms =
            request.demand.gradientNormEpochs.contains(epoch)
            && !found.contains(DynamicsLog.Metric.cleanGradientNorm.name, epoch: epoch)
        let needsPass =
            needsNorms
            || request.demand.cleanEpochs.contains(epoch) && !found.contains(StoredRun.cleanMarker, epoch: epoch)
        let clock = SaveClock(monitor)
        if needsPass { return try cleanPass(of: run, includesNorms: needsNorms, key: key, clock) }
        guard found.hasMissingEvaluations(for: request, heldOut: heldOutPartitions, at: epoch) else {
            return try change(key, clock) { _ in
                try store.putColumn(
                    artifact: key, epoch: epoch, name: StoredRun.stateColumn, floats: run.state,
                    role: .state)
                return true
            }
        }
        let logs = try found.missingEvaluations(for: request, heldOut: heldOutPartitions, at: epoch).map {
            try run.evaluate($0, keeping: request.demand.contents(of: $0, epoch: epoch))
        }
        try change(key, clock) { stored in
            var isChanged = false
            func put(_ name: String, _ floats: [Float]) throws {
                guard !stored.contains(name, epoch: epoch) else { return }
                try store.putColumn(artifact: key, epoch: epoch, name: name, floats: floats)
                isChanged = true
            }
            for log in logs {
                for (content, rows) in log.rows {
                    try put(ExampleRows.Column(content: content, partition: log.partition).name, rows.values)
                }
                // What is trained on is logged in its batches and by clean passes.
                if log.partition == .train { continue }
                for (metric, values) in log.columns { try put(metric.name, values) }
                try put(StoredRun.summaryColumn(log.partition), [Float(log.loss), log.accuracy])
            }
            if epoch == request.epochCount, !heldOutPartitions.isEmpty {
                try put(StoredRun.heldOutColumn, try heldOutAccuracies(in: logs, key: key, epoch: epoch))
            }
            return isChanged
        }
    }

    /// The accuracies on validation and test examples, evaluated now or before; NaN where there are none.
    private func heldOutAccuracies(in logs: [TrainingRun.HeldOutLog], key: ArtifactKey, epoch: Int) throws -> [Float] {
        try [Partition.validation, .test].map { partition in
            guard heldOutPartitions.contains(partition) else { return .nan }
            if let log = logs.first(where: { $0.partition == partition }) { return log.accuracy }
            return try store.column(artifact: key, epoch: epoch, name: StoredRun.summaryColumn(partition))?[1] ?? .nan
        }
    }

    /// Evaluates the scored examples, going on with a pass that was left in the middle.
    private func cleanPass(of run: TrainingRun, includesNorms: Bool, key: ArtifactKey, _ clock: SaveClock) throws {
        let epoch = run.epoch
        let name = StoredRun.partialPassColumn
        let bytes = try store.columnBytes(artifact: key, epoch: epoch, name: name) ?? []
        let saved = UnfinishedPass.reading(
            bytes, columnCount: TrainingRun.cleanMetrics(includesGradientNorms: includesNorms).count,
            exampleCount: run.examples.count, presentationCount: run.examples.count, stateCount: 0)
        let marker = includesNorms ? DynamicsLog.Metric.cleanGradientNorm.name : StoredRun.cleanMarker
        let columns = try saving(run, clock) {
            try run.cleanPass(includesGradientNorms: includesNorms, resuming: saved?.pass)
        } save: {
            guard let pass = run.unfinishedCleanPass else { return }
            try change(key, clock) { stored in
                guard !stored.contains(marker, epoch: epoch) else { return false }
                try store.putColumn(
                    artifact: key, epoch: epoch, name: name, bytes: pass.bytes(state: []), role: .progress)
                return true
            }
        }
        try change(key, clock) { stored in
            let new = columns.filter { !stored.contains($0.key.name, epoch: epoch) }
            for (metric, values) in new { try putColumn(metric, of: key, epoch: epoch, values) }
            let wasPartial = stored.contains(name, epoch: epoch)
            if wasPartial { try store.removeColumns(artifact: key, epochs: epoch..<epoch + 1, names: [name]) }
            return !new.isEmpty || wasPartial
        }
    }

    /// Runs a pass, saving what is done of it whenever it is time to, and when the user asks to stop.
    private func saving<Result>(
        _ run: TrainingRun, _ clock: SaveClock, _ pass: () throws -> Result, save: () throws -> Void
    ) throws -> Result {
        try withoutActuallyEscaping(save) { save in
            run.didFinishBatch = {
                guard clock.isTimeToSave else { return }
                try save()
                clock.didSave()
            }
            defer { run.didFinishBatch = {} }
            do {
                return try pass()
            } catch let error as CurateError where error.kind == .interrupted {
                try save()
                throw error
            }
        }
    }

    /// Changes an artifact in one transaction, and adds the time since its last change when the body did change it.
    ///
    /// - Parameter body: gets what is stored at this moment, and says whether it changes anything.
    private func change(_ key: ArtifactKey, _ clock: SaveClock, _ body: (StoredRun) throws -> Bool) throws {
        try store.transaction {
            let stored = StoredRun(columns: try store.columns(of: key))
            // Another process, or an earlier request for less, may have declared it finished.
            let wasComplete = try store.artifact(key)?.state == .complete
            if wasComplete { try store.reopenArtifact(key) }
            if try body(stored) {
                try store.addSeconds(clock.takeSeconds(), to: key)
            } else if wasComplete {
                try store.completeArtifact(key)
            }
        }
    }

    /// Declares an artifact finished, without what only served to go on.
    private func finish(_ request: Request, key: ArtifactKey) throws {
        try store.transaction {
            let stored = StoredRun(columns: try store.columns(of: key))
            let left =
                stored.partialEpochs.filter { $0 <= stored.epochCount }.map { ($0, StoredRun.partialEpochColumn) }
                + request.demand.cleanEpochs.filter { stored.contains(StoredRun.partialPassColumn, epoch: $0) }
                .map { ($0, StoredRun.partialPassColumn) }
            if !left.isEmpty { try store.reopenArtifact(key) }
            for (epoch, name) in left {
                try store.removeColumns(artifact: key, epochs: epoch..<epoch + 1, names: [name])
            }
            try store.completeArtifact(key)
        }
    }
}

/// When work was saved last, and how much time is not yet accounted for.
private final class SaveClock {
    private let monitor: TrainingMonitor
    private var accounted: Double
    private var saved: Double

    init(_ monitor: TrainingMonitor) {
        self.monitor = monitor
        accounted = monitor.now()
        saved = accounted
    }

    var isTimeToSave: Bool { monitor.now() - saved >= monitor.secondsBetweenSaves }

    /// Counts from the end of saving, so that a slow disk cannot eat all the time.
    func didSave() { saved = monitor.now() }

    /// The seconds since the last time they were taken.
    func takeSeconds() -> Double {
        let now = monitor.now()
        defer { accounted = now }
        return max(0, now - accounted)
    }
}
