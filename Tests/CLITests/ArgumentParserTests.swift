import Curate
import Testing
import curate

private enum Colour: String, CaseIterable, Sendable { case red, green, blue }

private let epochs = Option<Int>.value("epochs", .integer(.atLeast(1)), default: 4, help: "How many.")
private let seed = Option<UInt64>.value("seed", .seed, default: 7, help: "The seed.")
private let rate = Option<Double?>.optional("rate", .number(.above(0)), help: "The rate.", knownElsewhereAs: ["lr"])
private let colour = Option<Colour>.value("colour", .choice(of: Colour.self), default: .red, help: "The colour.")
private let columns = Option<[String]>.repeated("column", ValueFormat<String>.text.list(), help: "Columns.")
private let quiet = Option<Bool>.flag("quiet", short: "q", help: "Be quiet.")
private let flip = Option<Bool>.toggle("flip", default: true, help: "Flip.")
private let header = Option<Bool?>.undecidedToggle("header", absent: "found by looking", help: "Header.")
private let input = Argument<String>.required("data", .path, help: "The input.")
private let extra = Argument<String?>.optional("extra", .text, help: "More.")

private let parser = ArgumentParser(
    options: [
        epochs.declaration, seed.declaration, rate.declaration, colour.declaration, columns.declaration,
        quiet.declaration, flip.declaration, header.declaration,
    ],
    arguments: [input.declaration, extra.declaration])

@Suite struct ArgumentParserTests {
    @Test func defaultsHoldWhenNothingIsGiven() throws {
        let parsed = try parser.parse(["in.csv"])
        #expect(parsed[epochs] == 4)
        #expect(parsed[seed] == 7)
        #expect(parsed[rate] == nil)
        #expect(parsed[colour] == .red)
        #expect(parsed[columns] == [])
        #expect(!parsed[quiet])
        #expect(parsed[flip])
        #expect(parsed[header] == nil)
        #expect(parsed[input] == "in.csv")
        #expect(parsed[extra] == nil)
        #expect(!parsed.isGiven(epochs))
    }

    @Test func everyWayOfWritingAValueIsRead() throws {
        let parsed = try parser.parse([
            "--epochs", "9", "in.csv", "--seed=18446744073709551615", "--rate=1e-3", "--colour", "blue", "-q",
            "--no-flip", "--header", "more",
        ])
        #expect(parsed[epochs] == 9)
        #expect(parsed[seed] == UInt64.max)
        #expect(parsed[rate] == 0.001)
        #expect(parsed[colour] == .blue)
        #expect(parsed[quiet])
        #expect(!parsed[flip])
        #expect(parsed[header] == true)
        #expect(parsed[input] == "in.csv")
        #expect(parsed[extra] == "more")
        #expect(parsed.isGiven(epochs))
    }

    @Test func listsJoinCommasAndRepetitions() throws {
        let parsed = try parser.parse(["in", "--column", "a,b", "--column=c"])
        #expect(parsed[columns] == ["a", "b", "c"])
    }

    @Test func wordsAfterTwoDashesAreArguments() throws {
        let parsed = try parser.parse(["--epochs", "2", "--", "--seed", "-q"])
        #expect(parsed[input] == "--seed")
        #expect(parsed[extra] == "-q")
        #expect(!parsed[quiet])
    }

    @Test func aDashAloneAndNegativeNumbersAreValues() throws {
        #expect(try parser.parse(["-"])[input] == "-")
        let error = try usageError { _ = try parser.parse(["in", "--epochs", "-3"]) }
        #expect(error.message == "--epochs must be 1 or more, not -3")
    }

    @Test func aValueMayContainTheEqualsSign() throws {
        #expect(try parser.parse(["in", "--column=a=b"])[columns] == ["a=b"])
    }

    @Test(
        arguments: [
            (["in", "--epochs", "0"], "--epochs must be 1 or more, not 0", nil),
            (["in", "--epochs", "ten"], "--epochs must be a whole number, not 'ten'", nil),
            (["in", "--epochs", "2.5"], "--epochs must be a whole number of reasonable size, not 2.5", nil),
            (["in", "--seed", "-1"], "--seed must be a whole number from 0 to 18446744073709551615, not -1", nil),
            (["in", "--rate", "0"], "--rate must be more than 0, not 0", nil),
            (["in", "--rate", "nan"], "--rate must be a number, not 'nan'", nil),
            (
                ["in", "--colour", "gren"], "--colour must be one of red, green, blue, not 'gren'",
                "did you mean 'green'?"
            ),
            (
                ["in", "--column", "a,,b"], "--column must be a list like a,b,c with nothing empty in it, not 'a,,b'",
                nil
            ),
            (["in", "--column="], "--column must be a list like a,b,c with nothing empty in it, not ''", nil),
            (["in", "--epochs"], "--epochs needs a value", "write --epochs <n>: How many"),
            (["in", "--epochs", "--seed", "1"], "--epochs needs a value", "write --epochs <n>: How many"),
            (["in", "--epochs", "1", "--epochs=2"], "--epochs is given twice, with 1 and 2", "give it once"),
            (["in", "--flip", "--no-flip"], "--flip and --no-flip contradict each other", "give one of them"),
            (["in", "--quiet=yes"], "--quiet takes no value", "write --quiet alone"),
            (["in", "--epoch", "1"], "unknown option '--epoch'", "did you mean '--epochs'?"),
            (["in", "--no-flp"], "unknown option '--no-flp'", "did you mean '--no-flip'?"),
            (["in", "--lr=1"], "unknown option '--lr'", "it is called '--rate' here"),
            (["in", "-x"], "unknown option '-x'", nil),
            (["in", "--zzzzzz"], "unknown option '--zzzzzz'", nil),
            ([], "<data> is missing", "The input"),
            ([""], "<data> must not be empty", nil),
            (["a", "b", "c"], "unexpected argument 'c'", "this verb takes <data> <extra> and options"),
        ] as [([String], String, String?)])
    func mistakesAreNamed(words: [String], message: String, remedy: String?) throws {
        let error = try usageError { _ = try parser.parse(words) }
        #expect(error.message == message)
        #expect(error.remedy == remedy)
    }

    @Test func theSameFlagTwiceIsNoContradiction() throws {
        #expect(try parser.parse(["in", "-q", "--quiet"])[quiet])
    }

    @Test(arguments: [
        (Bounds<Int>.atLeast(0), "must be 0 or more"), (.above(2), "must be more than 2"),
        (.from(1, to: 9), "must be from 1 to 9"), (.from(1, below: 9), "must be at least 1 and less than 9"),
        (.above(1, to: 9), "must be more than 1 and at most 9"),
    ])
    func boundsSayWhatTheyAre(bounds: Bounds<Int>, requirement: String) {
        #expect(bounds.requirement == requirement)
    }

    @Test(arguments: [0.0, 0.5, 0.999])
    func boundsContainTheirInside(value: Double) throws {
        try Bounds<Double>.from(0, below: 1).check(value, shown: "")
    }

    @Test(arguments: [-0.001, 1.0, 2.0])
    func boundsExcludeTheirOutside(value: Double) {
        #expect(throws: ValueProblem.self) { try Bounds<Double>.from(0, below: 1).check(value, shown: "") }
    }
}

@Suite struct SuggestionTests {
    private let verbs = ["inspect", "score", "prune", "train", "evaluate", "report", "run", "store"]

    @Test(arguments: [
        ("scoer", "score"), ("scor", "score"), ("SCORE", "score"), ("inspct", "inspect"), ("tarin", "train"),
        ("evalute", "evaluate"), ("eval", "evaluate"), ("sotre", "store"),
    ])
    func nearWordsAreFound(typed: String, meant: String) {
        #expect(Suggestion.nearest(to: typed, among: verbs) == meant)
    }

    @Test(arguments: ["", "x", "banana", "r", "re"])
    func farWordsAreNot(typed: String) {
        #expect(Suggestion.nearest(to: typed, among: ["inspect", "report", "release"]) == nil)
    }

    @Test func tiesGoToTheLongerSharedBeginning() {
        #expect(Suggestion.nearest(to: "stor", among: ["tor", "store"]) == "store")
        #expect(Suggestion.nearest(to: "cat", among: ["bat", "car"]) == "car")
    }

    @Test(arguments: [
        ("", "", 0), ("abc", "", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("kitten", "sitting", 3), ("ca", "abc", 3),
    ])
    func distances(first: String, second: String, steps: Int) {
        #expect(Suggestion.editDistance(Array(first), Array(second)) == steps)
        #expect(Suggestion.editDistance(Array(second), Array(first)) == steps)
    }
}
