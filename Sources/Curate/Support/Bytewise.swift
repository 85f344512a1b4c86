/// The order of UTF-8 bytes, which unlike `<` for strings does not depend on Unicode's tables.
package func bytewise(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }
