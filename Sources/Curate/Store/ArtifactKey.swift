/// The name of a result: a hash of everything that determines it, and of nothing else.
package struct ArtifactKey: Sendable, Hashable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    package let hexadecimal: String

    /// The key of what an identity describes.
    package init(_ identity: ArtifactIdentity) {
        hexadecimal = SHA256.hexadecimal(of: identity.json.canonicalText)
    }

    /// A key from its digits, or nil when they are not 64 lower-case hexadecimal ones.
    package init?(hexadecimal: String) {
        let digits = hexadecimal.utf8
        guard digits.count == 64, digits.allSatisfy("0123456789abcdef".utf8.contains) else { return nil }
        self.hexadecimal = hexadecimal
    }

    /// The first eight digits: enough for a person to tell two keys apart.
    package var short: String { String(hexadecimal.prefix(8)) }

    /// All 64 digits.
    package var description: String { hexadecimal }
}

/// Everything that determines a result; the number of threads, paths and the names of things stay out.
package struct ArtifactIdentity: Sendable, Equatable {
    /// What sort of result it is, for instance `train`.
    package let kind: String
    /// The version of the code that makes this kind, raised whenever its results change.
    package let codeVersion: Int
    /// The parameters, defaults filled in.
    package let parameters: JSONValue
    /// The results it was made from, in an order that matters.
    package let inputs: [ArtifactKey]
    /// The content hash of the dataset, if it depends on one.
    package let dataset: String?
    /// What of the machine the numbers depend on, if they do (kernel choices, CPU features).
    package let numericProfile: String?

    /// Makes an identity.
    ///
    /// - Precondition: every number in `parameters` is finite.
    package init(
        kind: String, codeVersion: Int, parameters: JSONValue, inputs: [ArtifactKey] = [], dataset: String? = nil,
        numericProfile: String? = nil
    ) {
        self.kind = kind
        self.codeVersion = codeVersion
        self.parameters = parameters
        self.inputs = inputs
        self.dataset = dataset
        self.numericProfile = numericProfile
    }

    /// The key: SHA-256 over the canonical text of `json`.
    package var key: ArtifactKey { ArtifactKey(self) }

    /// The identity as JSON, with the names that are hashed.
    package var json: JSONValue {
        [
            "kind": .string(kind),
            "codeVersion": .int(codeVersion),
            "parameters": parameters,
            "inputs": .array(inputs.map { .string($0.hexadecimal) }),
            "dataset": dataset.map { .string($0) } ?? .null,
            "numericProfile": numericProfile.map { .string($0) } ?? .null,
        ]
    }
}
