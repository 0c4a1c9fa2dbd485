/* The training loop: reproducible, stopping where it should, at rest with the allocator. */
#include "tests/support/count_allocations.h"

#include "tests/support/toy_log.h"

#include <float.h>
#include <unistd.h>

static Method on_own_backbone(const Estimator *estimator)
{
    Method method;
    OK(method_find(estimator->name, &method, message));
    return method;
}

static Method named(const char *name)
{
    Method method;
    OK(method_find(name, &method, message));
    return method;
}

/* Trains on the toy log and predicts its rows. */
static FitReport train(const Toy *t, const Method *method, const EstimatorOptions *options,
                       const StreamKey *key, float *cvr)
{
    Fit *fit;
    FitReport report;
    OK(fit_create(&fit, &(FitSetup){.method = method, .options = options, .data = &t->data, .key = key},
                  message));
    OK(fit_train(fit, &report, message));
    OK(fit_predict(fit, &t->log.x, cvr, NULL, message));
    fit_free(fit);
    return report;
}

static void same_key_same_result(void **state)
{
    float first[TOY_ROWS], second[TOY_ROWS];
    for (const Estimator *const *e = estimator_table; *e; e++)
        for (Draw draw = DRAW_EXPOSURES; draw <= DRAW_CLICKS; draw++) {
            Method method = on_own_backbone(*e);
            EstimatorOptions options = toy_options(*e);
            options.train.draw = draw;
            FitReport a = train(*state, &method, &options, &toy_key, first);
            FitReport b = train(*state, &method, &options, &toy_key, second);
            assert_false(a.diverged);
            assert_memory_equal(&a.loss, &b.loss, sizeof a.loss);
            assert_memory_equal(first, second, sizeof first);
        }
}

/* Given propensities, half of them far below any clip, and learned ones: a clip that is automatic is the
 * number that it stands for, to the last bit, and another number is another clip. */
static void an_automatic_clip_is_a_tenth_of_the_click_rate(void **state)
{
    static const char *const name[] = {"ips", "tdr", "multi_ipw", "dcmt", "res_ips", "stable_dr"};
    static float given[TOY_ROWS];
    Toy t = *(const Toy *)*state;
    t.data.log = &t.log;
    double rate = (double)log_clicks(&t.log) / TOY_ROWS, clip[] = {AUTO, 0.1 * rate, 0.2 * rate};
    for (int i = 0; i < TOY_ROWS; i++)
        given[i] = i % 2 ? t.propensity[i] : 0.1F * t.propensity[i];
    for (size_t k = 0; k < sizeof name / sizeof *name; k++) {
        float cvr[3][TOY_ROWS];
        Method method = named(name[k]);
        EstimatorOptions options = toy_options(method.estimator);
        t.log.propensity = method.estimator->needs & NEEDS_PROPENSITY || k % 2 ? given : NULL;
        for (int c = 0; c < 3; c++) {
            options.train.clip = clip[c];
            train(&t, &method, &options, &toy_key, cvr[c]);
        }
        assert_memory_equal(cvr[0], cvr[1], sizeof cvr[0]);
        assert_true(!t.log.propensity || memcmp(cvr[0], cvr[2], sizeof cvr[0]) != 0);
    }
    assert_true(propensity_clip(&(TrainOptions){.clip = 0}, &t.log) == 0);
}

static void other_key_other_result(void **state)
{
    const StreamKey keys[] = {
        {.seed = 12, .setting = "toy", .world = 1, .replicate = 2},
        {.seed = 11, .setting = "boy", .world = 1, .replicate = 2},
        {.seed = 11, .setting = "toy", .world = 2, .replicate = 2},
        {.seed = 11, .setting = "toy", .world = 1, .replicate = 1},
    };
    float first[TOY_ROWS], second[TOY_ROWS];
    Method method = named("naive");
    EstimatorOptions options = toy_options(method.estimator);
    train(*state, &method, &options, &toy_key, first);
    for (int k = 0; k < 4; k++) {
        train(*state, &method, &options, &keys[k], second);
        int same = 0;
        for (int i = 0; i < TOY_ROWS; i++)
            same += first[i] == second[i];
        assert_true(same < TOY_ROWS / 10);
    }
}

static void the_report_counts(void **state)
{
    float cvr[TOY_ROWS];
    Method method = named("dr_jl");
    EstimatorOptions options = toy_options(method.estimator);
    options.train.drop_last = SWITCH_ON;
    FitReport report = train(*state, &method, &options, &toy_key, cvr);
    assert_int_equal(report.epochs, 3);
    assert_int_equal(report.steps, 3 * (TOY_ROWS / 64)); /* a step is all phases */
    options.train.drop_last = SWITCH_OFF;
    report = train(*state, &method, &options, &toy_key, cvr);
    assert_int_equal(report.steps, 3 * (TOY_ROWS / 64 + 1));
    assert_true(report.seconds > 0 && isfinite(report.loss));
    options.train.epochs = 0;
    report = train(*state, &method, &options, &toy_key, cvr);
    assert_true(report.epochs == 0 && report.steps == 0 && !report.diverged);
}

/* When training with this patience and tolerance must end, from the losses of all epochs. */
static int expected_epochs(const double *loss, int epochs, int patience, double tolerance)
{
    double best = loss[0];
    int without = 0;
    for (int k = 1; k < epochs; k++) {
        bool better = loss[k] < best && (best - loss[k]) / fabs(best) > tolerance;
        without = better ? 0 : without + 1;
        if (patience && without == patience)
            return k + 1;
        best = fmin(best, loss[k]);
    }
    return epochs;
}

static void patience_and_tolerance_stop(void **state)
{
    enum { EPOCHS = 12 };
    static const double tolerance[] = {0, 0.002, 0.01, 0.05, 0.9};
    float cvr[TOY_ROWS];
    double loss[EPOCHS];
    Method method = named("naive");
    EstimatorOptions options = toy_options(method.estimator);
    for (int k = 0; k < EPOCHS; k++) { /* the loss of an epoch is that of a run that ends there */
        options.train.epochs = k + 1;
        loss[k] = train(*state, &method, &options, &toy_key, cvr).loss;
    }
    int stopped = 0, ran = 0;
    for (int t = 0; t < 5; t++) {
        for (int patience = 0; patience <= 3; patience++) {
            options.train.patience = patience;
            options.train.tolerance = tolerance[t];
            FitReport report = train(*state, &method, &options, &toy_key, cvr);
            assert_int_equal(report.epochs, expected_epochs(loss, EPOCHS, patience, tolerance[t]));
            assert_true(report.loss == loss[report.epochs - 1]);
            stopped += report.epochs < EPOCHS;
            ran += report.epochs == EPOCHS;
        }
    }
    assert_true(stopped > 4 && ran > 4); /* both happen */
}

/* Without learning nothing gets better: the first epoch and then `patience` more. */
static void a_loss_at_rest_stops_after_patience(void **state)
{
    float cvr[TOY_ROWS];
    Method method = named("naive");
    EstimatorOptions options = toy_options(method.estimator);
    options.train.epochs = 20;
    options.train.batch = TOY_ROWS;
    options.train.learning_rate = 0;
    options.train.tolerance = 1e-5; /* above the rounding of a sum in another order */
    for (int patience = 1; patience <= 4; patience++) {
        options.train.patience = patience;
        assert_int_equal(train(*state, &method, &options, &toy_key, cvr).epochs, 1 + patience);
    }
}

/* One bad row in the features must end training in its first epoch: NaN may hide in no layer. */
static void nan_features_are_a_divergence(void **state)
{
    Toy *t = *state;
    static const char *const backbone[] = {"towers", "shared_bottom", "cross_stitch", "mmoe", "ple", "mose"};
    float cvr[TOY_ROWS];
    for (const Estimator *const *e = estimator_table; *e; e++)
        for (size_t b = 0; b < sizeof backbone / sizeof *backbone; b++) {
            Method method = {.estimator = *e, .backbone = backbone_find(backbone[b])};
            EstimatorOptions options = toy_options(*e);
            Log *log = (*e)->needs & NEEDS_UNBIASED ? &t->unbiased : &t->log;
            size_t bad = 0;
            while (!log->click[bad])
                bad++;
            float kept = log->x.dense[2 * bad];
            log->x.dense[2 * bad] = NAN;
            options.train.batch = 60; /* divides the rows: none is left out */
            FitReport report = train(t, &method, &options, &toy_key, cvr);
            log->x.dense[2 * bad] = kept;
            if (!report.diverged || report.epochs != 1 || isfinite(report.loss))
                fail_msg("%s+%s hides a NaN", backbone[b], (*e)->name);
        }
}

static void a_huge_learning_rate_is_a_divergence(void **state)
{
    float cvr[TOY_ROWS];
    for (const Estimator *const *e = estimator_table; *e; e++)
        for (const Backbone *const *b = backbone_table; *b; b++) {
            Method method = {.estimator = *e, .backbone = *b};
            EstimatorOptions options = toy_options(*e);
            options.train.learning_rate = 1e30;
            FitReport report = train(*state, &method, &options, &toy_key, cvr);
            if (!report.diverged || report.epochs != 1)
                fail_msg("%s+%s survives", (*b)->name, (*e)->name);
        }
}

static void nan_propensities_are_a_divergence(void **state)
{
    Toy *t = *state;
    float cvr[TOY_ROWS];
    for (const Estimator *const *e = estimator_table; *e; e++) {
        if (!((*e)->needs & NEEDS_PROPENSITY))
            continue;
        Method method = on_own_backbone(*e);
        EstimatorOptions options = toy_options(*e);
        size_t bad = 0;
        while (!t->log.click[bad])
            bad++;
        float kept = t->propensity[bad];
        t->propensity[bad] = NAN;
        options.train.batch = 60;
        FitReport report = train(t, &method, &options, &toy_key, cvr);
        t->propensity[bad] = kept;
        assert_true(report.diverged && report.epochs == 1);
    }
}

/* After a first step. */
static void training_does_not_allocate(void **state)
{
    skipped_under_valgrind("allocations are its own");
    const Toy *t = *state;
    allocations = 0;
    counting_allocations = true;
    void *volatile block = malloc(100);
    counting_allocations = false;
    free(block);
    assert_int_equal(allocations, 1); /* the counter counts */

    for (const Estimator *const *e = estimator_table; *e; e++)
        for (int k = 0; k < 2; k++)
            for (const Backbone *const *b = backbone_table; *b; b++) {
                Method method = {.estimator = *e, .backbone = *b};
                EstimatorOptions options = toy_options(*e);
                options.train.draw = k ? DRAW_CLICKS : DRAW_EXPOSURES;
                Fit *fit;
                FitReport report;
                Message message;
                double loss;
                assert_int_equal(
                    fit_create(&fit,
                               &(FitSetup){
                                   .method = &method, .options = &options, .data = &t->data, .key = &toy_key},
                               &message),
                    0);
                assert_true(fit_step(fit, &loss));
                allocations = 0;
                counting_allocations = true;
                Status status = fit_train(fit, &report, &message);
                counting_allocations = false;
                assert_int_equal(status, STATUS_OK);
                assert_int_equal(report.epochs, 3);
                if (allocations)
                    fail_msg("%s+%s: %ld allocations", (*b)->name, (*e)->name, (long)allocations);
                fit_free(fit);
            }
}

static unsigned conversion_net(const Estimator *e)
{
    int k = 0;
    while (k < MAX_NETS && !(e->net[k] & HEAD(CVR)))
        k++;
    return k < MAX_NETS ? e->net[k] : 0;
}

/* The first estimator that must start as this one does. In cross_stitch, ple and aitm the other heads of a
 * net have a part in the predictions of CVR, so there only nets of the same heads start alike. */
static const Estimator *starts_as(const Backbone *backbone, const Estimator *e)
{
    bool entangled = !strcmp(backbone->name, "cross_stitch") || !strcmp(backbone->name, "ple") ||
                     !strcmp(backbone->name, "aitm");
    const Estimator *const *first = estimator_table;
    while (entangled && ((*first)->predict || conversion_net(*first) != conversion_net(e)))
        first++;
    return *first;
}

static void predict_at_start(const Toy *t, const Estimator *estimator, const Backbone *backbone, float *cvr)
{
    Method method = {.estimator = estimator, .backbone = backbone};
    EstimatorOptions options = toy_options(estimator);
    Fit *fit;
    OK(fit_create(&fit,
                  &(FitSetup){.method = &method, .options = &options, .data = &t->data, .key = &toy_key},
                  message));
    OK(fit_predict(fit, &t->log.x, cvr, NULL, message));
    fit_free(fit);
}

/* Common random numbers: before training, all methods on a backbone predict the same, up to the rounding of
 * mf with a weight of 1 and without: below 8 roundings of logits that are smaller than 1, in a sigmoid. Those
 * with a prediction of their own make something else of their heads. */
static void conversion_heads_start_alike(void **state)
{
    float first[TOY_ROWS], other[TOY_ROWS];
    for (const Backbone *const *b = backbone_table; *b; b++)
        for (const Estimator *const *e = estimator_table; *e; e++) {
            if ((*e)->predict)
                continue;
            predict_at_start(*state, starts_as(*b, *e), *b, first);
            predict_at_start(*state, *e, *b, other);
            for (int i = 0; i < TOY_ROWS; i++)
                if (fabsf(first[i] - other[i]) > 8 * FLT_EPSILON / 2)
                    fail_msg("%s+%s starts elsewhere", (*b)->name, (*e)->name);
            assert_true(first[0] != first[1]);
        }
}

/* On every backbone, the logits of clicks and conversions start higher by those of their rates in the log,
 * half a row of each kind added: below 64 roundings of logits that are smaller than 8, read back from float.
 */
static void heads_start_at_the_rates_of_their_labels(void **state)
{
    const Toy *t = *state;
    static float off[2][TOY_ROWS], on[2][TOY_ROWS];
    double clicks = 0, converted = 0;
    for (int i = 0; i < TOY_ROWS; i++) {
        clicks += t->log.click[i];
        converted += t->log.conversion[i];
    }
    static const char *const name[] = {"esmm", "naive", "direct", "dcmt"};
    for (const Backbone *const *b = backbone_table; *b; b++)
        for (int k = 0; k < 4; k++) {
            Method method = {.estimator = named(name[k]).estimator, .backbone = *b};
            EstimatorOptions options = toy_options(method.estimator);
            for (int start = SWITCH_OFF; start <= SWITCH_ON; start++) {
                Fit *fit;
                options.model.prior_start = (Switch)start;
                OK(fit_create(
                    &fit,
                    &(FitSetup){.method = &method, .options = &options, .data = &t->data, .key = &toy_key},
                    message));
                OK(fit_predict(fit, &t->log.x, start ? on[0] : off[0], start ? on[1] : off[1], message));
                fit_free(fit);
            }
            double rows = k == 2 ? TOY_ROWS : clicks;
            double prior[2] = {log((converted + 0.5) / (rows - converted + 0.5)),
                               log((clicks + 0.5) / (TOY_ROWS - clicks + 0.5))};
            for (int task = 0; task < (isnan(on[1][0]) ? 1 : 2); task++)
                for (int i = 0; i < TOY_ROWS; i++) {
                    double low = (double)off[task][i], high = (double)on[task][i];
                    double moved = log(high / (1 - high)) - log(low / (1 - low));
                    if (!(fabs(moved - prior[task]) < 64 * 8 * (double)FLT_EPSILON))
                        fail_msg("%s+%s: moved by %g, expected %g", (*b)->name, name[k], moved, prior[task]);
                }
        }
}

/* The heads of post-click actions too, of clicks or, where they hold the click, of all exposures. */
static void heads_of_actions_start_at_their_rates(void **state)
{
    const Toy *t = *state;
    const Log *data = &t->log;
    double clicks = 0, acted = 0, bought_after = 0, bought = 0;
    for (int i = 0; i < TOY_ROWS; i++) {
        clicks += data->click[i];
        acted += data->behaviour->action[i];
        bought += data->conversion[i];
        bought_after += data->behaviour->action[i] && data->conversion[i];
    }
    static const char *const name[] = {"esm2", "aitm_action"};
    for (int k = 0; k < 2; k++) {
        const Method method = named(name[k]);
        const EstimatorOptions options = toy_options(method.estimator);
        Model *model;
        OK(model_create(&model,
                        &(ModelSetup){.method = &method,
                                      .options = &options.model,
                                      .schema = &data->x.schema,
                                      .lookups = TOY_ROWS,
                                      .key = &toy_key},
                        message));
        model_start_at_rates(model, data);
        const double of = k ? TOY_ROWS : clicks;
        assert_float_equal(model->prior[ACTION], log((acted + 0.5) / (of - acted + 0.5)), 1e-5);
        assert_float_equal(model->prior[BUY_AFTER_ACTION],
                           log((bought_after + 0.5) / (acted - bought_after + 0.5)), 1e-5);
        assert_float_equal(
            model->prior[BUY_OTHERWISE],
            log((bought - bought_after + 0.5) / (clicks - acted - bought + bought_after + 0.5)), 1e-5);
        model_free(model);
    }
}

/* What two very different methods saw in each step: their clicked rows. */
enum { STEPS = 3 * (TOY_ROWS / 64 + 1) };
static uint32_t seen[STEPS][64];
static int steps;

static Var record(Pass *pass)
{
    const Block *o = sampler_block(pass->sampler, O);
    memset(seen[steps], 0xff, sizeof seen[steps]);
    memcpy(seen[steps++], o->row, (size_t)o->rows * sizeof *o->row);
    return mean(bce(logit(pass, CVR, O), conversions(pass, O)));
}

static Var look_around(Pass *pass)
{
    return add(mean(logit(pass, IMPUTATION, U)), mean(bce(logit(pass, CTR, D), clicks(pass))));
}

static const Estimator modest = {.name = "modest", .net = {HEAD(CVR)}, .phase = {{record, 0}}};
static const Estimator curious = {.name = "curious",
                                  .net = {HEAD(CVR), HEAD(CTR) | HEAD(IMPUTATION)},
                                  .phase = {{look_around, 2}, {record, 1}}};

static void methods_see_the_same_exposures(void **state)
{
    static uint32_t first[STEPS][64];
    float cvr[TOY_ROWS];
    Method a = {.estimator = &modest, .backbone = backbone_find("mf")};
    Method b = {.estimator = &curious, .backbone = backbone_find("towers")};
    EstimatorOptions options = toy_options(&modest);
    train(*state, &a, &options, &toy_key, cvr);
    assert_int_equal(steps, STEPS);
    memcpy(first, seen, sizeof seen);
    steps = 0;
    train(*state, &b, &options, &toy_key, cvr);
    assert_int_equal(steps, STEPS);
    assert_memory_equal(first, seen, sizeof seen);
}

/* More than the tape holds in a phase that is not the last. */
static Var greedy_loss(Pass *pass)
{
    for (int k = 0; k < 3; k++)
        tape_floats(pass_tape(pass), (size_t)100 << 20);
    return mean(bce(logit(pass, CVR, O), conversions(pass, O)));
}

static void a_step_that_is_too_large_is_an_error(void **state)
{
    static const Estimator greedy = {
        .name = "greedy", .net = {HEAD(CVR)}, .phase = {{greedy_loss, 0}, {record, 0}}};
    const Toy *t = *state;
    Method method = {.estimator = &greedy, .backbone = backbone_find("towers")};
    EstimatorOptions options = toy_options(&greedy);
    Fit *fit;
    FitReport report;
    Message said = {""};
    steps = 0;
    OK(fit_create(&fit,
                  &(FitSetup){.method = &method, .options = &options, .data = &t->data, .key = &toy_key},
                  message));
    assert_int_equal(fit_train(fit, &report, &said), STATUS_FAILED);
    assert_non_null(strstr(said.text, "expected a smaller train.batch"));
    fit_free(fit);
}

static Var idle_loss(Pass *pass)
{
    usleep(20000);
    return mean(bce(logit(pass, CVR, O), conversions(pass, O)));
}

/* What other processes make it wait for is no time of a method. */
static void seconds_are_those_of_computing(void **state)
{
    static const Estimator idle = {.name = "idle", .net = {HEAD(CVR)}, .phase = {{idle_loss, 0}}};
    const Toy *t = *state;
    Method method = {.estimator = &idle, .backbone = backbone_find("towers")};
    EstimatorOptions options = toy_options(&idle);
    Fit *fit;
    FitReport report;
    OK(fit_create(&fit,
                  &(FitSetup){.method = &method, .options = &options, .data = &t->data, .key = &toy_key},
                  message));
    OK(fit_train(fit, &report, message));
    assert_true(report.seconds > 0 && report.seconds < 0.01 * (double)report.steps);
    fit_free(fit);
}

static void click_predictions_are_nan_without_a_head(void **state)
{
    const Toy *t = *state;
    float cvr[TOY_ROWS], ctr[TOY_ROWS];
    for (int k = 0; k < 2; k++) {
        Method method = named(k ? "esmm" : "naive");
        EstimatorOptions options = toy_options(method.estimator);
        Fit *fit;
        OK(fit_create(&fit,
                      &(FitSetup){.method = &method, .options = &options, .data = &t->data, .key = &toy_key},
                      message));
        OK(fit_predict(fit, &t->log.x, cvr, ctr, message));
        fit_free(fit);
        for (int i = 0; i < TOY_ROWS; i++) {
            assert_true(cvr[i] > 0 && cvr[i] < 1);
            assert_true(k ? ctr[i] > 0 && ctr[i] < 1 && ctr[i] != cvr[i] : isnan(ctr[i]));
        }
    }
}

/* An estimator that asks for what the data do not have ends in a message, though its descriptor does not say
 * that it needs it. */
static void what_is_not_there_is_named(void **state)
{
    static const struct {
        const char *name, *expected;
    } kind[] = {{"esm2", "post-click behaviour"},
                {"aitm_action", "post-click behaviour"},
                {"unbiased_only", "an unbiased sample"},
                {"combine", "an unbiased sample"},
                {"ips", "propensities"}};
    Toy *t = *state;
    for (size_t k = 0; k < sizeof kind / sizeof *kind; k++) {
        Log log = t->log;
        TrainingData data = t->data;
        Method method;
        Fit *fit;
        FitReport report;
        Message failure = {""};
        log.behaviour = NULL;
        log.propensity = NULL;
        data.log = &log;
        data.unbiased = NULL;
        OK(method_find(kind[k].name, &method, message));
        EstimatorOptions options = toy_options(method.estimator);
        OK(fit_create(&fit,
                      &(FitSetup){.method = &method, .options = &options, .data = &data, .key = &toy_key},
                      message));
        assert_int_equal(fit_train(fit, &report, &failure), STATUS_FAILED);
        assert_non_null(strstr(failure.text, kind[k].name));
        assert_non_null(strstr(failure.text, kind[k].expected));
        fit_free(fit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_key_same_result),
        cmocka_unit_test(an_automatic_clip_is_a_tenth_of_the_click_rate),
        cmocka_unit_test(other_key_other_result),
        cmocka_unit_test(the_report_counts),
        cmocka_unit_test(patience_and_tolerance_stop),
        cmocka_unit_test(a_loss_at_rest_stops_after_patience),
        cmocka_unit_test(nan_features_are_a_divergence),
        cmocka_unit_test(a_huge_learning_rate_is_a_divergence),
        cmocka_unit_test(nan_propensities_are_a_divergence),
        cmocka_unit_test(training_does_not_allocate),
        cmocka_unit_test(conversion_heads_start_alike),
        cmocka_unit_test(heads_start_at_the_rates_of_their_labels),
        cmocka_unit_test(heads_of_actions_start_at_their_rates),
        cmocka_unit_test(methods_see_the_same_exposures),
        cmocka_unit_test(a_step_that_is_too_large_is_an_error),
        cmocka_unit_test(seconds_are_those_of_computing),
        cmocka_unit_test(click_predictions_are_nan_without_a_head),
        cmocka_unit_test(what_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, toy_create, toy_free);
}
