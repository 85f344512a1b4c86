import Curate

/// `curate store VERB`.
package enum StoreCommand {
    package static let command = Command(
        name: "store", abstract: "List, check, tidy, export and merge what is in a store.",
        discussion: [
            """
            A store is the SQLite file that holds every intermediate result; --store or CURATE_STORE name it. Things in \
            it are named by the first digits of their keys.
            """
        ],
        subcommands: [
            StoreListCommand.command, StoreShowCommand.command, StoreVerifyCommand.command,
            StoreCleanupCommand.command, StoreExportCommand.command, StoreMergeCommand.command,
        ])
}

extension StoredItem {
    /// What listings say of it as JSON.
    var json: JSON {
        .object([("key", .string(key)), ("kind", .string(kind)), ("what", .string(phrase))])
    }
}
