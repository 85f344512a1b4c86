import Glibc

/// Examples whose features are equal byte for byte.
enum DuplicateSearch {
    /// A row's hash with its index.
    struct Key: Comparable {
        let hash: RowHash
        let index: Int

        static func < (a: Key, b: Key) -> Bool { a.hash != b.hash ? a.hash < b.hash : a.index < b.index }
    }

    /// The sets of equal rows with at least two members: members ascending, sets by their first member.
    static func sets(of features: FeatureMatrix, keys: [Key]) -> [[Int]] {
        let sorted = keys.sorted()
        var sets: [[Int]] = []
        var start = 0
        while start < sorted.count {
            var end = start + 1
            while end < sorted.count && sorted[end].hash == sorted[start].hash { end += 1 }
            if end > start + 1 { sets += equalSets(of: sorted[start..<end].map(\.index), features) }
            start = end
        }
        return sets.sorted { $0[0] < $1[0] }
    }

    /// Splits rows with equal hashes into sets of really equal ones.
    private static func equalSets(of rows: [Int], _ features: FeatureMatrix) -> [[Int]] {
        var sets: [[Int]] = []
        for row in rows {
            let bytes = features.row(row)
            let match = sets.firstIndex { memcmp(features.row($0[0]), bytes, features.rowByteCount) == 0 }
            if let match { sets[match].append(row) } else { sets.append([row]) }
        }
        return sets.filter { $0.count > 1 }
    }
}
