import CVector

/// Sixteen floats: one AVX-512 register, two AVX2 ones.
package typealias Float16Lanes = SIMD16<Float>

// Whole-vector arithmetic in place of the standard library's, which is written lane by lane; see CVector.
extension SIMD16<Float> {
    @inlinable @inline(__always)
    package static func + (a: Self, b: Self) -> Self { curate_add(a, b) }

    @inlinable @inline(__always)
    package static func - (a: Self, b: Self) -> Self { curate_subtract(a, b) }

    @inlinable @inline(__always)
    package static func * (a: Self, b: Self) -> Self { curate_multiply(a, b) }

    @inlinable @inline(__always)
    package static func * (a: Self, b: Float) -> Self { curate_multiply(a, curate_broadcast(b)) }

    @inlinable @inline(__always)
    package static func += (a: inout Self, b: Self) { a = curate_add(a, b) }

    /// `self += a · b`, rounded once.
    @inlinable @inline(__always)
    package mutating func addProduct(_ a: Self, _ b: Self) { self = curate_multiply_add(a, b, self) }

    /// `self + a · b`, rounded once.
    @inlinable @inline(__always)
    package func addingProduct(_ a: Self, _ b: Self) -> Self { curate_multiply_add(a, b, self) }

    /// `self + scale · other`, rounded once.
    @inlinable @inline(__always)
    package func addingProduct(_ scale: Float, _ other: Self) -> Self {
        curate_multiply_add(curate_broadcast(scale), other, self)
    }

    /// The larger of each lane and the other's; a lane that is not a number stays so.
    @inlinable @inline(__always)
    package func larger(_ other: Self) -> Self { curate_larger(self, other) }

    /// The lanes where the other vector is positive, zero elsewhere.
    @inlinable @inline(__always)
    package func masked(wherePositive other: Self) -> Self { curate_where_positive(self, other) }

    /// The number in every lane.
    @inlinable @inline(__always)
    package static func all(_ value: Float) -> Self { curate_broadcast(value) }

    /// The vector at an address, or zeros; an address that does not exist is not touched.
    ///
    /// - Parameters:
    ///   - address: a multiple of 64.
    ///   - exists: all ones, or 0 for zeros.
    @inlinable @inline(__always)
    package static func load(_ address: UnsafePointer<Self>, if exists: UInt16) -> Self {
        curate_load_if(UnsafeRawPointer(address).assumingMemoryBound(to: Float.self), exists)
    }

    /// The same vector, or zeros.
    ///
    /// - Parameter exists: all ones, or 0 for zeros.
    @inlinable @inline(__always)
    package func kept(if exists: UInt16) -> Self { curate_keep_if(self, exists) }

    /// The first `count` floats at any address, zeros in the other lanes, whose memory is not touched.
    ///
    /// - Parameter count: within 0...16.
    @inlinable @inline(__always)
    package static func load(first count: Int, at address: UnsafePointer<Float>) -> Self {
        curate_load_first(address, Int32(truncatingIfNeeded: count))
    }

    /// Stores the first `count` lanes at any address.
    ///
    /// - Parameter count: within 0...16.
    @inlinable @inline(__always)
    package func store(first count: Int, at address: UnsafeMutablePointer<Float>) {
        curate_store_first(address, self, Int32(truncatingIfNeeded: count))
    }
}
