import Curate
import Foundation
import Models
import Testing

/// Compared with cleanlab 2.9; the fixture is made by Tests/Fixtures/generate_confident_learning.py.
@Suite struct ConfidentLearningTests {
    private struct Golden: Decodable {
        struct Case: Decodable {
            let labels: [Int32]
            let probabilities: [[Float]]
            let thresholds: [Double?]
            let confidentJoint: [[Int]]
            let calibratedJoint: [[Int]]
            let issues: [String: [Int]]
            let quality: [String: [Double]]
        }

        let cases: [Case]
    }

    private static func cases() throws -> [Golden.Case] {
        let path = "\(Fixture.root)/Tests/Fixtures/golden-confident-learning.json"
        return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: URL(fileURLWithPath: path))).cases
    }

    private static func ties(_ count: Int) -> TieBreaker { TieBreaker(ids: (0..<count).map { "row \($0)" }) }

    @Test(arguments: 0..<4) func everythingIsAsInTheReference(number: Int) throws {
        let golden = try Self.cases()[number]
        let probabilities = try ClassProbabilities(
            golden.probabilities.flatMap { $0 }, classCount: golden.probabilities[0].count)
        let learning = ConfidentLearning(
            labels: golden.labels, probabilities: probabilities, ties: Self.ties(golden.labels.count))
        for (threshold, expected) in zip(learning.thresholds, golden.thresholds) {
            #expect((threshold == nil) == (expected == nil))
            #expect(abs((threshold ?? 0) - (expected ?? 0)) < 1e-9)
        }
        #expect(learning.confidentJoint == golden.confidentJoint)
        #expect(learning.calibratedJoint == golden.calibratedJoint)
        for rule in ConfidentLearning.Rule.allCases {
            let issues = learning.issues(by: rule)
            #expect(issues.indices.filter { issues[$0] } == golden.issues[rule.rawValue], "\(rule)")
        }
        for quality in LabelQuality.allCases {
            let expected = try #require(golden.quality[quality.rawValue])
            let scores = quality.scores(labels: golden.labels, probabilities: probabilities)
            #expect(zip(scores, expected).allSatisfy { abs($0 - $1) < 1e-9 }, "\(quality)")
        }
    }

    /// A class that is always predicted, with known errors: the list finds them, and names the right classes.
    @Test func suspectsAreRankedWithSuggestions() throws {
        let count = 90
        var values: [Float] = []
        for row in 0..<count {
            let truth = row % 3
            values += (0..<3).map { $0 == truth ? 0.9 - Float(row) / 1000 : (0.1 + Float(row) / 1000) / 2 }
        }
        var labels = (0..<count).map { Int32($0 % 3) }
        for row in [7, 40, 80] { labels[row] = (labels[row] + 1) % 3 }
        let candidates = ExampleTable(
            datasetName: "made", datasetHash: "", indices: (0..<count).map { Int32($0) },
            identifiers: .positional(partitionCounts: [count, 0, 0]), labels: labels, classNames: ["a", "b", "c"])
        let suspects = try LabelSuspects(
            probabilities: ClassProbabilities(values, classCount: 3), of: candidates)
        #expect(suspects.entries.map(\.position) == [7, 40, 80])
        #expect(suspects.entries.map { $0.suggested } == [7, 40, 80].map { Int32($0 % 3) })
        #expect(zip(suspects.entries, suspects.entries.dropFirst()).allSatisfy { $0.confidence > $1.confidence })
        let directory = try TemporaryDirectory()
        try suspects.write(candidates, to: directory.path(of: "suspects.csv"), replacing: false)
        let lines = String(decoding: try directory.read("suspects.csv"), as: UTF8.self).split(separator: "\n")
        #expect(lines[1] == "# dataset: " || lines[1] == "# dataset:")
        #expect(lines[2] == "rank,id,index,given,suggested,confidence")
        #expect(lines[3].hasPrefix("1,train/7,7,c,b,0."))
        expectFailure(.badData, "there are probabilities of 2 examples") {
            try LabelSuspects(probabilities: ClassProbabilities([1, 0, 0, 0, 1, 0], classCount: 3), of: candidates)
        }
    }

    @Test func probabilitiesThatAreNoneAreRefused() {
        for (values, message) in [
            ([0.5, 0.6, 1, 0] as [Float], "add up to 1.1000"), ([0.5, 0.5, 1.5, -0.5], "class 0 in row 1 is 1.5"),
            ([.nan, 1, 1, 0], "class 0 in row 0 is nan"),
        ] {
            expectFailure(.badData, message) { try ClassProbabilities(values, classCount: 2, source: "p.npy") }
        }
    }
}

@Suite struct ThresholdSampleTests {
    @Test func theCutLeavesAHundredthAbove() {
        let values = (1...200).map { Float($0) }
        // More than 2 of 200 are above everything below 198.
        #expect(ThresholdSamples.cut(ofThresholdAUM: values) == 198)
        #expect(ThresholdSamples.cut(ofThresholdAUM: values.reversed(), percentile: 0.5) == 100)
        #expect(ThresholdSamples.cut(ofThresholdAUM: [3]) == 3)
        #expect(ThresholdSamples.cut(ofThresholdAUM: [1, 2, 3], percentile: 1) == 3)
    }

    /// The definition in words: an example is a suspect when more than 1 % of the threshold samples are above it.
    @Test func suspectsAreThoseBelowMoreThanAHundredth() {
        var random = KeyedRandom(seed: 3, stream: .test)
        for _ in 0..<200 {
            let threshold = (0..<(1 + random.below(400))).map { _ in Float(random.below(50)) }
            let cut = ThresholdSamples.cut(ofThresholdAUM: threshold)
            for aum in stride(from: Float(-1), through: 51, by: 1) {
                let above = threshold.count { $0 > aum }
                #expect((aum < cut) == (above * 100 > threshold.count))
            }
        }
    }

    @Test func twoRunsJudgeEveryExample() throws {
        let problem = PruningFixtures.problem(count: 103, classes: 3, seed: 4)
        let first = try ThresholdSamples.positions(of: problem.candidates, seed: 1, run: 0)
        let second = try ThresholdSamples.positions(of: problem.candidates, seed: 1, run: 1)
        #expect(first.count == 25 && second.count == 25 && Set(first).isDisjoint(with: second))
        // Threshold samples have areas around -1; mislabelled examples, every tenth, as well; the others around 1.
        func run(_ positions: [Int32]) -> ThresholdSamples.Run {
            let aum = (0..<103).map { position in
                let isLow = position % 10 == 0 || positions.contains(Int32(position))
                return (isLow ? -1 : 1) - Float(position) / 1000 - (position % 10 == 0 ? 0.2 : 0)
            }
            return ThresholdSamples.Run(aum: aum, positions: Set(positions))
        }
        let suspects = LabelSuspects(
            runs: [run(first), run(second)], of: problem.candidates
        ).suggesting(Dictionary(uniqueKeysWithValues: (0..<103).map { ($0, 1) }))
        #expect(suspects.positions == Set(stride(from: 0, to: 103, by: 10).map { Int32($0) }))
        #expect(suspects.entries.allSatisfy { $0.confidence > 0.75 && $0.confidence <= 1 })
        for entry in suspects.entries {
            #expect(entry.suggested == (problem.candidates.labels[Int(entry.position)] == 1 ? nil : 1))
        }
        let few = PruningFixtures.problem(count: 3, classes: 3, seed: 1).candidates
        #expect(throws: CurateError.self) { try ThresholdSamples.positions(of: few, seed: 0, run: 0) }
    }
}

@Suite struct LabelNoiseTests {
    @Test func exactlyTheRateIsFlippedAndNested() throws {
        let problem = PruningFixtures.problem(count: 200, classes: 4, seed: 2)
        let truth = problem.candidates.labels
        var before: Set<Int> = []
        for rate in [0.01, 0.1, 0.25, 0.5, 1] {
            let labels = try LabelNoise(rate: rate, seed: 3).labels(of: problem.candidates)
            let flipped = Set(labels.indices.filter { labels[$0] != truth[$0] })
            #expect(flipped.count == Int((rate * 200).rounded()))
            #expect(flipped.isSuperset(of: before))
            before = flipped
        }
        // The choice has nothing to do with what the same seed would prune.
        let noisy = try LabelNoise(rate: 0.5, seed: 3).labels(of: problem.candidates)
        let kept = try problem.selection(PruningRule(policy: .random, keptFraction: 0.5, seed: 3)).keptPositions
        let both = kept.count { noisy[Int($0)] != truth[Int($0)] }
        #expect(both > 30 && both < 70)
    }

    @Test func wrongLabelsAreUniformOverTheOthers() throws {
        let problem = PruningFixtures.problem(count: 3000, classes: 3, seed: 2)
        let labels = try LabelNoise(rate: 1, seed: 8).labels(of: problem.candidates)
        for own in Int32(0)..<3 {
            let others = labels.indices.filter { problem.candidates.labels[$0] == own }.map { labels[$0] }
            let larger = others.count { $0 == (own == 2 ? 1 : 2) }
            let deviation = (Double(others.count) / 4).squareRoot()
            #expect(!others.contains(own))
            #expect(abs(Double(larger) - Double(others.count) / 2) < 4 * deviation)
        }
    }

    @Test func theOrderOfTheExamplesChangesNothing() throws {
        let problem = PruningFixtures.problem(count: 100, classes: 3, seed: 5)
        let shuffled = problem.shuffled(seed: 6)
        func byID(_ candidates: ExampleTable) throws -> [String: Int32] {
            let labels = try LabelNoise(rate: 0.3, seed: 1).labels(of: candidates)
            return Dictionary(uniqueKeysWithValues: labels.indices.map { (candidates.id(at: $0), labels[$0]) })
        }
        #expect(try byID(problem.candidates) == byID(shuffled.candidates))
    }

    @Test func pairsFlipOnlyTheirClass() throws {
        let problem = PruningFixtures.problem(count: 300, classes: 3, seed: 5)
        let truth = problem.candidates.labels
        let noise = LabelNoise(kind: .pairs([.init(from: 0, to: 2)]), rate: 0.4, seed: 1)
        let labels = try noise.labels(of: problem.candidates)
        let flipped = labels.indices.filter { labels[$0] != truth[$0] }
        #expect(flipped.count == Int((0.4 * Double(truth.count { $0 == 0 })).rounded()))
        #expect(flipped.allSatisfy { truth[$0] == 0 && labels[$0] == 2 })
    }

    @Test func refusals() throws {
        let problem = PruningFixtures.problem(count: 30, classes: 3, seed: 5)
        func message(_ noise: LabelNoise, _ candidates: ExampleTable = problem.candidates) throws -> String {
            let failure = ScoringFixtures.failure { _ = try noise.labels(of: candidates) }
            let error = try #require(failure)
            #expect(error.kind == .usage && error.remedy != nil)
            return error.message
        }
        #expect(try message(LabelNoise(rate: 0)).contains("the noise rate is 0"))
        #expect(try message(LabelNoise(rate: 1.1)).contains("the noise rate is 1.1"))
        #expect(try message(LabelNoise(rate: 0.001)).contains("flips none of the 30"))
        let pair = LabelNoise.Pair(from: 0, to: 1)
        #expect(try message(LabelNoise(kind: .pairs([.init(from: 0, to: 3)]), rate: 0.5)).contains("0:3 is not a pair"))
        #expect(try message(LabelNoise(kind: .pairs([.init(from: 1, to: 1)]), rate: 0.5)).contains("1:1 is not a pair"))
        #expect(try message(LabelNoise(kind: .pairs([pair, pair]), rate: 0.5)).contains("class 0 is flipped twice"))
        let one = PruningFixtures.problem(count: 30, classes: 1, seed: 5).candidates
        #expect(try message(LabelNoise(rate: 0.5), one).contains("there is one class"))
    }
}
