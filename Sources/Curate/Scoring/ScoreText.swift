extension ScoreExport {
    /// Writes CSV: comment lines, one line of column names, one line per example.
    ///
    /// Numbers are the shortest text that reads back as the same Float. Line ends are LF.
    package func writeCSV(to sink: @escaping ByteSink) throws {
        var writer = ByteWriter(sink: sink)
        writer.append(headerLine)
        writer.append("\n")
        if let hash = examples.datasetHash { writer.append("\(Self.datasetMark)\(hash)\n") }
        for warning in warnings { writer.append("# warning: \(warning)\n") }
        for (number, name) in columnNames.enumerated() {
            if number > 0 { writer.append(UInt8(ascii: ",")) }
            writer.appendField(name)
        }
        writer.append("\n")
        for position in 0..<examples.count {
            appendCSVRow(position, to: &writer)
            try writer.flushIfLarge()
        }
        try writer.flush()
    }

    private func appendCSVRow(_ position: Int, to writer: inout ByteWriter) {
        let comma = UInt8(ascii: ",")
        writer.append(Int(examples.indices[position]))
        writer.append(comma)
        writer.appendField(examples.id(at: position))
        writer.append(comma)
        writer.append(Int(examples.labels[position]))
        writer.append(comma)
        writer.appendField(examples.className(at: position))
        writer.append(comma)
        writer.append(examples.partitions[position].name)
        if let predictions = examples.predictions {
            writer.append(comma)
            writer.append(Int(predictions[position]))
        }
        for group in examples.groups {
            writer.append(comma)
            writer.appendField(group.valueNames[Int(group.values[position])])
        }
        for (column, rank) in zip(table.columns, ranks) {
            writer.append(comma)
            writer.append(column.values[position])
            if let deviation = column.standardDeviation {
                writer.append(comma)
                writer.append(deviation[position])
            }
            writer.append(comma)
            writer.append(Int(rank[position]))
        }
        writer.append(UInt8(ascii: "\n"))
    }

    /// Writes JSON Lines: the header object, then one flat object per example with the column names of the CSV.
    package func writeJSONLines(to sink: @escaping ByteSink) throws {
        var writer = ByteWriter(sink: sink)
        writer.append(headerJSON)
        writer.append("\n")
        let groupKeys = groupNames.map(Self.key)
        let scoreKeys = table.columns.map { Self.names(of: $0).map(Self.key) }
        for position in 0..<examples.count {
            appendJSONRow(position, groupKeys: groupKeys, scoreKeys: scoreKeys, to: &writer)
            try writer.flushIfLarge()
        }
        try writer.flush()
    }

    /// `,"name":` with the name escaped.
    private static func key(_ name: String) -> String {
        var writer = ByteWriter { _ in }
        writer.append(",")
        writer.appendJSON(name)
        writer.append(":")
        return writer.text
    }

    private func appendJSONRow(
        _ position: Int, groupKeys: [String], scoreKeys: [[String]], to writer: inout ByteWriter
    ) {
        writer.append("{\"index\":")
        writer.append(Int(examples.indices[position]))
        writer.append(",\"id\":")
        writer.appendJSON(examples.id(at: position))
        writer.append(",\"label\":")
        writer.append(Int(examples.labels[position]))
        writer.append(",\"class\":")
        writer.appendJSON(examples.className(at: position))
        writer.append(",\"partition\":\"")
        writer.append(examples.partitions[position].name)
        writer.append("\"")
        if let predictions = examples.predictions {
            writer.append(",\"prediction\":")
            writer.append(Int(predictions[position]))
        }
        for (group, key) in zip(examples.groups, groupKeys) {
            writer.append(key)
            writer.appendJSON(group.valueNames[Int(group.values[position])])
        }
        for number in table.columns.indices {
            let column = table.columns[number]
            let keys = scoreKeys[number]
            writer.append(keys[0])
            writer.append(column.values[position])
            if let deviation = column.standardDeviation {
                writer.append(keys[1])
                writer.append(deviation[position])
            }
            writer.append(keys[keys.count - 1])
            writer.append(Int(ranks[number][position]))
        }
        writer.append("}\n")
    }
}
