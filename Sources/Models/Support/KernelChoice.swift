/// Which kernels 3x3 convolutions use; the raw value is the name people type.
///
/// Their results agree to rounding, not to the bit, so the choice is a part of the numeric profile.
public enum KernelChoice: String, Sendable, CaseIterable {
    /// For each layer the one that was measured to be the faster, by a rule over its shape alone: nothing is timed
    /// while it runs, so the same command gives the same bytes.
    case automatic = "auto"
    /// Winograd's F(4x4, 3x3) wherever it applies.
    case winograd
    /// Direct sums everywhere: nine multiply-adds where Winograd needs 2.25, and a quarter of its rounding error.
    case direct
}
