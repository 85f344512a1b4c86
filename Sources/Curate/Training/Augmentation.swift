import Models

/// Random crop and flip of training pictures, drawn anew for every example and epoch.
package struct Augmentation: Sendable, Equatable {
    /// What lies around a picture before it is cropped.
    package enum CropMode: String, Sendable, CaseIterable {
        /// Pixels of value zero, before normalisation (torchvision's `RandomCrop(padding=)`).
        case zero
        /// The picture mirrored at its edge, which is not repeated (Data Diet's `mode="REFLECT"`).
        case reflect
    }

    /// Pixels added on each side before cropping back, 0 for none.
    package let cropPadding: Int
    /// What the added pixels are.
    package let cropMode: CropMode
    /// Whether half of the pictures are mirrored left to right.
    package let flips: Bool

    /// Makes an augmentation.
    package init(cropPadding: Int = 0, cropMode: CropMode = .zero, flips: Bool = false) {
        self.cropPadding = cropPadding
        self.cropMode = cropMode
        self.flips = flips
    }

    /// Whether anything is changed at all.
    package var isActive: Bool { cropPadding > 0 || flips }

    /// Above this bit of a draw's index stands how often an example was presented before; no dataset has as many rows.
    private static let repetitionShift = 40

    /// The crop's offset and the flip of one example.
    struct Draw {
        var rowShift = 0
        var columnShift = 0
        var isFlipped = false
    }

    /// Draws the changes for one example in one epoch.
    ///
    /// - Parameters:
    ///   - seed: the run's seed.
    ///   - epoch: from 1.
    ///   - example: the example's index in the dataset.
    ///   - repetition: how often the example was presented in the epoch before.
    func draw(seed: UInt64, epoch: Int, example: Int, repetition: Int) -> Draw {
        guard isActive else { return Draw() }
        var random = KeyedRandom(
            seed: seed, stream: .augmentation, epoch: epoch, index: example + repetition << Self.repetitionShift)
        var draw = Draw()
        if cropPadding > 0 {
            draw.rowShift = random.below(2 * cropPadding + 1) - cropPadding
            draw.columnShift = random.below(2 * cropPadding + 1) - cropPadding
        }
        if flips { draw.isFlipped = random.next() >> 63 == 1 }
        return draw
    }

    /// The source of one row or column, or nil when it lies in the zero padding.
    ///
    /// - Parameters:
    ///   - position: the row or column of the crop.
    ///   - shift: the crop's offset, within ±`cropPadding`.
    ///   - count: rows or columns of the picture.
    @inline(__always)
    func source(of position: Int, shift: Int, count: Int) -> Int? {
        let place = position + shift
        if place >= 0 && place < count { return place }
        switch cropMode {
        case .zero: return nil
        case .reflect: return place < 0 ? -place : 2 * (count - 1) - place
        }
    }

    /// The augmentation as canonical parameters of a stage.
    var parameters: JSONValue {
        [
            "cropPadding": .int(cropPadding), "cropMode": .string(cropPadding > 0 ? cropMode.rawValue : "none"),
            "flips": .bool(flips),
        ]
    }
}
