/// A curve as a plot in SVG: accuracy over kept fraction, a panel per budget, a line per method.
extension CurveSummary {
    /// Wong, "Color blindness", Nature Methods 8, 2011: seven colours that all readers tell apart; without its yellow,
    /// which is too pale on white.
    private static let colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"]
    private static let markers = ["circle", "square", "diamond"]
    private static let (panelWidth, panelHeight) = (400.0, 300.0)
    private static let (left, top, bottom, gap) = (64.0, 58.0, 68.0, 24.0)
    private static let legendWidth = 170.0

    /// The plot; the same bytes for the same curve.
    package var plot: String {
        let budgets = budgets
        let scale = accuracyScale
        let plotWidth = Double(budgets.count) * (Self.panelWidth + Self.gap)
        let width = Self.left + plotWidth + Self.legendWidth
        let height = max(
            Self.top + Self.panelHeight + Self.bottom, Self.top + 20 * Double(methods.count + 1) + Self.bottom)
        let n = full.accuracies.count
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(Self.number(width))" height="\(Self.number(height))" \
            viewBox="0 0 \(Self.number(width)) \(Self.number(height))" font-family="sans-serif" font-size="12">
            <style>
            .paper { fill: #ffffff } .ink { fill: #222222 } .line { stroke: #222222 } .grid { stroke: #dddddd }
            @media (prefers-color-scheme: dark) {
            .paper { fill: #15181c } .ink { fill: #e6e6e6 } .line { stroke: #e6e6e6 } .grid { stroke: #3a3f46 }
            }
            </style>
            <title>\(Self.escaped(result.datasetName)): accuracy over kept fraction</title>
            <rect class="paper" width="100%" height="100%"/>
            <text class="ink" x="\(Self.number(Self.left))" y="22" font-size="15" font-weight="bold">\
            \(Self.escaped(result.datasetName)): accuracy on \(result.partition) examples over kept fraction</text>

            """
        for (place, budget) in budgets.enumerated() {
            let x = Self.left + Double(place) * (Self.panelWidth + Self.gap)
            text += panel(budget, at: x, scale, showsLabels: place == 0)
        }
        text += legend(at: Self.left + plotWidth + 4)
        let bars = n > 1 ? "mean of \(n) seeds, bars: one standard deviation" : "one seed"
        text += """
            <text class="ink" x="\(Self.number(Self.left))" y="\(Self.number(height - 10))" font-size="11">\(bars)</text>
            </svg>

            """
        return text
    }

    /// The accuracies that are shown, and the step between ticks.
    private struct Scale {
        let low: Double
        let high: Double
        let step: Double

        func y(_ accuracy: Double) -> Double {
            CurveSummary.top + CurveSummary.panelHeight * (high - accuracy) / (high - low)
        }
    }

    private var accuracyScale: Scale {
        let shown = [full] + points
        let low = shown.map { $0.mean - ($0.deviation ?? 0) }.min() ?? 0
        let high = shown.map { $0.mean + ($0.deviation ?? 0) }.max() ?? 1
        let range = max(high - low, 1e-3)
        let steps = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2]
        let step = steps.first { range / $0 <= 8 } ?? 0.2
        return Scale(
            low: (low / step - 0.2).rounded(.down) * step, high: (high / step + 0.2).rounded(.up) * step, step: step)
    }

    /// Fractions run from all data on the left to few examples on the right, as in the paper.
    private func x(_ fraction: Double, _ start: Double) -> Double {
        let smallest = points.map(\.keptFraction).min() ?? 0
        return start + 12 + (Self.panelWidth - 24) * (1 - fraction) / max(1 - smallest, 1e-9)
    }

    private func panel(_ budget: CurveRun.Budget, at start: Double, _ scale: Scale, showsLabels: Bool) -> String {
        let end = start + Self.panelWidth
        let floor = Self.top + Self.panelHeight
        var text = Self.label(
            budget == .epochs ? "equal epochs" : "equal steps", x: (start + end) / 2, y: Self.top - 10, anchor: "middle"
        )
        for index in 0...Int(((scale.high - scale.low) / scale.step).rounded()) {
            let value = scale.low + Double(index) * scale.step
            let y = scale.y(value)
            text += Self.line("grid", start, y, end, y)
            if showsLabels {
                let shown = DecimalText.fixed(100 * value, places: scale.step < 0.001 ? 2 : scale.step < 0.01 ? 1 : 0)
                text += Self.label(shown + " %", x: start - 6, y: y + 4, anchor: "end")
            }
        }
        for fraction in ([1] + Set(points.map(\.keptFraction)).sorted(by: >)) {
            let x = x(fraction, start)
            text += Self.line("line", x, floor, x, floor + 5)
            text += Self.label(DecimalText.shortPercent(fraction), x: x, y: floor + 19, anchor: "middle")
        }
        text += Self.label("kept", x: (start + end) / 2, y: floor + 35, anchor: "middle")
        text += Self.line("line", start, floor, end, floor)
        text += Self.line("line", start, Self.top, start, floor)
        let fullY = scale.y(full.mean)
        text += Self.line("line", start, fullY, end, fullY, extra: " stroke-dasharray=\"6 4\"")
        for (place, method) in methods.enumerated() {
            let curve = points.filter { $0.method == method && $0.budget == budget }
            text += drawn(curve, place, start, scale)
        }
        return text
    }

    private func drawn(_ curve: [CurvePoint], _ place: Int, _ start: Double, _ scale: Scale) -> String {
        let color = Self.colors[place % Self.colors.count]
        let places = [(x(1, start), scale.y(full.mean))] + curve.map { (x($0.keptFraction, start), scale.y($0.mean)) }
        let path = places.map { "\(Self.number($0.0)),\(Self.number($0.1))" }.joined(separator: " ")
        var text = "<polyline fill=\"none\" stroke=\"\(color)\" stroke-width=\"2\" points=\"\(path)\"/>\n"
        for point in curve {
            let x = x(point.keptFraction, start)
            if let deviation = point.deviation {
                let (high, low) = (scale.y(point.mean + deviation), scale.y(point.mean - deviation))
                text +=
                    "<path stroke=\"\(color)\" fill=\"none\" d=\"M\(Self.number(x)) \(Self.number(high))V"
                    + "\(Self.number(low))M\(Self.number(x - 3)) \(Self.number(high))h6M\(Self.number(x - 3)) "
                    + "\(Self.number(low))h6\"/>\n"
            }
            text += Self.marker(place, x, scale.y(point.mean))
        }
        return text
    }

    private func legend(at x: Double) -> String {
        var y = Self.top + 8
        var text = Self.line("line", x, y, x + 26, y, extra: " stroke-dasharray=\"6 4\"")
        text += Self.label("all data", x: x + 34, y: y + 4, anchor: "start")
        for (place, method) in methods.enumerated() {
            y += 20
            let color = Self.colors[place % Self.colors.count]
            text +=
                "<path stroke=\"\(color)\" stroke-width=\"2\" d=\"M\(Self.number(x)) \(Self.number(y))h26\"/>\n"
            text += Self.marker(place, x + 13, y)
            text += Self.label(method.name, x: x + 34, y: y + 4, anchor: "start")
        }
        return text
    }

    private static func marker(_ place: Int, _ x: Double, _ y: Double) -> String {
        let color = colors[place % colors.count]
        // Past the colours another shape tells the methods apart.
        switch markers[place / colors.count % markers.count] {
        case "circle": return "<circle fill=\"\(color)\" cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"3.5\"/>\n"
        case "square":
            return
                "<rect fill=\"\(color)\" x=\"\(number(x - 3.5))\" y=\"\(number(y - 3.5))\" width=\"7\" height=\"7\"/>\n"
        default:
            return "<path fill=\"\(color)\" d=\"M\(number(x)) \(number(y - 5))l5 5l-5 5l-5 -5z\"/>\n"
        }
    }

    private static func line(
        _ style: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, extra: String = ""
    ) -> String {
        "<path class=\"\(style)\" fill=\"none\" d=\"M\(number(x1)) \(number(y1))L\(number(x2)) \(number(y2))\"\(extra)/>\n"
    }

    private static func label(_ text: String, x: Double, y: Double, anchor: String) -> String {
        "<text class=\"ink\" x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">\(escaped(text))</text>\n"
    }

    private static func number(_ value: Double) -> String {
        let text = DecimalText.fixed(value, places: 1)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// Text as XML has it; characters that XML has no way to say become the replacement character.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case _ where scalar.value < 0x20 || (0xFFFE...0xFFFF).contains(scalar.value): result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
