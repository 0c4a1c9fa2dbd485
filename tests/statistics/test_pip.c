/* The correlation of click and conversion residuals: by hand, and of worlds whose dependence is known. */
#include "results/statistics/metrics.h"

#include "tests/support/monte_carlo.h"
#include "tests/support/program.h"
#include "tests/support/stores.h"

#include <gsl/gsl_errno.h>

static void by_hand(void **state)
{
    (void)state;
    static const float ctr[] = {0.5F, 0.25F, 0.125F, 0.5F, 0.75F}, cvr[] = {0.5F, 0.25F, 0.5F, 0.75F, 0.25F};
    static const uint8_t click[] = {1, 1, 1, 0, 0}, potential[] = {1, 0, 1, 0, 1};
    const Joint joint = {5, ctr, cvr, click, potential};
    /* Among clicks: (0.5, 0.75, 0.875) against (0.5, -0.25, 0.5). */
    double mx = 2.125 / 3, my = 0.75 / 3;
    double xy = (0.5 - mx) * (0.5 - my) + (0.75 - mx) * (-0.25 - my) + (0.875 - mx) * (0.5 - my);
    double xx = (0.5 - mx) * (0.5 - mx) + (0.75 - mx) * (0.75 - mx) + (0.875 - mx) * (0.875 - mx);
    double yy = (0.5 - my) * (0.5 - my) + (-0.25 - my) * (-0.25 - my) + (0.5 - my) * (0.5 - my);
    assert_true(fabs(residual_correlation(&joint, 1) - (xy / sqrt(xx * yy))) < 1e-12);
    /* Two rows lie on a line: off clicks (-0.5, -0.75) and (-0.75, 0.75). */
    assert_true(fabs(residual_correlation(&joint, 0) - (-1)) < 1e-12);
    assert_true(fabs(residual_correlation(&joint, EVERY_CLICK)) < 1);
}

static void undefined_is_nan(void **state)
{
    (void)state;
    static const float half[] = {0.5F, 0.5F};
    static const uint8_t ones[] = {1, 1}, mixed[] = {0, 1};
    assert_true(isnan(residual_correlation(&(Joint){2, half, half, ones, mixed}, 1)));
    assert_true(isnan(residual_correlation(&(Joint){2, half, half, mixed, mixed}, 1)));
    assert_true(isnan(residual_correlation(&(Joint){0, half, half, mixed, mixed}, EVERY_CLICK)));
}

typedef struct Exposures {
    World *world;
    Log log;
    Truth truth;
    float *p_o, *p_r;
    double expected; /* over D */
} Exposures;

static void draw(Exposures *d, double gamma, double delta)
{
    const WorldOptions options = {.users = 200,
                                  .items = 50,
                                  .segments = 3,
                                  .categories = 3,
                                  .latent = 2,
                                  .context = 2,
                                  .item_zipf = 1,
                                  .feature_noise = 0.5,
                                  .dependence = 0.6,
                                  .sigma_o = 1,
                                  .sigma_r = 1,
                                  .gamma_o = gamma,
                                  .gamma_r = gamma,
                                  .delta = delta,
                                  .ctr = 0.3,
                                  .cvr = 0.3};
    const size_t rows = 200000 / SHRINK;
    const StreamKey key = {.seed = 7, .setting = ""};
    *d = (Exposures){0};
    OK(world_create(&d->world, &options, 7, 0, message));
    OK(world_draw(d->world, &(ExposureDraw){&key, "test", SAMPLE_EXPOSURES, rows, 0}, &d->log, &d->truth,
                  message));
    d->p_o = calloc(rows, sizeof *d->p_o);
    d->p_r = calloc(rows, sizeof *d->p_r);
    assert_true(d->p_o && d->p_r);
    double covariance = 0, of_click = 0, of_conversion = 0;
    for (size_t i = 0; i < rows; i++) {
        double o = d->truth.p_o[i], r = d->truth.p_r[i];
        d->p_o[i] = (float)o;
        d->p_r[i] = (float)r;
        covariance += o * (d->truth.q[i] - r);
        of_click += o * (1 - o);
        of_conversion += r * (1 - r);
    }
    d->expected = covariance / sqrt(of_click * of_conversion);
}

static void clear(Exposures *d)
{
    free(d->p_o);
    free(d->p_r);
    log_free(&d->log);
    truth_free(&d->truth);
    world_free(d->world);
}

static double of_space(const Exposures *d, int click, size_t *rows)
{
    *rows = 0;
    for (size_t i = 0; i < d->truth.rows; i++)
        *rows += click == EVERY_CLICK || d->log.click[i] == click;
    return residual_correlation(&(Joint){d->truth.rows, d->p_o, d->p_r, d->log.click, d->truth.potential},
                                click);
}

static void truth_is_uncorrelated_without_confounding(void **state)
{
    (void)state;
    static const int space[] = {EVERY_CLICK, 1, 0};
    Exposures d;
    draw(&d, 0, 0);
    for (int i = 0; i < 3; i++) {
        size_t rows;
        double value = of_space(&d, space[i], &rows);
        within_error("correlation", value, 0, 1 / sqrt((double)rows));
    }
    clear(&d);
}

/* With a confounder, or clicks that follow the outcome. */
static void truth_has_the_known_correlation(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        Exposures d;
        size_t rows;
        draw(&d, i ? 0 : 1, i ? 1 : 0);
        double value = of_space(&d, EVERY_CLICK, &rows);
        assert_true(d.expected > 10 / sqrt((double)rows));
        within_error("correlation", value, d.expected, 1 / sqrt((double)rows));
        clear(&d);
    }
}

/* TestSubset of estimators with a click model, in every space; the truth's is the same in every replicate. */
static void runs_store_it(void **state)
{
    (void)state;
    program_needed();
    Program p;
    program_create(&p);
    program_write(&p, "small.yaml",
                  "name: small\nreplicates: 2\nlog.size: 2000\ntest.size: 300\nestimators: [naive, esmm]\n"
                  "world: {users: 20, items: 10, latent: 2, context: 1, ctr: 0.3}\n"
                  "model: {embedding: 2, layers: [4]}\ntrain: {epochs: 1, batch: 128}\n"
                  "claims: [esmm pip over O > -1, esmm pip_truth < 1]\n");
    program_succeeds(&p, "run $F/small.yaml --db $F/small.db");
    static const char of[] = "SELECT count(*) FROM metric WHERE metric LIKE 'pip%' AND estimator = ";
    char sql[256];
    snprintf(sql, sizeof sql, "%s 'naive'", of);
    assert_true(store_number("small.db", sql) == 0);
    snprintf(sql, sizeof sql, "%s 'esmm' AND task = 'ctcvr' AND value BETWEEN -1 AND 1", of);
    assert_true(store_number("small.db", sql) == 12);
    assert_true(store_number("small.db", "SELECT count(DISTINCT value) FROM metric WHERE metric = 'pip'") ==
                6);
    assert_true(
        store_number("small.db", "SELECT count(DISTINCT value) FROM metric WHERE metric = 'pip_truth'") == 3);
    program_succeeds(&p, "table $F/small.db");
    assert_non_null(strstr(p.output, "\nClaims\n"));
    /* A column of tables, in which none is the best. */
    program_succeeds(&p, "table $F/small.db --metric pip,pip_truth/O --estimator esmm,naive");
    assert_non_null(strstr(p.output, "  pip (D, ctcvr)  pip truth (O, ctcvr)\n"));
    const char *line = strstr(p.output, "\nesmm") + 1;
    assert_int_equal(line[strcspn(line, "*\n")], '\n');
    program_free(&p);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(undefined_is_nan),
        cmocka_unit_test(truth_is_uncorrelated_without_confounding),
        cmocka_unit_test(truth_has_the_known_correlation),
        cmocka_unit_test(runs_store_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
