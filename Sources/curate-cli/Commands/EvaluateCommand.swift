import Curate

/// What `curate evaluate` was asked.
package struct EvaluateOptions: Sendable, Equatable {
    package let data: DataOptions
    package let training: TrainingOptions
    package let partition: HeldOutPartition
    /// The group columns to break down by; nil for all there are.
    package let groups: [String]?

    /// What can be evaluated on; the raw value is what `--on` takes.
    package enum HeldOutPartition: String, Sendable, CaseIterable { case test, validation }

    package static let seedsOption = TrainingOptions.seedsOption(default: 3)
    package static let onOption = Option<HeldOutPartition>.value(
        "on", .choice(of: HeldOutPartition.self).named("part"), default: .test, help: "The examples to evaluate on.",
        knownElsewhereAs: ["partition"])
    package static let byOption = Option<[String]>.repeated(
        "by", ValueFormat<String>.text.named("column").list(),
        help: "The columns given with --group to break accuracy down by; all of them without it.",
        knownElsewhereAs: ["breakdown"])

    /// Reads the options of a command line.
    package init(_ arguments: ParsedArguments) throws(CurateError) {
        data = try DataOptions(arguments)
        training = try TrainingOptions(arguments, seedCount: Self.seedsOption)
        partition = arguments[Self.onOption]
        groups = arguments.isGiven(Self.byOption) ? arguments[Self.byOption] : nil
    }

    /// The verb, with the work supplied by the caller.
    package static func command(run: @escaping @Sendable (Invocation, EvaluateOptions) throws -> Void) -> Command {
        Command(
            name: "evaluate",
            abstract: "Report how well short runs predict held-out examples, by class and by group.",
            discussion: [
                """
                Trains a few runs, or finds them in the store. Each number comes with its standard deviation over the \
                seeds and with a 95 % interval for the number of examples. Runs are evaluated after their last epoch.
                """
            ],
            arguments: [DataOptions.pathArgument.declaration],
            optionGroups: [
                OptionGroup("EVALUATE OPTIONS", [onOption.declaration, byOption.declaration]),
                TrainingOptions.group(seeds: seedsOption), DataOptions.group,
            ],
            examples: [
                Example("curate evaluate fashion-mnist/ --epochs 5", "Accuracy and recalls of three runs."),
                Example(
                    "curate evaluate people.csv --group sex,site --by sex --validation 0.2 --on validation",
                    "Accuracy by sex on examples that are set aside."),
            ]
        ) { invocation in try run(invocation, EvaluateOptions(invocation.arguments)) }
    }
}
