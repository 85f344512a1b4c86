extension DatasetFormat {
    /// A table of comma-separated values, or a directory of them by partition; gzipped or not.
    package static let csv = DatasetFormat(
        "csv", expectation: "CSV (train.csv[.gz])",
        isIn: { try !CSVReader.files(in: $0).isEmpty },
        isStart: { CSVReader.recognises($0.bytes) },
        directoryAdvice: { $0.adviceToName(endings: [".csv", ".csv.gz", ".tsv"]) },
        load: { path, options, _ in try CSVReader.load(path: path, options: options) },
        write: { copy, files in try copy.writeCSV(to: files) },
        // A table says everything itself; what lies beside it does not matter.
        relatedPaths: { try DirectoryListing.isDirectory($0) ? DirectoryListing.neighbours($0) : [] })
}

extension CSVReader {
    /// Whether bytes are text: no control characters but tabs and line ends.
    ///
    /// UTF-16 counts too: the reader refuses it with what to do.
    package static func recognises(_ start: [UInt8]) -> Bool {
        start.allSatisfy { $0 >= 0x20 || $0 == 0x09 || $0 == 0x0a || $0 == 0x0d }
            || start.starts(with: [0xff, 0xfe]) || start.starts(with: [0xfe, 0xff])
    }
}
