/// Puts named things that need each other into an order in which each comes after what it needs.
package struct DependencyOrder {
    /// As many names as can be ordered; those that need nothing that is left come as they were given.
    package let order: [String]
    /// A circle among the others, its first name again at its end; nil when all could be ordered.
    package let circle: [String]?

    /// Orders names.
    ///
    /// - Parameters:
    ///   - names: the names, each once.
    ///   - needs: what each needs; names that are not among `names` count as present.
    package init(_ names: [String], needs: [String: [String]]) {
        var waiting = names
        var order: [String] = []
        while true {
            let present = Set(waiting)
            let next = waiting.firstIndex { name in needs[name, default: []].allSatisfy { !present.contains($0) } }
            guard let next else { break }
            order.append(waiting.remove(at: next))
        }
        self.order = order
        circle = Self.circle(among: waiting, needs: needs)
    }

    /// Follows needs from the first name until one comes again; each of these needs another of them.
    private static func circle(among names: [String], needs: [String: [String]]) -> [String]? {
        let present = Set(names)
        var walk: [String] = []
        var name = names.first
        while let current = name, !walk.contains(current) {
            walk.append(current)
            name = needs[current, default: []].first(where: present.contains)
        }
        guard let again = name, let start = walk.firstIndex(of: again) else { return nil }
        return walk[start...] + [again]
    }
}
