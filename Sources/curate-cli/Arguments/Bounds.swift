/// The interval a number must lie in, and the words for it.
package struct Bounds<Number: Comparable & Sendable>: Sendable {
    private let lower: Number?
    private let lowerIsOpen: Bool
    private let upper: Number?
    private let upperIsOpen: Bool

    /// No bounds at all.
    package init() { self.init(lower: nil, lowerIsOpen: false, upper: nil, upperIsOpen: false) }

    private init(lower: Number?, lowerIsOpen: Bool, upper: Number?, upperIsOpen: Bool) {
        self.lower = lower
        self.lowerIsOpen = lowerIsOpen
        self.upper = upper
        self.upperIsOpen = upperIsOpen
    }

    /// This number or a larger one.
    package static func atLeast(_ lower: Number) -> Bounds {
        Bounds(lower: lower, lowerIsOpen: false, upper: nil, upperIsOpen: false)
    }

    /// A larger number than this.
    package static func above(_ lower: Number) -> Bounds {
        Bounds(lower: lower, lowerIsOpen: true, upper: nil, upperIsOpen: false)
    }

    /// The upper end included, the lower one not.
    package static func above(_ lower: Number, to upper: Number) -> Bounds {
        Bounds(lower: lower, lowerIsOpen: true, upper: upper, upperIsOpen: false)
    }

    /// Neither end included.
    package static func above(_ lower: Number, below upper: Number) -> Bounds {
        Bounds(lower: lower, lowerIsOpen: true, upper: upper, upperIsOpen: true)
    }

    /// Both ends included.
    package static func from(_ lower: Number, to upper: Number) -> Bounds {
        Bounds(lower: lower, lowerIsOpen: false, upper: upper, upperIsOpen: false)
    }

    /// The lower end included, the upper one not.
    package static func from(_ lower: Number, below upper: Number) -> Bounds {
        Bounds(lower: lower, lowerIsOpen: false, upper: upper, upperIsOpen: true)
    }

    /// The predicate of the sentence, for instance "must be 1 or more".
    package var requirement: String {
        let low = lower.map { "\(NumberText.plain($0))" } ?? ""
        let high = upper.map { "\(NumberText.plain($0))" } ?? ""
        switch (lower == nil, upper == nil) {
        case (true, true): return "must be a number"
        case (false, true): return lowerIsOpen ? "must be more than \(low)" : "must be \(low) or more"
        case (true, false): return upperIsOpen ? "must be less than \(high)" : "must be \(high) or less"
        case (false, false):
            if !lowerIsOpen && !upperIsOpen { return "must be from \(low) to \(high)" }
            return "must be \(lowerIsOpen ? "more than" : "at least") \(low) and "
                + "\(upperIsOpen ? "less than" : "at most") \(high)"
        }
    }

    /// Throws the requirement when a number is out of bounds.
    package func check(_ value: Number, shown: String) throws(ValueProblem) {
        if let lower, lowerIsOpen ? value <= lower : value < lower { throw ValueProblem(requirement, shown: shown) }
        if let upper, upperIsOpen ? value >= upper : value > upper { throw ValueProblem(requirement, shown: shown) }
    }
}
