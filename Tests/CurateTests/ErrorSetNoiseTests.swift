import Curate
import Models
import TestSupport
import Testing

/// How much of a minority an error set holds, and how much else, on a task whose truth is known.
///
/// Two features. The second says the label in a straight line, but for one example in twenty, the minority; the first
/// says it of all, but in a band that a small network takes longer to find. Some labels are wrong on top of that. What is
/// asserted was measured first: docs/jtt.md has the numbers.
@Suite(.tags(.training)) struct ErrorSetNoiseTests {
    private static let count = 1200
    private static let epochs = [1, 2, 4, 8, 16]

    /// Writes the task; the column `kind` is the truth and no feature.
    ///
    /// - Parameter noise: the share of wrong labels.
    private static func table(noise: Double, seed: UInt64, in directory: StoreDirectory) throws -> String {
        let path = directory.file("task.csv")
        var lines = ["band,hint,kind,label"]
        for index in 0..<count {
            var random = KeyedRandom(seed: seed, stream: .test, index: index)
            // Nearly normal: the sum of twelve uniform numbers.
            func scatter() -> Double { (0..<12).reduce(-6) { sum, _ in sum + Double(random.uniform()) } }
            let label = index % 2
            let isMinority = index / 2 % 20 == 0
            let isFlipped = Double(random.uniform()) < noise
            let side = random.below(2) == 0 ? 2.0 : -2.0
            let band = 0.25 * scatter() + (label == 0 ? 0 : side)
            let hint = 0.3 * scatter() + ((label == 1) != isMinority ? 1 : -1)
            let kind = isFlipped ? (isMinority ? "wrong, minority" : "wrong") : isMinority ? "minority" : "majority"
            lines.append("\(band),\(hint),\"\(kind)\",\(isFlipped ? 1 - label : label)")
        }
        try writeFile(path, Array((lines.joined(separator: "\n") + "\n").utf8))
        return path
    }

    /// What error sets hold.
    private struct Sets {
        let outcome: PipelineOutcome

        func report(_ noise: String, _ epoch: Int) throws -> ErrorSetReport {
            try outcome.errorSet(of: "\(noise)\(epoch)")
        }

        /// Members and all examples of a kind.
        func members(_ kind: String, of report: ErrorSetReport) -> (members: Int, count: Int) {
            report.groups.first { $0.name == kind }.map { ($0.memberCount, $0.count) } ?? (0, 0)
        }

        /// The share of the minority in a set.
        func recall(_ noise: String, _ epoch: Int) throws -> Double {
            let minority = members("minority", of: try report(noise, epoch))
            return Double(minority.members) / Double(minority.count)
        }

        /// The share of a set that is of the minority.
        func precision(_ noise: String, _ epoch: Int) throws -> Double {
            let report = try report(noise, epoch)
            return Double(members("minority", of: report).members) / Double(report.memberCount)
        }
    }

    /// Trains once and takes error sets after some epochs.
    private static func sets(
        noise: Double, seed: UInt64 = 0, trained epochCount: Int = 32, at epochs: [Int], _ rules: [String],
        in directory: StoreDirectory
    ) throws -> Sets {
        let stages = epochs.flatMap { epoch in
            rules.map { rule in
                "\(rule)\(epoch): { errorSet: { runs: \"once\", at: \(epoch), upweight: 20, noise: \"\(rule)\", "
                    + "out: \"\(directory.file("\(rule)\(epoch).csv"))\" } },"
            }
        }
        let text = """
            { dataset: { path: "\(try table(noise: noise, seed: seed, in: directory))", group: ["kind"] }, stages: {
              once: { train: { network: "mlp:16", epochs: \(epochCount), batchSize: 32 } },
              \(stages.joined(separator: "\n"))
            } }
            """
        let outcome = try PipelineRunner(PipelineSupport.environment()).run(
            try PipelineSupport.pipeline(text), storePath: directory.file())
        return Sets(outcome: outcome)
    }

    /// The hint is learned first: the errors of the first epochs are the minority and nothing else.
    ///
    /// Then the band is learned, and what remains of the minority is a part of it.
    @Test func earlyErrorsAreTheMinority() throws {
        let directory = StoreDirectory()
        let sets = try Self.sets(noise: 0, at: [1, 2, 4, 8], ["keep"], in: directory)
        let recalls = try [1, 2, 4, 8].map { try sets.recall("keep", $0) }
        #expect(recalls[0] > 0.95 && recalls[1] > 0.95, "\(recalls)")
        #expect(recalls[3] < recalls[0] - 0.1, "\(recalls)")
        // But for a few that the hyperplane crosses back and forth.
        #expect(zip(recalls, recalls.dropFirst()).allSatisfy { $0 >= $1 - 0.05 }, "\(recalls)")
        for epoch in [1, 2, 4, 8] { #expect(try sets.precision("keep", epoch) > 0.95) }
    }

    /// Wrong labels are errors as well: precision falls with their number as it must, and the filter brings it back.
    @Test(arguments: [0.02, 0.05, 0.1]) func theFilterTellsWrongLabelsFromTheMinority(noise: Double) throws {
        let directory = StoreDirectory()
        let sets = try Self.sets(noise: noise, at: Self.epochs, ["keep", "drop", "cap"], in: directory)
        let first = try sets.report("keep", 1)
        let (minority, wrong) = (sets.members("minority", of: first), sets.members("wrong", of: first))
        // A network that follows the hint gets the minority and the wrong labels of the majority wrong, and those
        // of the minority right.
        #expect(Double(minority.members) > 0.95 * Double(minority.count))
        #expect(Double(wrong.members) > 0.95 * Double(wrong.count))
        let expected = Double(minority.count) / Double(minority.count + wrong.count)
        #expect(try abs(sets.precision("keep", 1) - expected) < 0.03)
        for epoch in [1, 2, 4] {
            #expect(try sets.precision("drop", epoch) > 0.75)
            #expect(try sets.precision("drop", epoch) > sets.precision("keep", epoch) + 0.15)
            // Which costs next to nothing of the minority.
            #expect(try sets.recall("drop", epoch) > sets.recall("keep", epoch) - 0.05)
        }
        // Late, the minority is learned and wrong labels are not: what is left is noise.
        let late = try (recall: sets.recall("keep", 16), precision: sets.precision("keep", 16))
        #expect(late.recall < 0.3 && late.precision < 0.35, "\(late)")
        #expect(try sets.members("wrong", of: sets.report("keep", 16)).members >= wrong.members)
    }

    /// A cap leaves suspects in the set and takes their weight: the share of the minority in the added weight rises.
    @Test func aCapTakesTheWeightOfWrongLabels() throws {
        let directory = StoreDirectory()
        let sets = try Self.sets(noise: 0.1, at: [2], ["keep", "cap"], in: directory)
        #expect(try sets.report("cap", 2).memberCount == sets.report("keep", 2).memberCount)
        func weights(_ rule: String) throws -> (minority: Double, all: Double) {
            let text = String(decoding: try fileBytes(directory.file("\(rule)2.csv")), as: UTF8.self)
            var sums = (minority: 0.0, all: 0.0)
            // id, index, label, loss, weight, suspect, kind
            for line in text.split(separator: "\n").dropFirst(3) {
                let fields = line.split(separator: ",", maxSplits: 6, omittingEmptySubsequences: false)
                let weight = try #require(Double(fields[4]))
                sums.all += weight
                if fields[6] == "minority" { sums.minority += weight }
            }
            return sums
        }
        let (kept, capped) = (try weights("keep"), try weights("cap"))
        #expect(capped.minority / capped.all > kept.minority / kept.all + 0.2, "\(kept) \(capped)")
        // All of the minority that the filter trusts counts as before.
        #expect(capped.minority > 0.9 * kept.minority)
    }

    /// The filter takes what is never learned for wrong.
    ///
    /// A training that ends before the minority is learned has it
    /// dropped, which is the opposite of what the error set is for.
    @Test func aShortTrainingHasTheMinorityDropped() throws {
        let directory = StoreDirectory()
        let sets = try Self.sets(noise: 0.05, trained: 6, at: [1], ["keep", "drop"], in: directory)
        #expect(try sets.recall("keep", 1) > 0.95)
        #expect(try sets.recall("drop", 1) < 0.25)
    }
}
