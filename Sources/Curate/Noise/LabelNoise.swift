import Models

/// Known label errors, made to measure how well errors are found: what `curate derive noisy` puts into a copy.
///
/// Which examples are flipped, and to what, depends on the seed and on the ids alone. The flipped examples of a smaller
/// rate are flipped at every larger one.
package struct LabelNoise: Sendable, Equatable {
    /// Which wrong labels there are.
    package enum Kind: Sendable, Equatable {
        /// Every other class alike.
        case uniform
        /// Only examples of the first class of a pair are flipped, to the second.
        case pairs([Pair])
    }

    /// A class and what it is mistaken for.
    package struct Pair: Sendable, Equatable {
        /// The true class.
        package let from: Int32
        /// The wrong label.
        package let to: Int32

        /// Makes a pair.
        package init(from: Int32, to: Int32) {
            self.from = from
            self.to = to
        }

        /// Reads `cat:dog`.
        ///
        /// - Throws: `CurateError(.usage)` when it has another form, or names a class that there is not.
        package init(parsing text: String, classNames: [String]) throws {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
            guard parts.count == 2 else {
                throw CurateError(
                    .usage, "`pairs` must be two classes with a colon between them, not '\(text)'",
                    remedy: "write for instance `pairs: [\"cat:dog\"]`")
            }
            let labels = try parts.map { name in
                guard let label = ClassNames.place(of: name, among: classNames) else {
                    let guess = Suggestion.nearest(to: name, among: classNames)
                    throw CurateError(
                        .usage, "there is no class '\(name)'",
                        remedy: guess.map { "did you mean '\($0)'?" }
                            ?? "the classes are \(classNames.prefix(20).joined(separator: ", "))")
                }
                return Int32(label)
            }
            self.init(from: labels[0], to: labels[1])
        }
    }

    /// Which wrong labels there are.
    package let kind: Kind
    /// The share of the examples that may be flipped that are, above 0 and at most 1.
    package let rate: Double
    /// Chooses the examples and their labels.
    package let seed: UInt64

    /// Makes a rule.
    package init(kind: Kind = .uniform, rate: Double, seed: UInt64 = 0) {
        self.kind = kind
        self.rate = rate
        self.seed = seed
    }

    /// The labels with errors.
    ///
    /// Exactly round(rate * n) labels are wrong, n the examples that may be flipped: all, or with pairs those of the
    /// first classes.
    ///
    /// - Throws: `usage` when the rate is out of range, a pair is not one of two classes, or nothing would be flipped.
    package func labels(of candidates: ExampleTable) throws -> [Int32] {
        guard rate > 0 && rate <= 1 else {
            throw CurateError(.usage, "the noise rate is \(rate)", remedy: "choose a share above 0 and at most 1")
        }
        let targets = try targets(of: candidates)
        let order = SelectionDraws.randomOrder(of: candidates, seed: seed, .noisyExample).filter {
            targets[Int(candidates.labels[Int($0)])] != .stays
        }
        let count = Int((rate * Double(order.count)).rounded())
        guard count > 0 else {
            throw CurateError(
                .usage, "a noise rate of \(rate) flips none of the \(order.count) labels that may be",
                remedy: "choose a larger rate, or classes that have examples")
        }
        var labels = candidates.labels
        for position in order.prefix(count) {
            let own = labels[Int(position)]
            switch targets[Int(own)] {
            case .stays: preconditionFailure("filtered out")
            case .one(let label): labels[Int(position)] = label
            case .anyOther:
                var random = SelectionDraws.stream(
                    seed: seed, .noisyLabel, hash: candidates.hash(at: Int(position)))
                let draw = Int32(truncatingIfNeeded: random.below(candidates.classNames.count - 1))
                labels[Int(position)] = draw < own ? draw : draw + 1
            }
        }
        return labels
    }

    /// What a class may be flipped to.
    private enum Target: Equatable {
        case stays
        case one(Int32)
        case anyOther
    }

    private func targets(of candidates: ExampleTable) throws -> [Target] {
        let classCount = candidates.classNames.count
        switch kind {
        case .uniform:
            guard classCount > 1 else {
                throw CurateError(
                    .usage, "there is one class, so no label can be wrong", at: candidates.datasetName,
                    remedy: "check the label column")
            }
            return [Target](repeating: .anyOther, count: classCount)
        case .pairs(let pairs):
            var targets = [Target](repeating: .stays, count: classCount)
            for pair in pairs {
                guard pair.from != pair.to, targets.indices.contains(Int(pair.from)),
                    targets.indices.contains(Int(pair.to))
                else {
                    throw CurateError(
                        .usage, "\(pair.from):\(pair.to) is not a pair of two of the \(classCount) classes",
                        remedy: "name a class and what it is mistaken for")
                }
                guard targets[Int(pair.from)] == .stays else {
                    throw CurateError(
                        .usage, "class \(candidates.classNames[Int(pair.from)]) is flipped twice",
                        remedy: "give each class one pair")
                }
                targets[Int(pair.from)] = .one(pair.to)
            }
            return targets
        }
    }
}
