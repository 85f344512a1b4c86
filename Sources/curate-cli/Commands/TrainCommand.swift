import Curate

/// What `curate train` was asked.
package struct TrainOptions: Sendable, Equatable {
    package let data: DataOptions
    package let training: TrainingOptions
    /// Where to write the trained weights.
    package let output: String?

    package static let seedsOption = TrainingOptions.seedsOption(default: 1)
    package static let outOption = Option<String?>.optional(
        "out", .path, absent: "the store only",
        help: "Write the trained weights to this .safetensors file, with PyTorch's names and layouts.",
        knownElsewhereAs: ["output", "save"])

    /// Reads the options of a command line.
    package init(_ arguments: ParsedArguments) throws(CurateError) {
        data = try DataOptions(arguments)
        training = try TrainingOptions(arguments, seedCount: Self.seedsOption)
        output = arguments[Self.outOption]
        if let output, !output.hasSuffix(".safetensors") {
            throw CurateError(
                .usage, "--out must name a .safetensors file, not '\(output)'",
                remedy: "write --out \(ShellText.quoted(output + ".safetensors"))")
        }
        if output != nil && training.seedCount > 1 {
            throw CurateError(
                .usage, "--out holds the weights of one run, and --seeds \(training.seedCount) trains more",
                remedy: "leave --seeds out, or --out: the store keeps the weights of every run")
        }
    }

    /// The verb, with the work supplied by the caller.
    package static func command(
        run: @escaping @Sendable (Invocation, TrainOptions) throws -> Void
    ) -> Command {
        Command(
            name: "train",
            abstract: "Train a network and keep what happened to every example.",
            discussion: [
                """
                A run that is in the store is not trained again; asking for more epochs or more seeds trains only what \
                is missing. After Ctrl-C the same command continues.
                """
            ],
            arguments: [DataOptions.pathArgument.declaration],
            optionGroups: [
                OptionGroup("TRAIN OPTIONS", [outOption.declaration]),
                TrainingOptions.group(seeds: seedsOption), DataOptions.group,
            ],
            examples: [
                Example("curate train fashion-mnist/ --epochs 5", "Train a resnet8 and report its test accuracy."),
                Example(
                    "curate train cifar10/ --network resnet18 --epochs 30 --schedule cosine --crop 4 --flip "
                        + "--out resnet18.safetensors",
                    "Train with augmentation and write the weights for PyTorch."),
                Example(
                    "curate train embeddings.npz --network linear --learning-rate 0.05",
                    "Train a linear probe on vectors."),
            ]
        ) { invocation in try run(invocation, TrainOptions(invocation.arguments)) }
    }
}
