// What the engine does on this machine, in JSON lines: the counterpart of pytorch_throughput.py and
// pytorch_embeddings.py; `layers` takes a network apart. `--help` lists the options.

import Models

let options = Options(Array(CommandLine.arguments.dropFirst()))
switch options.workload {
case .train, .sam, .evaluate, .grand: print(NetworkBenchmark(options).run().text)
case .losses: LossBenchmark(options).run()
case .layers: LayerBenchmark(options).run()
case .limits: print(limitsReport(options).text)
}
