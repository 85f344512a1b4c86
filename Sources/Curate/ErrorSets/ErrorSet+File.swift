/// Error sets as files have them.
extension ErrorSet {
    /// Writes one line per member: `id`, `index`, `label`, `loss`, `weight` (what it counts), `suspect` (0 or 1), and the
    /// groups.
    package func write(to path: String, replacing: Bool) throws {
        let file = try AtomicFile(path: path, replacing: replacing)
        var writer = ByteWriter { try file.write($0) }
        writer.append("# curate error set: \(rule.json.canonicalText)\n")
        if let hash = candidates.datasetHash { writer.append("# dataset: \(hash)\n") }
        writer.append("id,index,label,loss,weight,suspect")
        for group in candidates.groups {
            writer.append(",")
            writer.appendField(group.name)
        }
        writer.append("\n")
        let weights = weights
        for position in candidates.indices.indices where isMember[position] {
            writer.appendField(candidates.id(at: position))
            writer.append(",")
            writer.append(Int(candidates.indices[position]))
            writer.append(",")
            writer.appendField(candidates.className(at: position))
            writer.append(",")
            writer.append(evidence.losses[position])
            writer.append(",")
            writer.append(weights[position])
            writer.append(evidence.isSuspect[position] ? ",1" : ",0")
            for group in candidates.groups {
                writer.append(",")
                writer.appendField(group.valueNames[Int(group.values[position])])
            }
            writer.append("\n")
            try writer.flushIfLarge()
        }
        try writer.flush()
        try file.commit()
    }
}
