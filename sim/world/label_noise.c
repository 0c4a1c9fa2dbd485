/* The mechanism that flips labels once they are drawn. It comes last, so that whatever follows from an
 * outcome follows from the right one. */
#include "sim/world/label_noise.h"

#include "sim/world/mechanism.h"

#include <stdlib.h>

static bool label_noise_is_on(const WorldOptions *options)
{
    return options->label_noise.rho01 > 0 || options->label_noise.rho10 > 0;
}

static Status label_noise_prepare(WorldMechanism *self, const World *world, const StreamKey *key,
                                  Message *message)
{
    (void)key;
    LabelNoiseOptions *rates = self->state = calloc(1, sizeof *rates);
    if (!rates)
        return fail_memory(message, "the rates of wrong labels");
    *rates = world_options(world)->label_noise;
    return STATUS_OK;
}

static void label_noise_draw(const void *state, gsl_rng *random, const ExposureBlock *block, Log *log)
{
    const LabelNoiseOptions *rates = state;
    for (int i = 0; i < block->rows; i++) {
        const size_t row = block->first + (size_t)i;
        const double rate = log->conversion[row] ? rates->rho10 : rates->rho01;
        if (gsl_rng_uniform(random) < rate && log->click[row])
            log->conversion[row] = !log->conversion[row];
    }
}

const Mechanism label_noise_mechanism = {
    .name = "wrong labels",
    .stream = "labels",
    .is_on = label_noise_is_on,
    .prepare = label_noise_prepare,
    .release = free,
    .draw = label_noise_draw,
};
