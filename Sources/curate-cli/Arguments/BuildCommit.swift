import CBuild

/// The commit the program was built from.
package enum BuildCommit {
    /// What the build was told, or nil.
    ///
    /// SwiftPM knows no commit while it compiles, so `make build` passes it in the environment (`CURATE_COMMIT`); a plain
    /// `swift build` leaves it unknown rather than guess.
    package static var current: String? {
        let text = String(cString: curate_build_commit())
        return text.isEmpty ? nil : text
    }
}
