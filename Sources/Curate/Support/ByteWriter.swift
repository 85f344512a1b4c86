/// Takes the bytes of a file in order; throws when they cannot be written.
package typealias ByteSink = (UnsafeRawBufferPointer) throws -> Void

/// Text in the making, handed to a sink in large pieces.
struct ByteWriter {
    private var buffer: [UInt8] = []
    private let sink: ByteSink
    private static let pieceSize = 1 << 18

    init(sink: @escaping ByteSink) {
        self.sink = sink
        buffer.reserveCapacity(Self.pieceSize + 4096)
    }

    /// Hands over what has gathered, if it is enough to be worth it.
    mutating func flushIfLarge() throws {
        if buffer.count >= Self.pieceSize { try flush() }
    }

    /// Hands over what has gathered.
    mutating func flush() throws {
        try buffer.withUnsafeBytes { bytes in if !bytes.isEmpty { try sink(bytes) } }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Appends text as it is.
    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { buffer.append(contentsOf: $0) }
    }

    /// Appends one byte.
    mutating func append(_ byte: UInt8) { buffer.append(byte) }

    /// Appends an integer in decimal.
    mutating func append(_ value: Int) {
        if value < 0 { buffer.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        let start = buffer.count
        repeat {
            buffer.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        var (low, high) = (start, buffer.count - 1)
        while low < high {
            buffer.swapAt(low, high)
            (low, high) = (low + 1, high - 1)
        }
    }

    /// Appends the shortest text that reads back as the same Float; never called with NaN or infinity.
    mutating func append(_ value: Float) { append(value.description) }

    /// Appends a CSV field, quoted when a reader would otherwise take it apart.
    mutating func appendField(_ text: String) { CSVField.append(text, to: &buffer) }

    /// Appends a JSON string with its quotes.
    mutating func appendJSON(_ text: String) { JSONValue.append(text, to: &buffer) }

    /// Everything appended so far and not handed over.
    var text: String { String(decoding: buffer, as: UTF8.self) }
}
