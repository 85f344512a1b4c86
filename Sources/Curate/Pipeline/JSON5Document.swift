// The smaller half of Foundation has the reader; it needs no locale data, so linking it costs 0.4 ms of a start.
import FoundationEssentials

/// A JSON5 document with the line of each of its parts.
struct JSON5Document {
    /// The content.
    let value: JSONValue
    /// Where the parts are.
    let lines: [JSON5Locator.Path: Int]

    /// Larger than any file a person writes.
    static let largestByteCount = 1 << 20

    /// Reads a document.
    ///
    /// - Parameters:
    ///   - bytes: its UTF-8 text.
    ///   - file: the name to call it by in errors.
    /// - Throws: `PipelineProblems`.
    init(_ bytes: [UInt8], file: String) throws {
        func refusal(_ problems: [PipelineProblem]) -> PipelineProblems {
            PipelineProblems(file: file, problems: problems)
        }
        func refusal(line: Int?, _ message: String, _ suggestion: String? = nil) -> PipelineProblems {
            refusal([PipelineProblem(path: "", line: line, message: message, suggestion: suggestion)])
        }
        guard bytes.count <= Self.largestByteCount else {
            throw refusal(
                line: nil, "the file has \(bytes.count) bytes, more than a pipeline can have", "name another file")
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw refusal(
                line: Self.lineOfInvalidText(bytes), "the text is not valid UTF-8", "save the file as UTF-8")
        }
        let locator: JSON5Locator
        do {
            locator = try JSON5Locator(bytes)
        } catch {
            throw refusal(line: error.line, error.message, "the format is JSON5: JSON with comments")
        }
        lines = locator.lines
        if !locator.repetitions.isEmpty {
            throw refusal(
                locator.repetitions.map { repetition in
                    PipelineProblem(
                        path: repetition.path.joined(separator: "."), line: repetition.line,
                        message: "is there already, in line \(repetition.firstLine)",
                        suggestion: "give one of them another name, or remove it")
                })
        }
        do {
            value = try Self.decode(Self.withoutComments(bytes, locator))
        } catch let error as DecodingError {
            let (path, message) = Self.describe(error)
            throw refusal([
                PipelineProblem(
                    path: path.joined(separator: "."), line: path.isEmpty ? nil : locator.lines[path], message: message,
                    suggestion: "the format is JSON5: JSON with comments")
            ])
        }
    }

    /// Reads one value, as `set` takes it.
    static func value(_ text: String) -> JSONValue? {
        let bytes = Array(text.utf8)
        guard bytes.count <= largestByteCount, let locator = try? JSON5Locator(bytes) else { return nil }
        return try? decode(withoutComments(bytes, locator))
    }

    /// The text with blanks in place of comments.
    private static func withoutComments(_ bytes: [UInt8], _ locator: JSON5Locator) -> [UInt8] {
        var bytes = bytes
        for comment in locator.comments {
            bytes.replaceSubrange(comment, with: repeatElement(UInt8(ascii: " "), count: comment.count))
        }
        return bytes
    }

    /// Reads a text that the locator has gone over, as the one element of an array.
    ///
    /// Of a number that is a whole document Foundation reads beyond the end of its buffer, and traps on what it finds.
    private static func decode(_ bytes: [UInt8]) throws -> JSONValue {
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...]
        let array = [UInt8(ascii: "[")] + text + [UInt8(ascii: "]")]
        return try decoder.decode([Node].self, from: Data(array)).first?.value ?? .null
    }

    private static func lineOfInvalidText(_ bytes: [UInt8]) -> Int {
        var line = 1
        for part in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if String(validating: part, as: UTF8.self) == nil { return line }
            line += 1
        }
        return line
    }

    private static func describe(_ error: DecodingError) -> (path: [String], message: String) {
        func place(_ context: DecodingError.Context) -> [String] {
            // The first is the position in the array around the document.
            context.codingPath.dropFirst().map { $0.intValue.map(String.init) ?? $0.stringValue }
        }
        switch error {
        case .dataCorrupted(let context):
            let reason = context.underlyingError.map { "\($0)" } ?? context.debugDescription
            return (
                place(context), place(context).isEmpty ? "this is not JSON5: \(reason)" : "is not JSON5: \(reason)"
            )
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context):
            return (place(context), "cannot be read: \(context.debugDescription)")
        @unknown default: return ([], "this is not JSON5")
        }
    }
}

/// A value as the decoder hands it out, whatever its type.
private struct Node: Decodable {
    let value: JSONValue

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        if single.decodeNil() {
            value = .null
        } else if let members = try? decoder.container(keyedBy: Key.self) {
            var object: [String: JSONValue] = [:]
            for key in members.allKeys { object[key.stringValue] = try members.decode(Node.self, forKey: key).value }
            value = .object(object)
        } else if var elements = try? decoder.unkeyedContainer() {
            var array: [JSONValue] = []
            while !elements.isAtEnd { array.append(try elements.decode(Node.self).value) }
            value = .array(array)
        } else if let text = try? single.decode(String.self) {
            value = .string(text)
        } else if let truth = try? single.decode(Bool.self) {
            value = .bool(truth)
        } else if let number = try? single.decode(Int.self) {
            value = .int(number)
        } else {
            let number = try single.decode(Double.self)
            guard number.isFinite else {
                throw DecodingError.dataCorruptedError(in: single, debugDescription: "the number is out of range")
            }
            value = .double(number)
        }
    }
}
