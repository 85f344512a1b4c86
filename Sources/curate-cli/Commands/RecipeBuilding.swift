import Curate
import Models

extension TrainingOptions {
    /// The options as the parameters of a `train` stage.
    ///
    /// - Parameter split: the stage whose split is trained on; nil for all training examples.
    func stage(on split: String? = nil) -> JSONValue {
        var members: [String: JSONValue] = [
            "epochs": .int(epochs), "batchSize": .int(batchSize), "momentum": .double(momentum),
            "nesterov": .bool(usesNesterov), "weightDecay": .double(weightDecay),
            "schedule": .string(schedule.rawValue),
            "warmupEpochs": .int(warmupEpochs), "crop": .int(cropPadding), "flip": .bool(flips),
            "seeds": .int(seedCount), "seed": JSONValue(firstSeed),
        ]
        if let split { members["split"] = .string(split) }
        if let network { members["network"] = .string(network) }
        if let learningRate { members["learningRate"] = .double(learningRate) }
        if let scheduleEpochs { members["scheduleEpochs"] = .int(scheduleEpochs) }
        if schedule == .step {
            members["stepEpochs"] = .array(stepEpochs.map { .int($0) })
            members["stepFactor"] = .double(stepFactor)
        }
        if cropPadding > 0 { members["cropMode"] = .string(cropMode.rawValue) }
        return ["train": .object(members)]
    }

    /// What was trained: "resnet8, 4 epochs, 3 seeds".
    func phrase(of network: NetworkSpecification) -> String {
        "\(network), \(epochs) epoch\(epochs == 1 ? "" : "s"), \(seedCount) seed\(seedCount == 1 ? "" : "s")"
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
