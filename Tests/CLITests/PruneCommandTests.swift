import Foundation
import Testing

/// A directory with a table of twelve animals, its scores and its probabilities, and the program run in it.
private struct Zoo {
    let directory: URL

    private static let kinds = ["cat", "cat", "cat", "dog"]

    init(_ directory: URL) throws {
        self.directory = directory
        var table = "name,x,y,kind,site\n"
        var scores =
            "# curate scores: el2n (data-diet, higher = harder, 1 seed, epoch 1); aum (aum, lower = harder, 1 seed,"
        scores += " epochs 1-4)\nid,el2n,aum,label,prediction\n"
        var probabilities: [Float] = []
        for row in 0..<12 {
            let kind = Self.kinds[row % 4]
            table += "a\(row),\(2 * row),\(row * row),\(kind),\(row < 5 ? "north" : "south")\n"
            scores += "a\(row),0.\(row * 7 % 12 + 10),\(row % 5),\(kind == "cat" ? 0 : 1),\(row % 3 == 0 ? 1 : 0)\n"
            // The model is sure that a2, a cat by its label, is a dog.
            let isCat = (kind == "cat") != (row == 2)
            probabilities += isCat ? [0.9, 0.1] : [0.1, 0.9]
        }
        try Data(table.utf8).write(to: file("animals.csv"))
        try Data(scores.utf8).write(to: file("scores.csv"))
        try InspectFixture.npy("<f4", "12, 2", InspectFixture.floats(probabilities)).write(to: file("p.npy"))
    }

    func file(_ name: String) -> URL { directory.appendingPathComponent(name) }

    func text(_ name: String) throws -> String { String(decoding: try Data(contentsOf: file(name)), as: UTF8.self) }

    /// Runs a verb on the table; file names are relative to the directory.
    func run(_ line: String) throws -> CurateProcess.Result {
        try CurateProcess(environment: ["ZOO": directory.path]).shell("cd \"$ZOO\" && \"$CURATE\" \(line)")
    }

    /// `prune` with the roles of the columns.
    func prune(_ line: String) throws -> CurateProcess.Result {
        try run("prune animals.csv --label kind --id name --group site \(line)")
    }
}

private func withZoo(_ body: (Zoo) throws -> Void) throws {
    try withTemporaryDirectory { try body(Zoo($0)) }
}

private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
}

@Suite struct PruneCommandTests {
    @Test func aSplitIsChosenWrittenExplainedAndCompared() throws {
        try withZoo { zoo in
            let hardest = try zoo.prune("--scores scores.csv --keep 0.5 --out hard")
            #expect(hardest.exitCode == 0 && !hardest.errors.contains("warning"), "\(hardest.errors)")
            let lines = hardest.output.split(separator: "\n").map { String($0) }
            #expect(lines[0] == "animals: 6 of 12 kept (50.0 %): the hardest by el2n")
            #expect(lines.contains("imbalance 3.00 before, 5.00 after (largest class over smallest)"))
            #expect(lines.last == "next: curate explain a0 --split hard")
            for name in ["split.csv", "kept_indices.npy", "manifest.json"] {
                #expect(FileManager.default.fileExists(atPath: zoo.file("hard/\(name)").path))
            }
            // The same is there already; anything else is refused.
            let again = try zoo.prune("--scores scores.csv --keep 0.5 --out hard")
            #expect(again.exitCode == 0 && again.output.contains("hard/split.csv is there already"))
            let other = try zoo.prune("--scores scores.csv --keep 0.6 --out hard")
            #expect(other.exitCode == 73 && other.errors.contains("--force"))
            #expect(try zoo.prune("--scores scores.csv --keep 0.5 --out hard --force --quiet").exitCode == 0)

            let random = try zoo.prune("--policy random --quota proportional --keep 0.5 --seed 4 --out chance --json")
            let json = try object(random.output)
            #expect((json["counts"] as? [String: Int])?["kept"] == 6)
            #expect((json["rule"] as? [String: Any])?["quota"] as? String == "proportional")
            #expect((json["files"] as? [String])?.count == 3)
            #expect(json["materialized"] is NSNull)
            let classes = try #require(json["classes"] as? [[String: Any]])
            #expect(classes.map { $0["after"] as? Int } == [4, 2] || classes.map { $0["after"] as? Int } == [5, 1])

            let table = try zoo.text("hard/split.csv").split(separator: "\n").dropFirst()
            let dropped = try #require(table.first { $0.hasSuffix("not-selected") }?.split(separator: ",").first)
            let explained = try zoo.run("explain \(dropped) --split hard")
            #expect(explained.exitCode == 0)
            #expect(explained.output.contains("dropped: the rule 'hardest' keeps 6 of 12 and puts others before it"))
            let asJSON = try object(try zoo.run("explain \(dropped) --split hard --json").output)
            #expect(asJSON["kept"] as? Bool == false && asJSON["reason"] as? String == "not-selected")
            let unknown = try zoo.run("explain a99 --split hard")
            #expect(unknown.exitCode == 64 && unknown.errors.contains("unknown id 'a99'"))

            let difference = try zoo.run("diff hard chance")
            #expect(difference.exitCode == 0 && difference.output.contains("Jaccard"))
            let numbers = try object(try zoo.run("diff hard chance --json").output)
            let common = try #require(numbers["common"] as? Int)
            let only = try #require(numbers["onlyFirst"] as? Int)
            #expect(common + only == 6 && numbers["onlySecond"] as? Int == only)
        }
    }

    @Test func severalScoresStrataAndWeights() throws {
        try withZoo { zoo in
            let line = "--scores scores.csv --by el2n:2,aum --policy ccs --drop-hardest 0.1 --strata 2 --keep 0.5"
            let result = try zoo.prune(line + " --weights inverse-probability --allow-empty-classes --out strata")
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(result.output.contains("2 strata of difficulty, without the hardest 10 % by el2n:2,aum:1"))
            let manifest = try object(try zoo.text("strata/manifest.json"))
            #expect((manifest["inclusionProbabilities"] as? [Any])?.count == 2)
            #expect(
                (manifest["scores"] as? [[String: Any]])?.map { $0["direction"] as? String } == [
                    "higherIsHarder", "lowerIsHarder",
                ])
            let worst = try zoo.prune("--scores scores.csv --policy random --quota worst-class --keep 0.5")
            #expect(worst.exitCode == 0 && worst.errors.contains("recalls are those of the training predictions"))
            try Data("class,recall\ncat,0.9\ndog,0.5\n".utf8).write(to: zoo.file("recall.csv"))
            let given = try zoo.prune("--policy random --quota worst-class --recall recall.csv --keep 0.5")
            // Claims of 6: cat 1, dog 5, of which there are 3; cats take the rest.
            #expect(given.output.contains("dog         3     3  100.0 %"), "\(given.output)")
            // Nine cats and three dogs: claims of 0.9 and 1.5 in all, so 2.25 and 3.75 of 6, of which there are 3.
            let shares = try zoo.prune("--policy random --quota worst-class-density --recall recall.csv --keep 0.5")
            #expect(shares.output.contains("quota worst-class-density per class"), "\(shares.output)")
            let dropped = try zoo.prune(
                "--scores scores.csv --by el2n --policy ccs --strata 2 --drop-hardest 0.25 --drop-by aum --keep 0.5 "
                    + "--allow-empty-classes --out dropped")
            #expect(dropped.output.contains("by el2n, without the hardest 25 % by aum"), "\(dropped.errors)")
            // Of the margins 0 to 4 by row, the lowest three are the zeros of rows 0, 5 and 10.
            for id in ["a0", "a5", "a10"] {
                let told = try zoo.run("explain \(id) --split dropped").output
                #expect(told.contains("dropped: it is among the hardest 25 % by aum"), "\(told)")
            }
            let idle = try zoo.prune("--scores scores.csv --policy ccs --drop-by aum --keep 0.5")
            #expect(idle.exitCode != 0 && idle.errors.contains("--drop-by has no effect without --drop-hardest"))
            #expect(try zoo.prune("--policy class-balanced --keep 0.5").output.contains("quota balanced per class"))
            #expect(
                try zoo.prune("--policy random --keep 0.5 --floor 2 --per site --allow-empty-classes").exitCode == 0)
        }
    }

    @Test func suspectsAreDroppedAndListed() throws {
        try withZoo { zoo in
            let result = try zoo.prune(
                "--policy random --drop-suspects --probabilities p.npy --out clean --materialize copy")
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(result.output.contains("label suspects dropped: 1 (confident learning, prune-by-noise-rate)"))
            #expect(try zoo.text("clean/suspects.csv").contains("\n1,a2,2,cat,dog,0.9\n"))
            let explained = try zoo.run("explain a2 --split clean")
            #expect(explained.output.contains("dropped: its label is probably wrong"))
            let copy = try zoo.text("copy/animals.csv").split(separator: "\n")
            #expect(copy.count == 12 && !copy.contains { $0.hasPrefix("a2,") } && copy[1] == "a0,0,0,cat,north")
        }
    }

    /// What the new copy or split does not write goes with the old one, unless somebody changed it.
    @Test func aCopyTakesThePlaceOfAnother() throws {
        try withZoo { zoo in
            func names(_ directory: String) throws -> [String] {
                try FileManager.default.contentsOfDirectory(atPath: zoo.file(directory).path).sorted()
            }
            let words = "--label kind --id name --policy random --keep 0.5 --materialize copy"
            try Data(try zoo.text("animals.csv").utf8).write(to: zoo.file("beasts.csv"))
            #expect(try zoo.run("prune animals.csv \(words)").exitCode == 0)
            #expect(try names("copy") == ["animals.csv", "copy.json"])
            // The same content by another name, with the same rule, is the same copy; with another rule it is not.
            #expect(try zoo.run("prune beasts.csv \(words)").exitCode == 0)
            let other = words + " --seed 3"
            let refused = try zoo.run("prune beasts.csv \(other)")
            #expect(refused.exitCode == 73 && refused.errors.contains("--force"), "\(refused.errors)")

            let copy = try zoo.text("copy/animals.csv")
            try Data((copy + "a99,1,2,cat,north\n").utf8).write(to: zoo.file("copy/animals.csv"))
            let edited = try zoo.run("prune beasts.csv \(other) --out split --force")
            #expect(edited.exitCode == 73 && edited.output == "", "\(edited.errors)")
            #expect(edited.errors.contains("copy/animals.csv") && edited.errors.contains("was changed since"))
            #expect(try names("copy") == ["animals.csv", "copy.json"])
            #expect(!FileManager.default.fileExists(atPath: zoo.file("split").path))

            try Data(copy.utf8).write(to: zoo.file("copy/animals.csv"))
            try Data("mine".utf8).write(to: zoo.file("copy/notes.txt"))
            #expect(try zoo.run("prune beasts.csv \(other) --force").exitCode == 0)
            #expect(try names("copy") == ["beasts.csv", "copy.json", "notes.txt"])

            let split = "--policy random --keep 0.5 --out half --force"
            #expect(try zoo.prune(split + " --drop-suspects --probabilities p.npy").exitCode == 0)
            #expect(try names("half").contains("suspects.csv"))
            #expect(try zoo.prune(split).exitCode == 0)
            #expect(try names("half") == ["kept_indices.npy", "manifest.json", "split.csv"])
        }
    }

    @Test func anArrayIsMaterializedWithItsTest() throws {
        try withTemporaryDirectory { directory in
            try InspectFixture.writeIDX(to: directory)
            let output = directory.appendingPathComponent("kept").path
            let result = try CurateProcess().run(
                "prune", directory.path, "--policy", "random", "--keep", "0.5", "--allow-empty-classes",
                "--materialize", output)
            #expect(result.exitCode == 0, "\(result.errors)")
            let json = try object(try CurateProcess().run("inspect", output, "--json").output)
            #expect((json["partitions"] as? [String: Int]) == ["train": 2, "validation": 0, "test": 2])
            #expect((json["classes"] as? [[String: Any]])?.map { $0["name"] as? String } == ["shirt", "shoe", "bag"])
            let same = try CurateProcess().run(
                "prune", directory.path, "--policy", "random", "--keep", "0.5", "--allow-empty-classes", "--force",
                "--materialize", directory.path)
            #expect(same.exitCode == 64 && same.errors.contains("a copy beside its original"))
        }
    }

    @Test(arguments: [
        ("--keep 0.5 --by el3n", 64, "did you mean 'el2n'?"),
        ("--keep 0.5 --by random", 64, "did you mean --policy random?"),
        ("--keep 0.5 --network resnet9", 64, "--network must be linear, mlp:WIDTH"),
        ("--keep 0.5 --step-epochs 2", 64, "--step-epochs"),
        ("--keep 0.5 --scores scores.csv --epochs 2", 64, "--epochs does not go with --scores"),
        ("--keep 0.5 --policy random --run-seed 2", 64, "--run-seed does not go with --policy random, for which"),
        ("--keep 0.5 --policy random --by el2n", 64, "--by does not go with the policy random"),
        ("--scores scores.csv --keep 0", 64, "--keep must be a number more than 0 and at most 1, not 0"),
        ("--scores scores.csv --keep 1.5", 64, "not 1.5"),
        ("--scores scores.csv", 64, "--keep is missing, and nothing else says how much to keep"),
        ("--scores scores.csv --keep 0.5 --by el3n", 64, "did you mean 'el2n'?"),
        ("--scores scores.csv --keep 0.5 --by el2n:0", 64, "must have a weight above 0"),
        ("--scores scores.csv --keep 0.5 --by el2n,el2n", 64, "--by names \"el2n\" twice"),
        ("--scores scores.csv --keep 0.5 --policy hardst", 64, "did you mean 'hardest'?"),
        ("--scores scores.csv --keep 0.5 --policy dual", 64, "there is no score 'confidence' in the file"),
        ("--scores scores.csv --keep 0.5 --policy window", 64, "--policy window needs --drop-hardest"),
        ("--scores scores.csv --keep 0.5 --strata 3", 64, "--strata has no effect with the policy hardest"),
        ("--scores scores.csv --keep 0.5 --per site", 64, "--per has no effect without"),
        ("--scores scores.csv --keep 0.5 --quota balanced --per town", 64, "has no group column 'town'"),
        ("--scores scores.csv --keep 0.5 --quota balanced --floor 2", 64, "--floor does not go with"),
        ("--policy class-balanced --keep 0.5 --floor 1", 64, "which is a quota itself"),
        ("--policy random --keep 0.5 --method aum", 64, "--method says how to look for label suspects"),
        ("--policy random --drop-suspects --folds 2 --method aum", 64, "--folds does not go with --method aum"),
        (
            "--policy random --drop-suspects --suspects s.csv --folds 2", 64,
            "--folds says how to look for label suspects"
        ),
        ("--policy random --drop-suspects --suspects s.csv --epochs 2", 64, "--epochs does not go with"),
        ("--policy random --drop-suspects --by el2n", 64, "--by does not go with the policy random"),
        ("--policy random --keep 0.5 --suspects s.csv", 66, "s.csv"),
        ("--policy random --keep 0.1 --seed 3", 64, "would be left without an example"),
        ("--scores nowhere.csv --keep 0.5", 66, "nowhere.csv"),
        ("--scores animals.csv --keep 0.5", 65, "no column is a score"),
        ("--scores scores.csv --keep 0.5 --out missing/deep", 73, "make the directory it is in first"),
        ("--scores scores.csv --keep 0.5 --offset 3", 64, "--drop-hardest"),
    ]) func mistakesAreNamed(line: String, code: Int32, message: String) throws {
        try withZoo { zoo in
            let result = try zoo.prune(line)
            #expect(result.exitCode == code, "\(result.errors)")
            #expect(result.errors.contains(message), "\(result.errors)")
            #expect(result.output == "")
        }
    }

    @Test func scoresAndSplitsOfOtherDataAreRefused() throws {
        try withZoo { zoo in
            #expect(try zoo.prune("--scores scores.csv --keep 0.5 --out split").exitCode == 0)
            // 'explain' takes it by --split; a column of that name is not what is meant.
            let column = try zoo.prune("--scores scores.csv --keep 0.5 --split split")
            #expect(column.exitCode == 64 && column.errors.contains("pass --train-on split"))
            try Data("name,x,y,kind,site\nb0,1,2,cat,north\nb1,2,3,dog,south\n".utf8).write(to: zoo.file("animals.csv"))
            let other = try zoo.prune("--scores scores.csv --keep 0.5")
            #expect(other.exitCode == 65 && other.errors.contains("id 'a0' is not a training example of animals"))
            #expect(try zoo.prune("--policy random --keep 1 --out other").exitCode == 0)
            let difference = try zoo.run("diff split other")
            #expect(difference.exitCode == 65 && difference.errors.contains("compare splits of one dataset"))
            let none = try zoo.run("diff split animals.csv")
            #expect(none.exitCode == 66 && none.errors.contains("there is no split here"))
        }
    }
}

@Suite struct DeriveCommandTests {
    @Test func knownErrorsWithTheTruthBeside() throws {
        try withZoo { zoo in
            let line = "derive noisy animals.csv --label kind --id name --seed 1 --out noisy"
            let result = try zoo.run(line + " --rate 0.25")
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(result.output.hasPrefix("3 of 12 training labels are wrong in noisy/animals.csv\n"))
            let truth = try zoo.text("noisy/truth.csv").split(separator: "\n").map { $0.split(separator: ",") }
            #expect(truth[0] == ["id", "index", "given", "true", "flipped"])
            let copy = try zoo.text("noisy/animals.csv").split(separator: "\n").map { $0.split(separator: ",") }
            let original = try zoo.text("animals.csv").split(separator: "\n").map { $0.split(separator: ",") }
            var flipped = 0
            for (row, fields) in truth.enumerated().dropFirst() {
                #expect(fields[0] == copy[row][0] && fields[2] == copy[row][3] && fields[3] == original[row][3])
                #expect((fields[2] != fields[3]) == (fields[4] == "1"))
                if fields[4] == "1" { flipped += 1 }
                for column in [0, 1, 2, 4] { #expect(copy[row][column] == original[row][column]) }
            }
            #expect(flipped == 3)
            #expect(try zoo.run(line).exitCode == 73)
            let pairs = try object(try zoo.run(line + " --pairs dog:cat --rate 1 --force --json").output)
            #expect(pairs["flipped"] as? Int == 3)
        }
    }

    @Test(arguments: [
        ("derive noisy animals.csv", "--out is missing"), ("derive noise animals.csv --out d", "did you mean 'noisy'?"),
        ("derive noisy animals.csv --out d --rate 0", "--rate must be a number more than 0"),
        ("derive noisy animals.csv --out d --label kind --pairs cat:dgo", "did you mean 'dog'?"),
        ("derive noisy animals.csv --out d --label kind --pairs cat", "two classes with a colon"),
        ("derive noisy animals.csv --out . --label kind", "a copy beside its original"),
        ("explain a0", "--split is missing"),
    ]) func mistakesAreNamed(line: String, message: String) throws {
        try withZoo { zoo in
            let result = try zoo.run(line)
            #expect(result.exitCode == 64 && result.errors.contains(message), "\(result.errors)")
        }
    }
}
