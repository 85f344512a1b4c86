/// Why an example is in a split or not; the raw value is what `split.csv` says.
package enum SplitReason: String, Sendable, CaseIterable {
    /// Kept: among the first by the policy's order.
    case selected
    /// Kept only because its class or group is below its floor.
    case floor
    /// Not kept: the policy's order puts others before it.
    case notSelected = "not-selected"
    /// Not kept: among the hardest share that the policy passes over.
    case tooHard = "too-hard"
    /// Not kept: its label is probably wrong.
    case suspect

    /// Whether the example is in the split.
    package var isKept: Bool { self == .selected || self == .floor }
}
