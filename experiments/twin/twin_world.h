/* From parameters to a world, and from a world to the statistics of its log. Log Gamma, what clicks cannot
 * tell, is never a parameter: it is given. */
#pragma once

#include "experiments/twin/log_statistics.h"
#include "sim/world/world.h"

/* What is searched: on a scale on which it may be any number. */
typedef enum TwinParameter {
    TWIN_CVR,
    TWIN_SIGMA_O,
    TWIN_SIGMA_R,
    TWIN_DEPENDENCE,
    TWIN_FEATURE_NOISE,
    TWIN_USER_SHARE, /* with the next: log of the share over that of context and interactions */
    TWIN_ITEM_SHARE,
    TWIN_PARAMETERS
} TwinParameter;

typedef struct TwinParameterRow {
    const char *key, *scale;
    double start;  /* of the search; of world.cvr that of the log's clicks */
    double spread; /* sd of the weak prior about it, which keeps what a log does not tell */
    double step;   /* of differences: wide, since logs are noisy functions of worlds */
} TwinParameterRow;

extern const TwinParameterRow twin_parameter_table[TWIN_PARAMETERS];

/* The columns of a log, as far as a world has them, and what needs no search: users, items, columns, and the
 * click rate. */
void twin_base(WorldOptions *base, const Log *log, const double ids[2]);

/* The Zipf exponent of `members`, so that as many rows drawn have the exponent `wanted` by zipf_exponent. */
Status twin_zipf(double wanted, int members, size_t rows, double *exponent, Message *message);

/* The base with these parameters and hidden odds. */
void twin_options(const WorldOptions *base, const double parameter[TWIN_PARAMETERS], double log_odds,
                  WorldOptions *options);

/* Moves parameter[TWIN_CVR] until the clicks of world 0 have a CVR of this logit: three steps. */
Status twin_match_cvr(const WorldOptions *base, double wanted, double log_odds,
                      double parameter[TWIN_PARAMETERS], Message *message);

/* The log of a world, and what it is described by. Draws are keyed by the world's number alone: equal worlds
 * have equal logs, and near ones near logs. */
typedef struct TwinDraw {
    WorldOptions world;
    size_t rows;
    double value[LOG_STATISTICS]; /* NaN where the world cannot be made */
    ScoreSpace space; /* filled where it is wanted and the world can be made; its owner frees it */
    uint32_t number;
    bool wants_space;
} TwinDraw;

/* Makes `draws` logs in `jobs` threads. */
Status twin_draw(TwinDraw *draw, int draws, const EstimatorOptions *options, int jobs, Message *message);
