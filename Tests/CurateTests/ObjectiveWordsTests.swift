import Curate
import TestSupport
import Testing

/// What a `train` stage says of its objective, and what is said of it when that does not fit.
@Suite struct ObjectiveWordsTests {
    private static func text(_ members: String, groups: String = "\"sex\"", path: String = "d.csv") -> String {
        """
        { dataset: { path: "\(path)", \(groups.isEmpty ? "" : "group: [\(groups)], ")split: "part" },
          stages: { t: { train: { network: "linear", epochs: 1, \(members) } } } }
        """
    }

    @Test(arguments: [
        ("tail: 0.5", "tail", "`objective: \"cross-entropy\"`"), ("groupStep: 1", "groupStep", "no effect"),
        ("objective: \"cvar\", groupAdjustment: 1", "groupAdjustment", "`objective: \"cvar\"`"),
        ("balanceBy: \"sampling\"", "balanceBy", "without `balance`"),
        ("objective: \"group-dro\", balance: \"none\", balanceBy: \"weights\"", "balanceBy", "without `balance`"),
        ("balance: \"classes\", groups: \"sex\"", "groups", "no effect"),
        ("objective: \"lff\", labelSmoothing: 0.1", "labelSmoothing", "`objective: \"lff\"`"),
        ("objective: \"cvar\", tail: 0", "tail", "0"), ("groupStep: 0", "groupStep", "0"),
        ("balance: \"class\"", "balance", "classes"),
    ]) func whatHasNoEffectIsRefused(members: String, parameter: String, said: String) throws {
        let problems = try PipelineSupport.problems(Self.text(members))
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.path.hasSuffix("." + parameter) == true, "\(problems)")
        #expect(problems.first.map { "\($0.message) \($0.suggestion ?? "")".contains(said) } == true, "\(problems)")
    }

    private static func plan(_ members: String, groups: String = "\"sex\"") throws -> PipelinePlan {
        let directory = StoreDirectory()
        let path = try PipelineSupport.writeTable(in: directory)
        return try PipelineRunner(PipelineSupport.environment()).plan(
            try PipelineSupport.pipeline(text(members, groups: groups, path: path)), store: nil)
    }

    /// The one division there is needs no name; of several one has to be named, and it has to be there.
    @Test(arguments: ["balance: \"groups\"", "objective: \"group-dro\""]) func groupsAreNamedWhereTheyMustBe(
        members: String
    ) throws {
        let both = "\"sex\", \"sex*label\""
        _ = try Self.plan(members)
        _ = try Self.plan(members + ", groups: \"sex*label\"", groups: both)
        for (groups, more, said) in [
            ("", "", "`group` of the dataset"), (both, "", "has 2: 'sex', 'sex*label'"),
            (both, ", groups: \"sx\"", "did you mean 'sex'?"),
        ] {
            let problems = try #require(throws: PipelineProblems.self) { try Self.plan(members + more, groups: groups) }
            let texts = problems.problems.map { "\($0.message) \($0.suggestion ?? "")" }
            #expect(texts.contains { $0.contains(said) }, "\(texts)")
        }
    }

    /// The key follows which examples belong together: a condition of the same name with another bound is another run.
    @Test(.tags(.training)) func anotherConditionIsAnotherRun() throws {
        let directory = StoreDirectory()
        let path = try PipelineSupport.writeTable(in: directory)
        func key(_ condition: String, _ members: String) throws -> ArtifactKey {
            let text = Self.text(members, groups: "\"large: \(condition)\"", path: path)
            let outcome = try PipelineRunner(PipelineSupport.environment()).run(
                try PipelineSupport.pipeline(text), storePath: directory.file())
            return try #require(try outcome.runs(of: "t").first).key
        }
        let balanced = "balance: \"groups\""
        let first = try key("a >= 30", balanced)
        #expect(try key("a >= 30", balanced) == first)
        #expect(try key("a >= 31", balanced) != first)
        // Which a training without groups does not depend on.
        #expect(try key("a >= 30", "momentum: 0.5") == key("a >= 31", "momentum: 0.5"))
    }
}
