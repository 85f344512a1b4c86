/// Copies as CIFAR binaries.
extension DatasetCopy {
    /// Writes batches of records, and the names of the classes where they are not digits.
    func writeCIFAR(_ variant: CIFARReader.Variant, to output: OutputFileSet) throws {
        guard indices(of: .validation).isEmpty else {
            throw CurateError(
                .usage, "CIFAR binaries have no validation file, and validation examples were set aside",
                at: output.directory, remedy: "leave `validation` out")
        }
        let coarse = try coarseLabels(variant, namesTo: output)
        let train = indices(of: .train)
        let test = indices(of: .test)
        var files: [(name: String, indices: [Int])] = []
        switch variant {
        case .ten:
            // Five batches, as the original; fewer when there are not enough examples to fill them.
            let batchCount = min(5, train.count)
            for batch in 0..<batchCount {
                let start = train.count * batch / batchCount
                let end = train.count * (batch + 1) / batchCount
                files.append(("data_batch_\(batch + 1).bin", Array(train[start..<end])))
            }
            files.append(("test_batch.bin", test))
        case .hundred: files = [("train.bin", train), ("test.bin", test)]
        }
        for (name, indices) in files where !indices.isEmpty {
            let file = try output.file(name)
            for index in indices {
                if let coarse { try file.write([coarse[index]]) }
                try file.write([UInt8(truncatingIfNeeded: labels[index])])
                try file.write(row(index))
            }
        }
        if dataset.classNames != (0..<variant.classCount).map(String.init) {
            try write(dataset.classNames, as: variant.namesFile, to: output)
        }
    }

    /// The coarse label of every example of CIFAR-100, which the reader made a group of; its names are written beside.
    private func coarseLabels(_ variant: CIFARReader.Variant, namesTo output: OutputFileSet) throws -> [UInt8]? {
        guard variant == .hundred, let group = dataset.groups.first(where: { $0.name == "coarse" }) else { return nil }
        let numbers = group.valueNames.map { UInt8($0) }
        if !numbers.contains(nil) { return group.values.map { numbers[Int($0)] ?? 0 } }
        // The group lists the names that occur; the reader wants all twenty, so the others get names to fill the list.
        var names = group.valueNames
        var filler = 0
        while names.count < CIFARReader.coarseCount {
            filler += 1
            if !names.contains("unused \(filler)") { names.append("unused \(filler)") }
        }
        try write(names, as: "coarse_label_names.txt", to: output)
        return group.values.map { UInt8(truncatingIfNeeded: $0) }
    }
}
