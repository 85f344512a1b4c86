import Curate
import Foundation
import Testing

/// Means over classes with many, medium and few training examples, by hand.
@Suite struct ClassFrequencyTests {
    typealias Bin = FrequencyRule.Bin

    @Test(arguments: [
        (FrequencyRule.oltr, [19, 20, 21, 100, 101, 0], [Bin.few, .medium, .medium, .medium, .many, .few]),
        (.glmc, [19, 20, 21, 100, 101, 0], [.few, .few, .medium, .medium, .many, .few]),
        (.focalSAM, [199, 200, 201, 1000, 1001, 0], [.few, .medium, .medium, .medium, .many, .few]),
        // Ten classes make 4, 3 and 3, eleven 4, 4 and 3; of equals the first come first.
        (
            .thirds, [5, 5, 9, 1, 5, 5, 5, 2, 8, 7],
            [.many, .medium, .many, .few, .medium, .medium, .few, .few, .many, .many]
        ),
        (
            .thirds, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
            [.few, .few, .few, .medium, .medium, .medium, .medium, .many, .many, .many, .many]
        ),
        (.thirds, [3, 8], [.medium, .many]),
    ]) func aRuleHasItsLimits(rule: FrequencyRule, counts: [Int], expected: [Bin]) {
        #expect(rule.bins(of: counts) == expected)
    }

    @Test func wordsSayTheLimits() {
        #expect(Bin.allCases.map(FrequencyRule.oltr.words) == ["more than 100", "20 to 100", "fewer than 20"])
        #expect(Bin.allCases.map(FrequencyRule.glmc.words) == ["more than 100", "21 to 100", "fewer than 21"])
        #expect(Bin.allCases.map(FrequencyRule.focalSAM.words) == ["more than 1000", "200 to 1000", "fewer than 200"])
    }

    /// The published numbers of classes of CIFAR-100-LT, and 4, 3 and 3 of CIFAR-10-LT at factor 100.
    @Test func publishedNumbersOfClasses() throws {
        func sizes(_ rule: FrequencyRule, _ factor: Double, _ classes: Int, _ largest: Int) throws -> [Int] {
            let counts = try LongTailDesign(factor: factor).sizes(classCount: classes, largest: largest)
            let bins = rule.bins(of: counts)
            return Bin.allCases.map { bin in bins.count { $0 == bin } }
        }
        #expect(try sizes(.oltr, 100, 100, 500) == [35, 35, 30])
        #expect(try sizes(.glmc, 100, 100, 500) == [35, 34, 31])
        #expect(try sizes(.oltr, 50, 100, 500) == [41, 41, 18])
        #expect(try sizes(.oltr, 10, 100, 500) == [69, 31, 0])
        #expect(try sizes(.focalSAM, 100, 10, 5000) == [4, 3, 3])
    }

    /// Five classes with 200, 101, 20, 19 and 0 training examples, of which the second has no example to evaluate on.
    private static func evaluation(_ rule: FrequencyRule = .oltr, counts: [Int]? = [200, 101, 20, 19, 0]) -> Evaluation
    {
        // Class 0 has four examples, class 2 two, class 3 two, class 4 one.
        let labels: [Int32] = [0, 0, 0, 0, 2, 2, 3, 3, 4]
        let runs: [[Int32]] = [[0, 0, 0, 1, 2, 0, 3, 3, 4], [0, 0, 1, 1, 2, 2, 0, 0, 4]]
        return Evaluation(
            of: Predictions(
                name: "p", partition: .test, labels: labels, classNames: ["a", "b", "c", "d", "e"], groups: [],
                trainingCounts: counts,
                runs: runs.enumerated().map { Predictions.Run(seed: UInt64($0), classes: $1) }),
            rule: rule)
    }

    @Test func meansAreOverClasses() throws {
        let evaluation = Self.evaluation()
        let bins = evaluation.frequencyBins
        #expect(bins.map(\.bin) == [.many, .medium, .few])
        #expect(bins.map(\.classes) == [[0], [2], [3, 4]] && bins.map(\.unseen) == [[1], [], []])
        // Of the few, class d has 2 of 2 and 0 of 2, class e 1 of 1 twice: not 3 of 3 and 1 of 3 examples.
        #expect(bins.map { $0.accuracies?.values } == [[0.75, 0.5], [0.5, 1], [1, 0.5]])
        #expect(bins[2].accuracies?.mean == 0.75)
        let deviation = try #require(bins[2].accuracies?.standardDeviation)
        #expect(abs(deviation - 0.125.squareRoot()) < 1e-15)
        // Of one class the interval is the class's own.
        let (own, wilson) = (try #require(bins[0].interval), try #require(evaluation.classes[0].interval))
        #expect(abs(own.lower - wilson.lower) < 1e-12 && abs(own.upper - wilson.upper) < 1e-12)
        #expect(
            evaluation.frequencyNotes == [
                "without a training example, and so among the few: e",
                "without an example to evaluate on, and so in none of the means: b",
            ])
        #expect(evaluation.frequency?.imbalance == 200.0 / 19)
        #expect(evaluation.meanOfClasses == (0.625 + 0.75 + 0.5 + 1) / 4)
    }

    @Test func anEmptyBinIsThereAndSaysNothing() throws {
        let bins = Self.evaluation(counts: [200, 101, 300, 500, 20]).frequencyBins
        #expect(bins.map(\.classes) == [[0, 2, 3], [4], []])
        #expect(bins[2].accuracies == nil && bins[2].interval == nil)
        // A bin of unseen classes alone has no mean either.
        let unseen = Self.evaluation(counts: [200, 50, 300, 500, 19]).frequencyBins
        #expect(unseen[1].classes == [] && unseen[1].unseen == [1] && unseen[1].accuracies == nil)
    }

    @Test func whatIsStoredIsRead() throws {
        let evaluation = Self.evaluation(.glmc)
        let read = try #require(Evaluation(try JSONValue(parsing: evaluation.json.canonicalText)))
        #expect(read == evaluation && read.frequency?.rule == .glmc)
        #expect(read.frequencyBins.map(\.classes) == [[0], [], [2, 3, 4]])
        let unknown = Self.evaluation(counts: nil)
        #expect(unknown.json["frequency"] == nil && unknown.frequencyBins.isEmpty && unknown.frequencyNotes.isEmpty)
        #expect(Evaluation(unknown.json) == unknown)
        // Damage is told from absence.
        for (word, other) in [("\"glmc\"", "\"other\""), ("[200,101,20,19,0]", "[200,101,20,19]")] {
            let text = evaluation.json.canonicalText
            #expect(text.contains(word))
            #expect(Evaluation(try JSONValue(parsing: text.replacingOccurrences(of: word, with: other))) == nil)
        }
    }

    @Test func theReportHasEveryBin() throws {
        let report = Self.evaluation(counts: [200, 101, 300, 500, 20]).reportJSON
        let bins = try #require(report["frequency"]?["bins"]?.arrayValue)
        #expect(bins.map { $0["name"]?.stringValue } == ["many", "medium", "few"])
        #expect(bins[0]["classes"] == ["a", "c", "d"] && bins[0]["unseenClasses"] == ["b"])
        #expect(bins[2]["mean"] == .null && bins[2]["classes"] == [])
        #expect(report["frequency"]?["rule"] == "oltr" && report["frequency"]?["imbalance"]?.doubleValue == 25)
        #expect(report["classes"]?.arrayValue?.map { $0["train"]?.intValue } == [200, 101, 300, 500, 20])
        #expect(Self.evaluation(counts: nil).reportJSON["frequency"] == .null)
    }

    @Test func countsAreReadFromAFile() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("counts.csv", "# of the split\ncount,class\n7,dog\n0,cat\n")
        #expect(try TrainingCounts.read(path: path, classNames: ["cat", "dog"]) == [0, 7])
        expectFailure(.badData, "class 'cow' has no count") {
            try TrainingCounts.read(path: path, classNames: ["cat", "dog", "cow"])
        }
        try directory.write("counts.csv", "class,count\ncat,-1\n")
        expectFailure(.badData, "'-1' is not a number of training examples") {
            try TrainingCounts.read(path: path, classNames: ["cat"])
        }
        try directory.write("counts.csv", "class,n\ncat,1\n")
        expectFailure(.badData, "there are no columns class and count") {
            try TrainingCounts.read(path: path, classNames: ["cat"])
        }
    }

    /// Rows of the training part in a file of predictions say how many there are.
    @Test func aFileWithItsTrainingRowsKnowsTheCounts() throws {
        let directory = try TemporaryDirectory()
        var text = "label,pred,part\n"
        for row in 0..<25 { text += "\(row < 21 ? "cat" : "dog"),cat,train\n" }
        text += "cat,cat,test\ndog,cat,test\n"
        var options = PredictionOptions()
        options.csv.split = "part"
        let read = try Predictions.reading([try directory.write("p.csv", text)], options: options).predictions
        #expect(read.trainingCounts == [21, 4])
        #expect(Evaluation(of: read).frequencyBins.map { $0.accuracies?.mean } == [nil, 1, 0])
        let test = try directory.write("t.csv", "label,pred,part\ncat,cat,test\ndog,cat,test\n")
        #expect(try Predictions.reading([test], options: options).predictions.trainingCounts == nil)
    }
}
