/// The file beside a copy with known label errors that says which labels are wrong.
package enum NoiseTruth {
    /// The name of the file.
    package static let fileName = "truth.csv"

    /// Writes one line per training example: `id`, `index`, `given` and `true` class names, and `flipped` (0 or 1).
    ///
    /// - Parameters:
    ///   - candidates: the examples with their true labels.
    ///   - labels: the labels of the copy, in the order of the candidates.
    ///   - files: those of the copy, yet to be published.
    package static func write(_ candidates: ExampleTable, labels: [Int32], to files: OutputFileSet) throws {
        precondition(labels.count == candidates.count, "one label per candidate")
        let file = try files.file(fileName)
        var writer = ByteWriter { try file.write($0) }
        writer.append("id,index,given,true,flipped\n")
        for position in 0..<candidates.count {
            writer.appendField(candidates.id(at: position))
            writer.append(",")
            writer.append(Int(candidates.indices[position]))
            writer.append(",")
            writer.appendField(candidates.classNames[Int(labels[position])])
            writer.append(",")
            writer.appendField(candidates.classNames[Int(candidates.labels[position])])
            writer.append(labels[position] == candidates.labels[position] ? ",0\n" : ",1\n")
            try writer.flushIfLarge()
        }
        try writer.flush()
    }
}
