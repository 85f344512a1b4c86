import Models

extension Objective {
    /// The objective as canonical parameters of a stage: what differs from plain cross-entropy, a mean over the batch; nil
    /// when nothing does.
    var parameters: JSONValue? {
        var members: [String: JSONValue] = [:]
        switch reduction {
        case .batch: break
        case .sum: members["reduction"] = "sum"
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
        return members.isEmpty ? nil : .object(members)
    }
}
