import Curate

/// `curate derive VERB`: one file for each kind of variant.
package enum DeriveVerb {
    package static let command = Command(
        name: "derive",
        abstract: "Make a controlled variant of a dataset.",
        discussion: [
            """
            Variants whose truth is known measure what cannot be measured otherwise: how well label errors are found, \
            what a model makes of a background that goes with the label, and what of classes with few examples.
            """
        ],
        subcommands: [DeriveNoisyVerb.command, DeriveSpuriousVerb.command, DeriveLongTailVerb.command])
}
