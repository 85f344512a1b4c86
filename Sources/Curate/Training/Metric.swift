extension DynamicsLog {
    /// What one column of a log holds: a quantity, and where it was measured.
    ///
    /// This is the one table of what is logged: which quantities at which place, in which order a pass keeps them, and
    /// what each column is called in a store.
    package struct Metric: Sendable, Hashable {
        /// A number that is had of an example.
        package enum Quantity: String, Sendable, CaseIterable {
            /// 1 when the arg max of the logits is the label, else 0.
            case correct
            /// The softmax probability of the label.
            case probability
            /// Cross-entropy with the label, natural logarithm, whatever is minimised.
            case loss
            /// Logit of the label minus the largest other logit.
            case logitMargin
            /// Probability of the label minus the largest other probability.
            case probabilityMargin
            /// L2 norm of softmax - onehot, in 0...sqrt(2).
            case errorNorm
            /// Entropy of the softmax, natural logarithm.
            case entropy
            /// The arg max of the logits, as a number.
            case prediction
            /// L2 norm of the gradient of the example's own cross-entropy over all parameters (GraNd).
            case gradientNorm
            /// How often the example was presented in an epoch.
            case presentations
        }

        /// Where a quantity was measured.
        package enum Provenance: Sendable, Hashable {
            /// Inside the training mini-batch, in training mode, on the augmented example, before the update.
            case inBatch
            /// On the examples that are scored, after the epoch, in evaluation mode, on the plain example.
            case clean
            /// On the examples of a partition, whether trained on or not, in the way of `clean`.
            case heldOut(Partition)
        }

        /// The number that is had of an example.
        package let quantity: Quantity
        /// Where it was measured.
        package let provenance: Provenance

        /// Names a column.
        package init(_ quantity: Quantity, _ provenance: Provenance) {
            self.quantity = quantity
            self.provenance = provenance
        }

        /// What is measured of every row of logits at a place, in the order in which a pass keeps its columns.
        package static func measured(_ provenance: Provenance) -> [Metric] {
            let quantities: [Quantity] =
                switch provenance {
                case .inBatch: [.correct, .probability, .loss, .logitMargin, .probabilityMargin, .errorNorm]
                case .clean:
                    [.errorNorm, .probability, .loss, .logitMargin, .probabilityMargin, .entropy, .prediction]
                case .heldOut: [.prediction, .probability, .loss]
                }
            return quantities.map { Metric($0, provenance) }
        }

        /// What the column is called in a store.
        package var name: String {
            let word = quantity.rawValue
            let capitalised = word.prefix(1).uppercased() + word.dropFirst()
            return switch provenance {
            case .inBatch: quantity == .presentations ? word : "batch" + capitalised
            case .clean: "clean" + capitalised
            case .heldOut(let partition): "\(word).\(partition.name)"
            }
        }
    }
}

/// The metrics that scores read, by the names of their columns.
extension DynamicsLog.Metric {
    /// In-batch: 1 when the arg max of the logits is the label, else 0.
    package static let batchCorrect = Self(.correct, .inBatch)
    /// In-batch: the softmax probability of the label.
    package static let batchProbability = Self(.probability, .inBatch)
    /// In-batch: cross-entropy, natural logarithm.
    package static let batchLoss = Self(.loss, .inBatch)
    /// In-batch: logit of the label minus the largest other logit.
    package static let batchLogitMargin = Self(.logitMargin, .inBatch)
    /// In-batch: probability of the label minus the largest other probability.
    package static let batchProbabilityMargin = Self(.probabilityMargin, .inBatch)
    /// In-batch: L2 norm of softmax - onehot.
    package static let batchErrorNorm = Self(.errorNorm, .inBatch)
    /// In-batch: how often the example was presented; recorded only where that was not once for every example.
    package static let presentations = Self(.presentations, .inBatch)
    /// Clean: L2 norm of softmax - onehot.
    package static let cleanErrorNorm = Self(.errorNorm, .clean)
    /// Clean: the softmax probability of the label.
    package static let cleanProbability = Self(.probability, .clean)
    /// Clean: cross-entropy, natural logarithm.
    package static let cleanLoss = Self(.loss, .clean)
    /// Clean: logit of the label minus the largest other logit.
    package static let cleanLogitMargin = Self(.logitMargin, .clean)
    /// Clean: probability of the label minus the largest other probability.
    package static let cleanProbabilityMargin = Self(.probabilityMargin, .clean)
    /// Clean: entropy of the softmax, natural logarithm.
    package static let cleanEntropy = Self(.entropy, .clean)
    /// Clean: the arg max of the logits, as a number.
    package static let cleanPrediction = Self(.prediction, .clean)
    /// Clean: L2 norm of the gradient of the example's own loss over all parameters (GraNd).
    package static let cleanGradientNorm = Self(.gradientNorm, .clean)
}

extension DynamicsLog.Metric.Quantity {
    /// The quantity of one row of logits.
    ///
    /// - Precondition: it is one that logits alone tell, neither `gradientNorm` nor `presentations`.
    @inline(__always)
    func value(of metrics: LogitMetrics) -> Float {
        switch self {
        case .correct: metrics.isCorrect ? 1 : 0
        case .probability: metrics.probability
        case .loss: metrics.loss
        case .logitMargin: metrics.logitMargin
        case .probabilityMargin: metrics.probabilityMargin
        case .errorNorm: metrics.errorNorm
        case .entropy: metrics.entropy
        case .prediction: Float(metrics.prediction)
        case .gradientNorm, .presentations: preconditionFailure("\(self) is not in the logits")
        }
    }
}
