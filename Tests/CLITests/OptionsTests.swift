import Curate
import Testing
import curate

private func inspect(_ words: [String]) throws -> InspectOptions {
    try InspectOptions(ArgumentParser(InspectOptions.command { _, _ in }).parse(words))
}

private func score(_ words: [String]) throws -> curate.ScoreOptions {
    try curate.ScoreOptions(ArgumentParser(curate.ScoreOptions.command { _, _ in }).parse(words))
}

private func train(_ words: [String]) throws -> TrainOptions {
    try TrainOptions(ArgumentParser(TrainOptions.command { _, _ in }).parse(words))
}

@Suite struct DataOptionsTests {
    @Test func defaults() throws {
        let options = try inspect(["in"])
        #expect(options.top == 10)
        #expect(options.data.path == "in")
        #expect(options.data.format == nil)
        #expect(options.data.groupColumns == [])
        #expect(options.data.imageShape == nil)
        #expect(options.data.hasHeader == nil)
        #expect(!options.data.dropsUnlabelled)
        #expect(options.data.validationFraction == 0)
    }

    @Test func everything() throws {
        let options = try inspect([
            "t.csv", "--format", "csv", "--label", "y", "--id", "n", "--group", "sex,site", "--group=age", "--split",
            "part", "--image", "8x9x3", "--drop-unlabelled", "--no-header", "--validation", "0.1", "--top", "0",
        ])
        #expect(options.top == 0)
        #expect(options.data.format == .csv)
        #expect(options.data.labelColumn == "y")
        #expect(options.data.idColumn == "n")
        #expect(options.data.groupColumns == ["sex", "site", "age"])
        #expect(options.data.splitColumn == "part")
        #expect(options.data.imageShape?.height == 8)
        #expect(options.data.imageShape?.width == 9)
        #expect(options.data.imageShape?.channels == 3)
        #expect(options.data.dropsUnlabelled)
        #expect(options.data.hasHeader == false)
        #expect(options.data.validationFraction == 0.1)
    }

    @Test(arguments: [
        (["in", "--image", "28"], "--image must be a size like 28x28 or 32x32x3, not 28"),
        (["in", "--image", "0x28"], "--image must be a size like 28x28 or 32x32x3, not '0x28'"),
        (["in", "--image", "2x2x2x2"], "--image must be a size like 28x28 or 32x32x3, not '2x2x2x2'"),
        (["in", "--validation", "1"], "--validation must be at least 0 and less than 1, not 1"),
        (["in", "--label", "a", "--group", "a"], "column 'a' is given to both --label and --group"),
        (["in", "--group", "a,a"], "column 'a' is given twice to --group"),
        (
            ["in", "--format", "nyp"],
            "--format must be one of idx, cifar10, cifar100, npy, npz, csv, imagefolder, not 'nyp'"
        ),
    ])
    func mistakes(words: [String], message: String) throws {
        #expect(try usageError { _ = try inspect(words) }.message == message)
    }
}

@Suite struct TrainingOptionsTests {
    @Test func defaults() throws {
        let options = try train(["in"])
        let training = options.training
        #expect(options.output == nil)
        #expect(training.network == nil)
        #expect(training.epochs == 4 && training.batchSize == 128)
        #expect(training.learningRate == nil)
        #expect(training.momentum == 0.9 && training.usesNesterov && training.weightDecay == 0.0005)
        #expect(training.schedule == .constant && training.warmupEpochs == 0 && training.scheduleEpochs == nil)
        #expect(training.cropPadding == 0 && training.cropMode == .zero && !training.flips)
        #expect(training.seeds == [0])
        #expect(TrainingOptions.defaultNetwork(forImages: true) == "resnet8")
        #expect(TrainingOptions.defaultNetwork(forImages: false) == "mlp:256")
        #expect(TrainingOptions.defaultLearningRate(forNetwork: "resnet56") == 0.1)
        #expect(TrainingOptions.defaultLearningRate(forNetwork: "mlp:256") == 0.01)
    }

    @Test func everything() throws {
        let training = try train([
            "in", "--network", "mlp:256,128", "--epochs", "9", "--batch", "32", "--learning-rate", "0.05", "--momentum",
            "0", "--weight-decay", "0", "--schedule", "step", "--step-epochs", "3,6", "--step-factor", "0.1",
            "--warmup-epochs", "1", "--crop", "4", "--crop-mode", "reflect", "--flip", "--seed", "10", "--seeds", "2",
        ]).training
        #expect(training.network == "mlp:256,128")
        #expect(training.epochs == 9 && training.batchSize == 32 && training.learningRate == 0.05)
        #expect(training.momentum == 0 && !training.usesNesterov && training.weightDecay == 0)
        #expect(training.schedule == .step && training.stepEpochs == [3, 6] && training.stepFactor == 0.1)
        #expect(training.warmupEpochs == 1)
        #expect(training.cropPadding == 4 && training.cropMode == .reflect && training.flips)
        #expect(training.seeds == [10, 11])
    }

    @Test func aCosineMayBeCutShort() throws {
        let training = try train(["in", "--schedule", "cosine", "--epochs", "5", "--schedule-epochs", "200"]).training
        #expect(training.scheduleEpochs == 200)
        #expect(try !train(["in", "--no-nesterov"]).training.usesNesterov)
    }

    @Test(arguments: ["linear", "mlp:1", "mlp:256,128,64", "resnet8", "resnet50"])
    func networks(name: String) throws { #expect(try train(["in", "--network", name]).training.network == name) }

    @Test(
        arguments: [
            ("resnet-8", "did you mean 'resnet8'?"), ("mlp", "did you mean 'mlp:256'?"),
            ("lienar", "did you mean 'linear'?"),
            ("mlp:0", "did you mean 'mlp:256'?"), ("transformer", nil), ("mlp:", "did you mean 'mlp:256'?"),
        ] as [(String, String?)])
    func mistypedNetworks(name: String, remedy: String?) throws {
        let error = try usageError { _ = try train(["in", "--network", name]) }
        #expect(error.message.hasPrefix("--network must be linear, mlp:WIDTH"))
        #expect(error.remedy == remedy)
    }

    @Test(arguments: [
        (["--epochs", "0"], "--epochs must be 1 or more, not 0"),
        (["--momentum", "1"], "--momentum must be at least 0 and less than 1, not 1"),
        (["--learning-rate", "-0.1"], "--learning-rate must be more than 0, not -0.1"),
        (["--schedule", "step"], "--schedule step needs --step-epochs"),
        (["--schedule", "step", "--step-epochs", "6,3"], "--step-epochs must ascend, not 6,3"),
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
        (["--out", "weights.bin"], "--out must name a .safetensors file, not 'weights.bin'"),
        (["--out", "w.safetensors", "--seeds", "2"], "--out holds the weights of one run, and --seeds 2 trains more"),
    ])
    func mistakes(words: [String], message: String) throws {
        #expect(try usageError { _ = try train(["in"] + words) }.message == message)
    }

    @Test(arguments: [("--lr", "--learning-rate"), ("--batch-size", "--batch"), ("--wd", "--weight-decay")])
    func namesFromElsewhereAreAnswered(typed: String, meant: String) throws {
        #expect(try usageError { _ = try train(["in", typed, "1"]) }.remedy == "it is called '\(meant)' here")
    }
}

@Suite struct ScoreOptionsTests {
    @Test func defaults() throws {
        let options = try score(["in"])
        #expect(options.scores == [.el2n, .grand, .forgetting])
        #expect(options.convention == .dataDiet)
        #expect(options.epoch == nil && options.files == [] && options.top == 10)
        guard case .training(let data, let training) = options.source else {
            Issue.record("training was expected")
            return
        }
        #expect(data.path == "in")
        #expect(training.seeds == [0, 1, 2])
    }

    @Test func filesAndScores() throws {
        let options = try score([
            "in", "--by", "aum,el2n", "--by", "el2n", "--out", "s.csv", "--out=d/s.jsonl", "--out", "s.npz", "--at",
            "2",
            "--convention", "toneva", "--top", "3",
        ])
        #expect(options.scores == [.aum, .el2n])
        #expect(options.files.map(\.format) == [.csv, .jsonl, .npz])
        #expect(options.files.map(\.path) == ["s.csv", "d/s.jsonl", "s.npz"])
        #expect(options.epoch == 2 && options.convention == .toneva && options.top == 3)
    }

    @Test func logitsOfRunsTrainedElsewhere() throws {
        let options = try score(["--logits", "a/*.npy", "--logits", "b/*.npy", "--labels", "l.npy", "--at", "99"])
        #expect(options.source == .logits(patterns: ["a/*.npy", "b/*.npy"], labels: "l.npy"))
        #expect(options.scores == [.el2n, .forgetting])
        #expect(options.epoch == 99)
    }

    @Test func somebodysWeights() throws {
        let options = try score(["in", "--weights", "w.safetensors", "--network", "resnet18"])
        guard case .weights(let data, let path, let network) = options.source else {
            Issue.record("weights were expected")
            return
        }
        #expect(data.path == "in" && path == "w.safetensors" && network == "resnet18")
        #expect(options.scores == [.el2n, .grand])
    }

    @Test(
        arguments: [
            ([], "<data> is missing"),
            (["in", "--by", "grnad"], nil),
            (["in", "--at", "5"], "--at 5 is after the last epoch, 4"),
            (
                ["in", "--out", "s.txt"],
                "--out must name a file that ends in one of .csv, .jsonl, .npy, .npz, not 's.txt'"
            ),
            (["in", "--out", "s.csv", "--out", "s.csv"], "--out names 's.csv' twice"),
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
        ] as [([String], String?)])
    func mistakes(words: [String], message: String?) throws {
        let error = try usageError { _ = try score(words) }
        if let message {
            #expect(error.message == message)
        } else {
            #expect(error.remedy == "did you mean 'grand'?")
        }
    }

    @Test func epochZeroIsRefusedWithTheReason() throws {
        let error = try usageError { _ = try score(["in", "--at", "0"]) }
        #expect(error.message.hasPrefix("--at 0 is refused: before training"))
        #expect(error.remedy == "score at epoch 1 or later")
    }
}
