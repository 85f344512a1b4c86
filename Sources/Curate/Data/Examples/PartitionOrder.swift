/// The stable reordering of rows into training, validation, test.
struct PartitionOrder {
    /// For each row, its place.
    let destinations: [Int]
    /// Rows per partition.
    let counts: [Int]

    init(_ partitions: [Partition]) {
        var counts = [Int](repeating: 0, count: Partition.allCases.count)
        for partition in partitions { counts[Int(partition.rawValue)] += 1 }
        var next = [0, counts[0], counts[0] + counts[1]]
        destinations = partitions.map { partition in
            defer { next[Int(partition.rawValue)] += 1 }
            return next[Int(partition.rawValue)]
        }
        self.counts = counts
    }

    func apply<Value>(to values: [Value]) -> [Value] {
        guard var result = values.first.map({ [Value](repeating: $0, count: values.count) }) else { return [] }
        for (value, destination) in zip(values, destinations) { result[destination] = value }
        return result
    }
}
