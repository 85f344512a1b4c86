import Curate
import Foundation
import Testing

/// CelebA's directory in both spellings of its lists, with images of one grey each.
@Suite struct CelebATests {
    private static let attributes = ["Blond_Hair", "Male", "Smiling"]
    private static let rows: [(name: String, values: [Int], partition: Int)] = [
        ("000001.png", [1, -1, 1], 0), ("000002.png", [-1, 1, -1], 2), ("000003.png", [-1, -1, 1], 0),
        ("000004.png", [1, 1, 1], 1), ("000005.png", [-1, 1, 1], 0),
    ]

    private static func directory(isText: Bool, nested: Bool = false) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        let images = nested ? "img_align_celeba/img_align_celeba" : "img_align_celeba"
        try directory.writeImages(
            Dictionary(uniqueKeysWithValues: rows.indices.map { ("\(images)/\(rows[$0].name)", UInt8($0 + 1)) }))
        if isText {
            let lines = rows.map { row in
                row.name + " " + row.values.map { ($0 < 0 ? "" : " ") + "\($0)" }.joined(separator: " ")
            }
            try directory.write(
                "list_attr_celeba.txt",
                "\(rows.count)\n" + attributes.joined(separator: " ") + " \n" + lines.joined(separator: "\r\n") + "\n")
            try directory.write(
                "list_eval_partition.txt", rows.map { "\($0.name) \($0.partition)\n" }.joined())
        } else {
            let lines = rows.map { row in ([row.name] + row.values.map { "\($0)" }).joined(separator: ",") + "\n" }
            try directory.write(
                "list_attr_celeba.csv", "image_id," + attributes.joined(separator: ",") + "\n" + lines.joined())
            try directory.write(
                "list_eval_partition.csv",
                "image_id,partition\n" + rows.map { "\($0.name),\($0.partition)\n" }.joined())
        }
        return directory
    }

    private static func load(
        _ directory: TemporaryDirectory, label: String? = "Blond_Hair", groups: [String] = []
    ) throws -> Dataset {
        var options = DatasetOptions()
        options.csv.label = label
        options.csv.groups = groups
        return try DatasetLoader.load(path: directory.path, options: options)
    }

    @Test(arguments: [(true, false), (false, false), (false, true)]) func bothSpellingsAreRead(
        isText: Bool, nested: Bool
    ) throws {
        let directory = try Self.directory(isText: isText, nested: nested)
        let dataset = try Self.load(directory, groups: ["Male", "label"])
        #expect(dataset.format == .imageFolder && dataset.labelName == "Blond_Hair")
        #expect(dataset.classNames == ["not Blond_Hair", "Blond_Hair"])
        #expect((0..<5).map { dataset.row($0)[0] } == [1, 3, 5, 4, 2])
        #expect(dataset.labels == [1, 0, 0, 1, 0])
        #expect(dataset.partitions == [.train, .train, .train, .validation, .test])
        #expect(
            dataset.groups == [
                GroupColumn(name: "Male", values: ["not Male", "not Male", "Male", "Male", "Male"])
            ])
        #expect(dataset.ids[0].hasSuffix("img_align_celeba/000001.png"))
    }

    @Test func theClassMustBeNamed() throws {
        let directory = try Self.directory(isText: true)
        expectFailure(.usage, "3 attributes, and none is said to be the class") { try Self.load(directory, label: nil) }
        expectFailure(.usage, "there is no attribute 'Blond'") { try Self.load(directory, label: "Blond") }
        expectFailure(.usage, "there is no attribute 'Mael'") { try Self.load(directory, groups: ["Mael"]) }
    }

    @Test func listsThatAreDamagedOrDoNotFitAreRefused() throws {
        let short = try Self.directory(isText: true)
        try short.write("list_attr_celeba.txt", "2\nBlond_Hair Male\n000001.png 1 1\n")
        expectFailure(.badData, "says it has 2 images, and it has 1") { try Self.load(short) }
        try short.write("list_attr_celeba.txt", "1\nBlond_Hair Male\n000001.png 1\n")
        expectFailure(.badData, "the line has 2 fields, 3 are expected") { try Self.load(short) }
        try short.write("list_attr_celeba.txt", "1\nBlond_Hair Male\n../1.png 1 1\n")
        expectFailure(.badData, "is not the name of an image") { try Self.load(short) }
        let other = try Self.directory(isText: false)
        try other.write("list_eval_partition.csv", "image_id,partition\n000001.png,0\n")
        expectFailure(.badData, "there is no partition for") { try Self.load(other) }
    }

    @Test func aCopyIsAFolderWithItsOwnTable() throws {
        let directory = try Self.directory(isText: false)
        let dataset = try Self.load(directory, groups: ["Male", "Smiling"])
        var options = DatasetOptions()
        options.csv.label = "Blond_Hair"
        options.csv.groups = ["Male", "Smiling"]
        let target = try TemporaryDirectory()
        let path = try DatasetCopy(of: dataset, source: directory.path, options: options)
            .write(to: target.path(of: "copy"))
        let copy = try DatasetLoader.load(path: path, options: options)
        #expect(copy.contentHash == dataset.contentHash && copy.groups == dataset.groups)
    }
}
