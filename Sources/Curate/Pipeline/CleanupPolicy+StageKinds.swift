extension CleanupPolicy {
    /// A policy that removes nothing but datasets to which nothing belongs, and knows every kind of stage there is.
    ///
    /// - Parameter numericProfile: that of this binary on this machine.
    package init(numericProfile: String) {
        self.init(
            numericProfile: numericProfile,
            codeVersions: Dictionary(uniqueKeysWithValues: StageKind.all.map { ($0.name, $0.codeVersion) }))
    }
}
