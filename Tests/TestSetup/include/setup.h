// Called once when a test program is loaded, before any of its tests; TestSupport defines it.
void curate_prepare_tests(void);
