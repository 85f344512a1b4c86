import COpenBLAS
import CVector

/// What of this machine and build the last bit of a result depends on.
///
/// Results are the same to the bit under one profile, whatever the number of threads; under another one they agree to
/// rounding.
public enum NumericProfile {
    /// The version of the kernels; raised when any of them adds in another order.
    public static let kernelVersion = 4

    /// The profile as one line, for stage keys and run records.
    ///
    /// - Parameter kernels: the choice of the pool that the work runs on.
    public static func current(_ kernels: KernelChoice = .automatic) -> String {
        let core = openblas_get_corename().map { String(cString: $0) } ?? "unknown"
        return "kernels \(kernelVersion) \(kernels.rawValue), simd \(curate_vector_bits), fma \(curate_has_fma), "
            + "openblas \(core)"
    }
}
