import Glibc

/// Makes a pipeline of a document, collecting every mistake on the way.
struct PipelineReader {
    /// A stage as declared, before sweeps are expanded.
    struct Stage {
        let name: String
        let kind: StageKind
        /// The values of each parameter that is given; more than one for a sweep.
        let values: [String: [JSONValue]]
    }

    let file: String
    /// The line of each place in the document.
    let lines: [[String]: Int]
    /// The places whose values come from the command line.
    let overridden: Set<[String]>
    let kinds: [StageKind]
    private(set) var problems: [PipelineProblem] = []
    private var told: Set<PipelineProblem> = []
    /// Stages with a mistake, which are not looked at any further.
    var broken: Set<String> = []

    init(file: String, lines: [[String]: Int], overridden: Set<[String]>, kinds: [StageKind]) {
        self.file = file
        self.lines = lines
        self.overridden = overridden
        self.kinds = kinds
    }

    /// The pipeline in a document.
    ///
    /// - Throws: `PipelineProblems` with every mistake.
    mutating func pipeline(_ document: JSONValue) throws -> Pipeline {
        guard let members = document.objectValue else {
            throw PipelineProblems(
                file: file,
                problems: [
                    PipelineProblem(
                        path: "", line: 1, message: "a pipeline is an object, not \(Parameter.shown(document))",
                        suggestion: "write { dataset: { path: \"...\" }, stages: { ... } }")
                ])
        }
        for name in members.keys.sorted() where name != "dataset" && name != "stages" {
            let guess = Suggestion.nearest(to: name, among: ["dataset", "stages"])
            report([name], "is unknown", guess.map { "did you mean '\($0)'?" } ?? "a pipeline has dataset and stages")
        }
        let dataset = dataset(members["dataset"])
        let instances = try instances(members["stages"])
        guard problems.isEmpty, let dataset else { throw PipelineProblems(file: file, problems: problems) }
        let places = lines.filter { $0.key.count == 2 && $0.key[0] == "stages" }
        return Pipeline(
            name: DirectoryListing.split(file).name, dataset: dataset, instances: instances, file: file,
            stageLines: Dictionary(places.map { ($0.key[1], $0.value) }) { first, _ in first })
    }

    /// A pipeline of stages on a dataset that is described otherwise.
    mutating func pipeline(stages: JSONValue, dataset: DatasetSource) throws -> Pipeline {
        let instances = try instances(stages)
        guard problems.isEmpty else { throw PipelineProblems(file: file, problems: problems) }
        return Pipeline(name: file, dataset: dataset, instances: instances)
    }

    /// Notes a mistake at a place.
    mutating func report(_ path: [String], _ message: String, _ suggestion: String? = nil) {
        let isOverridden = overridden.contains(path)
        let line =
            isOverridden
            ? nil : stride(from: path.count, to: 0, by: -1).lazy.compactMap { lines[Array(path.prefix($0))] }.first
        let problem = PipelineProblem(
            path: (isOverridden ? "`set` " : "") + path.joined(separator: "."), line: line, message: message,
            suggestion: suggestion)
        // Instances of one stage share their mistakes.
        if told.insert(problem).inserted { problems.append(problem) }
    }

    private mutating func dataset(_ value: JSONValue?) -> DatasetSource? {
        guard let value else {
            report(["dataset"], "is missing", "add dataset: { path: \"...\" }")
            return nil
        }
        guard let values = parameters(value, DatasetSource.parameters, at: ["dataset"], stages: nil) else { return nil }
        var first = values.compactMapValues(\.first)
        if let metadata = first["metadata"]?.stringValue {
            first["metadata"] = .string(resolved(metadata, at: ["dataset", "metadata"]))
        }
        let single = StageValues(first, of: DatasetSource.parameters)
        let complaints = DatasetSource.rolesComplaints(single)
        for complaint in complaints {
            report(["dataset"] + [complaint.parameter].compactMap { $0 }, complaint.message, complaint.suggestion)
        }
        guard complaints.isEmpty else { return nil }
        return DatasetSource(single, path: resolved(single.text("path"), at: ["dataset", "path"]))
    }

    /// A path relative to the file, or to the current directory when the command line gave it.
    func resolved(_ path: String, at place: [String]) -> String {
        if path.hasPrefix("/") || overridden.contains(place) { return path }
        guard let slash = file.lastIndex(of: "/") else { return path }
        return PathText.tidied(String(file[...slash]) + path)
    }

    /// The values of an object's members, checked; nil when any is wrong.
    ///
    /// - Parameter stages: the kinds of stages by name; nil where sweeps are not allowed.
    mutating func parameters(
        _ value: JSONValue, _ parameters: [Parameter], at path: [String], stages: [String: String]?
    ) -> [String: [JSONValue]]? {
        guard let members = value.objectValue else {
            report(path, "must be an object, not \(Parameter.shown(value))", "write { parameter: value }")
            return nil
        }
        let before = problems.count
        var values: [String: [JSONValue]] = [:]
        for name in members.keys.sorted() {
            guard let parameter = parameters.first(where: { $0.name == name }) else {
                report(path + [name], "is unknown", Self.suggestion(for: name, among: parameters))
                continue
            }
            guard let value = members[name] else { continue }
            values[name] = self.values(value, of: parameter, at: path + [name], stages: stages)
        }
        for parameter in parameters where parameter.isRequired && members[parameter.name] == nil {
            report(path, "needs '\(parameter.name)'", "add \(parameter.name): \(parameter.expectation)")
        }
        return problems.count == before ? values : nil
    }

    private static func suggestion(for name: String, among parameters: [Parameter]) -> String {
        if let known = parameters.first(where: { $0.isKnown(as: name) }) {
            return "it is called '\(known.name)' here"
        }
        let names = parameters.map(\.name)
        let guess = Suggestion.nearest(to: name, among: names)
        return guess.map { "did you mean '\($0)'?" } ?? "the parameters are \(names.joined(separator: ", "))"
    }

    /// One value, or several when a list stands where one is expected.
    private mutating func values(
        _ value: JSONValue, of parameter: Parameter, at path: [String], stages: [String: String]?
    ) -> [JSONValue]? {
        var elements = [value]
        var isSweep = false
        if stages != nil, let list = value.arrayValue {
            isSweep =
                parameter.takesList ? !list.isEmpty && list.allSatisfy { $0.arrayValue != nil } : !parameter.isOutput
            if isSweep { elements = list }
        }
        if elements.isEmpty {
            report(path, "is an empty list", "give at least one value, or leave it out")
            return nil
        }
        var checked: [JSONValue] = []
        for (position, element) in elements.enumerated() {
            do throws(ValueMismatch) {
                var value = try parameter.checked(element, stages: stages ?? [:])
                // What is written has its place when it has its name; see `withOwnFiles`.
                if parameter.isPath, !parameter.isOutput, stages != nil, let text = value.stringValue {
                    value = .string(resolved(text, at: path))
                }
                if checked.contains(value) { throw ValueMismatch("has \(value.compactText) twice") }
                checked.append(value)
            } catch {
                let place = isSweep && !overridden.contains(path) ? path + [String(position)] : path
                report(place, error.message, error.suggestion)
            }
        }
        return checked.count == elements.count ? checked : nil
    }
}
