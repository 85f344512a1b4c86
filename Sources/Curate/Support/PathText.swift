/// Paths as a person would have typed them.
package enum PathText {
    /// The path without `.`, without doubled slashes, and without each `name/..` that leads back to where it started.
    ///
    /// `name/..` is another directory when `name` is a symbolic link, and an error when there is no `name`; the file
    /// system is asked, and what is not certain stays. So the result leads where the path does, or nowhere as it does.
    package static func tidied(_ path: String) -> String {
        // The C library would only see the part before it.
        if path.isEmpty || path.utf8.contains(0) { return path }
        let isAbsolute = path.hasPrefix("/")
        func joined(_ names: some Collection<Substring>) -> String {
            let text = (isAbsolute ? "/" : "") + names.joined(separator: "/")
            return text.isEmpty ? "." : text
        }
        var names: [Substring] = []
        for name in path.split(separator: "/") where name != "." {
            if name == ".." {
                // There is nothing above the root.
                if names.isEmpty && isAbsolute { continue }
                if let last = names.last, last != ".." {
                    let before = joined(names.dropLast())
                    if OutputDirectory.isSame(joined(names + [name]), before) {
                        names.removeLast()
                        continue
                    }
                }
            }
            names.append(name)
        }
        let text = joined(names)
        // A slash at the end insists on a directory, and so do dots.
        let insists = path.hasSuffix("/") || path.hasSuffix("/.")
        return insists && !names.isEmpty && names.last != ".." ? text + "/" : text
    }
}
