/* Vectors of floats as wide as the instruction set that a kernel is compiled for, and fused multiply-adds,
 * which round once on every machine. For *_kernel.c. */
#pragma once

#include <stdint.h>
#include <string.h>

#if defined __AVX512F__ || defined __FMA__
#include <immintrin.h>
#elif defined __ARM_NEON
#include <arm_neon.h>
#endif

#ifdef __AVX512F__
enum { LANES = 16 };
#elif defined __FMA__
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif

typedef float Vector __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t VectorMask __attribute__((vector_size(LANES * sizeof(float))));
/* The same in memory, where nothing is aligned. */
typedef Vector VectorInMemory __attribute__((aligned(sizeof(float)), may_alias));

#define INLINED static inline __attribute__((always_inline))

INLINED Vector vector_load(const float *from)
{
    return *(const VectorInMemory *)from;
}

INLINED void vector_store(float *to, Vector v)
{
    *(VectorInMemory *)to = v;
}

INLINED Vector vector_of(float x)
{
    return x - (Vector){0};
}

/* a b + c, rounded once. Without the instruction: the product is exact in double, and the sum is rounded to
 * odd there, which keeps the second rounding, to float, from erring at a tie (Boldo and Melquiond 2008). */
INLINED float fma32(float a, float b, float c)
{
#if defined __FMA__ || defined __ARM_NEON
    return __builtin_fmaf(a, b, c);
#else
    double product = (double)a * (double)b, addend = (double)c, sum = product + addend;
    double part = sum - product, error = (product - (sum - part)) + (addend - part);
    int64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    int64_t inexact = (error > 0) | (error < 0), even = ~bits & 1; /* error is NaN where the sum overflows */
    int64_t away = (error > 0) == (sum > 0) ? 1 : -1;
    bits += (inexact & even) * away;
    memcpy(&sum, &bits, sizeof sum);
    return (float)sum;
#endif
}

INLINED Vector vector_fma(Vector a, Vector b, Vector c)
{
#if defined __AVX512F__
    return (Vector)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined __FMA__
    return (Vector)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined __ARM_NEON
    return (Vector)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
    for (int i = 0; i < LANES; i++)
        c[i] = fma32(a[i], b[i], c[i]);
    return c;
#endif
}

/* Sums are of eight parts on every machine, term k in part k mod 8, so that it is no matter how wide vectors
 * are. */
enum { PARTS = 8 };
typedef float Parts __attribute__((vector_size(PARTS * sizeof(float))));
typedef int32_t PartsMask __attribute__((vector_size(PARTS * sizeof(float))));
typedef Parts PartsInMemory __attribute__((aligned(sizeof(float)), may_alias));

/* Pointers to these, since they are no vectors of every instruction set that functions could return. */
INLINED void parts_add_product(Parts *sum, const float *a, const float *b)
{
#ifdef __FMA__
    *sum = (Parts)_mm256_fmadd_ps(_mm256_loadu_ps(a), _mm256_loadu_ps(b), (__m256)*sum);
#else
    for (int k = 0; k < PARTS; k++)
        (*sum)[k] = fma32(a[k], b[k], (*sum)[k]);
#endif
}

INLINED float parts_total(const Parts *sum)
{
    typedef float Half __attribute__((vector_size(PARTS / 2 * sizeof(float))));
    Half halves[2];
    memcpy(halves, sum, sizeof halves);
    Half four = halves[0] + halves[1];                                 /* s0 + s4, ..., s3 + s7 */
    Half two = four + __builtin_shufflevector(four, four, 2, 3, 0, 1); /* of these 0 + 2 and 1 + 3 */
    return two[0] + two[1];
}

INLINED float dot32(int n, const float *a, const float *b)
{
    Parts sum = {0};
    int i = 0;
    for (; i + PARTS <= n; i += PARTS)
        parts_add_product(&sum, a + i, b + i);
    for (int k = 0; i + k < n; k++)
        sum[k] = fma32(a[i + k], b[i + k], sum[k]);
    return parts_total(&sum);
}
