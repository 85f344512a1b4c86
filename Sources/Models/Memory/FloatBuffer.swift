import Glibc
import Synchronization

/// Owned, 64-byte aligned floats: the memory behind activations, parameters and scratch space.
package final class FloatBuffer: @unchecked Sendable {
    // Unchecked: the pointer never changes; who writes through it is decided by the task numbering of `WorkerPool`.

    /// The number of floats.
    package let count: Int
    /// The first float, aligned to a cache line.
    package let pointer: UnsafeMutablePointer<Float>
    /// The bytes that were mapped rather than allocated; 0 for the latter.
    private let mappedByteCount: Int

    /// Whether fresh memory is filled with NaN, so that code which relies on zeroed memory fails at once.
    ///
    /// Tests turn this on before anything else, and train with what is shipped. Programs leave it off: it touches
    /// memory that may never be needed. Buffers that exist already stay as they are.
    package static let fillsFreshMemory = Atomic<Bool>(false)

    /// Allocates `count` floats whose values are not defined.
    package init(count: Int) {
        self.count = count
        let byteCount = max(64, (count * 4 + 63) / 64 * 64)
        let isLarge = byteCount >= Self.hugePageBytes
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: byteCount, alignment: isLarge ? Self.hugePageBytes : 64)
        // Advice: without huge pages everything works, with more misses of the address cache.
        if isLarge { _ = madvise(memory, byteCount, MADV_HUGEPAGE) }
        pointer = memory.bindMemory(to: Float.self, capacity: byteCount / 4)
        mappedByteCount = 0
        if Self.fillsFreshMemory.load(ordering: .relaxed) {
            pointer.initialize(repeating: .nan, count: byteCount / 4)
        }
    }

    /// Maps `byteCount` bytes of zeros, which take no memory until they are written.
    private init(count: Int, mappedBytes byteCount: Int) {
        let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory, memory != MAP_FAILED else { preconditionFailure("no memory for \(byteCount) bytes") }
        self.count = count
        pointer = memory.bindMemory(to: Float.self, capacity: byteCount / 4)
        mappedByteCount = byteCount
    }

    /// Allocates `count` zeros.
    package static func zeros(_ count: Int) -> FloatBuffer {
        // The gradients and velocities of a network that is only evaluated are never touched.
        if count >= largeCount { return FloatBuffer(count: count, mappedBytes: (count * 4 + 63) / 64 * 64) }
        let buffer = FloatBuffer(count: count)
        buffer.pointer.initialize(repeating: 0, count: count)
        return buffer
    }

    private static let largeCount = 1 << 18
    private static let hugePageBytes = 2 << 20

    deinit {
        if mappedByteCount > 0 {
            munmap(pointer, mappedByteCount)
        } else {
            pointer.deallocate()
        }
    }

    /// The floats as sixteen-lane vectors; the memory is rounded up to whole vectors.
    package var vectors: UnsafeMutablePointer<Float16Lanes> { pointer.lanes }
}

extension UnsafeMutablePointer<Float> {
    /// The same memory as vectors of sixteen.
    ///
    /// - Precondition: the address is a multiple of 64.
    @inline(__always)
    package var lanes: UnsafeMutablePointer<Float16Lanes> {
        UnsafeMutableRawPointer(self).assumingMemoryBound(to: Float16Lanes.self)
    }
}

extension UnsafePointer<Float> {
    /// The same memory as vectors of sixteen.
    ///
    /// - Precondition: the address is a multiple of 64.
    @inline(__always)
    package var lanes: UnsafePointer<Float16Lanes> {
        UnsafeRawPointer(self).assumingMemoryBound(to: Float16Lanes.self)
    }
}

/// Scratch memory per worker that grows to the largest request and is then reused.
package final class Workspace {
    private var buffers: [FloatBuffer?]

    /// Makes empty scratch memory for a pool's workers.
    package init(workers: Int) { buffers = Array(repeating: nil, count: workers) }

    /// Makes sure that every worker has at least `count` floats.
    package func reserve(_ count: Int) {
        for worker in buffers.indices where (buffers[worker]?.count ?? -1) < count {
            buffers[worker] = FloatBuffer(count: count)
        }
    }

    /// The scratch memory of one worker.
    package func pointer(worker: Int) -> UnsafeMutablePointer<Float> {
        guard let buffer = buffers[worker] else { preconditionFailure("scratch memory used before it was reserved") }
        return buffer.pointer
    }
}
