// What the compiler was told about the CPU, and the cache hint Swift has no word for.
// Header only: compiled by Swift's importer with the same -march as the Swift sources.
#pragma once

#if defined(__AVX512F__)
static const int curate_vector_bits = 512;
#elif defined(__AVX2__) && defined(__FMA__)
static const int curate_vector_bits = 256;
#else
static const int curate_vector_bits = 128;
#endif

#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
static const int curate_has_fma = 1;
#else
static const int curate_has_fma = 0;
#endif

/// Asks for the cache line at `address`, to be read soon.
static inline __attribute__((always_inline)) void curate_prefetch_read(const void *address) {
    __builtin_prefetch(address, 0, 3);
}

/// Asks for the cache line at `address`, to be written soon.
static inline __attribute__((always_inline)) void curate_prefetch_write(const void *address) {
    __builtin_prefetch(address, 1, 3);
}

/// Tells the core that this thread is spinning.
static inline __attribute__((always_inline)) void curate_spin_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/// Whether the running CPU has the vector features this build assumes (always true elsewhere than x86-64).
static inline int curate_cpu_matches_build(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
#if defined(__AVX512F__)
    if (!__builtin_cpu_supports("avx512f")) return 0;
#endif
#if defined(__AVX512VL__)
    if (!__builtin_cpu_supports("avx512vl")) return 0;
#endif
#if defined(__AVX512BW__)
    if (!__builtin_cpu_supports("avx512bw")) return 0;
#endif
#if defined(__AVX512DQ__)
    if (!__builtin_cpu_supports("avx512dq")) return 0;
#endif
#if defined(__AVX512VBMI__)
    if (!__builtin_cpu_supports("avx512vbmi")) return 0;
#endif
#if defined(__AVX512VNNI__)
    if (!__builtin_cpu_supports("avx512vnni")) return 0;
#endif
#if defined(__BMI2__)
    if (!__builtin_cpu_supports("bmi2")) return 0;
#endif
#if defined(__AVX2__)
    if (!__builtin_cpu_supports("avx2")) return 0;
#endif
#if defined(__FMA__)
    if (!__builtin_cpu_supports("fma")) return 0;
#endif
#endif
    return 1;
}
