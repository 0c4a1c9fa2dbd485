/* Elementary functions for *_kernel.c, whose loops the compiler turns into vectors: there are no branches,
 * and what rounds is only addition, multiplication, division and the written-out multiply-add. So every
 * machine gives the same bits. Limits of the error are in ulp; tests/base/test_real.c holds a sample of all
 * arguments to them. NaN passes, and infinities give what they ought to. */
#pragma once

#include "sim/base/vector.h"

#include <float.h>
#include <math.h>

/* a b + c, rounded once; by the C library where the instruction set has none. */
INLINED double fma64(double a, double b, double c)
{
    return __builtin_fma(a, b, c);
}

INLINED uint32_t bits32(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

INLINED float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

INLINED uint64_t bits64(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

INLINED double double_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* exp(x) = 2^k exp(r), |r| <= log(2) / 2; exp(r) = 1 + r + r^2 P(r), P by interpolation in Chebyshev nodes.
 * The sum with `shift` rounds to the integer k, which is then in its low bits. 2^k comes in two factors, so
 * that results may be subnormal. At most 1.1 ulp. */
INLINED float exp32(float x)
{
    const float shift = 0x1.8p23F, high = 89, low = -104.5F; /* past these it is infinite, or 0 */
    float y = x > high ? high : x < low ? low : x;
    float n = fma32(y, 0x1.715476p0F, shift), k = n - shift;
    float r = fma32(k, -0x1.62e430p-1F, y);
    r = fma32(k, 0x1.05c610p-29F, r);
    float p = fma32(r, 0x1.6d10fep-10F, 0x1.120b62p-7F);
    p = fma32(r, p, 0x1.55551ap-5F);
    p = fma32(r, p, 0x1.5554dep-3F);
    p = fma32(r, p, 0.5F);
    p = fma32(r * r, p, r) + 1;
    int32_t whole = (int32_t)(bits32(n) - bits32(shift)), half = whole >> 1;
    float first = float_of((uint32_t)(half + 127) << 23),
          second = float_of((uint32_t)(whole - half + 127) << 23);
    return p * first * second;
}

/* At most 1.1 ulp. */
INLINED double exp64(double x)
{
    const double shift = 0x1.8p52, high = 710, low = -745.5;
    double y = x > high ? high : x < low ? low : x;
    double n = fma64(y, 0x1.71547652b82fep0, shift), k = n - shift;
    double r = fma64(k, -0x1.62e42fefa39efp-1, y);
    r = fma64(k, -0x1.abc9e3b39803fp-56, r);
    double p = fma64(r, 0x1.af389fe6457c2p-26, 0x1.28917d6bfd692p-22);
    p = fma64(r, p, 0x1.71de0db2819d0p-19);
    p = fma64(r, p, 0x1.a019b913dbf29p-16);
    p = fma64(r, p, 0x1.a01a01a7c30e0p-13);
    p = fma64(r, p, 0x1.6c16c1788a201p-10);
    p = fma64(r, p, 0x1.11111111109b5p-7);
    p = fma64(r, p, 0x1.5555555553d67p-5);
    p = fma64(r, p, 0x1.5555555555556p-3);
    p = fma64(r, p, 0x1.0000000000001p-1);
    p = fma64(r * r, p, r) + 1;
    int64_t whole = (int64_t)(bits64(n) - bits64(shift)), half = whole >> 1;
    double first = double_of((uint64_t)(half + 1023) << 52),
           second = double_of((uint64_t)(whole - half + 1023) << 52);
    return p * first * second;
}

/* log(1 + f) + k log(2) + c for 1 + f in [sqrt(1/2), sqrt(2)): with s = f / (2 + f), log(1 + f) = f - f^2 / 2
 * + s (f^2 / 2 + R(s^2)). R as in fdlibm (Sun Microsystems 1993), in float as in FreeBSD. */
INLINED float log_sum32(float f, float k, float c)
{
    float half = 0.5F * f * f, s = f / (2 + f), z = s * s;
    float r = fma32(z, 0xf89e26.0p-26F, 0x91e9ee.0p-25F);
    r = fma32(z, r, 0xccce13.0p-25F);
    r = z * fma32(z, r, 0xaaaaaa.0p-24F);
    float rest = fma32(s, half + r, fma32(k, 0x1.2fefa2p-17F, c));
    return fma32(k, 0x1.62e300p-1F, rest - half + f);
}

INLINED double log_sum64(double f, double k, double c)
{
    double half = 0.5 * f * f, s = f / (2 + f), z = s * s;
    double r = fma64(z, 1.479819860511658591e-01, 1.531383769920937332e-01);
    r = fma64(z, r, 1.818357216161805012e-01);
    r = fma64(z, r, 2.222219843214978396e-01);
    r = fma64(z, r, 2.857142874366239149e-01);
    r = fma64(z, r, 3.999999999940941908e-01);
    r = z * fma64(z, r, 6.666666666666735130e-01);
    double rest = fma64(s, half + r, fma64(k, 1.90821492927058770002e-10, c));
    return fma64(k, 6.93147180369123816490e-01, rest - half + f);
}

/* At most 0.9 ulp. */
INLINED float log32(float x)
{
    const uint32_t root = 0x3f3504f3; /* sqrt(1/2) */
    float scaled = x < FLT_MIN ? x * 0x1p25F : x, lifted = x < FLT_MIN ? -25.0F : 0.0F;
    uint32_t bits = bits32(scaled) + (0x3f800000 - root);
    float k = (float)((int32_t)(bits >> 23) - 127) + lifted;
    float y = log_sum32(float_of((bits & 0x7fffff) + root) - 1, k, 0);
    y = x <= FLT_MAX ? y : x;
    return x < 0 ? NAN : x == 0 ? -INFINITY : y;
}

/* At most 0.9 ulp. */
INLINED double log64(double x)
{
    const uint64_t root = 0x3fe6a09e667f3bcd;
    double scaled = x < DBL_MIN ? x * 0x1p54 : x, lifted = x < DBL_MIN ? -54.0 : 0.0;
    uint64_t bits = bits64(scaled) + (0x3ff0000000000000 - root);
    double k = (double)((int32_t)(bits >> 52) - 1023) + lifted;
    double y = log_sum64(double_of((bits & 0xfffffffffffff) + root) - 1, k, 0);
    y = x <= DBL_MAX ? y : x;
    return x < 0 ? (double)NAN : x == 0 ? -(double)INFINITY : y;
}

/* log(1 + x): the logarithm of the rounded sum, corrected by what the rounding lost. At most 0.9 ulp. */
INLINED float log1p32(float x)
{
    const uint32_t root = 0x3f3504f3;
    float u = 1 + x;
    uint32_t bits = bits32(u) + (0x3f800000 - root);
    int32_t k = (int32_t)(bits >> 23) - 127;
    float lost = k > 1 ? 1 - (u - x) : x - (u - 1);
    float y = log_sum32(float_of((bits & 0x7fffff) + root) - 1, (float)k, lost / u);
    y = x <= FLT_MAX ? y : x;
    return x < -1 ? NAN : x == -1 ? -INFINITY : y;
}

/* At most 0.9 ulp. */
INLINED double log1p64(double x)
{
    const uint64_t root = 0x3fe6a09e667f3bcd;
    double u = 1 + x;
    uint64_t bits = bits64(u) + (0x3ff0000000000000 - root);
    int32_t k = (int32_t)(bits >> 52) - 1023;
    double lost = k > 1 ? 1 - (u - x) : x - (u - 1);
    double y = log_sum64(double_of((bits & 0xfffffffffffff) + root) - 1, (double)k, lost / u);
    y = x <= DBL_MAX ? y : x;
    return x < -1 ? (double)NAN : x == -1 ? -(double)INFINITY : y;
}

/* 1 / (1 + exp(-x)), of exp(-|x|) alone, which does not overflow. At most 3 ulp. */
INLINED float sigmoid32(float x)
{
    float e = exp32(-fabsf(x)), y = 1 / (1 + e);
    return x < 0 ? e * y : y;
}

/* log(1 + exp(x)) without overflow. At most 2 ulp. */
INLINED float softplus32(float x)
{
    float y = log1p32(exp32(-fabsf(x)));
    return (x > 0 ? x : 0) + y;
}

/* tanh(x), as sigmoid32; its absolute error is that of a number near 1, at most 3 times 2^-24: 1 - e cancels.
 */
INLINED float tanh32(float x)
{
    float e = exp32(-2 * fabsf(x)), y = (1 - e) / (1 + e);
    return x < 0 ? -y : y;
}
