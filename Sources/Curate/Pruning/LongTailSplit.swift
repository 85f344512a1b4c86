/// A long tail as a split: which training examples of a dataset are in it, each counting alike.
package struct LongTailSplit: SplitContent {
    /// What a manifest calls the policy.
    static let policyName = "long-tail"

    /// The long tail.
    package let longTail: LongTail
    /// The training examples of the dataset.
    package let candidates: ExampleTable
    /// What happened to each of them.
    package let reasons: [SplitReason]

    package var ranking: HardnessRanking? { nil }
    package var ranks: [Int32]? { nil }

    /// Takes a long tail of a dataset.
    package init(_ longTail: LongTail, of dataset: Dataset) {
        self.longTail = longTail
        candidates = ExampleTable(dataset: dataset)
        var isDrawn = [Bool](repeating: false, count: dataset.count)
        for index in longTail.drawn { isDrawn[index] = true }
        reasons = candidates.indices.map { isDrawn[Int($0)] ? .selected : .notSelected }
    }

    package func weight(at position: Int) -> Float { reasons[position].isKept ? 1 : 0 }

    package func stratum(at position: Int) -> String { "" }

    package var manifest: SplitManifest {
        SplitManifest(
            candidates: candidates, reasons: reasons,
            rule: longTail.design.json.merging(["largest": .int(longTail.largest)]), warnings: [])
    }
}

extension LongTailDesign {
    /// The design as JSON, for manifests: `policy` (always "long-tail"), `quota` (always "none"), `factor`, `shape`,
    /// `largest` (null for the largest that the data allow), `order` and `seed`.
    package var json: JSONValue {
        [
            "policy": .string(LongTailSplit.policyName), "quota": "none", "factor": .double(factor),
            "shape": .string(shape.rawValue), "largest": .optional(largest), "order": .string(order.rawValue),
            "seed": .int(Int(seed)),
        ]
    }
}
