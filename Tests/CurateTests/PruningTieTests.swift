import Curate
import Models
import Testing

/// What is easiest is what is least hard, among equal scores too.
@Suite struct PruningTieTests {
    private static let quotas: [Quota] = [
        .none, .proportional(.classes), .balanced(.group("place")), .worstClassDensity(recall: [0.9, 0.6, 0.3]),
    ]

    /// Scores of a few levels, as forgetting has them, in both directions; one level is nothing but ties.
    @Test(arguments: ScoreName.allCases, [1, 2, 5, 1_000_000])
    func theHardestAndTheEasiestHalvesAreDisjoint(name: ScoreName, levels: Int) throws {
        let problem = PruningFixtures.problem(
            count: 1372, classes: 3, seed: 6, levels: levels, direction: name.direction)
        for quota in Self.quotas {
            func kept(_ policy: PruningPolicy) throws -> Set<Int32> {
                Set(try problem.selection(PruningRule(policy: policy, quota: quota, keptFraction: 0.5)).keptPositions)
            }
            let (hardest, easiest) = (try kept(.hardest), try kept(.easiest))
            #expect(hardest.count == 686 && easiest.count == 686)
            // Under a quota that is not proportional a cell may give more than half to both.
            switch quota {
            case .none, .proportional: #expect(hardest.isDisjoint(with: easiest), "\(quota)")
            default:
                let cells = quota.cells == .classes ? problem.candidates.labels : problem.candidates.groups[0].values
                for cell in Set(cells) {
                    let size = cells.count { $0 == cell }
                    let count = hardest.count { cells[Int($0)] == cell }
                    let common = hardest.intersection(easiest).count { cells[Int($0)] == cell }
                    #expect(common == max(0, 2 * count - size), "\(quota)")
                }
            }
        }
    }

    /// At every share, what easiest keeps is what hardest would drop, and ranks say the same.
    @Test func easiestIsTheEndOfTheOrderOfHardest() throws {
        let problem = PruningFixtures.problem(count: 300, classes: 2, seed: 8, levels: 3, direction: .lowerIsHarder)
        for count in [1, 7, 64, 65, 150, 299] {
            func kept(_ policy: PruningPolicy, _ count: Int) throws -> PruningSelection {
                try problem.selection(
                    PruningRule(policy: policy, keptFraction: Double(count) / 300, allowsEmptyClasses: true))
            }
            let easiest = try kept(.easiest, count)
            let hardest = try kept(.hardest, 300 - count)
            #expect(Set(easiest.keptPositions).union(hardest.keptPositions).count == 300)
            let ranks = try #require(easiest.ranks)
            #expect(easiest.keptPositions.map { ranks[Int($0)] }.min() == Int32(300 - count + 1))
        }
    }

    /// Floors take the easiest of each class from the same end.
    @Test func floorsTakeTheEasiestFromTheSameEnd() throws {
        let problem = PruningFixtures.problem(count: 200, classes: 3, seed: 4, levels: 1)
        let selection = try problem.selection(
            PruningRule(policy: .easiest, quota: .floor(count: 5, .classes), keptFraction: 0.1))
        let ranks = try #require(selection.ranks)
        for label in Int32(0)..<3 {
            let members = (0..<200).filter { problem.candidates.labels[$0] == label }
            let last = members.sorted { ranks[$0] > ranks[$1] }.prefix(5)
            #expect(last.allSatisfy { selection.reasons[$0].isKept })
        }
    }
}
