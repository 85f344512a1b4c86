import Models

/// A task whose labels go with the background of the images in training, and not in validation and test.
///
/// Which examples of the source are taken, and in front of what, depends on the seed and on their ids alone, not on their
/// order. Validation and test are chosen first, so that another correlation or size of training leaves them as they are.
package struct SpuriousTask {
    /// One image that is made.
    package struct Item: Sendable, Equatable {
        /// The example of the source, by its index.
        package let source: Int32
        /// The class, 0 or 1.
        package let label: Int
        /// The background, 0 or 1.
        package let background: Int
    }

    /// The images of each partition, in the order of the source.
    package let items: [[Item]]
    /// The names of the two classes: those of the source, joined by `+`.
    package let labelNames: [String]
    /// How much of the background the training images let through on average, 0...1.
    package let openness: Double
    /// What the task was made from.
    package let dataset: Dataset
    /// How it is made up.
    package let design: SpuriousDesign

    private let objects: SpuriousObjects

    /// The file that says what every image is.
    package static let metadataName = "metadata.csv"
    /// Names of its columns: the class, and the background.
    package static let (labelColumn, backgroundColumn) = ("label", "background")
    /// Images that let less through would show hardly anything of it.
    private static let leastOpenness = 0.05

    /// Chooses the images.
    ///
    /// - Parameters:
    ///   - dataset: the source, images of one or three channels.
    ///   - design: how the task is made up.
    /// - Throws: `CurateError(.usage)` when the source has no images, or too few; `badData` when they are so bright that no
    ///   background would be seen.
    package init(of dataset: Dataset, design: SpuriousDesign) throws {
        self.dataset = dataset
        self.design = design
        objects = try SpuriousObjects(of: dataset)
        labelNames = design.classes.map { own in own.map { dataset.classNames[Int($0)] }.joined(separator: "+") }
        var sides = [Int](repeating: -1, count: dataset.classCount)
        for (side, classes) in design.classes.enumerated() { for label in classes { sides[Int(label)] = side } }
        var pools: [[[Int32]]] = []
        for partition in Partition.allCases {
            let table = ExampleTable(dataset: dataset, indices: dataset.indices(of: partition))
            let order = SelectionDraws.randomOrder(of: table, seed: design.seed, .spuriousExample)
            var pool: [[Int32]] = [[], []]
            for position in order {
                let side = sides[Int(table.labels[Int(position)])]
                if side >= 0 { pool[side].append(table.indices[Int(position)]) }
            }
            pools.append(pool)
        }
        let available = pools.map { $0.map(\.count) }
        let sizes = try design.sizes(available: available)
        var items = [[Item]](repeating: [], count: Partition.allCases.count)
        for partition in [Partition.validation, .test, .train] {
            let source = Int(SpuriousDesign.source(of: partition, available).rawValue)
            let groups = design.groupCounts(partition, size: sizes[Int(partition.rawValue)])
            for (group, count) in groups.enumerated() {
                let (label, background) = (group / 2, group % 2)
                let chosen = pools[source][label].prefix(count)
                pools[source][label].removeFirst(count)
                items[Int(partition.rawValue)] += chosen.map {
                    Item(source: $0, label: label, background: background)
                }
            }
        }
        self.items = items.map { $0.sorted { $0.source < $1.source } }
        let own = objects
        let training = self.items[0]
        openness = training.reduce(0) { $0 + own.openness(of: Int($1.source)) } / Double(training.count)
        guard openness >= Self.leastOpenness else {
            throw CurateError(
                .badData,
                "the images are so bright that \(NumberText.percent(openness, decimals: 1)) of a background would show",
                at: dataset.name, remedy: "choose images of objects before something dark")
        }
    }

    /// The examples of the four groups of a partition: class by class, in each the backgrounds in their order.
    package func groupCounts(_ partition: Partition) -> [Int] {
        ExampleTable.counts(
            of: items[Int(partition.rawValue)].map { Int32($0.label * 2 + $0.background) }, valueCount: 4)
    }

    /// The image of an item: [height][width][3] bytes.
    package func image(of item: Item) -> [UInt8] {
        var random = SelectionDraws.stream(
            seed: design.seed, .background, hash: dataset.ids.hash(at: Int(item.source)))
        let shape = dataset.features.shape
        let background = SpuriousBackground(
            kind: item.background, style: design.background, edge: max(shape.height, shape.width), random: &random)
        return objects.image(Int(item.source), before: background)
    }

    /// Writes `X_train.npy` and the same for validation and test, arrays of (N, H, W, 3) bytes, and `metadata.csv` with a
    /// row for each image, in their order: `id`, `label`, `background`, `split` and `source`, the id in the source.
    ///
    /// - Throws: `CurateError(.cannotCreateOutput)`.
    package func write(to files: OutputFileSet) throws {
        // Readers would take these for a part of the data.
        for name in [ClassNames.fileName, "classes.txt"] { try files.omit(name) }
        let metadata = try files.file(Self.metadataName)
        var table = ByteWriter { try metadata.write($0) }
        table.append("id,\(Self.labelColumn),\(Self.backgroundColumn),split,source\n")
        for partition in Partition.allCases {
            let own = items[Int(partition.rawValue)]
            if own.isEmpty { continue }
            let array = try files.file("X_\(partition.name).npy")
            let shape = dataset.features.shape
            try array.write(
                NPYWriter.header(
                    typeDescriptor: UInt8.npyDescription, shape: [own.count, shape.height, shape.width, 3]))
            for (position, item) in own.enumerated() {
                try array.write(image(of: item))
                table.append("\(partition.name)/\(position),")
                table.appendField(labelNames[item.label])
                table.append(",\(design.backgroundNames[item.background]),\(partition.name),")
                table.appendField(dataset.ids[Int(item.source)])
                table.append("\n")
                try table.flushIfLarge()
            }
        }
        try table.flush()
    }
}
