import Synchronization
import Testing
import curate

@Suite struct TableTests {
    private func table() -> Table {
        var table = Table([.text("id", mayShrink: true), .number("score"), .text("label")])
        table.add(["train/5", "0.91", "coat"])
        table.add(["train/12345", "12.4", "日本"])
        table.add(["x\u{1B}[2J", "7", ""])
        return table
    }

    @Test func numbersLeanRight() {
        #expect(
            table().lines() == [
                "id           score  label",
                "train/5       0.91  coat",
                "train/12345   12.4  日本",
                "x\\u{1B}[2J       7",
            ])
    }

    @Test func wideTablesShrinkWhereTheyMay() {
        let lines = table().lines(maximumWidth: 23)
        #expect(lines.allSatisfy { TerminalText.width(of: $0) <= 23 })
        #expect(lines[2] == "train/12…   12.4  日本")
        #expect(table().lines(maximumWidth: 5)[1].hasSuffix("coat"))
    }

    @Test func rowsAreStackedWhereTheTableDoesNotFit() {
        #expect(table().fittingLines(maximumWidth: 23) == table().lines(maximumWidth: 23))
        #expect(table().fittingLines(maximumWidth: nil) == table().lines())
        var table = table()
        table.add(["a name of many words", "0.5", "trousers"])
        #expect(
            table.fittingLines(maximumWidth: 16) == [
                "id     train/5", "score  0.91", "label  coat", "", "id     train/12…", "score  12.4", "label  日本", "",
                "id     x\\u{1B}[…", "score  7", "", "id     a name of", "       many", "       words", "score  0.5",
                "label  trousers",
            ])
    }

    @Test func theHeadingIsBoldOnATerminal() {
        #expect(table().lines(style: Style(isEnabled: true))[0].hasPrefix("\u{1B}[1mid"))
    }
}

@Suite struct HistogramTests {
    @Test func everyFiniteValueIsInOneBin() {
        let values: [Float] = [0, 0.1, 0.25, 0.5, 0.75, 1, 1, .nan, .infinity, -.infinity]
        let histogram = Histogram(values, binCount: 4)
        #expect(histogram.bins.map(\.count) == [2, 1, 1, 3])
        #expect(histogram.bins.first?.lower == 0)
        #expect(histogram.bins.last?.upper == 1)
        #expect(histogram.leftOut == 3)
    }

    @Test func equalValuesMakeOneBin() {
        let histogram = Histogram([2.5, 2.5], binCount: 10)
        #expect(histogram.bins.map(\.count) == [2])
        #expect(histogram.bins.map(\.lower) == [2.5])
        #expect(histogram.lines(columns: 40).count == 1)
    }

    @Test func extremeRangesDoNotOverflow() {
        let largest = Float.greatestFiniteMagnitude
        #expect(Histogram([-largest, 0, largest], binCount: 3).bins.map(\.count) == [1, 1, 1])
        let tiny = Float.leastNonzeroMagnitude
        #expect(Histogram([0, tiny], binCount: 3).bins.map(\.count) == [1, 0, 1])
    }

    @Test func nothingIsSaidInWords() {
        #expect(Histogram([], binCount: 5).lines(columns: 40) == ["no values"])
        #expect(Histogram([.nan], binCount: 5).lines(columns: 40) == ["not a finite number: 1"])
    }

    @Test func linesAreAlignedAndFit() {
        let values = (0..<2000).map { Float($0 % 50) / 50 }
        let lines = Histogram(values, binCount: 10).lines(columns: 60)
        #expect(lines.count == 10)
        #expect(Set(lines.map { TerminalText.width(of: $0) }) == [60])
        #expect(lines[0].hasPrefix("0.000 – 0.098  █"))
        #expect(lines[0].contains("200  "))
    }

    @Test func plainCharactersSuffice() {
        let lines = Histogram([0, 0, 1], binCount: 2).lines(columns: 40, supportsUnicode: false)
        #expect(lines.allSatisfy { $0.allSatisfy(\.isASCII) })
        #expect(lines[0].contains("####"))
    }

    @Test(arguments: [
        (0.0, "    "), (1.0, "████"), (0.5, "██  "), (0.54, "██▏ "), (0.0001, "▏   "), (7, "████"), (.nan, "    "),
    ])
    func bars(fraction: Double, text: String) {
        #expect(Bar.text(fraction, columns: 4, supportsUnicode: true) == text)
    }
}

/// A clock that tests move, and what was written.
private final class Stage: Sendable {
    let time = Mutex(100.0)
    let written = Mutex<[String]>([])

    func bar(_ mode: ProgressBar.Mode, columns: Int = 80) -> ProgressBar {
        ProgressBar(
            mode: mode, columns: columns, style: .plain, supportsUnicode: true,
            clock: { self.time.withLock { $0 } }, write: { text in self.written.withLock { $0.append(text) } })
    }

    func wait(_ seconds: Double) { time.withLock { $0 += seconds } }
    var frames: [String] { written.withLock { $0 } }
}

@Suite struct ProgressTests {
    @Test func aSteadyRateIsTheRate() throws {
        var rate = ProgressRate(start: 10)
        #expect(rate.perSecond(at: 10) == nil)
        for second in 1...40 { rate.record(completed: second * 50, at: 10 + Double(second)) }
        let measured = try #require(rate.perSecond(at: 50))
        #expect(abs(measured - 50) < 1e-9)
        let left = try #require(rate.remaining(500, at: 50))
        #expect(abs(left - 10) < 1e-9)
    }

    @Test func theRateFollowsAChangeAndFallsInSilence() throws {
        var rate = ProgressRate(start: 0)
        for second in 1...60 { rate.record(completed: second * 100, at: Double(second)) }
        for second in 1...60 { rate.record(completed: 6000 + second * 10, at: 60 + Double(second)) }
        let slow = try #require(rate.perSecond(at: 120))
        #expect(slow > 10 && slow < 12)
        let silent = try #require(rate.perSecond(at: 135))
        #expect(abs(silent - slow / 10) < 1e-9)
    }

    @Test func theBarIsDrawnAtOnceAndTenTimesASecondAtMost() {
        let stage = Stage()
        let bar = stage.bar(.animated)
        bar.begin("epoch 1/4", total: 1000, unit: "images")
        #expect(stage.frames.count == 1)
        #expect(stage.frames[0].hasPrefix("\r\u{1B}[Kepoch 1/4    0 %  "))
        for step in 1...1000 {
            stage.wait(0.001)
            bar.update(completed: step, metric: "loss 0.812")
        }
        #expect((9...11).contains(stage.frames.count))
        let last = stage.frames.last ?? ""
        #expect(last.contains("/1,000 [00:0"))
        #expect(last.contains("images/s] loss 0.812"))
        #expect(last.contains("<00:00"))
        #expect(TerminalText.width(of: String(last.dropFirst(4))) < 80)
        bar.end(metric: "loss 0.5")
        #expect(stage.frames.last == "\r\u{1B}[Kepoch 1/4  1,000 images in 1.0 s (1,000 images/s)  loss 0.5\n")
    }

    @Test(arguments: [40, 50, 60, 80, 200])
    func theBarFitsOneLine(columns: Int) {
        let stage = Stage()
        let bar = stage.bar(.animated, columns: columns)
        bar.begin("seed 3/3 epoch 100/200", total: 50_000, unit: "images")
        stage.wait(30)
        bar.update(completed: 17_500, metric: "loss 0.812")
        let frame = (stage.frames.last ?? "").dropFirst(4)
        #expect(TerminalText.width(of: String(frame)) < columns)
        #expect(frame.hasPrefix("seed 3/3 epoch 100/200"))
    }

    @Test func logsGetALinePerPhaseAndASignOfLife() {
        let stage = Stage()
        let bar = stage.bar(.lines)
        bar.begin("epoch 1/2", total: 100, unit: "images")
        stage.wait(29)
        bar.update(completed: 40)
        #expect(stage.frames.isEmpty)
        stage.wait(11)
        bar.update(completed: 50, metric: "loss 1.1")
        #expect(stage.frames == ["epoch 1/2   50 %  50/100 [00:40<00:40, 1.2 images/s] loss 1.1\n"])
        stage.wait(40)
        bar.end()
        #expect(stage.frames.last == "epoch 1/2  100 images in 1m 20s (1.2 images/s)  loss 1.1\n")
        #expect(stage.frames.allSatisfy { !$0.contains("\r") && !$0.contains("\u{1B}") })
    }

    @Test func quietIsSilent() {
        let stage = Stage()
        let bar = stage.bar(.silent)
        bar.begin("epoch", total: 10, unit: "images")
        stage.wait(60)
        bar.update(completed: 5)
        bar.end()
        bar.abandon()
        #expect(stage.frames.isEmpty)
    }

    @Test func linesAreSetAboveTheBar() {
        let stage = Stage()
        let bar = stage.bar(.animated)
        bar.interject("before")
        bar.begin("epoch", total: 0, unit: "rows")
        bar.interject("warning: watch out")
        #expect(stage.frames[0] == "before\n")
        #expect(stage.frames[2] == "\r\u{1B}[Kwarning: watch out\n")
        #expect(stage.frames[3] == stage.frames[1])
        bar.abandon()
        #expect(stage.frames.last == "\r\u{1B}[K")
    }
}
