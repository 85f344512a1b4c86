/// Confident learning: which labels are wrong, and how many of each class, from predicted probabilities.
///
/// Curtis G. Northcutt, Lu Jiang, Isaac L. Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR
/// 70, 2021.
///
/// The threshold of a class is the mean probability of the class over the examples that bear it as their label (eq. 2).
/// An example is counted at (label, k) of the confident joint when its probability of k reaches the threshold of k (eq. 1).
/// Calibrated, the rows of the joint add up to the class counts; its off-diagonal entries say how many examples of each
/// label belong to which other class, and the rules below say which ones.
///
/// Details follow the library of the authors, cleanlab 2.9, with which results are compared in the tests: thresholds are
/// reached within 1e-6; an example that reaches several is counted at its most probable class *of all* (the paper: of
/// those); the diagonal is at least 1; an example whose label is its most probable class (within 1e-6) is never an issue.
/// Where equal values must be cut, the hash of the id decides.
package struct ConfidentLearning: Sendable {
    /// Which examples are issues, given the joint.
    package enum Rule: String, Sendable, CaseIterable {
        /// For each off-diagonal entry, that many examples with the largest p(other) - p(label): the paper's PBNR.
        case byNoiseRate = "prune-by-noise-rate"
        /// For each class, as many examples as the off-diagonal of its row, with the smallest p(label): the paper's PBC.
        case byClass = "prune-by-class"
        /// Both of these: the paper's C+NR.
        case both
        /// The examples counted off the diagonal of the confident joint.
        case offDiagonal = "confident-joint"
    }

    /// The threshold of each class; nil for a class without examples, which nothing reaches.
    package let thresholds: [Double?]
    /// How many examples of each label (rows) are confidently of each class (columns).
    package let confidentJoint: [[Int]]
    /// The same calibrated: rows add up to the class counts.
    package let calibratedJoint: [[Int]]

    private let labels: [Int32]
    private let probabilities: ClassProbabilities
    private let tiePlaces: [Int32]
    private let isOffDiagonal: [Bool]

    private static let margin = 1e-6

    /// Estimates thresholds and joint.
    ///
    /// - Parameters:
    ///   - labels: the given label of each row.
    ///   - probabilities: one row per label, best out of fold.
    ///   - ties: the tie-break order of the rows.
    /// - Precondition: counts agree and labels are classes.
    package init(labels: [Int32], probabilities: ClassProbabilities, ties: TieBreaker) {
        precondition(labels.count == probabilities.count && ties.count == labels.count, "one row per label")
        let classCount = probabilities.classCount
        precondition(labels.allSatisfy { $0 >= 0 && Int($0) < classCount }, "labels are classes")
        var sums = [Double](repeating: 0, count: classCount)
        var counts = [Int](repeating: 0, count: classCount)
        for (row, label) in labels.enumerated() {
            sums[Int(label)] += probabilities[row, Int(label)]
            counts[Int(label)] += 1
        }
        let thresholds = zip(sums, counts).map { sum, count in count > 0 ? max(2e-6, sum / Double(count)) : nil }
        var joint = [[Int]](repeating: [Int](repeating: 0, count: classCount), count: classCount)
        var isOffDiagonal = [Bool](repeating: false, count: labels.count)
        for (row, label) in labels.enumerated() {
            let reached = (0..<classCount).filter { own in
                thresholds[own].map { probabilities[row, own] >= $0 - Self.margin } ?? false
            }
            guard let first = reached.first else { continue }
            let guess = reached.count > 1 ? probabilities.prediction(ofRow: row) : first
            joint[Int(label)][guess] += 1
            isOffDiagonal[row] = guess != Int(label)
        }
        for label in 0..<classCount { joint[label][label] = max(1, joint[label][label]) }
        self.labels = labels
        self.probabilities = probabilities
        self.thresholds = thresholds
        self.isOffDiagonal = isOffDiagonal
        confidentJoint = joint
        calibratedJoint = Self.calibrated(joint, counts: counts)
        var places = [Int32](repeating: 0, count: labels.count)
        for (place, row) in ties.order.enumerated() { places[Int(row)] = Int32(truncatingIfNeeded: place) }
        tiePlaces = places
    }

    /// Whether each row's label is probably wrong.
    ///
    /// At least `minimumPerClass` examples of each class are left, as far as the joint goes.
    package func issues(by rule: Rule = .byNoiseRate, minimumPerClass: Int = 1) -> [Bool] {
        let classCount = probabilities.classCount
        var members = [[Int]](repeating: [], count: classCount)
        for (row, label) in labels.enumerated() { members[Int(label)].append(row) }
        let counts = pruneCounts(minimumPerClass: minimumPerClass)
        var isIssue = [Bool](repeating: rule == .both, count: labels.count)
        if rule == .offDiagonal { isIssue = isOffDiagonal }
        for label in 0..<classCount {
            let isLarge = members[label].count > minimumPerClass
            switch rule {
            case .offDiagonal: break
            case .byNoiseRate:
                if isLarge { for row in byNoiseRate(members[label], label, counts[label]) { isIssue[row] = true } }
            case .byClass:
                if isLarge { for row in byClass(members[label], label, counts[label][label]) { isIssue[row] = true } }
            case .both:
                let found =
                    isLarge
                    ? Set(byNoiseRate(members[label], label, counts[label])).intersection(
                        byClass(members[label], label, counts[label][label])) : []
                for row in members[label] { isIssue[row] = found.contains(row) }
            }
        }
        for (row, label) in labels.enumerated() where isIssue[row] {
            let best = probabilities.prediction(ofRow: row)
            if probabilities[row, Int(label)] + Self.margin > probabilities[row, best] || best == Int(label) {
                isIssue[row] = false
            }
        }
        return isIssue
    }

    private func byNoiseRate(_ members: [Int], _ label: Int, _ counts: [Int]) -> [Int] {
        var found: Set<Int> = []
        for other in counts.indices where other != label && counts[other] > 0 {
            found.formUnion(
                first(counts[other], of: members) { probabilities[$0, label] - probabilities[$0, other] })
        }
        return Array(found)
    }

    private func byClass(_ members: [Int], _ label: Int, _ keptCount: Int) -> [Int] {
        first(max(0, members.count - keptCount), of: members) { probabilities[$0, label] }
    }

    /// The rows with the smallest keys.
    private func first(_ count: Int, of members: [Int], by key: (Int) -> Double) -> [Int] {
        let keyed = members.map { (key: key($0), row: $0) }
        let sorted = keyed.sorted { $0.key != $1.key ? $0.key < $1.key : tiePlaces[$0.row] < tiePlaces[$1.row] }
        return sorted.prefix(count).map(\.row)
    }

    /// How many of each label belong to each class, with a minimum on the diagonal that is taken off the other entries.
    private func pruneCounts(minimumPerClass: Int) -> [[Int]] {
        calibratedJoint.enumerated().map { label, row in
            let diagonal = max(row[label], minimumPerClass)
            let nonzeroOthers = max(1, row.count { $0 != 0 } - 1)
            let share = Double(diagonal - row[label]) / Double(nonzeroOthers)
            // Down to whole examples: rather one issue too few than one that the joint does not bear.
            var reduced = row.map { Int(max(0, Double($0) - share)) }
            reduced[label] = diagonal
            return reduced
        }
    }

    private static func calibrated(_ joint: [[Int]], counts: [Int]) -> [[Int]] {
        // Scaled to the class counts; the total is then right too, but for classes without examples.
        var scaled = zip(joint, counts).map { row, count in
            let sum = max(1, row.reduce(0, +))
            return row.map { Double($0) / Double(sum) * Double(count) }
        }
        let total = scaled.reduce(0) { $0 + $1.reduce(0, +) }
        let wanted = Double(counts.reduce(0, +))
        if total > 0 { scaled = scaled.map { row in row.map { $0 / total * wanted } } }
        return scaled.map { $0.roundedKeepingSum() }
    }
}

extension [Double] {
    /// Whole numbers with the rounded sum of these, those that were rounded furthest the wrong way adjusted first.
    fileprivate func roundedKeepingSum() -> [Int] {
        var whole = map { Int($0.rounded(.toNearestOrEven)) }
        let wanted = Int(reduce(0, +).rounded(.toNearestOrEven))
        let step = wanted > whole.reduce(0, +) ? 1 : -1
        while whole.reduce(0, +) != wanted {
            let errors = indices.map { (self[$0] - Double(whole[$0])) * Double(step) }
            // Among equals the later is raised and the earlier lowered, as in the reference.
            let order = indices.sorted { errors[$0] != errors[$1] ? errors[$0] > errors[$1] : (step > 0) == ($0 > $1) }
            for place in order.prefix(Swift.min(abs(wanted - whole.reduce(0, +)), count)) { whole[place] += step }
        }
        return whole
    }
}
