import Curate
import Models
import Testing

@Suite struct ClassRecallsTests {
    private static let names = ["cat", "dog", "big dog"]

    private static func read(_ text: String) throws -> [Double] {
        try ClassRecalls.recalls(in: InputBytes(Array(text.utf8), path: "recall.csv"), classNames: names)
    }

    @Test func columnsAndRowsComeInAnyOrder() throws {
        let text = "# held out\nrecall,n,class\n0.5,10,dog\n1,7,\"big dog\"\n0.25,8,cat\n"
        #expect(try Self.read(text) == [0.25, 0.5, 1])
    }

    @Test(arguments: [
        ("class,accuracy\ncat,1\n", "no columns class and recall"), ("class,recall\ncow,1\n", "no class 'cow'"),
        ("class,recall\ncat,1\ncat,1\n", "'cat' occurs twice"), ("class,recall\ncat,1.5\n", "'1.5' is not a recall"),
        ("class,recall\ncat,nan\n", "'nan' is not a recall"), ("class,recall\ncat\n", "too short"),
        ("class,recall\ncat,1\ndog,0\n", "class 'big dog' has no recall"),
    ]) func whatIsNoListOfRecallsIsRefused(text: String, message: String) {
        expectFailure(.badData, message) { try Self.read(text) }
    }

    @Test func mutatedTablesGiveRecallsOrErrors() {
        let whole = Array("class,recall\ncat,0.25\ndog,0.5\n\"big dog\",1\n".utf8)
        var random = KeyedRandom(seed: 3, stream: .test)
        for number in 0..<2000 {
            var bytes = whole
            if number % 3 == 0 {
                bytes.removeLast(1 + random.below(bytes.count - 1))
            } else {
                bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
            }
            do {
                let recalls = try ClassRecalls.recalls(
                    in: InputBytes(bytes, path: "recall.csv"), classNames: Self.names)
                #expect(recalls.count == 3 && recalls.allSatisfy { $0 >= 0 && $0 <= 1 })
            } catch let error as CurateError {
                #expect(error.kind == .badData && error.location?.hasPrefix("recall.csv") == true)
            } catch {
                Issue.record(error)
            }
        }
    }
}
