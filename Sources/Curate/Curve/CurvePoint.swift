/// One point of a curve: a method at a kept fraction and a budget, over its seeds.
package struct CurvePoint: Sendable, Equatable {
    /// How the sets were chosen.
    package let method: CurveRun.Method
    /// What was held equal.
    package let budget: CurveRun.Budget
    /// The share that was kept.
    package let keptFraction: Double
    /// How many examples were kept.
    package let keptCount: Int
    /// The epochs of each training.
    package let epochs: Int
    /// The steps of each training.
    package let steps: Int
    /// The accuracy of each seed, in 0...1.
    package let accuracies: [UInt64: Double]
    /// The mean accuracy.
    package let mean: Double
    /// The standard deviation over seeds, divisor n - 1; nil for one seed.
    package let deviation: Double?
    /// The mean over seeds of the recall of each run's worst class; nil without held-out examples of any class.
    package let worstClassRecall: Double?
    /// The class whose mean recall is lowest.
    package let worstClass: Int?
    /// The largest class of the kept set over its smallest, mean over seeds; infinite when a class is lost.
    package let imbalance: Double
    /// The difference to random sets of the same size; nil for these themselves.
    package let againstRandom: PairedDifference?
    /// The difference to class-balanced random sets of the same size; nil for these themselves.
    package let againstClassBalanced: PairedDifference?
    /// The difference to all data; nil for all data.
    package let againstFull: PairedDifference?
    /// After how many trainings on the kept set its scores are paid for; nil when never, or when nothing was scored.
    package let breakEven: Int?
}
