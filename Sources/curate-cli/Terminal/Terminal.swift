import Glibc

/// What is known about the two streams a person may be looking at.
package struct Terminal: Sendable, Equatable {
    /// One of the two streams.
    package enum Stream: Sendable { case output, error }

    package let outputIsTerminal: Bool
    package let errorIsTerminal: Bool
    /// How many columns to wrap to.
    package let columns: Int
    /// Whether colours are wanted at all.
    package let allowsColour: Bool
    /// Whether block characters and ellipses can be expected to show.
    package let supportsUnicode: Bool

    /// Decides from the streams and the environment.
    ///
    /// - Parameters:
    ///   - outputIsTerminal: whether standard output is one.
    ///   - errorIsTerminal: whether standard error is one.
    ///   - reportedColumns: the width the terminal reports, if any does.
    ///   - environment: `COLUMNS`, `NO_COLOR`, `TERM` and the locale are looked up here.
    ///   - forbidsColour: whether `--no-color` was given.
    package init(
        outputIsTerminal: Bool, errorIsTerminal: Bool, reportedColumns: Int?, environment: Environment,
        forbidsColour: Bool = false
    ) {
        self.outputIsTerminal = outputIsTerminal
        self.errorIsTerminal = errorIsTerminal
        let wanted = environment.nonEmpty("COLUMNS").flatMap { Int($0) } ?? reportedColumns ?? 80
        columns = wanted > 0 ? min(max(wanted, 40), 400) : 80
        let isDumb = environment["TERM"] == "dumb"
        allowsColour = !forbidsColour && !isDumb && environment.nonEmpty("NO_COLOR") == nil
        // An unset locale says nothing (bare containers); one that is set to ASCII does.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment.nonEmpty($0) }.first
        let charset = locale?.lowercased() ?? "utf-8"
        supportsUnicode = charset.contains("utf-8") || charset.contains("utf8")
    }

    /// The terminal this process is attached to.
    package static func current(environment: Environment, forbidsColour: Bool = false) -> Terminal {
        Terminal(
            outputIsTerminal: isatty(STDOUT_FILENO) == 1, errorIsTerminal: isatty(STDERR_FILENO) == 1,
            reportedColumns: reportedColumns(), environment: environment, forbidsColour: forbidsColour)
    }

    /// The style for one stream: colours only if a person sees it there and did not say no.
    package func style(for stream: Stream) -> Style {
        Style(isEnabled: allowsColour && (stream == .output ? outputIsTerminal : errorIsTerminal))
    }

    private static func reportedColumns() -> Int? {
        var size = winsize()
        for descriptor in [STDOUT_FILENO, STDERR_FILENO]
        where ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 {
            return Int(size.ws_col)
        }
        return nil
    }
}

/// Colours and weights, or nothing.
package struct Style: Sendable, Equatable {
    package let isEnabled: Bool

    package init(isEnabled: Bool) { self.isEnabled = isEnabled }

    /// No colours.
    package static let plain = Style(isEnabled: false)

    package func bold(_ text: String) -> String { wrap(text, "1") }
    package func dim(_ text: String) -> String { wrap(text, "2") }
    package func red(_ text: String) -> String { wrap(text, "31") }
    package func green(_ text: String) -> String { wrap(text, "32") }
    package func yellow(_ text: String) -> String { wrap(text, "33") }
    package func cyan(_ text: String) -> String { wrap(text, "36") }

    private func wrap(_ text: String, _ code: String) -> String {
        isEnabled && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
