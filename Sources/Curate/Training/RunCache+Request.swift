import Models

extension RunCache {
    /// What is asked of a run: how it is trained, for how long, and what else is needed of it.
    ///
    /// Every stage that trains asks by requests, so that what it will cost can be told before it begins.
    package struct Request: Sendable, Equatable, CustomStringConvertible {
        /// The recipe.
        package var recipe: Recipe
        /// Epochs to train, at least 1.
        package var epochCount: Int
        /// What is needed besides training.
        package var demand: RunDemand

        /// Makes a request.
        ///
        /// - Precondition: the epochs of the demand are within 1...epochCount.
        package init(recipe: Recipe, epochCount: Int, demand: RunDemand = RunDemand()) {
            precondition(epochCount >= 1 && demand.epochs.allSatisfy { (1...epochCount).contains($0) })
            self.recipe = recipe
            self.epochCount = epochCount
            self.demand = demand
        }

        /// The training in a few words, for instance `resnet8, 4 epochs, seed 0, 300 examples`.
        package var description: String {
            let epochs = "\(epochCount) epoch\(epochCount == 1 ? "" : "s")"
            let kept = recipe.subset.map { ", \($0.count) examples" } ?? ""
            return "\(recipe.network), \(epochs), seed \(recipe.seed)\(kept)"
        }
    }

    /// How much of a request is in a store.
    struct Standing {
        /// The key of the run.
        let key: ArtifactKey
        /// The epochs at which something is missing.
        let missing: Set<Int>
        /// Epochs trained so far.
        let trainedEpochCount: Int
        /// Epochs that have yet to be trained, some of them again when weights that are needed are not stored.
        let epochsToTrain: Int
        /// The seconds spent on the run so far.
        let seconds: Double
    }

    /// How much of a request is in a store.
    ///
    /// - Parameters:
    ///   - request: the run.
    ///   - facts: what is known of the dataset.
    ///   - numericProfile: what of this machine and build the results depend on.
    ///   - store: the store.
    static func standing(
        of request: Request, on facts: DatasetFacts, numericProfile: String, in store: Store
    ) throws -> Standing {
        let key = identity(of: request.recipe, dataset: facts.contentHash, numericProfile: numericProfile).key
        let artifact = try store.artifact(key)
        let run = StoredRun(columns: artifact == nil ? [] : try store.columns(of: key))
        var missing = run.missing(for: request, heldOut: [.validation, .test].filter { facts.count(of: $0) > 0 })
        // Left by a run that was stopped between its last epoch and the mark that it is whole.
        if artifact?.state == .running { missing.insert(request.epochCount) }
        return Standing(
            key: key, missing: missing, trainedEpochCount: run.epochCount,
            epochsToTrain: run.trainingEpochCount(for: missing), seconds: artifact?.seconds ?? 0)
    }

    /// The seconds that fulfilling some requests will take on this machine, by what such runs took before.
    ///
    /// A run that several requests ask for counts once, for the longest of them. An evaluation that is missing counts a
    /// third of an epoch, gradient norms one.
    ///
    /// - Parameters:
    ///   - requests: the runs, in any order.
    ///   - facts: what is known of the dataset.
    ///   - numericProfile: what of this machine and build the results depend on.
    ///   - store: the store.
    /// - Returns: nil when no run of the network on this dataset is known; 0 when nothing is missing.
    package static func estimate(
        of requests: [Request], on facts: DatasetFacts, numericProfile: String, in store: Store
    ) throws -> Double? {
        var merged: [ArtifactKey: Request] = [:]
        for request in requests {
            let key = identity(of: request.recipe, dataset: facts.contentHash, numericProfile: numericProfile).key
            merged[key] = merged[key]?.union(request) ?? request
        }
        var total = 0.0
        for request in merged.values {
            let passes = try missingPasses(of: request, on: facts, numericProfile: numericProfile, in: store)
            if passes == 0 { continue }
            guard let each = try secondsPerExample(of: request.recipe, dataset: facts.contentHash, in: store) else {
                return nil
            }
            let examples = request.recipe.subset?.count ?? facts.count(of: .train)
            total += each * passes * Double(request.recipe.sampler.presentationCount(of: examples))
        }
        return total
    }

    /// What fulfilling a request costs, as passes over its examples.
    private static func missingPasses(
        of request: Request, on facts: DatasetFacts, numericProfile: String, in store: Store
    ) throws -> Double {
        let standing = try standing(of: request, on: facts, numericProfile: numericProfile, in: store)
        let norms = request.demand.gradientNormEpochs.intersection(standing.missing)
        let evaluations = request.demand.cleanEpochs.subtracting(norms).intersection(standing.missing).count
        let rows = request.demand.rows.keys.count { standing.missing.contains($0) }
        // Learning from failure trains two networks.
        let networks = request.recipe.objective.risk == .failures ? 2 : 1
        return Double(networks * standing.epochsToTrain) + Double(evaluations + rows) / 3 + Double(norms.count)
    }
}

extension RunCache.Request {
    /// What two requests for one run ask for together.
    fileprivate func union(_ other: RunCache.Request) -> RunCache.Request {
        var both = self
        both.epochCount = max(epochCount, other.epochCount)
        both.demand.formUnion(other.demand)
        return both
    }
}
