import Curate
import Models
import Testing

@Suite struct StoreJSONTests {
    /// Expected texts follow RFC 8259 section 7 (escapes) and the rules stated at `canonicalText`.
    private static let canonicalTexts: [(JSONValue, String)] = [
        (.null, "null"),
        (["b": 1, "a": [true, false, nil]], #"{"a":[true,false,null],"b":1}"#),
        (["é": 1, "z": 2, "Z": 3, "": 4], #"{"":4,"Z":3,"z":2,"é":1}"#),
        (
            .string("\"\\/\u{08}\u{0C}\n\r\t\u{01}\u{1F}\u{7F}é\u{1F600}"),
            "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\u{7F}é\u{1F600}\""
        ),
        ([0.1, 1.0, -0.0, 1e16, 1e-5, 123456.75], "[0.1,1,0,1e+16,1e-05,123456.75]"),
        (.double(.leastNonzeroMagnitude), "5e-324"),
        (.double(0x1p53), "9007199254740992"),
        (.int(.min), "-9223372036854775808"),
        (.init(UInt64.max), "\"18446744073709551615\""),
        (.array([]), "[]"),
        (.object([:]), "{}"),
    ]

    @Test(arguments: canonicalTexts)
    func hasOneCanonicalText(value: JSONValue, text: String) throws {
        #expect(value.canonicalText == text)
        #expect(try JSONValue(parsing: text).canonicalText == text)
    }

    @Test func printsNonFiniteNumbersAsNull() {
        #expect(JSONValue.array([.double(.nan), .double(.infinity), 2.5]).compactText == "[null,null,2.5]")
    }

    @Test func refusesNonFiniteNumbersInKeys() async {
        await #expect(processExitsWith: .failure) { _ = JSONValue.double(.nan).canonicalText }
    }

    @Test func indentsForPeople() {
        let value: JSONValue = [
            "name": "el2n", "seeds": [1, 2], "runs": [["key": "a"]], "none": [], "empty": .object([:]),
        ]
        #expect(
            value.prettyText == """
                {
                  "empty": {},
                  "name": "el2n",
                  "none": [],
                  "runs": [
                    {
                      "key": "a"
                    }
                  ],
                  "seeds": [1, 2]
                }
                """)
    }

    @Test func readsEscapesAndSurrogatePairs() throws {
        let value = try JSONValue(parsing: #" [ "\u00e9\ud83d\ude00\/\b\f\n\r\t\"\\" , -0.5e+2 , 1E2 ] "#)
        #expect(value == ["é\u{1F600}/\u{08}\u{0C}\n\r\t\"\\", -50.0, 100.0])
    }

    @Test(arguments: [
        ("", "f:1:1"), ("[1,]", "f:1:4"), ("{\"a\":1,}", "f:1:8"), ("{\"a\" 1}", "f:1:6"), ("{a:1}", "f:1:2"),
        ("[1 2]", "f:1:4"), ("[\n 01]", "f:2:3"), ("-", "f:1:2"), ("1.", "f:1:3"), (".5", "f:1:1"), ("1e", "f:1:3"),
        ("+1", "f:1:1"), ("nul", "f:1:4"), ("NaN", "f:1:1"), ("\"a", "f:1:1"), ("\"\n\"", "f:1:2"),
        ("\"\\x\"", "f:1:2"), ("\"\\u12g4\"", "f:1:6"), ("\"\\ud800\"", "f:1:2"), ("\"\\udc00\"", "f:1:2"),
        ("\"\\ud800\\u0041\"", "f:1:2"), ("1 2", "f:1:3"), ("{\"a\":1,\n\"a\":2}", "f:2:1"),
        ("9223372036854775808", "f:1:1"), ("1e999", "f:1:1"), ("\u{FEFF}1", "f:1:1"), ("'a'", "f:1:1"),
        ("// no\n1", "f:1:1"), ("[", "f:1:2"), ("{", "f:1:2"),
    ])
    func refusesWhatIsNotJSON(text: String, location: String) {
        let error = #expect(throws: CurateError.self) { try JSONValue(parsing: text, from: "f") }
        #expect(error?.kind == .badData)
        #expect(error?.location == location)
    }

    @Test func refusesInvalidUTF8AndDeepNesting() {
        #expect(throws: CurateError.self) { try JSONValue(parsing: [0x22, 0xC3, 0x28, 0x22]) }
        #expect(throws: CurateError.self) { try JSONValue(parsing: [0x22, 0xED, 0xA0, 0x80, 0x22]) }
        let deepest = String(repeating: "[", count: 128) + "1" + String(repeating: "]", count: 128)
        #expect(throws: Never.self) { try JSONValue(parsing: deepest) }
        #expect(throws: CurateError.self) { try JSONValue(parsing: "[" + deepest + "]") }
        #expect(throws: CurateError.self) { try JSONValue(parsing: String(repeating: "[", count: 1_000_000)) }
    }

    /// Property: what is written is read back as the same value, from either form.
    @Test func roundTripsRandomValues() throws {
        var random = KeyedRandom(seed: 11, stream: .test)
        for _ in 0..<2_000 {
            let value = Self.randomValue(&random, depth: 0)
            #expect(try JSONValue(parsing: value.canonicalText).canonicalText == value.canonicalText)
            #expect(try JSONValue(parsing: value.prettyText).canonicalText == value.canonicalText)
        }
    }

    /// A mutated document is either refused with a `CurateError` or read as a value that round-trips.
    @Test func survivesMutatedDocuments() throws {
        var random = KeyedRandom(seed: 12, stream: .test)
        let seedText = #"{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00\n",true,null],"b":{"c":[[],{}],"d":"é"},"n":0.1}"#
        let alphabet = Array("{}[]\",:\\u0123456789eE+-.truefalsn \n\tdD\u{FF}é".utf8)
        var accepted = 0
        for _ in 0..<100_000 {
            var bytes = Array(seedText.utf8)
            for _ in 0...random.below(4) {
                let position = random.below(bytes.count)
                switch random.below(5) {
                case 0: bytes[position] = UInt8(random.below(256))
                case 1: bytes[position] = alphabet[random.below(alphabet.count)]
                case 2: bytes.remove(at: position)
                case 3: bytes.insert(alphabet[random.below(alphabet.count)], at: position)
                default: bytes.removeLast(min(bytes.count - 1, random.below(8)))
                }
            }
            do {
                let value = try JSONValue(parsing: bytes)
                accepted += 1
                #expect(try JSONValue(parsing: value.canonicalText).canonicalText == value.canonicalText)
            } catch let error as CurateError {
                #expect(error.kind == .badData)
            }
        }
        #expect(accepted > 1_000)
    }

    private static func randomValue(_ random: inout KeyedRandom, depth: Int) -> JSONValue {
        switch random.below(depth > 3 ? 5 : 7) {
        case 0: return .null
        case 1: return .bool(random.below(2) == 0)
        case 2: return .int(Int(truncatingIfNeeded: random.next() >> UInt64(random.below(64))))
        case 3:
            let number = Double(bitPattern: random.next())
            return .double(number.isFinite ? number : 0)
        case 4: return .string(randomText(&random))
        case 5: return .array((0..<random.below(4)).map { _ in randomValue(&random, depth: depth + 1) })
        default:
            var members: [String: JSONValue] = [:]
            for _ in 0..<random.below(4) { members[randomText(&random)] = randomValue(&random, depth: depth + 1) }
            return .object(members)
        }
    }

    private static func randomText(_ random: inout KeyedRandom) -> String {
        var text = ""
        for _ in 0..<random.below(6) {
            let limit = [0x20, 0x80, 0x800, 0x11_0000][random.below(4)]
            text.unicodeScalars.append(Unicode.Scalar(UInt32(random.below(limit))) ?? "?")
        }
        return text
    }
}
