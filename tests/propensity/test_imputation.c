/* Given imputations: every source, and their distortion. */
#include "experiments/inputs/imputations.h"
#include "experiments/spec/assign.h"
#include "tests/support/monte_carlo.h"

enum { ROWS = 20000 / SHRINK };

static WorldOptions asked(void)
{
    return (WorldOptions){.users = 50,
                          .items = 40,
                          .segments = 4,
                          .categories = 4,
                          .latent = 2,
                          .context = 2,
                          .shape = SHAPE_LINEAR,
                          .dependence = 0.5,
                          .sigma_o = 1,
                          .sigma_r = 1,
                          .gamma_o = 1,
                          .gamma_r = 1,
                          .ctr = 0.3,
                          .cvr = 0.2};
}

static int drawn_create(void **state)
{
    static Drawn drawn;
    WorldOptions options = asked();
    World *world;
    OK(world_create(&world, &options, 7, 0, message));
    drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, ROWS);
    world_free(world);
    *state = &drawn;
    return 0;
}

static int drawn_destroy(void **state)
{
    drawn_free(*state);
    return 0;
}

/* The imputations of the spec's keys for the drawn log; the caller frees them. */
static float *imputations(Drawn *drawn, const char *const *set)
{
    Spec spec;
    const StreamKey key = drawn_key(0);
    spec_defaults(&spec);
    for (; *set; set++)
        OK(spec_assign(&spec, *set, "here", message));
    OK(imputations_fill(&spec, &key, &drawn->truth, &drawn->log, message));
    float *m = drawn->log.imputation;
    drawn->log.imputation = NULL;
    return m;
}

#define IMPUTATIONS(...) imputations(drawn, (const char *const[]){__VA_ARGS__, NULL})

static void same_as(const char *source, Drawn *drawn, const double *want)
{
    char set[64];
    snprintf(set, sizeof set, "imputation.source=%s", source);
    float *m = IMPUTATIONS(set);
    assert_non_null(m);
    for (size_t i = 0; i < ROWS; i++)
        assert_true(m[i] == (float)want[i]);
    free(m);
}

static void sources_are_columns_of_the_truth(void **state)
{
    Drawn *drawn = *state;
    const Truth *truth = &drawn->truth;
    assert_null(IMPUTATIONS("imputation.source=learned"));
    same_as("oracle", drawn, truth->p_r);
    same_as("full", drawn, truth->p_r_full);
    same_as("observed", drawn, truth->q);
    double *outcome = calloc(ROWS, sizeof *outcome);
    assert_non_null(outcome);
    for (size_t i = 0; i < ROWS; i++)
        outcome[i] = truth->potential[i];
    same_as("outcome", drawn, outcome);
    free(outcome);
}

static void constant_is_the_conversion_rate_of_clicks(void **state)
{
    Drawn *drawn = *state;
    float *m = IMPUTATIONS("imputation.source=constant");
    double clicks = 0, conversions = 0;
    for (size_t i = 0; i < ROWS; i++) {
        clicks += drawn->log.click[i];
        conversions += drawn->log.conversion[i];
    }
    for (size_t i = 0; i < ROWS; i++)
        assert_true(m[i] == (float)(conversions / clicks));
    free(m);
    const uint8_t none[2] = {0, 0};
    float half[2];
    constant_imputation(none, none, 2, half);
    assert_true(half[0] == 0.5F && half[1] == 0.5F);
}

static void inverted_keeps_the_mean_and_turns_the_order(void **state)
{
    Drawn *drawn = *state;
    float *m = IMPUTATIONS("imputation.source=inverted");
    const double *p_r = drawn->truth.p_r, mean = mean_of(p_r, ROWS);
    for (size_t i = 0; i < ROWS; i++)
        assert_true(fabs((double)m[i] - (1 - p_r[i]) * mean / (1 - mean)) < 1e-6);
    free(m);
}

/* shift + scale logit m, and N(0,1) on top of it: the keys reach the mechanism of propensities. */
static void logits_are_distorted(void **state)
{
    Drawn *drawn = *state;
    static double z[ROWS], square[ROWS];
    float *m = IMPUTATIONS("imputation.source=oracle", "imputation.scale=0.5", "imputation.shift=-1");
    float *noisy = IMPUTATIONS("imputation.source=oracle", "imputation.scale=0.5", "imputation.shift=-1",
                               "imputation.noise=2");
    for (size_t i = 0; i < ROWS; i++) {
        double want = -1 + 0.5 * logit_of(drawn->truth.p_r[i]);
        assert_true(fabs(logit_of((double)m[i]) - want) < 1e-5);
        z[i] = (logit_of((double)noisy[i]) - want) / 2;
        square[i] = z[i] * z[i];
    }
    mean_is("noise", z, ROWS, 0);
    mean_is("square of the noise", square, ROWS, 1);
    free(m);
    free(noisy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_are_columns_of_the_truth),
        cmocka_unit_test(constant_is_the_conversion_rate_of_clicks),
        cmocka_unit_test(inverted_keeps_the_mean_and_turns_the_order),
        cmocka_unit_test(logits_are_distorted),
    };
    return cmocka_run_group_tests(tests, drawn_create, drawn_destroy);
}
