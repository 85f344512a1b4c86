/// The names of the examples, kept as a rule when they follow one, so that ten million need no ten million strings.
package enum ExampleIdentifiers: Sendable, Equatable {
    /// `train/0`, `train/1`, ..., `test/0`: partition name and position within the partition's run of the files.
    case positional(partitionCounts: [Int])
    /// Names the input carried.
    case named([String])

    /// The number of names.
    package var count: Int {
        switch self {
        case .positional(let counts): counts.reduce(0, +)
        case .named(let names): names.count
        }
    }

    /// The name of one example.
    ///
    /// For positional names the examples are in the files' partition order (train, validation, test), as `Dataset`
    /// promises; an example carved out of training for validation is still called `train/17`.
    package subscript(index: Int) -> String {
        switch self {
        case .named(let names): return names[index]
        case .positional(let counts):
            var position = index
            for (partition, count) in zip(Partition.allCases, counts) {
                if position < count { return "\(partition.name)/\(position)" }
                position -= count
            }
            preconditionFailure("example \(index) is beyond the last one")
        }
    }
}
