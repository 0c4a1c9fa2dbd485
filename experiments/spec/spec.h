/* An experiment: what a YAML file and --set say. Spec is plain data: copy it freely, there is nothing to
 * free.
 *
 * This folder is about what an experiment can say: the table of fields (fields.h), a key of it found once
 * (key.h), setting keys from text (assign.h), reading, writing and checking files (spec_read.h, spec_write.h,
 * spec_check.h) and the settings of sweeps (settings.h). It may include sim/, estimators/core, the names of
 * results/ (claims, metrics, measures) and experiments/risk; nothing of it trains, draws or stores. */
#pragma once

#include "estimators/core/options.h"
#include "experiments/risk/risk_estimators.h"
#include "results/claims/claim_text.h"
#include "results/selection/precision.h"
#include "sim/base/text.h"
#include "sim/data/load.h"
#include "sim/propensity/imputation.h"
#include "sim/propensity/propensity.h"
#include "sim/world/plasmode.h"
#include "sim/world/rating_matrix.h"
#include "sim/world/world.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SPEC_TEXT = 512,       /* longest text value, with its final 0 */
    SPEC_WORD = WORD_SIZE, /* longest key, name or number */
    MAX_ESTIMATORS = MAX_WORDS,
    METHOD_NAME = 24, /* most letters of a named method */
    MAX_SWEEPS = 6,
    MAX_SWEEP_VALUES = 32,
    MAX_JOINT = 128, /* settings of `settings` */
    MAX_JOINT_KEYS = 16,
    JOINT_VALUE = 32,                        /* longest value of one, with its final 0 */
    MAX_PAIRS = MAX_SWEEPS + MAX_JOINT_KEYS, /* keys of a setting */
    MAX_OVERRIDES = 128,
    MAX_SETTINGS = 100000,
    MAX_CLAIMS = 32,
    MAX_NUMBERS = 64, /* of worlds */
    MAX_RANGES = 48,
    CLAIM_SAYS = 256, /* longest text of a claim in words, with its final 0 */
    MAX_RISK = 24,    /* risk estimators, and predictors */
    MAX_SHOWN = 32,   /* measures */
    MAX_FIELDS = 256, /* of the field table */
    MAX_OUTSIDE = 24, /* methods from outside */
};

/* How ratings are completed to a matrix. */
typedef struct CompletionOptions {
    int embedding, epochs, batch;
    double learning_rate, l2;
} CompletionOptions;

/* sweep: {KEY: [VALUE, ...]}; several sweeps make a grid, the first varying slowest. KEY may be
 * estimator.NAME.OPTION, and is kept in full. Values are kept in their shortest form (0.1, not 1e-1). */
typedef struct Sweep {
    char key[SPEC_WORD];
    int values;
    char value[MAX_SWEEP_VALUES][SPEC_WORD];
} Sweep;

/* settings: [{KEY: VALUE, ...}, ...]: settings that differ in several keys at once; see joint.h. */
typedef struct JointSettings {
    int settings, keys;
    char key[MAX_JOINT_KEYS][SPEC_WORD];
    char value[MAX_JOINT][MAX_JOINT_KEYS][JOINT_VALUE];
} JointSettings;

/* estimator: {NAME: {OPTION: VALUE}}: an option is a constant of the estimator, or the last word of a model.*
 * or train.* key. */
typedef struct Override {
    char estimator[SPEC_WORD], key[SPEC_WORD], value[SPEC_WORD];
} Override;

/* methods: {NAME: {base: BASE}}: an estimator on a backbone under a name of its own, which overrides of that
 * name give constants, model and train keys of its own; see named_method.h. */
typedef struct NamedMethod {
    char name[SPEC_WORD], base[SPEC_WORD];
} NamedMethod;

/* data.outcomes: the clicks and conversions of a real log. */
typedef enum DataOutcomes {
    OUTCOMES_OWN,    /* those in its files */
    OUTCOMES_FITTED, /* drawn anew from a model that is fitted to them: a plasmode (sim/world/plasmode.h) */
} DataOutcomes;

/* How a log is held and shuffled. */
typedef enum LogOrder { LOG_SHUFFLED, LOG_BLOCKS } LogOrder;

/* Where a method from outside has its predictions from; its base has that name. */
typedef enum OutsideKind {
    OUTSIDE_SCORED,  /* "outside": made elsewhere, and brought by `cvrlab score` */
    OUTSIDE_COMMAND, /* "command": a program that is started for units */
    OUTSIDE_PLUGIN,  /* "plugin": a shared object */
} OutsideKind;

/* methods: {NAME: {command: [...], KEY: VALUE}}: how a method from outside is called; see outside_method.h.
 * Texts are empty where they are not given. */
typedef struct OutsideMethod {
    char name[SPEC_WORD];
    OutsideKind kind;
    char command[SPEC_TEXT]; /* as arguments_split() splits it */
    char plugin[SPEC_TEXT], version[SPEC_WORD];
    char files[SPEC_TEXT]; /* comma-separated; likewise `needs` */
    char needs[SPEC_WORD];
    int batch, threads;
    double timeout, start; /* seconds */
    double gpu;            /* share of a device, 0 for none */
    /* Of a plug-in that was loaded (experiments/outside/plugins.h), by which it has its options; else NULL.
     * No file says it. */
    const struct Plugin *loaded;
    const struct Estimator *estimator; /* of one that is an estimator of the program's kind */
    unsigned loaded_needs;
} OutsideMethod;

/* labels: {METHOD: TEXT}: what tables and figures call a method. */
typedef struct MethodLabel {
    char method[SPEC_WORD], text[SPEC_WORD];
} MethodLabel;

/* claims: [{says: TEXT, that: CLAIM}, ...] or a CLAIM alone: what the experiment's numbers are checked
 * against, in the language of claim_text.h. */
typedef struct SpecClaim {
    char says[CLAIM_SAYS], that[CLAIM_TEXT];
} SpecClaim;

/* tune.range.OPTION, and tune.range.estimator.NAME.OPTION for one method: where random search draws an option
 * from; see experiments/run/tune.h. */
typedef struct TuneRange {
    char key[SPEC_WORD], text[4 * SPEC_WORD]; /* "l2" or "estimator.ips.l2"; "0.001..0.1" or "[4,8,16]" */
} TuneRange;

/* metrics.weights: the propensities that weighted metrics (weighted_metrics.h) divide by. */
typedef enum MetricWeights { WEIGHTS_NONE, WEIGHTS_LEARNED, WEIGHTS_ORACLE } MetricWeights;

typedef enum TuneOn { TUNE_LOG, TUNE_UNBIASED, TUNE_TRUTH } TuneOn;

typedef struct TuneOptions {
    int trials; /* 0: none */
    TuneOn on;
    double share;           /* of it that is held out */
    char metric[SPEC_WORD]; /* of metrics.h, or snips_log_loss */
    int ranges;
    TuneRange range[MAX_RANGES];
} TuneOptions;

/* delayed.auxiliary: where methods of delayed feedback have what is still to come from. */
typedef enum AuxiliarySource { AUXILIARY_LEARNED, AUXILIARY_ORACLE } AuxiliarySource;

/* delayed.protocol: how methods of delayed feedback learn from a log with times. */
typedef enum DelayedProtocol { PROTOCOL_STREAM, PROTOCOL_STATIC } DelayedProtocol;

/* delayed.*: how the log of a world with times is streamed. */
/* delayed.selection: whether these methods learn from clicks for clicks, or for all exposures. */
typedef enum StreamSelection { SELECTION_NONE, SELECTION_IPS } StreamSelection;

typedef struct DelayedOptions {
    int pretrain; /* days before the stream; 0: there is none */
    DelayedProtocol protocol;
    double step; /* hours */
    AuxiliarySource auxiliary;
    StreamSelection selection;
} DelayedOptions;

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of the keys */
typedef struct Spec {
    char name[SPEC_WORD];     /* default: the file's name without .yaml */
    char question[SPEC_TEXT]; /* what the experiment asks */
    char folder[SPEC_TEXT];   /* of its file, where commands and plug-ins are found; "" for the working folder
                                 or a text that was in no file. No key */
    const Layout *layout;     /* data.source: of real data, or of the ratings that a semi-synthetic matrix is
                                 completed from (layout_is_completed); NULL for a simulated world */
    char data[SPEC_TEXT];     /* folder of real data; --data */
    int64_t seed;
    int worlds, replicates;
    Precision precision; /* in place of these; see spec_pilot */
    int world_numbers;
    int world_number[MAX_NUMBERS];              /* of the worlds; none: each its place */
    int64_t log_size, test_size, unbiased_size; /* exposures */
    LogOrder log_order;
    int64_t log_window; /* exposures of a log in blocks that are held at a time */
    Switch shared_logs; /* on: settings that differ only in what comes after the log train on the same logs */
    int64_t test_stored;  /* of them in the store, 0 for all */
    ReaderOptions reader; /* of real data in the layouts of sim/data/reader.h */
    PairSpace pairs;      /* real ratings: which are exposures */
    double test_share;    /* real data: share of the log that is held out as the test */
    TestBy test_by;
    double cut, window; /* real logs: LoadOptions */
    int top_k;          /* k of NDCG@k, Recall@k, F1@k */
    MetricWeights weights;
    int shown; /* measures of its tables and figures, 0 for the usual ones */
    char shown_measure[MAX_SHOWN][SPEC_WORD];
    double unbiased_share; /* real data: share of the random ratings that is the unbiased sample */
    Switch random_clicks;  /* clicked rows of random ones that users clicked by choice are one too */
    CompletionOptions completion;
    double matrix_alpha;
    MatrixProtocol matrix_protocol;
    DataOutcomes outcomes;    /* of a real log, */
    PlasmodeOptions plasmode; /* and what they are drawn from */
    PropensitySource propensity;
    WorldOptions world;
    DelayedOptions delayed;
    Distortion distortion;
    char omit[SPEC_TEXT];             /* propensity.omit: comma-separated feature names */
    Distortion imputation_distortion; /* beta is 0 */
    ImputationSource imputation;
    int risk_redraws; /* of the clicks of risk_size exposures */
    int64_t risk_size;
    double risk_lambda[RISK_LAMBDAS]; /* AUTO: chosen from a log of the exposures */
    int risk_estimators;
    char risk_estimator[MAX_RISK][SPEC_WORD];
    int risk_predictors;
    char risk_predictor[MAX_RISK][SPEC_WORD];
    ModelOptions model;
    TrainOptions train;
    int estimators; /* all of them, with every named method */
    char estimator[MAX_ESTIMATORS][SPEC_WORD];
    int methods;
    NamedMethod method[MAX_ESTIMATORS];
    int outsides;
    OutsideMethod outside[MAX_OUTSIDE]; /* what named methods of these bases are */
    int labels;
    MethodLabel label[MAX_ESTIMATORS];
    char baseline[SPEC_WORD]; /* of paired differences; default: the first estimator */
    TuneOptions tune;
    int sweeps;
    Sweep sweep[MAX_SWEEPS];
    JointSettings joint;
    int overrides;
    Override override[MAX_OVERRIDES];
    int claims;
    SpecClaim claim[MAX_CLAIMS];
} Spec;

/* The number that world number `world` of the experiment is drawn by. */
uint32_t spec_world_number(const Spec *spec, uint32_t world);

/* Whether the truth of exposures is known: simulated and semi-synthetic data, and real rows with outcomes of
 * a model. */
bool spec_has_truth(const Spec *spec);

/* Whether the exposures are rows of a real log whose outcomes a model draws (plasmode.h). */
bool spec_is_plasmode(const Spec *spec);

/* Whether there is an unbiased sample, and the key that says how large it is. */
bool spec_has_unbiased(const Spec *spec);
const char *spec_unbiased_key(const Spec *spec);

bool spec_has_estimator(const Spec *spec, const char *name);

/* The estimator that paired differences are taken from: the spec's, or its first estimator. */
const char *spec_baseline(const Spec *spec);

/* With `precision`: whether worlds are what there are more of until it is reached, since there are several,
 * or else replicates; and how many of them its pilot has: those of the spec, and at least PILOT_SIZE. */
bool spec_grows_worlds(const Spec *spec);
int spec_pilot(const Spec *spec);

/* Number of settings: the product of the sweeps' lengths and the number of joint settings, 1 without any. */
int spec_settings(const Spec *spec);
