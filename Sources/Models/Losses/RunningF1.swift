import Glibc

/// The smooth F1 of every class over the batches so far, F1 = 2 Σ y p / Σ (y + p), of which each batch is worth less the
/// older it is.
///
/// Jianlin Su, 2020. A batch without an example of a class says F1 = 0 of it, and one example says little more, so both
/// sums run over the batches: sum <- kept · sum + (1 - kept) · this batch's mean. Both begin at 0, which leaves the quotient
/// of the first batch as it is.
package final class RunningF1 {
    /// The sums Σ y p and Σ (y + p), [2][classes]: what is carried from batch to batch.
    package let sums: FloatBuffer
    /// F1/2 of each class, within the loss's floor.
    private(set) var halves: [Double]

    private let floor: Double
    private let kept: Double
    private let positiveClass: Int?

    /// Begins without batches.
    ///
    /// - Parameters:
    ///   - objective: settled, with `softF1` as its loss.
    package init?(_ objective: Objective) {
        guard case .softF1(let floor, let kept) = objective.loss, let terms = objective.terms else { return nil }
        precondition((0...0.5).contains(floor) && (0..<1).contains(kept), "a floor of at most a half, a share below 1")
        self.floor = floor
        self.kept = kept
        positiveClass = terms.classCount == 2 ? terms.positiveClass : nil
        sums = FloatBuffer.zeros(2 * terms.classCount)
        halves = [Double](repeating: 0, count: terms.classCount)
    }

    /// Counts a batch, in the order of its rows, before its losses are computed.
    func observe(_ rows: GradientRows, labels: UnsafePointer<Int32>) {
        let classes = rows.classes
        let total = sums.pointer + classes
        for c in 0..<classes where positiveClass.map({ $0 == c }) ?? true {
            var right = 0.0
            var all = 0.0
            for row in 0..<rows.count {
                let logits = rows.logits + row * classes
                let logit = positiveClass == nil ? Double(logits[c]) : Double(logits[c]) - Double(logits[1 - c])
                let probability = 1 / (1 + exp(-logit))
                let isRight = Int(labels[row]) == c
                right += isRight ? probability : 0
                all += probability + (isRight ? 1 : 0)
            }
            let share = (1 - kept) / Double(rows.count)
            sums.pointer[c] = Float(kept * Double(sums.pointer[c]) + share * right)
            total[c] = Float(kept * Double(total[c]) + share * all)
            halves[c] = max(floor, min(1 - floor, total[c] > 0 ? Double(sums.pointer[c]) / Double(total[c]) : 0))
        }
    }
}
