/// What an example's loss is, by its logits z, its label y and what a training set says of the classes.
///
/// With π_c the share of class c among what is trained on, n_c its examples (what they count, so that weights and copies
/// are in it) and u = z / Δ + ι - m [c = y], the first rows are -log softmax(u)_y. What a training set decides is settled
/// by `Objective.settled(on:)`; every table is of the examples that are trained on.
package enum Loss: Sendable, Equatable {
    /// The cross-entropy of the softmax: u = z.
    case crossEntropy
    /// The cross-entropy times (1 - p_y)^exponent.
    ///
    /// Focal Loss for Dense Object Detection (Lin, Goyal, Girshick, He, Dollár, 2017; equation 4), for a softmax. The power
    /// reads the probability; code that takes it from a loss that was already weighted (LDAM-DRW's `FocalLoss`) reads
    /// exp(-w l), which is none.
    case focal(exponent: Double)
    /// One binary cross-entropy for every class, each times (1 - p)^exponent of what is right; 0 for the plain one.
    ///
    /// Class-Balanced Loss Based on Effective Number of Samples (Cui, Jia, Lin, Song, Belongie, 2019; section 4), whose code
    /// divides the sum over the classes by the examples of a batch, as here.
    case sigmoid(exponent: Double)
    /// m_c = s · largestMargin · (n_min / n_c)^(1/4), s the scale of a cosine head and 1 without one.
    ///
    /// Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss (Cao, Wei, Gaidon, Arechiga, Ma, 2019;
    /// equation 13), with the constant C chosen so that the rarest class has the largest margin, as the authors' code does.
    case marginSoftmax(largestMargin: Double)
    /// max(0, max_{c ≠ y} z_c - z_y + m_y) with the margins of `marginSoftmax`.
    ///
    /// Cao et al. 2019, equation 12, LDAM-HG; there is no public code of it.
    case marginHinge(largestMargin: Double)
    /// Δ_c = (n_max / n_c)^gamma and ι_c = tau log π_c.
    ///
    /// Label-Imbalanced and Group-Sensitive Classification under Overparameterization (Kini, Paraskevas, Oymak,
    /// Thrampoulidis, 2021; equation 2), the VS-loss. gamma 0 is the logit-adjusted loss (Long-Tail Learning via Logit
    /// Adjustment; Menon, Jayasumana, Rawat, Jain, Veit, Kumar, 2021; equation 10), of which tau 1 is balanced softmax (Ren
    /// et al. 2020; the difference is one constant for all classes). tau 0 is CDT (Ye, Chen, Zhan, Chao, 2020).
    ///
    /// By group, n and π are those of the class within the example's own group (section 4 of Kini et al.). The authors' code
    /// for groups adds one ι to both logits, which a softmax does not see.
    case vectorScaling(gamma: Double, tau: Double, byGroup: Bool)
    /// u_y = z_y - r_y ‖w_y‖ and u_c = z_c + r_y ‖w_c‖ elsewhere: every example is a ball of radius r_y around its features.
    ///
    /// Jianlin Su, 2020, "Mitigating class imbalance by mutual information", where the head's weights w are differentiated
    /// through. Here r_c = largestRadius · (n_min / n_c)^(1/4), as the margins of LDAM.
    case radiusMargin(largestRadius: Double)
    /// Binary cross-entropies whose weights are the gradient of a smooth F1 = 2 E[y p] / E[y + p]: 1 - F1/2 for what is
    /// right and F1/2 for what is not, F1 being the running one of `RunningF1`.
    ///
    /// Jianlin Su, 2020, "Thoughts on the class imbalance problem", with p replaced by log p. Two classes are one
    /// probability, of the rarer one; more are one against the rest each, averaged.
    ///
    /// - Parameters:
    ///   - floor: the least that F1/2 and 1 - F1/2 are taken as, in [0, 0.5].
    ///   - kept: the share of the running sums that stays from batch to batch, in [0, 1).
    case softF1(floor: Double, kept: Double)

    /// Whether it is -log of a softmax of its logits, mapped or not, and so has a form for labels that are spread.
    var isSoftmax: Bool {
        switch self {
        case .crossEntropy, .marginSoftmax, .vectorScaling, .radiusMargin: true
        case .focal, .sigmoid, .marginHinge, .softF1: false
        }
    }

    /// Whether it depends on how many examples the classes have.
    package var needsCounts: Bool {
        switch self {
        case .crossEntropy, .focal, .sigmoid: false
        case .marginSoftmax, .marginHinge, .vectorScaling, .radiusMargin, .softF1: true
        }
    }

    /// Whether it depends on the groups of the examples.
    package var needsGroups: Bool {
        if case .vectorScaling(_, _, let byGroup) = self { return byGroup }
        return false
    }
}
