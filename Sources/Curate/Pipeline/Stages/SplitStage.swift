extension StageKind {
    /// `split`: a split that `curate prune` wrote.
    package static let split = StageKind(
        name: "split", abstract: "Takes a split from the directory that curate prune wrote.",
        discussion: """
            The split must have been made for the dataset of the pipeline. Its content decides what is cached, not \
            where it lies.
            """,
        gives: .split, codeVersion: FileSplitWork.codeVersion,
        parameters: [
            Parameter(
                "from", .input, isRequired: true, help: "The directory of the split.",
                shownAs: "directory",
                knownElsewhereAs: ["path", "directory", "file"])
        ],
        prepare: { try FileSplitWork($0) })
}

/// A split from files.
final class FileSplitWork: SplitWork {
    /// Raised when the same files give another split.
    static let codeVersion = 1

    static let kind = StageKind.split

    let parameters: JSONValue
    let facts: DatasetFacts
    let expectedCount: Int
    private let path: String

    init(_ setting: StageSetting) throws {
        path = setting.instance.values.text("from")
        facts = setting.facts
        let (manifest, digest) = try SplitReader.manifest(path: path)
        guard manifest.datasetHash == facts.contentHash else {
            throw manifest.mismatch(name: facts.name, contentHash: facts.contentHash)
        }
        expectedCount = manifest.keptCount
        parameters = ["content": .string(digest)]
    }

    func inputKeys(in store: Store?) throws -> [ArtifactKey]? { [] }

    func estimate(_ standing: StageStanding, from store: Store) throws -> Double? {
        try meanSeconds(from: store) ?? 1
    }

    func perform(in context: StageContext) throws {
        let files = try SplitReader.read(path: path)
        try keep(try files.split(for: try context.dataset()), in: context)
    }

    func report(from store: Store) throws -> StageReport { try report(of: " from \(path)", from: store) }
}
