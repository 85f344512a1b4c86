import CCrypto

/// A SHA-256 digest in the making; the bytes come from the system's libcrypto.
///
/// Content hashes, example identities and stage keys are all made with it, so that two machines agree on a name.
package final class SHA256 {
    private let context: OpaquePointer

    /// Starts an empty digest.
    package init() {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("libcrypto: no memory for a digest") }
        self.context = context
        let started = EVP_DigestInit_ex(context, EVP_sha256(), nil)
        precondition(started == 1, "libcrypto: SHA-256 is not available")
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Adds bytes to the digest.
    package func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return }
        let updated = EVP_DigestUpdate(context, base, bytes.count)
        precondition(updated == 1, "libcrypto: digest update failed")
    }

    /// Adds the UTF-8 bytes of a string to the digest.
    package func update(_ text: String) {
        var text = text
        text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
    }

    /// Ends the digest and returns its 32 bytes.
    ///
    /// The value must not be updated afterwards.
    package func finalize() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        let ended = EVP_DigestFinal_ex(context, &digest, &length)
        precondition(ended == 1 && length == 32, "libcrypto: digest did not end")
        return digest
    }

    /// The digest of some text as 64 lower-case hexadecimal digits.
    package static func hexadecimal(of text: String) -> String {
        let hash = SHA256()
        hash.update(text)
        return hexadecimal(hash.finalize())
    }

    /// The digest of a file's content as 64 lower-case hexadecimal digits.
    package static func hexadecimal(ofFile path: String) throws -> String {
        let content = try InputBytes(contentsOf: path)
        let hash = SHA256()
        // The bytes go with their owner.
        withExtendedLifetime(content) { hash.update(content.bytes) }
        return hexadecimal(hash.finalize())
    }

    /// Bytes as lower-case hexadecimal digits, two per byte.
    package static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text = [UInt8]()
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
