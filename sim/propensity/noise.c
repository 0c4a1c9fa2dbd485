/* Draws the noise that distort() puts on logits. */
#include "sim/propensity/noise.h"

#include "sim/base/draw.h"

#include <stdlib.h>

Status noise_create(float **noise, const Distortion *distortion, size_t rows, const StreamKey *key,
                    const char *purpose, Message *message)
{
    *noise = NULL;
    if (distortion->noise == 0)
        return STATUS_OK;
    gsl_rng *generator = stream_open(key, purpose);
    float *draws = calloc(rows, sizeof *draws);
    if (!generator || !draws) {
        gsl_rng_free(generator);
        free(draws);
        return fail_memory(message, "the noise on probabilities");
    }
    for (size_t i = 0; i < rows; i++)
        draws[i] = (float)draw_normal(generator, 1);
    gsl_rng_free(generator);
    *noise = draws;
    return STATUS_OK;
}
