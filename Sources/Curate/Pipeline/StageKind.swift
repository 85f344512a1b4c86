/// A sort of stage, as data: what files call it, what it takes, and how work is made of it.
///
/// The declaration is all there is to a kind: parsing, checks, suggestions, sweeps, planning, caching, reports, options
/// of verbs and the documentation follow from it. A new kind is one file that declares a value like this one and the
/// `StageWork` it prepares, and its name in `all`.
package struct StageKind: Sendable {
    /// What files call it.
    package let name: String
    /// What it does, one sentence.
    package let abstract: String
    /// More of it, in sentences, for the documentation.
    package let discussion: String
    /// What other stages can read of it.
    package let gives: StageProduct
    /// The version of the code that makes its results, raised whenever they change.
    package let codeVersion: Int
    /// The kind of the artifact that stands for the stage as a whole.
    let artifactKind: String
    /// What it takes.
    package let parameters: [Parameter]
    /// Finds what is wrong between parameters that are each right, and with its inputs.
    let check: @Sendable (StageInstance) -> [StageComplaint]
    /// What it needs of the training runs that a parameter names.
    let demand: @Sendable (_ parameter: String, StageInstance) -> RunDemand
    /// The files that it keeps besides the store, by its values; the directory they lie in need not be there.
    let files: @Sendable (StageValues) -> [String]
    /// The values that given ones imply for parameters that are not given.
    let preset: @Sendable (_ given: [String: JSONValue]) -> [String: JSONValue]
    /// Makes work of it, without doing any.
    let prepare: @Sendable (StageSetting) throws -> any StageWork

    init(
        name: String, abstract: String, discussion: String = "", gives: StageProduct, codeVersion: Int,
        artifactKind: String? = nil, parameters: [Parameter],
        check: @escaping @Sendable (StageInstance) -> [StageComplaint] = { _ in [] },
        demand: @escaping @Sendable (_ parameter: String, StageInstance) -> RunDemand = { _, _ in RunDemand() },
        files: @escaping @Sendable (StageValues) -> [String] = { _ in [] },
        preset: @escaping @Sendable ([String: JSONValue]) -> [String: JSONValue] = { _ in [:] },
        prepare: @escaping @Sendable (StageSetting) throws -> any StageWork
    ) {
        self.name = name
        self.abstract = abstract
        self.discussion = discussion
        self.gives = gives
        self.codeVersion = codeVersion
        self.artifactKind = artifactKind ?? name
        self.parameters = parameters
        self.check = check
        self.demand = demand
        self.files = files
        self.preset = preset
        self.prepare = prepare
    }

    /// Every kind there is, in the order of the documentation.
    package static let all: [StageKind] = [
        .train, .score, .stability, .suspects, .prune, .split, .longTail, .errorSet, .evaluate, .curve, .jtt,
    ]

    /// The declaration of a parameter, or nil when the kind has none of this name.
    package func parameter(_ name: String) -> Parameter? { parameters.first { $0.name == name } }
}

/// Something wrong with a stage as a whole; parameters in its texts stand in back-quotes.
struct StageComplaint: Sendable, Equatable {
    /// The parameter to look at; nil for the stage itself.
    let parameter: String?
    /// What is wrong, as a predicate.
    let message: String
    /// What to do.
    let suggestion: String?

    init(_ parameter: String?, _ message: String, suggestion: String? = nil) {
        self.parameter = parameter
        self.message = message
        self.suggestion = suggestion
    }

    /// What is wrong when `at` names an epoch at which `runs` cannot be scored; nil when nothing is.
    static func unfitEpoch(of instance: StageInstance) -> StageComplaint? {
        let runs = instance.input("runs")
        let epochs = runs.values.integer("epochs")
        guard let epoch = instance.values["at"]?.intValue else { return nil }
        if epoch == 0 {
            return StageComplaint(
                "at",
                "0 is refused: before training, scores rank examples little better than chance, and the published results "
                    + "for GraNd at initialisation came from loading a trained checkpoint by mistake",
                suggestion: "score at epoch 1 or later")
        }
        guard epoch > epochs else { return nil }
        return StageComplaint(
            "at", "is \(epoch), after the last epoch of training, \(epochs)",
            suggestion: "name an earlier one, or train with `epochs: \(epoch)`")
    }
}
