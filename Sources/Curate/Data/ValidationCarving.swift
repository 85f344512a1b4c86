import Models

extension Dataset {
    /// The same data with part of training set aside for validation, unless there is a validation set already.
    ///
    /// Each class gives its share, by largest remainder so that the total is exact, and no class gives its last
    /// example. Which examples go depends on their names and the seed alone, not on their order. Examples keep their
    /// names and places; only their partition changes. The content hash is derived from this dataset's.
    ///
    /// - Parameters:
    ///   - fraction: the share of training to set aside, above 0 and below 1.
    ///   - seed: chooses among equally good sets.
    package func carvingValidation(fraction: Double, seed: UInt64) throws -> Dataset {
        guard fraction > 0 && fraction < 1 else {
            throw CurateError(
                .usage, "the validation fraction is \(fraction)", remedy: "choose a fraction above 0 and below 1")
        }
        if partitions.contains(.validation) { return self }
        var members = [[Int]](repeating: [], count: classCount)
        for index in labels.indices where partitions[index] == .train { members[Int(labels[index])].append(index) }
        let quotas = LargestRemainder.shares(of: members.map(\.count), fraction: fraction)
        var carved = partitions
        for (own, quota) in zip(members, quotas) where quota > 0 {
            let ranked = own.map { index in
                (draw: Self.draw(for: ids[index], seed: seed), index: index)
            }.sorted { a, b in
                a.draw != b.draw ? a.draw < b.draw : bytewise(ids[a.index], ids[b.index])
            }
            for (_, index) in ranked.prefix(quota) { carved[index] = .validation }
        }
        let count = quotas.reduce(0, +)
        guard count > 0 else {
            throw CurateError(
                .badData, "no class has an example to spare for validation", at: name,
                remedy: "choose a larger validation fraction, or bring a validation set")
        }
        var hash = ContentHash(derivedFrom: contentHash)
        hash.add(carved)
        var dataset = Dataset(
            name: name, format: format, features: features, labels: labels, classNames: classNames,
            partitions: carved, ids: ids, groups: groups, contentHash: hash.finalize(),
            notes: notes + ["\(count) training examples were set aside for validation (seed \(seed))"])
        dataset.labelName = labelName
        dataset.columns = columns
        return dataset
    }

    /// A draw that depends on a name and the seed alone.
    private static func draw(for id: String, seed: UInt64) -> UInt64 {
        // FNV-1a spreads short names over 64 bits; the keyed stream mixes them with the seed.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        var random = KeyedRandom(seed: seed, stream: .validation, index: Int(truncatingIfNeeded: hash))
        return random.next()
    }
}
