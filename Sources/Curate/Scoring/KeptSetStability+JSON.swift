extension KeptSetStability {
    /// What was measured, as stores keep it, nothing derived.
    package var json: JSONValue {
        [
            "name": .string(name.rawValue), "convention": .string(convention.rawValue), "examples": .int(exampleCount),
            "kept": .int(keptCount), "seeds": .int(seedCount), "tolerance": .double(tolerance),
            "groupAgreements": .array(groupAgreements.map { .double($0) }), "tied": .int(tiedCount),
            "spread": .double(spread), "withoutOne": .array(withoutOne.map { .double($0) }),
            "epochs": .array(
                epochs.map {
                    [
                        "epoch": .int($0.epoch), "within": .double($0.withinEpoch),
                        "withLast": .double($0.withLastEpoch),
                    ]
                }),
        ]
    }

    /// Reads what `json` makes.
    ///
    /// - Throws: `badData` when it cannot be what was written.
    package init(_ json: JSONValue, at path: String) throws {
        func failure(_ what: String) -> CurateError {
            CurateError(
                .badData, "the stability's '\(what)' cannot be read", at: path,
                remedy: "'curate store verify' says what is damaged")
        }
        func integer(_ json: JSONValue, _ key: String, from least: Int) throws -> Int {
            guard let value = json[key]?.intValue, value >= least else { throw failure(key) }
            return value
        }
        func share(_ value: JSONValue?, _ key: String) throws -> Double {
            guard let share = value?.doubleValue, (0...1).contains(share) else { throw failure(key) }
            return share
        }
        guard let name = json["name"]?.stringValue.flatMap({ ScoreName(rawValue: $0) }) else { throw failure("name") }
        guard let convention = json["convention"]?.stringValue.flatMap({ ScoreConvention(rawValue: $0) }) else {
            throw failure("convention")
        }
        let seedCount = try integer(json, "seeds", from: 2)
        let keptCount = try integer(json, "kept", from: 1)
        let exampleCount = try integer(json, "examples", from: 2)
        guard keptCount < exampleCount else { throw failure("kept") }
        guard let tolerance = json["tolerance"]?.doubleValue, tolerance >= 0 else { throw failure("tolerance") }
        let agreements = try (json["groupAgreements"]?.arrayValue ?? []).map { try share($0, "groupAgreements") }
        guard agreements.count == seedCount / 2 else { throw failure("groupAgreements") }
        let epochs = try (json["epochs"]?.arrayValue ?? []).map { row in
            EpochAgreement(
                epoch: try integer(row, "epoch", from: 1), withinEpoch: try share(row["within"], "within"),
                withLastEpoch: try share(row["withLast"], "withLast"))
        }
        guard !epochs.isEmpty, zip(epochs, epochs.dropFirst()).allSatisfy({ $0.epoch < $1.epoch }) else {
            throw failure("epochs")
        }
        self.init(
            name: name, convention: convention, exampleCount: exampleCount, keptCount: keptCount, seedCount: seedCount,
            tolerance: tolerance, groupAgreements: agreements, epochs: epochs,
            tiedCount: try integer(json, "tied", from: 0), spread: try share(json["spread"], "spread"),
            withoutOne: try (json["withoutOne"]?.arrayValue ?? []).map { try share($0, "withoutOne") })
    }

    /// Everything there is to say, for programs: what was measured, what is predicted from it, and the sentences.
    package var summaryJSON: JSONValue {
        // What is told by a prediction that failed its check would be taken for a fact.
        func choice(_ choice: Choice) -> JSONValue {
            if verdict == .unpredictable { return .null }
            return [
                "seeds": .int(choice.seedCount), "epoch": .int(choice.epoch),
                "agreement": .double(choice.agreement), "cost": .double(cost(of: choice)),
            ]
        }
        let bySeeds: [JSONValue] = (1...seedCount + 1).map { count in
            [
                "seeds": .int(count), "measured": count <= groupSize ? .double(groupAgreements[count - 1]) : .null,
                "predicted": .double(predictedAgreement(ofSeeds: count)),
            ]
        }
        let byEpoch: [JSONValue] = epochs.map { measured in
            [
                "epoch": .int(measured.epoch), "measuredWithin": .double(measured.withinEpoch),
                "measuredWithLast": .double(measured.withLastEpoch),
                "predicted": .array(
                    (1...seedCount).map { .double(agreement(ofSeeds: $0, at: measured.epoch)) }),
            ]
        }
        let ends: JSONValue =
            interval.map { .array([.double($0.lowerBound), .double($0.upperBound)]) } ?? .null
        return [
            "name": .string(name.rawValue), "convention": .string(convention.rawValue),
            "verdict": .string(verdict.rawValue), "seeds": .int(seedCount), "epoch": .int(lastEpoch),
            "examples": .int(exampleCount), "kept": .int(keptCount), "tied": .int(tiedCount),
            "tolerance": .double(tolerance), "groupSize": .int(groupSize), "agreements": .array(bySeeds),
            "reliability": .double(reliability(ofSeeds: seedCount)), "gainOfOneMore": .double(gainOfOneMore),
            "predictionError": predictionError.map { .double($0) } ?? .null, "interval": ends,
            "epochs": .array(byEpoch),
            "cheapest": choice(cheapest), "earliest": choice(earliest), "fewest": choice(fewest),
            "summary": .string(summary), "wouldHaveDone": .string(wouldHaveDone),
            "warning": warning.map { .string($0) } ?? .null,
        ]
    }
}

extension KeptSetStability {
    private static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private static func text(_ interval: ClosedRange<Double>) -> String {
        "\(DecimalText.fixed(100 * interval.lowerBound, places: 1)) to "
            + DecimalText.fixed(100 * interval.upperBound, places: 1)
    }

    private static func phrase(_ choice: Choice) -> String {
        "\(count(choice.seedCount, "seed")) of \(count(choice.epoch, "epoch"))"
    }

    /// Whether more seeds are worth training, as a sentence without a full stop.
    package var summary: String {
        let agreement =
            "another \(seedCount) seeds are predicted to keep "
            + "\(DecimalText.percent(predictedAgreement(ofSeeds: seedCount), places: 1)) of the same"
            + (interval.map { " (95 %: \(Self.text($0)))" } ?? "")
        let limit = DecimalText.shortPercent(tolerance)
        let gain = "one more would add \(DecimalText.percent(max(0, gainOfOneMore), places: 1))"
        return switch verdict {
        case .stable: "\(name.rawValue): \(seedCount) seeds are enough: \(agreement), and \(gain) (less than \(limit))"
        case .improving:
            "\(name.rawValue): \(seedCount) seeds are not enough yet: \(agreement), and \(gain) (\(limit) or more)"
        case .unpredictable:
            "\(name.rawValue): \(seedCount) seeds do not tell yet: what groups of \(groupSize) have in common was "
                + "predicted with an error of \(DecimalText.percent(predictionError ?? 0, places: 1)) (\(limit) is allowed)"
        case .noise where tiedCount == keptCount:
            "\(name.rawValue): what is kept is chosen by tie-breaks alone, because all of it has the score of what is not"
        case .noise:
            "\(name.rawValue): \(seedCount) seeds agree little more than by chance: \(agreement), and chance alone "
                + DecimalText.percent(keptFraction, places: 1)
        case .tooFewSeeds:
            "\(name.rawValue): \(Self.count(seedCount, "seed")) cannot tell what one more adds: it takes at least "
                + "\(Self.fewestSeeds)"
        }
    }

    /// Which fewer seeds and epochs would have found the same, as a sentence without a full stop.
    package var wouldHaveDone: String {
        guard verdict != .noise else {
            return "fewer seeds or epochs would have found as little; train longer or use another score"
        }
        if verdict == .unpredictable {
            return "which fewer seeds or epochs would have done cannot be told either"
        }
        let (cheapest, earliest, fewest) = (cheapest, earliest, fewest)
        guard cheapest.seedCount < seedCount || cheapest.epoch < lastEpoch else {
            return "no fewer seeds or epochs would have done"
        }
        var text =
            "\(Self.phrase(cheapest)) would have done: they are predicted to keep \(DecimalText.percent(cheapest.agreement, places: 1)) "
            + "of the same, and cost \(DecimalText.percent(cost(of: cheapest))) of the epochs that were trained"
        if earliest.epoch < cheapest.epoch { text += "; the earliest epoch takes \(Self.phrase(earliest))" }
        if fewest.seedCount < cheapest.seedCount { text += "; the fewest seeds are \(Self.phrase(fewest))" }
        return text
    }

    /// What must be known before relying on the agreement, as a sentence without a full stop; nil when nothing is.
    package var warning: String? {
        let share = Double(tiedCount) / Double(keptCount)
        guard share > max(tolerance, 0.01) else { return nil }
        return
            "\(DecimalText.percent(share, places: 1)) of the kept set by \(name.rawValue) are chosen by tie-breaks among equal scores, "
            + "which no seed decides: agreement counts them as drawn anew; train longer or use a score with fewer ties"
    }
}
