/* Mini-batches: which rows a step sees. */
#pragma once

#include "estimators/core/log_window.h"
#include "estimators/core/loss.h"
#include "estimators/core/options.h"
#include "sim/base/random.h"
#include "sim/log.h"

/* How a log is streamed to methods that learn so. Days are those of the log's times. */
typedef struct StreamPlan {
    double attribution;    /* window in which conversions count */
    double from, to;       /* the stream; clicks whose window has closed before it are trained on first */
    bool cut;              /* not streamed: trained on as it is known at `from`, by methods that can */
    double step;           /* what is predicted, and then trained on, at a time */
    const float *later;    /* given f of delayed_positive() and */
    const float *negative; /* z of real_negative(), a value a row of the log; NULL: learned */
    const float *seen;     /* f1 of seen_by_now(), likewise. Of an estimator with a deadline this and z are of
                              the time when a click enters */
    const float *weight;   /* a row of the stream counts by that of its row of the log, besides the log's own
                              weights: 1/p~ for methods of all exposures. NULL: by none */
} StreamPlan;

/* What a method is trained on. The caller owns all of it. */
typedef struct TrainingData {
    const Log *log;          /* the biased log; of one in blocks, the rows that its rates are taken from */
    const LogBlocks *blocks; /* of a log that is not held whole; else NULL */
    const Log *unbiased;     /* the unbiased sample, conversions valid on every row; NULL for none */
    const StreamPlan *plan;  /* for methods with a stream, of a log with times; NULL: none are trained */
} TrainingData;

typedef struct Sampler Sampler;

/* Streams "batches/..." of `key`: every method gets the same batches of exposures, of clicks and of unbiased
 * rows. */
Status sampler_create(Sampler **sampler, const TrainingData *data, const TrainOptions *options,
                      const StreamKey *key, Message *message);
void sampler_free(Sampler *sampler);

/* Steps in an epoch: one pass over the exposures, or over the clicks with DRAW_CLICKS, in ceil(rows / batch)
 * batches whose sizes differ by one row at most. With drop_last all have `batch` rows, and what is left over
 * is left out. Exposures beside batches of clicks are drawn with replacement, `batch` of them, and the
 * unbiased sample goes round: neither has an epoch. Of a log in blocks each window is gone through in
 * batches of its own; batches of clicks need a whole log. */
int sampler_steps(const Sampler *sampler);

/* Batches of O are these rows of a stream from now on, at least one, in their order or, where `shuffled`, in
 * a new one in each epoch; there is no batch of another space. They must outlive their use. */
void sampler_feed(Sampler *sampler, const StreamRow *row, size_t rows, bool shuffled);

/* Shuffles for a new epoch. */
void sampler_epoch(Sampler *sampler);

/* Moves to the next batch; blocks are filled when first asked for. False where it cannot be read. */
bool sampler_next(Sampler *sampler);

/* The rows of a space in the current batch, and their labels as floats. */
typedef struct Block {
    const Log *log;
    const uint32_t *row;
    int rows;
    int first;               /* where the rows start in D's, when they are a run of them; else -1 */
    const float *click;      /* o; D only */
    const float *conversion; /* r over O and U; o r over D */
    const float *action;     /* o d; D only, NULL when the log has no behaviour */
    const float *weight;     /* of the rows; NULL: the log has none */
    const StreamRow *fed;    /* O of a stream only, else NULL; `conversion` is then their labels */
} Block;
const Block *sampler_block(Sampler *sampler, Space space);

/* |B| of per_exposure(): the number of exposures that the clicked rows of the batch stand for. Rows count by
 * their weights, here and in the two shares below. */
double sampler_exposures(Sampler *sampler);

/* Whether batches are those of sampler_feed(). */
bool sampler_is_fed(const Sampler *sampler);

/* Days of the attribution window of the plan. */
double sampler_attribution(const Sampler *sampler);

/* Given f, z or f1, a value a row of the log; NULL where they are learned. */
const float *sampler_given_later(const Sampler *sampler);
const float *sampler_given_negative(const Sampler *sampler);
const float *sampler_given_seen(const Sampler *sampler);

/* Whether there is an unbiased sample: without one there are no rows of U. */
bool sampler_has_unbiased(const Sampler *sampler);

/* |U| / (|O| + |U|) of the whole data; of a log in blocks by the click rate of `log`. */
double sampler_share_of_unbiased(const Sampler *sampler);

/* |O| / |D| of the data's `log`. */
double sampler_click_rate(const Sampler *sampler);

/* `n` numbers uniform in (0, 1), from a stream of their own: whoever draws changes no batch. */
void sampler_uniform(Sampler *sampler, int n, float *u);

/* The most rows that one phase can look up in a table, for this batch size. */
size_t batch_lookups(const TrainOptions *options);
