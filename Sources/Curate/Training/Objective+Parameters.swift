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
        return members.isEmpty ? nil : .object(members)
    }
}
