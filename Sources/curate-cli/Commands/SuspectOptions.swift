import Curate

/// How labels that are probably wrong are found by training: shared by the verbs that do.
package struct SuspectOptions: Sendable, Equatable {
    /// The method.
    package let method: SuspectsJob.Method
    /// How many folds judge each other; nil: the stage's default, or none with other methods.
    package let foldCount: Int?

    package static let methodOption = Option<SuspectsJob.Method?>.optional(
        "method", .choice(of: SuspectsJob.Method.self).named("name"),
        absent: "out-of-fold with --folds, else clean",
        help: """
            How suspects are found: confident learning on clean passes of the runs or out of fold, by further runs that \
            have not seen the example; or areas under the margin (aum), by two further runs per seed with threshold \
            samples.
            """)
    package static let foldsOption = Option<Int?>.optional(
        "folds", .integer(.from(2, to: 100)), absent: "4 with --method out-of-fold",
        help: "Train on all but one of so many parts, and judge each part by those that did not see it.",
        knownElsewhereAs: ["cv", "cv-folds", "k"])

    static let declarations = [methodOption.declaration, foldsOption.declaration]

    /// Reads the options of a command line.
    package init(_ arguments: ParsedArguments) throws(CurateError) {
        foldCount = arguments[Self.foldsOption]
        method = arguments[Self.methodOption] ?? (foldCount == nil ? .clean : .outOfFold)
        if foldCount != nil, method != .outOfFold {
            throw CurateError(
                .usage, "--folds does not go with --method \(method.rawValue)",
                remedy: "leave one of the two out, or use --method out-of-fold")
        }
    }

    /// The options as the parameters of a `suspects` stage.
    ///
    /// - Parameters:
    ///   - runs: the stage whose runs, or whose recipe, is used.
    ///   - epoch: the epoch to judge at; nil for the last.
    func stage(of runs: String, at epoch: Int? = nil) -> JSONValue {
        var members: [String: JSONValue] = ["runs": .string(runs), "method": .string(method.rawValue)]
        if let epoch { members["at"] = .int(epoch) }
        if let foldCount { members["folds"] = .int(foldCount) }
        return ["suspects": .object(members)]
    }
}
