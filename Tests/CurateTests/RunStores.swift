import Curate
import Synchronization
import Testing

/// Stores in which a pipeline has run: it runs once in the process, and every test that begins there gets a copy.
enum RunStores {
    private static let made = Mutex<[String: [UInt8]]>([:])

    /// Puts a store into a directory in which a pipeline has run, every stage of it.
    ///
    /// - Parameters:
    ///   - name: what tells this pipeline from the others; the paths in it do not.
    ///   - directory: gets the store, under the usual name.
    ///   - pipeline: makes the pipeline, with its data in the directory it is given if the data is made, too.
    static func copy(
        _ name: String, to directory: StoreDirectory, sourceLocation: SourceLocation = #_sourceLocation,
        pipeline: (StoreDirectory) throws -> Pipeline
    ) throws {
        let bytes = try made.withLock { made in
            if let bytes = made[name] { return bytes }
            let first = StoreDirectory()
            defer { withExtendedLifetime(first) {} }
            let stages = try PipelineRunner(PipelineSupport.environment()).run(
                try pipeline(first), storePath: first.file()
            ).stages
            #expect(stages.allSatisfy { !$0.wasCached }, sourceLocation: sourceLocation)
            let bytes = try fileBytes(first.file())
            made[name] = bytes
            return bytes
        }
        try writeFile(directory.file(), bytes)
    }
}
