/// Logits that somebody else's training left in NumPy files: one pattern per run, and one file of labels for all.
///
/// Each file of a run holds the logits of one epoch, of shape (examples, classes); or one file holds the whole run, of
/// shape (epochs, examples, classes). The files are mapped, and one epoch of one run is in use at a time.
package struct LogitFiles: Sendable {
    /// The files of one run.
    package struct Run: Sendable, Equatable {
        /// The pattern that found them.
        package let pattern: String
        /// The files in the order of their epochs.
        package let files: [String]
        /// The number of epochs in them.
        package let epochCount: Int
        /// What must be known of the list of files, as sentences without full stops.
        package let remarks: [String]
    }

    /// The class of each example.
    package let labels: [Int32]
    /// The number of logits of an example.
    package let classCount: Int
    /// The runs in the order of their patterns.
    package let runs: [Run]

    /// Finds the files and checks that their shapes agree.
    ///
    /// - Parameters:
    ///   - patterns: one pattern per run, such as `run0/epoch*.npy`; files are ordered by the numbers in their names.
    ///   - labelsPath: the class of each example, numbered from 0.
    /// - Throws: `CurateError` of kind `missingInput` when nothing matches, of kind `usage` when patterns do not tell
    ///   the runs apart, and of kind `badData` when the files do not go together.
    package init(patterns: [String], labelsPath: String) throws {
        let labels = try NPYArray(path: labelsPath)
        try self.init(patterns: patterns) { try Self.classes(in: labels, for: $0) }
    }

    /// Finds the files of logits for examples whose classes are known.
    ///
    /// - Parameters:
    ///   - patterns: one pattern per run.
    ///   - labels: the class of each example, in the order of the rows.
    ///   - classCount: the number of classes, which is that of the logits.
    ///   - what: what the examples are called, for errors.
    /// - Throws: as with labels from a file.
    package init(patterns: [String], labels: [Int32], classCount: Int, of what: String) throws {
        try self.init(patterns: patterns) { logits in
            guard logits.exampleCount == labels.count, logits.classCount == classCount else {
                throw CurateError(
                    .badData,
                    "the logits are of \(logits.exampleCount) examples and \(logits.classCount) classes, and \(what) "
                        + "\(labels.count) examples and \(classCount) classes", at: logits.path,
                    remedy:
                        "save one row for each of these examples, in the order of the data, and one column for each "
                        + "class in the order of its classes")
            }
            return labels
        }
    }

    private init(patterns: [String], labels: (LogitArray) throws -> [Int32]) throws {
        guard !patterns.isEmpty else {
            throw CurateError(
                .usage, "there are no patterns of logits", at: "`logits`",
                remedy: "give one pattern per run, for instance 'run0/epoch*.npy'")
        }
        let found = try patterns.map { (pattern: $0, files: try FilePattern.files(matching: $0)) }
        try Self.checkRunsAreDistinct(found)
        let first = try LogitArray(path: found[0].files[0], epochsAllowed: found[0].files.count == 1)
        var runs: [Run] = []
        for (pattern, files) in found {
            let numbers = try LogitEpochNumbers(files: files, pattern: pattern)
            var epochCount = 0
            for file in files {
                let array = try LogitArray(path: file, epochsAllowed: files.count == 1)
                try array.checkShape(exampleCount: first.exampleCount, classCount: first.classCount, as: first.path)
                if epochCount == 0 { try array.checkNotProbabilities() }
                epochCount += array.epochCount
            }
            let remarks = [numbers.remark(pattern: pattern)].compactMap { $0 }
            runs.append(Run(pattern: pattern, files: files, epochCount: epochCount, remarks: remarks))
        }
        self.runs = runs
        self.labels = try labels(first)
        classCount = first.classCount
    }

    /// The dynamics log of one run; its seed is the number of the run, and its remarks are about files and rows.
    ///
    /// - Parameters:
    ///   - index: which run.
    ///   - provenance: in which mode the logits were taken.
    /// - Throws: `CurateError` of kind `badData` for logits that are not finite or were never written, for
    ///   probabilities, and when a file is not as it was.
    /// - Precondition: `index` is one of `runs`.
    package func log(ofRun index: Int, provenance: LogitProvenance = .unspecified) throws -> DynamicsLog {
        let run = runs[index]
        let holdsWholeRun = run.files.count == 1
        let row = UnsafeMutableBufferPointer<Float>.allocate(capacity: classCount)
        defer { row.deallocate() }
        var open: LogitArray?
        var check = LogitRowCheck(epochCount: run.epochCount)
        var log = try DynamicsLog(
            epochCount: run.epochCount, exampleCount: labels.count, classCount: classCount, labels: labels,
            seed: UInt64(index), provenance: provenance,
            epochName: { holdsWholeRun ? "\(run.files[0]), epoch \($0)" : run.files[$0 - 1] }
        ) { epoch, example in
            let file = run.files[holdsWholeRun ? 0 : epoch - 1]
            let array: LogitArray
            if let current = open, current.path == file {
                array = current
            } else {
                array = try LogitArray(path: file, epochsAllowed: holdsWholeRun)
                try array.checkUnchanged(
                    epochCount: holdsWholeRun ? run.epochCount : 1, exampleCount: labels.count, classCount: classCount)
                open = array
            }
            let epochInFile = holdsWholeRun ? epoch : 1
            try array.copyRow(epoch: epochInFile, example: example, to: row)
            let kind = LogitRowCheck.kind(of: row.lazy.map { Double($0) })
            if kind == .missing { throw try neverWritten(run) }
            check.add(kind, epoch: epoch)
            if example == labels.count - 1 {
                if check.isOfProbabilities(epoch: epoch) {
                    throw array.refusalOfProbabilities(epoch: holdsWholeRun ? epoch : nil)
                }
                array.release(epoch: epochInFile)
            }
            return UnsafeBufferPointer(row)
        }
        log.remarks = run.remarks + check.remarks(of: run.pattern)
        return log
    }

    /// What is said of a run with rows of NaN: how many there are at each epoch.
    private func neverWritten(_ run: Run) throws -> CurateError {
        var counts: [Int] = []
        for file in run.files {
            let array = try LogitArray(path: file, epochsAllowed: run.files.count == 1)
            for epoch in 1...array.epochCount {
                counts.append((0..<array.exampleCount).count { array.kind(epoch: epoch, example: $0) == .missing })
            }
        }
        return CurateError(
            .badData,
            "\(LogitRowCheck.list(counts, of: labels.count)) are not a number in every place: they were never written",
            at: run.pattern,
            remedy:
                "record every example at every epoch (no `drop_last`, and the index of the example in the dataset), "
                + "or leave these epochs out")
    }

    /// One pattern must be one run, and no file may belong to two.
    private static func checkRunsAreDistinct(_ found: [(pattern: String, files: [String])]) throws {
        var owners: [String: String] = [:]
        for (pattern, files) in found {
            var directories: [String: Int] = [:]
            for file in files {
                if let other = owners.updateValue(pattern, forKey: file) {
                    throw CurateError(
                        .usage, "the file belongs to two runs: '\(other)' and '\(pattern)' both match it", at: file,
                        remedy: "give each run a pattern of its own")
                }
                directories[DirectoryListing.split(file).directory, default: 0] += 1
            }
            if directories.count > 1, directories.values.contains(where: { $0 > 1 }) {
                let names = directories.keys.sorted().prefix(3).joined(separator: ", ")
                throw CurateError(
                    .usage, "the pattern matches several runs: files in \(names)", at: pattern,
                    remedy: "give `logits` once per run, each with its own directory")
            }
        }
    }

    /// The labels, checked as those of a dataset are, and against the logits.
    private static func classes(in labels: NPYArray, for logits: LogitArray) throws -> [Int32] {
        guard labels.shape.count == 1 || (labels.shape.count == 2 && labels.shape[1] == 1) else {
            throw labels.content.badData(
                "labels of shape \(NPYHeader.text(labels.shape)) are not one class for each example",
                remedy: "save a vector; one-hot rows become one with labels.argmax(axis=1)")
        }
        guard labels.count == logits.exampleCount else {
            throw labels.content.badData(
                "there are \(labels.count) labels for the \(logits.exampleCount) rows of \(logits.path)",
                remedy: "save both for the same examples, in the same order")
        }
        return try (0..<labels.count).map { row in
            guard let label = labels.integer(at: row) else {
                throw labels.content.badData(
                    "label \(labels.double(at: row)) at row \(row) is not a whole number",
                    remedy: "labels are class indices from 0 on: labels.astype(\"int64\")")
            }
            guard label >= 0 && label < logits.classCount else {
                throw labels.content.badData(
                    "label \(label) at row \(row) is out of range: \(logits.path) has \(logits.classCount) classes",
                    remedy: "labels are 0..\(logits.classCount - 1), numbered like the columns of the logits")
            }
            return Int32(label)
        }
    }
}
