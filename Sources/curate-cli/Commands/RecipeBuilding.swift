import Curate
import Models

extension TrainingOptions {
    /// The network that was named, or the default for the data.
    func specification(for dataset: Dataset) throws -> NetworkSpecification {
        try NetworkSpecification(named: network ?? Self.defaultNetwork(forImages: dataset.features.shape.isImage))
    }

    /// The recipe of the first run.
    func recipe(for dataset: Dataset) throws -> Recipe {
        let specification = try specification(for: dataset)
        let shape: LearningRateSchedule.Shape =
            switch schedule {
            case .constant: .constant
            case .step: .step(epochs: stepEpochs, factor: stepFactor)
            case .cosine: .cosine(horizon: scheduleEpochs ?? epochs)
            }
        return Recipe(
            network: specification,
            optimizer: SGD(momentum: Float(momentum), isNesterov: usesNesterov, weightDecay: Float(weightDecay)),
            schedule: LearningRateSchedule(
                learningRate: learningRate ?? Self.defaultLearningRate(forNetwork: specification.description),
                shape: shape, warmupEpochs: warmupEpochs),
            batchSize: batchSize,
            augmentation: Augmentation(cropPadding: cropPadding, cropMode: cropMode, flips: flips), seed: firstSeed)
    }
}

extension NetworkSpecification {
    /// Reads a network's name or says which there are.
    init(named name: String) throws {
        guard let found = NetworkSpecification(name) else {
            let guess = Suggestion.nearest(to: name, among: Self.names)
            throw CurateError(
                .usage, "there is no network '\(name)'",
                remedy: guess.map { "did you mean '\($0)'?" }
                    ?? "the networks are \(Self.names.joined(separator: ", "))")
        }
        self = found
    }
}
