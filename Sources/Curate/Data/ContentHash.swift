/// The digest that names a dataset: equal for equal data, whatever path, compression or threads it came by.
///
/// The version in the first line changes whenever the meaning of the bytes does.
package struct ContentHash {
    private let digest = SHA256()
    private var buffer: [UInt8] = []

    /// Starts with the shape of the features.
    package init(shape: FeatureMatrix.Shape, elementType: FeatureMatrix.ElementType, layout: FeatureMatrix.Layout) {
        let extents = "\(shape.height) \(shape.width) \(shape.channels)"
        add("curate dataset 1; \(extents); \(elementType.name); \(layout.name)")
    }

    /// Starts from the hash of the dataset another one was derived from.
    package init(derivedFrom parent: String) {
        add("curate dataset 1; derived from \(parent)")
    }

    /// Adds the rows of the features.
    package mutating func add(rows: UnsafeRawBufferPointer) {
        flush()
        digest.update(rows)
    }

    /// Adds numbers.
    package mutating func add(_ numbers: [Int32]) {
        add("numbers \(numbers.count)")
        flush()
        numbers.withUnsafeBytes { digest.update($0) }
    }

    /// Adds the part each example belongs to.
    package mutating func add(_ partitions: [Partition]) {
        add("partitions \(partitions.count)")
        buffer.append(contentsOf: partitions.lazy.map(\.rawValue))
        flush()
    }

    /// Adds the examples' names.
    package mutating func add(_ ids: ExampleIdentifiers) {
        switch ids {
        case .positional(let counts):
            add("positional")
            add(counts.map { Int32(truncatingIfNeeded: $0) })
        case .named(let names):
            add("named")
            add(names)
        }
    }

    /// Adds texts; their lengths are part of it, so no two lists look alike.
    package mutating func add(_ texts: [String]) {
        add("texts \(texts.count)")
        for text in texts { add(text) }
    }

    /// Adds one text with its length.
    package mutating func add(_ text: String) {
        buffer.append(contentsOf: "\(text.utf8.count):".utf8)
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= 1 << 16 { flush() }
    }

    /// Ends the digest: 64 hexadecimal digits.
    package mutating func finalize() -> String {
        flush()
        return SHA256.hexadecimal(digest.finalize())
    }

    private mutating func flush() {
        buffer.withUnsafeBytes { digest.update($0) }
        buffer.removeAll(keepingCapacity: true)
    }
}

extension FeatureMatrix.ElementType {
    /// NumPy's name for it, for people and hashes.
    package var name: String {
        switch self {
        case .uint8: "uint8"
        case .float32: "float32"
        case .float64: "float64"
        }
    }
}

extension FeatureMatrix.Layout {
    /// A name for people and hashes.
    package var name: String {
        switch self {
        case .channelsLast: "channels last"
        case .channelsFirst: "channels first"
        }
    }
}
