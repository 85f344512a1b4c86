/// The tables of a store, as an ordered list of migrations.
///
/// A migration's text is frozen once it has been released: later changes are new migrations at the end of the list.
/// `PRAGMA user_version` is the number of migrations a file has seen.
package enum StoreSchema {
    /// A change of the schema, applied to each file once.
    package struct Migration {
        /// What it brings, for a person who reads the list.
        package let name: String
        /// The SQL.
        package let script: String
    }

    /// "CURT", which as `PRAGMA application_id` tells a store from other people's SQLite files.
    static let applicationID = 0x4355_5254

    package static let migrations = [
        Migration(
            name: "datasets, artifacts and scores",
            script: infoTables + datasetTables + artifactTables + scoreTables
                + ["datasets", "artifacts", "score_sets"].map(digestTriggers(of:)).joined()),
        Migration(
            name: "executions of pipelines",
            script: pipelineTables
                + ["pipeline_runs", "stage_runs", "dataset_files", "output_files"].map(digestTriggers(of:)).joined()),
        Migration(name: "roles of columns", script: roleTables),
    ]

    /// The schema version this binary writes, and the newest it can read.
    package static var version: Int { migrations.count }

    /// What the file says about itself.
    ///
    /// `table_digests` holds, for each table with one row per thing, the number of rows and the exclusive-or of their
    /// checksums, so that a row that vanished from a damaged page is noticed and not taken for one never written.
    private static let infoTables = """
        CREATE TABLE store_info (
            name TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE table_digests (
            name TEXT PRIMARY KEY,
            row_count INTEGER NOT NULL DEFAULT 0,
            digest INTEGER NOT NULL DEFAULT 0
        ) WITHOUT ROWID;

        """

    /// Examples are numbered as `Dataset` numbers them; the integer `id` of a dataset is local to the file.
    private static let datasetTables = """
        CREATE TABLE datasets (
            id INTEGER PRIMARY KEY,
            hash TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            format TEXT NOT NULL,
            example_count INTEGER NOT NULL,
            class_count INTEGER NOT NULL,
            shape TEXT NOT NULL,
            created_at TEXT NOT NULL,
            content_checksum INTEGER NOT NULL,
            checksum INTEGER NOT NULL
        );
        CREATE TABLE classes (
            dataset INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
            label INTEGER NOT NULL,
            name TEXT NOT NULL,
            PRIMARY KEY (dataset, label)
        ) WITHOUT ROWID;
        CREATE TABLE examples (
            dataset INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
            idx INTEGER NOT NULL,
            id TEXT NOT NULL,
            label INTEGER NOT NULL,
            partition TEXT NOT NULL,
            PRIMARY KEY (dataset, idx)
        ) WITHOUT ROWID;
        CREATE TABLE example_groups (
            dataset INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            idx INTEGER NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (dataset, name, idx)
        ) WITHOUT ROWID;

        """

    /// Columns keep their bytes last, so that reading the rest of a row does not walk through the BLOB's pages.
    private static let artifactTables = """
        CREATE TABLE artifacts (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            code_version INTEGER NOT NULL,
            parameters TEXT NOT NULL,
            inputs TEXT NOT NULL,
            dataset TEXT REFERENCES datasets (hash),
            numeric_profile TEXT,
            state TEXT NOT NULL CHECK (state IN ('running', 'complete')),
            created_at TEXT NOT NULL,
            seconds REAL NOT NULL,
            checksum INTEGER NOT NULL,
            column_count INTEGER NOT NULL DEFAULT 0,
            column_digest INTEGER NOT NULL DEFAULT 0
        );
        CREATE TABLE columns (
            id INTEGER PRIMARY KEY,
            artifact INTEGER NOT NULL REFERENCES artifacts (id) ON DELETE CASCADE,
            epoch INTEGER NOT NULL,
            name TEXT NOT NULL,
            part INTEGER NOT NULL,
            part_count INTEGER NOT NULL,
            element_type TEXT NOT NULL,
            element_count INTEGER NOT NULL,
            bytes_checksum INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            bytes BLOB NOT NULL,
            UNIQUE (artifact, epoch, name, part)
        );
        CREATE TRIGGER columns_inserted AFTER INSERT ON columns BEGIN
            UPDATE artifacts SET column_count = column_count + 1,
                column_digest = \(exclusiveOr("column_digest", "new.checksum")) WHERE id = new.artifact;
        END;
        CREATE TRIGGER columns_deleted AFTER DELETE ON columns BEGIN
            UPDATE artifacts SET column_count = column_count - 1,
                column_digest = \(exclusiveOr("column_digest", "old.checksum")) WHERE id = old.artifact;
        END;

        """

    /// Scores are rows, so that a person can ask for them; `score_table` joins them to what they are about.
    private static let scoreTables = """
        CREATE TABLE score_sets (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            convention TEXT NOT NULL,
            direction TEXT NOT NULL,
            dataset INTEGER NOT NULL REFERENCES datasets (id),
            run_keys TEXT NOT NULL,
            seeds TEXT NOT NULL,
            description TEXT NOT NULL,
            created_at TEXT NOT NULL,
            score_count INTEGER NOT NULL,
            score_checksum INTEGER NOT NULL,
            checksum INTEGER NOT NULL
        );
        CREATE TABLE scores (
            score_set INTEGER NOT NULL REFERENCES score_sets (id) ON DELETE CASCADE,
            idx INTEGER NOT NULL,
            value REAL,
            sd REAL,
            rank INTEGER NOT NULL,
            PRIMARY KEY (score_set, idx)
        ) WITHOUT ROWID;
        CREATE VIEW score_table AS
            SELECT sets.name AS name, sets.convention AS convention, sets.direction AS direction,
                datasets.name AS dataset, examples.idx AS idx, examples.id AS id, examples.label AS label,
                classes.name AS class, examples.partition AS partition,
                scores.value AS value, scores.sd AS sd, scores.rank AS rank, sets.key AS score_set
            FROM score_sets AS sets
            JOIN datasets ON datasets.id = sets.dataset
            JOIN scores ON scores.score_set = sets.id
            JOIN examples ON examples.dataset = sets.dataset AND examples.idx = scores.idx
            JOIN classes ON classes.dataset = sets.dataset AND classes.label = examples.label;

        """

    /// What pipelines did, and two things that spare work: what files held when they were last read, and which files
    /// were written by whom.
    private static let pipelineTables = """
        CREATE TABLE pipeline_runs (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            pipeline TEXT NOT NULL,
            program TEXT NOT NULL,
            numeric_profile TEXT NOT NULL,
            dataset TEXT NOT NULL,
            seeds TEXT NOT NULL,
            started_at TEXT NOT NULL,
            finished_at TEXT,
            state TEXT NOT NULL CHECK (state IN ('running', 'finished', 'failed', 'interrupted')),
            checksum INTEGER NOT NULL
        );
        CREATE TABLE stage_runs (
            id INTEGER PRIMARY KEY,
            pipeline_run INTEGER NOT NULL REFERENCES pipeline_runs (id) ON DELETE CASCADE,
            stage TEXT NOT NULL,
            kind TEXT NOT NULL,
            key TEXT NOT NULL,
            code_version INTEGER NOT NULL,
            parameters TEXT NOT NULL,
            inputs TEXT NOT NULL,
            dataset TEXT,
            numeric_profile TEXT,
            state TEXT NOT NULL CHECK (state IN ('cached', 'ran', 'failed')),
            seconds REAL NOT NULL,
            checksum INTEGER NOT NULL
        );
        CREATE INDEX stage_runs_by_stage ON stage_runs (stage, id);
        CREATE TABLE dataset_files (
            signature TEXT PRIMARY KEY,
            facts TEXT NOT NULL,
            checksum INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE output_files (
            path TEXT PRIMARY KEY,
            key TEXT NOT NULL,
            digest TEXT NOT NULL,
            checksum INTEGER NOT NULL
        ) WITHOUT ROWID;

        """

    /// What columns are for, by kind of artifact and name; names that are not listed are results.
    ///
    /// Files of earlier versions do not say it. The names in them are listed here once and for all; whoever writes
    /// others says what they are for.
    private static let roleTables =
        """
        CREATE TABLE column_roles (
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            role TEXT NOT NULL CHECK (role IN ('state', 'progress')),
            checksum INTEGER NOT NULL,
            PRIMARY KEY (kind, name)
        ) WITHOUT ROWID;

        """ + digestTriggers(of: "column_roles")
        + [("state", "state"), ("partialEpoch", "progress"), ("partialPass", "progress")].map { name, role in
            let checksum = Store.checksum(kind: "train", name: name, role: role)
            return "INSERT INTO column_roles VALUES ('train', '\(name)', '\(role)', \(checksum));\n"
        }.joined()

    /// Keeps `table_digests` true for one table, whoever changes it.
    private static func digestTriggers(of table: String) -> String {
        """
        INSERT INTO table_digests (name) VALUES ('\(table)');
        CREATE TRIGGER \(table)_inserted AFTER INSERT ON \(table) BEGIN
            UPDATE table_digests SET row_count = row_count + 1,
                digest = \(exclusiveOr("digest", "new.checksum")) WHERE name = '\(table)';
        END;
        CREATE TRIGGER \(table)_deleted AFTER DELETE ON \(table) BEGIN
            UPDATE table_digests SET row_count = row_count - 1,
                digest = \(exclusiveOr("digest", "old.checksum")) WHERE name = '\(table)';
        END;
        CREATE TRIGGER \(table)_updated AFTER UPDATE OF checksum ON \(table) BEGIN
            UPDATE table_digests SET digest = \(exclusiveOr("digest", "old.checksum")) WHERE name = '\(table)';
            UPDATE table_digests SET digest = \(exclusiveOr("digest", "new.checksum")) WHERE name = '\(table)';
        END;

        """
    }

    /// SQLite has no such operator; the bits of `a & b` are among those of `a | b`, so the difference cannot overflow.
    private static func exclusiveOr(_ a: String, _ b: String) -> String { "(\(a) | \(b)) - (\(a) & \(b))" }
}
