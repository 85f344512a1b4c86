/// Guesses what a mistyped word was meant to be.
package enum Suggestion {
    /// The candidate nearest to what was typed, if one is near enough to be worth naming.
    ///
    /// Near enough is an edit distance of a third of the typed length, at least one. Ties go to the candidate that
    /// shares the longer beginning, then to the one listed first. When nothing is near, a candidate that the typed text
    /// abbreviates is taken, if there is just one ("val" for "validation").
    package static func nearest(to typed: String, among candidates: [String]) -> String? {
        let word = Array(typed.lowercased())
        guard !word.isEmpty else { return nil }
        let limit = max(1, word.count / 3)
        var best: (candidate: String, distance: Int, prefix: Int)?
        for candidate in candidates {
            let letters = Array(candidate.lowercased())
            let distance = editDistance(word, letters)
            guard distance <= limit, distance < max(word.count, letters.count) else { continue }
            let prefix = zip(word, letters).prefix { $0 == $1 }.count
            if let best, (best.distance, -best.prefix) <= (distance, -prefix) { continue }
            best = (candidate, distance, prefix)
        }
        if let best { return best.candidate }
        let continued = candidates.filter { $0.lowercased().hasPrefix(String(word)) }
        return continued.count == 1 && word.count > 1 ? continued.first : nil
    }

    /// The number of insertions, deletions, replacements and swaps of neighbours between two words.
    ///
    /// This is the optimal-string-alignment distance: "scoer" is one step from "score".
    package static func editDistance(_ first: [Character], _ second: [Character]) -> Int {
        var beforePrevious = [Int](repeating: 0, count: second.count + 1)
        var previous = Array(0...second.count)
        for row in first.indices {
            var current = [row + 1] + [Int](repeating: 0, count: second.count)
            for column in second.indices {
                let replaced = previous[column] + (first[row] == second[column] ? 0 : 1)
                var least = min(replaced, previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
                    least = min(least, beforePrevious[column - 1] + 1)
                }
                current[column + 1] = least
            }
            beforePrevious = previous
            previous = current
        }
        return previous[second.count]
    }
}
