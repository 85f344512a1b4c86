import Curate

/// `curate store VERB`.
package enum StoreVerb {
    package static let command = Command(
        name: "store", abstract: "List, check, tidy, export and merge what is in a store.",
        discussion: [
            """
            A store is the SQLite file that holds every intermediate result; --store or CURATE_STORE name it. Things in \
            it are named by the first digits of their keys.
            """
        ],
        subcommands: [
            StoreListVerb.command, StoreShowVerb.command, StoreVerifyVerb.command,
            StoreCleanupVerb.command, StoreExportVerb.command, StoreMergeVerb.command,
        ])
}
