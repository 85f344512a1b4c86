extension Evaluation {
    /// The evaluation as the store keeps it: counts, from which every rate follows, and what had to be drawn.
    ///
    /// Without training counts there is no key for them.
    package var json: JSONValue {
        counted.merging(frequency.map { ["frequency": $0.json] } ?? [:])
    }

    private var counted: JSONValue {
        [
            "partition": .optional(partition?.name), "seeds": .array(seeds.map { JSONValue($0) }),
            "accuracy": accuracy.json, "classes": .array(classes.map(\.json)),
            "worstClassInterval": .interval(worstClassInterval),
            "groups": .array(
                groups.map { ["name": .string($0.name), "values": .array($0.values.map(\.json))] }),
            "worstInterval": .interval(worstInterval), "minimumGroupSize": .int(minimumGroupSize),
            "confusion": .array(confusion.map { .array($0.map { .int($0) }) }),
            "measures": .object(
                Dictionary(uniqueKeysWithValues: measures.map { ($0.key.rawValue, .numbers($0.value.values)) })),
            "notes": .strings(notes),
        ]
    }

    /// The evaluation that `json` describes; nil when it describes none.
    package init?(_ json: JSONValue) {
        guard let seeds = json["seeds"]?.arrayValue?.compactMap(\.unsignedValue), !seeds.isEmpty,
            let accuracy = json["accuracy"].flatMap({ Rate($0, of: seeds.count) }),
            let classes = json["classes"]?.arrayValue, let groups = json["groups"]?.arrayValue,
            let confusion = json["confusion"]?.arrayValue, let smallest = json["minimumGroupSize"]?.intValue,
            let named = json["measures"]?.objectValue, let notes = json["notes"]?.arrayValue
        else { return nil }
        var partition: Partition?
        if let name = json["partition"]?.stringValue {
            guard let known = Partition.allCases.first(where: { $0.name == name }) else { return nil }
            partition = known
        }
        var breakdowns: [Breakdown] = []
        for group in groups {
            guard let name = group["name"]?.stringValue, let values = group["values"]?.arrayValue else { return nil }
            let own = values.compactMap { Group($0, column: name, of: seeds.count) }
            guard own.count == values.count else { return nil }
            breakdowns.append(Breakdown(name: name, values: own))
        }
        let rates = classes.compactMap { Rate($0, of: seeds.count) }
        guard rates.count == classes.count else { return nil }
        var measures: [Measure: Spread] = [:]
        for (name, values) in named {
            guard let measure = Measure(rawValue: name), let numbers = values.numbers, numbers.count == seeds.count
            else { return nil }
            measures[measure] = Spread(numbers)
        }
        var frequency: Frequency?
        if let kept = json["frequency"] {
            frequency = Frequency(kept, classCount: rates.count)
            if frequency == nil { return nil }
        }
        self.init(
            partition: partition, seeds: seeds, accuracy: accuracy, classes: rates,
            worstClassInterval: json["worstClassInterval"]?.interval, groups: breakdowns,
            worstInterval: json["worstInterval"]?.interval, minimumGroupSize: smallest,
            confusion: confusion.map { $0.arrayValue?.compactMap(\.intValue) ?? [] }, measures: measures,
            frequency: frequency, notes: notes.compactMap(\.stringValue))
    }
}

extension Evaluation.Rate {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "count": .int(count),
            "correct": .array(correctCounts.map { .int($0) }),
        ]
    }

    fileprivate init?(_ json: JSONValue, of runCount: Int) {
        guard let name = json["name"]?.stringValue, let count = json["count"]?.intValue,
            let correct = json["correct"]?.arrayValue?.compactMap(\.intValue), correct.count == runCount,
            correct.allSatisfy({ (0...max(0, count)).contains($0) })
        else { return nil }
        self.init(name: name, count: count, correctCounts: correct)
    }
}

extension Evaluation.Group {
    fileprivate var json: JSONValue {
        rate.json.merging([
            "population": population.map { .array($0.map { .int($0) }) } ?? .null,
            "losses": losses.map { .numbers($0.values) } ?? .null, "simultaneous": .interval(simultaneous),
        ])
    }

    fileprivate init?(_ json: JSONValue, column: String, of runCount: Int) {
        guard let rate = Evaluation.Rate(json, of: runCount) else { return nil }
        let population = json["population"]?.arrayValue?.compactMap(\.intValue)
        guard population?.count ?? Partition.allCases.count == Partition.allCases.count else { return nil }
        let losses = json["losses"]?.numbers
        guard losses?.count ?? runCount == runCount else { return nil }
        self.init(
            column: column, rate: rate, population: population, losses: losses.map { Evaluation.Spread($0) },
            simultaneous: json["simultaneous"]?.interval)
    }
}

extension JSONValue {
    /// The ends of an interval, or null.
    static func interval(_ range: ClosedRange<Double>?) -> JSONValue {
        range.map { .numbers([$0.lowerBound, $0.upperBound]) } ?? .null
    }

    /// Numbers in order.
    static func numbers(_ numbers: [Double]) -> JSONValue { .array(numbers.map { .double($0) }) }

    /// The interval that two numbers in order are the ends of.
    fileprivate var interval: ClosedRange<Double>? {
        guard let ends = numbers, ends.count == 2, ends[0] <= ends[1] else { return nil }
        return ends[0]...ends[1]
    }

    /// The numbers of an array of nothing else.
    fileprivate var numbers: [Double]? {
        guard let elements = arrayValue else { return nil }
        let numbers = elements.compactMap(\.doubleValue)
        return numbers.count == elements.count ? numbers : nil
    }
}
