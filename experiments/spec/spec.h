/* An experiment: what a YAML file and --set say, checked. Spec is plain data: copy it freely, there is
 * nothing to free. */
#pragma once

#include "estimators/core/estimator.h"
#include "estimators/core/options.h"
#include "results/claims/claim_text.h"
#include "results/store/fingerprint.h"
#include "sim/base/status.h"
#include "sim/base/text.h"
#include "sim/data/load.h"
#include "sim/propensity/imputation.h"
#include "sim/propensity/propensity.h"
#include "sim/world/rating_matrix.h"
#include "sim/world/world.h"

#include <stdint.h>
#include <stdio.h>

enum {
    SPEC_TEXT = 512,       /* longest text value, with its final 0 */
    SPEC_WORD = WORD_SIZE, /* longest key, name or number */
    MAX_ESTIMATORS = MAX_WORDS,
    MAX_SWEEPS = 6,
    MAX_SWEEP_VALUES = 32,
    MAX_OVERRIDES = 128,
    MAX_SETTINGS = 1024,
    MAX_CLAIMS = 32,
    MAX_RANGES = 16,
    CLAIM_SAYS = 256, /* longest text of a claim in words, with its final 0 */
    MAX_RISK = 16,    /* risk estimators, and predictors */
    MAX_SHOWN = 32,   /* measures */
    MAX_FIELDS = 256, /* of the field table */
};

/* How ratings are completed to a matrix. */
typedef struct CompletionOptions {
    int embedding, epochs, batch;
    double learning_rate, l2;
} CompletionOptions;

/* sweep: {KEY: [VALUE, ...]}; several sweeps make a grid, the first varying slowest. KEY may be
 * estimator.NAME.KEY. Values are kept in their shortest form (0.1, not 1e-1). */
typedef struct Sweep {
    char key[SPEC_WORD];
    int values;
    char value[MAX_SWEEP_VALUES][SPEC_WORD];
} Sweep;

/* estimator: {NAME: {KEY: VALUE}}: KEY is a constant of the estimator, or the last word of a model.* or
 * train.* key. */
typedef struct Override {
    char estimator[SPEC_WORD], key[SPEC_WORD], value[SPEC_WORD];
} Override;

/* claims: [{says: TEXT, that: CLAIM}, ...] or a CLAIM alone: what the experiment's numbers are checked
 * against, in the language of claim_text.h. */
typedef struct SpecClaim {
    char says[CLAIM_SAYS], that[CLAIM_TEXT];
} SpecClaim;

/* tune.range.KEY: where random search draws a key from; see experiments/run/tune.h. */
typedef struct TuneRange {
    char key[SPEC_WORD], text[4 * SPEC_WORD]; /* "0.001..0.1", "[4,8,16]" */
} TuneRange;

typedef enum TuneOn { TUNE_LOG, TUNE_UNBIASED } TuneOn;

typedef struct TuneOptions {
    int trials; /* 0: none */
    TuneOn on;
    double share;           /* of it that is held out */
    char metric[SPEC_WORD]; /* of metrics.h */
    int ranges;
    TuneRange range[MAX_RANGES];
} TuneOptions;

typedef struct Spec {
    char name[SPEC_WORD];     /* default: the file's name without .yaml */
    char question[SPEC_TEXT]; /* what the experiment asks */
    const Layout *layout;     /* data.source: of real data, or of the ratings that a semi-synthetic matrix is
                                 completed from (layout_is_completed); NULL for a simulated world */
    char data[SPEC_TEXT];     /* folder of real data; --data */
    int64_t seed;
    int worlds, replicates;
    int64_t log_size, test_size, unbiased_size; /* exposures */
    int64_t test_stored;                        /* of them in the store, 0 for all */
    ReaderOptions reader;                       /* of real data in the layouts of sim/data/reader.h */
    PairSpace pairs;                            /* real ratings: which are exposures */
    int top_k;                                  /* k of NDCG@k, Recall@k, F1@k */
    int shown;                                  /* measures of its tables and figures, 0 for the usual ones */
    char shown_measure[MAX_SHOWN][SPEC_WORD];
    double unbiased_share; /* real data: share of the random ratings that is the unbiased sample */
    CompletionOptions completion;
    double matrix_alpha;
    MatrixProtocol matrix_protocol;
    PropensitySource propensity;
    WorldOptions world;
    Distortion distortion;
    char omit[SPEC_TEXT];             /* propensity.omit: comma-separated feature names */
    Distortion imputation_distortion; /* beta is 0 */
    ImputationSource imputation;
    int risk_redraws; /* of the clicks of risk_size exposures */
    int64_t risk_size;
    int risk_estimators;
    char risk_estimator[MAX_RISK][SPEC_WORD];
    int risk_predictors;
    char risk_predictor[MAX_RISK][SPEC_WORD];
    ModelOptions model;
    TrainOptions train;
    int estimators;
    char estimator[MAX_ESTIMATORS][SPEC_WORD];
    char baseline[SPEC_WORD]; /* of paired differences; default: the first estimator */
    TuneOptions tune;
    int sweeps;
    Sweep sweep[MAX_SWEEPS];
    int overrides;
    Override override[MAX_OVERRIDES];
    int claims;
    SpecClaim claim[MAX_CLAIMS];
} Spec;

/* Every field at its default. */
void spec_defaults(Spec *spec);

/* Where a file sets the keys: a line for each field of the table, 0 for those that it leaves alone. */
typedef struct SpecLines {
    int line[MAX_FIELDS];
} SpecLines;

/* Reads a YAML file over the defaults: nested mappings and dotted keys say the same. Any fault is
 * STATUS_USAGE (STATUS_FAILED when the file cannot be read), with a line "FILE:LINE: KEY: what was found;
 * expected ...". An unknown key or estimator is told the nearest known one. `lines` may be NULL. */
Status spec_read(Spec *spec, SpecLines *lines, const char *path, Message *message);

/* The same from text, such as spec_write made; messages call it `where`. */
Status spec_read_text(Spec *spec, const char *text, const char *where, Message *message);

/* Sets one key from text, as --set KEY=VALUE does. `where` opens the message ("--set", "compare.yaml:12").
 * Lists are written [a, b]. Keys: those of the field table, estimator.NAME.KEY, and sweep.KEY. A key is
 * either set or swept: what is said last holds. Claims are written in a file; claims=[] takes them away. */
Status spec_set(Spec *spec, const char *key, const char *value, const char *where, Message *message);

/* Sets from "KEY=VALUE". */
Status spec_assign(Spec *spec, const char *assignment, const char *where, Message *message);

/* Checks what single values cannot show: at least one estimator, trained or of the risk layer, none twice,
 * the baseline among the trained ones, embeddings that fit the features, needs that the spec does not supply
 * (an estimator that needs unbiased data while unbiased.size is 0: the message names the key to set),
 * propensity sources that need truth on real data, distorted imputations that are learned, the number of
 * settings, and claims about what the experiment does not have. */
Status spec_check(const Spec *spec, Message *message);

/* An estimator that has options, set or swept, and is not in the experiment: they say nothing. No fault,
 * since --set may leave estimators out, but worth a word. False for none. */
bool spec_unlisted(const Spec *spec, char name[SPEC_WORD]);

/* "FILE:LINE" of the key that a fault of spec_check opens with, or FILE where the file does not set it. */
void spec_fault_place(const SpecLines *lines, const char *path, const char *fault, char *place, size_t size);

/* The key of an assignment is no longer as the file has it. */
void spec_lines_forget(SpecLines *lines, const char *assignment);

/* The options of one of the spec's estimators, overrides applied. */
Status spec_estimator_options(const Spec *spec, const char *estimator, EstimatorOptions *options,
                              Message *message);

/* Whether the truth of exposures is known: simulated and semi-synthetic data. */
bool spec_has_truth(const Spec *spec);

bool spec_has_estimator(const Spec *spec, const char *name);

/* The estimator that paired differences are taken from: the spec's, or its first estimator. */
const char *spec_baseline(const Spec *spec);

/* Number of settings: the product of the sweeps' lengths, 1 without a sweep. */
int spec_settings(const Spec *spec);

/* The value that sweep number `sweep` has in setting number `index`. */
const char *spec_sweep_value(const Spec *spec, int index, int sweep);

/* Setting number `index`: its spec with the values applied and no sweep left, and its text "key=value
 * key=value" in the order of the sweeps (an empty string without a sweep). */
Status spec_setting(const Spec *spec, int index, Spec *setting, char text[SPEC_TEXT], Message *message);

/* The spec as YAML text that reads back to the same spec: every key that differs from its default, in table
 * order. */
void spec_write(const Spec *spec, FILE *file);

/* What the numbers of a unit depend on: every key, at its default or not, so that a default that changes in a
 * later version is noticed, each with its legacy value; then the overrides in alphabetical order and the
 * ranges of a search. Without name, question, replicates, worlds, estimators, baseline, predictors and
 * redraws of the risk layer, sweeps and data folder, so that an experiment can be extended but not silently
 * changed. Free it with fingerprint_clear, also after a failure. */
Status spec_fingerprint(const Spec *spec, Fingerprint *fingerprint, Message *message);

/* The reference of keys: "key  type  unit  range  default  meaning", aligned text, or a markdown table. */
void spec_reference(FILE *file, int markdown);
