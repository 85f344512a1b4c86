import Curate
import Foundation
import TestSupport
import Testing

/// Two ways of training compared seed by seed.
@Suite(.tags(.training)) struct EvaluationContrastTests {
    private static func text(_ directory: StoreDirectory, _ other: String = "seeds: 3") throws -> String {
        """
        { dataset: { path: "\(try PipelineSupport.writeTable(in: directory))", group: ["sex"], split: "part" },
          stages: {
            short: { train: { network: "linear", epochs: 1, \(other) } },
            long: { train: { network: "linear", epochs: 4, seeds: 3 } },
            report: { evaluate: { runs: "long", against: "short", on: "test" } },
            plain: { evaluate: { runs: "short", on: "test" } },
        } }
        """
    }

    /// The mean of the differences, and Student's interval of three: 4.303 standard errors.
    @Test func differencesAreThoseOfTheSeeds() throws {
        let directory = StoreDirectory()
        let outcome = try PipelineRunner(PipelineSupport.environment()).run(
            try PipelineSupport.pipeline(try Self.text(directory)), storePath: directory.file())
        let (own, other) = (try outcome.evaluation(of: "report"), try outcome.evaluation(of: "plain"))
        let (contrast, label) = try #require(try outcome.contrast(of: "report"))
        #expect(label == "short")
        #expect(contrast == EvaluationContrast(of: own, against: other))
        #expect(try outcome.contrast(of: "plain") == nil)
        func balanced(_ evaluation: Evaluation, _ run: Int) -> Double {
            let recalls = evaluation.classes.map { Double($0.correctCounts[run]) / Double($0.count) }
            return recalls.reduce(0, +) / Double(recalls.count)
        }
        let differences = (0..<3).map { balanced(own, $0) - balanced(other, $0) }
        let mean = differences.reduce(0, +) / 3
        let error = (differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2 / 3).squareRoot()
        let row = try #require(contrast.rows.first { $0.name == "balanced accuracy" })
        #expect(row.difference.count == 3 && abs(row.difference.mean - mean) < 1e-12)
        let interval = try #require(row.difference.interval)
        #expect(abs(interval.upperBound - mean - 4.302653 * error) < 1e-5)
        #expect(contrast.rows.map(\.name).contains("worst group") && contrast.rows.map(\.name).contains("worst class"))
        let report = try #require(outcome.stages.first { $0.label == "report" }?.report)
        #expect(report.summary.contains("points against 'short' (95 % "))
        #expect(report.json["against"]?["stage"] == "short")
    }

    @Test func otherSeedsCannotBeCompared() throws {
        let directory = StoreDirectory()
        let problems = try PipelineSupport.problems(try Self.text(directory, "seeds: [7,8,9]"))
        #expect(problems.map { $0.path } == ["stages.report.evaluate.against"])
    }
}
