import Models

extension Objective {
    /// The objective as canonical parameters of a stage: what differs from plain cross-entropy, a mean over the batch; nil
    /// when nothing does.
    var parameters: JSONValue? {
        var members: [String: JSONValue] = [:]
        switch reduction {
        case .batch: break
        case .sum: members["reduction"] = "sum"
        case .weightSum: members["reduction"] = "weight-sum"
        }
        if labelSmoothing != 0 { members["labelSmoothing"] = .double(labelSmoothing) }
        switch risk {
        case .mean: break
        case .worstGroup(let step, let adjustment):
            members["risk"] = "worst-group"
            members["step"] = .double(step)
            members["adjustment"] = .double(adjustment)
        case .tail(let share):
            members["risk"] = "tail"
            members["share"] = .double(share)
        case .failures: members["risk"] = "failures"
        }
        if let generalizedExponent { members["generalizedExponent"] = .double(generalizedExponent) }
        if let tailSmoothing { members["tailSmoothing"] = .double(tailSmoothing) }
        if let loss = loss.parameters { members["loss"] = loss }
        return members.isEmpty ? nil : .object(members)
    }
}

extension Loss {
    /// The loss as canonical parameters of a stage; nil for the plain cross-entropy.
    fileprivate var parameters: JSONValue? {
        switch self {
        case .crossEntropy: nil
        case .focal(let exponent): ["form": "focal", "exponent": .double(exponent)]
        case .sigmoid(let exponent): ["form": "sigmoid", "exponent": .double(exponent)]
        case .marginSoftmax(let largest): ["form": "margin-softmax", "largestMargin": .double(largest)]
        case .marginHinge(let largest): ["form": "margin-hinge", "largestMargin": .double(largest)]
        case .vectorScaling(let gamma, let tau, let byGroup):
            [
                "form": "vector-scaling", "gamma": .double(gamma), "tau": .double(tau), "byGroup": .bool(byGroup),
            ]
        case .radiusMargin(let largest): ["form": "radius-margin", "largestRadius": .double(largest)]
        case .softF1(let floor, let kept): ["form": "soft-f1", "floor": .double(floor), "kept": .double(kept)]
        }
    }
}
