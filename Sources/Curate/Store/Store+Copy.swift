import Glibc

/// What copying from one store to another brought.
package struct CopyReport: Sendable, Equatable {
    /// Things that were not in the other store.
    package let added: Int
    /// Things that were there with less, for instance with fewer epochs.
    package let extended: Int
    /// Things that were there already.
    package let present: Int

    /// A report.
    package init(added: Int = 0, extended: Int = 0, present: Int = 0) {
        self.added = added
        self.extended = extended
        self.present = present
    }

    /// The sum of two reports.
    package static func + (left: CopyReport, right: CopyReport) -> CopyReport {
        CopyReport(
            added: left.added + right.added, extended: left.extended + right.extended,
            present: left.present + right.present)
    }
}

extension Store {
    /// Copies something, and everything it was made from, to another store.
    ///
    /// Each thing appears there whole or not at all, and copying again changes nothing. What is there under the same key
    /// must be the same: a key says how a result is made, and the same work has the same bytes.
    ///
    /// - Parameters:
    ///   - item: what to copy.
    ///   - target: a store opened to write, another file than this one.
    /// - Throws: `CurateError` of kind `badData` when the other store holds other bytes under the same key, or when this
    ///   one is damaged; what was copied before that stays.
    package func copy(_ item: StoredItem, to target: Store) throws -> CopyReport {
        try refuseItself(target)
        let all = try items()
        let byKey = Dictionary(all.map { ($0.key, $0) }) { first, _ in first }
        var wanted: Set<String> = []
        var open = [item]
        while let next = open.popLast() {
            guard wanted.insert(next.key).inserted else { continue }
            open += next.inputs.compactMap { byKey[$0] }
        }
        // In the order they were stored, in which inputs come before what was made from them.
        return try all.filter { wanted.contains($0.key) }.reduce(CopyReport()) { try $0 + copyAlone($1, to: target) }
    }

    /// Copies everything to another store, in the order it was stored.
    ///
    /// This is how the stores of several machines become one: `copy(_:to:)` says what is refused.
    package func copyAll(to target: Store, progress: (_ completed: Int, _ total: Int) -> Void = { _, _ in }) throws
        -> CopyReport
    {
        try refuseItself(target)
        let items = try items()
        var report = CopyReport()
        for (number, item) in items.enumerated() {
            progress(number, items.count)
            report = try report + copyAlone(item, to: target)
        }
        progress(items.count, items.count)
        return report
    }

    /// A store that is copied to itself would wait for its own lock.
    private func refuseItself(_ target: Store) throws {
        var (here, there) = (stat(), stat())
        guard stat(path, &here) == 0, stat(target.path, &there) == 0, here.st_dev == there.st_dev,
            here.st_ino == there.st_ino
        else { return }
        throw CurateError(
            .usage, "the store is copied into itself", at: target.path, remedy: "name another file with `into`")
    }

    private func copyAlone(_ item: StoredItem, to target: Store) throws -> CopyReport {
        try reading {
            try target.transaction {
                switch item {
                case .dataset(let dataset): try copy(dataset, to: target)
                case .artifact(let artifact): try copy(artifact, to: target)
                case .scores(let set): try copy(set, to: target)
                }
            }
        }
    }

    private func copy(_ dataset: StoredDataset, to target: Store) throws -> CopyReport {
        guard let examples = try examples(ofDataset: dataset.hash) else { return CopyReport() }
        if let there = try target.examples(ofDataset: dataset.hash) {
            let news = try examples.groups.filter { group in
                guard let own = there.groups.first(where: { $0.name == group.name }) else { return true }
                // A condition may mean something else there by the same name; what is there stays.
                guard own == group || !(own.isWhole && group.isWhole) else {
                    throw conflict(
                        "group '\(group.name)' of dataset '\(dataset.name)' is another one there", in: target)
                }
                return false
            }
            guard there.isSame(as: examples) else {
                throw conflict("dataset '\(dataset.name)' has other ids or labels there", in: target)
            }
            return try target.putGroups(news, ofDataset: dataset.hash) > 0
                ? CopyReport(extended: 1) : CopyReport(present: 1)
        }
        try target.insertDataset(dataset, examples)
        return CopyReport(added: 1)
    }

    private func copy(_ set: StoredScoreSet, to target: Store) throws -> CopyReport {
        guard let scores = try scores(in: set.key) else { return CopyReport() }
        if let there = try target.scores(in: set.key) {
            guard there.isSame(as: scores) else {
                throw conflict("scores '\(set.name)' (\(set.key.short)) have other values there", in: target)
            }
            return CopyReport(present: 1)
        }
        try target.saveScores(scores, as: set)
        return CopyReport(added: 1)
    }

    private func copy(_ artifact: StoredArtifact, to target: Store) throws -> CopyReport {
        let key = artifact.key
        let former = try target.artifact(key)
        if former == nil { _ = try target.beginArtifact(artifact.identity, createdAt: artifact.createdAt) }
        let here = try columnChecksums(of: key)
        let there = try target.columnChecksums(of: key)
        var missing: [StoredColumn] = []
        for column in try columns(of: key) {
            guard let checksums = there[ColumnPlace(column)] else {
                missing.append(column)
                continue
            }
            // What a pass has come to so far depends on when it was saved; either is good to go on from.
            if column.role == .progress { continue }
            guard checksums == here[ColumnPlace(column)] else {
                throw conflict(
                    "column '\(column.name)' of epoch \(column.epoch) of \(artifact.identity.kind) \(key.short) has "
                        + "other values there", in: target)
            }
        }
        let isComplete = former?.state == .complete || artifact.state == .complete
        guard !missing.isEmpty || former == nil || isComplete != (former?.state == .complete) else {
            return CopyReport(present: 1)
        }
        if former?.state == .complete { try target.reopenArtifact(key) }
        for column in missing {
            switch column.elementType {
            case .float32:
                guard let floats = try self.column(artifact: key, epoch: column.epoch, name: column.name) else {
                    continue
                }
                try target.putColumn(
                    artifact: key, epoch: column.epoch, name: column.name, floats: floats, role: column.role)
            case .uint8:
                guard let bytes = try columnBytes(artifact: key, epoch: column.epoch, name: column.name) else {
                    continue
                }
                try target.putColumn(
                    artifact: key, epoch: column.epoch, name: column.name, bytes: bytes, role: column.role)
            }
        }
        try target.addSeconds(max(0, artifact.seconds - (former?.seconds ?? 0)), to: key)
        if isComplete { try target.completeArtifact(key) }
        return former == nil ? CopyReport(added: 1) : CopyReport(extended: 1)
    }

    private func conflict(_ what: String, in target: Store) -> CurateError {
        CurateError(
            .badData, "\(what) than in \(path)", at: target.path,
            remedy: "verify both stores; the same key must mean the same bytes, so one of them is wrong")
    }
}
