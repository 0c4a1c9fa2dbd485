/* The memory of real data, and the draw of the unbiased sample that all readers share. */
#include "sim/data/real_data.h"

#include "sim/data/bag_column.h"

#include <assert.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

const char *real_test_text(RealTest kind)
{
    static const char *const text[] = {
        [REAL_TEST_HELD] = "held out of the log, as biased as it is: conversions are known on clicks only",
        [REAL_TEST_RANDOM] = "shown at random and clicked by choice: conversions are known on clicks only",
        [REAL_TEST_FORCED] = "shown at random with forced outcomes: whether each converts is known",
    };
    return text[kind];
}

void real_data_free(RealData *data)
{
    log_free(&data->log);
    log_free(&data->unbiased);
    log_free(&data->test);
    log_file_free(data->file);
    free(data->group);
    free(data->propensity);
    for (int f = 0; f < MAX_CATEGORICAL; f++) {
        if (data->bags[f])
            bags_free(data->bags[f]);
        free(data->bags[f]);
        data->bags[f] = NULL;
    }
    free(data->names);
    free(data->unread);
    data->group = NULL;
    data->propensity = NULL;
    data->names = NULL;
    data->unread = NULL;
    data->file = NULL;
}

Status mark_unbiased(uint8_t **mark, size_t *unbiased, size_t rows, double share, const StreamKey *key,
                     Message *message)
{
    assert(rows > 0 && share >= 0 && share < 1);
    *unbiased = (size_t)lround(share * (double)rows);
    *mark = NULL;
    if (*unbiased == rows || (share > 0 && !*unbiased))
        return fail(
            message, STATUS_USAGE,
            "data.unbiased_share: found %g; expected a share that leaves both parts of the %zu random "
            "ratings some",
            share, rows);
    uint8_t *marks = calloc(rows, sizeof *marks);
    gsl_rng *generator = stream_open(key, "unbiased");
    for (size_t i = 0; marks && i < *unbiased; i++)
        marks[i] = 1;
    if (marks && generator)
        gsl_ran_shuffle(generator, marks, rows, sizeof *marks);
    if (!marks || !generator) {
        free(marks);
        gsl_rng_free(generator);
        return fail_memory(message, "the unbiased sample");
    }
    gsl_rng_free(generator);
    *mark = marks;
    return STATUS_OK;
}
