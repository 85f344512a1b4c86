/// What a result of training twice says: each method against ERM with the same seeds, and whether it was worth it.
package struct JTTSummary: Sendable {
    /// A method in numbers.
    package struct Row: Sendable {
        /// The method.
        package let method: JTTResult.Method
        /// The name of the group that is worst in the mean over the seeds.
        package let worst: String?
        /// Whether that group has fewer examples than say anything.
        package let isTooSmallToJudge: Bool
        /// For each seed its own worst group: mean and, from two seeds on, standard deviation.
        package let worstOfSeeds: (mean: Double, deviation: Double?)
        /// What it gains on ERM's worst group, seed by seed, each by its own worst group; nil for ERM.
        package let gain: PairedDifference?
        /// What it gains on ERM's average; nil for ERM.
        package let averageGain: PairedDifference?
    }

    /// The result.
    package let result: JTTResult
    /// A row for each method.
    package let rows: [Row]

    /// Compares the methods of a result.
    package init(_ result: JTTResult) {
        self.result = result
        let erm = result.methods[0].evaluation
        rows = result.methods.enumerated().map { place, method in
            let worst = method.evaluation.lowestBySeed
            let moments = Moments(of: worst.sorted { $0.key < $1.key }.map(\.value))
            return Row(
                method: method, worst: method.evaluation.lowest?.name,
                isTooSmallToJudge: method.evaluation.worst?.isTooSmallToJudge ?? false,
                worstOfSeeds: (moments.mean, moments.standardDeviation),
                gain: place == 0 ? nil : PairedDifference(worst, minus: erm.lowestBySeed),
                averageGain: place == 0
                    ? nil : PairedDifference(method.evaluation.averageBySeed, minus: erm.averageBySeed))
        }
    }

    /// The row of the method that trains twice; nil when no cell could be trained.
    package var jtt: Row? { rows.last { $0.method.name == JTTResult.jtt } }

    /// What is lifted: the worst class where nobody named groups.
    package var subject: String { result.methods[0].evaluation.groups.isEmpty ? "worst class" : "worst group" }

    /// Whether training twice was worth it, in one sentence.
    package var sentence: String {
        guard let jtt, let gain = jtt.gain else {
            return "JTT could not be trained: \(result.refusals.first?.reason ?? "there is no usable error set")."
        }
        func points(_ value: Double) -> String { DecimalText.fixed(100 * value, places: 1) }
        let before = DecimalText.percent(rows[0].worstOfSeeds.mean, places: 1)
        let after = DecimalText.percent(jtt.worstOfSeeds.mean, places: 1)
        let average = jtt.averageGain.map { ", the average \(points($0.mean)) points" } ?? ""
        let seeds = "\(gain.count) seed\(gain.count == 1 ? "" : "s")"
        guard let interval = gain.interval else {
            return
                "JTT moves the \(subject) from \(before) to \(after)\(average), with one seed: whether it is worth it "
                + "takes three seeds or more."
        }
        let range =
            "\(points(gain.mean)) points, 95 % \(points(interval.lowerBound)) to \(points(interval.upperBound)), "
            + "paired over \(seeds)"
        let better = rows.filter { $0.method.name != JTTResult.jtt && $0.worstOfSeeds.mean > jtt.worstOfSeeds.mean }
        let others =
            better.isEmpty || interval.lowerBound <= 0
            ? "" : "; \(better.map(\.method.name).joined(separator: ", ")) \(better.count == 1 ? "does" : "do") better"
        if interval.lowerBound > 0 {
            return
                "JTT is worth it here: the \(subject) rises from \(before) to \(after) (\(range))\(average)\(others)."
        }
        if interval.upperBound < 0 {
            return "JTT is not worth it here: the \(subject) falls from \(before) to \(after) (\(range))\(average)."
        }
        return "JTT is not shown to be worth it here: \(subject) \(before) to \(after) (\(range))\(average)."
    }

    /// The summary for programs: the result's `cells` with what each is worth and whether it is `chosen`, the `methods`
    /// with worst group, averages and gains, `refusals`, `missing`, and the `sentence`.
    package var json: JSONValue {
        func difference(_ difference: PairedDifference?) -> JSONValue {
            guard let difference else { return .null }
            return [
                "mean": .double(difference.mean), "lower": .optional(difference.interval?.lowerBound),
                "upper": .optional(difference.interval?.upperBound), "seeds": .int(difference.count),
            ]
        }
        return [
            "dataset": ["name": .string(result.datasetName), "hash": .string(result.datasetHash)],
            "rule": result.rule, "selection": .string(result.selection.rawValue),
            "cells": .array(
                result.cells.enumerated().map { place, cell in
                    [
                        "epoch": .int(cell.epoch), "upweight": cell.upweight.map { .double($0) } ?? nil,
                        "worth": .optional(cell.worth(by: result.selection)), "chosen": .bool(place == result.chosen),
                        "validation": cell.validation?.reportJSON ?? .null, "runs": .strings(cell.keys),
                        "errorSets": .array(cell.errorSets.map(\.json)),
                    ]
                }),
            "refusals": .array(
                result.refusals.map {
                    ["epoch": .int($0.epoch), "reason": .string($0.reason), "advice": .string($0.advice)]
                }),
            "missing": .object(result.missing.mapValues { .string($0) }),
            "methods": .array(
                rows.map { row in
                    [
                        "name": .string(row.method.name), "usesGroups": .bool(row.method.usesGroups),
                        "worst": [
                            "group": .optional(row.worst), "mean": .double(row.worstOfSeeds.mean),
                            "sd": .optional(row.worstOfSeeds.deviation),
                        ],
                        "average": .optional(row.method.evaluation.accuracy.mean),
                        "gain": difference(row.gain),
                        "gainOverExamples": row.method.sampling.map {
                            ["lower": .double($0.lowerBound), "upper": .double($0.upperBound)]
                        } ?? nil, "averageGain": difference(row.averageGain),
                        "evaluation": row.method.evaluation.reportJSON,
                        "runs": .strings(row.method.keys),
                    ]
                }),
            "sentence": .string(sentence),
        ]
    }
}
