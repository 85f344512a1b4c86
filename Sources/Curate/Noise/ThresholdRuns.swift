/// Areas under the margin with threshold samples, trained: algorithm 1 of Pleiss, Zhang, Elenberg, Weinberger,
/// "Identifying Mislabeled Data using the Area Under the Margin Ranking", NeurIPS 2020.
extension SuspectsJob {
    /// Finds suspects by two runs per seed, in each of which other N / (C + 1) examples bear an extra class.
    ///
    /// An example's area is the mean over the epochs up to `epoch` of the logit of its label minus the largest other,
    /// that of the extra class among them, in training batches. The paper stops before the learning rate first drops;
    /// here that is the caller's, by `epoch`. Beyond the paper: areas are means over the seeds, which share their
    /// threshold samples, and the suggested label is the class that is most probable on clean passes after `epoch`, by
    /// the mean over the runs in which the example is no threshold sample, the extra class left out.
    func suspectsByMargin(
        in runs: RunCache, of candidates: ExampleTable, on dataset: Dataset, willTrain: (String) -> Void
    ) throws -> LabelSuspects {
        var caches: [RunCache] = []
        var judges: [ThresholdSamples.Run] = []
        for number in 0..<2 {
            willTrain("threshold samples \(number + 1) of 2")
            let positions = try ThresholdSamples.positions(of: candidates, seed: 0, run: number)
            let marked = dataset.withThresholdSamples(at: positions.map { Int(candidates.indices[Int($0)]) })
            let cache = try runs.sibling(on: marked)
            caches.append(cache)
            judges.append(ThresholdSamples.Run(aum: try areas(in: cache), positions: Set(positions)))
        }
        let suspects = LabelSuspects(
            runs: judges, of: candidates,
            source: "over epoch\(epoch == 1 ? " 1" : "s 1 to \(epoch)"), mean of \(seedPhrase)")
        willTrain("suggesting labels")
        return suspects.suggesting(try likeliestClasses(of: suspects, judges, caches, candidates))
    }

    /// The area under the margin of each example that is trained on, as a mean over the seeds.
    private func areas(in runs: RunCache) throws -> [Float] {
        let margins = Set((1...epoch).map { DynamicsLog.ColumnKey(epoch: $0, metric: .batchLogitMargin) })
        let logs = try seeds.map { seed in
            let outcome = try runs.fulfil(
                RunCache.Request(
                    recipe: seeded(seed), epochCount: epoch, demand: RunDemand(stateEpochs: [epoch])))
            return try runs.log(
                of: outcome, exampleCount: recipe.examples(of: runs.dataset).count, epochCount: epoch,
                columns: margins)
        }
        let table = try ScoreTable(
            logs: logs, names: [.aum], convention: .aum, options: ScoreSettings(epoch: epoch))
        return table.columns[0].values
    }

    /// The real class that is most probable for each suspect, by its position.
    private func likeliestClasses(
        of suspects: LabelSuspects, _ judges: [ThresholdSamples.Run], _ caches: [RunCache],
        _ candidates: ExampleTable
    ) throws -> [Int32: Int32] {
        let classCount = candidates.classNames.count
        var sums: [Int32: [Double]] = [:]
        for (judge, cache) in zip(judges, caches) {
            let judged = suspects.entries.map(\.position).filter { !judge.positions.contains($0) }.sorted()
            if judged.isEmpty { continue }
            for seed in seeds {
                let rows = try cache.probabilities(
                    of: seeded(seed), epoch: epoch, indices: judged.map { Int(candidates.indices[Int($0)]) })
                for (row, position) in judged.enumerated() {
                    var own = sums[position] ?? [Double](repeating: 0, count: classCount)
                    // A row ends with the probability of the extra class.
                    for label in 0..<classCount { own[label] += Double(rows[row * (classCount + 1) + label]) }
                    sums[position] = own
                }
            }
        }
        return sums.mapValues { values in
            let best = values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
            return Int32(truncatingIfNeeded: best)
        }
    }
}

extension Dataset {
    /// The same data with one class more, which some examples bear as their label.
    ///
    /// Features, names and partitions are shared. The content hash is derived from this dataset's and the new labels, so
    /// that runs on it are kept apart.
    ///
    /// - Parameter indices: the examples.
    package func withThresholdSamples(at indices: [Int]) -> Dataset {
        var labels = labels
        for index in indices { labels[index] = Int32(truncatingIfNeeded: classCount) }
        var extra = "threshold sample"
        while classNames.contains(extra) { extra += "'" }
        var hash = ContentHash(derivedFrom: contentHash)
        hash.add(labels)
        hash.add(classNames + [extra])
        return Dataset(
            name: "\(name) with threshold samples", format: format, features: features, labels: labels,
            classNames: classNames + [extra], partitions: partitions, ids: ids, groups: groups,
            contentHash: hash.finalize(), notes: notes)
    }
}
