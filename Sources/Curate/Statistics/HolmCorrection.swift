/// Probabilities of several tests, corrected for their number.
///
/// Sture Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6 (1979):
/// with a corrected probability below 0.05 taken for a difference, one or more differences are found where there are
/// none in at most 5 % of all cases, whatever the tests have in common.
package enum HolmCorrection {
    /// The corrected probabilities, in the order of the tests.
    ///
    /// - Precondition: the probabilities are within 0...1.
    package static func corrected(_ probabilities: [Double]) -> [Double] {
        precondition(probabilities.allSatisfy { (0...1).contains($0) }, "no probabilities")
        let order = probabilities.indices.sorted { (probabilities[$0], $0) < (probabilities[$1], $1) }
        var corrected = probabilities
        var largest = 0.0
        for (place, test) in order.enumerated() {
            // Of those that are left; never below what a smaller probability was corrected to.
            largest = max(largest, min(1, Double(order.count - place) * probabilities[test]))
            corrected[test] = largest
        }
        return corrected
    }
}
