/* An estimator's phases on one full batch of a small log, with free logits: for tests of how they behave. */
#pragma once

#include "tests/support/lookup_backbone.h"

#include <float.h>
#include <gsl/gsl_randist.h>
#include <math.h>

static const double U_ROUND = (double)FLT_EPSILON / 2;
static const double CLIP = 1e-6;
static const StreamKey key = {.seed = 17, .setting = ""};

/* One full batch of a log of EXPOSURES rows, with free logits. */
typedef struct Stage {
    Log log;
    float propensity[EXPOSURES];
    float z[HEADS][ROWS];
    /* Of the estimator on stage. */
    Method method;
    TrainingData data;
    TrainOptions train;
    ModelOptions model;
    double constant[MAX_CONSTANTS];
    Sampler *sampler;
    PassContext context;
    EpochRatio ratio;
} Stage;

/* What a phase gives: its loss, and its gradient in the logits. */
typedef struct Result {
    double loss, slope[HEADS][EXPOSURES];
} Result;

static inline int stage_create(void **state)
{
    static Stage s;
    static uint32_t item[2];
    static uint8_t action[2];
    static float gap[2];
    static const ActivityStream stream = {.item = item, .action = action, .gap = gap};
    Schema schema = {.categorical = 2, .name = {"user", "item"}, .cardinality = {1, 1}, .events = 2};
    OK(log_create(&s.log, &schema, EXPOSURES, message));
    s.log.x.stream = &stream;
    *state = &s;
    return 0;
}

static inline int stage_free(void **state)
{
    Stage *s = *state;
    s->log.propensity = NULL; /* not its own */
    log_free(&s->log);
    return 0;
}

/* Fresh data, whatever the test before has changed. */
static inline void stage_data(Stage *s)
{
    gsl_rng *g = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(g);
    for (int i = 0; i < EXPOSURES; i++) {
        s->log.click[i] = gsl_rng_uniform(g) < 0.4;
        s->log.conversion[i] = gsl_rng_uniform(g) < 0.4 && s->log.click[i];
        s->propensity[i] = (float)gsl_ran_flat(g, 0.05, 0.95);
        for (int h = 0; h < HEADS; h++)
            s->z[h][i] = (float)gsl_ran_flat(g, -3, 3);
    }
    s->log.propensity = s->propensity;
    gsl_rng_free(g);
}

static inline void stage_open(Stage *s, const char *estimator, const Backbone *backbone)
{
    OK(method_find(estimator, &s->method, message));
    if (backbone)
        s->method.backbone = backbone;
    s->data = (TrainingData){.log = &s->log};
    s->train = (TrainOptions){.batch = EXPOSURES, .batch_unbiased = 1};
    s->model = (ModelOptions){.embedding = 4,
                              .layers = 1,
                              .width = {16},
                              .init = 0.1,
                              .experts = 3,
                              .expert_width = 4,
                              .levels = 2};
    for (int k = 0; k < constant_count(s->method.estimator); k++)
        s->constant[k] = s->method.estimator->constant[k].value;
    s->ratio = (EpochRatio){0};
    s->context = (PassContext){
        .constants = s->constant, .clip = CLIP, .learned = {.distortion = {.scale = 1}}, .ratio = &s->ratio};
    OK(sampler_create(&s->sampler, &s->data, &s->train, &key, message));
    OK(tape_create(&s->context.tape, message));
    OK(model_create(&s->context.model, &s->method, &s->model, &s->log.x.schema, batch_lookups(&s->train),
                    &key, message));
}

static inline void stage_close(Stage *s)
{
    model_free(s->context.model);
    tape_free(s->context.tape);
    sampler_free(s->sampler);
}

static inline float *logits_of(Net *net, Head h, float *block)
{
    return block + net->weight[net->layer_zero[h]].offset;
}

static inline Result perform(Stage *s, int phase)
{
    Pass pass;
    Result result = {0};
    Model *model = s->context.model;
    const Phase *p = &s->method.estimator->phase[phase];
    for (Head h = 0; h < HEADS; h++)
        if (model_net(model, h))
            memcpy(logits_of(model_net(model, h), h, model_net(model, h)->value), s->z[h], sizeof s->z[h]);
    tape_reset(s->context.tape);
    model_move(model, p->moves);
    sampler_next(s->sampler);
    pass_start(&pass, &s->context, s->sampler);
    Var loss = p->loss(&pass);
    tape_backward(s->context.tape, loss);
    result.loss = (double)loss->value[0];
    for (Head h = 0; h < HEADS; h++)
        for (int i = 0; model_net(model, h) && model_net(model, h)->moves && i < EXPOSURES; i++)
            result.slope[h][i] = (double)logits_of(model_net(model, h), h, model_net(model, h)->grad)[i];
    return result;
}

static inline Result play(Stage *s, const char *estimator, int phase)
{
    stage_open(s, estimator, &lookup_backbone);
    Result result = perform(s, phase);
    stage_close(s);
    return result;
}

/* With one constant set. */
static inline Result play_with(Stage *s, const char *estimator, int phase, double constant)
{
    stage_open(s, estimator, &lookup_backbone);
    s->constant[0] = constant;
    Result result = perform(s, phase);
    stage_close(s);
    return result;
}

/* The same loss and gradient, but for 16 roundings of numbers that add up to `size`. */
static inline void same(const Result *a, const Result *b, double size)
{
    double largest = 0;
    for (int h = 0; h < HEADS; h++)
        for (int i = 0; i < EXPOSURES; i++)
            largest = fmax(largest, fabs(b->slope[h][i]));
    assert_true(largest > 0);
    assert_true(fabs(a->loss - b->loss) <= 16 * U_ROUND * size);
    for (int h = 0; h < HEADS; h++)
        for (int i = 0; i < EXPOSURES; i++)
            assert_true(fabs(a->slope[h][i] - b->slope[h][i]) <= 16 * U_ROUND * largest);
}
