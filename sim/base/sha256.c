/* SHA-256 in its standard's own words: https://doi.org/10.6028/NIST.FIPS.180-4, sections 4 to 6. */
#include "sim/base/sha256.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#if defined __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

static const uint32_t constant[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t x, int by)
{
    return x >> by | x << (32 - by);
}

/* A round; a to h are the words from 8 - round on. */
static inline void take_word(uint32_t s[8], int round, uint32_t word)
{
    const uint32_t a = s[(8 - round) & 7], b = s[(9 - round) & 7], c = s[(10 - round) & 7];
    const uint32_t e = s[(12 - round) & 7], f = s[(13 - round) & 7], g = s[(14 - round) & 7];
    const uint32_t t1 =
        s[(15 - round) & 7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + word;
    const uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    s[(11 - round) & 7] += t1;
    s[(15 - round) & 7] = t1 + t2;
}

static void take_block_plainly(Sha256 *hash, const uint8_t *block)
{
    uint32_t w[64], s[8];
    for (int t = 0; t < 16; t++, block += 4)
        w[t] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 | (uint32_t)block[2] << 8 | block[3];
    for (int t = 16; t < 64; t++)
        w[t] = (rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10) + w[t - 7] +
               (rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3) + w[t - 16];
    memcpy(s, hash->state, sizeof s);
    /* The eight words take turns, in place of being moved by one in each round. */
    for (int t = 0; t < 64; t += 8)
        for (int r = 0; r < 8; r++)
            take_word(s, r, constant[t + r] + w[t + r]);
    for (int i = 0; i < 8; i++)
        hash->state[i] += s[i];
}

#if defined __x86_64__
/* The same by the instructions that most processors have for it, which take four rounds at a time: four to
 * five times as fast. They keep the state as the words a b e f and c d g h. */
__attribute__((target("sha,sse4.1"))) static void take_block_fast(Sha256 *hash, const uint8_t *block)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)hash->state), 0xb1);
    const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(hash->state + 4)), 0x1b);
    const __m128i abef = _mm_alignr_epi8(badc, hgfe, 8), cdgh = _mm_blend_epi16(hgfe, badc, 0xf0);
    __m128i w[4], first = abef, second = cdgh;
    for (int i = 0; i < 4; i++)
        w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)block + i), swap);
    for (int i = 0; i < 16; i++) {
        if (i >= 4) {
            const __m128i old = _mm_sha256msg1_epu32(w[i & 3], w[(i + 1) & 3]);
            const __m128i seven = _mm_alignr_epi8(w[(i + 3) & 3], w[(i + 2) & 3], 4);
            w[i & 3] = _mm_sha256msg2_epu32(_mm_add_epi32(old, seven), w[(i + 3) & 3]);
        }
        const __m128i k =
            _mm_add_epi32(w[i & 3], _mm_loadu_si128((const __m128i *)(constant + (size_t)i * 4)));
        second = _mm_sha256rnds2_epu32(second, first, k);
        first = _mm_sha256rnds2_epu32(first, second, _mm_shuffle_epi32(k, 0x0e));
    }
    first = _mm_shuffle_epi32(_mm_add_epi32(first, abef), 0x1b);
    second = _mm_shuffle_epi32(_mm_add_epi32(second, cdgh), 0xb1);
    _mm_storeu_si128((__m128i *)hash->state, _mm_blend_epi16(first, second, 0xf0));
    _mm_storeu_si128((__m128i *)(hash->state + 4), _mm_alignr_epi8(second, first, 8));
}

static bool has_instructions(void)
{
    enum { SSSE3_SSE41 = 1 << 9 | 1 << 19, SHA = 1 << 29 };
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & SSSE3_SSE41) == SSSE3_SSE41 &&
           __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & SHA);
}
#endif

typedef void TakeBlock(Sha256 *hash, const uint8_t *block);

static TakeBlock *fastest(void)
{
#if defined __x86_64__
    if (has_instructions())
        return take_block_fast;
#endif
    return take_block_plainly;
}

static TakeBlock *take_block;

static pthread_once_t chosen = PTHREAD_ONCE_INIT;

static void choose(void)
{
    take_block = fastest();
}

void sha256_plainly(void)
{
    (void)pthread_once(&chosen, choose);
    take_block = take_block_plainly;
}

void sha256_begin(Sha256 *hash)
{
    (void)pthread_once(&chosen, choose);
    *hash = (Sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                               0x1f83d9ab, 0x5be0cd19}};
}

void sha256_add(Sha256 *hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    while (size > 0) {
        const size_t used = hash->bytes % sizeof hash->block, room = sizeof hash->block - used;
        const size_t taken = size < room ? size : room;
        hash->bytes += taken;
        size -= taken;
        if (taken == sizeof hash->block) {
            take_block(hash, at);
        } else {
            memcpy(hash->block + used, at, taken);
            if (taken == room)
                take_block(hash, hash->block);
        }
        at += taken;
    }
}

void sha256_end(Sha256 *hash, char text[SHA256_TEXT])
{
    static const uint8_t pad[64] = {0x80};
    const uint64_t bits = 8 * hash->bytes;
    const size_t used = hash->bytes % sizeof pad;
    uint8_t length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    sha256_add(hash, pad, (used < 56 ? 56 : 120) - used);
    sha256_add(hash, length, sizeof length);
    for (int i = 0; i < 8; i++)
        snprintf(text + (size_t)i * 8, 9, "%08x", (unsigned)hash->state[i]);
}

Status sha256_file(const char *path, char text[SHA256_TEXT], int64_t *bytes, Message *message)
{
    uint8_t chunk[1 << 16];
    Sha256 hash;
    FILE *file = fopen(path, "rbe");
    if (!file)
        return fail(message, STATUS_FAILED, "cannot read %s: %s", path, strerror(errno));
    sha256_begin(&hash);
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, file)) > 0;)
        sha256_add(&hash, chunk, got);
    *bytes = (int64_t)hash.bytes;
    const bool failed = ferror(file);
    (void)fclose(file);
    sha256_end(&hash, text);
    return failed ? fail(message, STATUS_FAILED, "cannot read %s: %s", path, strerror(errno)) : STATUS_OK;
}
