/* Where the data of a setting come from: a simulated world, a semi-synthetic matrix, or real ratings. */
#pragma once

#include "experiments/inputs/test_subset.h"
#include "experiments/spec/spec.h"
#include "sim/log.h"
#include "sim/truth.h"

/* What all replicates of one setting and world share: the world or the real data, and the test exposures.
 * Only read after it is opened, so that workers can share it. */
typedef struct Source Source;

/* `setting` and its text must outlive the source. */
Status source_open(Source **source, const Spec *setting, const char *text, uint32_t world, Message *message);
void source_close(Source *source);

/* Reads real data once, so that a fault in them is told before anything is stored. */
Status source_check(const Spec *spec, Message *message);

/* The features of the test exposures, what is known of them, and what of that goes into the store. */
const Features *source_test(const Source *source);
TestSet source_test_set(const Source *source);
const TestSubset *source_test_subset(const Source *source);

/* r(1) of the test exposures; NULL for real data. */
const uint8_t *source_potential(const Source *source);

/* The target of CVR predictions on the test exposures: p_r, or the 0/1 labels of real data; rows entries. */
const double *source_target(const Source *source);

/* Clicks on real test exposures where some are not clicked: the target of CVR is a label on the clicked ones
 * alone, that of CTCVR on all. NULL where all are, and in simulated worlds. */
const uint8_t *source_click(const Source *source);

/* Those clicks as the target of CTR predictions. */
const double *source_click_target(const Source *source);

/* The lists that test exposures were shown in, for per-user metrics; NULL: their users. */
const uint32_t *source_group(const Source *source);

/* What one replicate is trained on. */
typedef struct Sample {
    StreamKey key;       /* of the replicate */
    const Log *log;      /* the biased log */
    const Log *unbiased; /* NULL for none */
    Truth truth;         /* of the log; no rows where nothing needs it */
    Log own[2]; /* the memory of log and unbiased where they were drawn for this sample; else empty */
} Sample;

/* Draws replicate number `replicate`; real data are the same in each, and only the key differs. The sample
 * points into itself and into the source: leave it where it is. Free with sample_free. */
Status source_draw(const Source *source, uint32_t replicate, Sample *sample, Message *message);
void sample_free(Sample *sample);

/* The fixed exposures of the risk layer, with their truth, and one log of clicks on them for what is fitted
 * once. Settings that differ in neither world nor risk.size have the same. Where the truth is known. */
Status source_draw_risk(const Source *source, Sample *sample, Message *message);
