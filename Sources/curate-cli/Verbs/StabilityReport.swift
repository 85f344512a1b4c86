import Curate

/// What `curate score --until-stable` shows of how many seeds and epochs it takes.
struct StabilityReport {
    /// Each score's comparison, by the same seeds.
    let scores: [KeptSetStability]

    /// Prints a table per score, of the agreement by epochs and seeds, and what follows from it.
    func show(on console: Console) throws {
        for (place, score) in scores.enumerated() {
            if place > 0 { try console.printLine() }
            try show(score, on: console)
        }
    }

    private func show(_ score: KeptSetStability, on console: Console) throws {
        let limit = DecimalText.shortPercent(score.tolerance)
        let tells = score.verdict != .unpredictable
        try console.printProse(
            "until stable: the hardest \(NumberText.grouped(score.keptCount)) of "
                + "\(NumberText.grouped(score.exampleCount)) by \(score.name.rawValue)", emphasized: true)
        let groups = "\(score.groupSize) seed\(score.groupSize == 1 ? "" : "s")"
        try console.printProse(
            "share of the kept set in common with \(score.seedCount) other seeds of \(epochs(score.lastEpoch)), predicted "
                + "from what \(groups) and \(score.groupSize) others have in common (measured)"
                + (tells ? "; * as good as all \(score.seedCount) within \(limit)" : ""))
        let counts = KeptSetStability.epochs(upTo: score.seedCount)
        var table = Table(
            [.number("epoch"), .number("measured")]
                + counts.map { .number("\($0) seed\($0 == 1 ? "" : "s")") })
        for measured in score.epochs {
            table.add(
                [String(measured.epoch), NumberText.percent(measured.withLastEpoch)]
                    + counts.map { count in
                        NumberText.percent(score.agreement(ofSeeds: count, at: measured.epoch))
                            + (tells && score.suffices(seeds: count, at: measured.epoch) ? "*" : " ")
                    })
        }
        try console.printLines(table.fittingLines(maximumWidth: console.tableWidth, style: console.style))
        try console.printProse(
            "measured at epoch \(score.lastEpoch): "
                + score.groupAgreements.enumerated().map { place, agreement in
                    "\(place + 1) against \(place + 1) seed\(place == 0 ? "" : "s") \(NumberText.percent(agreement))"
                }.joined(separator: ", ")
                + (score.predictionError.map { "; predicted with an error of \(NumberText.percent($0))" } ?? ""))
        try console.printProse(score.summary, emphasized: true)
        try console.printProse(score.wouldHaveDone)
        if let warning = score.warning { console.warn(warning) }
        if score.verdict != .stable {
            console.remark("to go on: give --max-seeds \(2 * score.seedCount), or train longer")
        }
    }

    private func epochs(_ count: Int) -> String { "\(count) epoch\(count == 1 ? "" : "s")" }

    /// The report for programs.
    var json: JSONValue { .array(scores.map(\.summaryJSON)) }
}
