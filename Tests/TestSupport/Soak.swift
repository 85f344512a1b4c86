import Glibc

/// How much is done of what could go on for ever: some in every run, and more in `make soak`.
///
/// What a run leaves out it says, in lines that `.ci/test` collects.
public enum Soak {
    /// Whether this is `make soak`, which sets `CURATE_SOAK`.
    public static let isOn = getenv("CURATE_SOAK") != nil

    /// How often something is done.
    ///
    /// - Parameters:
    ///   - some: in every run.
    ///   - more: in `make soak`.
    ///   - what: what is counted, in the plural.
    public static func count(_ some: Int, of more: Int, _ what: String) -> Int {
        guard !isOn else { return more }
        report("\(more - some) of \(more) \(what)")
        return some
    }

    /// The cases of a test: every `step`th from the first, and all of them in `make soak`.
    ///
    /// - Parameters:
    ///   - cases: all of them.
    ///   - step: which are in every run.
    ///   - what: what the cases are, in the plural.
    public static func cases<Case>(_ cases: [Case], every step: Int, _ what: String) -> [Case] {
        guard !isOn else { return cases }
        let some = stride(from: 0, to: cases.count, by: step).map { cases[$0] }
        report("\(cases.count - some.count) of \(cases.count) \(what)")
        return some
    }

    private static func report(_ what: String) { print("left to make soak: \(what)") }
}
