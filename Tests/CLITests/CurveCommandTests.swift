import Curate
import Foundation
import TestSupport
import Testing

/// `curate curve` and `curate score --by label-issues`, as people run them.
@Suite(.tags(.training)) struct CurveCommandTests {
    private static let words = [
        "curve", InspectFixture.digits, "--network", "mlp:16", "--validation", "0.2", "--epochs", "2", "--seeds", "2",
        "--score-seeds", "2", "--keep", "0.3,0.6",
    ]

    @Test func theCurveIsDrawnAndComesFromTheStoreTheSecondTime() throws {
        try ScoreWorkspace.use { work in
            let plot = work.path("c.svg")
            let first = try work.succeed(Self.words + ["--by", "el2n,random", "--out", plot])
            #expect(first.contains("equal epochs") && first.contains("equal steps"))
            #expect(first.contains("class-balanced") && first.contains("all data"))
            #expect(first.contains("can be dropped within 0.50 points of all data at equal epochs"))
            #expect(first.contains("el2n costs 2.3 full trainings; paid for after"))
            #expect(try work.text("c.svg").hasPrefix("<svg"))
            let again = try work.succeed(Self.words + ["--by", "el2n", "--out", plot])
            #expect(again == first.replacing("wrote \(plot)", with: "\(plot) is there already"))
            let refused = try work.fail(Self.words + ["--within", "2", "--out", plot], exitCode: 73)
            #expect(refused.contains("the file exists already"))

            let json = try work.succeed(Self.words + ["--by", "el2n", "--json", "--out", work.path("c.csv")])
            let value = try JSONValue(parsing: Array(json.utf8), from: "output")
            let points = try #require(value["curve"]?["points"]?.arrayValue)
            // Three methods, two budgets, two shares.
            #expect(points.count == 12)
            #expect(value["curve"]?["sentence"]?.stringValue.map { first.contains($0) } == true)
            // All data and the kept sets, two seeds each, and the heading.
            #expect(try work.text("c.csv").split(separator: "\n").count == 1 + 2 + 24)
        }
    }

    @Test(arguments: [
        ("--by el3n", "did you mean 'el2n'?"), ("--keep 0", "--keep must be a list of numbers, each more than 0"),
        ("--keep 1", "--keep asks for all data, which is always there"),
        ("--policy window", "--policy window needs --drop-hardest"),
        ("--drop-hardest 0.1", "--drop-hardest is for the policies ccs and window"),
        ("--train-on half", "the curve starts from all data and draws its own kept sets"),
        ("--out c.png", "--out must be a path that ends in .svg"),
        ("--budget hours", "--budget"),
    ]) func mistakesAreExplained(options: String, message: String) throws {
        try ScoreWorkspace.use { work in
            let errors = try work.fail(
                Self.words.filter { $0 != "0.3,0.6" && $0 != "--keep" }
                    + options.split(separator: " ").map(String.init), exitCode: 64)
            #expect(errors.contains(message))
        }
    }

    @Test func labelIssuesAreListedAndLeftOut() throws {
        try ScoreWorkspace.use { work in
            let noisy = work.path("noisy")
            let reading = ["--validation", "0.2", "--image", "8x8"]
            let derived = try CurateProcess().run(
                CurateProcess.executable,
                ["derive", "noisy", InspectFixture.digits, "--image", "8x8", "--rate", "0.1", "--out", noisy])
            #expect(derived.exitCode == 0, "\(derived.errors)")
            let name = try #require(
                try FileManager.default.contentsOfDirectory(atPath: noisy).first { $0.hasPrefix("digits") })
            let data = "\(noisy)/\(name)"
            let list = work.path("suspects.csv")
            let words = ["score", data] + reading + ["--network", "mlp:32", "--epochs", "4", "--seeds", "2"]
            let shown = try work.succeed(words + ["--by", "label-issues", "--suspects", list])
            #expect(shown.contains("labels are probably wrong"))
            // What is suggested next works as it stands.
            let next = try #require(shown.split(separator: "\n").last { $0.hasPrefix("next: curate ") })
            let followed = try CurateProcess(environment: ["DIRECTORY": work.directory.path]).shell(
                "cd \"$DIRECTORY\" && \"$CURATE\" \(next.dropFirst(13))")
            #expect(followed.exitCode == 0, "\(followed.errors)")
            #expect(followed.output.contains("label suspects dropped: "))

            var truth: [String: Bool] = [:]
            for line in try String(contentsOfFile: "\(noisy)/truth.csv", encoding: .utf8).split(separator: "\n") {
                let fields = line.split(separator: ",")
                if fields.count == 5 { truth[String(fields[0])] = fields[4] == "1" }
            }
            let rows = try work.text("suspects.csv").split(separator: "\n").filter { !$0.hasPrefix("#") }.dropFirst()
            let right = rows.filter { truth[String($0.split(separator: ",")[1])] == true }.count
            #expect(Double(right) > 0.7 * Double(rows.count), "\(right) of \(rows.count)")

            let json = try work.succeed(words + ["--by", "label-issues,el2n", "--folds", "3", "--json"])
            let value = try JSONValue(parsing: Array(json.utf8), from: "output")
            #expect(value["labelIssues"]?["method"]?.stringValue?.contains("3 folds") == true)
            #expect(value["scores"]?.arrayValue?.count == 1)

            let margins = try work.succeed(
                words + ["--by", "label-issues", "--method", "aum", "--suspects", work.path("aum.csv")])
            #expect(margins.contains("labels are probably wrong"))
            #expect(margins.contains("threshold samples, over epochs 1 to 4, mean of 2 seeds"))
            #expect(try work.text("aum.csv").hasPrefix("# curate suspects: area under the margin below"))

            let split = work.path("trusted")
            let kept = try CurateProcess().run(
                CurateProcess.executable,
                ["prune", data] + reading
                    + ["--policy", "random", "--drop-suspects", "--suspects", list, "--out", split])
            #expect(kept.exitCode == 0, "\(kept.errors)")
            #expect(kept.output.contains("label suspects dropped: \(rows.count) (confident learning"))
        }
    }

    @Test(arguments: [
        ("--by el2n --folds 3", "--folds goes with --by label-issues"),
        ("--by el2n --method aum", "--method goes with --by label-issues"),
        ("--by label-issues --method aum --folds 3", "--folds does not go with --method aum"),
        ("--by label-issues --method aun", "did you mean 'aum'?"),
        ("--by el2n --suspects s.csv", "--suspects goes with --by label-issues"),
        ("--by label-issues --suspects s.txt", "--suspects must be a path that ends in .csv"),
        ("--by label-issues --out s.csv", "only label-issues is asked for"),
        ("--by label-isues", "did you mean 'label-issues'?"),
        (
            "--by label-issues --weights w.safetensors --network resnet8",
            "label-issues needs runs that are trained here"
        ),
    ]) func labelIssueMistakesAreExplained(options: String, message: String) throws {
        try ScoreWorkspace.use { work in
            let errors = try work.fail(
                ["score", InspectFixture.digits] + options.split(separator: " ").map(String.init), exitCode: 64)
            #expect(errors.contains(message))
        }
    }
}
