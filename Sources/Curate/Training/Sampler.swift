import Models

/// Which examples an epoch presents, how often, and in which order.
///
/// An epoch may be longer or shorter than the data: what is trained on is presented never, once or several times. The
/// order is drawn anew for every epoch, by the recipe's seed, so that a run goes on in the order it was left in.
package struct Sampler: Sendable, Equatable {
    /// How often an epoch presents each example, by its position among those that are trained on; nil when every example
    /// is presented once.
    package let copies: [Int]?

    /// Presents every example once.
    package init() { copies = nil }

    /// Presents each example as often as it has copies.
    ///
    /// This is how Liu et al., "Just Train Twice", ICML 2021, weight up an error set: an example with five copies is
    /// presented five times in an epoch, each time under another augmentation.
    ///
    /// - Parameter copies: one number per example that is trained on, 0 or more.
    /// - Precondition: no number is negative, and one is above 0.
    package init(copies: [Int]) {
        precondition(copies.allSatisfy { $0 >= 0 } && copies.contains { $0 > 0 }, "an epoch of no example")
        self.copies = copies.allSatisfy { $0 == 1 } ? nil : copies
    }

    /// Throws unless the sampler speaks of as many examples as are trained on.
    func check(exampleCount: Int) throws {
        guard let copies, copies.count != exampleCount else { return }
        throw CurateError(
            .badData, "there are numbers of copies for \(copies.count) examples, and \(exampleCount) are trained on",
            remedy: "give one number for each example that is trained on, in their order")
    }

    /// The number of presentations in an epoch.
    ///
    /// - Parameter exampleCount: how many examples are trained on.
    func presentationCount(of exampleCount: Int) -> Int { copies?.reduce(0, +) ?? exampleCount }

    /// The examples of an epoch in the order they are presented in (Fisher and Yates), by their positions among those
    /// that are trained on.
    ///
    /// - Parameters:
    ///   - epoch: from 1.
    ///   - seed: the run's seed.
    ///   - exampleCount: how many examples are trained on.
    /// - Precondition: there are as many numbers of copies as examples.
    package func order(epoch: Int, seed: UInt64, of exampleCount: Int) -> [Int] {
        precondition(copies == nil || copies?.count == exampleCount, "copies of other examples")
        var order: [Int] = []
        order.reserveCapacity(presentationCount(of: exampleCount))
        for position in 0..<exampleCount { for _ in 0..<(copies?[position] ?? 1) { order.append(position) } }
        var random = KeyedRandom(seed: seed, stream: .shuffle, epoch: epoch)
        for index in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(index, random.below(index + 1)) }
        return order
    }

    /// The sampler as canonical parameters of a stage; nil when every example is presented once.
    var parameters: JSONValue? {
        copies.map { copies in
            let hash = SHA256()
            copies.map { Int64($0).littleEndian }.withUnsafeBytes { hash.update($0) }
            return ["copies": .string(SHA256.hexadecimal(hash.finalize()))]
        }
    }
}

/// The presentations of one epoch, told apart.
struct EpochOrder {
    /// The examples in the order they are presented in, by their positions among those that are trained on.
    let positions: [Int]
    /// For each presentation, how often its example was presented in the epoch before.
    let repetitions: [Int]
    /// How often each example is presented; nil when each is once.
    let presentations: [Float]?

    /// Counts the presentations of each example.
    init(_ positions: [Int], exampleCount: Int) {
        self.positions = positions
        var counts = [Int](repeating: 0, count: exampleCount)
        repetitions = positions.map { position in
            counts[position] += 1
            return counts[position] - 1
        }
        presentations = counts.allSatisfy { $0 == 1 } ? nil : counts.map { Float($0) }
    }
}
