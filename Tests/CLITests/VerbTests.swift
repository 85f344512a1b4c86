import Curate
import Testing
import curate

/// What a command line of a verb becomes: the values of the dataset's parameters, and stages.
private struct Described {
    let data: [String: JSONValue]
    let stages: [String: JSONValue]
    let pipeline: Pipeline

    /// The parameters of a stage.
    subscript(stage: String) -> [String: JSONValue] { stages[stage]?.objectValue?.first?.value.objectValue ?? [:] }

    init(
        _ command: Command, _ words: [String], _ exposures: [Exposure],
        stages: (ParsedArguments) throws -> [String: JSONValue]
    ) throws {
        do {
            let arguments = try ArgumentParser(command).parse(words)
            self.stages = try stages(arguments)
            let source = try DataOptions.source(arguments)
            data = source.given
            pipeline = try VerbPipeline.pipeline(command.name, source, self.stages, exposures)
        } catch let error as CurateError {
            // As it is shown.
            throw command.spelling.spelled(error)
        }
    }
}

private func train(_ words: String...) throws -> Described { try train(words) }

private func train(_ words: [String]) throws -> Described {
    try Described(TrainVerb.command, ["in"] + words, [TrainVerb.train]) {
        VerbPipeline.training(TrainVerb.train, $0)
    }
}

private func score(_ words: [String]) throws -> Described {
    try Described(
        ScoreVerb.command, words, [ScoreVerb.score, ScoreVerb.suspects, ScoreVerb.stability, ScoreVerb.train]
    ) { arguments in
        _ = try ScoreSource(arguments)
        return VerbPipeline.training(ScoreVerb.train, arguments).merging(ScoreVerb.stages(arguments)) { $1 }
    }
}

private func prune(_ words: [String]) throws -> Described {
    try Described(PruneVerb.command, ["in"] + words, [PruneVerb.prune, PruneVerb.suspects, PruneVerb.train]) {
        try PruneVerb.stages($0)
    }
}

private func curve(_ words: [String]) throws -> Described {
    try Described(CurveVerb.command, ["in"] + words, [CurveVerb.curve, CurveVerb.train, CurveVerb.probe]) {
        CurveVerb.stages($0)
    }
}

@Suite struct DataOptionsTests {
    @Test func whatIsNotGivenIsNotSaid() throws { #expect(try train().data == [:]) }

    @Test func everything() throws {
        let data = try train(
            "--format", "csv", "--label", "y", "--id", "n", "--group", "sex,site", "--group=age", "--split", "part",
            "--image", "8x9x3", "--drop-unlabelled", "--no-header", "--validation", "0.1", "--delimiter", "tab",
            "--ignore", "a,b", "--layout", "channels-first", "--image-size", "64"
        ).data
        #expect(
            data == [
                "format": "csv", "label": "y", "id": "n", "group": ["sex", "site", "age"], "split": "part",
                "image": "8x9x3", "dropUnlabelled": true, "header": false, "validation": 0.1, "delimiter": "tab",
                "ignore": ["a", "b"], "layout": "channels-first", "imageSize": 64,
            ])
    }

    @Test func theWordsReadTheSameData() throws {
        let words = ["--group", "sex,site", "--no-header", "--validation", "0.25", "--image", "8x8", "--label", "y"]
        let source = try DataOptions.source(ArgumentParser(InspectVerb.command).parse(["in put"] + words))
        let again = try DataOptions.source(ArgumentParser(InspectVerb.command).parse(source.words))
        #expect(source.words[0] == "in put")
        #expect(again.given == source.given && again.path == source.path)
    }

    @Test(arguments: [
        (["--image", "28"], "--image must be a size like 28x28 or 32x32x3, not \"28\""),
        (["--image", "0x28"], "--image must be a size like 28x28 or 32x32x3, not \"0x28\""),
        (["--image", "2x2x2x2"], "--image must be a size like 28x28 or 32x32x3, not \"2x2x2x2\""),
        (["--validation", "1"], "--validation must be a number at least 0 and less than 1, not 1"),
        (["--id", "a", "--group", "a*b"], "--group names the column 'a', which is given to --id already"),
        (["--group", "a,a"], "--group names \"a\" twice"),
        (
            ["--format", "nyp"],
            "--format must be one of idx, cifar10, cifar100, npy, npz, safetensors, csv, imagefolder, not \"nyp\""
        ),
    ])
    func mistakes(words: [String], message: String) throws {
        #expect(try usageError { _ = try train(words) }.message == message)
    }
}

@Suite struct TrainVerbTests {
    @Test func onlyWhatIsGivenIsSaid() throws {
        #expect(try train()["train"] == [:])
        #expect(try train("--seeds", "1")["train"] == ["seeds": 1])
    }

    @Test func everything() throws {
        let described = try train(
            "--network", "mlp:256,128", "--epochs", "9", "--batch", "32", "--learning-rate", "0.05", "--momentum", "0",
            "--weight-decay", "0", "--schedule", "step", "--step-epochs", "3,6", "--step-factor", "0.1",
            "--warmup-epochs", "1", "--crop", "4", "--crop-mode", "reflect", "--flip", "--seed", "10", "--seeds", "2")
        #expect(
            described["train"] == [
                "network": "mlp:256,128", "epochs": 9, "batchSize": 32, "learningRate": 0.05, "momentum": 0.0,
                "weightDecay": 0.0, "schedule": "step", "stepEpochs": [3, 6], "stepFactor": 0.1, "warmupEpochs": 1,
                "crop": 4, "cropMode": "reflect", "flip": true, "seed": 10, "seeds": 2,
            ])
    }

    @Test func aSplitIsAStageBefore() throws {
        let described = try train("--train-on", "half", "--no-nesterov")
        #expect(described["train"] == ["split": "split", "nesterov": false])
        #expect(described["split"] == ["from": "half"])
    }

    @Test(arguments: ["linear", "mlp:1", "mlp:256,128,64", "resnet8", "resnet50"])
    func networks(name: String) throws {
        #expect(try train(["--network", name])["train"]["network"]?.stringValue == name)
    }

    @Test(
        arguments: [
            ("resnet-8", "did you mean 'resnet8'?"), ("mlp", "did you mean 'mlp:256'?"),
            ("lienar", "did you mean 'linear'?"), ("mlp:0", "did you mean 'mlp:256'?"), ("transformer", nil),
            ("mlp:", "did you mean 'mlp:256'?"),
        ] as [(String, String?)])
    func mistypedNetworks(name: String, remedy: String?) throws {
        let error = try usageError { _ = try train(["--network", name]) }
        #expect(error.message.hasPrefix("--network must be linear, mlp:WIDTH"))
        #expect(error.remedy == remedy)
    }

    @Test(arguments: [
        (["--epochs", "0"], "--epochs must be a whole number from 1 to 1000000, not 0"),
        (["--momentum", "1"], "--momentum must be a number at least 0 and less than 1, not 1"),
        (["--learning-rate", "-0.1"], "--learning-rate must be a number more than 0, not -0.1"),
        (["--schedule", "step"], "--schedule step needs --step-epochs"),
        (["--schedule", "step", "--step-epochs", "6,3"], "--step-epochs must ascend, not [6,3]"),
        (["--step-epochs", "3"], "--step-epochs has no effect with --schedule constant"),
        (["--schedule", "cosine", "--step-factor", "0.1"], "--step-factor has no effect with --schedule cosine"),
        (["--schedule-epochs", "9"], "--schedule-epochs has no effect with --schedule constant"),
        (["--schedule", "cosine", "--schedule-epochs", "3"], "--schedule-epochs 3 ends before --epochs 4"),
        (
            ["--schedule", "cosine", "--warmup-epochs", "4"],
            "--warmup-epochs 4 leaves nothing of a cosine over 4 epochs"
        ),
        (["--crop-mode", "reflect"], "--crop-mode has no effect without --crop"),
        (["--nesterov", "--momentum", "0"], "--nesterov needs a momentum above 0"),
        (
            ["--seed", "18446744073709551615", "--seeds", "2"],
            "--seed 18446744073709551615 leaves no room for 2 seeds of 64 bits"
        ),
        (["--out", "weights.bin"], "--out must be a path that ends in .safetensors, not \"weights.bin\""),
        (["--out", "w.safetensors", "--seeds", "2"], "--out holds the weights of one run, and --seeds trains 2"),
    ])
    func mistakes(words: [String], message: String) throws {
        #expect(try usageError { _ = try train(words) }.message == message)
    }

    @Test(arguments: [
        ("--lr", "--learning-rate"), ("--batch-size", "--batch"), ("--wd", "--weight-decay"),
        ("--num_epochs", "--epochs"),
    ])
    func namesFromElsewhereAreAnswered(typed: String, meant: String) throws {
        #expect(try usageError { _ = try train([typed, "1"]) }.remedy == "it is called '\(meant)' here")
    }
}

@Suite struct ScoreVerbTests {
    @Test func defaults() throws {
        let described = try score(["in"])
        #expect(described["train"] == ["seeds": 3])
        #expect(described["score"] == ["runs": "train", "by": ["el2n", "grand", "forgetting"]])
        #expect(described["suspects"] == [:])
    }

    @Test func filesAndScores() throws {
        let described = try score([
            "in", "--by", "aum,el2n", "--out", "s.csv", "--out=d/s.jsonl", "--out", "s.npz", "--at", "2",
            "--convention", "toneva", "--top", "3",
        ])
        #expect(
            described["score"] == [
                "runs": "train", "by": ["aum", "el2n"], "out": ["s.csv", "d/s.jsonl", "s.npz"], "at": 2,
                "convention": "toneva",
            ])
    }

    @Test func labelIssuesAreAStageOfSuspects() throws {
        let described = try score(["in", "--by", "label-issues", "--folds", "3", "--suspects", "s.csv", "--at", "1"])
        #expect(described["suspects"] == ["runs": "train", "folds": 3, "out": "s.csv", "at": 1])
        #expect(described["score"] == [:])
    }

    @Test func somewhereElse() throws {
        let command = ScoreVerb.command
        let logits = try ArgumentParser(command).parse(["--logits", "a/*.npy", "--logits", "b/*.npy", "--labels", "l"])
        guard case .logits(let patterns, let labels) = try ScoreSource(logits) else {
            Issue.record("logits were expected")
            return
        }
        #expect(patterns == ["a/*.npy", "b/*.npy"] && labels == "l")
        let weights = try ArgumentParser(command).parse(["in", "--weights", "w.safetensors", "--network", "resnet18"])
        guard case .weights(let path, let network) = try ScoreSource(weights) else {
            Issue.record("weights were expected")
            return
        }
        #expect(path == "w.safetensors" && network == "resnet18")
    }

    @Test(
        arguments: [
            ([], "<data> is missing"),
            (["in", "--by", "grnad"], "--by must be a list of "),
            (["in", "--at", "5"], "--at is 5, after the last epoch of training, 4"),
            (["in", "--at", "0"], "--at 0 is refused: before training"),
            (
                ["in", "--out", "s.txt"],
                "--out must be a path that ends in .csv, .jsonl, .npy, .npz, or a list of such"
            ),
            (["in", "--out", "s.csv", "--out", "s.csv"], "--out names \"s.csv\" twice"),
            (["in", "--labels", "l.npy"], "--labels does not fit here: it goes with --logits"),
            (["--logits", "a.npy"], "--logits needs --labels"),
            (["--logits", "a1.npy", "a2.npy", "--labels", "l"], "--logits takes the place of <data>; both are given"),
            (
                ["--logits", "a", "--labels", "l", "--epochs", "3"],
                "--epochs does not fit here: with --logits nothing is read or trained"
            ),
            (
                ["--logits", "a", "--labels", "l", "--by", "grand"],
                "grand cannot be computed from logits: it needs the gradients of every parameter"
            ),
            (["in", "--weights", "w"], "--weights needs --network"),
            (
                ["in", "--weights", "w", "--network", "resnet8", "--seeds", "2"],
                "--seeds does not fit here: with --weights nothing is trained"
            ),
            (
                ["in", "--weights", "w", "--network", "resnet8", "--by", "el2n,forgetting"],
                "forgetting cannot be computed from one checkpoint: it needs several epochs"
            ),
            (["in", "--folds", "3"], "--folds goes with --by label-issues"),
            (
                ["in", "--by", "label-issues", "--folds", "3", "--method", "aum"],
                "--folds does not go with --method aum"
            ),
            (["in", "--max-seeds", "5"], "--max-seeds goes with --until-stable"),
            (
                ["in", "--until-stable", "--seeds", "5"],
                "--until-stable finds the number of seeds, and --seeds gives it"
            ),
        ] as [([String], String)])
    func mistakes(words: [String], message: String) throws {
        #expect(try usageError { _ = try score(words) }.message.hasPrefix(message))
    }

    @Test func epochZeroIsRefusedWithTheReason() throws {
        let error = try usageError { _ = try score(["in", "--at", "0"]) }
        #expect(error.message.contains("loading a trained checkpoint by mistake"))
        #expect(error.remedy == "score at epoch 1 or later")
    }
}

@Suite struct PruneVerbTests {
    @Test func scoresAreTrainedFor() throws {
        let described = try prune(["--keep", "0.5", "--by", "el2n:2,aum", "--seed", "3", "--run-seed", "7"])
        #expect(described["train"] == ["seeds": 3, "seed": 7])
        #expect(described["score"] == ["runs": "train", "by": ["el2n", "aum"]])
        #expect(described["prune"] == ["scores": "score", "keep": 0.5, "by": ["el2n:2", "aum"], "seed": 3])
        #expect(try prune(["--policy", "dual", "--keep", "0.5"])["score"]["by"] == ["el2n", "confidence"])
        #expect(try prune(["--policy", "random", "--keep", "0.5"]).stages.keys.sorted() == ["prune"])
        let recall = try prune(["--policy", "random", "--keep", "0.5", "--quota", "worst-class"])
        #expect(recall.stages.keys.sorted() == ["prune", "score", "train"])
    }

    @Test func filesTakeThePlaceOfRuns() throws {
        let described = try prune(["--scores", "s.csv", "--suspects", "x.csv", "--keep", "0.5", "--materialize", "m"])
        #expect(described.stages.keys.sorted() == ["prune"])
        #expect(
            described["prune"] == ["scoresFile": "s.csv", "suspectsFile": "x.csv", "keep": 0.5, "materialize": "m"])
    }

    @Test func suspectsAreLookedFor() throws {
        let described = try prune(["--policy", "random", "--drop-suspects", "--method", "aum", "--seeds", "1"])
        #expect(described["suspects"] == ["runs": "train", "method": "aum"])
        #expect(described["prune"] == ["policy": "random", "exclude": "suspects"])
        #expect(described["train"] == ["seeds": 1])
        let known = try prune(["--policy", "random", "--drop-suspects", "--probabilities", "p.npy"])
        #expect(known.stages.keys.sorted() == ["prune"])
    }

    @Test(
        arguments: [
            ([], "--keep is missing, and nothing else says how much to keep"),
            (["--keep", "0"], "--keep must be a number more than 0 and at most 1, not 0"),
            (["--keep", "1", "--by", "el2n,el2n"], "--by names \"el2n\" twice"),
            (["--keep", "1", "--by", ":2"], "--by must hold scores"),
            (["--keep", "1", "--by", "el2n:x"], "--by must have a weight above 0 after the colon"),
            (["--keep", "1", "--by", "elwn"], "--by must be a list of el2n"),
            (["--keep", "1", "--policy", "window"], "--policy window needs --drop-hardest"),
            (["--keep", "1", "--strata", "5"], "--strata has no effect with the policy hardest"),
            (["--keep", "1", "--policy", "random", "--by", "el2n"], "--by does not go with the policy random"),
            (
                ["--keep", "1", "--policy", "random", "--epochs", "3"],
                "--epochs does not go with --policy random, for which nothing is trained"
            ),
            (
                ["--keep", "1", "--scores", "s.csv", "--network", "linear"],
                "--network does not go with --scores, with which nothing is trained"
            ),
            (["--keep", "1", "--folds", "3"], "--folds says how to look for label suspects, and none are looked for"),
            (
                ["--keep", "1", "--suspects", "a.csv", "--probabilities", "b.npy"],
                "--probabilities and --suspects both say which labels are suspect"
            ),
            (["--keep", "1", "--recall", "r.csv"], "--recall has no effect without the quota worst-class"),
            (["--keep", "1", "--floor", "3", "--quota", "balanced"], "--floor does not go with the quota balanced"),
            (
                ["--keep", "1", "--per", "sex"],
                "--per has no effect without a proportional or balanced quota or a floor"
            ),
            (
                ["--keep", "1", "--policy", "class-balanced", "--quota", "balanced"],
                "--quota does not go with class-balanced, which is a quota itself"
            ),
        ] as [([String], String)])
    func mistakes(words: [String], message: String) throws {
        let error = try usageError { _ = try prune(words) }
        #expect(error.message.hasPrefix(message), "\(error)")
    }
}

@Suite struct CurveVerbTests {
    @Test func theProbeIsTheBeginningOfTheRuns() throws {
        let described = try curve([
            "--epochs", "9", "--schedule", "cosine", "--by", "el2n,random", "--score-seeds", "2",
        ])
        #expect(described["train"] == ["epochs": 9, "schedule": "cosine", "seeds": 3])
        #expect(
            described["probe"] == ["epochs": 4, "schedule": "cosine", "seeds": 2, "scheduleEpochs": 9])
        #expect(described["scores"] == ["runs": "probe", "by": ["el2n"]])
        #expect(described["curve"] == ["runs": "train", "scores": "scores", "by": ["el2n"]])
        #expect(try curve(["--by", "random"]).stages.keys.sorted() == ["curve", "train"])
        #expect(try curve(["--epochs", "2"])["probe"]["epochs"] == 2)
        #expect(try curve(["--score-epochs", "1"])["probe"]["epochs"] == 1)
    }

    @Test(
        arguments: [
            (["--train-on", "half"], "runs trains on a split"),
            (["--policy", "window"], "--policy window needs --drop-hardest"),
            (["--drop-hardest", "0.1"], "--drop-hardest is for the policies ccs and window"),
            (["--keep", "1"], "--keep asks for all data, which is always there"),
            (["--budget", "epoch"], "--budget must be a list of epochs, steps"),
        ] as [([String], String)])
    func mistakes(words: [String], message: String) throws {
        let error = try usageError { _ = try curve(words) }
        #expect(error.message.hasPrefix(message), "\(error)")
    }
}
