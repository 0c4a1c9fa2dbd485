/* Holding rows out of a sample before anything else sees it, for every estimator alike: of the final fit, of
 * first stages, of naive Bayes, and of the test too, which none of them is in. */
#include "experiments/inputs/held_out.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

/* Rows in a random order: the first are held out. */
static uint32_t *shuffled(size_t rows, const StreamKey *key)
{
    gsl_rng *random = stream_open(key, "tune/split");
    uint32_t *row = random ? malloc((rows + 1) * sizeof *row) : NULL;
    for (size_t i = 0; row && i < rows; i++)
        row[i] = (uint32_t)i;
    if (row)
        gsl_ran_shuffle(random, row, rows, sizeof *row);
    gsl_rng_free(random);
    return row;
}

/* Divides the truth of the log: the first `held` of the rows, and the others. */
static Status divide_truth(Sample *sample, const uint32_t *row, size_t held, Message *message)
{
    Truth kept;
    if (sample->truth.rows == 0)
        return STATUS_OK;
    Status status = truth_select(&sample->held_truth, &sample->truth, row, held, message);
    if (!status)
        status = truth_select(&kept, &sample->truth, row + held, sample->truth.rows - held, message);
    if (status)
        return status;
    truth_free(&sample->truth);
    sample->truth = kept;
    return STATUS_OK;
}

/* Divides the logged propensities likewise. */
static Status divide_logged(Sample *sample, const uint32_t *row, size_t held, size_t rows, Message *message)
{
    if (!sample->logged)
        return STATUS_OK;
    sample->own_logged = calloc(rows + 1, sizeof *sample->own_logged);
    if (!sample->own_logged)
        return fail_memory(message, "the propensities");
    for (size_t i = 0; i < rows; i++)
        sample->own_logged[i] = sample->logged[row[i]];
    sample->held_logged = sample->own_logged;
    sample->logged = sample->own_logged + held;
    return STATUS_OK;
}

Status sample_hold_out(Sample *sample, const TuneOptions *options, Message *message)
{
    const bool of_log = options->on != TUNE_UNBIASED;
    const Log **whole = of_log ? &sample->log : &sample->unbiased;
    Log *own = &sample->own[of_log ? 0 : 1], kept;
    const size_t rows = (*whole)->x.rows, held = (size_t)ceil(options->share * (double)rows);
    uint32_t *row = shuffled(rows, &sample->key);
    if (!row)
        return fail_memory(message, "a split of the data");
    Status status = log_select(&sample->held, *whole, row, held, message);
    if (!status && of_log)
        status = divide_truth(sample, row, held, message);
    if (!status && of_log)
        status = divide_logged(sample, row, held, rows, message);
    if (!status)
        status = log_select(&kept, *whole, row + held, rows - held, message);
    free(row);
    if (status)
        return status;
    log_free(own); /* empty where the whole is the source's */
    *own = kept;
    *whole = own;
    return STATUS_OK;
}
