/// One mistake in a pipeline file: where it is, what is wrong, and what may have been meant.
package struct PipelineProblem: Sendable, Hashable {
    /// The place within the document, for instance `stages.final.train.learningRate`; empty for the document itself.
    package let path: String
    /// The line of the file, from 1; nil when the value came from `set` or has no place of its own.
    package let line: Int?
    /// What is wrong, as a predicate about the place: "must be more than 0, not -1".
    package let message: String
    /// What to do, or what may have been meant.
    package let suggestion: String?

    /// Makes a description of a mistake.
    package init(path: String, line: Int?, message: String, suggestion: String? = nil) {
        self.path = path
        self.line = line
        self.message = message
        self.suggestion = suggestion
    }

    /// The place and the predicate: `stages.final.train.learningRate must be more than 0, not -1`.
    package var sentence: String { path.isEmpty ? message : "\(path) \(message)" }
}

/// Every mistake that was found in a pipeline file, thrown before anything runs.
package struct PipelineProblems: Error, Sendable, Equatable {
    /// The file, as the caller named it.
    package let file: String
    /// The mistakes, in the order of their lines; at least one.
    package let problems: [PipelineProblem]

    /// Makes an error of some mistakes.
    ///
    /// - Precondition: there is at least one.
    package init(file: String, problems: [PipelineProblem]) {
        precondition(!problems.isEmpty, "an error without a mistake")
        self.file = file
        // Sorting is not stable; equal lines keep the order in which they were found.
        self.problems = problems.enumerated().sorted { a, b in
            (a.element.line ?? 0, a.offset) < (b.element.line ?? 0, b.offset)
        }.map(\.element)
    }

    /// Each mistake as an error with a place of its own.
    package var errors: [CurateError] {
        problems.map { problem in
            ParameterSpelling.file.spelled(
                CurateError(
                    .badData, problem.sentence, at: problem.line.map { "\(file):\($0)" } ?? file,
                    remedy: problem.suggestion))
        }
    }
}
