/// The reference of pipeline files, made from the declarations that read them, so that it cannot drift.
package enum PipelineReference {
    /// The dataset's parameters and every kind of stage, as Markdown.
    package static var markdown: String {
        var text = "### `dataset`\n\nThe data, and how to read it.\n\n" + table(of: DatasetSource.parameters)
        for kind in StageKind.all {
            text += "\n### `\(kind.name)`\n\n\(kind.abstract)"
            if !kind.discussion.isEmpty { text += " \(kind.discussion)" }
            text += "\n\n" + table(of: kind.parameters)
        }
        return text
    }

    /// The same as JSON: `dataset` and `kinds`, each with its `parameters`.
    package static var json: JSONValue {
        func list(_ parameters: [Parameter]) -> JSONValue {
            .array(
                parameters.map { parameter in
                    [
                        "name": .string(parameter.name), "value": .string(parameter.expectation),
                        "default": parameter.initial ?? .null, "absent": .string(parameter.absence),
                        "required": .bool(parameter.isRequired), "help": .string(parameter.help),
                        "option": .string(parameter.option),
                    ]
                })
        }
        return [
            "dataset": ["parameters": list(DatasetSource.parameters)],
            "kinds": .array(
                StageKind.all.map { kind in
                    [
                        "name": .string(kind.name), "abstract": .string(kind.abstract),
                        "codeVersion": .int(kind.codeVersion), "parameters": list(kind.parameters),
                    ]
                }),
        ]
    }

    private static func table(of parameters: [Parameter]) -> String {
        var lines = ["| parameter | value | default | |", "| --- | --- | --- | --- |"]
        for parameter in parameters {
            lines.append(
                "| `\(parameter.name)` | \(cell(parameter.expectation)) | \(cell(parameter.absence)) | "
                    + "\(cell(parameter.help)) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func cell(_ text: String) -> String { text.split(separator: "|").joined(separator: "\\|") }
}
