import Curate
import Foundation
import Models
import TestSupport
import Testing

/// Mutated pipeline files: each must give a pipeline or say what is wrong with it and where.
@Suite(.tags(.soak)) struct PipelineFuzzTests {
    private static let fileCount = Soak.count(10_000, of: 1_000_000, "mutated pipeline files")

    private static let seeds = [
        """
        // A comment
        { dataset: { path: "data", group: ["sex", 'age'], image: "8x8x1", validation: 0.2, header: true },
          stages: {
            probe: { train: { network: "mlp:16", epochs: [2, 3], seeds: 5, learningRate: .05, schedule: 'cosine' } },
            scores: { score: { runs: "probe", by: ["el2n", "grand"], at: 1, convention: "toneva" } },
            accuracy: { evaluate: { runs: "probe", on: "validation", by: ["sex"] } },
          },
        }
        """,
        "{dataset:{path:'d'},stages:{a:{train:{}},b:{train:{seeds:[1,2]}},c:{evaluate:{runs:['a','b']}}}}",
        #"{"dataset":{"path":"d\u0041\n"},"stages":{"a":{"train":{"momentum":0,"nesterov":false,"seed":"7"}}}}"#,
    ]

    /// Pieces that mean something to a parser.
    private static let pieces = [
        "{", "}", "[", "]", ":", ",", "\"", "'", "//", "/*", "*/", "\\", "\\u12", "\n", "\r\n", "1e999", "-0", "+.5",
        "0x", "0xFFFFFFFFFFFFFFFFFF", "NaN", "Infinity", "null", "true", "train", "score", "runs", "\u{feff}",
        "\u{2028}",
        "99999999999999999999", "9223372036854775807", "-9223372036854775808", "é", "\0", "[[[[[[[[", "{a:{a:{a:",
    ].map { Array($0.utf8) }

    @Test func theParserSurvives() {
        var accepted = 0
        for number in 0..<Self.fileCount {
            var random = KeyedRandom(seed: 77, stream: .test, index: number)
            var bytes = Array(Self.seeds[random.below(Self.seeds.count)].utf8)
            for _ in 0...random.below(3) { Self.mutate(&bytes, &random) }
            do {
                let pipeline = try Pipeline(text: bytes, file: "p.json5")
                #expect(!pipeline.instances.isEmpty)
                accepted += 1
            } catch let error as PipelineProblems {
                let isClear = error.problems.allSatisfy { !$0.message.isEmpty && ($0.line ?? 1) >= 1 }
                if !isClear { Issue.record("\(number): \(error)") }
            } catch {
                Issue.record(error, "\(number)")
            }
        }
        #expect(accepted > 0 && accepted < Self.fileCount)
    }

    private static func mutate(_ bytes: inout [UInt8], _ random: inout KeyedRandom) {
        guard !bytes.isEmpty else { return bytes = pieces[random.below(pieces.count)] }
        let place = random.below(bytes.count)
        switch random.below(6) {
        case 0: bytes[place] ^= 1 << UInt8(random.below(8))
        case 1: bytes[place] = UInt8(random.below(256))
        case 2: bytes.removeLast(bytes.count - place)
        case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(12)))
        case 4: bytes.insert(contentsOf: pieces[random.below(pieces.count)], at: place)
        default:
            let end = min(bytes.count, place + 1 + random.below(60))
            bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count))
        }
    }
}
