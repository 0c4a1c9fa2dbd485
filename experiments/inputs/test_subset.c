/* Chooses the test exposures that a store keeps, and gathers what belongs to them. */
#include "experiments/inputs/test_subset.h"

#include <gsl/gsl_randist.h>
#include <stdlib.h>

/* `rows` of `all` places, ascending; NULL when out of memory. */
static uint32_t *choose(size_t all, size_t rows, const StreamKey *key)
{
    gsl_rng *random = stream_open(key, "test/stored");
    uint32_t *place = calloc(all, sizeof *place);
    uint32_t *chosen = calloc(rows, sizeof *chosen);
    if (random && place && chosen) {
        for (size_t i = 0; i < all; i++)
            place[i] = (uint32_t)i;
        gsl_ran_choose(random, chosen, rows, place, all, sizeof *place);
    } else {
        free(chosen);
        chosen = NULL;
    }
    gsl_rng_free(random);
    free(place);
    return chosen;
}

static double *gather(double *to, const double *from, const TestSubset *stored)
{
    for (size_t i = 0; i < stored->set.rows; i++)
        to[i] = from[stored->row[i]];
    return to;
}

static void gather_truth(TestSubset *stored, const TestSet *all)
{
    size_t rows = stored->set.rows;
    stored->set.p_r = gather(stored->truth, all->p_r, stored);
    stored->set.p_o = gather(stored->truth + rows, all->p_o, stored);
    stored->set.q = gather(stored->truth + 2 * rows, all->q, stored);
    for (size_t i = 0; i < rows; i++)
        stored->click[i] = all->click[stored->row[i]];
    stored->set.click = stored->click;
}

Status test_subset_create(TestSubset *stored, const TestSet *all, int64_t most, const StreamKey *key,
                          Message *message)
{
    *stored = (TestSubset){.set = *all};
    if (most == 0 || all->rows <= (size_t)most)
        return STATUS_OK;
    size_t rows = (size_t)most;
    *stored = (TestSubset){.set = {.rows = rows},
                           .row = choose(all->rows, rows, key),
                           .truth = calloc(3 * rows, sizeof *stored->truth),
                           .click = calloc(rows, sizeof *stored->click)};
    if (!stored->row || !stored->truth || !stored->click) {
        test_subset_free(stored);
        return fail_memory(message, "the stored test exposures");
    }
    if (all->p_r)
        gather_truth(stored, all);
    return STATUS_OK;
}

void test_subset_free(TestSubset *stored)
{
    free(stored->row);
    free(stored->truth);
    free(stored->click);
    *stored = (TestSubset){0};
}

const float *test_subset_predictions(const TestSubset *stored, const float *all, float *memory)
{
    if (!stored->row)
        return all;
    for (size_t i = 0; i < stored->set.rows; i++)
        memory[i] = all[stored->row[i]];
    return memory;
}
