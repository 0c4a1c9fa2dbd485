/* The quality of the propensities that methods divide by: against plain double code, in worlds where p is
 * known, for the methods that divide by any, and in the store. */
#include "experiments/spec/assign.h"
#include "results/statistics/propensity_metrics.h"
#include "tests/support/monte_carlo.h"
#include "tests/support/program.h"
#include "tests/support/stores.h"
#include "tests/support/toy_log.h"

static double quality(const char *name, const Weighting *weighting)
{
    for (const PropensityMetric *m = propensity_metric_table; m->metric.name; m++)
        if (!strcmp(m->metric.name, name))
            return m->value(weighting);
    fail_msg("no metric %s", name);
    return NAN;
}

static void nearly(const char *what, double got, double want)
{
    if (!(fabs(got - want) <= 1e-6 * fabs(want))) /* weights are float32 */
        fail_msg("%s: %.9g, expected %.9g", what, got, want);
}

static int by_value(const void *a, const void *b)
{
    const double x = ((const double *)a)[0], y = ((const double *)b)[0];
    return (x > y) - (x < y);
}

/* Ten runs of equal length of the rows in the order of p. */
static double plain_ece(const double *p, const uint8_t *click)
{
    static double row[TOY_ROWS][2];
    double sum = 0;
    for (int i = 0; i < TOY_ROWS; i++) {
        row[i][0] = p[i];
        row[i][1] = click[i];
    }
    qsort(row, TOY_ROWS, sizeof row[0], by_value);
    for (int b = 0; b < 10; b++) {
        double gap = 0;
        for (int i = b * TOY_ROWS / 10; i < (b + 1) * TOY_ROWS / 10; i++)
            gap += row[i][0] - row[i][1];
        sum += fabs(gap);
    }
    return sum / TOY_ROWS;
}

static void is_plain(const Log *data, const float *p_hat, double clip)
{
    const Weighting weighting = {TOY_ROWS, p_hat, data->click, clip};
    double p[TOY_ROWS], w = 0, w2 = 0, most = 0, loss = 0, clicks = 0, low = 0;
    for (int i = 0; i < TOY_ROWS; i++) {
        const int o = data->click[i];
        p[i] = (double)p_hat[i];
        const double weight = o / fmin(fmax(p[i], clip), 1);
        w += weight;
        w2 += weight * weight;
        most = fmax(most, weight);
        loss -= o * log10(p[i]) + (1 - o) * log10(1 - p[i]);
        clicks += o;
        low += o && p[i] < clip;
    }
    nearly("ess", quality("ess", &weighting), w * w / w2 / clicks);
    nearly("max_weight", quality("max_weight", &weighting), most);
    nearly("share_clipped", quality("share_clipped", &weighting), low / clicks);
    nearly("mean_inverse", quality("mean_inverse", &weighting), w / TOY_ROWS);
    nearly("log_loss", quality("log_loss", &weighting), loss * log(10) / TOY_ROWS);
    nearly("ece", quality("ece", &weighting), plain_ece(p, data->click));
}

static Fit *trained(const char *name, const TrainingData *data, const LearnedPropensity *learned)
{
    Method method;
    Fit *fit;
    FitReport report;
    OK(method_find(name, &method, message));
    EstimatorOptions options = toy_options(method.estimator);
    OK(fit_create(
        &fit,
        &(FitSetup){
            .method = &method, .options = &options, .data = data, .learned = learned, .key = &toy_key},
        message));
    assert_false(fit_asked(fit) & ASKED_PROPENSITY);
    OK(fit_train(fit, &report, message));
    return fit;
}

/* p_hat is what was given, or the click probability at the end of training, distorted as in training. */
static void qualities_are_those_of_plain_code(void **state)
{
    Toy t = *(const Toy *)*state;
    float p_hat[TOY_ROWS], ctr[TOY_ROWS], noise[TOY_ROWS];
    t.data.log = &t.log;
    Fit *fit = trained("ips", &t.data, NULL);
    OK(fit_p_hat(fit, p_hat, message));
    fit_free(fit);
    assert_memory_equal(p_hat, t.propensity, sizeof p_hat);
    is_plain(&t.log, p_hat, 0.3);

    t.log.propensity = NULL;
    for (int i = 0; i < TOY_ROWS; i++)
        noise[i] = 0.01F * (float)(i % 100) - 0.5F;
    const LearnedPropensity learned = {{.scale = 1.5, .shift = -0.2, .noise = 0.4, .beta = 0.3}, 0.4, noise};
    fit = trained("dcmt", &t.data, &learned);
    OK(fit_predict(fit, &t.log.x, NULL, ctr, message));
    OK(fit_p_hat(fit, p_hat, message));
    fit_free(fit);
    for (int i = 0; i < TOY_ROWS; i++) {
        double z = -0.2 + 1.5 * logit_of((double)ctr[i]) + 0.4 * (double)noise[i];
        nearly("p_hat", (double)p_hat[i], 1 / (0.7 / sigmoid_of(z) + 0.3 / 0.4));
    }
    is_plain(&t.log, p_hat, 0.3);
    is_plain(&t.log, p_hat, 0);
}

/* Nobody keeps a list: a loss that asks is found when it runs. */
static void methods_that_divide_are_found(void **state)
{
    static const char *const joint[] = {"multi_ipw", "multi_dr", "escm2_ips", "escm2_dr",  "dcmt",
                                        "ips_v2",    "dr_v2",    "res_ips",   "stable_dr", "balance_ips"};
    static const char *const without[] = {"naive", "esmm", "eib", "nise", "ukd", "direct"};
    Toy t = *(const Toy *)*state;
    t.data.log = &t.log;
    for (const Estimator *const *e = estimator_table; *e; e++) {
        if (!((*e)->needs & NEEDS_PROPENSITY))
            continue;
        Fit *fit = trained((*e)->name, &t.data, NULL);
        assert_true(fit_asked(fit) & ASKED_PROPENSITY);
        fit_free(fit);
    }
    t.log.propensity = NULL;
    for (size_t k = 0; k < sizeof joint / sizeof *joint; k++) {
        Fit *fit = trained(joint[k], &t.data, NULL);
        assert_true(fit_asked(fit) & ASKED_PROPENSITY);
        fit_free(fit);
    }
    for (size_t k = 0; k < sizeof without / sizeof *without; k++) {
        Fit *fit = trained(without[k], &t.data, NULL);
        assert_false(fit_asked(fit) & ASKED_PROPENSITY);
        fit_free(fit);
    }
}

/* One in a hundred exposures is clicked. Without a clip the true p make the mean of o/p 1. A clip of .02
 * raises the p of most clicks and takes more than half of their weight; a tenth of the click rate raises next
 * to none. All three are means over rows, whose errors follow from the truth. */
static void known_propensities_have_known_qualities(void **state)
{
    (void)state;
    enum { ROWS = 400000 / SHRINK };
    static const double clip[] = {0, 0.02, 0.001};
    WorldOptions options;
    Spec spec;
    spec_defaults(&spec);
    options = spec.world;
    options.ctr = 0.01;
    World *world = world_of(&options);
    Drawn drawn = draw_of(world, 0, "log", SAMPLE_EXPOSURES, ROWS);
    float *p_hat = calloc(ROWS, sizeof *p_hat);
    assert_non_null(p_hat);
    for (int i = 0; i < ROWS; i++)
        p_hat[i] = (float)drawn.truth.p_o[i];
    for (int k = 0; k < 3; k++) {
        const Weighting weighting = {ROWS, p_hat, drawn.log.click, clip[k]};
        double mean = 0, variance = 0, low = 0, all = 0;
        for (int i = 0; i < ROWS; i++) {
            const double p = drawn.truth.p_o[i], w = 1 / fmax(p, clip[k]);
            mean += p * w / ROWS;
            variance += p * (1 - p) * w * w / ROWS / ROWS;
            low += p < clip[k] ? p : 0;
            all += p;
        }
        const double got = quality("mean_inverse", &weighting), share = quality("share_clipped", &weighting);
        within_error("mean_inverse", got, mean, sqrt(variance));
        within_error("share_clipped", share, low / all, sqrt(low / all * (1 - low / all) / all));
        assert_true(k == 1 ? got < 0.6 && share > 0.4 : fabs(got - 1) < 0.1 && share < 0.05);
    }
    free(p_hat);
    drawn_free(&drawn);
    world_free(world);
}

/* Rows of the store, columns of tables, claims; and none of a method that divides by nothing. */
static void the_store_has_them(void **state)
{
    (void)state;
    static Program program;
    program_create(&program);
    if (getenv("CVRLAB")) {
        program_write(
            &program, "t.yaml",
            "estimators: [naive, ips, escm2_ips]\nreplicates: 3\nlog.size: 3000\ntest.size: 100\n"
            "world: {users: 20, items: 10, latent: 2, context: 1, ctr: 0.3}\n"
            "model: {embedding: 2, layers: [4]}\ntrain: {epochs: 1, batch: 256}\n"
            "claims: [ips ess < 1.01, ips max_weight over O < 34, escm2_ips ece of propensity < 1]\n");
        program_succeeds(&program, "run $F/t.yaml --db $F/t.db");
        shell(
            "for m in O/ess O/max_weight O/share_clipped D/mean_inverse D/ece D/log_loss; do for e in ips "
            "escm2_ips; do echo $m/$e/3; done; done | sort >$F/expected && sqlite3 $F/t.db \"SELECT space || "
            "'/' "
            "|| metric || '/' || estimator || '/' || count(*) FROM metric WHERE task = 'propensity' GROUP BY "
            "space, metric, estimator\" | sort >$F/found && cmp $F/found $F/expected");
        program_succeeds(&program, "table $F/t.db --metric ess,ece/D/propensity");
        assert_non_null(strstr(program.output, "ess (O, propensity)"));
        assert_non_null(strstr(program.output, "ECE (D, propensity)"));
        program_succeeds(&program, "table $F/t.db");
        assert_null(strstr(program.output, "not known"));
        assert_null(strstr(program.output, "propensity)"));
        program_succeeds(&program, "plot $F/t.db -o $F/plots -f svg --keep-data --figure propensity");
        shell("test $(grep -c '>ips<' $F/plots/t-propensity.svg) = 2 &&"
              " test $(grep -c '^share clipped' $F/plots/t-propensity.tsv) = 2 &&"
              " ! grep -q naive $F/plots/t-propensity.tsv");
        program_run(&program, "plot $F/t.db -o $F/plots -f svg --figure propensity --estimator naive");
        assert_int_equal(program.code, 2);
        assert_non_null(strstr(program.errors, "holds no results for the figure 'propensity'"));
        static const char *const wrong[][2] = {
            {"ess/D", "ess of propensity exists over O only; found 'over D'"},
            {"auc/propensity", "auc does not exist for the task propensity"},
            {"ess/O/cvr", "ess exists for the task propensity only; found 'of cvr'"}};
        for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
            char arguments[128];
            snprintf(arguments, sizeof arguments, "table $F/t.db --metric %s", wrong[k][0]);
            program_run(&program, arguments);
            assert_int_equal(program.code, 2);
            assert_non_null(strstr(program.errors, wrong[k][1]));
        }
    }
    program_free(&program);
    program_needed();
}

/* Of a method that filters, and of no other; at its ends the share is known. */
static void the_store_has_what_is_left_out(void **state)
{
    (void)state;
    static Program program;
    program_create(&program);
    if (getenv("CVRLAB")) {
        program_write(
            &program, "f.yaml",
            "estimators: [dr_jl, open, some, shut]\nreplicates: 2\nlog.size: 2000\ntest.size: 100\n"
            "methods: {open: {base: cdr, eta: 1000000}, some: {base: cdr, eta: 0.05}, shut: {base: cdr, "
            "eta: 0}}\n"
            "world: {users: 20, items: 10, latent: 2, context: 1, ctr: 0.3}\n"
            "model: {embedding: 2, layers: [4], init: 0.5}\ntrain: {epochs: 1, batch: 256}\n"
            "claims: [open left_out < 0.001, shut left_out > 0.999, some left_out < shut left_out]\n");
        program_succeeds(&program, "run $F/f.yaml --db $F/f.db");
        shell(
            "test \"$(sqlite3 $F/f.db \"SELECT group_concat(estimator || count || ':' || least || ':' || "
            "most) "
            "FROM (SELECT estimator, count(*) count, min(value) least, max(value) most FROM metric WHERE "
            "metric = "
            "'left_out' AND space = 'D' AND task = 'cvr' AND estimator <> 'some' GROUP BY estimator)\")\" = "
            "'open2:0.0:0.0,shut2:1.0:1.0'");
        shell(
            "test $(sqlite3 $F/f.db \"SELECT count(*) FROM metric WHERE metric = 'left_out' AND estimator = "
            "'some' AND value > 0 AND value < 1\") -gt 0");
        program_succeeds(&program, "table $F/f.db --metric left_out");
        assert_non_null(strstr(program.output, "left out (D)"));
    }
    program_free(&program);
    program_needed();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(qualities_are_those_of_plain_code),
        cmocka_unit_test(methods_that_divide_are_found),
        cmocka_unit_test(known_propensities_have_known_qualities),
        cmocka_unit_test(the_store_has_them),
        cmocka_unit_test(the_store_has_what_is_left_out),
    };
    return cmocka_run_group_tests(tests, toy_create, toy_free);
}
