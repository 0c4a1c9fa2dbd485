/* The content of the store that the tests of results/ and plots/ read: every number is drawn by a key of its
 * own. */
#include "tests/support/store_fixture.h"

#include <gsl/gsl_randist.h>

ExperimentRow fixture_experiment(void)
{
    static FingerprintKey key[] = {
        {"seed", "1", NULL}, {"world.ctr", "0.1", NULL}, {"world.cvr", "0.2", "0.5"}};
    static const Fingerprint fingerprint = {key, 3};
    static const MethodRow method[] = {{.name = "naive"}, {.name = "ips"}, {.name = "dr_jl"}};
    return (ExperimentRow){.name = "compare",
                           .question = "Which one?",
                           .spec = "name: compare\n",
                           .fingerprint = &fingerprint,
                           .baseline = "naive",
                           .method = method,
                           .methods = 3,
                           .seed = 1,
                           .top_k = 5,
                           .shown = "",
                           .version = "0.1",
                           .libraries = "none",
                           .host = "here"};
}

gsl_rng *fixture_generator(unsigned long key)
{
    gsl_rng *generator = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(generator);
    gsl_rng_set(generator, 1000 + key);
    return generator;
}

void fixture_truth(FixtureTruth *truth, int setting, int world)
{
    gsl_rng *generator = fixture_generator((unsigned long)(10 * setting + world));
    for (int j = 0; j < ROWS; j++) {
        truth->p_r[j] = gsl_ran_beta(generator, 2, 8);
        truth->p_o[j] = gsl_ran_beta(generator, 1, 9);
        truth->q[j] = truth->p_r[j];
        truth->click[j] = gsl_rng_uniform(generator) < truth->p_o[j];
    }
    gsl_rng_free(generator);
}

void fixture_prediction(const FixtureTruth *truth, int setting, int world, int replicate, int estimator,
                        float prediction[ROWS])
{
    gsl_rng *generator = fixture_generator(
        (unsigned long)(100000 + 10000 * setting + 1000 * world + 10 * replicate + estimator));
    double shift = 0.1 * estimator + 0.1 * gsl_ran_ugaussian(generator);
    for (int j = 0; j < ROWS; j++) {
        double logit = log(truth->p_r[j] / (1 - truth->p_r[j])) + shift + 0.2 * gsl_ran_ugaussian(generator);
        prediction[j] = (float)(1 / (1 + exp(-logit)));
    }
    gsl_rng_free(generator);
}

Status fixture_run(Store *store, int unit, Message *message)
{
    const int estimator = unit % 3;
    const int replicate = unit / 3 % REPLICATES;
    const int world = unit / 3 / REPLICATES % WORLDS;
    const int setting = unit / 3 / REPLICATES / WORLDS;
    const int diverged = unit == 4;
    FixtureTruth truth;
    float prediction[ROWS];
    fixture_truth(&truth, setting, world);
    fixture_prediction(&truth, setting, world, replicate, estimator, prediction);
    double mse = 0;
    for (int j = 0; j < ROWS; j++)
        mse += ((double)prediction[j] - truth.p_r[j]) * ((double)prediction[j] - truth.p_r[j]) / ROWS;
    const MetricRow metric[] = {{"D", "cvr", "mse", mse, NULL},
                                {"D", "cvr", "auc", 0.7 + mse, NULL},
                                {"O", "ctr", "ndcg", replicate ? 0.5 : NAN, NULL}};
    const RunRow row = {.experiment = "compare",
                        .setting = setting ? "world.ctr=0.2" : "world.ctr=0.1",
                        .estimator = fixture_estimator[estimator],
                        .world = world,
                        .replicate = replicate,
                        .status = diverged ? "diverged" : "done",
                        .seconds = 1 + 0.25 * replicate,
                        .steps = 100,
                        .prediction = diverged ? NULL : prediction,
                        .rows = ROWS,
                        .metric = metric,
                        .metrics = 3};
    return store_run(store, &row, message);
}

void fixture_begin(Store *store)
{
    const ExperimentRow row = fixture_experiment();
    OK(store_experiment(store, &row, message));
    for (int setting = 0; setting < 2; setting++) {
        const char *name = setting ? "world.ctr=0.2" : "world.ctr=0.1";
        const KeyValue key = {"world.ctr", setting ? "0.2" : "0.1"};
        OK(store_setting(store, &(SettingRow){"compare", name, setting, &key, 1, NULL}, message));
        for (int world = 0; world < WORLDS; world++) {
            FixtureTruth truth;
            fixture_truth(&truth, setting, world);
            const TestSet test = {ROWS, truth.p_r, truth.p_o, truth.q, truth.click};
            OK(store_test_set(store, "compare", name, world, &test, message));
        }
    }
}

void fixture_fill(Store *store)
{
    fixture_begin(store);
    for (int unit = 0; unit < UNITS; unit++)
        OK(fixture_run(store, unit, message));
}
