import Models

/// Numbered examples that any program can make again: `pytorch_embeddings.py` has the same bytes.
///
/// Value i is murmur3's 32-bit finaliser of i, its upper 24 bits as a number in [-1, 1); the label is the position of
/// the largest of the first values, so that there is something to learn.
struct Examples {
    let inputs: FloatBuffer
    let labels: [Int32]

    /// Makes `count` examples of `size` values.
    init(count: Int, size: Int, classes: Int, pool: WorkerPool) {
        if count > Int(UInt32.max) / size { fail("\(count) x \(size) numbers are more than 32 bits can count") }
        if size < classes { fail("examples of \(size) numbers are too short for \(classes) classes") }
        let inputs = FloatBuffer(count: count * size)
        let perTask = max(1, 262_144 / size)
        pool.run((count + perTask - 1) / perTask) { task, _ in
            for index in task * perTask * size..<min(count, (task + 1) * perTask) * size {
                inputs.pointer[index] = Self.value(UInt32(truncatingIfNeeded: index))
            }
        }
        labels = (0..<count).map { example in
            let row = inputs.pointer + example * size
            var best = 0
            for index in 1..<classes where row[index] > row[best] { best = index }
            return Int32(best)
        }
        self.inputs = inputs
    }

    @inline(__always)
    private static func value(_ index: UInt32) -> Float {
        var bits = index
        bits ^= bits >> 16
        bits &*= 0x85EB_CA6B
        bits ^= bits >> 13
        bits &*= 0xC2B2_AE35
        bits ^= bits >> 16
        return Float(Int32(truncatingIfNeeded: bits >> 8)) * 0x1p-23 - 1
    }
}
