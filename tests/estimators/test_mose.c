/* MoSE in a world where only the stream tells conversions apart: it beats MMoE, which cannot read it, and not
 * when everybody is shown the stream of somebody else. */
#include "estimators/core/train.h"
#include "tests/support/monte_carlo.h"

#include <gsl/gsl_errno.h>

/* Users are many and seen a few times each, so that no id tells what the stream does. */
enum { USERS = 3000, EVENTS = 5, ROWS = 20000, TEST = 2000, REPLICATES = 4 };

static const WorldOptions only_the_stream = {
    .users = USERS,
    .items = 40,
    .segments = 1,
    .categories = 1,
    .latent = 2,
    .feature_noise = 1,
    .shape = SHAPE_LINEAR,
    .sigma_o = 1,
    .sigma_r = 2,
    .ctr = 0.5,
    .cvr = 0.4,
    .activity = {.events = EVENTS, .weight = 1, .drift = 0.3, .memory = 2},
};

/* Mean squared error of the predictions of x. */
static double error_of(const char *name, const Log *log, const Features *x, const double *p_r,
                       const StreamKey *key)
{
    static float cvr[TEST];
    Method method;
    Fit *fit;
    FitReport report;
    OK(method_find(name, &method, message));
    EstimatorOptions options = {
        .model = {.embedding = 8, .layers = 1, .width = {32}, .init = 0.05, .experts = 4, .expert_width = 8},
        .train = {.epochs = 4, .batch = 256, .batch_unbiased = 1, .learning_rate = 0.003, .l2 = 1e-5},
    };
    TrainingData data = {.log = log};
    OK(fit_create(&fit, &(FitSetup){.method = &method, .options = &options, .data = &data, .key = key},
                  message));
    OK(fit_train(fit, &report, message));
    assert_false(report.diverged);
    OK(fit_predict(fit, x, cvr, NULL, message));
    fit_free(fit);
    double sum = 0;
    for (size_t i = 0; i < TEST; i++)
        sum += ((double)cvr[i] - p_r[i]) * ((double)cvr[i] - p_r[i]);
    return sum / TEST;
}

/* User u gets the stream of user u + 1. */
static void exchange(const ActivityStream *stream, ActivityStream *other)
{
    static uint32_t item[USERS * EVENTS];
    static uint8_t action[USERS * EVENTS];
    static float gap[USERS * EVENTS];
    for (size_t e = 0; e < USERS * EVENTS; e++) {
        size_t from = (e + EVENTS) % (USERS * EVENTS);
        item[e] = stream->item[from];
        action[e] = stream->action[from];
        gap[e] = stream->gap[from];
    }
    *other = (ActivityStream){.item = item, .action = action, .gap = gap};
}

/* mse of mmoe less that of mose, a replicate each. */
static void gains(const World *world, bool exchanged, double *gain)
{
    StreamKey key = {.seed = 9, .setting = "mose", .replicate = EVERY_REPLICATE};
    ActivityStream other;
    Log test, log;
    Truth truth;
    exchange(&world_activity(world)->stream, &other);
    OK(world_draw(world, &(ExposureDraw){&key, "test", SAMPLE_EXPOSURES, TEST, 0}, &test, &truth, message));
    for (uint32_t b = 0; b < REPLICATES; b++) {
        key.replicate = b;
        OK(world_draw(world, &(ExposureDraw){&key, "log", SAMPLE_EXPOSURES, ROWS, 0}, &log, NULL, message));
        if (exchanged)
            log.x.stream = test.x.stream = &other;
        double without = error_of("mmoe", &log, &test.x, truth.p_r, &key);
        double with = error_of("mose", &log, &test.x, truth.p_r, &key);
        gain[b] = without - with;
        log_free(&log);
    }
    log_free(&test);
    truth_free(&truth);
}

static void mose_reads_what_mmoe_cannot(void **state)
{
    slow_under_valgrind();
    (void)state;
    World *world;
    double own[REPLICATES], others[REPLICATES], difference[REPLICATES];
    OK(world_create(&world, &only_the_stream, 3, 0, message));
    gains(world, false, own);
    gains(world, true, others);
    for (int b = 0; b < REPLICATES; b++)
        difference[b] = own[b] - others[b];
    print_message("mose gains %.2g (standard error %.1g) of mse, %.2g (%.1g) with the streams of others\n",
                  mean_of(own, REPLICATES), error_of_mean(own, REPLICATES), mean_of(others, REPLICATES),
                  error_of_mean(others, REPLICATES));
    assert_true(mean_of(own, REPLICATES) > STANDARD_ERRORS * error_of_mean(own, REPLICATES));
    assert_true(mean_of(difference, REPLICATES) > STANDARD_ERRORS * error_of_mean(difference, REPLICATES));
    world_free(world);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {cmocka_unit_test(mose_reads_what_mmoe_cannot)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
