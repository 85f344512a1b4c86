extension DatasetFormat {
    /// A directory of PNG and JPEG files, sorted by directories or listed in `metadata.csv`.
    package static let imageFolder = DatasetFormat(
        "imagefolder", scalesImages: true, expectation: "images (CLASS/*.png, train/CLASS/*.jpg, metadata.csv)",
        isIn: { try ImageFolderIndex.recognises($0) },
        // The other formats are known by the names of their files, and pictures may lie beside any data.
        yieldsToOthers: true,
        directoryAdvice: { listing in
            ImageFiles.areImages(in: listing)
                ? "put images into a directory for each class, or list them in metadata.csv (filename,label)" : nil
        },
        fileAdvice: { path in
            ImageFiles.isImage(DirectoryListing.split(path).name)
                ? "name the directory that holds the directories of classes, not an image" : nil
        },
        load: { path, options, threadCount in
            try ImageFolderReader.load(path: path, options: options, threadCount: threadCount)
        },
        write: { copy, files in
            try copy.writeImageFolder(to: files)
            return files.directory
        },
        relatedPaths: { path in
            let files = try ImageFiles(below: path)
            return try DirectoryListing.neighbours(path)
                + (files.directories + files.images).map { OutputDirectory.path($0, in: path) }
        })
}
