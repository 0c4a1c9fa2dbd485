/* Claims: their language, what they may name, and their verdicts on a store whose numbers are known. */
#include "experiments/spec/assign.h"
#include "experiments/spec/spec_check.h"
#include "experiments/spec/spec_read.h"
#include "experiments/spec/spec_write.h"
#include "results/claims/claim_values.h"
#include "results/claims/claims.h"
#include "results/statistics/bias_variance.h"
#include "results/summary/summary.h"
#include "results/tables/table.h"

#include "tests/support/store_fixture.h"

#include <gsl/gsl_cdf.h>

static char *folder;
static Store *store;

static int setup(void **state)
{
    (void)state;
    char path[128];
    folder = temporary_folder();
    snprintf(path, sizeof path, "%s/a.db", folder);
    OK(store_open(&store, path, STORE_WRITE, message));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_close(store);
    remove_folder(folder);
    return 0;
}

static void parses(void **state)
{
    (void)state;
    Claim c;
    OK(claim_parse("ips log_loss of ctr over O at world.ctr=0.1 < mf+naive bias", &c, message));
    assert_string_equal(c.left.estimator, "ips");
    assert_string_equal(c.left.metric, "log_loss");
    assert_string_equal(c.left.task, "ctr");
    assert_string_equal(c.left.space, "O");
    assert_string_equal(c.left.at, "world.ctr=0.1");
    assert_int_equal(c.relation, '<');
    assert_string_equal(c.right.estimator, "mf+naive");
    assert_string_equal(c.right.task, "cvr");
    assert_string_equal(c.right.space, "D");
    assert_string_equal(c.right.at, "world.ctr=0.1");
    OK(claim_parse("esmm ratio > -1.5e1 at a=1 b=2", &c, message));
    assert_true(c.is_number && c.number == -15);
    assert_string_equal(c.left.at, "a=1 b=2");
    OK(claim_parse("esmm pip over O = esmm pip_truth over O", &c, message));
    assert_string_equal(c.left.task, "ctcvr");
    assert_string_equal(c.right.task, "ctcvr");
    OK(claim_parse("ips ess > esmm mean_inverse", &c, message));
    assert_string_equal(c.left.task, "propensity");
    assert_string_equal(c.left.space, "O");
    assert_string_equal(c.right.task, "propensity");
    assert_string_equal(c.right.space, "D");
}

/* The margin of a claim, stated or the metric's own. */
static void margins(void **state)
{
    (void)state;
    static const struct {
        const char *text, *with; /* NULL: the text itself */
        MarginUnit unit;
        double size;
        bool fits_a_spec;
    } claim[] = {
        {"ips bias = 0 at a=1", "ips bias = 0 at a=1 within 5 %", MARGIN_OF_TRUTH, 0.05, true},
        {"ips abs_bias = mf abs_bias", "ips abs_bias = mf abs_bias within 5 %", MARGIN_OF_TRUTH, 0.05, true},
        {"ips bias = 0 within 10% at a=1", NULL, MARGIN_OF_TRUTH, 0.1, true},
        {"ips bias = 0 within 0.01", NULL, MARGIN_ABSOLUTE, 0.01, true},
        {"ips mse = mf mse", "ips mse = mf mse within 20 %", MARGIN_OF_RIGHT, 0.2, true},
        {"ips mse at a=1 = mf mse at a=2 within 10 %", NULL, MARGIN_OF_RIGHT, 0.1, true},
        {"ips mse = 0", "ips mse = 0 within 20 %", MARGIN_OF_RIGHT, 0.2, false},
        {"ips auc of ctr over O = 0.7", "ips auc of ctr over O = 0.7 within 0.005", MARGIN_ABSOLUTE, 0.005,
         true},
        {"ips gauc = mf gauc", "ips gauc = mf gauc within 0.005", MARGIN_ABSOLUTE, 0.005, true},
        {"ips ratio = 1", "ips ratio = 1 within 0.05", MARGIN_ABSOLUTE, 0.05, true},
        {"ips log_loss = mf log_loss", NULL, MARGIN_NONE, 0, false},
        {"ips log_loss = mf log_loss within 2e-3", NULL, MARGIN_ABSOLUTE, 0.002, true},
        {"ips auc = mf mse", NULL, MARGIN_NONE, 0, false},
        {"ips bias < 0", NULL, MARGIN_NONE, 0, true},
    };
    for (size_t i = 0; i < sizeof claim / sizeof *claim; i++) {
        Claim c;
        char with[CLAIM_MARGIN_TEXT];
        OK(claim_parse(claim[i].text, &c, message));
        assert_int_equal(c.margin.unit, claim[i].unit);
        assert_true(fabs(c.margin.size - claim[i].size) < 1e-15);
        claim_with_margin(claim[i].text, &c, with);
        assert_string_equal(with, claim[i].with ? claim[i].with : claim[i].text);
        assert_int_equal(claim_check_margin(&c, NULL), claim[i].fits_a_spec ? STATUS_OK : STATUS_USAGE);
    }
    Claim c;
    OK(claim_parse("ips bias = 0 within 10% at a=1", &c, message));
    assert_string_equal(c.left.at, "a=1");
}

static void refuses_other_texts(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"", "no relation"},
        {"ips bias<0", "no relation"},
        {"ips bias", "no relation"},
        {"ips < 0", "without two names"},
        {"ips bias < naive", "without two names"},
        {"ips bias < ", "without two names"},
        {"ips bias world.ctr=1 < 0", "found 'world.ctr=1' after 'ips bias'"},
        {"ips bias at < 0", "nothing after 'at'"},
        {"ips bias at ctr < 0", "found 'ctr' after 'at'"},
        {"ips bias of < 0", "nothing after 'of'"},
        {"ips bias at a=1 < 0 at a=2", "a second 'at'"},
        {"ips bias < 0 naive", "found 'naive' after a number"},
        {"ips bias < naive bias < dr bias", "found '<' after 'naive bias'"},
        {"ips bias < 0 within 0.1", "'within' in a claim of <"},
        {"ips bias = 0 within", "found 'within' after a number"},
        {"ips bias = 0 within x", "found 'x' after 'within'"},
        {"ips bias = 0 within -1", "found '-1' after 'within'"},
        {"ips bias = 0 within 0.1 within 0.2", "found 'within' after a number"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        Claim c;
        Message message = {""};
        assert_int_equal(claim_parse(wrong[i][0], &c, &message), STATUS_USAGE);
        if (!strstr(message.text, wrong[i][1]))
            fail_msg("'%s': %s", wrong[i][0], message.text);
    }
    char lengthy[2 * CLAIM_TEXT];
    Claim c;
    memset(lengthy, 'a', sizeof lengthy);
    lengthy[sizeof lengthy - 1] = 0;
    assert_int_equal(claim_parse(lengthy, &c, NULL), STATUS_USAGE);
}

static bool picks(const char *at)
{
    SettingPairs setting = {0};
    OK(setting_pairs_add(&setting, "world.ctr", "0.1", message));
    OK(setting_pairs_add(&setting, "estimator.ips.l2", "1e-05", message));
    OK(setting_pairs_add(&setting, "model.layers", "[8,4]", message));
    const bool matches = claim_at(at, &setting);
    setting_pairs_clear(&setting);
    return matches;
}

static void at_picks_settings(void **state)
{
    (void)state;
    assert_true(picks("") && picks("world.ctr=0.10"));
    assert_true(picks("model.layers=[8,4] estimator.ips.l2=0.00001"));
    assert_false(picks("world.ctr=0.2"));
    assert_false(picks("ctr=0.1"));
    assert_false(picks("world.ctr=0.1 world.cvr=0.1"));
}

/* Claims may say bias for what tables call mean_bias. */
static void a_metric_has_one_name(void **state)
{
    (void)state;
    Claim c;
    OK(claim_parse("ips bias < naive mean_bias", &c, message));
    assert_string_equal(c.left.metric, "mean_bias");
    assert_string_equal(c.right.metric, "mean_bias");
}

static void read_spec(Spec *spec, const char *claims, Status expected, Message *message)
{
    char path[128];
    snprintf(path, sizeof path, "%s/claims.yaml", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "name: c\nestimators: [naive, ips]\nsweep:\n  world.ctr: [0.1, 0.2]\n"
            "  world.cvr: [0.1, 0.2]\n%s",
            claims);
    assert_int_equal(fclose(file), 0);
    Status status = spec_read(spec, NULL, path, message);
    if (!status)
        status = spec_check(spec, message);
    if (status != expected)
        fail_msg("%s: status %d: %s", claims, status, message->text);
}

static void files_hold_claims(void **state)
{
    (void)state;
    static Spec spec, again;
    Message why = {""};
    read_spec(&spec,
              "claims:\n"
              "- ips bias < naive bias at world.ctr=0.1 world.cvr=0.2\n"
              "- says: \"Quoted \\\"words\\\", and a comma\"\n"
              "  that: >\n"
              "    ips auc at world.ctr=0.1 world.cvr=0.1 >\n"
              "    ips auc at world.ctr=0.2 world.cvr=0.1\n",
              STATUS_OK, &why);
    assert_int_equal(spec.claims, 2);
    assert_string_equal(spec.claim[0].says, "");
    assert_string_equal(spec.claim[1].says, "Quoted \"words\", and a comma");
    assert_string_equal(spec.claim[1].that, "ips auc at world.ctr=0.1 world.cvr=0.1 > "
                                            "ips auc at world.ctr=0.2 world.cvr=0.1");
    /* A claim is no part of what the numbers depend on, and is written and read back. */
    Fingerprint fingerprint;
    OK(spec_fingerprint(&spec, &fingerprint, message));
    for (int i = 0; i < fingerprint.keys; i++)
        assert_null(strstr(fingerprint.key[i].key, "claim"));
    fingerprint_clear(&fingerprint);
    char path[128];
    snprintf(path, sizeof path, "%s/again.yaml", folder);
    FILE *file = fopen(path, "w");
    spec_write(&spec, file);
    assert_int_equal(fclose(file), 0);
    OK(spec_read(&again, NULL, path, message));
    assert_memory_equal(&spec, &again, sizeof spec);
    OK(spec_set(&spec, "claims", "[]", "--set", message));
    assert_int_equal(spec.claims, 0);
    assert_int_equal(spec_set(&spec, "claims", "[a]", "--set", &why), STATUS_USAGE);
}

static void files_with_wrong_claims_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"- iops bias < 0 at world.ctr=0.1 world.cvr=0.1", "unknown estimator 'iops'; did you mean 'ips'?"},
        {"- ips mean_bais < 0 at world.ctr=0.1 world.cvr=0.1",
         "unknown metric 'mean_bais'; did you mean 'mean_bias'?"},
        {"- ips auc of click < 0 at world.ctr=0.1 world.cvr=0.1",
         "unknown task 'click'; expected cvr, ctr, ctcvr, ctcvr_by_cvr or propensity"},
        {"- ips auc over P < 0 at world.ctr=0.1 world.cvr=0.1", "unknown space 'P'"},
        {"- ips bias of ctr < 0 at world.ctr=0.1 world.cvr=0.1", "mean_bias exists for the task cvr only"},
        {"- ips pip of cvr < 0 at world.ctr=0.1 world.cvr=0.1", "pip exists for the task ctcvr only"},
        {"- dr risk_bias of skew < 0 at world.ctr=0.1 world.cvr=0.1",
         "risk_bias belongs to the risk layer; expected risk.estimators"},
        {"- dr relative_err of skew < 0 at world.ctr=0.1 world.cvr=0.1\nrisk: {estimators: [dr]}",
         "unknown estimator 'dr'"},
        {"- ips risk_bias of skew < 0 at world.ctr=0.1 world.cvr=0.1\nrisk: {estimators: [dr]}",
         "unknown risk estimator 'ips'"},
        {"- dr risk_bias of skw < 0 at world.ctr=0.1 world.cvr=0.1\nrisk: {estimators: [dr], predictors: "
         "[skew]}",
         "unknown predictor 'skw'; did you mean 'skew'?"},
        {"- dr risk_bias of skew over O < 0 at world.ctr=0.1 world.cvr=0.1\nrisk: {estimators: [dr], "
         "predictors: "
         "[skew]}",
         "risk_bias exists over D only"},
        {"- ips bias < 0 at world.crt=0.1", "unknown swept key 'world.crt'; did you mean 'world.ctr'?"},
        {"- ips bias < 0 at world.ctr=0.1", "fits more than one setting; expected one of: world.ctr=0.1 "
                                            "world.cvr=0.1; world.ctr=0.1 world.cvr=0.2;"},
        {"- ips bias < 0 at world.ctr=0.3 world.cvr=0.1", "fits no setting; expected one of: world.ctr=0.1"},
        {"- ips bias < 0", "a side without 'at' fits more than one setting"},
        {"- ips bias", ":7: claims: that: found no relation"},
        {"- ips log_loss = naive log_loss",
         ":7: claims: that: a claim of = needs a margin, which log_loss has not"},
        {"- ips mse = 0", ":7: claims: that: a share of 0 is no margin"},
        {"- says: x", ":7: claims: that: found no relation"},
        {"- {says: x, which: y}", ":7: claims: found another key of a claim; expected says or that"},
        {"- {says: x, says: y}", "'says' twice"},
        {"- [x]", "a list in the list of claims"},
        {"- {says: [x]}", "a list or mapping in a claim"},
        {"- \"\"", "empty or too long"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        static Spec spec;
        Message message = {""};
        char text[512];
        snprintf(text, sizeof text, "claims:\n%s\n", wrong[i][0]);
        read_spec(&spec, text, STATUS_USAGE, &message);
        if (!strstr(message.text, wrong[i][1]))
            fail_msg("'%s': %s", wrong[i][0], message.text);
    }
}

static Evidence evaluate(const char *that)
{
    Claim claim;
    Evidence e;
    StoreResults results;
    OK(claim_parse(that, &claim, message));
    OK(results_read(&results, store, message));
    assert_int_equal(results.experiments, 1);
    OK(claim_evaluate(&results.experiment[0], &claim, &e, message));
    results_clear(&results);
    return e;
}

static void close_to(double got, double want)
{
    if (!(fabs(got - want) <= 1e-9 * (fabs(got) + fabs(want))))
        fail_msg("%.17g, expected %.17g", got, want);
}

enum { FIXTURE_UNITS = WORLDS * REPLICATES };

/* Mean of x and half the width of its 95 % interval, in plain sums. */
static void plain_interval(const double *x, int n, double *mean, double *half)
{
    double square = 0;
    *mean = 0;
    for (int i = 0; i < n; i++)
        *mean += x[i] / n;
    for (int i = 0; i < n; i++)
        square += (x[i] - *mean) * (x[i] - *mean);
    *half = gsl_cdf_tdist_Pinv(0.975, n - 1) * sqrt(square / (n - 1) / n);
}

/* The same of the means of the worlds; NaN is left out. */
static void interval_of_worlds(const double x[FIXTURE_UNITS], double *mean, double *half)
{
    double world[WORLDS] = {0};
    for (int w = 0; w < WORLDS; w++) {
        int units = 0;
        for (int b = 0; b < REPLICATES; b++)
            units += !isnan(x[w * REPLICATES + b]);
        for (int b = 0; b < REPLICATES; b++)
            if (!isnan(x[w * REPLICATES + b]))
                world[w] += x[w * REPLICATES + b] / units;
    }
    plain_interval(world, WORLDS, mean, half);
}

/* Mean bias of each unit over D (click -1) or over exposures with that click. */
static void plain_biases(int setting, int estimator, int click, double bias[FIXTURE_UNITS])
{
    for (int u = 0; u < FIXTURE_UNITS; u++) {
        FixtureTruth truth;
        float prediction[ROWS];
        int rows = 0;
        fixture_truth(&truth, setting, u / REPLICATES);
        fixture_prediction(&truth, setting, u / REPLICATES, u % REPLICATES, estimator, prediction);
        bias[u] = 0;
        for (int j = 0; j < ROWS; j++) {
            if (click < 0 || truth.click[j] == click) {
                bias[u] += (double)prediction[j] - truth.p_r[j];
                rows++;
            }
        }
        bias[u] /= rows;
    }
}

static void sides_of_one_setting_are_paired(void **state)
{
    (void)state;
    double naive[FIXTURE_UNITS], dr[FIXTURE_UNITS], gap[FIXTURE_UNITS], mean, half;
    fixture_fill(store);
    for (int click = -1; click <= 1; click++) {
        static const char *const that[] = {"dr_jl bias > naive bias at world.ctr=0.2",
                                           "dr_jl bias over N > naive bias over N at world.ctr=0.2",
                                           "dr_jl bias over O > naive bias over O at world.ctr=0.2"};
        plain_biases(1, 0, click, naive);
        plain_biases(1, 2, click, dr);
        for (int u = 0; u < FIXTURE_UNITS; u++)
            gap[u] = dr[u] - naive[u];
        Evidence e = evaluate(that[click + 1]);
        interval_of_worlds(gap, &mean, &half);
        close_to(e.difference, mean);
        close_to(e.low, mean - half);
        close_to(e.high, mean + half);
    }
}

/* The diverged unit of ips is the second. */
static void a_diverged_unit_is_left_out(void **state)
{
    (void)state;
    double naive[FIXTURE_UNITS], ips[FIXTURE_UNITS], gap[FIXTURE_UNITS], mean, half;
    fixture_fill(store);
    plain_biases(0, 0, -1, naive);
    plain_biases(0, 1, -1, ips);
    for (int u = 0; u < FIXTURE_UNITS; u++)
        gap[u] = u == 1 ? NAN : ips[u] - naive[u];
    Evidence e = evaluate("ips bias > naive bias at world.ctr=0.1");
    interval_of_worlds(gap, &mean, &half);
    close_to(e.difference, mean);
    close_to(e.low, mean - half);
}

static void sides_of_two_settings_are_two_samples(void **state)
{
    (void)state;
    double a[FIXTURE_UNITS], b[FIXTURE_UNITS], mean[2], half[2];
    const double t = gsl_cdf_tdist_Pinv(0.975, WORLDS - 1);
    fixture_fill(store);
    plain_biases(0, 2, -1, a);
    plain_biases(1, 2, -1, b);
    interval_of_worlds(a, &mean[0], &half[0]);
    interval_of_worlds(b, &mean[1], &half[1]);
    double va = half[0] / t * half[0] / t, vb = half[1] / t * half[1] / t;
    double freedom = (va + vb) * (va + vb) / ((va * va + vb * vb) / (WORLDS - 1));
    Evidence e = evaluate("dr_jl bias at world.ctr=0.1 = dr_jl bias at world.ctr=0.2");
    close_to(e.left_mcse, half[0] / t);
    close_to(e.difference, mean[0] - mean[1]);
    close_to(e.high - e.low, 2 * gsl_cdf_tdist_Pinv(0.975, freedom) * sqrt(va + vb));
}

/* Two settings of the same log are compared unit by unit. */
static void sides_on_the_same_logs_are_paired(void **state)
{
    (void)state;
    double a[FIXTURE_UNITS], b[FIXTURE_UNITS], gap[FIXTURE_UNITS], mean, half;
    const KeyValue key[] = {{"world.ctr", "0.1"}, {"world.ctr", "0.2"}};
    fixture_fill(store);
    OK(store_setting(store, &(SettingRow){"compare", "world.ctr=0.1", 0, &key[0], 1, .log = "the same"},
                     message));
    OK(store_setting(store, &(SettingRow){"compare", "world.ctr=0.2", 1, &key[1], 1, .log = "the same"},
                     message));
    plain_biases(0, 2, -1, a);
    plain_biases(1, 2, -1, b);
    for (int u = 0; u < FIXTURE_UNITS; u++)
        gap[u] = a[u] - b[u];
    Evidence e = evaluate("dr_jl bias at world.ctr=0.1 > dr_jl bias at world.ctr=0.2");
    interval_of_worlds(gap, &mean, &half);
    close_to(e.difference, mean);
    close_to(e.low, mean - half);
    close_to(e.high, mean + half);
}

/* Of one world, so that the tables' pooled errors are those of the claim. */
static void integrated_quantities_are_those_of_the_tables(void **state)
{
    (void)state;
    enum { FIRST_WORLD = REPLICATES * 3 };
    fixture_begin(store);
    for (int unit = UNITS / 2; unit < UNITS / 2 + FIRST_WORLD; unit++)
        OK(fixture_run(store, unit, message));
    static float memory[REPLICATES][ROWS];
    const float *prediction[REPLICATES];
    FixtureTruth truth;
    fixture_truth(&truth, 1, 0);
    for (int b = 0; b < REPLICATES; b++) {
        fixture_prediction(&truth, 1, 0, b, 2, memory[b]);
        prediction[b] = memory[b];
    }
    BiasVariance bv = bias_variance(prediction, REPLICATES, truth.p_r, ROWS);
    Evidence variance = evaluate("dr_jl variance > 0 at world.ctr=0.2");
    close_to(variance.left, bv.variance);
    close_to(variance.left_mcse, bv.variance_mcse);
    Evidence bias_sq = evaluate("dr_jl bias_sq > 0 at world.ctr=0.2");
    close_to(bias_sq.left, bv.bias_sq);
    close_to(bias_sq.left_mcse, bv.bias_sq_mcse);
    Evidence bias = evaluate("dr_jl bias > 0 at world.ctr=0.2");
    close_to(bias.left, bv.mean_bias);
    close_to(bias.left_mcse, bv.mean_bias_mcse);
}

/* Several worlds are the sample, so that two replicates of each are enough. */
static void two_replicates_of_several_worlds_have_a_variance(void **state)
{
    (void)state;
    double variance[WORLDS], mean = 0, square = 0;
    fixture_begin(store);
    for (int w = 0; w < WORLDS; w++) {
        float memory[2][ROWS];
        const float *prediction[] = {memory[0], memory[1]};
        FixtureTruth truth;
        fixture_truth(&truth, 0, w);
        for (int b = 0; b < 2; b++) {
            fixture_prediction(&truth, 0, w, b, 2, memory[b]);
            OK(fixture_run(store, (w * REPLICATES + b) * 3 + 2, message));
        }
        variance[w] = bias_variance(prediction, 2, truth.p_r, ROWS).variance;
        mean += variance[w] / WORLDS;
    }
    for (int w = 0; w < WORLDS; w++)
        square += (variance[w] - mean) * (variance[w] - mean) / (WORLDS - 1);
    const Evidence e = evaluate("dr_jl variance > 0 at world.ctr=0.1");
    close_to(e.left, mean);
    close_to(e.left_mcse, sqrt(square / WORLDS));
    assert_true(e.verdict != VERDICT_UNKNOWN);
}

static void absolute_bias_is_positive(void **state)
{
    (void)state;
    enum { SETTING = 0, RUNS = 4 };
    fixture_begin(store);
    for (int b = 0; b < RUNS; b++) {
        FixtureTruth truth;
        float low[ROWS], high[ROWS];
        fixture_truth(&truth, SETTING, 0);
        for (int j = 0; j < ROWS; j++) {
            low[j] = (float)(truth.p_r[j] * (0.5 + 0.01 * b));
            high[j] = (float)(truth.p_r[j] * (1.25 + 0.01 * b));
        }
        for (int e = 0; e < 2; e++) {
            const RunRow row = {.experiment = "compare",
                                .setting = "world.ctr=0.1",
                                .estimator = fixture_estimator[e],
                                .replicate = b,
                                .status = "done",
                                .prediction = e ? high : low,
                                .rows = ROWS};
            OK(store_run(store, &row, message));
        }
    }
    Evidence naive = evaluate("naive abs_bias = 0 at world.ctr=0.1");
    Evidence signed_one = evaluate("naive bias < 0 at world.ctr=0.1");
    close_to(naive.left, -signed_one.left);
    close_to(naive.left_mcse, signed_one.left_mcse);
    assert_int_equal(naive.verdict, VERDICT_FAILS);
    assert_int_equal(signed_one.verdict, VERDICT_HOLDS);
    assert_int_equal(evaluate("ips abs_bias < naive abs_bias at world.ctr=0.1").verdict, VERDICT_HOLDS);
    assert_int_equal(evaluate("ips bias < naive bias at world.ctr=0.1").verdict, VERDICT_FAILS);
}

/* What a margin from `low` to `high` says of an interval. */
static Verdict plain_verdict(double low, double high, double margin_low, double margin_high)
{
    if (low >= margin_low && high <= margin_high)
        return VERDICT_HOLDS;
    return low > margin_high || high < margin_low ? VERDICT_FAILS : VERDICT_WITHIN_ERROR;
}

/* The interval of the ratio of two means by Fieller's theorem, from the roots of (l - x r)^2 = t^2 v(l - x
 * r). */
static void fieller(const double *l, const double *r, double *low, double *high)
{
    double mean_l = 0, mean_r = 0, ll = 0, lr = 0, rr = 0;
    const int n = REPLICATES;
    for (int b = 0; b < n; b++) {
        mean_l += l[b] / n;
        mean_r += r[b] / n;
    }
    for (int b = 0; b < n; b++) {
        ll += (l[b] - mean_l) * (l[b] - mean_l) / (n - 1) / n;
        lr += (l[b] - mean_l) * (r[b] - mean_r) / (n - 1) / n;
        rr += (r[b] - mean_r) * (r[b] - mean_r) / (n - 1) / n;
    }
    const double t = gsl_cdf_tdist_Pinv(0.975, n - 1);
    const double a = mean_r * mean_r - t * t * rr, b = mean_l * mean_r - t * t * lr,
                 c = mean_l * mean_l - t * t * ll;
    assert_true(a > 0);
    *low = (b - sqrt(b * b - a * c)) / a;
    *high = (b + sqrt(b * b - a * c)) / a;
}

/* Of one world: verdicts of = against intervals in plain sums, for margins from narrow to wide. */
static void equality_is_within_a_margin(void **state)
{
    (void)state;
    enum { FIRST_WORLD = REPLICATES * 3 };
    int count[VERDICT_UNKNOWN + 1] = {0};
    double bias[FIXTURE_UNITS], mse[3][REPLICATES] = {{0}}, mean, half, low, high, mean_p = 0;
    FixtureTruth truth;
    char that[128];
    fixture_begin(store);
    for (int unit = 0; unit < FIRST_WORLD; unit++)
        OK(fixture_run(store, unit, message));
    fixture_truth(&truth, 0, 0);
    for (int j = 0; j < ROWS; j++)
        mean_p += truth.p_r[j] / ROWS;
    plain_biases(0, 2, -1, bias);
    plain_interval(bias, REPLICATES, &mean, &half);
    mean += 0.1;
    for (int e = 0; e < 3; e += 2) {
        for (int b = 0; b < REPLICATES; b++) {
            float prediction[ROWS];
            fixture_prediction(&truth, 0, 0, b, e, prediction);
            for (int j = 0; j < ROWS; j++)
                mse[e][b] +=
                    ((double)prediction[j] - truth.p_r[j]) * ((double)prediction[j] - truth.p_r[j]) / ROWS;
        }
    }
    fieller(mse[2], mse[0], &low, &high);
    for (int percent = 1; percent < 1200; percent += percent < 40 ? 1 : 20) {
        const double share = 0.01 * percent;
        snprintf(that, sizeof that, "dr_jl bias = -0.1 at world.ctr=0.1 within %d %%", percent);
        Verdict verdict = evaluate(that).verdict;
        assert_int_equal(verdict, plain_verdict(mean - half, mean + half, -share * mean_p, share * mean_p));
        count[verdict]++;
        snprintf(that, sizeof that, "dr_jl mse = naive mse at world.ctr=0.1 within %d %%", percent);
        verdict = evaluate(that).verdict;
        assert_int_equal(verdict, plain_verdict(low, high, 1 - share, 1 + share));
        count[verdict]++;
        snprintf(that, sizeof that, "dr_jl bias = -0.1 at world.ctr=0.1 within %g", share * mean_p);
        assert_int_equal(evaluate(that).verdict,
                         plain_verdict(mean - half, mean + half, -share * mean_p, share * mean_p));
    }
    assert_true(count[VERDICT_HOLDS] > 2 && count[VERDICT_FAILS] > 2 && count[VERDICT_WITHIN_ERROR] > 2);
    snprintf(that, sizeof that, "dr_jl bias = -0.1 at world.ctr=0.1");
    assert_int_equal(evaluate(that).verdict,
                     plain_verdict(mean - half, mean + half, -0.05 * mean_p, 0.05 * mean_p));
}

/* Metric 0.7 + mse, and estimators whose shifts are 0, 0.1 and 0.2 logits with noise 0.1. */
static void every_verdict_is_reached(void **state)
{
    (void)state;
    fixture_fill(store);
    assert_int_equal(evaluate("naive auc > 0.7 at world.ctr=0.1").verdict, VERDICT_HOLDS);
    assert_int_equal(evaluate("naive auc < 0.7 at world.ctr=0.1").verdict, VERDICT_FAILS);
    assert_int_equal(evaluate("naive auc = 0.7 at world.ctr=0.1").verdict, VERDICT_HOLDS);
    assert_int_equal(evaluate("naive auc = 0.7 at world.ctr=0.1 within 1e-6").verdict, VERDICT_FAILS);
    assert_int_equal(evaluate("naive log_loss = naive auc at world.ctr=0.1").verdict, VERDICT_UNKNOWN);
    assert_int_equal(evaluate("naive bias = naive bias at world.ctr=0.1").verdict, VERDICT_HOLDS);
    assert_int_equal(evaluate("naive bias < naive bias at world.ctr=0.1").verdict, VERDICT_WITHIN_ERROR);
    assert_int_equal(evaluate("naive bias > 10 at world.ctr=0.1").verdict, VERDICT_FAILS);
    assert_int_equal(evaluate("naive ndcg > 0 at world.ctr=0.1").verdict, VERDICT_UNKNOWN);
    assert_int_equal(evaluate("naive auc > 0 at world.ctr=0.3").verdict, VERDICT_UNKNOWN);
    assert_int_equal(evaluate("naive auc > 0").verdict, VERDICT_UNKNOWN);
    assert_int_equal(evaluate("esmm auc > 0 at world.ctr=0.1").verdict, VERDICT_UNKNOWN);
}

/* Redraws are units, paired by their number; what is not defined is left out. */
static void the_risk_layer_has_claims(void **state)
{
    (void)state;
    fixture_fill(store);
    static const double dr[] = {2, 2.5, 1, NAN}, ips[] = {3, 2, 2, 5};
    double gap[3], mean, half;
    for (int e = 0; e < 2; e++) {
        const RiskRow row = {.experiment = "compare",
                             .setting = "world.ctr=0.1",
                             .predictor = "skew",
                             .estimator = e ? "ips" : "dr",
                             .ideal = 2,
                             .redraws = 4,
                             .estimate = e ? ips : dr};
        OK(store_risk(store, &row, 1, message));
    }
    Evidence e = evaluate("dr risk_bias of skew < ips risk_bias of skew at world.ctr=0.1");
    for (int k = 0; k < 3; k++)
        gap[k] = dr[k] - ips[k];
    plain_interval(gap, 3, &mean, &half);
    close_to(e.left + 1, (0 + 0.5 - 1) / 3 + 1);
    close_to(e.right, (1.0 + 0 + 0 + 3) / 4);
    close_to(e.difference, mean);
    close_to(e.high - e.low, 2 * half);
    e = evaluate("dr relative_error of skew < 9 at world.ctr=0.1");
    close_to(e.left, (0 + 0.25 + 0.5) / 3);
    assert_int_equal(e.verdict, VERDICT_HOLDS);
    assert_int_equal(evaluate("dr relative_error of truth < 9 at world.ctr=0.1").verdict, VERDICT_UNKNOWN);
}

/* The table of what the store holds now. */
static Status print_store(const TableOptions *options, FILE *file, Message *why)
{
    StoreResults results;
    Status status = results_read(&results, store, why);
    if (!status)
        status = table_print(&results, options, file, why);
    results_clear(&results);
    return status;
}

static char *print_table(const GridFormat *format)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    OK(print_store(&(TableOptions){.format = format}, file, message));
    assert_int_equal(fclose(file), 0);
    return text;
}

static void tables_end_with_the_claims(void **state)
{
    (void)state;
    static const ClaimRow claim[] = {{"naive, it says, ranks", "naive auc > 0.7 at world.ctr=0.1"},
                                     {"", "naive auc < naive auc at world.ctr=0.1"},
                                     {"", "naive auc = 0.7 at world.ctr=0.1"}};
    fixture_fill(store);
    ExperimentRow row = fixture_experiment();
    row.claim = claim;
    row.claims = 3;
    OK(store_experiment(store, &row, message));
    char *text = print_table(&grid_text);
    const char *at = strstr(text, "\nClaims\nverdict ");
    assert_non_null(at);
    assert_non_null(strstr(at, "\nholds "));
    assert_non_null(strstr(at, "\nwithin error "));
    assert_non_null(strstr(at, " naive, it says, ranks"));
    assert_non_null(strstr(at, " naive auc < naive auc at world.ctr=0.1"));
    assert_non_null(strstr(at, " naive auc = 0.7 at world.ctr=0.1 within 0.005"));
    assert_non_null(strstr(at, "A claim of = holds where the interval lies within the margin"));
    assert_non_null(
        strstr(at, "Of 2 claims of < or > decided at 95 %, chance alone would let about 0.05 hold"));
    free(text);
    text = print_table(&grid_csv);
    at = strstr(text, "\n\nexperiment,setting,verdict,left,left_mcse,right,right_mcse,difference,"
                      "difference_low,difference_high,says,that\ncompare,,holds,");
    assert_non_null(at);
    assert_non_null(strstr(at, ",\"naive, it says, ranks\",naive auc > 0.7 at world.ctr=0.1\n"));
    free(text);
    /* Claims are those of the last registration. */
    row.claims = 0;
    OK(store_experiment(store, &row, message));
    text = print_table(&grid_text);
    assert_null(strstr(text, "Claims"));
    free(text);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses),
        cmocka_unit_test(margins),
        cmocka_unit_test(refuses_other_texts),
        cmocka_unit_test(at_picks_settings),
        cmocka_unit_test(a_metric_has_one_name),
        cmocka_unit_test_setup_teardown(files_hold_claims, setup, teardown),
        cmocka_unit_test_setup_teardown(files_with_wrong_claims_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(sides_of_one_setting_are_paired, setup, teardown),
        cmocka_unit_test_setup_teardown(a_diverged_unit_is_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(sides_of_two_settings_are_two_samples, setup, teardown),
        cmocka_unit_test_setup_teardown(sides_on_the_same_logs_are_paired, setup, teardown),
        cmocka_unit_test_setup_teardown(integrated_quantities_are_those_of_the_tables, setup, teardown),
        cmocka_unit_test_setup_teardown(two_replicates_of_several_worlds_have_a_variance, setup, teardown),
        cmocka_unit_test_setup_teardown(absolute_bias_is_positive, setup, teardown),
        cmocka_unit_test_setup_teardown(equality_is_within_a_margin, setup, teardown),
        cmocka_unit_test_setup_teardown(every_verdict_is_reached, setup, teardown),
        cmocka_unit_test_setup_teardown(the_risk_layer_has_claims, setup, teardown),
        cmocka_unit_test_setup_teardown(tables_end_with_the_claims, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
