/// The part of a dataset an example belongs to.
package enum Partition: UInt8, Sendable, CaseIterable {
    /// Trained on and scored.
    case train = 0
    /// Looked at while choosing.
    case validation = 1
    /// Looked at once.
    case test = 2

    /// The name users type and read.
    package var name: String {
        switch self {
        case .train: "train"
        case .validation: "validation"
        case .test: "test"
        }
    }
}

extension Partition {
    /// The part that a word of a table or a directory means, in any case; nothing for other words.
    package init?(word: String) {
        switch word.lowercased() {
        case "train", "training": self = .train
        case "val", "valid", "validation", "dev": self = .validation
        case "test", "testing": self = .test
        default: return nil
        }
    }

    /// The part that a field of a table means: a word, or the number 0, 1 or 2 in any spelling; nothing for others.
    package init?(text: String) {
        if let partition = Partition(word: text) {
            self = partition
            return
        }
        guard let number = ExactDecimal(text).flatMap({ UInt8($0.text) }), let partition = Partition(rawValue: number)
        else { return nil }
        self = partition
    }
}
