import Curate
import Models
import Testing

/// Error sets by hand: who is a member, what it counts, what is refused, and what the report says.
struct ErrorSetTests {
    /// Ten examples of two classes; group `place` with the shortcut against the label in 2 and 7.
    private static func candidates(count: Int = 10, classCount: Int = 2) -> ExampleTable {
        ExampleTable(
            datasetName: "toy", datasetHash: String(repeating: "a", count: 64), indices: (0..<Int32(count)).map { $0 },
            identifiers: .positional(partitionCounts: [count, 0, 0]),
            labels: (0..<count).map { Int32($0 * classCount / count) },
            classNames: (0..<classCount).map { "class \($0)" },
            groups: [
                GroupColumn(
                    name: "place", valueNames: ["land", "water"],
                    values: (0..<count).map { ($0 * 2 / count == 1) != ($0 == 2 || $0 == 7) ? 1 : 0 })
            ])
    }

    private static func evidence(
        wrong: Set<Int>, suspects: Set<Int> = [], count: Int = 10
    ) -> ErrorSet.Evidence {
        ErrorSet.Evidence(
            isWrong: (0..<count).map(wrong.contains), losses: (0..<count).map { wrong.contains($0) ? 2 : 0.1 },
            isSuspect: (0..<count).map(suspects.contains), suspicion: "said so")
    }

    /// 1000 examples, 50 of them wrong, λ = 20: the epochs of the four implementations.
    @Test func thePresetsCountAsTheirAuthorsDo() throws {
        let table = Self.candidates(count: 1000)
        let evidence = Self.evidence(wrong: Set((0..<50).map { $0 * 20 }), count: 1000)
        func epoch(_ preset: ErrorSetRule.Preset) throws -> Int {
            try ErrorSet(of: table, evidence: evidence, rule: ErrorSetRule(preset, upweight: 20)).copies().reduce(0, +)
        }
        #expect(try epoch(.anniesch) == 2000)
        #expect(try epoch(.spuco) == 1950)
        let balanced = try ErrorSet(of: table, evidence: evidence, rule: ErrorSetRule(.anniesch, upweight: nil))
        // `up_weight -1`: 18 further copies.
        #expect(balanced.multiplier == 19)
        let paper = try ErrorSet(of: table, evidence: evidence, rule: ErrorSetRule(.paper, upweight: 20)).training()
        let weights = try #require(paper.subset.weights)
        #expect(paper.sampler == Sampler())
        #expect(abs(weights.reduce(0, +) / 1000 - 1) < 1e-5, "the learning rate keeps its meaning")
        #expect(abs(weights[0] / weights[1] - 20) < 1e-4)
        let raw = try ErrorSet(of: table, evidence: evidence, rule: ErrorSetRule(.subpopbench, upweight: 20)).training()
        #expect(raw.subset.weights?[0] == 20 && raw.subset.weights?[1] == 1, "not divided by anything")
    }

    @Test func weightsMultiplyThoseOfTheFirstTraining() throws {
        let base: [Float] = [1, 2, 1, 1, 1, 1, 1, 0.5, 1, 1]
        let set = try ErrorSet(
            of: Self.candidates(), baseWeights: base, evidence: Self.evidence(wrong: [1, 7]),
            rule: ErrorSetRule(upweight: 4))
        #expect(set.weights == [1, 8, 1, 1, 1, 1, 1, 2, 1, 1])
        #expect(set.split.weights == set.weights)
        #expect(set.split.manifest.keptCount == 10)
    }

    @Test func wrongLabelsAreKeptDroppedOrCapped() throws {
        var rule = ErrorSetRule(upweight: 10)
        func weights() throws -> [Float] {
            try ErrorSet(
                of: Self.candidates(), evidence: Self.evidence(wrong: [2, 7], suspects: [7, 8]), rule: rule
            ).weights
        }
        #expect(try weights()[2] == 10 && weights()[7] == 10)
        rule.noise = .drop
        #expect(try weights()[2] == 10 && weights()[7] == 1)
        rule.noise = .cap
        #expect(try weights()[2] == 10 && weights()[7] == 2 && weights()[8] == 1)
    }

    @Test func anEmptySetIsRefusedWithWhatToTry() throws {
        let error = try #require(throws: CurateError.self) {
            try ErrorSet(of: Self.candidates(), evidence: Self.evidence(wrong: []), rule: ErrorSetRule())
        }
        #expect(error.kind == .workFailed && error.message.contains("empty"))
        #expect(error.remedy?.contains("earlier epoch") == true)
    }

    /// A model that says class 0 to everything: its errors are class 1.
    @Test func aCollapsedFirstTrainingIsRefused() throws {
        let error = try #require(throws: CurateError.self) {
            try ErrorSet(of: Self.candidates(), evidence: Self.evidence(wrong: [5, 6, 7, 8, 9]), rule: ErrorSetRule())
        }
        #expect(error.message.contains("answers class 0 to everything"))
    }

    @Test func aSetOfSuspectsAloneIsRefused() {
        var rule = ErrorSetRule()
        rule.noise = .drop
        #expect(throws: CurateError.self) {
            try ErrorSet(of: Self.candidates(), evidence: Self.evidence(wrong: [2], suspects: [2]), rule: rule)
        }
    }

    @Test func doubtfulSetsAreWarnedOf() throws {
        func warnings(_ wrong: Set<Int>, suspects: Set<Int> = []) throws -> [String] {
            try ErrorSet(
                of: Self.candidates(), evidence: Self.evidence(wrong: wrong, suspects: suspects), rule: ErrorSetRule()
            ).warnings
        }
        #expect(try warnings([2, 7]) == [])
        #expect(try warnings([0, 1, 2, 5, 6, 7]).contains { $0.contains("60 % of the examples") })
        #expect(
            try warnings([0, 1, 2, 3, 4, 7]).contains { $0.contains("class class 0 is in the error set as a whole") })
        #expect(try warnings([2]).contains { $0.contains("no example of class class 1") })
        #expect(try warnings([2, 7], suspects: [7]).contains { $0.contains("50 % of the error set are said so") })
    }

    @Test func fractionsCannotBeCopied() throws {
        let set = try ErrorSet(
            of: Self.candidates(), evidence: Self.evidence(wrong: [2, 7]), rule: ErrorSetRule(.spuco, upweight: 2.5))
        #expect(throws: CurateError.self) { try set.training() }
    }

    /// Two of ten, both where the place is against the label: the report by hand.
    @Test func theReportSaysWhoIsInTheSet() throws {
        let set = try ErrorSet(
            of: Self.candidates(), evidence: Self.evidence(wrong: [2, 7]), rule: ErrorSetRule(upweight: 4))
        let report = ErrorSetReport(of: set)
        #expect(report.memberCount == 2 && report.multiplier == 4)
        // Weights 4, 4 and eight times 1: 8 of 16; (16)^2 / (32 + 8).
        #expect(report.weightShare == 0.5 && report.effectiveCount == 6.4)
        let water = try #require(report.groups.first { $0.name == "water" })
        // Water: 5 examples (2, 5, 6, 8, 9), one of them in the set.
        #expect(water.count == 5 && water.memberCount == 1)
        let overlap = report.overlap(of: water)
        #expect(overlap.lift == 1 && overlap.recall == 0.2 && overlap.precision == 0.5)
        let second = try #require(report.classes.last)
        #expect(second.memberCount == 1 && second.lossArea?.value == 0.5)
        #expect(ErrorSetReport(report.json) == report, "as it is kept")
    }

    /// The effective share of examples (1 - e + λ e)² / (1 - e + λ² e).
    @Test(arguments: [(0.02, 6.0, 0.71), (0.05, 50, 0.10), (0.1, 20, 0.21), (0.2, 100, 0.22)])
    func theEffectiveSizeIsThatOfTheFormula(share: Double, upweight: Double, expected: Double) throws {
        let wrong = Set((0..<Int(share * 1000)).map { Int(Double($0) / share) })
        let set = try ErrorSet(
            of: Self.candidates(count: 1000), evidence: Self.evidence(wrong: wrong, count: 1000),
            rule: ErrorSetRule(upweight: upweight))
        let report = ErrorSetReport(of: set)
        #expect(abs(report.effectiveCount / 1000 - expected) < 0.006)
        let exact =
            (1 - share + upweight * share) * (1 - share + upweight * share) / (1 - share + upweight * upweight * share)
        #expect(abs(report.effectiveCount / 1000 - exact) < 1e-9)
    }

    /// What is wrong online, in a clean pass, below a confidence, and by the majority of runs.
    @Test func evidenceIsReadFromALog() {
        func key(_ metric: DynamicsLog.Metric, _ epoch: Int) -> DynamicsLog.ColumnKey {
            DynamicsLog.ColumnKey(epoch: epoch, metric: metric)
        }
        let log = DynamicsLog(
            exampleCount: 3, epochCount: 2, seed: 0,
            columns: [
                key(.batchCorrect, 1): [1, 0, 0], key(.batchLoss, 1): [0.1, 1, 2],
                key(.batchProbability, 1): [0.9, 0.4, 0.1], key(.batchCorrect, 2): [1, 1, 0],
                key(.cleanPrediction, 1): [0, 1, 0], key(.cleanLoss, 1): [0.2, 0.3, 3],
                key(.cleanProbability, 1): [0.8, 0.7, 0.05],
            ])
        func wrong(_ mode: ErrorSetRule.Mode, confidence: Double? = nil) -> [Bool] {
            ErrorSet.Evidence(
                log: log, epoch: 1, mode: mode, labels: [0, 1, 1], confidence: confidence, suspects: nil
            ).isWrong
        }
        #expect(wrong(.online) == [false, true, true])
        #expect(wrong(.clean) == [false, false, true])
        #expect(wrong(.clean, confidence: 0.75) == [false, true, true])
        let evidence = ErrorSet.Evidence(
            log: log, epoch: 1, mode: .online, labels: [0, 1, 1], confidence: nil, suspects: nil)
        #expect(evidence.isSuspect == [false, false, true], "wrong in both epochs")
        let listed = ErrorSet.Evidence(
            log: log, epoch: 1, mode: .online, labels: [0, 1, 1], confidence: nil, suspects: [0])
        #expect(listed.isSuspect == [true, false, false])
        let votes = ErrorSet.Evidence(majorityOf: [evidence, evidence, listed])
        #expect(votes.isSuspect == [false, false, true] && votes.isWrong == [false, true, true])
    }
}
