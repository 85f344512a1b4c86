/// Gathering the inputs of output positions, and adding values back to where they came from.
package enum Patches {
    /// Copies the patches of a run of output positions into groups of sixteen inputs.
    ///
    /// Input d of position p goes to `(p / 8) · octetStride + (p % 8) · 16 + (d / 16) · groupStride + d % 16`, where
    /// d = (tap · inputChannels + channel); what the padding covers is zero.
    ///
    /// - Parameters:
    ///   - input: [batch][height][width][inputChannels].
    ///   - shape: a layer whose `inputChannels` is a multiple of 16.
    ///   - firstPosition: the first output position, counted over the batch.
    ///   - count: the number of positions.
    ///   - octetStride: floats between two groups of eight positions.
    ///   - groupStride: floats between two groups of sixteen inputs.
    ///   - target: where the patches go.
    package static func gather(
        _ input: ConvolutionInput, shape: ConvolutionShape, firstPosition: Int, count: Int,
        octetStride: Int, groupStride: Int, into target: UnsafeMutablePointer<Float>
    ) {
        forEachPosition(shape: shape, firstPosition: firstPosition, count: count) { position, map, row, column in
            let place = target + (position >> 3) &* octetStride + (position & 7) &* 16
            if let affine = input.affine {
                let groups = shape.inputChannels >> 4
                gatherVectors(input.values, shape, map, row, column, groupStride, place) { vector, group in
                    vector.normalizedAndRectified(affine.lanes[group], affine.lanes[groups &+ group])
                }
            } else {
                gatherVectors(input.values, shape, map, row, column, groupStride, place) { vector, _ in vector }
            }
        }
    }

    @inline(__always)
    private static func forEachPosition(
        shape: ConvolutionShape, firstPosition: Int, count: Int,
        _ body: (_ position: Int, _ map: Int, _ row: Int, _ column: Int) -> Void
    ) {
        let across = shape.outputWidth
        let perMap = shape.positionCount
        var map = firstPosition / perMap
        var row = (firstPosition &- map &* perMap) / across
        var column = firstPosition &- map &* perMap &- row &* across
        for position in 0..<count {
            body(position, map, row &* shape.stride &- shape.padding, column &* shape.stride &- shape.padding)
            column &+= 1
            if column == across {
                column = 0
                row &+= 1
                if row == shape.outputHeight {
                    row = 0
                    map &+= 1
                }
            }
        }
    }

    @inline(__always)
    private static func gatherVectors(
        _ input: UnsafePointer<Float>, _ shape: ConvolutionShape, _ map: Int, _ row: Int, _ column: Int,
        _ groupStride: Int, _ place: UnsafeMutablePointer<Float>,
        _ read: (_ vector: Float16Lanes, _ group: Int) -> Float16Lanes
    ) {
        let groups = shape.inputChannels >> 4
        var target = place
        for y in row..<row &+ shape.kernel {
            for x in column..<column &+ shape.kernel {
                if y >= 0 && y < shape.height && x >= 0 && x < shape.width {
                    let source = input.lanes + ((map &* shape.height &+ y) &* shape.width &+ x) &* groups
                    for group in 0..<groups {
                        target.lanes[0] = read(source[group], group)
                        target += groupStride
                    }
                } else {
                    for _ in 0..<groups {
                        target.lanes[0] = .zero
                        target += groupStride
                    }
                }
            }
        }
    }

    /// Adds patch values to the input elements they belong to; what falls on the padding is dropped.
    ///
    /// - Parameters:
    ///   - patches: [count][patchCount].
    ///   - shape: a layer whose `inputChannels` is a multiple of 16.
    ///   - firstPosition: the first output position, counted over the batch.
    ///   - count: the number of positions.
    ///   - output: [batch][height][width][inputChannels].
    package static func scatter(
        _ patches: UnsafePointer<Float>, shape: ConvolutionShape, firstPosition: Int, count: Int,
        to output: UnsafeMutablePointer<Float>
    ) {
        let groups = shape.inputChannels >> 4
        forEachPosition(shape: shape, firstPosition: firstPosition, count: count) { position, map, row, column in
            var source = (patches + position &* shape.patchCount).lanes
            for y in row..<row &+ shape.kernel {
                for x in column..<column &+ shape.kernel {
                    if y >= 0 && y < shape.height && x >= 0 && x < shape.width {
                        let target = output.lanes + ((map &* shape.height &+ y) &* shape.width &+ x) &* groups
                        for group in 0..<groups { target[group] += source[group] }
                    }
                    source += groups
                }
            }
        }
    }
}
