import Curate
import Foundation
import Models
import Testing

@Suite struct SplitFileTests {
    /// Ten rows in two classes with a group column and an id column, as a table file.
    static func dataset(_ directory: TemporaryDirectory, rows: Int = 10, value: Int = 3) throws -> Dataset {
        var text = "name,x,label,site\n"
        for row in 0..<rows {
            text += "row \(row),\(row * value),\(row % 2 == 0 ? "cat" : "dog"),\(["n", "s"][row / 3 % 2])\n"
        }
        var options = DatasetOptions()
        options.csv.id = "name"
        options.csv.groups = ["site"]
        return try DatasetLoader.load(path: try directory.write("animals.csv", text), options: options)
    }

    static func selection(_ dataset: Dataset, _ rule: PruningRule) throws -> PruningSelection {
        let candidates = ExampleTable(dataset: dataset)
        let values = (0..<candidates.count).map { Float($0 * 7 % 10) / 8 }
        let ranking = try HardnessRanking(
            by: PruningScore(name: "el2n", direction: .higherIsHarder, values: values, source: "made, \"quoted\""),
            of: candidates)
        return try rule.selection(from: candidates, by: ranking, excluding: [4])
    }

    private static let rule = PruningRule(
        policy: .stratified(passedOver: 0.1, strataCount: 3), quota: .proportional(.classes), keptFraction: 0.5,
        seed: 3,
        weighting: .inverseProbability)

    @Test func theTableSaysWhatHappenedToEveryExample() throws {
        let directory = try TemporaryDirectory()
        let selection = try Self.selection(
            try Self.dataset(directory),
            PruningRule(policy: .window(passedOver: 0.1), quota: .floor(count: 1, .group("site")), keptFraction: 0.4))
        try SplitWriter.write(selection, to: directory.path(of: "split"))
        // Scores 0, 7, 4, 1, 8, 5, 2, 9, 6, 3 eighths; row 4 is a suspect, row 7 the hardest of the other nine.
        #expect(
            String(decoding: try directory.read("split/split.csv"), as: UTF8.self) == """
                id,index,kept,weight,score,rank,stratum,reason
                row 0,0,0,0,0.0,10,,not-selected
                row 1,1,1,1,0.875,3,,selected
                row 2,2,1,1,0.5,6,,selected
                row 3,3,0,0,0.125,9,,not-selected
                row 4,4,0,0,1.0,2,,suspect
                row 5,5,1,1,0.625,5,,selected
                row 6,6,0,0,0.25,8,,not-selected
                row 7,7,0,0,1.125,1,,too-hard
                row 8,8,1,1,0.75,4,,selected
                row 9,9,0,0,0.375,7,,not-selected

                """)
        #expect(try NPYArray(path: directory.path(of: "split/kept_indices.npy")).shape == [4])
    }

    @Test func whatIsWrittenIsRead() throws {
        let directory = try TemporaryDirectory()
        let dataset = try Self.dataset(directory)
        let selection = try Self.selection(dataset, Self.rule)
        let path = directory.path(of: "split")
        try SplitWriter.write(selection, to: path)
        #expect(try directory.names == ["animals.csv", "split"])
        for place in [path, path + "/", path + "/split.csv", path + "/manifest.json"] {
            let files = try SplitReader.read(path: place)
            #expect(files.manifest == SplitManifest(of: selection))
            #expect(try files.split(for: dataset) == selection.split)
        }
        let manifest = try SplitReader.read(path: path).manifest
        #expect(manifest.rule == Self.rule.json)
        #expect(manifest.keptCount == 5 && manifest.suspectCount == 1 && manifest.candidateCount == 10)
        #expect(manifest.classes.map(\.before) == [5, 5])
        #expect(manifest.groups[0].values.map(\.before) == [6, 4])
        #expect(manifest.inclusion?.isEmpty == false)
        let indices = try NPYArray(path: path + "/kept_indices.npy")
        #expect((0..<5).map { indices.integer(at: $0) } == selection.split.indices.map { Int($0) })
    }

    @Test func nothingIsReplacedWithoutForce() throws {
        let directory = try TemporaryDirectory()
        let dataset = try Self.dataset(directory)
        let path = directory.path(of: "split")
        try SplitWriter.write(try Self.selection(dataset, Self.rule), to: path)
        let before = try directory.read("split/manifest.json")
        let random = try Self.selection(dataset, PruningRule(policy: .random, keptFraction: 0.3))
        expectFailure(.cannotCreateOutput, "exists already") { try SplitWriter.write(random, to: path) }
        #expect(try directory.read("split/manifest.json") == before)
        try SplitWriter.write(random, to: path, replacing: true)
        #expect(try SplitReader.read(path: path).manifest.keptCount == 3)
        expectFailure(.cannotCreateOutput, "No such file".lowercased()) {
            try SplitWriter.write(random, to: directory.path(of: "missing/split"))
        }
        expectFailure(.cannotCreateOutput, "a file has this name") {
            try SplitWriter.write(random, to: directory.path(of: "animals.csv"))
        }
    }

    @Test func aSplitOfAnotherOrAChangedDatasetIsRefused() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path(of: "split")
        try SplitWriter.write(try Self.selection(try Self.dataset(directory), Self.rule), to: path)
        let files = try SplitReader.read(path: path)
        // One number of the table changed, then another count of rows.
        for changed in [try Self.dataset(directory, value: 4), try Self.dataset(directory, rows: 11)] {
            expectFailure(.badData, "the split was made for animals") { try files.split(for: changed) }
        }
    }

    @Test func filesThatDoNotBelongTogetherAreRefused() throws {
        let directory = try TemporaryDirectory()
        let dataset = try Self.dataset(directory)
        let path = directory.path(of: "split")
        try SplitWriter.write(try Self.selection(dataset, Self.rule), to: path)
        try SplitWriter.write(
            try Self.selection(dataset, PruningRule(policy: .random, keptFraction: 0.3)),
            to: directory.path(of: "other"))
        for name in ["split.csv", "kept_indices.npy"] {
            let own = try directory.read("split/\(name)")
            try directory.write("split/\(name)", try directory.read("other/\(name)"))
            expectFailure(.badData, "not the one the manifest was written with") { try SplitReader.read(path: path) }
            try directory.write("split/\(name)", own)
        }
        try FileManager.default.removeItem(atPath: path + "/manifest.json")
        expectFailure(.missingInput, "there is no split here") { try SplitReader.read(path: path) }
        expectFailure(.missingInput, "there is no data here") { try SplitReader.read(path: path + "nowhere") }
    }

    /// Every truncation and every flipped bit of any of the files is noticed.
    @Test func damageIsNoticed() throws {
        let directory = try TemporaryDirectory()
        let dataset = try Self.dataset(directory)
        let selection = try Self.selection(dataset, Self.rule)
        let path = directory.path(of: "split")
        try SplitWriter.write(selection, to: path)
        var random = KeyedRandom(seed: 5, stream: .test)
        for name in ["split.csv", "kept_indices.npy", "manifest.json"] {
            let whole = try directory.read("split/\(name)")
            for number in 0..<150 {
                var bytes = whole
                if number % 2 == 0 {
                    bytes.removeLast(1 + random.below(bytes.count))
                } else {
                    bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
                }
                try directory.write("split/\(name)", bytes)
                do {
                    let files = try SplitReader.read(path: path)
                    // A name or a sentence of the manifest may read differently; what is trained on may not.
                    #expect(name == "manifest.json")
                    if files.manifest.datasetHash == dataset.contentHash {
                        let split = try files.split(for: dataset)
                        #expect(split.indices == selection.split.indices && split.weights == selection.split.weights)
                    }
                } catch let error as CurateError {
                    #expect(error.location?.isEmpty == false && [.badData, .missingInput].contains(error.kind))
                }
            }
            try directory.write("split/\(name)", whole)
        }
    }

    /// The table's parser behind the digest: it gives rows that hold together, or says which line is wrong.
    @Test func theTableParserSurvives() throws {
        let directory = try TemporaryDirectory()
        let selection = try Self.selection(try Self.dataset(directory), Self.rule)
        try SplitWriter.write(selection, to: directory.path(of: "split"))
        let whole = try directory.read("split/split.csv")
        var random = KeyedRandom(seed: 6, stream: .test)
        var accepted = 0
        for _ in 0..<3000 {
            var bytes = whole
            for _ in 0...random.below(3) {
                switch random.below(3) {
                case 0: bytes.removeLast(random.below(bytes.count / 2))
                case 1: bytes[random.below(bytes.count)] = UInt8(random.below(256))
                default: bytes.insert(Array(",\n\"1-".utf8)[random.below(5)], at: random.below(bytes.count))
                }
            }
            do {
                let table = try SplitTable(parsing: InputBytes(bytes, path: "split.csv"))
                #expect(Set(table.rows.map(\.id)).count == table.rows.count)
                #expect(table.rows.allSatisfy { $0.reason.isKept == ($0.weight > 0) && $0.index >= 0 })
                accepted += 1
            } catch let error as CurateError {
                #expect(error.kind == .badData && error.location?.hasPrefix("split.csv") == true)
            }
        }
        #expect(accepted > 0 && accepted < 3000)
    }

    @Test(arguments: [
        ("id,index,kept\n", "the first line is not"),
        ("HEAD\n", "no rows"),
        ("HEAD\na,0,1,1,,,,selected\na,1,1,1,,,,selected\n", "id 'a' is also on line 2"),
        ("HEAD\na,0,1,1,,,,selected\nb,0,1,1,,,,selected\n", "index 0 is also on line 2"),
        ("HEAD\n,0,1,1,,,,selected\n", "no id"),
        ("HEAD\na,-1,1,1,,,,selected\n", "'-1' is not an index"),
        ("HEAD\na,0,yes,1,,,,selected\n", "kept is 'yes'"),
        ("HEAD\na,0,1,nan,,,,selected\n", "'nan' is not a weight"),
        ("HEAD\na,0,1,1,x,1,,selected\n", "'x' is not a score"),
        ("HEAD\na,0,1,1,1,0,,selected\n", "'0' is not a rank"),
        ("HEAD\na,0,1,1,1,,,selected\n", "score and rank go together"),
        ("HEAD\na,0,1,1,,,,chosen\n", "'chosen' is not a reason"),
        ("HEAD\na,0,1,1,,,,suspect\n", "kept is 1 and the reason is suspect"),
        ("HEAD\na,0,1,0,,,,selected\n", "kept is 1 and the weight is 0.0"),
        ("HEAD\na,0,1\n", "the row has 3 fields"),
    ]) func malformedTables(text: String, message: String) throws {
        let whole = text.replacingOccurrences(of: "HEAD", with: SplitWriter.columns.joined(separator: ","))
        expectFailure(.badData, message) { try SplitTable(parsing: InputBytes(Array(whole.utf8), path: "split.csv")) }
    }

    @Test func anIDThatTheDatasetDoesNotHave() throws {
        let directory = try TemporaryDirectory()
        let dataset = try Self.dataset(directory)
        let selection = try Self.selection(dataset, PruningRule(policy: .random, keptFraction: 0.5))
        try SplitWriter.write(selection, to: directory.path(of: "split"))
        var text = String(decoding: try directory.read("split/split.csv"), as: UTF8.self)
        text = text.replacingOccurrences(of: "row 3,", with: "row 33,")
        let files = try SplitFiles(
            directory: "d", manifest: SplitManifest(of: selection),
            table: SplitTable(parsing: InputBytes(Array(text.utf8), path: "split.csv")),
            keptIndices: selection.split.indices)
        expectFailure(.badData, "unknown id 'row 33': example 3 of animals is 'row 3'") {
            try files.split(for: dataset)
        }
        expectFailure(.usage, "unknown id 'row 3'") { try files.row(ofID: "row 3") }
        expectFailure(.badData, "the indices are not those of the kept rows") {
            try SplitFiles(
                directory: "d", manifest: SplitManifest(of: selection), table: files.table, keptIndices: [1])
        }
    }

    @Test func explanationsNameRuleRankAndStratum() throws {
        let directory = try TemporaryDirectory()
        let selection = try Self.selection(try Self.dataset(directory), Self.rule)
        try SplitWriter.write(selection, to: directory.path(of: "split"))
        let files = try SplitReader.read(path: directory.path(of: "split"))
        func sentences(_ id: String) throws -> [String] {
            SplitExplanation(of: try files.row(ofID: id), in: files).sentences
        }
        #expect(try sentences("row 4")[0] == "dropped: its label is probably wrong, and suspects were to be dropped")
        let kept = try #require(files.table.rows.first { $0.reason.isKept })
        let text = try sentences(kept.id)
        #expect(text[0] == "kept: among the 5 of 10 that the rule 'ccs with quota proportional' puts first")
        #expect(text[1].hasPrefix("its el2n is \(kept.score ?? -1) (higher = harder): rank \(kept.rank ?? -1) of 10"))
        #expect(text[2].hasPrefix("its quota cell is \(kept.stratum), of which"))
        #expect(text[3] == "its weight is \(kept.weight)")
    }

    @Test func differencesAreThoseOfTheSets() throws {
        let directory = try TemporaryDirectory()
        let dataset = try Self.dataset(directory)
        func files(_ name: String, _ rule: PruningRule) throws -> SplitFiles {
            try SplitWriter.write(try Self.selection(dataset, rule), to: directory.path(of: name))
            return try SplitReader.read(path: directory.path(of: name))
        }
        let hardest = try files("hardest", PruningRule(policy: .hardest, keptFraction: 0.4))
        let easiest = try files("easiest", PruningRule(policy: .easiest, keptFraction: 0.7))
        let difference = try SplitDifference(hardest, easiest)
        // Hardest first without row 4: 7, 1, 8, 5, 2, 9, 6, 3, 0; the seven easiest are the last seven.
        #expect(difference.commonCount == 2)
        #expect(difference.onlyFirst == ["row 1", "row 7"])
        #expect(difference.onlySecond == ["row 0", "row 2", "row 3", "row 6", "row 9"])
        #expect(difference.jaccard == 2.0 / 9)
        #expect(difference.classes.map(\.first) == [1, 3] && difference.classes.map(\.second) == [4, 3])
        #expect(abs(difference.classShift - (4.0 / 7 - 0.25)) < 1e-12)
        #expect(try SplitDifference(hardest, hardest).jaccard == 1)
        let other = try Self.dataset(directory, value: 5)
        try SplitWriter.write(
            try Self.selection(other, PruningRule(policy: .random, keptFraction: 0.5)), to: directory.path(of: "third"))
        let third = try SplitReader.read(path: directory.path(of: "third"))
        expectFailure(.badData, "with content") { try SplitDifference(hardest, third) }
    }
}
