import Curate
import Testing

/// Pipeline files: what they may say, and what is said of those that are wrong.
@Suite struct PipelineFileTests {
    @Test func readsStagesInTheOrderOfTheirInputs() throws {
        let pipeline = try PipelineSupport.pipeline(
            """
            // a comment
            { dataset: { path: 'data', group: ["sex"], },
              stages: { /* the last first */
                "scores": { score: { runs: "probe", at: +0x2, } },
                probe: { train: { epochs: 3, learningRate: .5, seeds: [7, "18446744073709551615"] } },
              } }
            """, file: "some/where/p.json5")
        #expect(pipeline.instances.map(\.label) == ["probe", "scores"])
        #expect(pipeline.dataset.path == "some/where/data")
        #expect(pipeline.dataset.options.csv.groups == ["sex"])
        #expect(pipeline.name == "p.json5")
    }

    @Test func absolutePathsAndPathsOfTheCommandLineStayAsTheyAre() throws {
        let text = "{ dataset: { path: \"/data\" }, stages: { a: { train: {} } } }"
        #expect(try PipelineSupport.pipeline(text, file: "x/p.json5").dataset.path == "/data")
        #expect(try PipelineSupport.pipeline(text, ["dataset.path=here"], file: "x/p.json5").dataset.path == "here")
    }

    /// Every mistake of a file is told at once, with its line and what may have been meant.
    @Test func tellsAllMistakesAtOnce() throws {
        let problems = try PipelineSupport.problems(
            """
            {
              datset: { path: "d" },
              stages: {
                probe: { train: {
                  epocs: 3,
                  learningRate: -1,
                  lr: 0.1,
                  network: "resnet9",
                } },
                scores: { score: { runs: "prob", by: ["el2m"], out: "s.txt" } },
                late: { scor: {} },
                two: { train: {}, score: {} },
                "a.b": { train: {} },
                accuracy: { evaluate: { runs: "scores", on: 3 } },
                lonely: { evaluate: {} },
              }
            }
            """)
        let told = problems.map { "\($0.line.map(String.init) ?? "-"): \($0.sentence)" }
        let expected = [
            "-: dataset is missing",
            "2: datset is unknown",
            "5: stages.probe.train.epocs is unknown",
            "6: stages.probe.train.learningRate must be a number more than 0, not -1",
            "7: stages.probe.train.lr is unknown",
            "8: stages.probe.train.network must be linear, mlp:WIDTH,..., or resnet and a depth (8, 20, 32, 56, 18, 34, 50), not \"resnet9\"",
            "10: stages.scores.score.by must be a list of",
            "10: stages.scores.score.out must be a path that ends in .csv",
            "10: stages.scores.score.runs must be the name of a stage of kind train, not \"prob\"",
            "11: stages.late.scor is no kind of stage",
            "12: stages.two must be an object with one key, its kind",
            "13: stages.a.b is not a name for a stage",
            "14: stages.accuracy.evaluate.on must be one of test, validation, not 3",
            "14: stages.accuracy.evaluate.runs must name a stage of kind train, and 'scores' is of kind score",
            "15: stages.lonely.evaluate needs 'runs'",
        ]
        #expect(told.count == expected.count)
        for (line, start) in zip(told, expected) { #expect(line.hasPrefix(start), "\(line)") }
        let suggestions = Dictionary(problems.map { ($0.path, $0.suggestion ?? "") }) { first, _ in first }
        #expect(suggestions["datset"] == "did you mean 'dataset'?")
        #expect(suggestions["stages.probe.train.epocs"] == "did you mean 'epochs'?")
        #expect(suggestions["stages.probe.train.lr"] == "it is called 'learningRate' here")
        #expect(suggestions["stages.scores.score.runs"] == "did you mean 'probe'?")
        #expect(suggestions["stages.late.scor"] == "did you mean 'score'?")
    }

    @Test(arguments: [
        ("", 1, "the file is empty"), ("{", 1, "the file ends within an object"),
        ("{ a: 1 b: 2 }", 1, "',' or '}' is expected"), ("{\n a: [1, }\n", 2, "a value is expected"),
        ("{ a: 'x\n' }", 1, "the string is not closed"), ("/* a\n\n", 1, "the comment is not closed"),
        ("{}\n{}", 2, "something follows the end of the document"), ("{ a }", 1, "':' is expected after the name 'a'"),
        ("[1]", 1, "a pipeline is an object, not [1]"),
        // Foundation's reader traps on these two.
        ("99999999999999999999999999999999", 1, "a pipeline is an object, not 1e+32"),
        ("{\n a: 1e+ }", 2, "'1e+' is neither a number nor true, false, null or text in quotes"),
        (
            "{ // a comment ends with its line\r a: 1e+ }", 1,
            "'1e+' is neither a number nor true, false, null or text in quotes"
        ),
        ("{ a: 01 }", 1, "'01' is neither a number nor true, false, null or text in quotes"),
        ("{ a: probe }", 1, "'probe' is neither a number nor true, false, null or text in quotes"),
        (String(repeating: "[", count: 100_000), 1, "nested deeper than 32 levels"),
        (String(repeating: "{a:", count: 100_000), 1, "nested deeper than 32 levels"),
    ])
    func namesTheLineOfWhatIsNoJSON5(text: String, line: Int, message: String) throws {
        let problems = try PipelineSupport.problems(text)
        #expect(problems.map(\.message) == [message])
        #expect(problems[0].line == line)
    }

    /// Every way in which JSON5 writes numbers, names and texts.
    @Test func readsWhatJSON5Adds() throws {
        let text = """
            \u{FEFF}// names with and without quotes, /* either comment */
            { 'dataset': { path: "d" }, /* to here */ stages: { final_1: { train: {
                epochs: 0x1E, "learningRate": +5e-2, momentum: .5, weightDecay: 0., batchSize: 6.4e1, seed: 3.0,
                network: 'm\\u006Cp:\\x31\\
            6',
            }, }, }, }
            """
        let plan = try PipelinePlan(PipelineSupport.pipeline(text), on: PipelineSupport.facts(), store: nil)
        let parameters = plan.stages[0].parameters
        #expect(plan.stages[0].label == "final_1")
        #expect(parameters["epochs"] == 30 && parameters["batchSize"] == 64)
        #expect(parameters["network"] == "mlp:16")
        #expect(parameters["momentum"]?.doubleValue == 0.5)
    }

    @Test(arguments: [
        ("{ a-b: 1 }", "'a-b' is a name only in quotes"), ("{ 1a: 1 }", "'1a' is a name only in quotes"),
        ("{ a: '\\u12' }", "4 hexadecimal digits are expected"), ("{ a: '\\ud800' }", "half of a surrogate pair"),
        ("{ a: 0xFFFFFFFFFFFFFFFFF }", "the number '0xFFFFFFFFFFFFFFFFF' is out of range"),
        ("{ a: -Infinity }", "the number '-Infinity' is out of range"),
    ])
    func saysWhatIsNoJSON5(text: String, message: String) throws {
        #expect(try PipelineSupport.problems(text).map(\.message) == [message])
    }

    @Test func refusesTextThatIsNotUTF8AndNumbersBeyondAll() throws {
        let bytes = Array("{\n \"a\": \"".utf8) + [0xFF] + Array("\" }".utf8)
        let error = try #require(throws: PipelineProblems.self) {
            try Pipeline(text: bytes, file: "p.json5")
        }
        #expect(error.problems.map(\.line) == [2])
        #expect(error.problems[0].message == "the text is not valid UTF-8")
        let huge = try PipelineSupport.problems(
            "{ dataset: { path: 'd' },\n stages: { a: { train: { epochs:\n 1e999 } } } }")
        #expect(huge.count == 1)
        for number in ["123456789012345678901234567890", "1e308", "Infinity", "NaN", "-0.5", "1e9"] {
            let text = "{ dataset: { path: 'd' },\n stages: { a: { train: { epochs: \(number) } } } }"
            #expect(try PipelineSupport.problems(text).count == 1, "\(number)")
        }
    }

    @Test func namesThatOccurTwiceAreMistakes() throws {
        let problems = try PipelineSupport.problems(
            "{ dataset: { path: 'a' },\n stages: { a: { train: {} },\n \"a\": { train: {} } } }")
        #expect(problems.map(\.path) == ["stages.a"])
        #expect(problems[0].line == 3)
        #expect(problems[0].message == "is there already, in line 2")
    }

    /// Rules between parameters are checked where each is right by itself.
    @Test(arguments: [
        ("a: { train: { schedule: 'step' } }", "stages.a.train.schedule step needs `stepEpochs`"),
        ("a: { train: { schedule: 'step', stepEpochs: [3, 2] } }", "stages.a.train.stepEpochs must ascend"),
        ("a: { train: { stepFactor: 0.5 } }", "stages.a.train.stepFactor has no effect with `schedule: \"constant\"`"),
        ("a: { train: { scheduleEpochs: 9 } }", "stages.a.train.scheduleEpochs has no effect"),
        (
            "a: { train: { schedule: 'cosine', scheduleEpochs: 2 } }",
            "stages.a.train.scheduleEpochs 2 ends before `epochs: 4`"
        ),
        ("a: { train: { schedule: 'cosine', warmupEpochs: 4 } }", "stages.a.train.warmupEpochs 4 leaves nothing"),
        ("a: { train: { momentum: 0, nesterov: true } }", "stages.a.train.nesterov needs a momentum above 0"),
        ("a: { train: { cropMode: 'reflect' } }", "stages.a.train.cropMode has no effect without `crop`"),
        ("a: { train: { seeds: [1], seed: 2 } }", "stages.a.train.seed has no effect beside a list"),
        (
            "a: { train: { seeds: 2, seed: \"18446744073709551615\" } }",
            "stages.a.train.seed 18446744073709551615 leaves no room"
        ),
        ("a: { train: { seeds: [1, 1] } }", "stages.a.train.seeds names 1 twice"),
        ("a: { train: { seed: 18446744073709551615 } }", "stages.a.train.seed is too large to be a number in JSON"),
        (
            "a: { train: {} }, b: { score: { runs: 'a', at: 5 } }",
            "stages.b.score.at is 5, after the last epoch of training, 4"
        ),
        ("a: { train: {} }, b: { score: { runs: 'a', by: [] } }", "stages.b.score.by names no score"),
        ("a: { train: { epochs: [1, 1] } }", "stages.a.train.epochs.1 has 1 twice"),
        ("a: { train: { epochs: [] } }", "stages.a.train.epochs is an empty list"),
        ("a: { train: null }", "stages.a.train must be an object, not null"),
        (
            "a: { train: { epochs: [1, 2] } }, b: { score: { runs: 'a', out: 'x.csv' } }",
            "stages.b.score.out is written by both 'b[epochs=1]' and 'b[epochs=2]'"
        ),
        (
            "a: { prune: { policy: 'random', keep: [0.3, 0.5], out: 'x' } }",
            "stages.a.prune.out is written by both 'a[keep=0.3]' and 'a[keep=0.5]'"
        ),
        (
            "a: { prune: { policy: 'random', keep: 0.3, out: 'x' } }, b: { prune: { policy: 'random', keep: 1, out: 'x' } }",
            "stages.b.prune.out is written by both 'a' and 'b'"
        ),
        (
            "a: { prune: { policy: 'random', keep: [0.3, 0.5], out: 'x-{kep}' } }",
            "stages.a.prune.out has {kep}, which is no value of 'a'"
        ),
    ])
    func checksWhatBelongsTogether(stages: String, sentence: String) throws {
        let problems = try PipelineSupport.problems("{ dataset: { path: 'd' }, stages: { \(stages) } }")
        #expect(problems.count == 1)
        #expect(problems[0].sentence.hasPrefix(sentence), "\(problems[0].sentence)")
    }

    @Test func oneColumnHasOneRole() throws {
        let problems = try PipelineSupport.problems(
            "{ dataset: { path: 'd', id: 'y', group: ['y*label'] }, stages: { a: { train: {} } } }")
        #expect(problems.map(\.path) == ["dataset.group"])
        // The class may take part in a group.
        _ = try PipelineSupport.pipeline(
            "{ dataset: { path: 'd', label: 'y', group: ['y*z', 'y'] }, stages: { a: { train: {} } } }")
    }
}

/// Values from the command line in place of a file's.
@Suite struct PipelineOverrideTests {
    private static let text = "{ dataset: { path: 'd' }, stages: { final: { train: { epochs: 3 } } } }"

    @Test func takesThePlaceOfTheFilesValueOrAddsOne() throws {
        let pipeline = try PipelineSupport.pipeline(
            Self.text,
            ["stages.final.train.epochs=30", "stages.final.train.network=mlp:16", "stages.final.train.seeds=[1,2]"])
        let plan = try PipelinePlan(pipeline, on: PipelineSupport.facts(), store: nil)
        let parameters = plan.stages[0].parameters
        #expect(parameters["epochs"] == 30)
        #expect(parameters["network"] == "mlp:16")
        #expect(parameters["seeds"] == [1, 2])
    }

    @Test func mistakesSayThatTheyComeFromTheCommandLine() throws {
        let problems = try PipelineSupport.problems(
            Self.text, ["stages.final.train.epochs=many", "stages.final.train.epoch=1"])
        #expect(problems.map(\.path) == ["`set` stages.final.train.epoch", "`set` stages.final.train.epochs"])
        #expect(problems.map(\.line) == [nil, nil])
        #expect(problems[0].suggestion == "did you mean 'epochs'?")
    }

    @Test(arguments: ["epochs=3", "stages.final.epochs=3", "stages.final.train.epochs", "stages..train.epochs=1", ""])
    func refusesOtherForms(text: String) {
        #expect(throws: ValueMismatch.self) { try PipelineOverride(text) }
    }

    @Test func aStageThatIsNotThereIsAUsageErrorWithASuggestion() throws {
        let error = try #require(throws: CurateError.self) {
            try PipelineSupport.pipeline(Self.text, ["stages.finl.train.epochs=1"])
        }
        #expect(error.kind == .usage)
        #expect(error.remedy == "did you mean 'final'?")
    }
}
