/// One mistake in a pipeline file: where it is, what is wrong, and what may have been meant.
public struct PipelineProblem: Sendable, Hashable {
    /// The place within the document, for instance `stages.final.train.learningRate`; empty for the document itself.
    public let path: String
    /// The line of the file, from 1; nil when the value came from `set` or has no place of its own.
    public let line: Int?
    /// What is wrong, as a predicate about the place: "must be more than 0, not -1".
    public let message: String
    /// What to do, or what may have been meant.
    public let suggestion: String?

    /// Makes a description of a mistake.
    public init(path: String, line: Int?, message: String, suggestion: String? = nil) {
        self.path = path
        self.line = line
        self.message = message
        self.suggestion = suggestion
    }

    /// The place and the predicate: `stages.final.train.learningRate must be more than 0, not -1`.
    public var sentence: String { path.isEmpty ? message : "\(path) \(message)" }
}

/// Every mistake that was found in a pipeline file, thrown before anything runs.
public struct PipelineProblems: Error, Sendable, Equatable {
    /// The file, as the caller named it.
    public let file: String
    /// The mistakes, in the order of their lines; at least one.
    public let problems: [PipelineProblem]

    /// Makes an error of some mistakes.
    ///
    /// - Precondition: there is at least one.
    public init(file: String, problems: [PipelineProblem]) {
        precondition(!problems.isEmpty, "an error without a mistake")
        self.file = file
        // Sorting is not stable; equal lines keep the order in which they were found.
        self.problems = problems.enumerated().sorted { a, b in
            (a.element.line ?? 0, a.offset) < (b.element.line ?? 0, b.offset)
        }.map(\.element)
    }

    /// Each mistake as an error with a place of its own.
    public var errors: [CurateError] {
        problems.map { problem in
            ParameterSpelling.file.spelled(
                CurateError(
                    .badData, problem.sentence, at: problem.line.map { "\(file):\($0)" } ?? file,
                    remedy: problem.suggestion))
        }
    }
}
