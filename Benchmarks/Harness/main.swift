// Throughput of the engine on random data: the counterpart of pytorch_throughput.py, with the same JSON on stdout.
//
//     curate-benchmark --workload train|evaluate|grand --network resnet8 --shape 28x28x1 --batch 128 --seconds 10

import Glibc
import Models

struct Options {
    var workload = "train"
    var network = "resnet8"
    var shape = "28x28x1"
    var batch = 128
    var seconds = 10.0
    var threads = 2

    init(_ arguments: [String]) {
        var index = 0
        while index + 1 < arguments.count {
            let value = arguments[index + 1]
            switch arguments[index] {
            case "--workload": workload = value
            case "--network": network = value
            case "--shape": shape = value
            case "--batch": batch = Int(value) ?? batch
            case "--seconds": seconds = Double(value) ?? seconds
            case "--threads": threads = Int(value) ?? threads
            default: fail("unknown option \(arguments[index])")
            }
            index += 2
        }
    }
}

func fail(_ message: String) -> Never {
    var text = Array("error: \(message)\n".utf8)
    write(STDERR_FILENO, &text, text.count)
    exit(64)
}

func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

let options = Options(Array(CommandLine.arguments.dropFirst()))
let extents = options.shape.split(separator: "x").compactMap { Int($0) }
guard extents.count == 3, let specification = NetworkSpecification(options.network) else {
    fail("needs --network NAME and --shape HxWxC")
}
let network = Network(
    specification, input: InputShape(height: extents[0], width: extents[1], channels: extents[2]), classCount: 10,
    pool: WorkerPool(threadCount: options.threads))
network.initialise(seed: 1)

// Evaluation and gradient norms run in batches of the caller's choice: the batch does not change what they give.
let batch = options.workload == "train" ? options.batch : min(options.batch, network.preferredEvaluationBatch)
var random = KeyedRandom(seed: 1, stream: .selection)
let inputs = FloatBuffer(count: batch * network.input.count)
for index in 0..<inputs.count { inputs.pointer[index] = 2 * random.uniform() - 1 }
let labels = (0..<batch).map { _ in Int32(random.below(10)) }
let optimizer = SGD(momentum: 0.9, isNesterov: true, weightDecay: 5e-4)
var norms = [Float](repeating: 0, count: batch)

@MainActor func runBatch() {
    switch options.workload {
    case "train":
        _ = network.trainingStep(
            inputs: inputs.pointer, labels: labels, batch: batch, optimizer: optimizer, learningRate: 0.001)
    case "evaluate": _ = network.evaluate(inputs: inputs.pointer, batch: batch)
    case "grand": network.gradientNorms(inputs: inputs.pointer, labels: labels, batch: batch, norms: &norms)
    default: fail("--workload is train, evaluate or grand")
    }
}

for _ in 0..<3 { runBatch() }
var times: [Double] = []
let start = seconds()
while seconds() - start < options.seconds || times.count < 3 {
    let begin = seconds()
    runBatch()
    times.append(seconds() - begin)
}
times.sort()
let median = times[times.count / 2]
var usage = rusage()
getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
let fields = [
    "\"workload\": \"\(options.workload)\"", "\"network\": \"\(options.network)\"", "\"shape\": \"\(options.shape)\"",
    "\"batch\": \(batch)", "\"n\": \(times.count)", "\"images_per_second\": \(Double(batch) / median)",
    "\"fastest\": \(Double(batch) / times[0])",
    "\"slowest\": \(Double(batch) / times[times.count - 1])", "\"peak_rss_mb\": \(usage.ru_maxrss / 1024)",
]
print("{\(fields.joined(separator: ", "))}")
