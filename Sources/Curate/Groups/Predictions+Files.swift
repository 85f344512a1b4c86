import Glibc

extension Predictions {
    /// A table has one group for each value; beyond this many a column is no group but a measurement or an id.
    fileprivate static let mostGroups = 1000

    /// Reads tables of predictions, whoever wrote them.
    ///
    /// - Parameters:
    ///   - paths: one file or more: text with a row for each example, gzipped or not.
    ///   - options: what the columns are, and the groups.
    /// - Returns: the predictions, and what was decided without being told, as sentences.
    /// - Throws: as `reading(sides:options:)`.
    package static func reading(
        _ paths: [String], options: PredictionOptions
    ) throws -> (predictions: Predictions, notes: [String]) {
        let (sides, notes) = try reading(sides: [paths], options: options)
        return (sides[0], notes)
    }

    /// Reads tables of predictions of the same examples by runs of several sorts.
    ///
    /// Examples are told by their ids, or stand in the same order. Groups and parts are those of the first table.
    ///
    /// - Parameters:
    ///   - sides: for each sort of runs one file or more.
    ///   - options: what the columns are, and the groups.
    /// - Returns: the predictions of each sort, which differ in their runs only; and what was decided without being told.
    /// - Throws: `CurateError` of kind `usage` for columns and groups that are not there, `badData` for rows that cannot be
    ///   understood or do not go together, `missingInput` for files that are not there.
    package static func reading(
        sides: [[String]], options: PredictionOptions
    ) throws -> (sides: [Predictions], notes: [String]) {
        precondition(!sides.isEmpty && sides.allSatisfy { !$0.isEmpty }, "at least one table")
        var ungrouped = options
        ungrouped.groups = []
        let tables = try sides.joined().enumerated().map { number, path in
            try PredictionTable(path: path, options: number == 0 ? options : ungrouped)
        }
        let classes = try PredictionClasses(of: tables)
        let base = tables[0]
        let all = classes.numbers(of: base.labels)
        let labels = base.evaluated.map { all[$0] }
        let (groups, populations) = try base.groups(options.groups, classes: classes, labels: all)
        let ids = base.ids.map { ids in base.evaluated.map { ids.texts[Int(ids.codes[$0])] } }
        var contradictions: [String] = []
        var rest = tables[...]
        let predictions = try sides.map { paths in
            var runs: [Run] = []
            for table in rest.prefix(paths.count) {
                let order = try table.path == base.path ? nil : table.order(as: base, classes: classes)
                let own = try table.runs(classes: classes, labels: labels, order: order)
                if !table.predicted.isEmpty {
                    contradictions += own.compactMap {
                        contradiction(in: $0, of: table, classNames: classes.names) { example in
                            ids.map { "'\($0[example])'" } ?? table.place(order?[example] ?? example)
                        }
                    }
                }
                runs += own
            }
            rest = rest.dropFirst(paths.count)
            return Predictions(
                name: paths.joined(separator: ","),
                partition: base.partitions == nil ? nil : options.partition ?? .test,
                labels: labels, classNames: classes.names, ids: ids, groups: groups, populations: populations,
                trainingCounts: base.trainingCounts(of: all, classCount: classes.names.count), runs: numbered(runs))
        }
        var notes = base.columns.notes
        if base.columns.predicted.count > 1, base.columns.probabilities != .none {
            notes.append("probabilities are left out: one table of several runs does not say whose they are")
        }
        return (predictions, notes + contradictions)
    }

    /// A sentence when the class that a table gives is not the likeliest by its probabilities; nil when all are.
    ///
    /// A tie contradicts nothing: probabilities are often written with few digits.
    ///
    /// - Parameter name: what an example is called.
    private static func contradiction(
        in run: Run, of table: PredictionTable, classNames: [String], name: (Int) -> String
    ) -> String? {
        guard let probabilities = run.probabilities else { return nil }
        let width = classNames.count
        var (count, first) = (0, 0)
        for (example, label) in run.classes.enumerated() {
            let row = probabilities[(example * width)..<((example + 1) * width)]
            guard let most = row.max(), row[example * width + Int(label)] < most else { continue }
            if count == 0 { first = example }
            count += 1
        }
        guard count > 0 else { return nil }
        let row = Array(probabilities[(first * width)..<((first + 1) * width)])
        let likeliest = row.indices.max { row[$0] < row[$1] } ?? 0
        return
            "\(count) of \(run.classes.count) predictions in \(table.path) are not what the probabilities say, first of "
            + "\(name(first)): \(classNames[Int(run.classes[first])]), and \(classNames[likeliest]) has "
            + NumberText.significant(Double(row[likeliest]))
            + "; accuracies are of the predictions, losses of the probabilities"
    }

    /// Runs with numbers as seeds where their own do not tell them apart.
    private static func numbered(_ runs: [Run]) -> [Run] {
        guard Set(runs.map(\.seed)).count < runs.count else { return runs }
        return runs.enumerated().map { number, run in
            Run(seed: UInt64(number), classes: run.classes, probabilities: run.probabilities, losses: run.losses)
        }
    }
}

extension PredictionTable {
    /// The groups of the rows that are evaluated, and how many examples of each part they have.
    fileprivate func groups(
        _ definitions: [GroupDefinition], classes: PredictionClasses, labels: [Int32]
    ) throws -> ([GroupColumn], [[[Int]]]?) {
        let known = zip(columns.attributes, attributes).map { $1.groupColumn(named: $0.name) }
        let label = GroupColumn(name: GroupDefinition.labelWord, valueNames: classes.names, values: labels)
        let all = try definitions.map { definition in
            let column = try definition.column(of: known, label: label, dataName: path)
            guard column.valueNames.count <= Predictions.mostGroups else {
                throw CurateError(
                    .usage, "'\(column.name)' makes \(column.valueNames.count) groups", at: path,
                    remedy: "of a measurement, make groups by conditions, like 'high: \(column.name) >= 10'")
            }
            return column
        }
        return (all.map { $0.column(of: evaluated) }, partitions.map { parts in all.map { $0.populations(parts) } })
    }

    /// The training examples of each class; nil when no row is one.
    ///
    /// - Parameter labels: the class of each row.
    fileprivate func trainingCounts(of labels: [Int32], classCount: Int) -> [Int]? {
        guard let partitions, partitions.contains(.train) else { return nil }
        var counts = [Int](repeating: 0, count: classCount)
        for (label, partition) in zip(labels, partitions) where partition == .train { counts[Int(label)] += 1 }
        return counts
    }

    /// For each row of another table that is evaluated, the position of the same example among this one's.
    fileprivate func order(as other: PredictionTable, classes: PredictionClasses) throws -> [Int] {
        guard evaluated.count == other.evaluated.count else {
            throw CurateError(
                .badData, "there are \(evaluated.count) predictions, and \(other.evaluated.count) in \(other.path)",
                at: path, remedy: "give predictions of the same examples")
        }
        var order = Array(evaluated.indices)
        if let ids, let others = other.ids {
            var positions = [Int32](repeating: -1, count: ids.texts.count)
            for (position, row) in evaluated.enumerated() { positions[Int(ids.codes[row])] = Int32(position) }
            let codes = Dictionary(zip(ids.texts, ids.texts.indices)) { first, _ in first }
            let places = others.texts.map { codes[$0].map { positions[$0] } ?? -1 }
            order = try other.evaluated.map { row in
                let place = places[Int(others.codes[row])]
                guard place >= 0 else {
                    throw CurateError(
                        .badData, "the example '\(others.texts[Int(others.codes[row])])' of \(other.path) is not there",
                        at: path, remedy: "give predictions of the same examples")
                }
                return Int(place)
            }
        }
        let (own, theirs) = (classes.numbers(of: labels), classes.numbers(of: other.labels))
        for (position, row) in other.evaluated.enumerated() where own[evaluated[order[position]]] != theirs[row] {
            throw CurateError(
                .badData, "the label is another one in \(other.place(position))", at: place(order[position]),
                remedy: "give predictions of the same examples, with a column of ids to tell them by")
        }
        return order
    }

    /// The runs of this table.
    ///
    /// - Parameters:
    ///   - labels: the class of each example.
    ///   - order: for each example its position in this table; nil for the table's own order.
    fileprivate func runs(
        classes: PredictionClasses, labels: [Int32], order: [Int]?
    ) throws -> [Predictions.Run] {
        let width = classes.names.count
        var ordered = try distributions(classes)
        if let order, let own = ordered {
            ordered = order.flatMap { own[$0 * width..<($0 + 1) * width] }
        }
        let losses = ordered.map { rows in labels.indices.map { Self.loss(rows[$0 * width + Int(labels[$0])]) } }
        guard !predicted.isEmpty else {
            let rows = ordered ?? []
            let likeliest = labels.indices.map { example -> Int32 in
                var best = 0
                for label in 1..<max(1, width) where rows[example * width + label] > rows[example * width + best] {
                    best = label
                }
                return Int32(best)
            }
            return [Predictions.Run(seed: columns.seeds[0], classes: likeliest, probabilities: ordered, losses: losses)]
        }
        return zip(columns.seeds, predicted).map { seed, column in
            let own = classes.numbers(of: column)
            return Predictions.Run(
                seed: seed, classes: order.map { $0.map { own[$0] } } ?? own, probabilities: ordered, losses: losses)
        }
    }

    /// A probability of 0 has no finite loss; it counts as the smallest step below 1, as in scikit-learn.
    private static func loss(_ probability: Float) -> Float { -log(max(probability, Float.ulpOfOne)) }

    /// The probability of each class for each row that is evaluated; nil when there are none.
    private func distributions(_ classes: PredictionClasses) throws -> [Float]? {
        guard !probabilities.isEmpty else { return nil }
        switch columns.probabilities {
        case .none: return nil
        case .ofSecondClass:
            guard classes.names.count == 2 else {
                throw CurateError(
                    .badData,
                    "one column of probabilities is that of the second of two classes, and there are \(classes.names.count)",
                    at: path, remedy: "write a column p_CLASS for each class, or leave the column out")
            }
            return probabilities.flatMap { [1 - $0, $0] }
        case .byClass(let named):
            let places = named.map { Int(classes.number($0.className)) }
            let width = classes.names.count
            if let lacking = (0..<width).first(where: { !places.contains($0) }) {
                throw CurateError(
                    .badData,
                    "there are probabilities for \(places.count) classes, and none for '\(classes.names[lacking])'",
                    at: path, remedy: "write a column p_CLASS for each class, with the class as the labels have it")
            }
            if places == Array(0..<width) { return probabilities }
            var rows = [Float](repeating: 0, count: evaluated.count * width)
            for example in evaluated.indices {
                for (number, place) in places.enumerated() {
                    rows[example * width + place] = probabilities[example * places.count + number]
                }
            }
            return rows
        }
    }
}
