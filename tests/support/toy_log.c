/* A log that can be learned from in a few epochs, and the options to do it with. */
#include "tests/support/toy_log.h"

#include <gsl/gsl_randist.h>

double toy_logistic(double z)
{
    return 1 / (1 + exp(-z));
}

void toy_fill(Log *log, gsl_rng *generator, bool forced, float *propensity)
{
    for (size_t i = 0; i < log->x.rows; i++) {
        float *x = log->x.dense + 2 * i;
        x[0] = (float)gsl_ran_ugaussian(generator);
        x[1] = (float)gsl_ran_ugaussian(generator);
        log->x.id[2 * i] = (uint32_t)gsl_rng_uniform_int(generator, log->x.schema.cardinality[0]);
        log->x.id[2 * i + 1] = (uint32_t)gsl_rng_uniform_int(generator, log->x.schema.cardinality[1]);
        double p = toy_logistic(-0.5 + (double)x[0]), r = toy_logistic(-1 + (double)x[1]);
        log->click[i] = forced || gsl_rng_uniform(generator) < p;
        log->conversion[i] = gsl_rng_uniform(generator) < r && log->click[i];
        if (log->behaviour) /* buyers act more often */
            log->behaviour->action[i] = log->click[i] && (i % 3 == 0 || (log->conversion[i] && i % 2 == 0));
        if (propensity)
            propensity[i] = (float)p;
    }
}

static void toy_stream(ActivityStream *stream)
{
    static uint32_t item[TOY_USERS * TOY_EVENTS];
    static uint8_t action[TOY_USERS * TOY_EVENTS];
    static float gap[TOY_USERS * TOY_EVENTS];
    for (int e = 0; e < TOY_USERS * TOY_EVENTS; e++) {
        item[e] = (uint32_t)(7 * e % TOY_ITEMS);
        action[e] = (uint8_t)(e % ACTIONS);
        gap[e] = 0.1F * (float)(e % 11);
    }
    *stream = (ActivityStream){.item = item, .action = action, .gap = gap};
}

/* Delays of none to four fifths of the attribution window. */
static void toy_delay(Toy *t)
{
    OK(log_add_delays(&t->log, message));
    for (size_t i = 0; i < TOY_ROWS; i++) {
        t->log.delays->click_time[i] = 10 * (double)i / TOY_ROWS;
        if (t->log.conversion[i])
            t->log.delays->conversion_time[i] = t->log.delays->click_time[i] + 0.2 * (double)(i % 5);
    }
    t->plan = (StreamPlan){.attribution = 1, .from = 6, .to = 10, .step = 0.25};
}

int toy_create(void **state)
{
    static Toy t;
    Schema schema = {.categorical = 2,
                     .name = {"user", "item"},
                     .cardinality = {TOY_USERS, TOY_ITEMS},
                     .dense = 2,
                     .events = TOY_EVENTS};
    gsl_rng *generator = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(generator);
    OK(log_create(&t.log, &schema, TOY_ROWS, message));
    OK(log_create(&t.unbiased, &schema, TOY_UNBIASED, message));
    OK(log_add_behaviour(&t.log, message));
    toy_fill(&t.log, generator, false, t.propensity);
    toy_fill(&t.unbiased, generator, true, NULL);
    gsl_rng_free(generator);
    toy_stream(&t.stream);
    toy_delay(&t);
    t.log.x.stream = t.unbiased.x.stream = &t.stream;
    t.log.propensity = t.propensity;
    t.data = (TrainingData){.log = &t.log, .unbiased = &t.unbiased, .plan = &t.plan};
    *state = &t;
    return 0;
}

int toy_free(void **state)
{
    Toy *t = *state;
    t->log.propensity = NULL; /* not its own */
    log_free(&t->log);
    log_free(&t->unbiased);
    return 0;
}

EstimatorOptions toy_options(const Estimator *estimator)
{
    EstimatorOptions options = {
        .model = {.embedding = 4,
                  .layers = 2,
                  .width = {8, 4},
                  .init = 0.1,
                  .experts = 3,
                  .expert_width = 6,
                  .levels = 2},
        .train =
            {.epochs = 3, .batch = 64, .batch_unbiased = 16, .learning_rate = 0.01, .l2 = 1e-5, .clip = 0.05},
    };
    for (int k = 0; k < constant_count(estimator); k++)
        options.constant[k] = estimator->constant[k].value;
    return options;
}
