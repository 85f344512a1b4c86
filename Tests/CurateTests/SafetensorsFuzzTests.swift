import Curate
import Foundation
import Models
import TestSupport
import Testing

/// Damaged files: each is read or refused with a clear error, and nothing else happens.
@Suite(.tags(.soak)) struct SafetensorsFuzzTests {
    static let count = Soak.count(5_000, of: 1_000_000, "damaged safetensors files")

    @Test func damagedFilesNeverCrash() throws {
        var random = KeyedRandom(seed: 11, stream: .test)
        var readCount = 0
        for number in 0..<Self.count {
            let bytes = Self.damaged(SafetensorsFixtures.small, &random)
            do {
                let file = try SafetensorsFixtures.read(bytes)
                readCount += 1
                for tensor in file.tensors {
                    #expect(tensor.shape.reduce(1, *) == tensor.values.count, "file \(number)")
                    #expect(tensor.values.allSatisfy { $0.isFinite }, "file \(number)")
                }
            } catch let error as CurateError {
                let isClear = error.kind == .badData && error.location != nil && error.remedy?.isEmpty == false
                #expect(isClear, "file \(number): \(error)")
            }
        }
        // Both ends must be reached, or the damage is of the wrong strength.
        #expect(readCount > Self.count / 100 && readCount < Self.count * 3 / 4)
    }

    /// A few changes of the kinds that disks, transfers and enemies make.
    private static func damaged(_ original: [UInt8], _ random: inout KeyedRandom) -> [UInt8] {
        var bytes = original
        let headerEnd = 8 + Int(original[0]) + Int(original[1]) << 8
        for _ in 0...random.below(3) where !bytes.isEmpty {
            let place = random.below(bytes.count)
            switch random.below(7) {
            case 0: bytes[place] ^= 1 << UInt8(random.below(8))
            case 1: bytes[place] = UInt8(random.below(256))
            case 2: bytes.removeLast(bytes.count - place)
            case 3: bytes.insert(UInt8(random.below(256)), at: place)
            case 4: bytes.remove(at: place)
            case 5:
                // Another digit in the header, which keeps it valid JSON.
                let digits = bytes.indices.prefix(headerEnd).dropFirst(8).filter { (0x30...0x39).contains(bytes[$0]) }
                if !digits.isEmpty { bytes[digits[random.below(digits.count)]] = 0x30 + UInt8(random.below(10)) }
            default: bytes += (0..<random.below(9)).map { _ in UInt8(random.below(256)) }
            }
        }
        return bytes
    }
}
