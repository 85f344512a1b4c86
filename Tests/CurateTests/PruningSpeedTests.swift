import Curate
import Foundation
import Models
import Testing

/// The speed that docs/pruning.md promises, printed rather than judged: `CURATE_MEASURE=1 swift test -c release
/// --filter PruningSpeedTests`.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["CURATE_MEASURE"] != nil, "measures on request"))
struct PruningSpeedTests {
    private static func problem(count: Int, classes: Int) throws -> (ExampleTable, HardnessRanking) {
        var random = KeyedRandom(seed: 1, stream: .test)
        let candidates = ExampleTable(
            datasetName: "large", datasetHash: String(repeating: "0", count: 64),
            indices: (0..<count).map { Int32($0) },
            identifiers: .positional(partitionCounts: [count, 0, 0]),
            labels: (0..<count).map { _ in Int32(random.below(classes)) },
            classNames: (0..<classes).map { "class \($0)" })
        let values = (0..<count).map { _ in random.uniform() * 1.4 }
        return (
            candidates,
            try HardnessRanking(
                by: PruningScore(name: "el2n", direction: .higherIsHarder, values: values, source: "made"),
                of: candidates)
        )
    }

    private static func peakMemory() -> String {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        return status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }.map { String($0) } ?? "unknown"
    }

    @Test(arguments: [
        PruningRule(policy: .hardest, keptFraction: 0.5),
        PruningRule(policy: .hardest, quota: .proportional(.classes), keptFraction: 0.5),
        PruningRule(policy: .stratified(passedOver: 0.1, strataCount: 50), keptFraction: 0.1),
        PruningRule(policy: .window(passedOver: 0.05), quota: .floor(count: 100, .classes), keptFraction: 0.3),
        PruningRule(policy: .random, quota: .balanced(.classes), keptFraction: 0.3),
    ]) func tenMillionScores(rule: PruningRule) throws {
        let (candidates, ranking) = try Self.problem(count: 10_000_000, classes: 10)
        for _ in 0..<3 {
            let clock = ContinuousClock()
            let start = clock.now
            let selection = try rule.selection(from: candidates, by: rule.policy.needsScore ? ranking : nil)
            let time = clock.now - start
            print(
                "\(rule.policy.name), quota \(rule.quota.name): \(selection.keptCount) in \(time), \(Self.peakMemory())"
            )
        }
    }

    @Test func aSplitOfAMillion() throws {
        let (candidates, ranking) = try Self.problem(count: 1_000_000, classes: 10)
        let selection = try PruningRule(policy: .hardest, quota: .proportional(.classes), keptFraction: 0.5).selection(
            from: candidates, by: ranking)
        let directory = try TemporaryDirectory()
        for number in 0..<3 {
            let clock = ContinuousClock()
            let start = clock.now
            try SplitWriter.write(selection, to: directory.path(of: "split\(number)"))
            let written = clock.now
            let files = try SplitReader.read(path: directory.path(of: "split\(number)"))
            print("1,000,000 rows: written in \(written - start), read in \(clock.now - written)")
            #expect(files.table.rows.count == 1_000_000)
        }
    }
}
