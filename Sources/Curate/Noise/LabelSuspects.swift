/// Examples whose labels are probably wrong, the most suspicious first.
package struct LabelSuspects: Sendable {
    /// One suspect.
    package struct Entry: Sendable, Equatable {
        /// The position among the candidates.
        package let position: Int32
        /// The given class.
        package let given: Int32
        /// The class it more probably is; nil when the method does not say.
        package let suggested: Int32?
        /// How sure the method is, up to 1; see the method.
        package let confidence: Double
    }

    /// The suspects, most suspicious first.
    package let entries: [Entry]
    /// How they were found, as a phrase.
    package let method: String

    /// The positions, for `PruningRule.selection(excluding:)`.
    package var positions: Set<Int32> { Set(entries.map(\.position)) }

    /// What is to be said of a list of more than half of the examples; nil of a shorter one.
    ///
    /// Labels of which most are wrong are hardly labels: such a list tells of classes or features that were misread, or of
    /// runs that learned nothing.
    ///
    /// - Parameter count: the number of examples that were looked at.
    package func alarm(of count: Int) -> String? { Self.alarm(suspects: entries.count, of: count) }

    /// What is to be said of a list of so many suspects.
    package static func alarm(suspects: Int, of count: Int) -> String? {
        guard suspects * 2 > count else { return nil }
        let share = NumberText.percent(Double(suspects) / Double(count))
        return
            "\(share) of the labels are suspect, which says more about the runs or the data than about single labels: "
            + "look at the accuracy of the runs, and at what is read as class and as features"
    }

    /// Takes suspects that were found before.
    init(entries: [Entry], method: String) {
        self.entries = entries
        self.method = method
    }

    /// The suspects of several lists: each example once, as the first list that has it says.
    ///
    /// - Returns: nil when there is no list.
    static func union(of lists: [LabelSuspects]) -> LabelSuspects? {
        guard let first = lists.first, lists.count > 1 else { return lists.first }
        var seen = first.positions
        let more = lists.dropFirst().flatMap(\.entries).filter { seen.insert($0.position).inserted }
        return LabelSuspects(entries: first.entries + more, method: lists.map(\.method).joined(separator: "; "))
    }

    /// Finds suspects by confident learning.
    ///
    /// The confidence is 1 - p(given), by which the list is ordered: on Fashion-MNIST with wrong labels it puts fewer right
    /// ones before them than the normalised margin does, which is large for classes that are alike, too.
    ///
    /// - Parameters:
    ///   - probabilities: one row per candidate.
    ///   - candidates: the examples.
    ///   - rule: how the confident joint becomes a list.
    ///   - source: where the probabilities come from, as a phrase; nil not to say.
    /// - Throws: `badData` when the probabilities are of another number of examples or classes.
    package init(
        probabilities: ClassProbabilities, of candidates: ExampleTable,
        rule: ConfidentLearning.Rule = .byNoiseRate,
        source: String? = nil
    ) throws {
        guard probabilities.count == candidates.count, probabilities.classCount == candidates.classNames.count else {
            throw CurateError(
                .badData,
                "there are probabilities of \(probabilities.count) examples and \(probabilities.classCount) classes,"
                    + " \(candidates.datasetName) has \(candidates.count) training examples and"
                    + " \(candidates.classNames.count) classes", at: candidates.datasetName,
                remedy: "save one row for each training example, in the order of the data")
        }
        let ties = TieBreaker(ids: candidates.identifiers, indices: candidates.indices.map { Int($0) })
        let learning = ConfidentLearning(labels: candidates.labels, probabilities: probabilities, ties: ties)
        let isIssue = learning.issues(by: rule)
        let quality = LabelQuality.selfConfidence.scores(labels: candidates.labels, probabilities: probabilities)
        // In tie-break order first, then a stable sort by quality.
        let found = ties.order.filter { isIssue[Int($0)] }.enumerated().sorted { a, b in
            let (first, second) = (quality[Int(a.element)], quality[Int(b.element)])
            return first != second ? first < second : a.offset < b.offset
        }
        entries = found.map { _, position in
            let given = candidates.labels[Int(position)]
            let suggested = probabilities.runnerUp(ofRow: Int(position), beside: Int(given))
            return Entry(
                position: position, given: given, suggested: Int32(truncatingIfNeeded: suggested),
                confidence: 1 - quality[Int(position)])
        }
        method = "confident learning, \(rule.rawValue)" + (source.map { ", on \($0)" } ?? "")
    }

    /// Finds suspects by areas under the margin and threshold samples.
    ///
    /// The confidence is the share of the threshold samples that have a larger area than the suspect.
    ///
    /// - Parameters:
    ///   - runs: one run, or two with disjoint threshold samples.
    ///   - candidates: the examples.
    ///   - source: what the areas are taken over, as a phrase; nil not to say.
    package init(runs: [ThresholdSamples.Run], of candidates: ExampleTable, source: String? = nil) {
        entries = ThresholdSamples.suspects(in: runs, of: candidates).map { position, confidence in
            Entry(
                position: position, given: candidates.labels[Int(position)], suggested: nil, confidence: confidence)
        }
        let counts = runs.map { String($0.positions.count) }.joined(separator: " and ")
        method =
            "area under the margin below the 99th percentile of \(counts) threshold samples"
            + (source.map { ", \($0)" } ?? "")
    }

    /// The same suspects with suggested labels.
    ///
    /// - Parameter labels: what examples more probably are, by position; the given label is no suggestion.
    package func suggesting(_ labels: [Int32: Int32]) -> LabelSuspects {
        LabelSuspects(
            entries: entries.map { entry in
                let label = labels[entry.position]
                return Entry(
                    position: entry.position, given: entry.given, suggested: label == entry.given ? nil : label,
                    confidence: entry.confidence)
            }, method: method)
    }
}
