// What the build was told about itself. A header only, so that nothing but the program is built anew for a new commit.
#pragma once

#define CURATE_QUOTE(text) #text
#define CURATE_QUOTE_VALUE(text) CURATE_QUOTE(text)

/// The commit the program is built from; empty when the build was not told.
static inline const char *curate_build_commit(void) {
#ifdef CURATE_COMMIT
    return CURATE_QUOTE_VALUE(CURATE_COMMIT);
#else
    return "";
#endif
}
