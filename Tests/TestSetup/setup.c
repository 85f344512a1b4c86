#include "setup.h"

// Swift has nothing that runs when a program is loaded, and Swift Testing nothing that runs before the first test.
__attribute__((constructor)) static void begin(void) { curate_prepare_tests(); }
