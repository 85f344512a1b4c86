import Glibc

extension ErrorSet.Evidence {
    /// What a log says, whoever's trainer wrote it.
    ///
    /// - Parameters:
    ///   - log: has the columns of the mode at the epoch, and `batchCorrect` of every epoch when later ones are known.
    ///   - epoch: T.
    ///   - mode: online or clean.
    ///   - labels: the class of each example.
    ///   - confidence: below which probability of its label an example is wrong; nil when it is by the prediction.
    ///   - suspects: positions whose labels are suspect; nil to ask the log.
    /// - Precondition: the columns are there.
    package init(
        log: DynamicsLog, epoch: Int, mode: ErrorSetRule.Mode, labels: [Int32], confidence: Double?,
        suspects: Set<Int32>?
    ) {
        let isOnline = mode == .online
        guard let losses = log[isOnline ? .batchLoss : .cleanLoss, epoch: epoch] else {
            preconditionFailure("the losses of epoch \(epoch) were not asked for")
        }
        let isWrong: [Bool]
        if let confidence, let probabilities = log[isOnline ? .batchProbability : .cleanProbability, epoch: epoch] {
            isWrong = probabilities.map { Double($0) < confidence }
        } else if isOnline, let correct = log[.batchCorrect, epoch: epoch] {
            isWrong = correct.map { $0 == 0 }
        } else if !isOnline, let predictions = log[.cleanPrediction, epoch: epoch] {
            isWrong = zip(predictions, labels).map { Int32($0) != $1 }
        } else {
            preconditionFailure("the predictions of epoch \(epoch) were not asked for")
        }
        self.init(isWrong: isWrong, losses: losses, log: log, epoch: epoch, suspects: suspects)
    }

    /// What models that have not seen the examples say of them.
    ///
    /// - Parameters:
    ///   - probabilities: one row per example.
    ///   - log: the first training's own, for labels that were never learned.
    init(
        probabilities: ClassProbabilities, log: DynamicsLog, epoch: Int, labels: [Int32], confidence: Double?,
        suspects: Set<Int32>?
    ) {
        let ofLabel = labels.enumerated().map { probabilities[$0, Int($1)] }
        let isWrong = labels.enumerated().map { row, label in
            confidence.map { ofLabel[row] < $0 } ?? (probabilities.prediction(ofRow: row) != Int(label))
        }
        self.init(
            isWrong: isWrong, losses: ofLabel.map { Float(-Glibc.log(max($0, Double(Float.leastNormalMagnitude)))) },
            log: log, epoch: epoch, suspects: suspects)
    }

    /// Adds which labels are suspect.
    ///
    /// Without a list the log is asked: an example that every epoch of the first training got wrong, of which some came
    /// after T, was never learned.
    private init(isWrong: [Bool], losses: [Float], log: DynamicsLog, epoch: Int, suspects: Set<Int32>?) {
        if let suspects {
            self.init(
                isWrong: isWrong, losses: losses, isSuspect: isWrong.indices.map { suspects.contains(Int32($0)) },
                suspicion: "on the list of suspects")
            return
        }
        let isKnown = log.epochCount > epoch
        var never = [Bool](repeating: isKnown, count: isWrong.count)
        if isKnown {
            for later in 1...log.epochCount {
                guard let correct = log[.batchCorrect, epoch: later] else { continue }
                for (position, value) in correct.enumerated() where value == 1 { never[position] = false }
            }
        }
        self.init(
            isWrong: isWrong, losses: losses, isSuspect: never,
            suspicion: "never learned in \(log.epochCount) epochs")
    }

    /// What several runs say together: an example is wrong, or suspect, when more than half of them find so.
    ///
    /// - Precondition: there is one, and all are of the same examples.
    package init(majorityOf votes: [ErrorSet.Evidence]) {
        precondition(!votes.isEmpty, "nobody was asked")
        func majority(_ column: (ErrorSet.Evidence) -> [Bool]) -> [Bool] {
            let columns = votes.map(column)
            return columns[0].indices.map { position in columns.count { $0[position] } * 2 > votes.count }
        }
        self.init(
            isWrong: majority(\.isWrong),
            losses: votes[0].losses.indices.map { position in
                votes.reduce(0) { $0 + $1.losses[position] } / Float(votes.count)
            }, isSuspect: majority(\.isSuspect), suspicion: votes[0].suspicion)
        isFromElsewhere = votes[0].isFromElsewhere
    }
}
