/// One score over one class.
package struct ClassSummary: Sendable, Equatable {
    /// The class.
    package let label: Int
    /// Its name.
    package let name: String
    /// The number of its examples among those scored.
    package let count: Int
    /// The mean score; nil for a class without examples.
    package let mean: Double?
    /// The standard deviation over its examples, divisor n - 1; nil for fewer than two.
    package let standardDeviation: Double?
}

/// One example with its score, for lists of the hardest and easiest.
package struct RankedExample: Sendable, Equatable {
    /// Where the example stands in the score columns.
    package let position: Int
    /// The index of the example in its dataset.
    package let index: Int
    /// Its name.
    package let id: String
    /// Its class.
    package let label: Int
    /// The name of its class.
    package let className: String
    /// The name of the predicted class, when known.
    package let prediction: String?
    /// Its score.
    package let value: Float
    /// The spread of its score over runs; nil when there is one run.
    package let standardDeviation: Float?
    /// Its rank, 1 for the hardest.
    package let rank: Int
}

extension ScoreColumn {
    /// The score class by class, in class order, classes without examples included.
    package func classSummaries(of examples: ExampleTable) -> [ClassSummary] {
        precondition(examples.count == values.count, "scores of other examples")
        var byClass = [[Float]](repeating: [], count: examples.classNames.count)
        for (value, label) in zip(values, examples.labels) { byClass[Int(label)].append(value) }
        return byClass.enumerated().map { label, values in
            let moments = Moments(of: values)
            return ClassSummary(
                label: label, name: examples.classNames[label], count: values.count,
                mean: values.isEmpty ? nil : moments.mean, standardDeviation: moments.standardDeviation)
        }
    }

    /// The `count` hardest examples, hardest first; all of them when there are fewer.
    package func hardest(_ count: Int, of examples: ExampleTable, ties: TieBreaker) -> [RankedExample] {
        let order = hardestFirst(ties: ties)
        return order.prefix(count).enumerated().map { ranked(Int($1), rank: $0 + 1, of: examples) }
    }

    /// The `count` easiest examples, easiest first; all of them when there are fewer.
    package func easiest(_ count: Int, of examples: ExampleTable, ties: TieBreaker) -> [RankedExample] {
        let order = hardestFirst(ties: ties)
        return order.suffix(count).reversed().enumerated().map { place, position in
            ranked(Int(position), rank: order.count - place, of: examples)
        }
    }

    private func ranked(_ position: Int, rank: Int, of examples: ExampleTable) -> RankedExample {
        RankedExample(
            position: position, index: Int(examples.indices[position]), id: examples.id(at: position),
            label: Int(examples.labels[position]), className: examples.className(at: position),
            prediction: examples.predictions.map { examples.classNames[Int($0[position])] },
            value: values[position], standardDeviation: standardDeviation?[position], rank: rank)
    }
}
