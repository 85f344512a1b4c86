/// A pass over the examples that was left in the middle: what it found so far and where it goes on.
///
/// A training epoch goes on with the next batch of the same order, a clean pass with the next example. Either ends with
/// the bytes of a pass that was never left, because nothing else is carried from batch to batch.
package struct UnfinishedPass: Sendable, Equatable {
    /// Presentations done, a multiple of the batch unless it is all of them; more than there are examples when an epoch
    /// presents some several times.
    package let completedCount: Int
    /// One value per scored example and metric, NaN where the pass has not been; the order of metrics is the pass's own.
    package let columns: [[Float]]
    /// The sum of the losses of the presentations done, 0 in a clean pass.
    package let totalLoss: Double
    /// How many of the presentations done were right.
    package let correctCount: Int
}

extension UnfinishedPass {
    /// Raised when the layout changes; bytes of another one are passed over, and the pass begins anew.
    private static let layoutVersion: UInt64 = 1
    private static let headerCount = 7

    /// The pass, and for a training epoch the state it had reached, as the bytes of one column.
    ///
    /// Seven little-endian 64-bit fields (layout, presentations done, right ones, bits of the summed loss, columns, examples,
    /// numbers of state), then the columns, then the state, as 32-bit floats.
    func bytes(state: [Float]) -> [UInt8] {
        let exampleCount = columns.first?.count ?? 0
        let header = [
            Self.layoutVersion, UInt64(completedCount), UInt64(correctCount), totalLoss.bitPattern,
            UInt64(columns.count), UInt64(exampleCount), UInt64(state.count),
        ]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 * header.count + 4 * (columns.count * exampleCount + state.count))
        for field in header { withUnsafeBytes(of: field.littleEndian) { bytes += $0 } }
        for floats in columns + [state] { floats.withUnsafeBytes { bytes += $0 } }
        return bytes
    }

    /// Reads what `bytes(state:)` wrote for a pass of the same shape; nil when it is of another.
    ///
    /// - Parameters:
    ///   - bytes: the column.
    ///   - columnCount: the metrics of the pass.
    ///   - exampleCount: the examples in every column.
    ///   - presentationCount: the presentations of the whole pass.
    ///   - stateCount: the numbers of state.
    static func reading(
        _ bytes: [UInt8], columnCount: Int, exampleCount: Int, presentationCount: Int, stateCount: Int
    ) -> (pass: UnfinishedPass, state: [Float])? {
        guard bytes.count == 8 * headerCount + 4 * (columnCount * exampleCount + stateCount) else { return nil }
        return bytes.withUnsafeBytes { raw in
            let header = (0..<headerCount).map {
                UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self))
            }
            let shape = [columnCount, exampleCount, stateCount].map { UInt64($0) }
            guard header[0] == layoutVersion, header[4...] == shape[...], header[1] <= UInt64(presentationCount),
                header[2] <= header[1]
            else { return nil }
            var offset = 8 * headerCount
            func floats(_ count: Int) -> [Float] {
                defer { offset += 4 * count }
                return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
                    UnsafeMutableRawBufferPointer(buffer).copyMemory(
                        from: UnsafeRawBufferPointer(rebasing: raw[offset..<offset + 4 * count]))
                    filled = count
                }
            }
            let columns = (0..<columnCount).map { _ in floats(exampleCount) }
            let pass = UnfinishedPass(
                completedCount: Int(header[1]), columns: columns, totalLoss: Double(bitPattern: header[3]),
                correctCount: Int(header[2]))
            return (pass, floats(stateCount))
        }
    }
}
