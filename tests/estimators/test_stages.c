/* The order of training: stages one after the other, a last one of so many steps, phases that a constant
 * switches, epochs of double learning; and estimators that one constant makes another, trained to the last
 * bit. */
#include "tests/support/toy_log.h"

#include <string.h>

enum { MOST = 200, STEPS = TOY_ROWS / 64 + 1, EPOCHS = 3 };

/* What ran, step by step. */
typedef struct Entry {
    char phase;
    double done;   /* share_done() */
    bool the_same; /* nets 0 and 1 have the same parameters */
} Entry;
static Entry entry[MOST];
static int entries;

static bool nets_agree(const Pass *pass)
{
    const Net *net = pass->context->model->net;
    bool same = !net[0].floats || !memcmp(net[0].value, net[1].value, net[0].floats * sizeof(float));
    for (int f = 0; same && f < net[0].tables; f++)
        for (uint32_t r = 0; r < net[0].table[f].rows; r++)
            same = same && !memcmp(table_row(&net[0].table[f], r), table_row(&net[1].table[f], r),
                                   (size_t)net[0].table[f].width * sizeof(float));
    return same;
}

static Var note(Pass *pass, char phase, Head head)
{
    assert_true(entries < MOST);
    entry[entries++] = (Entry){phase, (double)share_done(pass), nets_agree(pass)};
    return mean(bce(logit(pass, head, O), conversions(pass, O)));
}

static Var first(Pass *pass)
{
    return note(pass, 'a', CVR);
}

static Var second(Pass *pass)
{
    return note(pass, 'b', IMPUTATION);
}

static Var third(Pass *pass)
{
    return note(pass, 'c', CVR);
}

enum { LAST, DOUBLE, SWITCH };
static const Constant constants[] = {
    {"last", 2, 0, 100, "steps"}, {"double", 0, 0, 1, "turns"}, {"switch", 1, 0, 1, "of a phase"}, {0}};

static FitReport train(const Toy *t, const Estimator *estimator, const EstimatorOptions *options, float *cvr)
{
    const Method method = {.estimator = estimator, .backbone = backbone_find("towers")};
    Fit *fit;
    FitReport report;
    entries = 0;
    OK(fit_create(&fit, &(FitSetup){.method = &method, .options = options, .data = &t->data, .key = &toy_key},
                  message));
    OK(fit_train(fit, &report, message));
    if (cvr)
        OK(fit_predict(fit, &t->log.x, cvr, NULL, message));
    fit_free(fit);
    return report;
}

static const Estimator staged = {
    .name = "staged",
    .net = {HEAD(CVR), HEAD(IMPUTATION)},
    .constant = constants,
    .phase = {{first, 1 << 0}, {second, 1 << 1, .only = "switch"}, {third, 1 << 0, .stage = 1}},
};

static void a_stage_follows_the_end_of_the_one_before(void **state)
{
    EstimatorOptions options = toy_options(&staged);
    FitReport report = train(*state, &staged, &options, NULL);
    assert_true(entries == 3 * EPOCHS * STEPS && report.steps == 2 * EPOCHS * STEPS);
    assert_int_equal(report.epochs, EPOCHS);
    for (int k = 0; k < 2 * EPOCHS * STEPS; k++) {
        assert_int_equal(entry[k].phase, k % 2 ? 'b' : 'a');
        assert_true(entry[k].done == (double)(float)((double)(k / 2) / (EPOCHS * STEPS)));
    }
    for (int k = 0; k < EPOCHS * STEPS; k++) {
        assert_int_equal(entry[2 * EPOCHS * STEPS + k].phase, 'c');
        assert_true(entry[2 * EPOCHS * STEPS + k].done == (double)(float)((double)k / (EPOCHS * STEPS)));
    }
}

static void a_constant_of_0_leaves_its_phase_out(void **state)
{
    EstimatorOptions options = toy_options(&staged);
    options.constant[SWITCH] = 0;
    train(*state, &staged, &options, NULL);
    assert_int_equal(entries, 2 * EPOCHS * STEPS);
    for (int k = 0; k < entries; k++)
        assert_int_equal(entry[k].phase, k < EPOCHS * STEPS ? 'a' : 'c');
}

/* More of them than an epoch has batches, too; and after training that ends early. */
static void the_last_stage_may_be_a_number_of_steps(void **state)
{
    static const int last[] = {0, 1, 2, STEPS + 3};
    Estimator counted = staged;
    counted.last_steps = "last";
    for (int k = 0; k < 4; k++)
        for (int patience = 0; patience <= 1; patience++) {
            EstimatorOptions options = toy_options(&counted);
            options.constant[LAST] = last[k];
            options.train.patience = patience;
            options.train.tolerance = 0.99; /* nothing is as much better */
            FitReport report = train(*state, &counted, &options, NULL);
            int epochs = patience ? 2 : EPOCHS;
            assert_true(report.epochs == epochs && report.steps == epochs * STEPS + last[k]);
            assert_int_equal(entries, 2 * epochs * STEPS + last[k]);
            for (int i = 0; i < last[k]; i++)
                assert_int_equal(entry[2 * epochs * STEPS + i].phase, 'c');
        }
}

/* Each epoch: net 1 is a copy of net 0, takes its batches, then net 0 takes as many. */
static void double_learning_takes_turns_of_an_epoch(void **state)
{
    static const Estimator doubled = {
        .name = "doubled",
        .net = {HEAD(CVR), HEAD(IMPUTATION)},
        .constant = constants,
        .phase = {{first, 1 << 0}, {second, 1 << 1}},
        .double_learning = "double",
    };
    EstimatorOptions options = toy_options(&doubled);
    FitReport report = train(*state, &doubled, &options, NULL);
    assert_true(entries == 2 * EPOCHS * STEPS && report.steps == EPOCHS * STEPS);
    options.constant[DOUBLE] = 1;
    report = train(*state, &doubled, &options, NULL);
    assert_true(entries == 2 * EPOCHS * STEPS && report.steps == 2 * EPOCHS * STEPS);
    assert_int_equal(report.epochs, EPOCHS);
    for (int k = 0; k < entries; k++) {
        assert_int_equal(entry[k].phase, k % (2 * STEPS) < STEPS ? 'b' : 'a');
        assert_true(entry[k].the_same == (k % (2 * STEPS) == 0));
    }
}

/* A third net has its turn after the two, and one that is alone in its stage is not kept waiting. */
static Var fourth(Pass *pass)
{
    return note(pass, 'd', CTR);
}

static void a_third_net_takes_its_turn(void **state)
{
    static const Estimator doubled = {
        .name = "doubled",
        .net = {HEAD(CVR), HEAD(IMPUTATION), HEAD(CTR)},
        .constant = constants,
        .phase = {{fourth, 1 << 2},
                  {first, 1 << 0, .stage = 1},
                  {second, 1 << 1, .stage = 1},
                  {fourth, 1 << 2, .stage = 1}},
        .double_learning = "switch",
    };
    EstimatorOptions options = toy_options(&doubled);
    FitReport report = train(*state, &doubled, &options, NULL);
    assert_true(entries == 4 * EPOCHS * STEPS && report.steps == 4 * EPOCHS * STEPS);
    for (int k = 0; k < EPOCHS * STEPS; k++)
        assert_true(entry[k].phase == 'd' && entry[k].done == (double)(float)((double)k / (EPOCHS * STEPS)));
    for (int k = EPOCHS * STEPS; k < entries; k++)
        assert_int_equal(entry[k].phase, "bad"[(k - EPOCHS * STEPS) % (3 * STEPS) / STEPS]);
}

/* The same as with the product of the two rates for all; with 0 nothing is learned. */
static void a_phase_has_a_learning_rate_of_its_own(void **state)
{
    static float by_phase[TOY_ROWS], by_all[TOY_ROWS];
    static const Estimator plain = {.name = "plain",
                                    .net = {HEAD(CVR), HEAD(IMPUTATION)},
                                    .constant = constants,
                                    .phase = {{first, 1 << 0}}};
    Estimator rated = plain;
    rated.phase[0].rate = "last";
    for (int factor = 0; factor <= 4; factor += 2) {
        EstimatorOptions options = toy_options(&rated);
        options.constant[LAST] = factor;
        train(*state, &rated, &options, by_phase);
        options.train.learning_rate *= factor;
        options.train.epochs = factor ? options.train.epochs : 0;
        train(*state, &plain, &options, by_all);
        assert_memory_equal(by_phase, by_all, sizeof by_phase);
    }
}

/* On every backbone a copy is a whole one. */
static void copies_predict_alike(void **state)
{
    const Toy *t = *state;
    for (const Backbone *const *b = backbone_table; *b; b++) {
        const Method method = {.estimator = &staged, .backbone = *b};
        EstimatorOptions options = toy_options(&staged);
        Model *model;
        TrainOptions train_options = options.train;
        OK(model_create(&model,
                        &(ModelSetup){.method = &method,
                                      .options = &options.model,
                                      .schema = &t->log.x.schema,
                                      .lookups = batch_lookups(&train_options),
                                      .key = &toy_key},
                        message));
        Pass pass = {.context = &(PassContext){.model = model}};
        assert_false(nets_agree(&pass));
        model_copy(model, 0, 1);
        assert_true(nets_agree(&pass));
        model_free(model);
    }
}

static FitReport trained(const Toy *t, const char *name, const char *key, double value, float *cvr)
{
    Method method;
    OK(method_find(name, &method, message));
    EstimatorOptions options = toy_options(method.estimator);
    for (int k = 0; k < constant_count(method.estimator); k++)
        if (key && !strcmp(method.estimator->constant[k].key, key))
            options.constant[k] = value;
    return train(t, method.estimator, &options, cvr);
}

static void the_same_to_the_last_bit(Toy *t, const char *a, const char *key, double value, const char *b)
{
    float one[TOY_ROWS], other[TOY_ROWS];
    trained(t, a, key, value, one);
    trained(t, b, NULL, 0, other);
    if (memcmp(one, other, sizeof one) != 0)
        fail_msg("%s with %s %g is not %s", a, key, value, b);
    trained(t, a, NULL, 0, one);
    if (!memcmp(one, other, sizeof one))
        fail_msg("%s is %s whatever its %s", a, b, key);
}

/* With its default constants one estimator is another, and with this one changed it is not. */
static void the_default_is(Toy *t, const char *a, const char *key, double other, const char *b)
{
    float one[TOY_ROWS], two[TOY_ROWS];
    trained(t, a, NULL, 0, one);
    trained(t, b, NULL, 0, two);
    if (memcmp(one, two, sizeof one) != 0)
        fail_msg("%s is not %s", a, b);
    trained(t, a, key, other, one);
    if (!memcmp(one, two, sizeof one))
        fail_msg("%s is %s whatever its %s", a, b, key);
}

/* Without the second tower and with risks over the batch; all are on towers here. */
static void chorus_is_escm2_ips(const Toy *t)
{
    float one[TOY_ROWS], two[TOY_ROWS];
    Method method;
    OK(method_find("chorus", &method, message));
    EstimatorOptions options = toy_options(method.estimator);
    for (int k = 0; k < constant_count(method.estimator); k++) {
        const char *key = method.estimator->constant[k].key;
        options.constant[k] = !strcmp(key, "click_weight") || !strcmp(key, "batch");
    }
    train(t, method.estimator, &options, one);
    trained(t, "escm2_ips", NULL, 0, two);
    assert_memory_equal(one, two, sizeof one);
}

/* Without the labels of non-clicks, and with a teacher that does nothing, all are on towers here. */
static void evi_is_escm2_ips(const Toy *t)
{
    float one[TOY_ROWS], two[TOY_ROWS];
    Method method;
    OK(method_find("escm2_ips", &method, message));
    EstimatorOptions options = toy_options(method.estimator);
    options.constant[0] = 0.5;
    options.constant[1] = 0.1;
    train(t, method.estimator, &options, one);
    OK(method_find("evi", &method, message));
    options = toy_options(method.estimator);
    for (int k = 0; k < constant_count(method.estimator); k++) {
        const char *key = method.estimator->constant[k].key;
        if (!strcmp(key, "click_weight"))
            options.constant[k] = 1; /* that of escm2_ips */
        if (!strcmp(key, "unclicked_weight") || !strcmp(key, "teacher_weight") ||
            !strcmp(key, "information_weight"))
            options.constant[k] = 0;
    }
    train(t, method.estimator, &options, two);
    assert_memory_equal(one, two, sizeof one);
}

static void one_constant_makes_one_estimator_another(void **state)
{
    Toy *t = *state;
    for (int given = 0; given <= 1; given++) {
        t->log.propensity = given ? t->propensity : NULL;
        the_same_to_the_last_bit(t, "ips_v2", "eta", 0, "escm2_ips"); /* whose lambda_c is 1 */
    }
    the_same_to_the_last_bit(t, "tdr", "targeted_steps", 0, "dr_jl");
    for (int given = 0; given <= 1; given++) {
        t->log.propensity = given ? t->propensity : NULL;
        chorus_is_escm2_ips(t);
        evi_is_escm2_ips(t);
    }
    the_default_is(t, "ome_ips", "rho01", 0.2, "ips");
    the_default_is(t, "ome_dr", "rho01", 0.2, "dr_jl");
}

/* Its draws are its own, so that nothing but the filter makes it another method. */
static void an_open_filter_of_cdr_is_dr_jl(void **state)
{
    float dr_jl[TOY_ROWS], cdr[TOY_ROWS];
    const double dr_jl_left_out = trained(*state, "dr_jl", NULL, 0, dr_jl).left_out;
    assert_true(isnan(dr_jl_left_out));
    assert_true(trained(*state, "cdr", "eta", 1e6, cdr).left_out == 0);
    assert_memory_equal(cdr, dr_jl, sizeof cdr);
    const double left_out = trained(*state, "cdr", "eta", 0.01, cdr).left_out;
    assert_true(left_out > 0 && left_out < 1);
    assert_memory_not_equal(cdr, dr_jl, sizeof cdr);
    assert_true(trained(*state, "cdr", "eta", 0, cdr).left_out == 1);
}

static Var uses_clicks(Pass *pass)
{
    note_used(pass, clicks(pass));
    return mean(bce(logit(pass, CVR, O), conversions(pass, O)));
}

/* An epoch has every row once, by its weight. */
static void the_share_left_out_is_of_an_epoch(void **state)
{
    static const Estimator filter = {.name = "filter", .net = {HEAD(CVR)}, .phase = {{uses_clicks}}};
    static float weight[TOY_ROWS];
    Toy *t = *state;
    const EstimatorOptions options = toy_options(&filter);
    double clicked[2] = {0}, rows[2] = {0};
    for (int i = 0; i < TOY_ROWS; i++) {
        weight[i] = (float)(1 + i % 3);
        for (int weighed = 0; weighed < 2; weighed++) {
            rows[weighed] += weighed ? (double)weight[i] : 1;
            clicked[weighed] += t->log.click[i] ? weighed ? (double)weight[i] : 1 : 0;
        }
    }
    for (int weighed = 0; weighed < 2; weighed++) {
        t->log.weight = weighed ? weight : NULL;
        const double got = train(t, &filter, &options, NULL).left_out;
        assert_true(fabs(got - (1 - clicked[weighed] / rows[weighed])) < 1e-6);
    }
    t->log.weight = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stage_follows_the_end_of_the_one_before),
        cmocka_unit_test(a_constant_of_0_leaves_its_phase_out),
        cmocka_unit_test(the_last_stage_may_be_a_number_of_steps),
        cmocka_unit_test(double_learning_takes_turns_of_an_epoch),
        cmocka_unit_test(a_third_net_takes_its_turn),
        cmocka_unit_test(a_phase_has_a_learning_rate_of_its_own),
        cmocka_unit_test(copies_predict_alike),
        cmocka_unit_test(one_constant_makes_one_estimator_another),
        cmocka_unit_test(an_open_filter_of_cdr_is_dr_jl),
        cmocka_unit_test(the_share_left_out_is_of_an_epoch),
    };
    return cmocka_run_group_tests(tests, toy_create, toy_free);
}
