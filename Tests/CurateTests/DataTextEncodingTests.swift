import Curate
import Foundation
import Models
import Testing

/// Text that is not UTF-8 is refused, wherever it stands.
@Suite struct DataTextEncodingTests {
    /// Letters of Latin-1 that are not ASCII; no two of them are a character of UTF-8.
    private static let letters = (0xc0...0xff).filter { $0 != 0xd7 && $0 != 0xf7 }.compactMap(Unicode.Scalar.init)

    private static func latin1(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }

    /// A table with a letter that is not ASCII in one place, which may be a header, a label, a feature or a group.
    @Test func latin1IsAlwaysRefused() throws {
        var random = KeyedRandom(seed: 5, stream: .test)
        for _ in 0..<200 {
            var rows = [["x", "colour", "town", "label"]]
            for row in 0..<(3 + random.below(40)) {
                rows.append(["\(row)", ["red", "blue"][random.below(2)], "town", ["cat", "dog"][row % 2]])
            }
            let (line, column) = (random.below(rows.count), random.below(4))
            rows[line][column] += String(Self.letters[random.below(Self.letters.count)])
            let text = rows.map { $0.joined(separator: ",") }.joined(separator: "\n") + "\n"
            var options = DatasetOptions()
            options.csv.groups = [rows[0][2]]
            options.csv.label = rows[0][3]
            #expect(throws: Never.self) {
                var wanted = options
                // A number with a letter is none.
                wanted.csv.ignored = [rows[0][0]]
                _ = try DataCSVTests.dataset(text, wanted)
            }
            do {
                _ = try DataCSVTests.dataset(bytes: Self.latin1(text), options)
                Issue.record("read: \(text)")
            } catch let error as CurateError {
                #expect(error.location == "table.csv:\(line + 1)")
                #expect(error.message.contains("is no UTF-8"))
                #expect(error.remedy == "convert it: iconv -f ISO-8859-1 -t UTF-8 'table.csv' > 'utf8-table.csv'")
            }
        }
    }

    @Test func theLineToTypeFitsTheFile() throws {
        let directory = try TemporaryDirectory()
        let bytes = Array("x,label\n1,a\n2,".utf8) + [0x80] + Array("uro\n".utf8)
        let path = try directory.write("t.csv.gz", Build.gzip(bytes))
        let error = try #require(throws: CurateError.self) { try DatasetLoader.load(path: path) }
        #expect(error.location?.hasSuffix("t.csv.gz:3") == true)
        #expect(
            error.remedy
                == "convert it: zcat 't.csv.gz' | iconv -f WINDOWS-1252 -t UTF-8 | gzip > 'utf8-t.csv.gz'")
    }

    @Test func utf16IsRefusedWithAndWithoutAMark() throws {
        let text = "x,label\n1,a\n2,b\n"
        let little = text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        let big = text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        for (bytes, encoding) in [
            ([0xff, 0xfe] + little, "UTF-16"), ([0xfe, 0xff] + big, "UTF-16"), (little, "UTF-16LE"), (big, "UTF-16BE"),
        ] {
            let error = try #require(throws: CurateError.self) { try DataCSVTests.dataset(bytes: bytes) }
            #expect(error.remedy?.contains("iconv -f \(encoding) -t UTF-8") == true, "\(error)")
        }
    }

    /// Sequences that look like UTF-8 and are none, and the longest characters that there are.
    @Test(
        arguments: [
            ([0xc0, 0x80], false), ([0xe0, 0x80, 0x80], false), ([0xed, 0xa0, 0x80], false),
            ([0xf4, 0x90, 0x80, 0x80], false),
            ([0xf5, 0x80, 0x80, 0x80], false), ([0xe2, 0x82], false), ([0x80], false), ([0xfe], false),
            ([0xf4, 0x8f, 0xbf, 0xbf], true), ([0xef, 0xbf, 0xbd], true), ([0xc2, 0x80], true),
            ([0xed, 0x9f, 0xbf], true),
            ([0xf0, 0x90, 0x80, 0x80], true),
        ] as [([UInt8], Bool)])
    func malformedSequences(bytes: [UInt8], isText: Bool) {
        // At every place in a word of eight bytes, and at the end.
        for shift in 0..<9 {
            for tail in [0, 1, 9] {
                let all = [UInt8](repeating: 97, count: shift) + bytes + [UInt8](repeating: 97, count: tail)
                let input = InputBytes(all, path: "t.csv")
                #expect(((try? input.requireUTF8()) != nil) == isText, "\(all)")
                #expect((String(validating: all, as: UTF8.self) != nil) == isText)
            }
        }
    }

    @Test func tablesBesideDataAndOtherFilesAreChecked() throws {
        let directory = try TemporaryDirectory()
        let bad = Array("class,recall\ncaf".utf8) + [0xe9] + Array(",0.5\n".utf8)
        let path = try directory.write("recall.csv", bad)
        expectFailure(.badData, "recall.csv:2: the byte 0xE9") {
            try ClassRecalls.read(path: path, classNames: ["cafe"])
        }
        try directory.write("features.npy", Build.npy("|u1", "(2, 1)", [1, 2]))
        try directory.write("metadata.csv", Array("label\ncaf".utf8) + [0xe9] + Array("\nb\n".utf8))
        expectFailure(.badData, "metadata.csv:2: the byte 0xE9") { try DatasetLoader.load(path: directory.path) }
        let predictions = try directory.write("p.csv", Array("label,pred\ncaf".utf8) + [0xe9] + Array(",b\n".utf8))
        expectFailure(.badData, "p.csv:2: the byte 0xE9") {
            try Predictions.reading([predictions], options: PredictionOptions())
        }
    }
}
