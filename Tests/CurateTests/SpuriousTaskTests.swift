import Curate
import Foundation
import Models
import Testing

/// Tasks with a spurious background: whom they take, in which numbers, and what their images look like.
@Suite struct SpuriousTaskTests {
    private static let edge = 8

    /// Images of three classes in bytes, named by a table; `order` says which image is at which place of the file.
    private static func dataset(_ counts: [Int], order: (Int) -> [Int] = { Array(0..<$0) }) throws -> Dataset {
        let directory = try TemporaryDirectory()
        let labels = counts.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element) }
        let order = order(labels.count)
        var pixels: [UInt8] = []
        var table = "id,label\n"
        for image in order {
            var random = KeyedRandom(seed: 1, stream: .test, index: image)
            // A bright square of its own before black.
            let corner = random.below(4)
            for pixel in 0..<(edge * edge) {
                let (row, column) = (pixel / edge, pixel % edge)
                let isInside = (corner..<(corner + 4)).contains(row) && (corner..<(corner + 4)).contains(column)
                pixels.append(isInside ? UInt8(55 + random.below(200)) : 0)
            }
            table += "image\(image),\(labels[image])\n"
        }
        try directory.write("images.npy", Build.npy("|u1", "(\(labels.count), \(edge), \(edge))", pixels))
        try directory.write("metadata.csv", table)
        return try DatasetLoader.load(path: directory.path)
    }

    /// A parameter that is wrong has no place in a file.
    private func expectUsage<Result>(_ text: String, _ body: () throws -> Result) {
        let error = #expect(throws: CurateError.self) { _ = try body() }
        #expect(error?.kind == .usage && error?.remedy != nil)
        #expect(error?.message.contains(text) == true, "\(String(describing: error))")
    }

    private static func task(
        _ dataset: Dataset, correlation: Double = 0.9, seed: UInt64 = 3, sizes: [Int?] = [100, 40, 40]
    ) throws -> SpuriousTask {
        try SpuriousTask(
            of: dataset,
            design: SpuriousDesign(classes: [[0], [1, 2]], correlation: correlation, seed: seed, sizes: sizes))
    }

    /// The numbers of Waterbirds' training set, as the paper on Group DRO (2020) gives them.
    @Test func groupsHaveTheNumbersOfWaterbirds() throws {
        let design = try SpuriousDesign(classes: [[0], [1]])
        #expect(design.groupCounts(.train, size: 4795) == [3498, 184, 56, 1057])
        #expect(design.groupCounts(.test, size: 4000) == [1000, 1000, 1000, 1000])
        for size in 1...300 { #expect(design.groupCounts(.train, size: size).reduce(0, +) == size) }
    }

    @Test func sizesShrinkAlikeUntilTheyFit() throws {
        let design = try SpuriousDesign(classes: [[0], [1]])
        // As Fashion-MNIST: validation comes from training.
        #expect(try design.sizes(available: [[6000, 6000], [0, 0], [1000, 1000]]) == [4795, 1200, 2000])
        let small = try design.sizes(available: [[500, 500], [0, 0], [30, 31]])
        #expect(small[2] == 60 && small[1] % 4 == 0)
        // The first class is what there is least of: 500 of its examples are used, but for rounding.
        let used = design.groupCounts(.train, size: small[0])[0...1].reduce(0, +) + small[1] / 2
        #expect((497...500).contains(used))
        #expect(abs(Double(small[0]) / Double(small[1]) - 4795.0 / 1200) < 0.1)
        let given = try SpuriousDesign(classes: [[0], [1]], sizes: [10_000, nil, 0])
        expectUsage("7679 train examples are needed for the first class, and there are 6000") {
            try given.sizes(available: [[6000, 6000], [0, 0], [0, 0]])
        }
    }

    @Test func everyImageIsUsedOnceAndInItsGroup() throws {
        let dataset = try Self.dataset([150, 80, 80])
        let task = try Self.task(dataset)
        #expect(task.labelNames == ["0", "1+2"])
        #expect(task.items.map(\.count) == [100, 40, 40])
        #expect(task.groupCounts(.train) == [69, 8, 2, 21])
        #expect(task.groupCounts(.validation) == [10, 10, 10, 10] && task.groupCounts(.test) == [10, 10, 10, 10])
        let sources = task.items.flatMap { $0 }.map(\.source)
        #expect(Set(sources).count == sources.count)
        #expect(task.items.flatMap { $0 }.allSatisfy { ($0.label == 0) == (dataset.labels[Int($0.source)] == 0) })
    }

    @Test func heldOutImagesAreTheSameAtEveryCorrelationAndSize() throws {
        let dataset = try Self.dataset([150, 80, 80])
        let task = try Self.task(dataset)
        let other = try Self.task(dataset, correlation: 0.6, sizes: [60, 40, 40])
        #expect(task.items[1] == other.items[1] && task.items[2] == other.items[2])
        #expect(Set(other.items[0].map(\.source)).isSubset(of: Set(task.items[0].map(\.source))))
        #expect(try Self.task(dataset, seed: 4).items[2] != task.items[2])
    }

    /// What is drawn is a function of the seed and the name of the example.
    @Test func theOrderOfTheSourceChangesNothing() throws {
        let dataset = try Self.dataset([150, 80, 80])
        let shuffled = try Self.dataset([150, 80, 80]) { count in (0..<count).map { ($0 * 7 + 3) % count } }
        func images(_ dataset: Dataset) throws -> [String: [UInt8]] {
            let task = try Self.task(dataset)
            return Dictionary(
                uniqueKeysWithValues: task.items.enumerated().flatMap { part, items in
                    items.map {
                        ("\(part) \(dataset.ids[Int($0.source)]) \($0.label) \($0.background)", task.image(of: $0))
                    }
                })
        }
        let images1 = try images(dataset)
        #expect(images1.count == 180)
        #expect(try images(shuffled) == images1)
    }

    @Test func objectsCoverTheBackground() throws {
        let dataset = try Self.dataset([150, 80, 80])
        let task = try Self.task(dataset)
        var means: [[Double]] = []
        for item in task.items[2] {
            let image = task.image(of: item)
            let source = dataset.features.row(Int(item.source))
            #expect(image.count == Self.edge * Self.edge * 3)
            var sums = [0.0, 0, 0]
            for pixel in 0..<(Self.edge * Self.edge) {
                let intensity = source.load(fromByteOffset: pixel, as: UInt8.self)
                for channel in 0..<3 {
                    let value = image[pixel * 3 + channel]
                    // Never darker than the object, and brighter by no more than what it does not cover.
                    #expect(value >= intensity)
                    if intensity == 0 { sums[channel] += Double(value) }
                }
            }
            // Land is more green than blue, and water more blue than green, however an image is tinted.
            #expect(item.background == 0 ? sums[1] > sums[2] : sums[2] > sums[1])
            means.append(sums)
        }
        // No two are alike.
        #expect(Set(means).count == means.count)
        #expect(task.openness > 0.7 && task.openness < 0.9)
    }

    /// One texture is the other lying on its side: mean and spread of all pixels agree, and only the direction tells.
    @Test func texturesDifferInDirectionAlone() throws {
        let edge = 24
        for index in 0..<40 {
            var images: [[Double]] = []
            for kind in 0...1 {
                var random = KeyedRandom(seed: 5, stream: .test, index: index)
                let background = SpuriousBackground(kind: kind, style: .texture, edge: edge, random: &random)
                images.append(
                    (0..<(edge * edge)).map { pixel in
                        let levels = (0..<3).map {
                            background.value(row: pixel / edge, column: pixel % edge, channel: $0)
                        }
                        #expect(levels[0] == levels[1] && levels[1] == levels[2])
                        return levels[0]
                    })
            }
            let transposed = (0..<(edge * edge)).map { images[1][$0 % edge * edge + $0 / edge] }
            #expect(images[0] == transposed)
            // Upright stripes change along a row and not along a column.
            func change(_ image: [Double], by step: Int) -> Double {
                (0..<(edge * (edge - 1))).reduce(0) { sum, place in
                    let (row, column) =
                        step == 1 ? (place / (edge - 1), place % (edge - 1)) : (place / edge, place % edge)
                    return sum + abs(image[row * edge + column + step] - image[row * edge + column])
                }
            }
            #expect(change(images[0], by: edge) == 0 && change(images[0], by: 1) > 1)
            #expect(change(images[1], by: 1) == 0 && change(images[1], by: edge) > 1)
        }
    }

    /// Textures take the examples that colours take, and are called by their directions.
    @Test func texturesAreATaskOfTheSameExamples() throws {
        let dataset = try Self.dataset([150, 80, 80])
        func task(_ style: SpuriousBackground.Style) throws -> SpuriousTask {
            try SpuriousTask(
                of: dataset,
                design: SpuriousDesign(
                    classes: [[0], [1, 2]], correlation: 0.9, seed: 3, background: style, sizes: [100, 40, 40]))
        }
        let (coloured, textured) = (try task(.colour), try task(.texture))
        #expect(coloured.items == textured.items)
        #expect(textured.design.backgroundNames == ["upright", "level"])
        var means = [[Double]](repeating: [], count: 2)
        for item in textured.items[2] {
            let image = textured.image(of: item)
            let source = dataset.features.row(Int(item.source))
            #expect(image != coloured.image(of: item))
            // Where the object is not, all channels are one grey.
            var levels: [Double] = []
            for pixel in 0..<(Self.edge * Self.edge) where source.load(fromByteOffset: pixel, as: UInt8.self) == 0 {
                #expect(Set(image[(pixel * 3)..<(pixel * 3 + 3)]).count == 1)
                levels.append(Double(image[pixel * 3]))
            }
            means[item.background].append(levels.reduce(0, +) / Double(levels.count))
        }
        // Of 20 images each; brightness is drawn from 0.75 to 1.25 of a grey of 87, so that the means of two samples
        // from one distribution differ by 4 in the standard deviation.
        let averages = means.map { $0.reduce(0, +) / Double($0.count) }
        #expect(means.map(\.count) == [20, 20] && abs(averages[0] - averages[1]) < 16, "\(averages)")
        let target = try TemporaryDirectory()
        let files = try OutputFileSet(directory: target.path(of: "task"), replacing: false)
        try textured.write(to: files)
        try files.publish()
        let read = try DatasetLoader.load(path: target.path(of: "task"))
        #expect(read.groups.first?.valueNames == ["level", "upright"])
        #expect(read.partitionCounts == [100, 40, 40])
    }

    @Test func whatIsWrittenIsReadWithItsGroups() throws {
        let dataset = try Self.dataset([150, 80, 80])
        let task = try Self.task(dataset)
        let target = try TemporaryDirectory()
        let files = try OutputFileSet(directory: target.path(of: "task"), replacing: false)
        try task.write(to: files)
        try files.publish()
        let read = try DatasetLoader.load(path: target.path(of: "task"))
        #expect(read.partitionCounts == [100, 40, 40] && read.classNames == ["0", "1+2"])
        #expect(read.features.shape == FeatureMatrix.Shape(height: Self.edge, width: Self.edge, channels: 3))
        #expect(read.groups.map(\.name) == ["background"])
        let group = try #require(read.groups.first)
        #expect(group.valueNames == ["land", "water"])
        let items = task.items.flatMap { $0 }
        #expect(read.labels.map { Int($0) } == items.map(\.label))
        #expect(group.values.map { Int($0) } == items.map(\.background))
        for index in [0, 57, 139, 179] {
            let row = UnsafeRawBufferPointer(start: read.features.row(index), count: read.features.rowByteCount)
            #expect(Array(row) == task.image(of: items[index]))
        }
    }

    @Test func classesAreNamesOrPositions() throws {
        let names = ["cat", "dog", "3", "bird"]
        #expect(try SpuriousDesign.classes(parsing: "cat, dog:bird", classNames: names) == [[0, 1], [3]])
        #expect(try SpuriousDesign.classes(parsing: "3:0,1", classNames: names) == [[2], [0, 1]])
        #expect(try SpuriousDesign.classes(parsing: nil, classNames: names) == [[0], [2]])
        #expect(try SpuriousDesign.classes(parsing: nil, classNames: ["a", "b"]) == [[0], [1]])
        for (text, message) in [
            ("cat", "two sets of classes with a colon"), ("cat:dgo", "there is no class 'dgo'"),
            ("cat:9", "no class '9'"),
        ] {
            expectUsage(message) { try SpuriousDesign.classes(parsing: text, classNames: names) }
        }
        expectUsage("stands twice") { try SpuriousDesign(classes: [[0, 1], [1]]) }
    }

    @Test func whatIsNoImageOfAnObjectIsRefused() throws {
        let design = try SpuriousDesign(classes: [[0], [1]])
        let vectors = try DataCSVTests.dataset("a,b,label\n1,2,x\n3,4,y\n", DatasetOptions())
        expectFailure(.usage, "the examples are no images") { try SpuriousTask(of: vectors, design: design) }
        let directory = try TemporaryDirectory()
        try directory.write("images.npy", Build.npy("|u1", "(40, 4, 4)", [UInt8](repeating: 255, count: 640)))
        try directory.write("labels.npy", Build.npy("|u1", "(40,)", (0..<40).map { UInt8($0 % 2) }))
        let white = try DatasetLoader.load(path: directory.path)
        expectFailure(.badData, "0.0 % of a background would show") { try SpuriousTask(of: white, design: design) }
    }

    @Test func largestRemaindersAddUp() {
        #expect(LargestRemainder.counts(total: 10, weights: [1, 1, 1]) == [4, 3, 3])
        #expect(LargestRemainder.counts(total: 7, weights: [0, 0.5, 0.2, 0.3]) == [0, 4, 1, 2])
        #expect(LargestRemainder.counts(total: 0, weights: [1, 2]) == [0, 0])
    }
}
