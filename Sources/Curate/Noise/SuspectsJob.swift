/// Label suspects from training runs.
///
/// Confident learning (Northcutt, Jiang, Chuang 2021) on the probabilities of clean passes, or on those of networks that
/// were not trained on the example; or areas under the margin with threshold samples (Pleiss et al. 2020).
package struct SuspectsJob {
    /// How suspects are found; the raw value is what `method` takes.
    package enum Method: String, CaseIterable, Sendable {
        /// Confident learning on the runs themselves, after an early epoch: before networks have learned wrong labels by
        /// heart.
        case clean
        /// Confident learning on more runs, each without one fold, which judges the examples of that fold: what the
        /// paper asks for.
        case outOfFold = "out-of-fold"
        /// Areas under the margin below those of threshold samples, in two more runs.
        case aum
    }

    var recipe: Recipe
    let seeds: [UInt64]
    /// For how many epochs the runs themselves are trained.
    let epochCount: Int
    /// The epoch whose networks judge, or up to which margins are averaged.
    let epoch: Int
    let method: Method
    /// How many folds there are.
    let foldCount: Int

    /// What judging needs of the runs themselves; the other methods train runs of their own.
    static func demand(of method: Method, epoch: Int) -> RunDemand {
        method == .clean ? RunDemand(rows: [epoch: [.logits(.train)]]) : RunDemand()
    }

    /// Finds the suspects, training what is missing.
    ///
    /// Probabilities and areas are means over the seeds.
    ///
    /// - Parameters:
    ///   - runs: where runs are kept.
    ///   - dataset: the dataset.
    ///   - willTrain: is told what comes next, as a phrase.
    func suspects(
        in runs: RunCache, on dataset: Dataset, willTrain: (String) -> Void
    ) throws -> (suspects: LabelSuspects, candidates: ExampleTable) {
        let examples = recipe.examples(of: dataset)
        let candidates = ExampleTable(dataset: dataset, indices: examples)
        if method == .aum {
            return (try suspectsByMargin(in: runs, of: candidates, on: dataset, willTrain: willTrain), candidates)
        }
        let means = try probabilities(in: runs, of: candidates, willTrain: willTrain)
        let suspects = try LabelSuspects(probabilities: means, of: candidates, source: phrase)
        return (suspects, candidates)
    }

    /// The probability of each class for each candidate, as a mean over the seeds.
    func probabilities(
        in runs: RunCache, of candidates: ExampleTable, willTrain: (String) -> Void
    ) throws -> ClassProbabilities {
        let examples = candidates.indices.map { Int($0) }
        let classCount = candidates.classNames.count
        var sums = [Double](repeating: 0, count: examples.count * classCount)
        for seed in seeds {
            guard method == .outOfFold else {
                willTrain("judging labels")
                let outcome = try runs.fulfil(
                    RunCache.Request(
                        recipe: seeded(seed), epochCount: epochCount, demand: Self.demand(of: method, epoch: epoch)))
                let rows = try runs.rows(.logits(.train), of: outcome, epoch: epoch).softmax
                for (place, value) in rows.enumerated() { sums[place] += Double(value) }
                continue
            }
            for (number, fold) in folds(of: candidates).enumerated() {
                willTrain("fold \(number + 1) of \(foldCount)")
                let judged = fold.judged
                let rows = try runs.probabilities(
                    of: fold.recipe(seeded(seed)), epoch: epoch, indices: judged.map { examples[$0] })
                for (row, position) in judged.enumerated() {
                    for label in 0..<classCount {
                        sums[position * classCount + label] += Double(rows[row * classCount + label])
                    }
                }
            }
        }
        return try ClassProbabilities(sums.map { Float($0 / Double(seeds.count)) }, classCount: classCount)
    }

    /// One part of the candidates, which runs on the others judge.
    private struct Fold {
        /// The positions that are judged.
        let judged: [Int]
        /// What the runs are trained on.
        let others: TrainingSubset

        func recipe(_ recipe: Recipe) -> Recipe {
            var partial = recipe
            partial.subset = others
            return partial
        }
    }

    /// The parts that have examples.
    private func folds(of candidates: ExampleTable) -> [Fold] {
        let folds = Self.folds(of: candidates, count: foldCount)
        return (0..<foldCount).compactMap { fold in
            let judged = folds.indices.filter { folds[$0] == fold }
            if judged.isEmpty { return nil }
            let others = folds.indices.filter { folds[$0] != fold }
            return Fold(
                judged: judged,
                others: TrainingSubset(
                    indices: others.map { Int(candidates.indices[$0]) },
                    weights: recipe.subset?.weights.map { weights in others.map { weights[$0] } }))
        }
    }

    /// The runs that are trained on the dataset besides those that are judged by themselves, as far as that can be said
    /// beforehand: runs with threshold samples are on data of their own.
    func requests(of candidates: ExampleTable) -> [RunCache.Request] {
        guard method == .outOfFold else { return [] }
        return seeds.flatMap { seed in
            folds(of: candidates).map { fold in
                RunCache.Request(
                    recipe: fold.recipe(seeded(seed)), epochCount: epoch,
                    demand: RunDemand(stateEpochs: [epoch]))
            }
        }
    }

    /// The recipe with one of the seeds.
    func seeded(_ seed: UInt64) -> Recipe {
        var seeded = recipe
        seeded.seed = seed
        return seeded
    }

    private var phrase: String {
        let networks = method == .outOfFold ? "\(foldCount) folds" : "clean passes"
        return "\(networks) after epoch \(epoch), mean of \(seedPhrase)"
    }

    /// How many seeds there are, in words.
    var seedPhrase: String { "\(seeds.count) seed\(seeds.count == 1 ? "" : "s")" }

    /// The fold of each candidate: each class is dealt out in an order by the hashes of the ids.
    ///
    /// An example stays in its fold whatever the order of the file is.
    package static func folds(of candidates: ExampleTable, count: Int) -> [Int] {
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
