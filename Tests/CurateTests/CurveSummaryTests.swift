import Curate
import Foundation
import Testing

/// The statistics of a curve, its sentence and its files.
@Suite struct CurveSummaryTests {
    @Test(arguments: [
        (0.95, 1, 12.706205), (0.95, 2, 4.302653), (0.95, 4, 2.776445), (0.95, 9, 2.262157), (0.95, 30, 2.042272),
        (0.99, 3, 5.840909), (0.5, 7, 0.711142),
    ]) func quantilesAreThoseOfTheTables(probability: Double, degrees: Int, expected: Double) {
        #expect(abs(StudentT.centralQuantile(probability, degreesOfFreedom: degrees) - expected) < 1e-6)
    }

    @Test(arguments: 1...12) func probabilitiesAreTheIntegralOfTheDensity(degrees: Int) {
        // Simpson's rule on the density, scaled by its own whole integral over the substitution t = tan(u).
        func density(_ t: Double) -> Double {
            pow(1 + t * t / Double(degrees), -Double(degrees + 1) / 2)
        }
        func integral(to angle: Double) -> Double {
            let steps = 20_000
            return (0...steps).reduce(0.0) { sum, step in
                let u = angle * Double(step) / Double(steps)
                let weight = step == 0 || step == steps ? 1.0 : step % 2 == 1 ? 4 : 2
                let cosine = max(cos(u), 1e-12)
                return sum + weight * density(tan(u)) / (cosine * cosine)
            } * angle / Double(steps) / 3
        }
        let whole = integral(to: .pi / 2 - 1e-9)
        for t in [0.1, 1, 2.5, 10] {
            let probability = StudentT.centralProbability(below: t, degreesOfFreedom: degrees)
            #expect(abs(probability - integral(to: atan(t)) / whole) < 1e-6)
        }
    }

    @Test func pairedDifferencesAreOfTheSameSeeds() throws {
        let difference = try #require(
            PairedDifference([1: 0.5, 2: 0.7, 3: 0.9, 9: 0], minus: [1: 0.4, 2: 0.5, 3: 0.6]))
        #expect(difference.count == 3)
        #expect(abs(difference.mean - 0.2) < 1e-12)
        // By hand: sd 0.1, times 4.302653 over the root of 3.
        let interval = try #require(difference.interval)
        #expect(abs(interval.upperBound - (0.2 + 0.1 * 4.302653 / 3.0.squareRoot())) < 1e-6)
        #expect(abs(interval.lowerBound - (0.2 - 0.1 * 4.302653 / 3.0.squareRoot())) < 1e-6)
        #expect(try #require(PairedDifference([1: 0.5], minus: [1: 0.4])).interval == nil)
        #expect(PairedDifference([1: 0.5], minus: [2: 0.4]) == nil)
    }

    private static func run(
        _ score: String?, _ policy: String, _ keep: Double, _ seed: UInt64, correct: [Int], budget: CurveRun.Budget,
        classes: [Int] = [50, 50]
    ) -> CurveRun {
        CurveRun(
            method: CurveRun.Method(score: score, policy: policy), keptFraction: keep,
            keptCount: Int(1000 * keep), budget: budget, seed: seed, epochs: 5, steps: 40, correctCounts: correct,
            keptClassCounts: classes, key: "ab\(seed)")
    }

    /// All data is right 900 times of 1000; a method's losses are in examples, by seed.
    private static func result(
        _ losses: [(score: String?, policy: String, keep: Double, losses: [Int])], tolerance: Double = 0.5,
        name: String = "data", budget: CurveRun.Budget = .epochs
    ) -> CurveResult {
        let seeds = losses.first?.losses.indices ?? 0..<1
        return CurveResult(
            datasetName: name, datasetHash: "00", classNames: ["a", "b"], partition: "test",
            heldOutClassCounts: [400, 600], trainCount: 1000,
            full: seeds.map { run(nil, "random", 1, UInt64($0), correct: [360 + $0, 540 - $0], budget: .epochs) },
            runs: losses.flatMap { loss in
                loss.losses.enumerated().map { seed, lost in
                    run(
                        loss.score, loss.policy, loss.keep, UInt64(seed), correct: [360 - lost, 540], budget: budget,
                        classes: [10, 40])
                }
            }, scoringCosts: ["el2n": 2.4], tolerance: tolerance)
    }

    @Test func pointsAreMeansOverSeeds() throws {
        let summary = CurveSummary(
            Self.result([("el2n", "hardest", 0.6, [10, 20, 30]), (nil, "random", 0.6, [40, 40, 40])]))
        let point = try #require(summary.points.first)
        #expect(abs(point.mean - 0.88) < 1e-12)
        #expect(abs(try #require(point.deviation) - 0.01) < 1e-12)
        #expect(point.worstClass == 0)
        #expect(abs(try #require(point.worstClassRecall) - 340.0 / 400) < 1e-12)
        #expect(point.imbalance == 4)
        #expect(abs(try #require(point.againstRandom).mean - 0.02) < 1e-12)
        #expect(abs(try #require(point.againstFull).mean + 0.02) < 1e-12)
        // 2.4 trainings spent, 0.4 saved each time.
        #expect(point.breakEven == 6)
        let random = try #require(summary.points.last)
        #expect(random.againstRandom == nil && random.breakEven == nil)
        #expect(summary.full.mean == 0.9)
    }

    @Test func equalStepsAreNeverPaidFor() {
        let summary = CurveSummary(Self.result([("el2n", "hardest", 0.6, [1, 2])], budget: .steps))
        #expect(summary.points.allSatisfy { $0.breakEven == nil })
    }

    @Test func aLostClassHasNoFiniteImbalance() throws {
        let full = Self.result([(nil, "random", 0.5, [0])])
        let lost = Self.run("el2n", "hardest", 0.5, 0, correct: [0, 500], budget: .epochs, classes: [0, 500])
        let result = CurveResult(
            datasetName: "d", datasetHash: "00", classNames: ["a", "b"], partition: "test",
            heldOutClassCounts: [400, 600], trainCount: 1000, full: full.full, runs: [lost], scoringCosts: [:],
            tolerance: 0.5)
        let summary = CurveSummary(result)
        #expect(try #require(summary.points.first).imbalance == .infinity)
        #expect(summary.json["points"]?.arrayValue?.first?["imbalance"] == .null)
    }

    @Test func theSentenceNamesTheLargestHarmlessDrop() {
        let summary = CurveSummary(
            Self.result([
                ("el2n", "hardest", 0.8, [0, 1, 2]), ("el2n", "hardest", 0.6, [4, 4, 4]),
                ("el2n", "hardest", 0.4, [90, 90, 91]), (nil, "random", 0.8, [20, 20, 20]),
                (nil, "random", 0.6, [40, 41, 40]), (nil, "random", 0.4, [60, 60, 60]),
            ]))
        #expect(summary.harmlessPruning?.point.keptFraction == 0.6)
        #expect(summary.harmlessPruning?.isRandomHarmlessToo == false)
        #expect(
            summary.sentence
                == "40 % can be dropped within 0.50 points of all data at equal epochs: keeping 60 % by el2n costs 0.40 "
                + "points (95 % interval -0.40 to -0.40, 3 seeds); a random set of that size does not.")
    }

    @Test func aDropBeyondAHarmfulOneDoesNotCount() {
        let summary = CurveSummary(
            Self.result([
                ("el2n", "hardest", 0.8, [0, 0]), ("el2n", "hardest", 0.6, [50, 50]), ("el2n", "hardest", 0.4, [0, 0]),
            ]))
        #expect(summary.harmlessPruning?.point.keptFraction == 0.8)
    }

    @Test func theSentenceSaysWhenRandomDoesAsWell() {
        let summary = CurveSummary(
            Self.result([("el2n", "hardest", 0.8, [1, 2, 1]), (nil, "random", 0.8, [2, 2, 3])]))
        #expect(summary.harmlessPruning?.point.method.name == "el2n")
        #expect(summary.sentence.hasSuffix("; a random set of that size does as well."))
    }

    @Test func theSentenceSaysThatNothingCanBeDropped() {
        let summary = CurveSummary(
            Self.result([("el2n", "hardest", 0.8, [10, 11, 9]), (nil, "random", 0.8, [20, 20, 20])]))
        #expect(summary.harmlessPruning == nil)
        #expect(
            summary.sentence.hasPrefix(
                "No share that was tried can be dropped within 0.50 points of all data at equal epochs: dropping 20 %, "
                    + "the mildest, costs 1.00 point"))
    }

    @Test func oneSeedIsNotCalledSure() {
        let summary = CurveSummary(Self.result([("el2n", "hardest", 0.8, [1]), (nil, "random", 0.8, [9])]))
        #expect(summary.sentence.contains("one seed does not tell how sure that is"))
        let wide = CurveSummary(Self.result([("el2n", "hardest", 0.8, [0, 8, 0]), (nil, "random", 0.8, [9, 9, 9])]))
        #expect(wide.sentence.contains("more than the tolerance is not ruled out"))
    }

    @Test func thePlotIsWellFormedAndTheSameEachTime() throws {
        let result = Self.result(
            [("el2n", "hardest", 0.8, [1, 2]), (nil, "random", 0.8, [9, 8]), ("grand", "ccs", 0.5, [3, 4])],
            name: "<a & \"b\">\u{1}")
        let plot = CurveSummary(result).plot
        #expect(plot == CurveSummary(result).plot)
        let parser = XMLCheck()
        #expect(parser.accepts(plot))
        #expect(parser.names.contains("polyline") && parser.text.contains("<a & \"b\">"))
        #expect(["all data", "el2n", "random", "grand ccs"].allSatisfy { parser.text.contains($0) })
    }

    @Test func theTableHasALinePerTraining() throws {
        let result = Self.result([("el2n", "hardest", 0.8, [1, 2]), (nil, "random", 0.8, [9, 8])])
        let directory = try TemporaryDirectory()
        try CurveSummary(result).write(to: directory.path(of: "c.csv"), format: .csv, replacing: false)
        let lines = String(decoding: try directory.read("c.csv"), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 1 + result.full.count + result.runs.count)
        #expect(
            lines[3] == "el2n,el2n,hardest,epochs,0.8,800,0,5,40,0.899,a,0.8975,4.0,ab0")
    }

    @Test func storedCurvesComeBackAndDamageIsRefused() throws {
        let result = Self.result([("el2n", "hardest", 0.8, [1, 2]), (nil, "random", 0.8, [9, 8])])
        #expect(try CurveResult(result.json, at: "s") == result)
        var bytes = Array(result.json.canonicalText.utf8)
        for place in stride(from: 0, to: bytes.count, by: 7) {
            let kept = bytes[place]
            bytes[place] ^= 0x15
            // Read as something, or refused; never a trap.
            do { _ = try CurveResult(try JSONValue(parsing: bytes, from: "s"), at: "s") } catch is CurateError {}
            bytes[place] = kept
        }
    }
}

/// A reading of XML that balances tags and undoes escapes, for what plots use of it.
private final class XMLCheck {
    private(set) var names: Set<String> = []
    private(set) var text = ""

    func accepts(_ source: String) -> Bool {
        var open: [String] = []
        var rest = Substring(source)
        while let start = rest.firstIndex(of: "<") {
            guard append(rest[..<start]) else { return false }
            guard let end = rest[start...].firstIndex(of: ">") else { return false }
            let tag = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.contains("<") || tag.filter({ $0 == "\"" }).count % 2 != 0 { return false }
            if tag.hasPrefix("/") {
                guard open.popLast() == String(tag.dropFirst()) else { return false }
                continue
            }
            let name = String(tag.prefix { $0 != " " && $0 != "/" })
            names.insert(name)
            if !tag.hasSuffix("/") { open.append(name) }
        }
        return append(rest) && open.isEmpty
    }

    private func append(_ part: Substring) -> Bool {
        for scalar in part.unicodeScalars where scalar.value < 0x20 && scalar != "\n" { return false }
        for piece in part.split(separator: "&").dropFirst()
        where !["amp;", "lt;", "gt;", "quot;"].contains(where: { piece.hasPrefix($0) }) { return false }
        text += part.replacingOccurrences(of: "&lt;", with: "<").replacingOccurrences(of: "&gt;", with: ">")
            .replacingOccurrences(of: "&quot;", with: "\"").replacingOccurrences(of: "&amp;", with: "&")
        return true
    }
}
