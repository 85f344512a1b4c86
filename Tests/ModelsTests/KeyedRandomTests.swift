import Models
import Testing

@Suite struct KeyedRandomTests {
    @Test func drawsDependOnEveryPartOfTheKey() {
        func first(_ seed: UInt64, _ stream: KeyedRandom.Stream, _ epoch: Int, _ index: Int) -> UInt64 {
            var random = KeyedRandom(seed: seed, stream: stream, epoch: epoch, index: index)
            return random.next()
        }
        let draws = [
            first(1, .shuffle, 0, 0), first(2, .shuffle, 0, 0), first(1, .augmentation, 0, 0),
            first(1, .shuffle, 1, 0), first(1, .shuffle, 0, 1),
        ]
        #expect(Set(draws).count == draws.count)
        #expect(first(1, .shuffle, 0, 0) == draws[0])
    }

    @Test func belowIsUnbiased() {
        var random = KeyedRandom(seed: 3, stream: .test)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[random.below(7)] += 1 }
        // Binomial sd is 93; five of them on either side.
        for count in counts { #expect(abs(count - 10_000) < 465) }
    }
}
