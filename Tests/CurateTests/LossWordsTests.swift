import Curate
import Models
import Testing

/// What a `train` stage says of losses, deferral and recipes, and what is said of it when that does not fit.
@Suite struct LossWordsTests {
    private static func text(_ members: String, path: String = "d.csv") -> String {
        """
        { dataset: { path: "\(path)", group: ["sex"], split: "part" },
          stages: { t: { train: { network: "linear", \(members) } } } }
        """
    }

    @Test(arguments: [
        ("margin: 0.3", "margin", "loss: \"ldam\""), ("loss: \"cdt\", tau: 1", "tau", "`loss: \"cdt\"`"),
        ("loss: \"vs\", focalGamma: 1", "focalGamma", "`loss: \"focal\"`"),
        ("headScale: 10", "headScale", "cosine"), ("mixAlpha: 0.2", "mixAlpha", "`mix: \"mixup\"`"),
        ("mix: \"mixup\", remixRatio: 2", "remixRatio", "`mix: \"remix\"`"),
        ("loss: \"radius-margin\", head: \"cosine\"", "head", "linear head"),
        ("loss: \"soft-f1\", mix: \"mixup\"", "mix", "one label"),
        ("loss: \"focal\", labelSmoothing: 0.1", "labelSmoothing", "softmax"),
        ("objective: \"lff\", loss: \"vs\"", "loss", "lff"), ("objective: \"cvar\", mix: \"mixup\"", "mix", "cvar"),
        ("objective: \"cvar\", reduction: \"weight-sum\"", "reduction", "weights"),
        ("drw: 0.8, drs: 0.8", "drs", "`drw`"), ("drw: 0.8, balance: \"none\"", "drw", "nothing to defer"),
        ("drw: 0.5, balance: \"classes\", balanceBy: \"sampling\"", "drw", "`drs`"),
        ("drs: 0.5, balance: \"classes\", balanceBy: \"weights\"", "drs", "`drw`"),
        ("drw: 0.5, balance: \"classes\", balanceBy: \"subsample\"", "drw", "deferred"),
        ("balanceBeta: 0.9", "balanceBeta", "effective-number"), ("warmupBy: \"epoch\"", "warmupBy", "`warmupEpochs`"),
        ("drw: 1", "drw", "1"), ("drw: 0.8, epochs: 1", "drw", "never begins"),
        ("drs: 0.9, epochs: 4", "drs", "epoch"), ("headScale: 1e-46, head: \"cosine\"", "headScale", "0.001"),
        ("weightDecay: 1e39", "weightDecay", "1000000"), ("loss: \"vs\", tau: 1e300", "tau", "1000"),
        ("mix: \"mixup\", mixAlpha: 1e300", "mixAlpha", "1000"), ("loss: \"ladm\"", "loss", "ldam"),
        ("recipe: \"ldam-dwr\"", "recipe", "ldam-drw"),
        ("scheduleEpochs: 9", "scheduleEpochs", "`drw: 0.8`"),
    ]) func whatDoesNotFitIsRefused(members: String, parameter: String, said: String) throws {
        let problems = try PipelineSupport.problems(Self.text(members))
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.path.hasSuffix("." + parameter) == true, "\(problems)")
        #expect(problems.first.map { "\($0.message) \($0.suggestion ?? "")".contains(said) } == true, "\(problems)")
    }

    private static func recipe(_ members: String) throws -> Recipe {
        let directory = StoreDirectory()
        let path = try PipelineSupport.writeTable(in: directory)
        let plan = try PipelineRunner(PipelineSupport.environment()).plan(
            try PipelineSupport.pipeline(text(members, path: path)), store: nil)
        return try #require(plan.recipe(of: "t"))
    }

    @Test func lossesBringTheirHeads() throws {
        #expect(try Self.recipe("loss: \"ldam\"").head == .cosine(scale: 30))
        #expect(try Self.recipe("loss: \"ldam\", head: \"linear\"").head == .linear)
        #expect(try Self.recipe("loss: \"vs\"").head == .linear)
        #expect(try Self.recipe("loss: \"vs\"").objective.loss == .vectorScaling(gamma: 0.05, tau: 1, byGroup: false))
        #expect(try Self.recipe("loss: \"cdt\"").objective.loss == .vectorScaling(gamma: 0.2, tau: 0, byGroup: false))
    }

    @Test func deferralIsAShareOfTheTraining() throws {
        let late = try Self.recipe("epochs: 200, drw: 0.8")
        #expect(late.balance == Balance(.classes, by: .effectiveNumber, startEpoch: 160))
        #expect(try Self.recipe("epochs: 5, scheduleEpochs: 90, drw: 0.667").balance?.startEpoch == 60)
        #expect(try Self.recipe("epochs: 10, drs: 0.5").balance == Balance(.classes, by: .sampling, startEpoch: 5))
        let groups = try Self.recipe("epochs: 10, drw: 0.5, balance: \"groups\", balanceBy: \"weights\"")
        #expect(groups.balance == Balance(.groups, by: .weights, startEpoch: 5))
    }

    /// A recipe by name is what LDAM-DRW trains with, any part of it can be said otherwise, and pictures alone are cropped.
    @Test func recipesAreTheirParameters() throws {
        let named = try Self.recipe("recipe: \"ldam-drw\"")
        #expect(named.schedule.shape == .step(epochs: [160, 180], factor: 0.01))
        #expect(named.schedule.warmupEpochs == 5 && named.schedule.warmsByEpoch)
        #expect(named.schedule.learningRate == 0.1 && !named.optimizer.isNesterov)
        #expect(named.optimizer.weightDecay == 0.0002)
        #expect(named.objective.loss == .marginSoftmax(largestMargin: 0.5) && named.objective.reduction == .weightSum)
        #expect(named.balance == Balance(.classes, by: .effectiveNumber, startEpoch: 160))
        #expect(named.head == .cosine(scale: 30) && !named.augmentation.isActive)
        let shorter = try Self.recipe("recipe: \"ldam-drw\", epochs: 40, margin: 0.3, learningRate: 0.05")
        #expect(shorter.schedule.shape == .step(epochs: [32, 36], factor: 0.01))
        #expect(shorter.balance?.startEpoch == 32 && shorter.schedule.warmupEpochs == 1)
        #expect(shorter.objective.loss == .marginSoftmax(largestMargin: 0.3) && shorter.schedule.learningRate == 0.05)
        // In full it is the same run as by its name.
        let full = try Self.recipe(
            """
            loss: "ldam", drw: 0.8, reduction: "weight-sum", epochs: 200, batchSize: 128, learningRate: 0.1, \
            momentum: 0.9, nesterov: false, weightDecay: 0.0002, warmupEpochs: 5, warmupBy: "epoch", \
            schedule: "step", stepEpochs: [160, 180], stepFactor: 0.01
            """)
        #expect(full == named)
    }

    /// Every recipe can be trained, for one epoch too, and says only what there is.
    @Test func everyRecipeFits() throws {
        for recipe in NamedRecipe.all {
            for epochs in [1, 2, 7, 200] {
                _ = try PipelineSupport.pipeline(Self.text("recipe: \"\(recipe.name)\", epochs: \(epochs)"))
            }
            #expect(recipe.values(epochs: 3).keys.allSatisfy { StageKind.train.parameter($0) != nil })
        }
    }
}
