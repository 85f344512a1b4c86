import Curate
import Models
import Testing

/// Evaluations against counting by hand, and intervals against published values.
@Suite struct EvaluationTests {
    /// Published values, from table I, method 3.
    ///
    /// Robert G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998).
    @Test(arguments: [
        (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718),
    ])
    func theIntervalIsTheScoreInterval(correct: Int, count: Int, lower: Double, upper: Double) {
        let interval = WilsonInterval(proportion: Double(correct) / Double(count), count: count)
        #expect(abs(interval.lower - lower) < 5e-5)
        #expect(abs(interval.upper - upper) < 5e-5)
        // The same from the other side.
        let mirrored = WilsonInterval(proportion: 1 - Double(correct) / Double(count), count: count)
        #expect(abs(mirrored.upper - (1 - interval.lower)) < 1e-12)
    }

    @Test func theIntervalIsExactAtItsEnds() {
        #expect(WilsonInterval(proportion: 0, count: 7).lower == 0)
        #expect(WilsonInterval(proportion: 1, count: 7).upper == 1)
    }

    private static let labels: [Int32] = [0, 0, 0, 1, 1, 2]
    private static let sex = GroupColumn(name: "sex", valueNames: ["f", "m", "none"], values: [0, 0, 1, 1, 1, 1])

    @Test func countsAsAPersonWould() throws {
        let evaluation = Evaluation(
            of: [[0, 0, 1, 1, 1, 0], [0, 1, 1, 1, 0, 0]], on: .test, seeds: [3, 9], labels: Self.labels,
            classNames: ["a", "b", "c", "empty"], groups: [Self.sex])
        #expect(evaluation.accuracy == .init(name: "all", count: 6, correctCounts: [4, 2]))
        #expect(evaluation.accuracy.mean == 0.5)
        let deviation = try #require(evaluation.accuracy.standardDeviation)
        #expect(abs(deviation - (2.0 / 36).squareRoot()) < 1e-15)
        #expect(evaluation.classes.map(\.correctCounts) == [[2, 1], [2, 1], [0, 0], [0, 0]])
        #expect(evaluation.classes.map(\.count) == [3, 2, 1, 0])
        #expect(evaluation.classes[3].mean == nil && evaluation.classes[3].interval == nil)
        let mean = try #require(evaluation.meanOfClasses)
        #expect(abs(mean - (0.5 + 0.75 + 0) / 3) < 1e-15)
        let sex = try #require(evaluation.groups.first)
        #expect(sex.values.map(\.name) == ["f", "m"])
        #expect(sex.values.map(\.correctCounts) == [[2, 1], [2, 1]])
        #expect(sex.worst?.name == "m")
        #expect(
            evaluation.confusion == [[3, 3, 0, 0], [1, 3, 0, 0], [2, 0, 0, 0], [0, 0, 0, 0]])
        #expect(evaluation.confusion.joined().reduce(0, +) == 12)
        #expect(Evaluation(evaluation.json) == evaluation)
        let text = evaluation.json.canonicalText
        #expect(Evaluation(try JSONValue(parsing: text)) == evaluation)
    }

    @Test func oneRunHasNoDeviation() {
        let evaluation = Evaluation(
            of: [Self.labels], on: .validation, seeds: [0], labels: Self.labels, classNames: ["a", "b", "c"], groups: []
        )
        #expect(evaluation.accuracy.mean == 1)
        #expect(evaluation.accuracy.standardDeviation == nil)
        #expect(evaluation.accuracy.interval?.upper == 1)
    }

    /// Against a slow count over random predictions.
    @Test func agreesWithCountingPairs() {
        var random = KeyedRandom(seed: 4, stream: .test)
        let count = 500
        let labels = (0..<count).map { _ in Int32(random.below(5)) }
        let runs = (0..<3).map { _ in (0..<count).map { _ in Int32(random.below(5)) } }
        let group = GroupColumn(
            name: "g", valueNames: ["x", "y"], values: (0..<count).map { _ in Int32(random.below(2)) })
        let evaluation = Evaluation(
            of: runs, on: .test, seeds: [1, 2, 3], labels: labels, classNames: ["0", "1", "2", "3", "4"],
            groups: [group])
        for label in 0..<5 {
            for predicted in 0..<5 {
                let expected = runs.reduce(0) { sum, run in
                    sum + zip(labels, run).count { $0 == Int32(label) && $1 == Int32(predicted) }
                }
                #expect(evaluation.confusion[label][predicted] == expected)
            }
        }
        let total = evaluation.groups[0].values.reduce(0) { $0 + $1.correctCounts.reduce(0, +) }
        #expect(total == evaluation.accuracy.correctCounts.reduce(0, +))
        #expect(total == evaluation.confusion.indices.reduce(0) { $0 + evaluation.confusion[$1][$1] })
    }

    @Test(arguments: [
        "null", "{}", #"{"partition":"test"}"#,
        #"{"partition":"test","seeds":[1],"accuracy":{"name":"all","count":1,"correct":[2]},"classes":[],"groups":[],"confusion":[]}"#,
    ])
    func whatIsNoEvaluationIsNoneOfOurs(text: String) throws {
        #expect(Evaluation(try JSONValue(parsing: text)) == nil)
    }
}
