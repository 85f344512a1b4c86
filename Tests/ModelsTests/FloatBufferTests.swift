import Models
import Testing

/// What is in memory that nothing was written to: NaN where values are not defined, which every test relies on.
@Suite struct FloatBufferTests {
    @Test(arguments: [1, 100, 1 << 20]) func freshMemoryIsPoisonInTests(count: Int) {
        let buffer = FloatBuffer(count: count)
        #expect((0..<count).allSatisfy { buffer.pointer[$0].isNaN })
    }

    /// Both roads: memory that is cleared, and memory that comes from the system as zeros.
    @Test(arguments: [100, 1 << 18]) func zerosAreZeros(count: Int) {
        let buffer = FloatBuffer.zeros(count)
        #expect((0..<count).allSatisfy { buffer.pointer[$0] == 0 })
    }

    @Test func scratchMemoryIsPoisonInTests() {
        let workspace = Workspace(workers: 1)
        workspace.reserve(10)
        #expect((0..<10).allSatisfy { workspace.pointer(worker: 0)[$0].isNaN })
    }
}
