/* What fit_create makes of a method, without its training loop. */
#include "tests/support/toy_bench.h"

void bench_open(Bench *b, const Toy *t, const char *name, Draw draw)
{
    *b = (Bench){.toy = t};
    OK(method_find(name, &b->method, message));
    b->options = toy_options(b->method.estimator);
    b->options.model.init = 0.5;
    b->options.train.draw = draw;
    OK(sampler_create(&b->sampler, &t->data, &b->options.train, &toy_key, message));
    OK(tape_create(&b->context.tape, message));
    OK(model_create(&b->context.model,
                    &(ModelSetup){.method = &b->method,
                                  .options = &b->options.model,
                                  .schema = &t->log.x.schema,
                                  .lookups = batch_lookups(&b->options.train),
                                  .key = &toy_key},
                    message));
    b->context.constants = b->options.constant;
    b->context.clip = 0.05;
    b->context.learned = (LearnedPropensity){.distortion = {.scale = 1}};
    sampler_epoch(b->sampler);
    sampler_next(b->sampler);
}

void bench_close(Bench *b)
{
    model_free(b->context.model);
    tape_free(b->context.tape);
    sampler_free(b->sampler);
}
