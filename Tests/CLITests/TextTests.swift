import Curate
import Testing
import curate

@Suite struct NumberTextTests {
    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1234, "-1,234"), (-999, "-999"),
        (Int.min, "-9,223,372,036,854,775,808"),
    ])
    func grouped(number: Int, text: String) { #expect(NumberText.grouped(number) == text) }

    @Test(arguments: [
        (0.0, "0.00 s"), (0.416, "0.42 s"), (0.9996, "1.0 s"), (12.34, "12.3 s"), (59.96, "1m 00s"), (245.0, "4m 05s"),
        (3599.6, "1h 00m"), (7625.0, "2h 07m"), (Double.infinity, "unknown"), (-1.0, "0.00 s"),
    ])
    func duration(seconds: Double, text: String) { #expect(NumberText.duration(seconds) == text) }

    @Test(arguments: [(0.0, "00:00"), (41.9, "00:41"), (3723.0, "1:02:03"), (-1.0, "--:--"), (Double.nan, "--:--")])
    func clock(seconds: Double, text: String) { #expect(NumberText.clock(seconds) == text) }

    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (1 << 20, "1.0 MiB"), ((1 << 20) - 1, "1.0 MiB"),
        (2 << 30, "2.0 GiB"), (Int.max, "8.0 EiB"),
    ])
    func bytes(count: Int, text: String) { #expect(NumberText.bytes(count) == text) }

    @Test(
        arguments: [
            (1.005, 1, "1.0"), (-0.001, 2, "0.00"), (-1.5, 1, "-1.5"), (.nan, 2, "nan"), (1e300, 0, nil),
        ] as [(Double, Int, String?)])
    func fixed(number: Double, decimals: Int, text: String?) {
        let shown = NumberText.fixed(number, decimals: decimals)
        if let text { #expect(shown == text) } else { #expect(shown.count == 301) }
    }

    @Test(arguments: [(0.123456, "0.1235"), (1_234_567.0, "1.235e+06"), (-Double.infinity, "-inf"), (0.0, "0")])
    func significant(number: Double, text: String) { #expect(NumberText.significant(number) == text) }

    @Test(arguments: [(4.0, "4"), (0.0005, "0.0005"), (0.1, "0.1")])
    func plain(number: Double, text: String) { #expect(NumberText.plain(number) == text) }

    @Test(arguments: [(0.347, "34.7 %"), (1.0, "100.0 %")])
    func percent(fraction: Double, text: String) { #expect(NumberText.percent(fraction) == text) }
}

@Suite struct TerminalTextTests {
    @Test(arguments: [
        ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("한", 2), ("😀", 2), ("▌", 1), ("", 0), ("\u{200B}", 0),
    ])
    func width(text: String, columns: Int) { #expect(TerminalText.width(of: text) == columns) }

    @Test func wrappingKeepsEveryWord() {
        let lines = TerminalText.wrapped("one two three incomprehensibilities four", to: 9)
        #expect(lines == ["one two", "three", "incomprehensibilities", "four"])
        #expect(TerminalText.wrapped("", to: 9) == [])
    }

    @Test(arguments: [("abcdef", 4, "abc…"), ("abcd", 4, "abcd"), ("日本語", 4, "日…"), ("ab", 0, "")])
    func truncation(text: String, columns: Int, shown: String) {
        #expect(TerminalText.truncated(text, to: columns) == shown)
    }

    @Test func controlCharactersBecomeVisible() {
        #expect(TerminalText.printable("a\u{1B}[2Jb\n\u{7}\u{202E}") == "a\\u{1B}[2Jb\\n\\u{7}\\u{202E}")
        #expect(TerminalText.printable("naïve 日本") == "naïve 日本")
    }

    @Test(arguments: [
        ("a b", "'a b'"), ("run0/epoch*.npy", "'run0/epoch*.npy'"), ("x=1", "x=1"), ("", "''"), ("it's", "'it'\\''s'"),
    ])
    func shellQuoting(word: String, quoted: String) { #expect(ShellText.quoted(word) == quoted) }
}

@Suite struct SingleTests {
    @Test(arguments: [(Float(0.1), "0.1"), (Float(1) / 3, "0.33333334"), (Float.nan, "null"), (Float(2), "2")])
    func floatsKeepTheirDigits(value: Float, text: String) { #expect(JSONValue.single(value).compactText == text) }
}

@Suite struct TerminalTests {
    private func terminal(_ environment: [String: String], columns: Int? = nil, forbids: Bool = false) -> Terminal {
        Terminal(
            outputIsTerminal: true, errorIsTerminal: false, reportedColumns: columns,
            environment: Environment(environment), forbidsColour: forbids)
    }

    @Test func colourNeedsATerminalAndNobodySayingNo() {
        #expect(terminal([:]).style(for: .output).isEnabled)
        #expect(!terminal([:]).style(for: .error).isEnabled)
        #expect(!terminal(["NO_COLOR": "1"]).style(for: .output).isEnabled)
        #expect(terminal(["NO_COLOR": ""]).style(for: .output).isEnabled)
        #expect(!terminal(["TERM": "dumb"]).style(for: .output).isEnabled)
        #expect(!terminal([:], forbids: true).style(for: .output).isEnabled)
    }

    @Test(
        arguments: [
            ([:], nil, 80), ([:], 120, 120), (["COLUMNS": "60"], 120, 60), (["COLUMNS": "x"], 120, 120),
            (["COLUMNS": "5"], nil, 40), (["COLUMNS": "-3"], nil, 80), ([:], 100_000, 400),
        ] as [([String: String], Int?, Int)])
    func width(environment: [String: String], reported: Int?, expected: Int) {
        #expect(terminal(environment, columns: reported).columns == expected)
    }

    @Test(arguments: [
        ([:], true), (["LANG": "C.UTF-8"], true), (["LANG": "en_GB.utf8"], true), (["LC_ALL": "C"], false),
        (["LC_ALL": "POSIX", "LANG": "C.UTF-8"], false),
    ])
    func blocksNeedUnicode(environment: [String: String], expected: Bool) {
        #expect(terminal(environment).supportsUnicode == expected)
    }

    @Test func stylesWrapOrLeaveAlone() {
        #expect(Style.plain.bold("x") == "x")
        #expect(Style(isEnabled: true).red("x") == "\u{1B}[31mx\u{1B}[0m")
        #expect(Style(isEnabled: true).red("") == "")
    }
}
