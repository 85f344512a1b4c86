import Curate
import Foundation
import Testing

/// Tables of predictions from anywhere: what their columns are taken for, and what is wrong with some.
@Suite struct PredictionFileTests {
    /// Reads tables that are written for the moment; each text is a file of its own.
    private static func read(
        _ texts: [String], groups: [String] = [], _ adjust: (inout PredictionOptions) -> Void = { _ in }
    ) throws -> (predictions: Predictions, notes: [String]) {
        let directory = try TemporaryDirectory()
        var options = PredictionOptions()
        options.groups = try GroupDefinition.parsing(groups)
        adjust(&options)
        let paths = try texts.enumerated().map { try directory.write("\($0).csv", Array($1.utf8)) }
        return try Predictions.reading(paths, options: options)
    }

    private static func error(
        _ texts: [String], groups: [String] = [], _ adjust: (inout PredictionOptions) -> Void = { _ in }
    ) throws -> CurateError {
        try #require(throws: CurateError.self) { try read(texts, groups: groups, adjust) }
    }

    @Test func usualColumnsAreFound() throws {
        let (found, notes) = try Self.read(
            ["id,Label,PRED,place\na,cat,cat,x\nb,dog,cat,y\nc,dog,dog,x\n"], groups: ["place*label"])
        #expect(found.classNames == ["cat", "dog"] && found.labels == [0, 1, 1])
        #expect(found.runs == [Predictions.Run(seed: 0, classes: [0, 0, 1])])
        #expect(found.ids == ["a", "b", "c"] && found.partition == nil && found.populations == nil)
        #expect(found.groups[0].valueNames == ["x*cat", "x*dog", "y*dog"])
        #expect(notes.contains { $0.contains("'Label' was taken as the label") })
    }

    @Test func columnsCanBeNamed() throws {
        let (found, _) = try Self.read(["who,is,says,y\n1,0,1,5\n2,1,1,6\n"]) {
            $0.csv.label = "is"
            $0.predicted = ["says"]
            $0.csv.id = "who"
        }
        #expect(found.labels == [0, 1] && found.runs[0].classes == [1, 1] && found.ids == ["1", "2"])
    }

    @Test func numbersAreComparedAsNumbers() throws {
        let (found, _) = try Self.read(["y,pred\n1,1.0\n10,1.00\n-0,0\n2e0,2\n"])
        #expect(found.classNames == ["0", "1", "2", "10"])
        #expect(found.labels == [1, 3, 0, 2] && found.runs[0].classes == [1, 1, 0, 2])
        // One that is no number makes all of them text.
        let (texts, _) = try Self.read(["y,pred\n1,1.0\n1,x\n1,1\n"])
        #expect(texts.classNames == ["1", "1.0", "x"])
    }

    @Test func probabilitiesGivePredictionsAndLosses() throws {
        let (found, _) = try Self.read(["y,p_1,p_0\n0,0.25,0.75\n1,0.25,0.75\n1,0.5,0.5\n0,1.0,0.0\n"])
        #expect(found.classNames == ["0", "1"] && found.runs[0].classes == [0, 0, 0, 1])
        #expect(found.runs[0].probabilities == [0.75, 0.25, 0.75, 0.25, 0.5, 0.5, 0, 1])
        let losses = try #require(found.runs[0].losses)
        #expect(abs(losses[0] - 0.28768207) < 1e-6 && abs(losses[1] - 1.3862944) < 1e-6)
        // A probability of 0 has no infinite loss.
        #expect(abs(losses[3] - 15.942385) < 1e-5)
    }

    @Test func oneProbabilityIsThatOfTheSecondClass() throws {
        let (found, _) = try Self.read(["label,probability\nno,0.2\nyes,0.9\nyes,0.5\n"])
        #expect(found.runs[0].classes == [0, 1, 0])
        #expect(found.runs[0].probabilities == [0.8, 0.2, Float(1) - 0.9, 0.9, 0.5, 0.5])
        // Of numbered classes it is known which they are, though one has no examples.
        let (ones, _) = try Self.read(["label,p\n1,0.2\n1,0.9\n"])
        #expect(ones.classNames == ["0", "1"] && ones.runs[0].classes == [0, 1])
        let three = try Self.error(["label,p\na,0.2\nb,0.9\nc,0.1\n"])
        #expect(three.kind == .badData && three.message.contains("there are 3"))
    }

    @Test func severalColumnsAreSeveralRuns() throws {
        let (found, _) = try Self.read(["label,pred_7,pred_seed3,p_a,p_b\na,a,b,0.5,0.5\nb,b,b,0.5,0.5\n"])
        #expect(found.runs.map(\.seed) == [3, 7] && found.runs.map(\.classes) == [[1, 1], [0, 1]])
        #expect(found.runs[0].probabilities == nil)
    }

    @Test func severalFilesAreJoinedByTheirIds() throws {
        let first = "id,label,pred,g\na,0,0,x\nb,1,0,y\nc,1,1,y\n"
        let (found, _) = try Self.read([first, "id,label,pred\nc,1.0,0\na,0,0\nb,1,1\n"], groups: ["g"])
        #expect(found.runs.map(\.classes) == [[0, 0, 1], [0, 1, 0]] && found.runs.map(\.seed) == [0, 1])
        let missing = try Self.error([first, "id,label,pred\nc,1,0\na,0,0\nd,1,1\n"])
        #expect(missing.message.contains("the example 'b'"))
        let fewer = try Self.error([first, "id,label,pred\nc,1,0\na,0,0\n"])
        #expect(fewer.message.contains("there are 2 predictions, and 3 in"))
        let other = try Self.error([first, "id,label,pred\nc,1,0\na,1,0\nb,1,1\n"])
        #expect(other.message.contains("the label is another one") && other.location?.hasSuffix("1.csv:3") == true)
        // Without ids the order counts.
        let (plain, _) = try Self.read(["label,pred\n0,0\n1,0\n", "label,pred\n0,1\n1,1\n"])
        #expect(plain.runs.map(\.classes) == [[0, 0], [1, 1]])
    }

    @Test func aColumnOfPartsTellsWhatIsEvaluatedAndWhatWasTrainedOn() throws {
        let text = """
            split,label,pred,g
            train,0,,x
            0,1,,y
            train,1,nan,x
            test,0,0,x
            2,1,1,x
            val,1,0,y

            """
        let (found, _) = try Self.read([text], groups: ["g"])
        #expect(found.partition == .test && found.labels == [0, 1] && found.groups[0].values == [0, 0])
        #expect(found.populations == [[[2, 0, 2], [1, 1, 0]]])
        let evaluation = Evaluation(of: found)
        // A group with training examples only is a row, and no part of any average.
        #expect(evaluation.groups[0].values.map(\.count) == [2, 0] && evaluation.trainWeightedMean == 1)
        let (validation, _) = try Self.read([text]) { $0.partition = .validation }
        #expect(validation.labels == [1])
        let none = try Self.error([text.replacing("val,", with: "test,")]) { $0.partition = .validation }
        #expect(none.kind == .usage && none.remedy?.contains("3 of train, 3 of test") == true)
        #expect(try Self.error([text.replacing("val,", with: "dev2,")]).message.contains("'dev2' is not a partition"))
    }

    @Test func conditionsReadNumbers() throws {
        let (found, _) = try Self.read(
            ["label,pred,age\n0,0,70\n0,0,12\n0,0,\n0,0,65\n"], groups: ["senior: age >= 65", "age"])
        #expect(found.groups[0].values == [1, 0, 0, 1] && found.groups[0].complement == 0)
        #expect(found.groups[1].valueNames == ["(missing)", "12", "65", "70"])
    }

    @Test(arguments: [
        ("label,pred\n0,0\n1,\n", CurateError.Kind.badData, "the row has no prediction", ".csv:3"),
        ("label,pred\n0,0\n1,NaN\n", .badData, "the row has no prediction", ".csv:3"),
        ("label,pred\n,0\n", .badData, "the row has no label", ".csv:2"),
        ("label,p_0,p_1\n0,0.5,0.5\n1,nan,0.5\n", .badData, "'nan' is no probability", ".csv:3"),
        ("label,p_0,p_1\n0,-3.1,4.1\n", .badData, "'-3.1' is no probability", ".csv:2"),
        ("label,p_0,p_1\n0,0.5,0.9\n", .badData, "the probabilities add up to 1.4", ".csv:2"),
        ("label,p_0,p_1\n0,0.5,0.5\n2,0.5,0.5\n", .badData, "none for '2'", ".csv"),
        ("label,pred\n0,0\n1,0,1\n", .badData, "the row has 3 fields, 2 are expected", ".csv:3"),
        ("label,pred\n", .badData, "the table has no rows", ".csv"),
        ("label,pred\ncat,0\ndog,1\n", .badData, "no prediction is ever one of the labels", ".csv"),
        ("label,pred\n0,0.731\n1,0.2\n", .badData, "the label is a whole number and the prediction is not", ".csv"),
        ("id,label,pred\na,0,0\na,1,1\n", .badData, "two rows have the id 'a'", ".csv"),
        ("a,pred\n0,0\n", .usage, "no column is called label", ".csv"),
        ("label,b\nx,0\n", .usage, "no column is called prediction", ".csv"),
    ])
    func whatIsWrongIsSaid(text: String, kind: CurateError.Kind, message: String, place: String) throws {
        let error = try Self.error([text])
        #expect(error.kind == kind && error.message.contains(message), "\(error)")
        #expect(error.location?.hasSuffix(place) == true && error.remedy != nil, "\(error)")
    }

    @Test func groupsThatAreNotThere() throws {
        let text = "label,pred,place\n0,0,x\n1,1,y\n"
        let unknown = try Self.error([text], groups: ["plcae"])
        #expect(unknown.kind == .usage && unknown.remedy?.contains("'place'") == true, "\(unknown)")
        #expect(throws: CurateError.self) { try GroupDefinition.parsing(["place**label"]) }
        let rows = (0..<1200).map { "0,0,\($0)\n" }.joined()
        let many = try Self.error(["label,pred,m\n" + rows], groups: ["m"])
        #expect(many.kind == .usage && many.message.contains("1200 groups"))
        // As a condition it is a group.
        #expect(
            try Self.read(["label,pred,m\n" + rows], groups: ["high: m >= 600"]).predictions.groups[0].values[700] == 1)
    }

    @Test func degenerateTablesAreEvaluated() throws {
        let (one, _) = try Self.read(["label,p_0,p_1,g\n0,0.9,0.1,x\n"], groups: ["g"])
        let evaluation = Evaluation(of: one)
        #expect(evaluation.worst?.fullName == "g=x" && evaluation.worst?.isTooSmallToJudge == true)
        #expect(evaluation.measures[.auroc] == nil && evaluation.measures[.brier] != nil)
        #expect(evaluation.notes.contains { $0.contains("all examples are of one class") })
        let (alone, _) = try Self.read(["label,pred\na,a\na,a\n"])
        #expect(Evaluation(of: alone).accuracy.mean == 1 && Evaluation(of: alone).classes.count == 1)
    }

    private struct Golden: Decodable {
        struct Group: Decodable {
            let count: Int
            let right: [Int]
            let wilson: [Double]
            let losses: [Double]
        }

        let measures: [String: [Double]]
        let accuracy: [Double]
        let balanced: [Double]
        let recalls: [[Double]]
        let groups: [String: Group]
    }

    /// Against scikit-learn; the fixture is made by Tests/Fixtures/generate_evaluation.py.
    @Test func theReportIsAsInTheReference() throws {
        let fixtures = "\(Fixture.root)/Tests/Fixtures"
        let golden = try JSONDecoder().decode(
            Golden.self, from: Data(contentsOf: URL(filePath: "\(fixtures)/golden-evaluation.json")))
        var options = PredictionOptions()
        options.groups = try GroupDefinition.parsing(["place", "old: age >= 60"])
        let (predictions, _) = try Predictions.reading(
            (0..<2).map { "\(fixtures)/evaluation/run-\($0).csv" }, options: options)
        let evaluation = Evaluation(of: predictions)
        #expect(golden.measures.count == Evaluation.Measure.allCases.count)
        for (name, values) in golden.measures {
            let measure = try #require(Evaluation.Measure(rawValue: name))
            let found = try #require(evaluation.measures[measure]).values
            #expect(zip(found, values).allSatisfy { abs($0 - $1) < 2e-6 }, "\(name): \(found), \(values)")
        }
        for run in 0..<2 {
            #expect(Double(evaluation.accuracy.correctCounts[run]) / 240 == golden.accuracy[run])
            let recalls = evaluation.classes.map { Double($0.correctCounts[run]) / Double($0.count) }
            #expect(zip(recalls, golden.recalls[run]).allSatisfy { abs($0 - $1) < 1e-12 })
        }
        let balanced = try #require(evaluation.meanOfClasses)
        #expect(abs(balanced - golden.balanced.reduce(0, +) / 2) < 1e-12)
        #expect(Set(evaluation.allGroups.map(\.fullName)) == Set(golden.groups.keys))
        for group in evaluation.allGroups {
            let expected = try #require(golden.groups[group.fullName])
            #expect(group.count == expected.count && group.rate.correctCounts == expected.right)
            let interval = try #require(group.rate.interval)
            #expect(
                abs(interval.lower - expected.wilson[0]) < 1e-12 && abs(interval.upper - expected.wilson[1]) < 1e-12)
            let losses = try #require(group.losses).values
            #expect(zip(losses, expected.losses).allSatisfy { abs($0 - $1) < 1e-6 })
        }
    }
}
