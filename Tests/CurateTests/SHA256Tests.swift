import Curate
import Testing

@Suite struct SHA256Tests {
    /// FIPS 180-2 appendix B.1 and the digest of nothing.
    @Test(arguments: [
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ])
    func matchesTheStandard(text: String, digest: String) {
        #expect(SHA256.hexadecimal(of: text) == digest)
    }
}
