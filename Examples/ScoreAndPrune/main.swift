// Scores the training examples of a dataset, keeps the harder half of them, and writes that as a split:
//
//     swift run -c release score-and-prune data/digits.csv.gz half
import Curate
import Foundation
import Models

let words = CommandLine.arguments
do {
    guard words.count == 3 else { throw CurateError(.usage, "usage: score-and-prune DATA SPLIT") }
    // As in a pipeline file: what is not said is the default.
    let pipeline = try Pipeline(
        name: "score-and-prune", dataset: DatasetSource(path: words[1]),
        stages: [
            "probe": ["train": ["seeds": 3]],
            "scores": ["score": ["runs": "probe", "by": ["el2n"]]],
            "half": ["prune": ["scores": "scores", "keep": 0.5, "out": .string(words[2])]],
        ])
    let environment = PipelineRunner.Environment(
        pool: WorkerPool(threadCount: 2), monitor: .silent, wallClock: { Date().timeIntervalSince1970 }, program: [:])
    // Everything goes into a store, so that a second time nothing is trained again.
    let outcome = try PipelineRunner(environment).run(pipeline, storePath: words[2] + ".sqlite")
    let scores = try outcome.scores(of: "scores").table.columns[0]
    print("kept \(try SplitReader.read(path: words[2]).manifest.keptCount) of \(scores.values.count) by \(scores.name)")
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}
