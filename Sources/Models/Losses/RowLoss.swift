import Glibc

/// The loss of one example and its gradient, for every loss but the plain cross-entropy.
///
/// Everything is computed in Float64 from the logits, with the largest one taken off first, so that logits of any size give
/// a number.
struct RowLoss {
    let objective: Objective
    /// What is settled of the classes.
    let terms: LossTerms
    /// The norms ‖w_c‖ of the head's weights, [classes], when the loss reads them.
    let weightNorms: UnsafePointer<Double>?
    /// The running F1 when the loss reads it.
    let running: RunningF1?

    /// Adds factor · loss of one example to what is returned, and factor · gradient to `gradient`.
    ///
    /// - Parameters:
    ///   - logits: [classes].
    ///   - label: the class that is right.
    ///   - table: the row of the terms, the group of the example; 0 when there is one.
    ///   - factor: what multiplies the gradient.
    ///   - isFirst: whether the gradient is written instead of added to.
    ///   - gradient: [classes].
    /// - Returns: the loss, without the factor.
    func differentiate(
        _ logits: UnsafePointer<Float>, label: Int, table: Int, factor: Double, isFirst: Bool,
        into gradient: UnsafeMutablePointer<Float>
    ) -> Double {
        @inline(__always) func add(_ c: Int, _ value: Double) {
            gradient[c] = isFirst ? Float(value * factor) : Float(Double(gradient[c]) + value * factor)
        }
        switch objective.loss {
        case .sigmoid(let exponent):
            var sum = 0.0
            for c in 0..<terms.classCount {
                let sign = c == label ? 1.0 : -1.0
                let (loss, slope) = Self.binary(sign * Double(logits[c]), exponent: exponent)
                sum += loss
                add(c, sign * slope)
            }
            return sum
        case .softF1: return softF1(logits, label: label, add)
        case .marginHinge:
            var rival = label == 0 ? 1 : 0
            for c in 0..<terms.classCount where c != label && logits[c] > logits[rival] { rival = c }
            let loss = Double(logits[rival]) - Double(logits[label]) + (terms.margins?[label] ?? 0)
            for c in 0..<terms.classCount {
                add(c, loss > 0 ? (c == rival ? 1 : c == label ? -1 : 0) : 0)
            }
            return max(0, loss)
        case .crossEntropy, .focal, .marginSoftmax, .vectorScaling, .radiusMargin:
            return softmax(logits, label: label, table: table, add)
        }
    }

    /// -log softmax of the mapped logits, smoothed, or times a power of what is wrong.
    @inline(__always)
    private func softmax(
        _ logits: UnsafePointer<Float>, label: Int, table: Int, _ add: (Int, Double) -> Void
    ) -> Double {
        let classes = terms.classCount
        let first = table * classes
        @inline(__always) func mapped(_ c: Int) -> Double {
            var value = Double(logits[c])
            if let factors = terms.factors { value *= factors[first + c] }
            if let offsets = terms.offsets { value += offsets[first + c] }
            if c == label, let margins = terms.margins { value -= margins[c] }
            if let radii = terms.radii, let weightNorms {
                value += (c == label ? -radii[label] : radii[label]) * weightNorms[c]
            }
            return value
        }
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: classes) { values in
            var largest = -Double.infinity
            for c in 0..<classes {
                values[c] = mapped(c)
                largest = max(largest, values[c])
            }
            let spread = terms.smoothing?[label] ?? 0
            let floor = spread / Double(classes)
            let depth = largest - values[label]
            let depths = spread > 0 ? values.reduce(0) { $0 + (largest - $1) } : 0
            var sum = 0.0
            for c in 0..<classes {
                values[c] = exp(values[c] - largest)
                sum += values[c]
            }
            let logSum = log(sum)
            let own = logSum + depth
            var loss = own
            // dl / d(-log p), which every logit's slope is multiplied by.
            var slope = 1.0
            if case .focal(let exponent) = objective.loss {
                let wrong = -expm1(-own)
                let power = wrong > 0 ? pow(wrong, exponent) : 0
                loss = power * own
                slope = wrong > 0 ? power + exponent * own * (1 - wrong) * power / wrong : 0
            }
            if spread > 0 { loss = logSum + (1 - spread) * depth + floor * depths }
            for c in 0..<classes {
                let wanted = c == label ? floor + 1 - spread : floor
                add(c, slope * (terms.factors?[first + c] ?? 1) * (values[c] / sum - wanted))
            }
            return loss
        }
    }

    /// The binary cross-entropies whose weights come of F1.
    @inline(__always)
    private func softF1(_ logits: UnsafePointer<Float>, label: Int, _ add: (Int, Double) -> Void) -> Double {
        guard let running else { preconditionFailure("the loss has a running F1") }
        if terms.classCount == 2 {
            let positive = terms.positiveClass
            let half = running.halves[positive]
            let weight = label == positive ? 1 - half : half
            let (loss, slope) = Self.binary(Double(logits[label]) - Double(logits[1 - label]), exponent: 0)
            add(label, weight * slope)
            add(1 - label, -weight * slope)
            return weight * loss
        }
        var sum = 0.0
        let share = 1 / Double(terms.classCount)
        for c in 0..<terms.classCount {
            let weight = share * (c == label ? 1 - running.halves[c] : running.halves[c])
            let sign = c == label ? 1.0 : -1.0
            let (loss, slope) = Self.binary(sign * Double(logits[c]), exponent: 0)
            sum += weight * loss
            add(c, sign * weight * slope)
        }
        return sum
    }

    /// (1 - p)^exponent · -log p of p = 1 / (1 + exp(-logit)), and its derivative.
    static func binary(_ logit: Double, exponent: Double) -> (loss: Double, slope: Double) {
        let plain = max(0, -logit) + log1p(exp(-abs(logit)))
        let right = logit >= 0 ? 1 / (1 + exp(-logit)) : exp(logit) / (1 + exp(logit))
        let wrong = logit >= 0 ? exp(-logit) / (1 + exp(-logit)) : 1 / (1 + exp(logit))
        guard exponent != 0 else { return (plain, -wrong) }
        let power = pow(wrong, exponent)
        return (power * plain, -power * (wrong + exponent * plain * right))
    }
}
