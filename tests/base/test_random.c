/* Keyed streams: equal keys give equal numbers, which are fixed; any other key gives numbers that are
 * independent of them. */
#include "sim/base/random.h"

#include "tests/support/support.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

static const StreamKey key = {.seed = 7, .setting = "world.ctr=0.05", .world = 2, .replicate = 11};

/* The only way the numbers of a stream are looked at: its first `n` draws. */
static void draws(const StreamKey *k, const char *purpose, size_t n, double *u)
{
    gsl_rng *generator = stream_open(k, purpose);
    assert_non_null(generator);
    for (size_t i = 0; i < n; i++) {
        u[i] = gsl_rng_uniform(generator);
    }
    gsl_rng_free(generator);
}

static void equal_keys_give_equal_streams(void **state)
{
    (void)state;
    enum { N = 1000 };
    double first[N];
    double second[N];
    char setting[] = "world.ctr=0.05"; /* the text counts, not where it is */
    char purpose[] = "log";
    StreamKey copy = key;
    copy.setting = setting;
    assert_int_equal(stream_hash(&key, "log"), stream_hash(&copy, purpose));
    draws(&key, "log", N, first);
    draws(&copy, purpose, N, second);
    assert_memory_equal(first, second, sizeof first);

    gsl_rng *generator = stream_open(&copy, "other");
    assert_non_null(generator);
    gsl_rng_get(generator);
    stream_restart(generator, &key, "log");
    for (int i = 0; i < N; i++) {
        second[i] = gsl_rng_uniform(generator);
    }
    gsl_rng_free(generator);
    assert_memory_equal(first, second, sizeof first);
}

/* The streams are part of a stored experiment: a store begun by one build must be finished by another with
 * the same numbers. The expected ones come from a separate program (Python integers). */
static void the_numbers_are_fixed(void **state)
{
    (void)state;
    const unsigned long want[] = {0x581548de, 0x24c3ff31, 0x709a410a};
    assert_int_equal(stream_hash(&key, "log"), 0x401b17a2303b01c0ULL);
    gsl_rng *generator = stream_open(&key, "log");
    assert_non_null(generator);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        assert_int_equal(gsl_rng_get(generator), want[i]);
    }
    for (int i = 3; i < 1000; i++) {
        gsl_rng_get(generator);
    }
    assert_true(gsl_rng_uniform(generator) == 0x1e860a1f9b4818p0 * 0x1p-53);
    gsl_rng_free(generator);
}

static void any_part_of_the_key_changes_the_stream(void **state)
{
    (void)state;
    enum { PARTS = 10 };
    StreamKey k[PARTS];
    const char *purpose[PARTS];
    for (int i = 0; i < PARTS; i++) {
        k[i] = key;
        purpose[i] = "log";
    }
    k[1].seed++;
    k[2].seed ^= (uint64_t)1 << 63;
    k[3].setting = "world.ctr=0.06";
    k[4].setting = "";
    k[5].world++;
    k[6].replicate++;
    k[7].replicate = EVERY_REPLICATE;
    k[8].world = key.replicate; /* the two numbers are not interchangeable */
    k[8].replicate = key.world;
    purpose[9] = "batches";
    double u[PARTS];
    for (int i = 0; i < PARTS; i++) {
        draws(&k[i], purpose[i], 1, &u[i]);
        for (int j = 0; j < i; j++) {
            assert_int_not_equal(stream_hash(&k[i], purpose[i]), stream_hash(&k[j], purpose[j]));
            assert_true(u[i] != u[j]);
        }
    }
}

static void texts_do_not_run_together(void **state)
{
    (void)state;
    StreamKey left = {.setting = "ab"};
    StreamKey right = {.setting = "a"};
    assert_int_not_equal(stream_hash(&left, "c"), stream_hash(&right, "bc"));
    left.setting = "";
    right.setting = "c";
    assert_int_not_equal(stream_hash(&left, "c"), stream_hash(&right, ""));
    left.setting = "\xff"; /* not the same as a sign-extended or cut one */
    right.setting = "\x7f";
    assert_int_not_equal(stream_hash(&left, ""), stream_hash(&right, ""));
}

typedef struct Stream {
    uint64_t hash;
    StreamKey key;
    const char *purpose;
} Stream;

static int by_hash(const void *a, const void *b)
{
    uint64_t x = ((const Stream *)a)->hash;
    uint64_t y = ((const Stream *)b)->hash;
    return (x > y) - (x < y);
}

static int by_low_half(const void *a, const void *b)
{
    uint64_t x = ((const Stream *)a)->hash & UINT32_MAX;
    uint64_t y = ((const Stream *)b)->hash & UINT32_MAX;
    return (x > y) - (x < y);
}

enum { SEEDS = 4, WORLDS = 5, REPLICATES = 1000, STREAMS = SEEDS * 4 * WORLDS * REPLICATES * 4 };

/* The keys of a large experiment; free the result. */
static Stream *many_streams(void)
{
    static const char *const setting[] = {"", "world.ctr=0.01", "world.ctr=0.02", "world.ctr=0.1"};
    static const char *const purpose[] = {"log", "batches", "start/tower/0", "start/tower/1"};
    Stream *stream = malloc(STREAMS * sizeof *stream);
    assert_non_null(stream);
    for (uint32_t i = 0; i < STREAMS; i++) {
        uint32_t rest = i;
        Stream s = {.purpose = purpose[rest % 4]};
        s.key.setting = setting[(rest /= 4) % 4];
        s.key.seed = (rest /= 4) % SEEDS;
        s.key.world = (rest /= SEEDS) % WORLDS;
        s.key.replicate = rest / WORLDS;
        s.hash = stream_hash(&s.key, s.purpose);
        stream[i] = s;
    }
    return stream;
}

/* By chance, 64-bit hashes of 3.2e5 keys would hold a collision with probability n^2 / 2^65 < 3e-9. */
static void hashes_do_not_collide(void **state)
{
    (void)state;
    Stream *stream = many_streams();
    qsort(stream, STREAMS, sizeof *stream, by_hash);
    for (size_t i = 1; i < STREAMS; i++) {
        assert_true(stream[i].hash != stream[i - 1].hash);
    }
    free(stream);
}

/* All 64 bits of the hash must reach the generator. About n^2 / 2^33 = 12 pairs of these keys agree in the
 * low 32 bits, and a generator seeded by those alone would give both the same draws. */
static void the_whole_hash_seeds_the_stream(void **state)
{
    (void)state;
    int pairs = 0;
    Stream *stream = many_streams();
    qsort(stream, STREAMS, sizeof *stream, by_low_half);
    for (size_t i = 1; i < STREAMS; i++) {
        if ((stream[i].hash ^ stream[i - 1].hash) & UINT32_MAX) {
            continue;
        }
        double u[2];
        draws(&stream[i - 1].key, stream[i - 1].purpose, 1, &u[0]);
        draws(&stream[i].key, stream[i].purpose, 1, &u[1]);
        assert_true(u[0] != u[1]);
        pairs++;
    }
    assert_true(pairs > 0);
    free(stream);
}

/* Chi-square of counts that should be equal. The keys are fixed, so this passes or fails for good; a sound
 * generator would have failed with probability 2e-5, too even being as suspect as too uneven. */
static void assert_even(const int *count, size_t bins)
{
    double total = 0;
    double chi_square = 0;
    for (size_t b = 0; b < bins; b++) {
        total += count[b];
    }
    for (size_t b = 0; b < bins; b++) {
        double gap = count[b] - total / (double)bins;
        chi_square += gap * gap / (total / (double)bins);
    }
    double p = gsl_cdf_chisq_Q(chi_square, (double)(bins - 1));
    if (!(p > 1e-5 && p < 1 - 1e-5)) {
        fail_msg("chi-square %g on %zu bins", chi_square, bins);
    }
}

enum { BINS = 16, KEYS = 100000 };

/* Key number i when one part counts up and the others rest. */
static StreamKey varied(int part, uint32_t i, char *text, size_t size)
{
    StreamKey k = key;
    snprintf(text, size, "world.ctr=%u", i);
    switch (part) {
    case 0:
        k.seed = i;
        break;
    case 1:
        k.setting = text;
        break;
    case 2:
        k.world = i;
        break;
    default:
        k.replicate = i;
        break;
    }
    return k;
}

/* Over streams whose keys differ in one part by steps of 1: the first draw, the first two draws jointly, and
 * the first draws of neighbours jointly are uniform. */
static void first_draws_are_uniform(void **state)
{
    (void)state;
    for (int part = 0; part < 4; part++) {
        int single[BINS * BINS] = {0};
        int within[BINS * BINS] = {0};
        int between[BINS * BINS] = {0};
        double before = 0;
        for (uint32_t i = 0; i < KEYS; i++) {
            char text[32];
            double u[2];
            StreamKey k = varied(part, i, text, sizeof text);
            draws(&k, "log", 2, u);
            single[(int)(u[0] * BINS * BINS)]++;
            within[(int)(u[0] * BINS) * BINS + (int)(u[1] * BINS)]++;
            if (i % 2) { /* disjoint pairs, so that the counts are independent */
                between[(int)(before * BINS) * BINS + (int)(u[0] * BINS)]++;
            }
            before = u[0];
        }
        assert_even(single, BINS * BINS);
        assert_even(within, BINS * BINS);
        assert_even(between, BINS * BINS);
    }
}

/* Whole-word draws, which shuffles and Zipf samplers use, have even bits at both ends. */
static void words_are_uniform(void **state)
{
    (void)state;
    int high[BINS * BINS] = {0};
    int low[BINS * BINS] = {0};
    gsl_rng *generator = stream_open(&key, "words");
    assert_non_null(generator);
    assert_true(gsl_rng_min(generator) == 0 && gsl_rng_max(generator) == UINT32_MAX);
    for (int i = 0; i < KEYS; i++) {
        unsigned long word = gsl_rng_get(generator);
        assert_true(word <= UINT32_MAX);
        high[word >> 24]++;
        low[word & 255]++;
    }
    gsl_rng_free(generator);
    assert_even(high, BINS * BINS);
    assert_even(low, BINS * BINS);
}

/* Streams of neighbouring replicates, worlds and seeds are uncorrelated draw by draw: the correlation of n
 * independent pairs of uniforms has sd 1 / sqrt(n), and 5 of them leave 800 comparisons a false alarm of
 * 5e-4. */
static void neighbours_are_uncorrelated(void **state)
{
    (void)state;
    enum { N = 2000, STREAM_COUNT = 51 };
    static double u[STREAM_COUNT][N];
    const double variance = 1.0 / 12;
    for (int part = 0; part < 4; part++) {
        for (uint32_t i = 0; i < STREAM_COUNT; i++) {
            char text[32];
            StreamKey k = varied(part, i, text, sizeof text);
            draws(&k, "log", N, u[i]);
        }
        for (int i = 1; i < STREAM_COUNT; i++) {
            for (int shift = 0; shift < 4; shift++) { /* nor is one the other a few draws later */
                double sum = 0;
                for (int d = shift; d < N; d++) {
                    sum += (u[i][d - shift] - 0.5) * (u[i - 1][d] - 0.5);
                }
                double correlation = sum / (variance * (N - shift));
                assert_true(fabs(correlation) < 5 / sqrt(N - shift));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_keys_give_equal_streams),
        cmocka_unit_test(the_numbers_are_fixed),
        cmocka_unit_test(any_part_of_the_key_changes_the_stream),
        cmocka_unit_test(texts_do_not_run_together),
        cmocka_unit_test(hashes_do_not_collide),
        cmocka_unit_test(the_whole_hash_seeds_the_stream),
        cmocka_unit_test(first_draws_are_uniform),
        cmocka_unit_test(words_are_uniform),
        cmocka_unit_test(neighbours_are_uncorrelated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
