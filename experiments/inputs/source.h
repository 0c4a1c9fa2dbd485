/* Where the data of a setting come from: a simulated world, a semi-synthetic matrix, the rows of a real log
 * with outcomes of a model, or real data.
 * experiments/inputs makes all that trained methods are given: data, propensities and imputations. It may
 * include experiments/spec, results/store, estimators and sim. */
#pragma once

#include "experiments/inputs/test_subset.h"
#include "experiments/spec/spec.h"
#include "sim/log.h"
#include "sim/streamed_log.h"
#include "sim/truth.h"
#include "sim/world/sample_cache.h"

/* What all replicates of one setting and world share: the world or the real data, and the test exposures.
 * Only read after it is opened, so that workers can share it. */
typedef struct Source Source;

/* `log` is what draws are keyed by (settings_log); it and `setting` must outlive the source. `samples` is
 * what worlds of several sources have in common, or NULL. */
Status source_open(Source **source, const Spec *setting, const char *log, uint32_t world,
                   SampleCache *samples, Message *message);
void source_close(Source *source);

/* Reads real data once, so that a fault in them is reported before anything is stored. */
Status source_check(const Spec *spec, Message *message);

/* What is known of the test exposures. */
typedef enum TestKind {
    TEST_TRUTH,    /* the probabilities and r(1) of every one: a world, a matrix, or rows of a plasmode */
    TEST_LABELS,   /* whether each converts: real items all of which count as clicked */
    TEST_OBSERVED, /* whether each is clicked, and whether those that are clicked convert: rows held out of a
                      real log, or shown at random and clicked by choice */
} TestKind;

/* The time of a stream and the attribution window of its clicks, in days; none where from is to. */
typedef struct StreamSpan {
    double from, to, window;
} StreamSpan;

/* The test exposures. Columns have one value a row and belong to the source; they are NULL only as noted. */
typedef struct TestExposures {
    TestKind kind;
    const Features *x;
    const double *cvr; /* the target of CVR predictions: p_r of TEST_TRUTH, else 0 or 1. Of TEST_OBSERVED it
                          is a label on clicks alone, and on all rows the target of CTCVR */
    const double
        *ctr; /* the target of CTR predictions: p_o of TEST_TRUTH, the clicks of TEST_OBSERVED; else NULL */
    const double *q;          /* P(r=1 | o=1, x) of TEST_TRUTH, else NULL */
    const double *reachable;  /* E[p_r | x'] of a world with a placement, x' all but that; else NULL */
    const uint8_t *click;     /* drawn or observed; NULL for TEST_LABELS, where all are clicked */
    const uint8_t *potential; /* r(1) of TEST_TRUTH, else NULL */
    const double *time;       /* days; NULL where exposures have no time */
    const Log *streamed;      /* whose columns these are where it is one in a file (log_let_go); else NULL */
    StreamSpan stream;        /* in which they are tested, with times */
    const uint32_t
        *group;  /* the lists that real rows were shown in, for per-user metrics; NULL: their users */
    TestSet set; /* what a store keeps of them */
} TestExposures;

/* Whether samples of a setting have the truth of their log. */
bool source_needs_truth(const Spec *spec);

const TestExposures *source_test(const Source *source);

/* Which of them the store keeps. */
const TestSubset *source_test_subset(const Source *source);

/* What one replicate is trained on. */
typedef struct Sample {
    StreamKey key;       /* of the replicate */
    const Log *log;      /* the biased log; of one in blocks, its first window */
    LogBlocks blocks;    /* with log.order blocks; else of no rows */
    BlockSource drawn;   /* what they are drawn from */
    const Log *unbiased; /* NULL for none */
    Truth truth;         /* of the log; no rows where nothing needs it */
    Log held;            /* what a search of tune is scored on: rows of neither; none without a search */
    Truth held_truth;    /* of held rows of the log, as `truth` */
    const float *logged; /* logged propensities of the rows of log and held, NULL without */
    const float *held_logged;
    float *own_logged; /* the memory of both where they were made for this sample */
    /* The clicks, or with delayed.selection all exposures, before and after delayed.pretrain, of which the
     * closed exposures are `log`; NULL without a stream. */
    const Log *stream;
    Truth stream_truth;    /* of it, where oracle auxiliary models need it */
    StreamedPart streamed; /* the memory of `stream` where it was drawn for this sample */
    Log own[2]; /* the memory of log and unbiased where they were made for this sample; else empty */
} Sample;

/* Draws replicate number `replicate`; real data are the same in each, and only the key differs. The sample
 * points into itself and into the source: leave it where it is. Free with sample_free. */
Status source_draw(const Source *source, uint32_t replicate, Sample *sample, Message *message);
void sample_free(Sample *sample);

/* The fixed exposures of the risk layer, with their truth, and one log of clicks on them for what is fitted
 * once. Settings that differ in neither world nor risk.size have the same. Where the truth is known; of real
 * data the rows whose outcomes were forced, which are the potential outcomes, with click and conversion
 * probabilities of models that are fitted on the log (forced_outcomes.h), without which a source of
 * an experiment with a risk layer does not open. */
Status source_draw_risk(const Source *source, Sample *sample, Message *message);
