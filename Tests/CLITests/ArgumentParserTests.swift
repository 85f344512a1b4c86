import Curate
import Testing
import curate

private let epochs = Option(Parameter("epochs", .integer(1...Int.max), default: 4, help: "How many."))
private let seed = Option(Parameter("seed", .seed, default: 7, help: "The seed."))
private let rate = Option(Parameter("rate", .number(.above(0)), help: "The rate.", knownElsewhereAs: ["lr"]))
private let colour = Option(
    Parameter("colour", .word(["red", "green", "blue"]), default: "red", help: "The colour."))
private let columns = Option(Parameter("column", .list(.text), help: "Columns."))
private let files = Option(Parameter("file", .each(.file(endings: [".csv"])), help: "Files."))
private let quiet = Option(Parameter("quiet", .flag, help: "Be quiet."), short: "q")
private let flip = Option(Parameter("flip", .boolean, default: true, help: "Flip."))
private let header = Option(Parameter("header", .boolean, absent: "found by looking", help: "Header."))
private let runs = Option(Parameter("seeds", .seeds(atMost: 9), default: 1, help: "Which."))
private let input = Argument(Parameter("data", .input, isRequired: true, help: "The input."))
private let extra = Argument(Parameter("extra", .text, help: "More."))

private let parser = ArgumentParser(
    options: [epochs, seed, rate, colour, columns, files, quiet, flip, header, runs], arguments: [input, extra])

@Suite struct ArgumentParserTests {
    @Test func defaultsHoldWhenNothingIsGiven() throws {
        let parsed = try parser.parse(["in.csv"])
        #expect(parsed.integer(epochs) == 4)
        #expect(parsed[seed]?.unsignedValue == 7)
        #expect(parsed[rate] == nil)
        #expect(parsed.text(colour) == "red")
        #expect(parsed.texts(columns) == [])
        #expect(!parsed.isOn(quiet))
        #expect(parsed.isOn(flip))
        #expect(parsed[header] == nil)
        #expect(parsed.text(input) == "in.csv")
        #expect(parsed[extra] == nil)
        #expect(!parsed.isGiven(epochs))
    }

    @Test func everyWayOfWritingAValueIsRead() throws {
        let parsed = try parser.parse([
            "--epochs", "9", "in.csv", "--seed=18446744073709551615", "--rate=1e-3", "--colour", "blue", "-q",
            "--no-flip", "--header", "more",
        ])
        #expect(parsed.integer(epochs) == 9)
        #expect(parsed[seed]?.unsignedValue == UInt64.max)
        #expect(parsed.number(rate) == 0.001)
        #expect(parsed.text(colour) == "blue")
        #expect(parsed.isOn(quiet))
        #expect(!parsed.isOn(flip))
        #expect(parsed[header] == true)
        #expect(parsed.text(input) == "in.csv")
        #expect(parsed[extra] == "more")
        #expect(parsed.isGiven(epochs))
    }

    @Test func listsJoinCommasAndRepetitions() throws {
        let parsed = try parser.parse(["in", "--column", "a,b", "--column=c"])
        #expect(parsed.texts(columns) == ["a", "b", "c"])
        // Paths may hold commas: each has an option of its own.
        #expect(try parser.parse(["in", "--file", "a,b.csv", "--file=c.csv"]).texts(files) == ["a,b.csv", "c.csv"])
        #expect(try parser.parse(["in", "--seeds", "3"])[runs] == 3)
        #expect(try parser.parse(["in", "--seeds", "3,8"])[runs] == [3, 8])
    }

    @Test func wordsAfterTwoDashesAreArguments() throws {
        let parsed = try parser.parse(["--epochs", "2", "--", "--seed", "-q"])
        #expect(parsed.text(input) == "--seed")
        #expect(parsed[extra] == "-q")
        #expect(!parsed.isOn(quiet))
    }

    @Test func aDashAloneAndNegativeNumbersAreValues() throws {
        #expect(try parser.parse(["-"]).text(input) == "-")
        let error = try usageError { _ = try parser.parse(["in", "--epochs", "-3"]) }
        #expect(error.message == "--epochs must be a whole number of 1 or more, not -3")
    }

    @Test func aValueMayContainTheEqualsSign() throws {
        #expect(try parser.parse(["in", "--column=a=b"]).texts(columns) == ["a=b"])
    }

    @Test(
        arguments: [
            (["in", "--epochs", "0"], "--epochs must be a whole number of 1 or more, not 0", nil),
            (["in", "--epochs", "ten"], "--epochs must be a whole number of 1 or more, not \"ten\"", nil),
            (["in", "--epochs", "2.5"], "--epochs must be a whole number of 1 or more, not \"2.5\"", nil),
            (["in", "--seed", "-1"], "--seed must be a whole number from 0 to 18446744073709551615, not \"-1\"", nil),
            (["in", "--rate", "0"], "--rate must be a number more than 0, not 0", nil),
            (["in", "--rate", "nan"], "--rate must be a number more than 0, not \"nan\"", nil),
            (
                ["in", "--colour", "gren"], "--colour must be one of red, green, blue, not \"gren\"",
                "did you mean 'green'?"
            ),
            (
                ["in", "--column", "a,,b"], "--column must be a list like a,b,c with nothing empty in it, not \"a,,b\"",
                nil
            ),
            (["in", "--column="], "--column must be a list like a,b,c with nothing empty in it, not \"\"", nil),
            (["in", "--column", "a,a"], "--column names \"a\" twice", "name it once"),
            (
                ["in", "--file", "a.txt"],
                "--file must be a path that ends in .csv, or a list of such, not [\"a.txt\"]", nil
            ),
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
            ([""], "<data> must be a path, not \"\"", nil),
            (["a", "b", "c"], "unexpected argument 'c'", "this verb takes <data> <extra> and options"),
        ] as [([String], String, String?)])
    func mistakesAreNamed(words: [String], message: String, remedy: String?) throws {
        let error = try usageError { _ = try parser.parse(words) }
        #expect(error.message == message)
        #expect(error.remedy == remedy)
    }

    @Test func theSameFlagTwiceIsNoContradiction() throws {
        #expect(try parser.parse(["in", "-q", "--quiet"]).isOn(quiet))
    }

    @Test func aValueIsWrittenAsItIsRead() throws {
        let words = ["--column", "a,b", "--file", "x.csv", "--file", "y.csv", "-q", "--no-flip", "--rate", "0.5"]
        let parsed = try parser.parse(["in"] + words)
        let written = [columns, files, quiet, flip, rate].flatMap { option in
            parsed.given(option).map { option.words(for: $0) } ?? []
        }
        #expect(written == words.map { $0 == "-q" ? "--quiet" : $0 })
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
