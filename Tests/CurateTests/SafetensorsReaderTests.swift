import Curate
import Models
import Testing

/// What is read of a safetensors file, and what is refused.
@Suite struct SafetensorsReaderTests {
    @Test func tensorsComeInTheOrderOfTheirBytes() throws {
        let file = try SafetensorsFixtures.read(SafetensorsFixtures.small)
        #expect(
            file.tensors == [
                NamedTensor(name: "a.weight", shape: [2, 2], values: [1, -2, 0.5, 3]),
                NamedTensor(name: "none", shape: [0, 3], values: []),
                NamedTensor(name: "b", shape: [2], values: [1, -2]),
            ])
        #expect(file.metadata == ["format": "pt"])
        #expect(file.path == "model.safetensors")
    }

    @Test func everyFloatTypeBecomesSinglePrecision() throws {
        let numbers: [Double] = [0, 1, -0.5, 1.5, 65504, 0x1p-24]
        let cases: [(String, [UInt8], [Float])] = [
            ("F64", SafetensorsFixtures.bytes(numbers + [0.1, -1e-300]), numbers.map { Float($0) } + [0.1, 0]),
            ("F32", SafetensorsFixtures.bytes(numbers.map { Float($0) }), numbers.map { Float($0) }),
            ("F16", SafetensorsFixtures.bytes(numbers.map { Float16($0) }), numbers.map { Float($0) }),
            // Sign, eight bits of exponent, seven of fraction: 0, 1, -0.5, 1.5, 2^-24, the largest.
            (
                "BF16", SafetensorsFixtures.bytes([UInt16(0), 0x3F80, 0xBF00, 0x3FC0, 0x3380, 0x7F7F]),
                [0, 1, -0.5, 1.5, 0x1p-24, 0x1.FEp127]
            ),
        ]
        for (type, data, expected) in cases {
            let bytes = SafetensorsFixtures.file(type: type, shape: "[\(expected.count)]", data: data)
            #expect(try SafetensorsFixtures.read(bytes).tensors.first?.values == expected, "\(type)")
        }
    }

    @Test func aFileOfNothingIsRead() throws {
        #expect(try SafetensorsFixtures.read(SafetensorsFixtures.file("{}")).tensors.isEmpty)
    }

    static let broken: [(String, [UInt8])] = {
        func line(_ name: String, _ shape: String, _ from: Int, _ to: Int, type: String = "F32") -> String {
            "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":[\(from),\(to)]}"
        }
        func file(_ lines: String..., bytes: Int) -> [UInt8] {
            SafetensorsFixtures.file(
                "{" + lines.joined(separator: ",") + "}", data: [UInt8](repeating: 0, count: bytes))
        }
        let huge = "[4611686018427387904,4]"
        return [
            ("too short", [1, 2, 3]),
            ("too short", []),
            ("header of 1000000000 bytes", SafetensorsFixtures.littleEndian(UInt64(1_000_000_000)) + Array("{}".utf8)),
            ("header of 18446744073709551615 bytes", [UInt8](repeating: 255, count: 64)),
            ("longer than the file", SafetensorsFixtures.littleEndian(UInt64(3)) + Array("{}".utf8)),
            ("does not start with '{'", SafetensorsFixtures.file("[]")),
            ("does not start with '{'", SafetensorsFixtures.file(" {}")),
            ("does not start with '{'", SafetensorsFixtures.file("", data: Array("{}".utf8))),
            ("something follows", SafetensorsFixtures.file("{}{}")),
            ("the document ends", SafetensorsFixtures.file("{\"w\":")),
            ("occurs twice", file(line("w", "[1]", 0, 4), line("w", "[1]", 4, 8), bytes: 8)),
            ("__metadata__ in the header is not an object", SafetensorsFixtures.file(#"{"__metadata__":[]}"#)),
            ("'epoch' of __metadata__ is not a string", SafetensorsFixtures.file(#"{"__metadata__":{"epoch":1}}"#)),
            ("not described by an object", SafetensorsFixtures.file(#"{"w":1}"#)),
            ("has no dtype", SafetensorsFixtures.file(#"{"w":{"shape":[0],"data_offsets":[0,0]}}"#)),
            ("unknown type 'F4'", file(line("w", "[2]", 0, 1, type: "F4"), bytes: 1)),
            ("has no shape", SafetensorsFixtures.file(#"{"w":{"dtype":"F32","data_offsets":[0,0]}}"#)),
            ("has no shape", file(line("w", "[-1]", 0, 4), bytes: 4)),
            ("has no shape", file(line("w", "[1.0]", 0, 4), bytes: 4)),
            ("has no data_offsets", SafetensorsFixtures.file(#"{"w":{"dtype":"F32","shape":[0]}}"#)),
            (
                "has no data_offsets",
                SafetensorsFixtures.file(#"{"w":{"dtype":"F32","shape":[0],"data_offsets":[0,0,0]}}"#)
            ),
            ("the file has 4 bytes of data", file(line("w", "[2]", 0, 8), bytes: 4)),
            ("the file has 4 bytes of data", file(line("w", "[1]", 4, 0), bytes: 4)),
            ("impossible shape", file(line("w", huge, 0, 4), bytes: 4)),
            ("impossible shape", file(line("w", "[4611686018427387904]", 0, 4), bytes: 4)),
            ("needs 8 bytes and has 4", file(line("w", "[2]", 0, 4), bytes: 4)),
            ("needs 4 bytes and has 8", file(line("w", "[]", 0, 8), bytes: 8)),
            ("'b' overlaps", file(line("a", "[2]", 0, 8), line("b", "[2]", 4, 12), bytes: 12)),
            ("'b' overlaps", file(line("a", "[2]", 0, 8), line("b", "[2]", 0, 8), bytes: 8)),
            ("'b' leaves unused bytes", file(line("a", "[1]", 0, 4), line("b", "[1]", 8, 12), bytes: 12)),
            ("'a' leaves unused bytes", file(line("a", "[1]", 4, 8), bytes: 8)),
            ("4 bytes follow", file(line("a", "[1]", 0, 4), bytes: 8)),
            ("4 bytes follow", SafetensorsFixtures.file("{}", data: [0, 0, 0, 0])),
        ]
    }()

    @Test(arguments: broken) func brokenFilesAreRefused(message: String, bytes: [UInt8]) throws {
        let error = try #require(SafetensorsFixtures.refusal(bytes))
        #expect(error.kind == .badData && error.message.contains(message), "\(error)")
        #expect(error.location?.hasPrefix("model.safetensors") == true)
        #expect(error.remedy?.isEmpty == false)
    }

    @Test(arguments: ["I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL", "F8_E4M3", "F8_E5M2", "C64"])
    func onlyCountersMayBeOtherNumbers(type: String) throws {
        let size = try #require(SafetensorsHeader.ElementType(rawValue: type)).byteCount
        let data = [UInt8](repeating: 1, count: size)
        let weight = SafetensorsFixtures.file(type: type, shape: "[]", data: data)
        let error = try #require(SafetensorsFixtures.refusal(weight))
        #expect(error.kind == .badData && error.message == "tensor 'w' holds \(type) numbers, weights are floats")
        #expect(error.remedy?.contains("tensor.float()") == true)
        let counter = SafetensorsFixtures.file(name: "bn1.num_batches_tracked", type: type, shape: "[]", data: data)
        #expect(try SafetensorsFixtures.read(counter).tensors.isEmpty)
    }

    @Test func weightsThatAreNotFiniteAreRefused() throws {
        for bad in [Double.nan, .infinity, -.infinity] {
            let files = [
                ("F64", SafetensorsFixtures.bytes([0, bad])), ("F32", SafetensorsFixtures.bytes([0, Float(bad)])),
                ("F16", SafetensorsFixtures.bytes([0, Float16(bad)])),
                ("BF16", SafetensorsFixtures.bytes([0, UInt16(Float(bad).bitPattern >> 16)])),
            ]
            for (type, data) in files {
                let bytes = SafetensorsFixtures.file(name: "fc.bias", type: type, shape: "[2]", data: data)
                let error = try #require(SafetensorsFixtures.refusal(bytes))
                #expect(error.message == "number 1 of tensor 'fc.bias' is not finite", "\(type) \(bad)")
                #expect(error.location == "model.safetensors, byte \(bytes.count - data.count / 2)")
                #expect(error.remedy?.contains("diverged") == true)
            }
        }
        let large = SafetensorsFixtures.file(type: "F64", shape: "[1]", data: SafetensorsFixtures.bytes([1e39]))
        #expect(SafetensorsFixtures.refusal(large)?.message.contains("1e+39, beyond single precision") == true)
    }

    @Test func otherFormatsAreNamed() throws {
        let archive: [UInt8] = [0x50, 0x4b, 0x03, 0x04, 0, 0, 8, 8] + [UInt8](repeating: 0, count: 40)
        let pickle: [UInt8] = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20]
        let shortPickle: [UInt8] = [0x80, 0x04, 0x7d, 0x2e]
        for bytes in [archive, pickle, shortPickle] {
            let error = try #require(SafetensorsFixtures.refusal(bytes))
            #expect(error.kind == .badData && error.message.contains("pickles are not"))
            #expect(error.remedy?.contains("safetensors.torch.save_file(model.state_dict(), ") == true)
        }
        let pointer = Array("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 44\n".utf8)
        #expect(SafetensorsFixtures.refusal(pointer)?.remedy == "fetch them with git lfs pull")
        let keras: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0]
        #expect(SafetensorsFixtures.refusal(keras)?.message.contains("HDF5") == true)
    }

    /// A header of 640 bytes makes the file start like a pickle of protocol 2.
    @Test func aLengthThatLooksLikeAPickleIsRead() throws {
        let bytes = SafetensorsFixtures.file("{}" + String(repeating: " ", count: 638))
        #expect(bytes.starts(with: [0x80, 0x02]))
        #expect(try SafetensorsFixtures.read(bytes).tensors.isEmpty)
    }

    @Test func missingFilesAreReported() {
        let error = ScoringFixtures.failure { _ = try SafetensorsReader(path: "/nowhere/model.safetensors") }
        #expect(error?.kind == .missingInput && error?.location == "/nowhere/model.safetensors")
    }
}
