extension JTTResult {
    /// The result as the store keeps it.
    package var json: JSONValue {
        [
            "dataset": ["name": .string(datasetName), "hash": .string(datasetHash)], "rule": rule,
            "selection": .string(selection.rawValue), "chosen": chosen.map { .int($0) } ?? nil,
            "cells": .array(
                cells.map { cell in
                    [
                        "epoch": .int(cell.epoch), "upweight": cell.upweight.map { .double($0) } ?? nil,
                        "errorSets": .array(cell.errorSets.map(\.json)),
                        "validation": cell.validation?.json ?? .null,
                        "pseudoGroups": .array(cell.pseudoGroups.map { .double($0) }), "keys": .strings(cell.keys),
                    ]
                }),
            "refusals": .array(
                refusals.map { ["epoch": .int($0.epoch), "reason": .string($0.reason), "advice": .string($0.advice)] }),
            "methods": .array(
                methods.map { method in
                    [
                        "name": .string(method.name), "usesGroups": .bool(method.usesGroups),
                        "evaluation": method.evaluation.json, "validation": method.validation?.json ?? .null,
                        "sampling": method.sampling.map {
                            .array([.double($0.lowerBound), .double($0.upperBound)])
                        } ?? nil, "keys": .strings(method.keys),
                    ]
                }),
            "missing": .object(missing.mapValues { .string($0) }),
        ]
    }

    /// The result that `json` describes.
    ///
    /// - Throws: `badData` when it describes none.
    package init(_ json: JSONValue, at path: String) throws {
        let failure = CurateError(
            .badData, "a result of training twice cannot be read", at: path,
            remedy: "'curate store verify' says what is damaged")
        func list(_ name: String) throws -> [JSONValue] {
            guard let list = json[name]?.arrayValue else { throw failure }
            return list
        }
        func keys(_ json: JSONValue) -> [String] { json["keys"]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        guard let name = json["dataset"]?["name"]?.stringValue, let hash = json["dataset"]?["hash"]?.stringValue,
            let rule = json["rule"], let word = json["selection"]?.stringValue,
            let selection = Selection(rawValue: word)
        else { throw failure }
        let cells = try list("cells").map { cell -> Cell in
            guard let epoch = cell["epoch"]?.intValue, let sets = cell["errorSets"]?.arrayValue else { throw failure }
            return Cell(
                epoch: epoch, upweight: cell["upweight"]?.doubleValue,
                errorSets: sets.compactMap { ErrorSetReport($0) },
                validation: cell["validation"].flatMap { Evaluation($0) },
                pseudoGroups: cell["pseudoGroups"]?.arrayValue?.compactMap(\.doubleValue) ?? [], keys: keys(cell))
        }
        let methods = try list("methods").map { method -> Method in
            guard let name = method["name"]?.stringValue, let uses = method["usesGroups"]?.boolValue,
                let evaluation = method["evaluation"].flatMap({ Evaluation($0) })
            else { throw failure }
            let ends = method["sampling"]?.arrayValue?.compactMap(\.doubleValue) ?? []
            return Method(
                name: name, usesGroups: uses, evaluation: evaluation,
                validation: method["validation"].flatMap { Evaluation($0) },
                sampling: ends.count == 2 && ends[0] <= ends[1] ? ends[0]...ends[1] : nil, keys: keys(method))
        }
        let chosen = json["chosen"]?.intValue
        guard chosen.map(cells.indices.contains) ?? true, methods.first?.name == Self.erm else { throw failure }
        self.init(
            datasetName: name, datasetHash: hash, rule: rule, selection: selection, cells: cells,
            refusals: try list("refusals").map {
                Refusal(
                    epoch: $0["epoch"]?.intValue ?? 0, reason: $0["reason"]?.stringValue ?? "",
                    advice: $0["advice"]?.stringValue ?? "")
            }, chosen: chosen, methods: methods,
            missing: (json["missing"]?.objectValue ?? [:]).compactMapValues(\.stringValue))
    }
}
