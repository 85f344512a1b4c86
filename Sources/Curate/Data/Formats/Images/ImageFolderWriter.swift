import Glibc

/// Copies of image folders.
extension DatasetCopy {
    /// Makes a symbolic link to the file of every copied image, at the path it has in the folder.
    ///
    /// Links are absolute and lead to the files themselves, through any links on the way: a copy can be moved, and a copy
    /// of a copy does not need the first. `metadata.csv` is written with the rows of the copied images when the folder has
    /// one, and also when labels or partitions are no longer those of the directories; `class_names.txt` when the classes
    /// would otherwise be other ones.
    func writeImageFolder(to output: OutputFileSet) throws {
        guard let folder = realpath(source, nil).map({ String(owning: $0) }) else {
            throw CurateError(.missingInput, "the folder is gone", at: source, remedy: "run the command again")
        }
        if let own = realpath(output.directory, nil).map({ String(owning: $0) }), own.hasPrefix(folder + "/") {
            throw CurateError(
                .usage, "a copy inside its original would become a part of it", at: output.directory,
                remedy: "choose a directory elsewhere")
        }
        let index = try ImageFolderIndex(folder: source, options: options.csv)
        guard index.ids == (0..<dataset.count).map({ dataset.ids[$0] }) else {
            throw CurateError(
                .badData, "the folder has changed since it was read", at: source, remedy: "run the command again")
        }
        let links = try output.links()
        for number in indices {
            let path = index.entries[number].path
            guard let target = realpath(OutputDirectory.path(path, in: folder), nil) else {
                throw CurateError(
                    .missingInput, "the image is gone: \(SystemError.describe(errno))",
                    at: OutputDirectory.path(path, in: source), remedy: "run the command again")
            }
            try links.add(path, to: String(owning: target))
        }
        try writeImageLists(index, to: output)
    }

    /// Writes what the directories do not say.
    private func writeImageLists(_ index: ImageFolderIndex, to output: OutputFileSet) throws {
        let isChanged = indices.contains { number in
            let entry = index.entries[number]
            // What CelebA's lists say, no directory does.
            return index.labelName != nil || entry.label != labels[number]
                || entry.partition != dataset.partitions[number]
        }
        let labelTexts: [String]
        if let metadata = index.metadata {
            labelTexts = try writeRows(metadata, index, to: output)
        } else {
            labelTexts = indices.map { dataset.classNames[Int(labels[$0])] }
            if isChanged {
                try writeNewTable(index, labelTexts, to: output)
            } else {
                try output.omit(ImageMetadata.fileName)
            }
        }
        // What a reader takes for the classes when no list says it.
        let isTable = index.metadata != nil || isChanged
        let names = isTable ? ClassNames.arranged(labelTexts).names : Set(labelTexts).sorted(by: bytewise)
        if names == dataset.classNames {
            try output.omit(ClassNames.fileName)
        } else {
            try write(dataset.classNames, as: ClassNames.fileName, to: output)
        }
    }

    /// Writes a table for images whose directories do not say, or no longer, what they are.
    private func writeNewTable(_ index: ImageFolderIndex, _ labelTexts: [String], to output: OutputFileSet) throws {
        let file = try output.file(ImageMetadata.fileName)
        let comma = UInt8(ascii: ",")
        let label = index.labelName ?? CSVTable.usualLabels[0]
        let columns = [ImageMetadata.fileColumns[1], label, ImageMetadata.splitColumn]
        try file.write(record(columns + index.groups.map(\.name), comma))
        for (number, label) in zip(indices, labelTexts) {
            let groups = index.groups.map { $0.valueNames[Int($0.values[number])] }
            try file.write(
                record(
                    [index.entries[number].path, label, dataset.partitions[number].name] + groups, comma,
                    label: 1))
        }
    }

    /// Writes the rows of the copied images, every field as it was but for what changed.
    ///
    /// - Returns: the labels as they are written.
    private func writeRows(
        _ metadata: ImageMetadata, _ index: ImageFolderIndex, to output: OutputFileSet
    ) throws -> [String] {
        let table = metadata.table
        var isCopied = [Bool](repeating: false, count: dataset.count)
        for number in indices { isCopied[number] = true }
        let file = try output.file(ImageMetadata.fileName)
        let addsSplit = table.split == nil && indices.contains { dataset.partitions[$0] != .train }
        let header = table.dialect.columnNames + (addsSplit ? [ImageMetadata.splitColumn] : [])
        try file.write(record(header, table.dialect.delimiter))
        var texts: [String] = []
        var kept = 0
        try table.forEachRow { row in
            guard metadata.survey.partitions[row.index] != nil else { return }
            let number = metadata.order.destinations[kept]
            kept += 1
            guard isCopied[number] else { return }
            var fields = row.fields.indices.map(row.text)
            let (entry, partition) = (index.entries[number], dataset.partitions[number])
            if labels[number] != entry.label { fields[table.label] = dataset.classNames[Int(labels[number])] }
            texts.append(fields[table.label])
            if addsSplit {
                fields.append(partition.name)
            } else if let split = table.split, partition != entry.partition {
                // In the manner of the table: a number, or a word.
                fields[split] = ExactDecimal(fields[split]) == nil ? partition.name : "\(partition.rawValue)"
            }
            try file.write(record(fields, table.dialect.delimiter, label: table.label))
        }
        return texts
    }
}

extension String {
    /// Takes text from the C library, which is freed.
    init(owning text: UnsafeMutablePointer<CChar>) {
        self.init(cString: text)
        free(text)
    }
}
