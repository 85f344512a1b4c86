import CVector
import Curate

/// `curate version`, also `curate --version`.
package enum VersionVerb {
    static let option = Option(Parameter("version", .flag, help: "Show the version."))

    package static let command = Command(
        name: "version",
        abstract: "Show the version and what the build assumes of the processor."
    ) { invocation in try print(invocation.program, on: invocation.console) }

    static func print(_ program: Program, on console: Console) throws(CurateError) {
        let bits = Int(curate_vector_bits)
        if console.wantsJSON {
            try console.printJSON(
                [
                    "name": .string(program.name), "version": .string(program.version),
                    "vectorBits": .int(bits), "fusedMultiplyAdd": .bool(curate_has_fma == 1),
                ])
        } else {
            try console.printLine("\(program.name) \(program.version) (built for \(bits)-bit vectors)")
        }
    }
}
