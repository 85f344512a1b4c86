import Curate
import Foundation
import TestSupport
import Testing

/// The epoch that validation examples choose, beside the last.
@Suite(.tags(.training)) struct EpochChoiceTests {
    @Test func theFirstOfTheBestIsChosen() {
        #expect(EpochChoice.best(of: [0.5, 0.8, 0.8, 0.7]) == 2)
        #expect(EpochChoice.best(of: [nil, 0, nil]) == 2)
        #expect(EpochChoice.best(of: [nil, nil]) == nil && EpochChoice.best(of: []) == nil)
    }

    private static func text(_ directory: StoreDirectory, _ evaluate: String) throws -> String {
        """
        { dataset: { path: "\(try PipelineSupport.writeTable(in: directory))", group: ["sex"], split: "part" }, stages: {
          train: { train: { network: "mlp:8", epochs: 6, seeds: 3, learningRate: 0.2 } },
          evaluate: { evaluate: { runs: "train", \(evaluate) } },
        } }
        """
    }

    private static func run(_ directory: StoreDirectory, _ evaluate: String) throws -> PipelineOutcome {
        try PipelineRunner(PipelineSupport.environment()).run(
            try PipelineSupport.pipeline(try text(directory, evaluate)), storePath: directory.file())
    }

    @Test func bothEpochsAreEvaluated() throws {
        let directory = StoreDirectory()
        // Trained without the wish first: what is missing is made, and the last epoch says the same.
        let plain = try Self.run(directory, "")
        #expect(try plain.bestOnValidation(of: "evaluate") == nil)
        let outcome = try Self.run(directory, "bestOnValidation: true")
        let last = try outcome.evaluation(of: "evaluate")
        #expect(try plain.evaluation(of: "evaluate") == last)
        let choice = try #require(try outcome.bestOnValidation(of: "evaluate"))
        let runs = try outcome.runs(of: "train")
        #expect(choice.epochs == runs.map { EpochChoice.best(of: $0.validationAccuracies) })
        #expect(choice.epochs.contains { $0 < 6 }, "the test wants a run whose last epoch is not its best")
        #expect(choice.evaluation.seeds == last.seeds && choice.evaluation.frequency == last.frequency)
        // What is evaluated is what the network predicted after that epoch.
        let store = try Store.open(path: directory.file(), mode: .read)
        let dataset = try outcome.dataset()
        let labels = dataset.indices(of: .test).map { Float(dataset.labels[$0]) }
        for (run, (own, epoch)) in zip(runs, choice.epochs).enumerated() {
            let predicted = try #require(
                try store.column(artifact: own.key, epoch: epoch, name: "prediction.test"), "\(epoch)")
            #expect(choice.evaluation.accuracy.correctCounts[run] == zip(predicted, labels).count { $0 == $1 })
        }
        #expect(EpochChoice(try JSONValue(parsing: choice.json.canonicalText)) == choice)
        let report = try #require(outcome.stages.first { $0.label == "evaluate" }?.report)
        #expect(report.summary.contains("best on validation (epoch \(choice.epochs[0]), "))
        #expect(report.json["epoch"] == 6)
        #expect(report.json["bestOnValidation"]?["epochs"]?.arrayValue?.count == 3)
        #expect(try Self.run(directory, "bestOnValidation: true").stages.allSatisfy { $0.wasCached })
    }

    @Test func validationDoesNotJudgeItself() throws {
        let directory = StoreDirectory()
        let error = try #require(throws: PipelineProblems.self) {
            try Self.run(directory, "on: \"validation\", bestOnValidation: true")
        }
        #expect(
            error.problems.count == 1 && error.problems[0].message.contains("`bestOnValidation` chooses"), "\(error)")
    }

    @Test func withoutValidationThereIsNothingToChooseBy() throws {
        let directory = StoreDirectory()
        let path = directory.file("no-validation.csv")
        var text = "a,part,label\n"
        for row in 0..<40 { text += "\(row % 7),\(row < 30 ? "train" : "test"),\(row % 2)\n" }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let pipeline = """
            { dataset: { path: "\(path)", split: "part" }, stages: {
              train: { train: { network: "linear", epochs: 1 } },
              evaluate: { evaluate: { runs: "train", bestOnValidation: true } },
            } }
            """
        let error = try #require(throws: PipelineProblems.self) {
            try PipelineRunner(PipelineSupport.environment()).run(
                try PipelineSupport.pipeline(pipeline), storePath: directory.file())
        }
        #expect(error.problems.count == 1 && error.problems[0].message.contains("no validation examples"), "\(error)")
    }
}
