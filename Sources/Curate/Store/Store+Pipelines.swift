/// One execution of a pipeline: the account of how its numbers came about.
package struct PipelineRunRecord: Sendable, Equatable {
    /// How an execution ended.
    package enum State: String, Sendable {
        /// It goes on, or the process was killed.
        case running
        /// Every stage is complete.
        case finished
        /// A stage failed.
        case failed
        /// It was stopped on request.
        case interrupted
    }

    /// The pipeline's name.
    package var name: String
    /// The resolved pipeline: the dataset, and each stage with all its parameters.
    package var pipeline: JSONValue
    /// The program: `version`, and `commit` where the build knows it.
    package var program: JSONValue
    /// What of the machine the numbers depend on.
    package var numericProfile: String
    /// The content hash of the dataset.
    package var dataset: String
    /// Every seed that trains a run, ascending.
    package var seeds: [UInt64]
    /// When it began, as the caller said.
    package var startedAt: String
    /// When it ended, as the caller said; nil while it runs.
    package var finishedAt: String?
    /// How it ended.
    package var state: State

    /// Makes a record.
    package init(
        name: String, pipeline: JSONValue, program: JSONValue, numericProfile: String, dataset: String,
        seeds: [UInt64], startedAt: String, finishedAt: String? = nil, state: State = .running
    ) {
        self.name = name
        self.pipeline = pipeline
        self.program = program
        self.numericProfile = numericProfile
        self.dataset = dataset
        self.seeds = seeds
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.state = state
    }
}

/// What became of one stage in one execution of a pipeline.
package struct StageRunRecord: Sendable, Equatable {
    /// What became of a stage.
    package enum State: String, Sendable {
        /// Its result was in the store.
        case cached
        /// Its result was made.
        case ran
        /// Its result could not be made.
        case failed
    }

    /// The stage's name, with the values of sweeps.
    package var stage: String
    /// Everything that determines its result.
    package var identity: ArtifactIdentity
    /// What became of it.
    package var state: State
    /// The seconds it took in this execution.
    package var seconds: Double

    /// Makes a record.
    package init(stage: String, identity: ArtifactIdentity, state: State, seconds: Double) {
        self.stage = stage
        self.identity = identity
        self.state = state
        self.seconds = seconds
    }

    /// The key of its result.
    package var key: ArtifactKey { identity.key }
}

extension Store {
    /// Stores the record of an execution that begins, and gives its number.
    func addPipelineRun(_ record: PipelineRunRecord) throws -> Int {
        try writing {
            try database.run(
                """
                INSERT INTO pipeline_runs (name, pipeline, program, numeric_profile, dataset, seeds, started_at,
                    finished_at, state, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                """,
                record.name, record.pipeline.canonicalText, record.program.canonicalText, record.numericProfile,
                record.dataset, record.seedsText, record.startedAt, record.finishedAt, record.state.rawValue,
                record.checksum())
            return try database.query("SELECT max(id) FROM pipeline_runs") { $0.integer(0) }.first ?? 0
        }
    }

    /// Stores how an execution ended.
    func finishPipelineRun(
        _ id: Int, _ record: PipelineRunRecord, state: PipelineRunRecord.State, at finishedAt: String
    ) throws {
        var ended = record
        ended.state = state
        ended.finishedAt = finishedAt
        try writing {
            try database.run(
                "UPDATE pipeline_runs SET finished_at = ?2, state = ?3, checksum = ?4 WHERE id = ?1", id, finishedAt,
                state.rawValue, ended.checksum())
        }
    }

    /// Stores what became of stages of an execution.
    func addStageRuns(_ records: [StageRunRecord], pipelineRun id: Int) throws {
        try writing {
            for record in records {
                let identity = record.identity
                try database.run(
                    """
                    INSERT INTO stage_runs (pipeline_run, stage, kind, key, code_version, parameters, inputs, dataset,
                        numeric_profile, state, seconds, checksum)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                    """,
                    id, record.stage, identity.kind, record.key.hexadecimal, identity.codeVersion,
                    identity.parameters.canonicalText, record.inputsText, identity.dataset, identity.numericProfile,
                    record.state.rawValue, record.seconds, record.checksum())
            }
        }
    }

    /// All executions, in the order they began.
    package func pipelineRuns() throws -> [PipelineRunRecord] {
        try reading {
            var digest = TableDigest()
            let sql = """
                SELECT name, pipeline, program, numeric_profile, dataset, seeds, started_at, finished_at, state, checksum
                FROM pipeline_runs ORDER BY id
                """
            let records = try database.query(sql) { row in
                digest.add(row.integer(9))
                let seeds = try JSONValue(parsing: row.text(5), from: path).arrayValue ?? []
                guard let state = PipelineRunRecord.State(rawValue: row.text(8)) else {
                    throw database.damaged("a pipeline run has the state '\(row.text(8))'")
                }
                let record = PipelineRunRecord(
                    name: row.text(0), pipeline: try JSONValue(parsing: row.text(1), from: path),
                    program: try JSONValue(parsing: row.text(2), from: path), numericProfile: row.text(3),
                    dataset: row.text(4), seeds: seeds.compactMap(\.unsignedValue), startedAt: row.text(6),
                    finishedAt: row.isNull(7) ? nil : row.text(7), state: state)
                guard record.checksum() == row.integer(9) else {
                    throw database.damaged("the record of a run of '\(record.name)' does not match its checksum")
                }
                return record
            }
            try check(digest, of: "pipeline_runs")
            return records
        }
    }

    /// What became of stages, oldest first: all of them, or those of one kind, dataset or name.
    ///
    /// Only the records that are returned are checked against their checksums.
    package func stageRuns(
        stage: String? = nil, kind: String? = nil, dataset: String? = nil
    ) throws -> [StageRunRecord] {
        let sql = """
            SELECT stage, kind, code_version, parameters, inputs, dataset, numeric_profile, state, seconds, key, checksum
            FROM stage_runs WHERE \(stage == nil ? "?1 IS NULL" : "stage = ?1") AND (?2 IS NULL OR kind = ?2)
                AND (?3 IS NULL OR dataset = ?3) ORDER BY id
            """
        return try database.query(sql, stage, kind, dataset) { row in
            let damage = database.damaged("the record of stage '\(row.text(0))' does not match its checksum")
            guard let inputs = try? JSONValue(parsing: row.text(4)).arrayValue,
                let parameters = try? JSONValue(parsing: row.text(3)),
                let state = StageRunRecord.State(rawValue: row.text(7))
            else { throw damage }
            let identity = ArtifactIdentity(
                kind: row.text(1), codeVersion: row.integer(2), parameters: parameters,
                inputs: inputs.compactMap { $0.stringValue.flatMap { ArtifactKey(hexadecimal: $0) } },
                dataset: row.isNull(5) ? nil : row.text(5), numericProfile: row.isNull(6) ? nil : row.text(6))
            let record = StageRunRecord(
                stage: row.text(0), identity: identity, state: state, seconds: row.real(8))
            guard record.key.hexadecimal == row.text(9), record.checksum() == row.integer(10) else { throw damage }
            return record
        }
    }

    /// Reads every record of pipelines, of dataset files and of written files, each against its checksum.
    ///
    /// - Throws: `CurateError(.badData)` for the first that is damaged.
    func checkPipelines() throws -> [CurateError] {
        _ = try pipelineRuns()
        _ = try stageRuns()
        for signature in try database.query("SELECT signature FROM dataset_files", row: { $0.text(0) }) {
            _ = try datasetFacts(signature: signature)
        }
        for file in try database.query("SELECT path FROM output_files", row: { $0.text(0) }) {
            _ = try outputFile(file)
        }
        return []
    }

    /// What is known of the dataset whose files have a signature, or nil when nothing is.
    func datasetFacts(signature: String) throws -> DatasetFacts? {
        try database.query("SELECT facts, checksum FROM dataset_files WHERE signature = ?1", signature) { row in
            guard Self.checksum([signature, row.text(0)]) == row.integer(1),
                let json = try? JSONValue(parsing: row.text(0)), let facts = DatasetFacts(json)
            else { throw database.damaged("what is known of a dataset's files does not match its checksum") }
            return facts
        }.first
    }

    /// Remembers the content of files by their signature.
    func saveDatasetFacts(_ facts: DatasetFacts, signature: String) throws {
        let text = facts.json.canonicalText
        try writing {
            try database.run("DELETE FROM dataset_files WHERE signature = ?1", signature)
            try database.run(
                "INSERT INTO dataset_files (signature, facts, checksum) VALUES (?1, ?2, ?3)", signature, text,
                Self.checksum([signature, text]))
        }
    }

    /// A file that a stage wrote: the key of the stage, and the digests its content may have: the one that was written
    /// and, after it, the one before.
    func outputFile(_ file: String) throws -> (key: String, digests: [String])? {
        try database.query("SELECT key, digest, checksum FROM output_files WHERE path = ?1", file) { row in
            guard Self.checksum([file, row.text(0), row.text(1)]) == row.integer(2) else {
                throw database.damaged("the record of the file '\(file)' does not match its checksum")
            }
            return (key: row.text(0), digests: row.text(1).split(separator: " ").map(String.init))
        }.first
    }

    /// Remembers that a stage writes a file.
    func saveOutputFile(_ file: String, key: ArtifactKey, digests: [String]) throws {
        let digest = digests.joined(separator: " ")
        try writing {
            try database.run("DELETE FROM output_files WHERE path = ?1", file)
            try database.run(
                "INSERT INTO output_files (path, key, digest, checksum) VALUES (?1, ?2, ?3, ?4)", file,
                key.hexadecimal, digest, Self.checksum([file, key.hexadecimal, digest]))
        }
    }

    private static func checksum(_ texts: [String]) -> Int {
        var checksum = Checksum()
        for text in texts { checksum.add(text) }
        return checksum.finish()
    }
}

extension PipelineRunRecord {
    fileprivate var seedsText: String { JSONValue.array(seeds.map { JSONValue($0) }).canonicalText }

    fileprivate func checksum() -> Int {
        var checksum = Checksum()
        let texts = [
            name, pipeline.canonicalText, program.canonicalText, numericProfile, dataset, seedsText, startedAt,
            finishedAt ?? "", state.rawValue,
        ]
        for text in texts { checksum.add(text) }
        checksum.add(finishedAt == nil ? 0 : 1)
        return checksum.finish()
    }
}

extension StageRunRecord {
    fileprivate var inputsText: String {
        JSONValue.array(identity.inputs.map { .string($0.hexadecimal) }).canonicalText
    }

    fileprivate func checksum() -> Int {
        var checksum = Checksum()
        // The key stands for the whole identity.
        for text in [stage, key.hexadecimal, state.rawValue] { checksum.add(text) }
        checksum.add(seconds)
        return checksum.finish()
    }
}
