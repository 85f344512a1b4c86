import Curate
import Foundation
import Testing

/// Predictions that are not what their probabilities say, and comparisons of losses.
@Suite struct PredictionProbabilityTests {
    private static func notes(_ texts: [String], sides: Int = 1) throws -> [String] {
        let directory = try TemporaryDirectory()
        let paths = try texts.enumerated().map { try directory.write("\($0).csv", Array($1.utf8)) }
        let grouped = sides == 1 ? [paths] : paths.map { [$0] }
        return try Predictions.reading(sides: grouped, options: PredictionOptions()).notes
            .filter { $0.contains("are not what the probabilities say") }
    }

    /// Rows b and d contradict; c is a tie, which contradicts nothing.
    @Test func contradictionsAreCountedAndTheFirstIsNamed() throws {
        let rows = "a,cat,cat,0.9,0.1\nb,dog,cat,0.2,0.8\nc,dog,dog,0.5,0.5\nd,cat,dog,0.7,0.3\n"
        let found = try Self.notes(["id,label,pred,p_cat,p_dog\n" + rows])
        #expect(found.count == 1 && found[0].hasPrefix("2 of 4 predictions in "))
        #expect(found[0].contains("0.csv") && found[0].contains("first of 'b': cat, and dog has 0.8"))
        // Without ids the line is the name.
        let plain = try Self.notes(["label,pred,p_cat,p_dog\ncat,cat,0.9,0.1\ndog,cat,0.2,0.8\n"])
        #expect(plain.count == 1 && plain[0].contains("0.csv:3: cat"), "\(plain)")
    }

    @Test func agreementIsNoNote() throws {
        #expect(try Self.notes(["label,pred,p_a,p_b\na,a,0.6,0.4\nb,b,0.1,0.9\n"]).isEmpty)
        // Probabilities alone, and predictions alone, contradict nothing.
        #expect(try Self.notes(["label,p_a,p_b\nb,0.6,0.4\nb,0.1,0.9\n"]).isEmpty)
        #expect(try Self.notes(["label,pred\na,b\nb,b\n"]).isEmpty)
    }

    /// The probability of the second class alone, with another threshold than one half.
    @Test func athresholdIsAContradiction() throws {
        let found = try Self.notes(["label,pred,p\n0,1,0.3\n1,1,0.7\n0,0,0.2\n"])
        #expect(found.count == 1 && found[0].hasPrefix("1 of 3") && found[0].contains("1, and 0 has 0.7"), "\(found)")
    }

    /// Each file speaks for itself, joined by ids in whichever order.
    @Test func everyFileIsLookedAt() throws {
        let first = "id,label,pred,p_a,p_b\nx,a,a,0.8,0.2\ny,b,b,0.4,0.6\n"
        let second = "id,label,pred,p_a,p_b\ny,b,b,0.9,0.1\nx,a,a,0.8,0.2\n"
        let found = try Self.notes([first, second], sides: 2)
        #expect(found.count == 1 && found[0].contains("1.csv") && found[0].contains("first of 'y': b"), "\(found)")
    }

    private static let losses: [[Float]] = [[0.1, 0.4, 1.2, 0.3, 2.0, 0.7], [0.2, 0.1, 0.9, 0.35, 1.1, 0.65]]

    private static func predictions(_ losses: [[Float]?]) -> Predictions {
        Predictions(
            name: "p", partition: .test, labels: [0, 0, 0, 1, 1, 1], classNames: ["x", "y"],
            groups: [GroupColumn(name: "g", valueNames: ["a", "b"], values: [0, 0, 0, 1, 1, 1])],
            runs: losses.enumerated().map {
                Predictions.Run(seed: UInt64($0), classes: [0, 0, 1, 1, 0, 1], losses: $1)
            })
    }

    /// Intervals of SciPy 1's `stats.ttest_rel(second, first).confidence_interval(0.95)`.
    @Test func changesOfLossesArePaired() throws {
        let comparison = try PredictionComparison(
            Self.predictions([Self.losses[0]]), Self.predictions([Self.losses[1]]))
        func check(_ change: LossChange?, _ first: Double, _ second: Double, _ low: Double, _ high: Double) throws {
            let change = try #require(change)
            let interval = try #require(change.interval)
            let pairs = [
                (change.first, first), (change.second, second), (change.change, second - first),
                (interval.lowerBound, low), (interval.upperBound, high),
            ]
            // Losses are single precision.
            for (found, wanted) in pairs { #expect(abs(found - wanted) < 1e-6, "\(found) \(wanted)") }
        }
        try check(comparison.overall.losses, 0.7833333333, 0.55, -0.619871503526802, 0.15320483686013533)
        try check(comparison.groups[0].losses, 1.7 / 3, 0.4, -0.7403536972999282, 0.4070203639665949)
        try check(comparison.groups[1].losses, 1, 0.7, -1.5967579560508565, 0.9967579560508565)
        #expect(comparison.json["all"]?["losses"]?["change"]?.doubleValue == comparison.overall.losses?.change)
        // Runs of a side are averaged example by example.
        let both = try PredictionComparison(
            Self.predictions([Self.losses[0], Self.losses[1]]), Self.predictions([Self.losses[1]]))
        #expect(abs((both.overall.losses?.change ?? 0) + 0.2333333333 / 2) < 1e-6)
    }

    /// A run without losses on either side leaves nothing to compare.
    @Test func unknownLossesAreNotCompared() throws {
        for (a, b) in [([nil], [Self.losses[1]]), ([Self.losses[0], nil], [Self.losses[1]])]
            as [([[Float]?], [[Float]?])]
        {
            let comparison = try PredictionComparison(Self.predictions(a), Self.predictions(b))
            #expect(comparison.overall.losses == nil && comparison.groups.allSatisfy { $0.losses == nil })
            #expect(comparison.json["all"]?["losses"] == .null)
        }
    }
}
