/* The numbers of small trainings, of every estimator and on every backbone, and of a small world, to the last
 * bit: the same for every compiler, optimisation and instruction set. What is recorded here changes only
 * where a formula or an order of sums is meant to change; tests/bits.sh builds in several ways and runs this.
 */
#include "sim/base/kernel.h"
#include "sim/base/random.h"
#include "sim/base/sha256.h"
#include "sim/world/world.h"
#include "tests/support/toy_log.h"

/* The first digits of the hash of what has been computed. */
enum { DIGITS = 16 };
typedef struct Recorded {
    const char *name;
    const char *digits;
} Recorded;

static const Recorded recorded[] = {
#include "tests/estimators/bits.inc"
};

/* What differs is shown as it would be recorded, all of it before the test fails. */
static int differ;

static void check(const char *name, Sha256 *hash)
{
    char text[SHA256_TEXT];
    sha256_end(hash, text);
    text[DIGITS] = 0;
    for (size_t k = 0; k < sizeof recorded / sizeof *recorded; k++)
        if (!strcmp(recorded[k].name, name) && !strcmp(recorded[k].digits, text))
            return;
    print_error("    {\"%s\", \"%s\"}, /* on %s */\n", name, text, instruction_set_name(instruction_set()));
    differ++;
}

/* Whole tiles and rests of them, over three epochs. */
static void train(const Toy *t, const char *name, const char *estimator, const Backbone *backbone, Draw draw)
{
    static float cvr[TOY_ROWS], ctr[TOY_ROWS];
    Method method;
    FitReport report;
    Fit *fit;
    Sha256 hash;
    OK(method_find(estimator, &method, message));
    method.backbone = backbone ? backbone : method.backbone;
    EstimatorOptions options = toy_options(method.estimator);
    options.model.embedding = 8;
    options.model.width[0] = 37;
    options.model.width[1] = 32;
    options.model.expert_width = 16;
    options.train.batch = 200;
    options.train.draw = draw;
    OK(fit_create(&fit,
                  &(FitSetup){.method = &method, .options = &options, .data = &t->data, .key = &toy_key},
                  message));
    OK(fit_train(fit, &report, message));
    OK(fit_predict(fit, &t->log.x, cvr, ctr, message));
    fit_free(fit);
    sha256_begin(&hash);
    sha256_add(&hash, &report.loss, sizeof report.loss);
    sha256_add(&hash, cvr, sizeof cvr);
    sha256_add(&hash, ctr, sizeof ctr);
    check(name, &hash);
}

static void trainings_are_as_recorded(void **state)
{
    differ = 0;
    for (int set = 0; set < INSTRUCTION_SETS; set++)
        for (const Backbone *const *b = backbone_table; instruction_set_choose((InstructionSet)set) && *b;
             b++)
            train(*state, (*b)->name, "escm2_dr", *b, DRAW_EXPOSURES);
    assert_int_equal(differ, 0);
}

/* On its own backbone, and by clicks as well. Operations are made in an order that the text of a loss gives:
 * calls that make some are no two arguments of one call, whose order is the compiler's choice. */
static void estimators_are_as_recorded(void **state)
{
    char name[64];
    differ = 0;
    for (const Estimator *const *e = estimator_table; *e; e++)
        for (Draw draw = DRAW_EXPOSURES; draw <= DRAW_CLICKS; draw++) {
            snprintf(name, sizeof name, "%s/%s", (*e)->name, draw == DRAW_CLICKS ? "clicks" : "exposures");
            train(*state, name, (*e)->name, NULL, draw);
        }
    assert_int_equal(differ, 0);
}

/* With a hidden confounder, over which truth takes an integral, or without. */
static void draw_world(const char *name, double gamma)
{
    enum { ROWS = 1000 };
    World *world;
    Generator *generator;
    Log log;
    Truth truth;
    Sha256 hash;
    const WorldOptions options = {.users = 50,
                                  .items = 40,
                                  .segments = 4,
                                  .categories = 5,
                                  .latent = 3,
                                  .context = 2,
                                  .item_zipf = 1,
                                  .feature_noise = 0.5,
                                  .shape = SHAPE_NETWORK,
                                  .dependence = 0.5,
                                  .sigma_o = 1,
                                  .sigma_r = 1,
                                  .gamma_o = gamma,
                                  .gamma_r = gamma / 2,
                                  .delta = gamma / 2,
                                  .ctr = 0.1,
                                  .cvr = 0.2};
    OK(world_create(&world, &options, 1, 0, message));
    OK(log_create(&log, world_schema(world), ROWS, message));
    OK(truth_create(&truth, ROWS, message));
    OK(generator_open(&generator, world, &toy_key, "bits", SAMPLE_EXPOSURES, message));
    generator_next(generator, &log, &truth);
    generator_close(generator);
    sha256_begin(&hash);
    sha256_add(&hash, log.x.dense, ROWS * (size_t)log.x.schema.dense * sizeof *log.x.dense);
    sha256_add(&hash, log.click, ROWS * sizeof *log.click);
    sha256_add(&hash, truth.p_o, ROWS * sizeof *truth.p_o);
    sha256_add(&hash, truth.p_r, ROWS * sizeof *truth.p_r);
    check(name, &hash);
    truth_free(&truth);
    log_free(&log);
    world_free(world);
}

static void worlds_are_as_recorded(void **state)
{
    (void)state;
    differ = 0;
    for (int set = 0; set < INSTRUCTION_SETS; set++)
        if (instruction_set_choose((InstructionSet)set)) {
            draw_world("world", 0);
            draw_world("world/hidden", 1);
        }
    assert_int_equal(differ, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trainings_are_as_recorded),
        cmocka_unit_test(estimators_are_as_recorded),
        cmocka_unit_test(worlds_are_as_recorded),
    };
    return cmocka_run_group_tests(tests, toy_create, toy_free);
}
