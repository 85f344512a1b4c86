import Glibc
import Models

/// What the harness was asked to measure.
struct Options {
    /// What is measured.
    enum Workload: String, CaseIterable {
        /// One optimiser step per batch.
        case train
        /// The same with sharpness-aware minimisation, and what that costs in plain steps.
        case sam
        /// The same with every loss, in plain steps.
        case losses
        /// The forward pass in evaluation mode.
        case evaluate
        /// One gradient norm per example.
        case grand
        /// Every distinct layer with weights of a network, pass by pass.
        case layers
        /// The machine itself, and what a network costs in arithmetic.
        case limits
    }

    private(set) var workload = Workload.train
    private(set) var network = NetworkSpecification.cifarResidual(depth: 8)
    private(set) var input = InputShape(height: 28, width: 28, channels: 1)
    private(set) var batch = 128
    /// Rows held in memory and passed over whole; nil to repeat one batch.
    private(set) var rows: Int?
    /// How long each measurement runs at least; nil for the workload's own default.
    private(set) var seconds: Double?
    private(set) var threads = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    /// Where `layers` also writes JSON lines.
    private(set) var jsonPath: String?
    /// Whether `layers` walks through copies of its buffers, so that none is in the cache.
    private(set) var isCold = false
    /// What `layers` measures: rows that contain this text; nil for all.
    private(set) var only: String?

    static let classCount = 10

    private static let names = [
        "--workload", "--network", "--shape", "--batch", "--rows", "--seconds", "--threads", "--json", "--only",
    ]

    static let usage = """
        usage: curate-benchmark --workload train|sam|losses|evaluate|grand|layers|limits [options]

          --network NAME   resnet8, resnet32, resnet18, linear, mlp:256, ... (resnet8)
          --shape HxWxC    extents of one example; one number for a vector (28x28x1)
          --batch N        examples per step (128)
          --rows N         make N examples in memory and pass over all of them; else one batch is repeated
          --seconds S      the least time per measurement (10; layers 0.3 per pass)
          --threads N      (as many as there are processors)
          --json FILE      layers: write JSON lines as well
          --only TEXT      layers: only rows that contain it, like '28x28 16->16, 3x3 forward'
          --cold           layers: use other buffers in every call, more than the cache holds

        """

    init(_ arguments: [String]) {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            if name == "--help" {
                print(Self.usage, terminator: "")
                exit(0)
            }
            if name == "--cold" {
                isCold = true
                continue
            }
            if !Self.names.contains(name) { fail("unknown option '\(name)'; --help lists the options") }
            guard let value = rest.popFirst() else { fail("\(name) needs a value; --help lists the options") }
            switch name {
            case "--workload":
                workload = Self.parsed(name, value, "train, sam, losses, evaluate, grand, layers or limits")
            case "--network":
                network = Self.parsed(name, value, NetworkSpecification.names.joined(separator: ", "))
            case "--shape": input = Self.parsed(name, value, "a size like 28x28x1, or one number for a vector")
            case "--batch": batch = Self.parsed(name, value, Self.positive)
            case "--rows": rows = Self.parsed(name, value, Self.positive) as Int
            case "--threads": threads = Self.parsed(name, value, Self.positive)
            case "--seconds":
                guard let number = Double(value), number >= 0, number.isFinite else {
                    fail("--seconds must be a number of seconds, not '\(value)'")
                }
                seconds = number
            case "--only": only = value
            default: jsonPath = value
            }
        }
        if network.isConvolutional && input.height * input.width == 1 {
            fail("\(network) wants pictures: give --shape HxWxC")
        }
    }

    private static let positive = "a whole number above 0"

    private static func parsed(_ name: String, _ text: String, _ wanted: String) -> Workload {
        guard let value = Workload(rawValue: text) else { fail("\(name) must be \(wanted), not '\(text)'") }
        return value
    }

    private static func parsed(_ name: String, _ text: String, _ wanted: String) -> NetworkSpecification {
        guard let value = NetworkSpecification(text) else { fail("\(name) must be one of \(wanted), not '\(text)'") }
        return value
    }

    private static func parsed(_ name: String, _ text: String, _ wanted: String) -> Int {
        guard let value = Int(text), value > 0 else { fail("\(name) must be \(wanted), not '\(text)'") }
        return value
    }

    private static func parsed(_ name: String, _ text: String, _ wanted: String) -> InputShape {
        let extents = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        switch extents.count {
        case 1 where extents[0] > 0: return InputShape(height: 1, width: 1, channels: extents[0])
        case 3 where extents.allSatisfy({ $0 > 0 }):
            return InputShape(height: extents[0], width: extents[1], channels: extents[2])
        default: fail("\(name) must be \(wanted), not '\(text)'")
        }
    }
}

/// Ends the harness with a sentence on standard error.
func fail(_ message: String) -> Never {
    let text = Array("error: \(message)\n".utf8)
    write(STDERR_FILENO, text, text.count)
    exit(64)
}
