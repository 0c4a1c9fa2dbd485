/* model.omit: what a model lacks moves none of its predictions of conversions, and its clicks alone. */
#include "tests/support/toy_log.h"

#include <gsl/gsl_randist.h>

enum { FIELDS = 3, DENSE = 3, SEGMENTS = 4 };

/* The toy log with a segment, and a placement that clicks depend on. */
typedef struct Placed {
    const Toy *toy;
    Log log, unbiased;
    TrainingData data;
} Placed;

static void copy_delays(Log *to, const Log *log)
{
    if (!log->delays)
        return;
    OK(log_add_delays(to, message));
    memcpy(to->delays->click_time, log->delays->click_time, log->x.rows * sizeof(double));
    memcpy(to->delays->conversion_time, log->delays->conversion_time, log->x.rows * sizeof(double));
}

static void widen(Log *wide, const Log *log, const Schema *schema, gsl_rng *generator)
{
    OK(log_create(wide, schema, log->x.rows, message));
    OK(log_add_behaviour(wide, message));
    for (size_t i = 0; i < log->x.rows; i++) {
        float v = (float)gsl_ran_ugaussian(generator);
        memcpy(wide->x.id + FIELDS * i, log->x.id + 2 * i, 2 * sizeof *log->x.id);
        wide->x.id[FIELDS * i + 2] = (uint32_t)gsl_rng_uniform_int(generator, SEGMENTS);
        memcpy(wide->x.dense + DENSE * i, log->x.dense + 2 * i, 2 * sizeof *log->x.dense);
        wide->x.dense[DENSE * i + 2] = v;
        wide->click[i] = log->click[i] || v > 1;
        wide->conversion[i] = log->conversion[i];
        wide->behaviour->action[i] = log->behaviour ? log->behaviour->action[i] : 0;
    }
    copy_delays(wide, log);
    wide->x.stream = log->x.stream;
}

static int placed_create(void **state)
{
    static Placed p;
    void *toy;
    toy_create(&toy);
    p.toy = toy;
    const Schema schema = {.categorical = FIELDS,
                           .name = {"user", "item", "segment"},
                           .cardinality = {TOY_USERS, TOY_ITEMS, SEGMENTS},
                           .dense = DENSE,
                           .groups = 3,
                           .group = {{"kept", 2}, {"none", 0}, {"placement", 1}},
                           .events = TOY_EVENTS};
    gsl_rng *generator = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(generator);
    widen(&p.log, &p.toy->log, &schema, generator);
    widen(&p.unbiased, &p.toy->unbiased, &schema, generator);
    gsl_rng_free(generator);
    p.data = (TrainingData){.log = &p.log, .unbiased = &p.unbiased, .plan = &p.toy->plan};
    *state = &p;
    return 0;
}

static int placed_free(void **state)
{
    Placed *p = *state;
    void *toy = (void *)(uintptr_t)p->toy;
    log_free(&p->log);
    log_free(&p->unbiased);
    return toy_free(&toy);
}

/* Two-stage methods are given propensities. */
static Fit *fit_of(const Method *method, const EstimatorOptions *options, const TrainingData *data)
{
    Fit *fit;
    FitReport report;
    OK(fit_create(&fit, &(FitSetup){.method = method, .options = options, .data = data, .key = &toy_key},
                  message));
    OK(fit_train(fit, &report, message));
    assert_false(report.diverged);
    return fit;
}

static void omit(EstimatorOptions *options, const char *names)
{
    snprintf(options->model.omit, sizeof options->model.omit, "%s", names);
}

static void give(Placed *p, const Method *method)
{
    p->log.propensity =
        method_needs(method) & NEEDS_PROPENSITY ? (float *)(uintptr_t)p->toy->propensity : NULL;
}

static bool has_clicks(const Estimator *estimator)
{
    unsigned heads = 0;
    for (int k = 0; k < MAX_NETS; k++)
        heads |= estimator->net[k];
    return heads & (HEAD(CTR) | HEAD(CLICK_OFFSET));
}

/* Predictions of the log and of the same rows with other values of what was omitted. */
static void check_blind(Placed *p, const Method *method, bool of_user)
{
    static float cvr[2][TOY_ROWS], ctr[2][TOY_ROWS];
    EstimatorOptions options = toy_options(method->estimator);
    omit(&options, of_user ? "user" : "segment,placement");
    give(p, method);
    Fit *fit = fit_of(method, &options, &p->data);
    Features x;
    OK(features_create(&x, &p->log.x.schema, TOY_ROWS, message));
    memcpy(x.id, p->log.x.id, TOY_ROWS * FIELDS * sizeof *x.id);
    memcpy(x.dense, p->log.x.dense, TOY_ROWS * DENSE * sizeof *x.dense);
    x.stream = p->log.x.stream;
    for (size_t i = 0; i < TOY_ROWS; i++) {
        uint32_t *id = x.id + FIELDS * i;
        if (of_user) {
            id[0] = (id[0] + 1) % TOY_USERS;
            continue;
        }
        id[2] = (id[2] + 1) % SEGMENTS;
        x.dense[DENSE * i + 2] += 1;
    }
    OK(fit_predict(fit, &p->log.x, cvr[0], ctr[0], message));
    OK(fit_predict(fit, &x, cvr[1], ctr[1], message));
    fit_free(fit);
    features_free(&x);
    if (memcmp(cvr[0], cvr[1], sizeof cvr[0]) != 0)
        fail_msg("%s on %s: CVR reads what it should lack", method->estimator->name, method->backbone->name);
    if (has_clicks(method->estimator))
        for (size_t i = 0; i < TOY_ROWS; i++)
            assert_int_equal(ctr[0][i] != ctr[1][i], !method->estimator->cvr_of_all);
}

/* Streams are of users, so that mose knows them anyway. */
static void conversions_do_not_read_it(void **state)
{
    for (const Estimator *const *e = estimator_table; *e; e++) {
        Method method;
        OK(method_find((*e)->name, &method, message));
        check_blind(*state, &method, false);
        if (strcmp(method.backbone->name, "mose") != 0)
            check_blind(*state, &method, true);
    }
    for (const Backbone *const *b = backbone_table; *b; b++) {
        static const char *const name[] = {"naive", "esmm", "multi_dr", "dcmt", "dr_jl"};
        for (size_t k = 0; k < sizeof name / sizeof *name; k++) {
            Method method;
            OK(method_find(name[k], &method, message));
            method.backbone = *b;
            check_blind(*state, &method, false);
            if (strcmp((*b)->name, "mose") != 0)
                check_blind(*state, &method, true);
        }
    }
}

/* The log without the columns that are omitted. */
static Log narrow(const Log *log, float *propensity)
{
    Schema schema = log->x.schema;
    Log less;
    schema.categorical = schema.dense = 2;
    schema.groups = 1;
    OK(log_create(&less, &schema, log->x.rows, message));
    OK(log_add_behaviour(&less, message));
    for (size_t i = 0; i < log->x.rows; i++) {
        memcpy(less.x.id + 2 * i, log->x.id + FIELDS * i, 2 * sizeof *log->x.id);
        memcpy(less.x.dense + 2 * i, log->x.dense + DENSE * i, 2 * sizeof *log->x.dense);
    }
    memcpy(less.click, log->click, log->x.rows);
    memcpy(less.conversion, log->conversion, log->x.rows);
    memcpy(less.behaviour->action, log->behaviour->action, log->x.rows);
    copy_delays(&less, log);
    less.x.stream = log->x.stream;
    less.propensity = propensity;
    return less;
}

/* Without a click head to add anything, the model is bit for bit that of data without the columns. */
static void the_model_is_that_of_data_without_it(void **state)
{
    static float cvr[2][TOY_ROWS];
    Placed *p = *state;
    for (const Estimator *const *e = estimator_table; *e; e++)
        for (const Backbone *const *b = backbone_table; *b; b++) {
            Method method = {.estimator = *e, .backbone = *b};
            if (has_clicks(*e) && !(*e)->cvr_of_all)
                continue;
            EstimatorOptions options = toy_options(*e);
            give(p, &method);
            Log less = narrow(&p->log, p->log.propensity), sample = narrow(&p->unbiased, NULL);
            Fit *fit = fit_of(&method, &options,
                              &(TrainingData){.log = &less, .unbiased = &sample, .plan = p->data.plan});
            OK(fit_predict(fit, &less.x, cvr[0], NULL, message));
            fit_free(fit);
            omit(&options, "segment,placement");
            fit = fit_of(&method, &options, &p->data);
            OK(fit_predict(fit, &p->log.x, cvr[1], NULL, message));
            fit_free(fit);
            if (memcmp(cvr[0], cvr[1], sizeof cvr[0]) != 0)
                fail_msg("%s on %s: not the model of the data without the columns", (*e)->name, (*b)->name);
            less.propensity = NULL;
            log_free(&less);
            log_free(&sample);
        }
}

/* A group of no columns is no omission: also of the click head. */
static void nothing_omitted_changes_nothing(void **state)
{
    static float cvr[2][TOY_ROWS], ctr[2][TOY_ROWS];
    Placed *p = *state;
    for (const Estimator *const *e = estimator_table; *e; e++) {
        Method method;
        OK(method_find((*e)->name, &method, message));
        EstimatorOptions options = toy_options(*e);
        give(p, &method);
        for (int k = 0; k < 2; k++) {
            omit(&options, k ? "none" : "");
            Fit *fit = fit_of(&method, &options, &p->data);
            OK(fit_predict(fit, &p->log.x, cvr[k], ctr[k], message));
            fit_free(fit);
        }
        assert_memory_equal(cvr[0], cvr[1], sizeof cvr[0]);
        assert_memory_equal(ctr[0], ctr[1], sizeof ctr[0]);
    }
}

/* Of the two stages, the first has what the second lacks. */
static void propensities_see_everything(void **state)
{
    static float p[2][TOY_ROWS];
    const Placed *placed = *state;
    Log log = placed->log;
    EstimatorOptions options = toy_options(estimator_table[0]);
    FitReport report;
    log.propensity = NULL;
    const TrainingData data = {.log = &log};
    const PropensitySetup setup = {.backbone = backbone_table[0],
                                   .model = &options.model,
                                   .train = &options.train,
                                   .data = &data,
                                   .key = &toy_key};
    for (int omitted = 0; omitted < 2; omitted++) {
        Fit *fit;
        if (omitted)
            omit(&options, "segment,placement");
        OK(fit_propensity(&fit, &setup, &report, message));
        OK(fit_predict(fit, &log.x, p[omitted], NULL, message));
        fit_free(fit);
    }
    assert_memory_equal(p[0], p[1], sizeof p[0]);
}

static void refused(const Placed *p, const char *name, const char *names, const char *why)
{
    Method method;
    Fit *fit;
    Message refusal;
    OK(method_find(name, &method, message));
    EstimatorOptions options = toy_options(method.estimator);
    omit(&options, names);
    const FitSetup setup = {.method = &method, .options = &options, .data = &p->data, .key = &toy_key};
    assert_int_equal(fit_create(&fit, &setup, &refusal), STATUS_USAGE);
    assert_string_equal(refusal.text, why);
}

static void a_model_must_read_something(void **state)
{
    refused(*state, "naive", "user,place", "model.omit: the data have no feature 'place'");
    refused(*state, "naive", "user,item,segment,kept,placement",
            "model.omit: no feature is left to read; expected fewer than all of them");
    refused(*state, "mf+naive", "item,user",
            "model.omit: backbone mf reads user and item ids alone; expected at most one of them");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversions_do_not_read_it),
        cmocka_unit_test(the_model_is_that_of_data_without_it),
        cmocka_unit_test(nothing_omitted_changes_nothing),
        cmocka_unit_test(propensities_see_everything),
        cmocka_unit_test(a_model_must_read_something),
    };
    return cmocka_run_group_tests(tests, placed_create, placed_free);
}
