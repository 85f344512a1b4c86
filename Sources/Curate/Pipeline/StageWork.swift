import Models

/// A stage with everything known that determines its result: what it will leave in the store, and how it is made.
///
/// Work is prepared for every stage before anything runs, from what is known of the dataset, without reading it.
protocol StageWork: AnyObject {
    /// The kind of the stage.
    static var kind: StageKind { get }
    /// What is known of the dataset.
    var facts: DatasetFacts { get }
    /// The parameters that determine the result, defaults filled in.
    var parameters: JSONValue { get }
    /// What of this machine and build the result depends on by itself, and not through what it is made from; nil for nothing.
    var numericProfile: String? { get }
    /// The keys of what the result is made from, in an order that matters; nil while they are not known.
    ///
    /// - Parameter store: where results are; nil when there is none yet.
    func inputKeys(in store: Store?) throws -> [ArtifactKey]?
    /// The keys of the parts that the result consists of and that have a life of their own, for instance runs that other
    /// stages share; nil while they are not known, empty when the result is the stage's own artifact.
    func partKeys(in store: Store?) throws -> [ArtifactKey]?
    /// How much of the result is in the store.
    func standing(in store: Store) throws -> StageStanding
    /// The training runs the stage asks for besides those of its inputs, in the order in which they are trained.
    ///
    /// - Precondition: its inputs are complete.
    func requests(in context: StageContext) throws -> [RunCache.Request]
    /// The seconds that what is missing will take, judged by what the store remembers; nil when it remembers nothing.
    func estimate(_ standing: StageStanding, from store: Store) throws -> Double?
    /// Makes what is missing and stores it, so that `standing` is complete afterwards.
    func perform(in context: StageContext) throws
    /// Removes the result from the store, so that `perform` makes it again.
    func forget(in store: Store) throws
    /// The result in a few words and as JSON, read from the store.
    ///
    /// - Precondition: the result is complete.
    func report(from store: Store) throws -> StageReport
    /// The files that the stage keeps besides the store.
    var files: [String] { get }
    /// A directory for these files, which is made when it is not there; nil when they lie where they are told to.
    var directory: String? { get }
    /// Writes the result, as it belongs into one of `files`, to some path.
    func export(_ file: String, to path: String, replacing: Bool, in context: StageContext) throws
    /// The directory that the stage fills with a copy of data, whose files are its own affair; nil for none.
    var copyDirectory: String? { get }
    /// Writes that copy.
    func writeCopy(replacing: Bool, in context: StageContext) throws
}

extension StageWork {
    var numericProfile: String? { nil }
    var files: [String] { [] }
    var directory: String? { nil }
    var copyDirectory: String? { nil }

    func partKeys(in store: Store?) throws -> [ArtifactKey]? { [] }
    func requests(in context: StageContext) throws -> [RunCache.Request] { [] }

    func export(_ file: String, to path: String, replacing: Bool, in context: StageContext) throws {
        preconditionFailure("this kind of stage keeps no files")
    }

    func writeCopy(replacing: Bool, in context: StageContext) throws {
        preconditionFailure("this kind of stage copies no data")
    }

    /// The mean of what this kind of stage took on this dataset before.
    func meanSeconds(from store: Store) throws -> Double? {
        let seconds = try store.stageRuns(kind: Self.kind.artifactKind, dataset: facts.contentHash)
            .filter { $0.state == .ran }.map(\.seconds)
        return seconds.isEmpty ? nil : seconds.reduce(0, +) / Double(seconds.count)
    }
}

extension StageWork {
    /// Everything that determines the result, as far as it is known.
    func identity(in store: Store?) throws -> StageIdentity {
        let (inputs, parts) = (try inputKeys(in: store), try partKeys(in: store))
        return StageIdentity(
            artifact: ArtifactIdentity(
                kind: Self.kind.artifactKind, codeVersion: Self.kind.codeVersion, parameters: parameters,
                inputs: (inputs ?? []) + (parts ?? []), dataset: facts.contentHash, numericProfile: numericProfile),
            isKnown: inputs != nil && parts != nil)
    }

    /// The identity of the result, after the stages before have been performed.
    func knownIdentity(in store: Store) throws -> ArtifactIdentity {
        let identity = try identity(in: store)
        guard identity.isKnown else {
            throw CurateError(
                .workFailed, "what a stage of kind \(Self.kind.name) is made from was removed by another process",
                at: store.path, remedy: "run the same command again")
        }
        return identity.artifact
    }

    /// The keys that stages which read this one are made from; nil while they are not known.
    func resultKeys(in store: Store?) throws -> [ArtifactKey]? {
        guard let parts = try partKeys(in: store) else { return nil }
        return parts.isEmpty ? try identity(in: store).key.map { [$0] } : parts
    }

    /// Leaves the artifact that stands for a stage whose result consists of parts.
    func keepArtifact(in context: StageContext) throws {
        let identity = try knownIdentity(in: context.store)
        guard try context.store.artifact(identity.key)?.state != .complete else { return }
        try context.store.transaction {
            _ = try context.store.beginArtifact(identity, createdAt: context.monitor.timestamp())
            try context.store.completeArtifact(identity.key)
        }
    }
}

/// The one answer to what determines the result of a stage, and so to its key and to why it runs.
struct StageIdentity {
    /// The identity of the stage's artifact; without inputs that are not known.
    let artifact: ArtifactIdentity
    /// Whether it is whole: what a stage is made from may have to be made first.
    let isKnown: Bool

    /// The key of the stage's artifact; nil while it is not known.
    var key: ArtifactKey? { isKnown ? artifact.key : nil }
}

/// How much of a stage's result is in the store.
struct StageStanding {
    /// What is missing, as a sentence without a full stop: "2 of 4 epochs are trained"; nil when nothing is.
    let missing: String?
    /// Whether some of it is there.
    let isBegun: Bool
    /// The seconds that each part in the store took to make, by its key.
    let cost: [ArtifactKey: Double]

    /// The standing of a stage that waits for what it is made from.
    static let waitsForInputs = StageStanding(missing: "its inputs are not made yet", isBegun: false, cost: [:])

    /// Whether all of it is in the store.
    var isComplete: Bool { missing == nil }
}

/// A stage's result, for people and programs.
package struct StageReport: Sendable {
    /// The result in a few words: "test accuracy 87.1 %".
    package let summary: String
    /// The result as JSON.
    package let json: JSONValue
}
