/// One column of a table as numbers for its distinct texts, which takes a look-up and no copy for each row.
struct CSVTextColumn {
    /// For each row, an index into `texts`.
    private(set) var codes: [Int32] = []
    /// The distinct texts in the order in which they came.
    private(set) var texts: [String] = []
    /// Where each of them stands for the first time.
    private var places: [Range<Int>] = []
    /// Indices of texts by their hash, -1 where there is none; a power of two of slots.
    private var slots = [Int32](repeating: -1, count: 64)

    /// What stands for a value that is not known.
    static let missing = "(missing)"

    /// Whether words like `NA` stand for themselves, because they may be classes; an empty field never does.
    private let keepsWords: Bool

    init(keepsWords: Bool = false) { self.keepsWords = keepsWords }

    /// Takes the field of a further row.
    mutating func append(_ field: CSVScanner.Field, of scanner: CSVScanner) {
        codes.append(code(field, of: scanner))
    }

    private mutating func code(_ field: CSVScanner.Field, of scanner: CSVScanner) -> Int32 {
        let bytes = scanner.input.bytes
        var slot = firstSlot(field.start..<field.end, of: bytes)
        while true {
            let code = slots[slot]
            if code < 0 { break }
            let place = places[Int(code)]
            if place.count == field.end - field.start,
                (0..<place.count).allSatisfy({ bytes[place.lowerBound + $0] == bytes[field.start + $0] })
            {
                return code
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        let code = Int32(truncatingIfNeeded: texts.count)
        let own = UnsafeRawBufferPointer(rebasing: bytes[field.start..<field.end])
        let isMissing = keepsWords ? own.isEmpty : CSVValue.isMissing(own)
        texts.append(isMissing ? Self.missing : scanner.text(field))
        places.append(field.start..<field.end)
        slots[slot] = code
        if texts.count * 2 > slots.count { grow(over: bytes) }
        return code
    }

    /// The slot at which the search for a text begins.
    private func firstSlot(_ place: Range<Int>, of bytes: UnsafeRawBufferPointer) -> Int {
        // FNV-1a, whose upper half is folded in because slots are chosen by the lower.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for position in place { hash = (hash ^ UInt64(bytes[position])) &* 0x0000_0100_0000_01b3 }
        return Int(truncatingIfNeeded: hash ^ (hash >> 32)) & (slots.count - 1)
    }

    private mutating func grow(over bytes: UnsafeRawBufferPointer) {
        slots = [Int32](repeating: -1, count: slots.count * 4)
        for (code, place) in places.enumerated() {
            var slot = firstSlot(place, of: bytes)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(truncatingIfNeeded: code)
        }
    }

    /// Whether a code is that of a value that is not known.
    func isMissing(_ code: Int32) -> Bool { texts[Int(code)] == Self.missing }

    /// The column as a group column, its values sorted bytewise.
    func groupColumn(named name: String) -> GroupColumn {
        GroupColumn(name: name, texts: texts, codes: codes)
    }
}
