/// A JSON5 document with the line of each of its parts.
struct JSON5Document {
    /// The content.
    let value: JSONValue
    /// Where the parts are.
    let lines: [JSONParser.Path: Int]

    /// Larger than any file a person writes.
    static let largestByteCount = 1 << 20

    /// Reads a document.
    ///
    /// - Parameters:
    ///   - bytes: its UTF-8 text.
    ///   - file: the name to call it by in errors.
    /// - Throws: `PipelineProblems`.
    init(_ bytes: [UInt8], file: String) throws {
        func refusal(line: Int?, _ message: String, _ suggestion: String? = nil) -> PipelineProblems {
            PipelineProblems(
                file: file,
                problems: [PipelineProblem(path: "", line: line, message: message, suggestion: suggestion)])
        }
        guard bytes.count <= Self.largestByteCount else {
            throw refusal(
                line: nil, "the file has \(bytes.count) bytes, more than a pipeline can have", "name another file")
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw refusal(
                line: Self.lineOfInvalidText(bytes), "the text is not valid UTF-8", "save the file as UTF-8")
        }
        let parser: JSONParser
        do {
            parser = try JSONParser(bytes, .json5)
        } catch {
            throw refusal(line: error.line(in: bytes), error.message, "the format is JSON5: JSON with comments")
        }
        if !parser.repetitions.isEmpty {
            throw PipelineProblems(
                file: file,
                problems: parser.repetitions.map { repetition in
                    PipelineProblem(
                        path: repetition.path.joined(separator: "."), line: repetition.line,
                        message: "is there already, in line \(repetition.firstLine)",
                        suggestion: "give one of them another name, or remove it")
                })
        }
        value = parser.value
        lines = parser.lines
    }

    /// Reads one value, as `set` takes it.
    static func value(_ text: String) -> JSONValue? {
        let bytes = Array(text.utf8)
        return bytes.count <= largestByteCount ? try? JSONParser(bytes, .json5).value : nil
    }

    private static func lineOfInvalidText(_ bytes: [UInt8]) -> Int {
        var line = 1
        for part in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if String(validating: part, as: UTF8.self) == nil { return line }
            line += 1
        }
        return line
    }
}
