extension RunCache.Outcome {
    /// A run as every verb and every stage tells it to programs.
    ///
    /// Keys: `key`, `seed`, `cached`, `trainedEpochs` (now), `seconds` (now and before), `losses` and `trainAccuracies` by
    /// epoch, `validationLosses` and `validationAccuracies` by epoch (null for epochs that an older version did not
    /// evaluate), and after the last epoch `validationAccuracy` and `testAccuracy`, null where there are no such examples.
    package var json: JSONValue {
        var members = resultJSON.objectValue ?? [:]
        members["cached"] = .bool(wasCached)
        members["trainedEpochs"] = .int(trainedEpochCount)
        members["seconds"] = .double(seconds)
        return .object(members)
    }

    /// What of it is the same whoever trained it, and when.
    var resultJSON: JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map { .double($0) } ?? .null }
        return [
            "key": .string(key.hexadecimal), "seed": JSONValue(seed), "losses": .array(losses.map { .double($0) }),
            "trainAccuracies": .array(accuracies.map { .double($0) }),
            "validationLosses": .array(validationLosses.map(number)),
            "validationAccuracies": .array(validationAccuracies.map(number)),
            "validationAccuracy": number(validationAccuracy), "testAccuracy": number(testAccuracy),
        ]
    }
}
