/// A way to divide examples into groups, as a person writes it: a column, a product of columns, or a named condition.
///
/// `place` has one group for each value; `place*label` one for each pair of a value and a class that occurs, which is
/// what the literature on worst groups calls a group; `senior: age >= 65` is the group of the examples for which the
/// condition holds. Groups of different definitions may overlap.
package struct GroupDefinition: Sendable, Equatable {
    /// What the groups are made of.
    package enum Rule: Sendable, Equatable {
        /// One group for each combination of values of these columns that occurs.
        case product([String])
        /// One group, of the examples for which the condition holds.
        case condition(GroupExpression)
    }

    /// What the definition is called: its text, or the name before the colon.
    package let name: String
    /// What the groups are made of.
    package let rule: Rule

    /// The word that stands for the class of an example.
    package static let labelWord = "label"
    /// What stands between the values in the name of a combination.
    static let separator = "*"
    /// What examples are called for which a condition does not hold; it is no group.
    static let others = "(others)"

    /// Reads a definition.
    ///
    /// Names and values that hold other characters than letters, digits, `_`, `-`, `.` and spaces inside are put in
    /// double quotes.
    ///
    /// - Parameter text: `column`, `column*column` or `name: condition`.
    /// - Throws: `CurateError(.usage)` that shows where the text goes wrong.
    package init(parsing text: String) throws {
        var reader = GroupExpression.Reader(text)
        let first = try reader.name("a column or the name of a group")
        if reader.take(":") {
            name = first
            rule = .condition(try reader.expression())
        } else {
            var columns = [first]
            while reader.take(Self.separator) { columns.append(try reader.name("a column")) }
            guard Set(columns).count == columns.count else { throw reader.failure("a column stands twice in it") }
            name = columns.joined(separator: Self.separator)
            rule = .product(columns)
        }
        try reader.checkEnd()
    }

    /// The columns that it reads, each once, in the order of the text.
    package var columns: [String] {
        switch rule {
        case .product(let columns): columns
        case .condition(let expression):
            expression.columns.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        }
    }

    /// Divides examples.
    ///
    /// - Parameters:
    ///   - attributes: columns that are known.
    ///   - label: the class of each example as such a column, under the name of its column in the input.
    ///   - dataName: what the user calls the data, for errors.
    /// - Throws: `CurateError(.usage)` when a column is not known.
    package func column(of attributes: [GroupColumn], label: GroupColumn, dataName: String) throws -> GroupColumn {
        func attribute(_ name: String) throws -> GroupColumn {
            if let found = attributes.first(where: { $0.name == name }) { return found }
            if name == Self.labelWord || name == label.name { return label }
            let known = attributes.map(\.name) + [Self.labelWord]
            throw CurateError(
                .usage, "'\(dataName)' has no group column '\(name)'",
                remedy: Suggestion.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
                    ?? "there is \(known.joined(separator: ", "))")
        }
        let sources = try columns.map(attribute)
        let count = label.values.count
        switch rule {
        case .product:
            if sources.count == 1 {
                return GroupColumn(name: name, valueNames: sources[0].valueNames, values: sources[0].values)
            }
            return Self.product(sources, name: name, count: count)
        case .condition(let expression):
            try expression.check(against: sources, of: name)
            let holds = expression.bound(to: Dictionary(uniqueKeysWithValues: zip(columns, sources)))
            return GroupColumn(
                name: name, valueNames: [Self.others, name], values: (0..<count).map { holds($0) ? 1 : 0 },
                complement: 0)
        }
    }

    /// The combinations of values that occur, in the order of the columns' values.
    private static func product(_ columns: [GroupColumn], name: String, count: Int) -> GroupColumn {
        var codes = [Int](repeating: 0, count: count)
        var isOutside = [Bool](repeating: false, count: count)
        for column in columns {
            for example in 0..<count {
                codes[example] = codes[example] * column.valueNames.count + Int(column.values[example])
                if column.values[example] == column.complement { isOutside[example] = true }
            }
        }
        let occurring = Set(codes.indices.lazy.filter { !isOutside[$0] }.map { codes[$0] }).sorted()
        var names = occurring.map { code in
            var (rest, parts) = (code, [String]())
            for column in columns.reversed() {
                parts.append(column.valueNames[rest % column.valueNames.count])
                rest /= column.valueNames.count
            }
            return parts.reversed().joined(separator: separator)
        }
        let places = Dictionary(uniqueKeysWithValues: zip(occurring, occurring.indices.map { Int32($0) }))
        let outside = Int32(names.count)
        let hasOthers = isOutside.contains(true)
        if hasOthers { names.append(others) }
        return GroupColumn(
            name: name, valueNames: names,
            values: codes.indices.map { isOutside[$0] ? outside : places[codes[$0]] ?? 0 },
            complement: hasOthers ? outside : nil)
    }
}

extension GroupDefinition {
    /// Reads definitions, and refuses two of one name.
    package static func parsing(_ texts: [String]) throws -> [GroupDefinition] {
        let definitions = try texts.map { try GroupDefinition(parsing: $0) }
        var seen: Set<String> = []
        for definition in definitions where !seen.insert(definition.name).inserted {
            throw CurateError(
                .usage, "two groups are called '\(definition.name)'", remedy: "give one of them another name")
        }
        return definitions
    }
}

extension Dataset {
    /// The class of each example as a group column, under the name of its column in the input.
    package var labelColumn: GroupColumn {
        GroupColumn(name: labelName ?? GroupDefinition.labelWord, valueNames: classNames, values: labels)
    }

    /// This dataset with its attributes divided as somebody asks for; its content stays the same.
    ///
    /// - Parameter definitions: the groups; when there are none, every attribute is one.
    package func grouped(by definitions: [GroupDefinition]) throws -> Dataset {
        guard !definitions.isEmpty else { return self }
        var dataset = self
        let label = labelColumn
        dataset.groups = try definitions.map { try $0.column(of: groups, label: label, dataName: name) }
        return dataset
    }
}
