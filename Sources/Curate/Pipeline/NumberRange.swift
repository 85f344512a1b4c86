/// The interval a number must lie in.
package struct NumberRange: Sendable {
    private let lower: Double
    private let lowerIsOpen: Bool
    private let upper: Double
    private let upperIsOpen: Bool

    private init(lower: Double, lowerIsOpen: Bool, upper: Double, upperIsOpen: Bool) {
        self.lower = lower
        self.lowerIsOpen = lowerIsOpen
        self.upper = upper
        self.upperIsOpen = upperIsOpen
    }

    /// Every finite number.
    package static let finite = NumberRange(
        lower: -.infinity, lowerIsOpen: true, upper: .infinity, upperIsOpen: true)

    /// A larger number than this.
    package static func above(_ lower: Double) -> NumberRange {
        NumberRange(lower: lower, lowerIsOpen: true, upper: .infinity, upperIsOpen: true)
    }

    /// The upper end included, the lower one not.
    package static func above(_ lower: Double, to upper: Double) -> NumberRange {
        NumberRange(lower: lower, lowerIsOpen: true, upper: upper, upperIsOpen: false)
    }

    /// Neither end included.
    package static func above(_ lower: Double, below upper: Double) -> NumberRange {
        NumberRange(lower: lower, lowerIsOpen: true, upper: upper, upperIsOpen: true)
    }

    /// This number or a larger one.
    package static func atLeast(_ lower: Double) -> NumberRange {
        NumberRange(lower: lower, lowerIsOpen: false, upper: .infinity, upperIsOpen: true)
    }

    /// Both ends included.
    package static func from(_ lower: Double, to upper: Double) -> NumberRange {
        NumberRange(lower: lower, lowerIsOpen: false, upper: upper, upperIsOpen: false)
    }

    /// The lower end included, the upper one not.
    package static func from(_ lower: Double, below upper: Double) -> NumberRange {
        NumberRange(lower: lower, lowerIsOpen: false, upper: upper, upperIsOpen: true)
    }

    /// Whether a number lies in it; one that is not finite never does.
    package func contains(_ number: Double) -> Bool {
        number.isFinite && (lowerIsOpen ? number > lower : number >= lower)
            && (upperIsOpen ? number < upper : number <= upper)
    }

    /// The range in words: "more than 0", "at least 0 and less than 1"; nothing for every number.
    package var words: String {
        guard lower.isFinite else { return "" }
        let low = "\(lowerIsOpen ? "more than" : "at least") \(JSONValue.double(lower).compactText)"
        guard upper.isFinite else { return low }
        return low + " and \(upperIsOpen ? "less than" : "at most") \(JSONValue.double(upper).compactText)"
    }
}
