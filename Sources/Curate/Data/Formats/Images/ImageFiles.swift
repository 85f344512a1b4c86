/// The files below a directory, by their paths from its root, for readers that take images from wherever they lie.
///
/// Names that begin with a dot are passed over. Symbolic links are followed.
package struct ImageFiles {
    /// Files whose names end as those of images that can be read.
    package private(set) var images: [String] = []
    /// Files that are no images by their names.
    package private(set) var others: [String] = []
    /// The directories that were visited.
    package private(set) var directories: [String] = []

    private static let endings = [".png", ".jpg", ".jpeg"]
    /// The other endings of images in torchvision and Pillow; passing over such a file would lose an example.
    private static let unreadEndings = [
        ".bmp", ".gif", ".ppm", ".pgm", ".pbm", ".tif", ".tiff", ".webp", ".avif", ".heic", ".jp2", ".jfif",
    ]
    /// Deeper than anybody sorts images, and what a link to one of its own parents runs into.
    private static let depthLimit = 16

    /// Visits a directory and everything below it; each list is sorted bytewise.
    ///
    /// - Parameters:
    ///   - root: where paths begin.
    ///   - part: the directory to visit, from `root`; empty for `root` itself.
    package init(below root: String, in part: String = "") throws {
        try visit(part, root, depth: 0)
        images.sort(by: bytewise)
        others.sort(by: bytewise)
        directories.sort(by: bytewise)
    }

    private mutating func visit(_ part: String, _ root: String, depth: Int) throws {
        let listing = try DirectoryListing(path: OutputDirectory.path(part, in: root))
        guard depth < Self.depthLimit else {
            throw CurateError(
                .badData, "directories are more than \(Self.depthLimit) deep", at: listing.path,
                remedy: "remove links that lead back to where they are")
        }
        directories.append(part)
        for name in listing.visibleNames {
            let path = part.isEmpty ? name : "\(part)/\(name)"
            if Self.isImage(name) {
                images.append(path)
            } else if listing.isDirectory(name) {
                try visit(path, root, depth: depth + 1)
            } else {
                others.append(path)
            }
        }
    }

    /// Refuses images of kinds that are not read.
    func checkEndings(at root: String) throws {
        guard let path = others.first(where: { Self.hasEnding($0, Self.unreadEndings) }) else { return }
        throw CurateError(
            .badData, "images of this kind are not read", at: OutputDirectory.path(path, in: root),
            remedy: "convert it to PNG or JPEG, or leave it out")
    }

    /// Whether a name ends as that of an image that can be read.
    static func isImage(_ name: String) -> Bool { hasEnding(name, endings) }

    /// Whether there is an image of any kind in a directory itself.
    static func areImages(in listing: DirectoryListing) -> Bool {
        listing.visibleNames.contains { hasEnding($0, endings) || hasEnding($0, unreadEndings) }
    }

    private static func hasEnding(_ name: String, _ endings: [String]) -> Bool {
        let lowerCase = name.lowercased()
        return endings.contains { lowerCase.hasSuffix($0) }
    }
}

extension DirectoryListing {
    /// The names that do not begin with a dot.
    package var visibleNames: [String] { names.filter { !$0.hasPrefix(".") } }

    /// The visible names that lead to directories, sorted bytewise.
    package var visibleDirectories: [String] { visibleNames.filter(isDirectory).sorted(by: bytewise) }

    /// Whether one of its names leads to a directory.
    package func isDirectory(_ name: String) -> Bool { (try? Self.isDirectory(path(of: name))) ?? false }
}
