import Curate
import Testing

/// Sweeps, graphs, keys and demands, without anything being run.
@Suite struct PipelineGraphTests {
    private static func plan(_ stages: String, _ overrides: [String] = []) throws -> PipelinePlan {
        let text = "{ dataset: { path: 'd' }, stages: { \(stages) } }"
        return try PipelinePlan(
            PipelineSupport.pipeline(text, overrides), on: PipelineSupport.facts(), store: nil)
    }

    @Test func aListWhereOneValueIsExpectedMakesOneInstanceEach() throws {
        let plan = try Self.plan(
            """
            a: { train: { epochs: [2, 3], learningRate: [0.1, 0.2] } }, b: { score: { runs: "a", at: [1, 2] } },
            c: { evaluate: { runs: "a" } }
            """)
        #expect(
            plan.stages.map(\.label) == [
                "a[epochs=2, learningRate=0.1]", "a[epochs=2, learningRate=0.2]", "a[epochs=3, learningRate=0.1]",
                "a[epochs=3, learningRate=0.2]", "b[epochs=2, learningRate=0.1, at=1]",
                "b[epochs=2, learningRate=0.1, at=2]", "b[epochs=2, learningRate=0.2, at=1]",
                "b[epochs=2, learningRate=0.2, at=2]", "b[epochs=3, learningRate=0.1, at=1]",
                "b[epochs=3, learningRate=0.1, at=2]", "b[epochs=3, learningRate=0.2, at=1]",
                "b[epochs=3, learningRate=0.2, at=2]", "c[epochs=2, learningRate=0.1]", "c[epochs=2, learningRate=0.2]",
                "c[epochs=3, learningRate=0.1]", "c[epochs=3, learningRate=0.2]",
            ])
        // What stood at epoch 1 or 2 is the same however long the runs went on: four keys are shared.
        #expect(plan.stages.allSatisfy { $0.key != nil })
        #expect(Set(plan.stages.map(\.key)).count == plan.stages.count - 4)
    }

    @Test func listsThatAreValuesAreNoSweeps() throws {
        let stages = "a: { train: { seeds: [3, 4] } }, b: { score: { runs: 'a', by: ['el2n', 'loss'] } }"
        #expect(try Self.plan(stages).stages.map(\.label) == ["a", "b"])
        let swept = "a: { train: { seeds: [[3], [4, 5]] } }, b: { score: { runs: 'a', by: [['el2n'], ['loss']] } }"
        #expect(
            try Self.plan(swept).stages.map(\.label) == [
                "a[seeds=[3]]", "a[seeds=[4,5]]", "b[seeds=[3], by=[\"el2n\"]]", "b[seeds=[3], by=[\"loss\"]]",
                "b[seeds=[4,5], by=[\"el2n\"]]", "b[seeds=[4,5], by=[\"loss\"]]",
            ])
    }

    @Test func aListOfStagesIsASweepOverThem() throws {
        let plan = try Self.plan(
            "a: { train: { epochs: 1 } }, b: { train: { epochs: [2, 3] } }, c: { evaluate: { runs: ['a', 'b'] } }")
        #expect(
            plan.stages.filter { $0.kind == "evaluate" }.map(\.label) == [
                "c[runs=a]", "c[epochs=2, runs=b]", "c[epochs=3, runs=b]",
            ])
    }

    @Test func tooManyInstancesAreASlip() throws {
        let values = (1...40).map(String.init).joined(separator: ",")
        let problems = try PipelineSupport.problems(
            "{ dataset: { path: 'd' }, stages: { a: { train: { epochs: [\(values)], batchSize: [\(values)] } } } }")
        #expect(problems.map(\.message) == ["expands the pipeline to more than 1000 stages"])
    }

    @Test func circlesAreFound() {
        let names = ["a", "b", "c", "d", "e"]
        let good = DependencyOrder(names, needs: ["a": ["b"], "b": ["e", "d"], "e": ["elsewhere"]])
        #expect(good.order == ["c", "d", "e", "b", "a"])
        #expect(good.circle == nil)
        let bad = DependencyOrder(names, needs: ["a": ["b"], "b": ["c"], "c": ["b"], "d": ["e"]])
        #expect(bad.order == ["e", "d"])
        #expect(bad.circle == ["b", "c", "b"])
        #expect(DependencyOrder(["a"], needs: ["a": ["a"]]).circle == ["a", "a"])
        #expect(DependencyOrder([], needs: [:]).circle == nil)
    }

    /// Whatever a parameter is, it is part of the key, unless it is a file or a stage.
    @Test func everyParameterButFilesIsPartOfTheKey() throws {
        let base = "a: { train: {} }, b: { score: { runs: 'a' } }, c: { evaluate: { runs: 'a' } }"
        let keys = try Self.plan(base).stages.map(\.key)
        let changes = [
            "a.train.network=linear", "a.train.epochs=5", "a.train.batchSize=64", "a.train.learningRate=0.05",
            "a.train.momentum=0.8", "a.train.nesterov=false", "a.train.weightDecay=0", "a.train.schedule=cosine",
            "a.train.warmupEpochs=1", "a.train.seeds=2", "a.train.seed=1", "b.score.by=[\"el2n\"]",
            "b.score.convention=toneva", "b.score.at=2", "c.evaluate.by=[]",
        ]
        for change in changes {
            let changed = try Self.plan(base, ["stages.\(change)"]).stages.map(\.key)
            let isTrain = change.hasPrefix("a"), isScore = change.hasPrefix("b")
            #expect((changed[0] != keys[0]) == isTrain, "\(change)")
            #expect((changed[1] != keys[1]) == (isTrain || isScore), "\(change)")
            #expect((changed[2] != keys[2]) == !isScore, "\(change)")
        }
    }

    @Test func namesAndFilesAreNotPartOfTheKey() throws {
        let first = try Self.plan("a: { train: {} }, b: { score: { runs: 'a' } }")
        let second = try Self.plan("x: { train: {} }, y: { score: { runs: 'x', out: 'y.csv' } }")
        #expect(first.stages.map(\.key) == second.stages.map(\.key))
        #expect(
            try Self.plan("a: { train: { learningRate: 1.0 } }").stages[0].key
                == Self.plan("a: { train: { learningRate: 1 } }").stages[0].key)
    }

    @Test func everyStageOfASweepHasItsOwnFiles() throws {
        let text = """
            { dataset: { path: 'd' }, stages: {
              a: { train: { epochs: [2, 3], network: ['linear', 'mlp:4'] } }, t: { train: { epochs: 1 } },
              s: { score: { runs: ['a', 't'], at: 1, out: 'o/{runs}-{a.epochs}-{network}{at}{.csv' } },
              p: { prune: { policy: ['random', 'class-balanced'], keep: [0.3, 1], out: '{policy}/{keep}-{seed}' } },
            } }
            """
        let failure = try PipelineSupport.problems(text)
        #expect(failure.map(\.message) == ["has {a.epochs}, which is no value of 's'"])
        let pipeline = try PipelineSupport.pipeline(text, ["stages.s.score.runs=a"], file: "in{keep}/p.json5")
        let plan = try PipelinePlan(pipeline, on: PipelineSupport.facts(), store: nil)
        let files = plan.stages.flatMap(\.files).filter { $0.hasSuffix(".csv") }
        #expect(
            files == [
                "in{keep}/o/a-2-linear1{.csv", "in{keep}/o/a-3-linear1{.csv", "in{keep}/o/a-2-mlp:41{.csv",
                "in{keep}/o/a-3-mlp:41{.csv", "in{keep}/random/0.3-0/split.csv", "in{keep}/random/1-0/split.csv",
                "in{keep}/class-balanced/0.3-0/split.csv", "in{keep}/class-balanced/1-0/split.csv",
            ])
        func advice(_ stages: String) throws -> [String?] {
            try PipelineSupport.problems("{ dataset: { path: 'd' }, stages: { \(stages) } }").map(\.suggestion)
        }
        #expect(
            try advice("a: { prune: { policy: 'random', keep: [0.3, 0.5], out: 'x' } }")
                == ["put {keep} into it, which stands for the value"])
        #expect(
            try advice("a: { prune: { policy: 'random', keep: [0.3, 0.5], out: 'x-{kep}' } }")
                == ["did you mean {keep}?"])
        #expect(
            try advice(
                """
                a: { prune: { policy: 'random', keep: 0.3, out: 'x' } },
                b: { prune: { policy: 'random', keep: 1, out: 'x' } }
                """) == ["give each a directory of its own"])
    }

    @Test func stagesThatDoNotFitTheDataAreMistakesInTheFile() throws {
        let text = """
            { dataset: { path: 'd' }, stages: {
              conv: { train: { network: "resnet8" } },
              a: { train: {} },
              v: { evaluate: { runs: "a", on: "validation" } },
              g: { evaluate: { runs: "a", by: ["sx"] } },
              s: { score: { runs: "conv" } },
            } }
            """
        let pipeline = try PipelineSupport.pipeline(text)
        let error = try #require(throws: PipelineProblems.self) {
            try PipelinePlan(pipeline, on: PipelineSupport.facts(), store: nil)
        }
        #expect(error.problems.map(\.line) == [2, 4, 5])
        #expect(error.problems.map(\.path) == ["stages.conv.train", "stages.v.evaluate", "stages.g.evaluate"])
        #expect(error.problems[1].suggestion == "evaluate on test, of which there are 10: `on: \"test\"`")
        #expect(error.problems[2].suggestion == "did you mean 'sex'?")
    }

    @Test func aStageThatIsNotThereIsAUsageError() throws {
        let pipeline = try PipelineSupport.pipeline("{ dataset: { path: 'd' }, stages: { probe: { train: {} } } }")
        let error = try #require(throws: CurateError.self) {
            try PipelinePlan(pipeline, on: PipelineSupport.facts(), store: nil, only: ["prob"])
        }
        #expect(error.kind == .usage)
        #expect(error.remedy == "did you mean 'probe'?")
    }
}
