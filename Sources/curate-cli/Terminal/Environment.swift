import Glibc

/// The environment variables, behind a function so that tests bring their own.
package struct Environment: Sendable {
    private let lookUp: @Sendable (String) -> String?

    /// The variables of this process.
    package static let current = Environment { name in getenv(name).map { String(cString: $0) } }

    /// Variables from a function.
    package init(_ lookUp: @escaping @Sendable (String) -> String?) { self.lookUp = lookUp }

    /// Variables from a table.
    package init(_ variables: [String: String]) { self.init { variables[$0] } }

    /// The value of a variable, nil when it is unset.
    package subscript(name: String) -> String? { lookUp(name) }

    /// The value of a variable, nil when it is unset or empty.
    package func nonEmpty(_ name: String) -> String? { lookUp(name).flatMap { $0.isEmpty ? nil : $0 } }
}
