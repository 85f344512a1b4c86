import Glibc

/// What training minimises: the softmax cross-entropy of the logits against labels or shares of classes, over a batch.
///
/// Of one example with logits z and targets t, which sum to T: l = T log Σ exp z - Σ t z, and dl/dz = T softmax(z) - t,
/// as PyTorch's `CrossEntropyLoss` for class indices and for class probabilities.
///
/// Labels can be smoothed (Rethinking the Inception Architecture for Computer Vision; Szegedy, Vanhoucke, Ioffe, Shlens,
/// Wojna, 2016; section 7): t is then s / classes everywhere and 1 - s more at the label.
///
/// In place of the cross-entropy of a label there can be its generalized form (Generalized Cross Entropy Loss for Training
/// Deep Neural Networks with Noisy Labels; Zhang, Sabuncu, 2018; equation 6): l = (1 - p^q) / q of the label's
/// probability p, and dl/dz = p^q (softmax(z) - t), so that what is believed already counts most.
public struct Objective: Sendable, Equatable {
    /// How the examples' losses become one number.
    public let reduction: Reduction

    /// How much of a label is spread evenly over all classes, its own among them, 0...1; shares are taken as they are.
    public let labelSmoothing: Double

    /// What the loss of an example is.
    package let loss: Loss

    /// How much of a label of the smallest class is spread, when that is another share than `labelSmoothing`, which then is
    /// that of the largest; nil when all classes are alike.
    package let tailSmoothing: Double?

    /// What the loss takes of a training set; nil until that is settled, and for the plain cross-entropy.
    package internal(set) var terms: LossTerms?

    /// Which examples of a batch what is minimised looks at, by their losses.
    package let risk: Risk

    /// The exponent q of the generalized cross-entropy of labels, in (0, 1]; nil for the plain one.
    package let generalizedExponent: Double?

    /// Makes an objective.
    public init(reduction: Reduction = .batch, labelSmoothing: Double = 0) {
        self.init(reduction: reduction, labelSmoothing: labelSmoothing, risk: .mean)
    }

    /// Makes an objective that may look at some examples more than at others.
    ///
    /// - Parameters:
    ///   - reduction: how the examples' losses become one number.
    ///   - labelSmoothing: how much of a label is spread over all classes, 0...1; nothing with an exponent.
    ///   - risk: which examples of a batch are looked at.
    ///   - generalizedExponent: of the generalized cross-entropy, in (0, 1].
    ///   - loss: what the loss of an example is.
    ///   - tailSmoothing: the label smoothing of the smallest class; nil when that is `labelSmoothing` too.
    package init(
        reduction: Reduction = .batch, labelSmoothing: Double = 0, risk: Risk, generalizedExponent: Double? = nil,
        loss: Loss = .crossEntropy, tailSmoothing: Double? = nil
    ) {
        precondition((0...1).contains(labelSmoothing), "label smoothing is from 0 to 1")
        precondition(
            loss.isSoftmax || (labelSmoothing == 0 && tailSmoothing == nil), "smoothing is of a softmax's cross-entropy"
        )
        if let generalizedExponent {
            precondition(generalizedExponent > 0 && generalizedExponent <= 1, "an exponent is above 0 and at most 1")
            precondition(labelSmoothing == 0 && loss == .crossEntropy, "the generalized cross-entropy is of one label")
        }
        self.reduction = reduction
        self.labelSmoothing = labelSmoothing
        self.risk = risk
        self.generalizedExponent = generalizedExponent
        self.loss = loss
        self.tailSmoothing = tailSmoothing
    }

    /// Whether rows of labels have the plain cross-entropy's own arithmetic.
    private var isPlain: Bool { loss == .crossEntropy && tailSmoothing == nil }

    /// Computes the loss of a batch and its gradient with respect to the logits.
    ///
    /// - Parameters:
    ///   - rows: the logits; gets the gradient of what is returned.
    ///   - targets: what is wanted.
    ///   - weights: [count], multiply each example's loss; nil when all are 1, and for pairs of labels, which have theirs.
    ///   - adaptive: what makes other weights of the losses and these; nil for these alone.
    ///   - context: what the loss knows of the rows besides.
    ///   - pool: the threads to use; its profile gets `loss`, and `recording` for the observer's time.
    ///   - observer: sees every row's logits.
    /// - Precondition: another loss than the plain cross-entropy is settled, and not of shares.
    /// - Returns: the reduced loss, natural logarithm.
    package func lossAndGradient(
        _ rows: GradientRows, targets: TrainingBatch.Targets, weights: UnsafePointer<Float>? = nil,
        adaptedBy adaptive: (any AdaptiveWeights)? = nil, context: LossContext = LossContext(), pool: WorkerPool,
        observing observer: RowObserver = { _, _ in }
    ) -> Double {
        let divisor = reduction.divisor(batch: rows.count, weightSum: Self.sum(of: targets, weights, count: rows.count))
        let scale = 1 / Float(divisor)
        let isWeighted = weights != nil || adaptive != nil
        let rowLoss = rowLoss(of: rows, context, targets: targets)
        var losses = [Double](repeating: 0, count: rows.count)
        losses.withUnsafeMutableBufferPointer { losses in
            guard let losses = losses.baseAddress else { return }
            pool.measure(.loss, containing: .recording) { recording in
                pool.run((rows.count + Self.block - 1) / Self.block) { task, worker in
                    let block = task * Self.block..<min(rows.count, (task + 1) * Self.block)
                    for row in block {
                        losses[row] = differentiate(
                            rows, row, targets: targets, scale: isWeighted ? 1 : scale, rowLoss, context)
                    }
                    recording.measure(worker: worker) { observer(block, rows.logits) }
                }
                let weights = adaptive?.weigh(losses, given: weights, count: rows.count) ?? weights
                if let weights { ExampleWeights(weights).apply(to: rows, losses: losses, scale: scale, pool: pool) }
            }
        }
        return losses.reduce(0, +) / divisor
    }

    /// What computes the rows when that is not done here; nil for the plain cross-entropy of labels and shares.
    private func rowLoss(
        of rows: GradientRows, _ context: LossContext, targets: TrainingBatch.Targets
    ) -> RowLoss? {
        var isPair = false
        if case .pairs = targets { isPair = true }
        guard !isPlain || isPair else { return nil }
        let settled = terms ?? (loss.needsCounts || tailSmoothing != nil ? nil : LossTerms(self, classes: rows.classes))
        guard let settled else { preconditionFailure("the loss is not settled on a training set") }
        if let running = context.running {
            guard case .labels(let labels) = targets else { preconditionFailure("F1 is of one label") }
            if context.observes { running.observe(rows, labels: labels) }
        }
        return RowLoss(objective: self, terms: settled, weightNorms: rows.weightNorms, running: context.running)
    }

    /// Whether the loss depends on the norms of the head's weights.
    var readsWeightNorms: Bool {
        if case .radiusMargin = loss { return true }
        return false
    }

    /// What the loss of a batch grows by with the norm of each class's weights, [classes].
    ///
    /// - Parameters:
    ///   - rows: with the gradient of the batch's loss.
    ///   - targets: labels.
    package func normSlopes(_ rows: GradientRows, targets: TrainingBatch.Targets) -> [Double] {
        guard case .labels(let labels) = targets, let radii = terms?.radii else {
            preconditionFailure("balls are around examples of one label")
        }
        var slopes = [Double](repeating: 0, count: rows.classes)
        for row in 0..<rows.count {
            let label = Int(labels[row])
            let gradient = rows.gradient + row * rows.classes
            for c in 0..<rows.classes { slopes[c] += Double(gradient[c]) * (c == label ? -radii[c] : radii[label]) }
        }
        return slopes
    }

    /// What the losses of a batch weigh together.
    private static func sum(
        of targets: TrainingBatch.Targets, _ weights: UnsafePointer<Float>?, count: Int
    ) -> Double {
        if case .pairs(let pairs) = targets {
            return (0..<count).reduce(0) { $0 + Double(pairs.firstFactors[$1]) + Double(pairs.secondFactors[$1]) }
        }
        return weights.map { weights in (0..<count).reduce(0) { $0 + Double(weights[$1]) } } ?? Double(count)
    }

    /// Rows per task, and so per call of an observer.
    static let block = 16

    /// Computes one example's loss and writes its gradient times `scale`.
    private func differentiate(
        _ rows: GradientRows, _ row: Int, targets: TrainingBatch.Targets, scale: Float, _ rowLoss: RowLoss?,
        _ context: LossContext
    ) -> Double {
        let classes = rows.classes
        let logits = rows.logits + row * classes
        let gradient = rows.gradient + row * classes
        if let rowLoss {
            let table = context.tables.map { Int($0[row]) } ?? 0
            func term(_ label: Int32, _ factor: Double, isFirst: Bool) -> Double {
                rowLoss.differentiate(
                    logits, label: Int(label), table: table, factor: factor, isFirst: isFirst, into: gradient)
            }
            switch targets {
            case .labels(let labels): return term(labels[row], Double(scale), isFirst: true)
            case .pairs(let pairs):
                let (first, second) = (Double(pairs.firstFactors[row]), Double(pairs.secondFactors[row]))
                let loss = first * term(pairs.first[row], first * Double(scale), isFirst: true)
                return second == 0
                    ? loss : loss + second * term(pairs.second[row], second * Double(scale), isFirst: false)
            case .shares: preconditionFailure("only the plain cross-entropy is of shares")
            }
        }
        var largest = logits[0]
        for c in 1..<max(1, classes) where logits[c] > largest { largest = logits[c] }
        var sum = 0.0
        for c in 0..<classes {
            let exponential = exp(Double(logits[c] - largest))
            gradient[c] = Float(exponential)
            sum += exponential
        }
        switch targets {
        case .labels(let labels):
            let label = Int(labels[row])
            if let exponent = generalizedExponent {
                let loss = log(sum) - Double(logits[label] - largest)
                let power = exp(-exponent * loss)
                for c in 0..<classes {
                    let probability = Double(gradient[c]) / sum
                    gradient[c] = Float(power * (c == label ? probability - 1 : probability)) * scale
                }
                return -expm1(-exponent * loss) / exponent
            }
            // The same arithmetic in one branch would round plain labels differently.
            guard labelSmoothing == 0 else {
                let floor = labelSmoothing / Double(classes)
                var depth = (1 - labelSmoothing) * Double(largest - logits[label])
                for c in 0..<classes {
                    let wanted = c == label ? floor + (1 - labelSmoothing) : floor
                    gradient[c] = Float(Double(gradient[c]) / sum - wanted) * scale
                    depth += floor * Double(largest - logits[c])
                }
                return log(sum) + depth
            }
            for c in 0..<classes {
                let probability = Double(gradient[c]) / sum
                gradient[c] = Float(c == label ? probability - 1 : probability) * scale
            }
            return log(sum) - Double(logits[label] - largest)
        case .shares(let shares):
            let wanted = shares + row * classes
            var mass = 0.0
            var depth = 0.0
            for c in 0..<classes {
                mass += Double(wanted[c])
                depth += Double(wanted[c]) * Double(largest - logits[c])
            }
            for c in 0..<classes {
                gradient[c] = Float(mass * (Double(gradient[c]) / sum) - Double(wanted[c])) * scale
            }
            return mass * log(sum) + depth
        case .pairs: preconditionFailure("pairs of labels have rows of their own")
        }
    }
}
