/* One phase of an estimator, run on one batch whose logits are free parameters. */
#include "tests/support/stage.h"

int stage_create(void **state)
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

int stage_free(void **state)
{
    Stage *s = *state;
    s->log.propensity = NULL; /* not its own */
    log_free(&s->log);
    return 0;
}

void stage_data(Stage *s)
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

void stage_open(Stage *s, const char *estimator, const Backbone *backbone)
{
    OK(method_find(estimator, &s->method, message));
    s->estimator = *s->method.estimator;
    s->method.estimator = &s->estimator;
    if (backbone) {
        s->method.backbone = backbone;
        memset(s->estimator.own, 0, sizeof s->estimator.own);
    }
    s->data = (TrainingData){.log = &s->log, .unbiased = s->unbiased};
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
    s->context =
        (PassContext){.constants = s->constant, .clip = STAGE_CLIP, .learned = {.distortion = {.scale = 1}}};
    OK(sampler_create(&s->sampler, &s->data, &s->train, &stage_key, message));
    OK(tape_create(&s->context.tape, message));
    OK(model_create(&s->context.model,
                    &(ModelSetup){.method = &s->method,
                                  .options = &s->model,
                                  .schema = &s->log.x.schema,
                                  .lookups = batch_lookups(&s->train),
                                  .key = &stage_key},
                    message));
}

void stage_close(Stage *s)
{
    model_free(s->context.model);
    tape_free(s->context.tape);
    sampler_free(s->sampler);
}

static float *logits_of(Net *net, Head h, float *block)
{
    return block + net->weight[net->layer_zero[h]].offset;
}

StageResult stage_run(Stage *s, int phase)
{
    Pass pass;
    StageResult result = {0};
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

StageResult stage_play(Stage *s, const char *estimator, int phase)
{
    stage_open(s, estimator, &lookup_backbone);
    StageResult result = stage_run(s, phase);
    stage_close(s);
    return result;
}

void stage_set(Stage *s, const char *constant, double value)
{
    const Constant *known = s->method.estimator->constant;
    int k = 0;
    while (strcmp(known[k].key, constant) != 0)
        assert_non_null(known[++k].key);
    s->constant[k] = value;
}

StageResult stage_play_with(Stage *s, const char *estimator, int phase, const char *constant, double value)
{
    stage_open(s, estimator, &lookup_backbone);
    stage_set(s, constant, value);
    StageResult result = stage_run(s, phase);
    stage_close(s);
    return result;
}

void stage_same(const StageResult *a, const StageResult *b, double size)
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
