import Curate

/// What the process says about its end, documented in the program's help.
package enum ExitCode {
    package static let success: Int32 = 0

    /// The exit code of a family of failures.
    package static func code(for kind: CurateError.Kind) -> Int32 {
        switch kind {
        case .workFailed: 1
        case .checkFailed: 2
        case .usage: 64
        case .badData: 65
        case .missingInput: 66
        case .internalError: 70
        case .cannotCreateOutput: 73
        case .storeLocked: 75
        case .interrupted: 130
        }
    }

    /// Every exit code with its meaning, ascending.
    package static let documented: [(code: Int32, meaning: String)] =
        [(success, "Everything went well.")]
        + CurateError.Kind.allCases.map { (code(for: $0), meaning(of: $0)) }.sorted { $0.0 < $1.0 }

    private static func meaning(of kind: CurateError.Kind) -> String {
        switch kind {
        case .workFailed: "The work itself failed."
        case .checkFailed: "A check that was asked for said no."
        case .usage: "The command line is wrong."
        case .badData: "The input is there but its content is wrong."
        case .missingInput: "The input is not there or cannot be read."
        case .internalError: "A defect in the program, or a processor it was not built for."
        case .cannotCreateOutput: "A result cannot be written."
        case .storeLocked: "Another process holds the store; try again later."
        case .interrupted: "Stopped on request; the same command continues."
        }
    }
}
