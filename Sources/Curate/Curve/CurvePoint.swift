/// One point of a curve: a method at a kept fraction and a budget, over its seeds.
public struct CurvePoint: Sendable, Equatable {
    /// How the sets were chosen.
    public let method: CurveRun.Method
    /// What was held equal.
    public let budget: CurveRun.Budget
    /// The share that was kept.
    public let keptFraction: Double
    /// How many examples were kept.
    public let keptCount: Int
    /// The epochs of each training.
    public let epochs: Int
    /// The steps of each training.
    public let steps: Int
    /// The accuracy of each seed, in 0...1.
    public let accuracies: [UInt64: Double]
    /// The mean accuracy.
    public let mean: Double
    /// The standard deviation over seeds, divisor n - 1; nil for one seed.
    public let deviation: Double?
    /// The mean over seeds of the recall of each run's worst class; nil without held-out examples of any class.
    public let worstClassRecall: Double?
    /// The class whose mean recall is lowest.
    public let worstClass: Int?
    /// The largest class of the kept set over its smallest, mean over seeds; infinite when a class is lost.
    public let imbalance: Double
    /// The difference to random sets of the same size; nil for these themselves.
    public let againstRandom: PairedDifference?
    /// The difference to class-balanced random sets of the same size; nil for these themselves.
    public let againstClassBalanced: PairedDifference?
    /// The difference to all data; nil for all data.
    public let againstFull: PairedDifference?
    /// After how many trainings on the kept set its scores are paid for; nil when never, or when nothing was scored.
    public let breakEven: Int?
}
