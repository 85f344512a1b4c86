// What the compiler was told about the CPU, and the cache hint Swift has no word for.
// Header only: compiled by Swift's importer with the same -march as the Swift sources.
#pragma once

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

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

/// Sixteen floats, which Swift knows as SIMD16<Float>.
///
/// Swift's own arithmetic on them is written lane by lane, for the optimiser to put together again. In short loops it does;
/// in the transforms of a convolution it made quarters and single numbers of them, at a quarter of the speed. These are
/// whole vectors from the start, and the order of additions is the source's in both.
typedef float curate_vector __attribute__((ext_vector_type(16)));

/// a + b.
static inline __attribute__((always_inline)) curate_vector curate_add(curate_vector a, curate_vector b) {
    return a + b;
}

/// a - b.
static inline __attribute__((always_inline)) curate_vector curate_subtract(curate_vector a, curate_vector b) {
    return a - b;
}

/// a * b.
static inline __attribute__((always_inline)) curate_vector curate_multiply(curate_vector a, curate_vector b) {
    return a * b;
}

/// a * b + c, rounded once.
static inline __attribute__((always_inline)) curate_vector curate_multiply_add(
    curate_vector a, curate_vector b, curate_vector c) {
    return __builtin_elementwise_fma(a, b, c);
}

/// b where a < b, else a: a lane of a that is not a number stays so.
static inline __attribute__((always_inline)) curate_vector curate_larger(curate_vector a, curate_vector b) {
    return a < b ? b : a;
}

/// a where b > 0, else 0.
static inline __attribute__((always_inline)) curate_vector curate_where_positive(curate_vector a, curate_vector b) {
    return b > 0 ? a : (curate_vector)0;
}

/// The vector, or zeros when `exists` is 0; memory that does not exist is not touched.
static inline __attribute__((always_inline)) curate_vector curate_load_if(const float *address, unsigned short exists) {
#if defined(__AVX512F__)
    return (curate_vector)_mm512_maskz_loadu_ps(exists, address);
#else
    return exists ? *(const curate_vector *)address : (curate_vector)0;
#endif
}

/// The vector, or zeros when `exists` is 0.
static inline __attribute__((always_inline)) curate_vector curate_keep_if(curate_vector a, unsigned short exists) {
#if defined(__AVX512F__)
    return (curate_vector)_mm512_maskz_mov_ps(exists, (__m512)a);
#else
    return exists ? a : (curate_vector)0;
#endif
}

/// Sixteen floats at any address, of which the first `count` exist and the others are zero.
static inline __attribute__((always_inline)) curate_vector curate_load_first(const float *address, int count) {
#if defined(__AVX512F__)
    return (curate_vector)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), address);
#else
    curate_vector result = (curate_vector)0;
    for (int lane = 0; lane < count; lane++) result[lane] = address[lane];
    return result;
#endif
}

/// Stores the first `count` lanes, at any address.
static inline __attribute__((always_inline)) void curate_store_first(float *address, curate_vector a, int count) {
#if defined(__AVX512F__)
    _mm512_mask_storeu_ps(address, (__mmask16)((1u << count) - 1), (__m512)a);
#else
    for (int lane = 0; lane < count; lane++) address[lane] = a[lane];
#endif
}

/// The lower halves of two vectors with their lanes in turn: a0 b0 a1 b1 ...
static inline __attribute__((always_inline)) curate_vector curate_interleave_low(curate_vector a, curate_vector b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/// The same of the upper halves.
static inline __attribute__((always_inline)) curate_vector curate_interleave_high(curate_vector a, curate_vector b) {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/// Transposes up to sixteen rows of up to sixteen floats: target[column][row] = source[row][column].
///
/// Rows beyond `rows` are zero; columns beyond `columns` are neither read nor stored. Four rounds of interleaving row i
/// with row i + 8 transpose the whole.
static inline void curate_transpose(
    const float *source, long source_stride, int rows, int columns, float *target, long target_stride) {
    curate_vector a[16], b[16];
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) {
        if (i >= rows) {
            a[i] = (curate_vector)0;
        } else if (columns == 16) {
            __builtin_memcpy(&a[i], source + i * source_stride, sizeof a[i]);
        } else {
            a[i] = curate_load_first(source + i * source_stride, columns);
        }
    }
#pragma clang loop unroll(full)
    for (int round = 0; round < 2; round++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < 8; i++) {
            b[2 * i] = curate_interleave_low(a[i], a[i + 8]);
            b[2 * i + 1] = curate_interleave_high(a[i], a[i + 8]);
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < 8; i++) {
            a[2 * i] = curate_interleave_low(b[i], b[i + 8]);
            a[2 * i + 1] = curate_interleave_high(b[i], b[i + 8]);
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) {
        if (i < columns) __builtin_memcpy(target + i * target_stride, &a[i], sizeof a[i]);
    }
}

/// The number in every lane.
static inline __attribute__((always_inline)) curate_vector curate_broadcast(float a) { return (curate_vector)a; }

/// Asks for the cache line at `address` in the second-level cache, to be read after other work.
static inline __attribute__((always_inline)) void curate_prefetch_later(const void *address) {
    __builtin_prefetch(address, 0, 2);
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
