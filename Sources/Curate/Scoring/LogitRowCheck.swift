/// What rows of recorded logits look like that no network wrote, counted epoch by epoch.
///
/// A recorder that misses examples (a sampler that drops the last batch, an index that is off) leaves rows as they were
/// made: zeros or NaN. Scores of them are numbers like any other, so somebody has to look.
struct LogitRowCheck {
    /// What a row is.
    enum Kind {
        /// A row of logits.
        case logits
        /// Every number is 0.
        case zeros
        /// Every number is NaN.
        case missing
        /// Every number lies in 0...1, and they add up to 1; not all of them are 0 or 1.
        case probabilities
        /// A single 1 among zeros: a distribution that is certain, or made by hand.
        case oneHot
    }

    /// How many rows of one epoch are of a kind.
    private struct Counts {
        var rows = 0
        var zeros = 0
        var probabilities = 0
        var oneHot = 0
    }

    private var epochs: [Counts]

    init(epochCount: Int) { epochs = [Counts](repeating: Counts(), count: epochCount) }

    /// What a row of numbers is.
    static func kind(of row: some Collection<Double>) -> Kind {
        var (sum, zeros, missing, isOneHot, isWithin) = (0.0, 0, 0, true, true)
        for value in row {
            if value == 0 { zeros += 1 }
            if value.isNaN { missing += 1 }
            if !(value >= 0 && value <= 1) { isWithin = false }
            if value != 0 && value != 1 { isOneHot = false }
            sum += value
        }
        if zeros == row.count { return .zeros }
        if missing == row.count { return .missing }
        // Half precision keeps three digits.
        guard isWithin && abs(sum - 1) < 2e-3 else { return .logits }
        return isOneHot ? .oneHot : .probabilities
    }

    /// Counts a row of an epoch, counted from 1.
    mutating func add(_ kind: Kind, epoch: Int) {
        epochs[epoch - 1].rows += 1
        switch kind {
        case .zeros: epochs[epoch - 1].zeros += 1
        case .probabilities: epochs[epoch - 1].probabilities += 1
        case .oneHot: epochs[epoch - 1].oneHot += 1
        case .logits, .missing: break
        }
    }

    /// Whether every row of an epoch that is not zeros is a distribution, and some are not certain: zeros and ones alone
    /// are more likely a hand-made example than a softmax.
    func isOfProbabilities(epoch: Int) -> Bool {
        let counts = epochs[epoch - 1]
        return counts.probabilities > 0 && counts.probabilities + counts.oneHot + counts.zeros == counts.rows
    }

    /// What is to be told of a run, as sentences without full stops.
    ///
    /// - Parameter run: what the run is called.
    func remarks(of run: String) -> [String] {
        var remarks: [String] = []
        let zeros = epochs.map(\.zeros)
        if zeros.contains(where: { $0 > 0 }) {
            remarks.append(
                "\(run): \(Self.list(zeros, of: epochs[0].rows)) hold nothing but zeros, as rows do that were never "
                    + "written; their scores mean nothing")
        }
        // A few rows of logits may add up to 1 by chance.
        let probabilities = epochs.map { $0.probabilities >= max(2, ($0.rows + 99) / 100) ? $0.probabilities : 0 }
        if probabilities.contains(where: { $0 > 0 }) {
            remarks.append(
                "\(run): \(Self.list(probabilities, of: epochs[0].rows)) are distributions, so they may be probabilities "
                    + "and not logits")
        }
        return remarks
    }

    /// `12 of 60 rows at epochs 3, 4 and 6`, or with numbers for each epoch where they differ.
    static func list(_ counts: [Int], of rows: Int) -> String {
        let found = counts.indices.filter { counts[$0] > 0 }
        let shown = found.prefix(8)
        let rest = found.count > shown.count ? " and \(found.count - shown.count) more epochs" : ""
        let noun = "epoch\(found.count == 1 ? "" : "s")"
        guard let first = found.first else { return "no rows" }
        if found.allSatisfy({ counts[$0] == counts[first] }) {
            let names = shown.map { "\($0 + 1)" }.joined(separator: ", ")
            return "\(counts[first]) of \(rows) rows at \(noun) \(names)\(rest)"
        }
        let names = shown.map { "\(counts[$0]) at epoch \($0 + 1)" }.joined(separator: ", ")
        return "of \(rows) rows \(names)\(rest)"
    }
}
