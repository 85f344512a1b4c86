/// A rule by which classes have many, medium or few training examples.
///
/// Papers report the mean accuracy over the classes of each sort, and do not agree on where one ends. What is counted is
/// examples of the set that was trained on, whatever they weigh.
package enum FrequencyRule: String, Sendable, CaseIterable {
    /// More than 100, 20 to 100, fewer than 20.
    ///
    /// Z. Liu, Z. Miao, X. Zhan, J. Wang, B. Gong and S. X. Yu, "Large-scale long-tailed recognition in an open world",
    /// CVPR 2019, and with it most tables of ImageNet-LT, iNaturalist and CIFAR-100-LT.
    case oltr
    /// More than 100, 21 to 100, 20 or fewer.
    ///
    /// F. Du, P. Yang, Q. Jia, F. Nan, X. Chen and Y. Yang, "Global and local mixture consistency cumulative learning for
    /// long-tailed visual recognitions", CVPR 2023; one class of CIFAR-100-LT has exactly 20 images.
    case glmc
    /// More than 1000, 200 to 1000, fewer than 200: for CIFAR-10-LT at factor 100, whose classes are all above 20.
    ///
    /// S. Li et al., "Focal-SAM: focal sharpness-aware minimization for long-tailed classification", ICML 2025.
    case focalSAM = "focal-sam"
    /// Three parts of as many classes, by their numbers of training examples.
    case thirds

    /// How many training examples a class has, in a word.
    package enum Bin: String, Sendable, CaseIterable {
        /// The most.
        case many
        /// Neither the most nor the fewest.
        case medium
        /// The fewest.
        case few
    }

    /// The most that is few, and the most that is medium; nil for parts of the classes.
    private var limits: (few: Int, medium: Int)? {
        switch self {
        case .oltr: (19, 100)
        case .glmc: (20, 100)
        case .focalSAM: (199, 1000)
        case .thirds: nil
        }
    }

    /// The bin of each class.
    ///
    /// Of `thirds` the first bins are a class larger where three does not divide the classes (4, 3 and 3 of ten), and of
    /// classes with as many examples those of a lower index come first.
    ///
    /// - Parameter trainingCounts: the number of training examples of each class.
    package func bins(of trainingCounts: [Int]) -> [Bin] {
        if let limits {
            return trainingCounts.map { $0 <= limits.few ? .few : $0 <= limits.medium ? .medium : .many }
        }
        let count = trainingCounts.count
        let order = trainingCounts.indices.sorted { (-trainingCounts[$0], $0) < (-trainingCounts[$1], $1) }
        let ends = [(count + 2) / 3, (count + 2) / 3 + (count + 1) / 3]
        var bins = [Bin](repeating: .few, count: count)
        for (place, label) in order.enumerated() {
            bins[label] = place < ends[0] ? .many : place < ends[1] ? .medium : .few
        }
        return bins
    }

    /// What a bin holds, in words: "more than 100", "20 to 100", "the first third".
    package func words(_ bin: Bin) -> String {
        switch (bin, limits) {
        case (.many, let limits?): "more than \(limits.medium)"
        case (.medium, let limits?): "\(limits.few + 1) to \(limits.medium)"
        case (.few, let limits?): "fewer than \(limits.few + 1)"
        case (.many, nil): "the largest third"
        case (.medium, nil): "the middle third"
        case (.few, nil): "the smallest third"
        }
    }
}
