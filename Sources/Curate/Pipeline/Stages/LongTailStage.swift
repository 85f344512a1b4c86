extension StageKind {
    /// `longTail`: a long-tailed subset of the training examples.
    package static let longTail = StageKind(
        name: "longTail",
        abstract: "Takes the long-tailed subset of the training examples that papers train on.",
        discussion: """
            Class sizes fall from the first class to the last, by the same ratio from each to the next or in one step; \
            which examples are kept is what the public code of LDAM-DRW (Cao et al., NeurIPS 2019) keeps, to the last \
            one. A `train` stage whose `split` is this one learns from it; validation and test stay as they are.
            """,
        gives: .split, codeVersion: LongTailWork.codeVersion,
        parameters: [
            Parameter(
                "factor", .number(.atLeast(1)), default: 100, help: "The size of the largest class over the smallest.",
                knownElsewhereAs: ["imbFactor", "imbalanceFactor", "imbalance", "imbalanceRatio", "if"]),
            Parameter(
                "shape", .word(LongTailDesign.Shape.allCases.map(\.rawValue)), default: "exp",
                help: "How class sizes fall: by the same ratio from each to the next, or the second half in one step.",
                shownAs: "name", knownElsewhereAs: ["profile", "imbType", "type"]),
            Parameter(
                "largest", .integer(1...Int(Int32.max)),
                absent: "the most that the data allow; of balanced data all of a class",
                help: "The size of the largest class.", knownElsewhereAs: ["imgMax", "nMax", "max", "maxNum", "head"]),
            Parameter(
                "order", .word(LongTailDesign.ClassOrder.allCases.map(\.rawValue)), default: "label",
                help:
                    "Which class is the largest: the first, as in the papers, or the one that is largest in the data.",
                shownAs: "name"),
            Parameter(
                "seed", .integer(0...Int(UInt32.max)), default: 0,
                help: "Chooses the examples: the seed of NumPy's older random numbers, 0 in the papers.",
                knownElsewhereAs: ["shuffleSeed", "randNumber", "randSeed", "imbSeed"]),
        ],
        prepare: { try LongTailWork($0) })
}

extension LongTailDesign {
    /// The design that parameters of a `longTail` stage describe.
    ///
    /// - Parameter values: those that are given, by name; they are in range.
    /// - Throws: as `LongTailDesign.init(factor:shape:largest:order:seed:)`.
    package init(_ values: [String: JSONValue]) throws {
        try self.init(StageValues(values, of: StageKind.longTail.parameters))
    }

    fileprivate init(_ values: StageValues) throws {
        try self.init(
            factor: values.number("factor"), shape: Shape(rawValue: values.text("shape")) ?? .exponential,
            largest: values["largest"]?.intValue, order: ClassOrder(rawValue: values.text("order")) ?? .label,
            seed: UInt32(clamping: values.integer("seed")))
    }
}

/// A long tail.
final class LongTailWork: SplitWork {
    /// Raised when the same parameters give another subset.
    static let codeVersion = 1

    static let kind = StageKind.longTail

    let parameters: JSONValue
    let facts: DatasetFacts
    private let design: LongTailDesign

    init(_ setting: StageSetting) throws {
        let values = setting.instance.values
        facts = setting.facts
        design = try LongTailDesign(values)
        var decided: [String: JSONValue] = [:]
        // Manifests count by group.
        if !facts.groupNames.isEmpty { decided["groups"] = facts.groupIdentity() }
        parameters = values.identity(deciding: decided)
    }

    /// That of balanced classes; what the classes have is known when the data are read.
    var expectedCount: Int {
        let (count, classes) = (facts.count(of: .train), facts.classCount)
        guard classes > 1 else { return count }
        let largest = design.largest ?? count / classes
        return max(1, min(count, design.sizes(classCount: classes, largest: largest).reduce(0, +)))
    }

    func inputKeys(in store: Store?) throws -> [ArtifactKey]? { [] }

    func estimate(_ standing: StageStanding, from store: Store) throws -> Double? {
        try meanSeconds(from: store) ?? 1
    }

    func perform(in context: StageContext) throws {
        let dataset = try context.dataset()
        let longTail = try LongTail(of: dataset, design: design)
        try keep(LongTailSplit(longTail, of: dataset).split, in: context)
    }

    func report(from store: Store) throws -> StageReport {
        try report(
            of: ": long tail, \(design.shape.rawValue), factor \(JSONValue.double(design.factor).compactText)",
            from: store)
    }
}
