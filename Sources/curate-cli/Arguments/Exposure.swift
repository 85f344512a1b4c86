import Curate

/// The options that a verb takes from the declaration of a stage kind, and the stage that they describe.
package struct Exposure: Sendable {
    /// The name of the stage in the verb's pipeline.
    package let stage: String
    /// The kind of the stage.
    package let kind: StageKind
    /// The options, in the order of the kind's parameters.
    package let options: [Option]

    /// Exposes the parameters of a kind, but for those that name other stages.
    ///
    /// - Parameters:
    ///   - kind: the kind.
    ///   - stage: the name of the stage.
    ///   - only: the names of the parameters to expose; nil for all.
    ///   - hidden: the names of parameters that the verb does without.
    ///   - adjust: what is different for the verb: defaults, spellings, help.
    package init(
        _ kind: StageKind, as stage: String, only: Set<String>? = nil, without hidden: Set<String> = [],
        _ adjust: (inout Parameter) -> Void = { _ in }
    ) {
        self.kind = kind
        self.stage = stage
        options = kind.parameters.filter {
            !$0.isStage && only?.contains($0.name) ?? true && !hidden.contains($0.name)
        }.map { parameter in
            var own = parameter
            adjust(&own)
            return Option(own)
        }
    }

    /// The options under a heading of help.
    package func group(_ heading: String) -> OptionGroup { OptionGroup(heading, options) }

    /// The option of a parameter.
    ///
    /// - Precondition: it is exposed.
    package func option(_ parameter: String) -> Option {
        guard let option = options.first(where: { $0.parameter.name == parameter }) else {
            preconditionFailure("the verb does not expose '\(parameter)'")
        }
        return option
    }

    /// What a command line says of the stage's parameters: what was given, and the verb's own defaults.
    package func values(_ arguments: ParsedArguments) -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        for option in options {
            let isOwn = option.parameter.initial != kind.parameter(option.parameter.name)?.initial
            values[option.parameter.name] = isOwn ? arguments[option] : arguments.given(option)
        }
        return values
    }

    /// The stage as a pipeline has it.
    ///
    /// - Parameters:
    ///   - arguments: the command line.
    ///   - others: values of parameters that are not exposed, or that take the place of what the command line says.
    package func described(_ arguments: ParsedArguments, adding others: [String: JSONValue] = [:]) -> JSONValue {
        .object([kind.name: .object(values(arguments).merging(others) { $1 })])
    }
}
