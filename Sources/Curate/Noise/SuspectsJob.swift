/// Label suspects from training runs: confident learning (Northcutt, Jiang, Chuang 2021) on the probabilities of clean
/// passes, or on those of networks that were not trained on the example.
package struct SuspectsJob {
    /// Where the probabilities come from; the raw value is what `method` takes.
    enum Method: String, CaseIterable {
        /// The runs themselves, after an early epoch: before networks have learned wrong labels by heart.
        case clean
        /// More runs, each without one fold, which judges the examples of that fold: what the paper asks for.
        case outOfFold = "out-of-fold"
    }

    var recipe: Recipe
    let seeds: [UInt64]
    /// The epoch whose networks judge.
    let epoch: Int
    let method: Method
    /// How many folds there are.
    let foldCount: Int

    /// Finds the suspects, training what is missing.
    ///
    /// Probabilities are means over the seeds.
    ///
    /// - Parameters:
    ///   - runs: where runs are kept.
    ///   - dataset: the dataset.
    ///   - willTrain: is told what comes next, as a phrase.
    func suspects(
        in runs: RunCache, on dataset: Dataset, willTrain: (String) -> Void
    ) throws -> (suspects: LabelSuspects, candidates: PruningCandidates) {
        let examples = recipe.examples(of: dataset)
        let candidates = PruningCandidates(dataset: dataset, indices: examples)
        let classCount = dataset.classCount
        var sums = [Double](repeating: 0, count: examples.count * classCount)
        for seed in seeds {
            var seeded = recipe
            seeded.seed = seed
            switch method {
            case .clean:
                willTrain("judging labels")
                let rows = try runs.probabilities(of: seeded, epoch: epoch, indices: examples)
                for (place, value) in rows.enumerated() { sums[place] += Double(value) }
            case .outOfFold:
                let folds = Self.folds(of: candidates, count: foldCount)
                for fold in 0..<foldCount {
                    willTrain("fold \(fold + 1) of \(foldCount)")
                    let judged = folds.indices.filter { folds[$0] == fold }
                    let others = folds.indices.filter { folds[$0] != fold }
                    if judged.isEmpty { continue }
                    var partial = seeded
                    partial.subset = TrainingSubset(
                        indices: others.map { examples[$0] },
                        weights: recipe.subset?.weights.map { weights in others.map { weights[$0] } })
                    let rows = try runs.probabilities(
                        of: partial, epoch: epoch, indices: judged.map { examples[$0] })
                    for (row, position) in judged.enumerated() {
                        for label in 0..<classCount {
                            sums[position * classCount + label] += Double(rows[row * classCount + label])
                        }
                    }
                }
            }
        }
        let means = sums.map { Float($0 / Double(seeds.count)) }
        let suspects = try LabelSuspects(
            probabilities: ClassProbabilities(means, classCount: classCount), of: candidates, source: phrase)
        return (suspects, candidates)
    }

    private var phrase: String {
        let count = "\(seeds.count) seed\(seeds.count == 1 ? "" : "s")"
        switch method {
        case .clean: return "clean passes after epoch \(epoch), mean of \(count)"
        case .outOfFold: return "\(foldCount) folds after epoch \(epoch), mean of \(count)"
        }
    }

    /// The fold of each candidate: each class is dealt out in an order by the hashes of the ids.
    ///
    /// An example stays in its fold whatever the order of the file is.
    package static func folds(of candidates: PruningCandidates, count: Int) -> [Int] {
        let order = SelectionDraws.randomOrder(of: candidates, seed: 0, .fold)
        var dealt = [Int](repeating: 0, count: candidates.classNames.count)
        var folds = [Int](repeating: 0, count: candidates.count)
        for position in order {
            let label = Int(candidates.labels[Int(position)])
            folds[Int(position)] = dealt[label] % count
            dealt[label] += 1
        }
        return folds
    }
}
