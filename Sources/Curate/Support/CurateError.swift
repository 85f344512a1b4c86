/// A failure the user can act on: what happened, where, and what to do about it.
///
/// One concrete type serves the whole library, because every caller does the same thing with it: print three
/// sentences and leave with the exit code of its `kind`. Programmer errors are preconditions, not values of this type.
public struct CurateError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The family of a failure; each has one documented exit code.
    public enum Kind: String, Sendable, CaseIterable {
        /// The work itself failed, for instance a loss that became NaN (exit 1).
        case workFailed
        /// A check the user asked for answered no (exit 2).
        case checkFailed
        /// The command line or a parameter is wrong (exit 64).
        case usage
        /// The input exists but its content is wrong (exit 65).
        case badData
        /// The input is not there or cannot be read (exit 66).
        case missingInput
        /// Something that cannot happen did (exit 70).
        case internalError
        /// A result cannot be written: no permission, disk full, file exists (exit 73).
        case cannotCreateOutput
        /// The store is held by another process (exit 75).
        case storeLocked
        /// The user asked to stop (exit 130).
        case interrupted
    }

    /// The family, which decides the exit code.
    package let kind: Kind
    /// What happened, one sentence without a full stop.
    package let message: String
    /// Where: a path, with line, byte offset or key when known.
    package let location: String?
    /// What the user can do, one sentence without a full stop.
    package let remedy: String?

    /// Makes an error of one kind.
    ///
    /// - Parameters:
    ///   - kind: the family, which decides the exit code.
    ///   - message: what happened.
    ///   - location: the file, line or key it happened at.
    ///   - remedy: what to do.
    public init(_ kind: Kind, _ message: String, at location: String? = nil, remedy: String? = nil) {
        self.kind = kind
        self.message = message
        self.location = location
        self.remedy = remedy
    }

    /// The whole error as one line: `location: message (remedy)`.
    public var description: String {
        var text = location.map { "\($0): " } ?? ""
        text += message
        if let remedy { text += " (\(remedy))" }
        return text
    }
}
