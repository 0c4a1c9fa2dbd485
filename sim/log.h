/* What an estimator may see: the features of exposures, and a log of clicks and conversions on them. No truth
 * here. */
#pragma once

#include "sim/base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { MAX_CATEGORICAL = 64, MAX_DENSE_GROUPS = 80 };

/* The order of the categorical columns that every source of data keeps: user first, item second. What comes
 * next, if anything, is the segment by which calibration is judged: in a world that of the user. */
enum { FIELD_USER = 0, FIELD_ITEM = 1, FIELD_SEGMENT = 2 };

/* Dense columns that belong together, such as the noisy copy of z_u. */
typedef struct DenseGroup {
    const char *name; /* "user_latent", ...: as the names of Schema */
    int columns;
} DenseGroup;

/* Sets of values that a cell can hold, such as the tags of an item. Id b of the column stands for the values
 * member[first[b]] to member[first[b + 1] - 1]; bag 0 is empty. */
typedef struct Bags {
    uint32_t *first;  /* cardinality of the column + 1 */
    uint32_t *member; /* in [0, values) */
    uint32_t values;
    uint32_t longest; /* the most values of a bag */
} Bags;

/* The columns of x, the same for every table of one experiment. Names are static strings, or belong to the
 * data that the schema is of. */
typedef struct Schema {
    int categorical;                       /* number of categorical columns, at least 2 */
    const char *name[MAX_CATEGORICAL];     /* "user", "item", "segment", ... */
    uint32_t cardinality[MAX_CATEGORICAL]; /* ids of column f lie in [0, cardinality[f]) */
    const Bags *bags[MAX_CATEGORICAL];     /* where an id stands for several values; else NULL */
    int dense;                             /* number of dense columns: the sum over the groups */
    int groups;
    DenseGroup group[MAX_DENSE_GROUPS]; /* in the order of the columns */
    int events;                         /* of each user's activity stream; 0: there is none */
} Schema;

typedef enum Action { ACTION_VIEW, ACTION_CART, ACTION_PURCHASE, ACTIONS } Action;

/* What each user did last, for MoSE: `events` of the schema a user, oldest first. */
typedef struct ActivityStream {
    uint32_t *item;  /* users x events, ids of FIELD_ITEM */
    uint8_t *action; /* users x events, of enum Action */
    float *gap;      /* users x events, days since the event before */
} ActivityStream;

typedef struct Features {
    Schema schema;
    size_t rows;
    uint32_t *id;                 /* rows x categorical */
    float *dense;                 /* rows x dense */
    const ActivityStream *stream; /* of all users: a row's is that of its FIELD_USER. Borrowed from the world
                                     or data that it belongs to; NULL when there is none */
} Features;

/* A post-click action between click and purchase (cart, wish), for ESM2 and AITM; conversion[i] as in Log. */
typedef struct Behaviour {
    uint8_t *action; /* 1 if the clicked exposure was followed by the action; 0 off clicks */
} Behaviour;

/* When exposures happened, and when they converted, in days from a beginning that all rows share. */
typedef struct Delays {
    double *click_time;      /* of the exposure; its click, where there is one, comes at once */
    double *conversion_time; /* at or after click_time; INFINITY where conversion is 0 */
} Delays;

typedef struct TemporaryMemory TemporaryMemory; /* sim/base/temporary_memory.h */

/* A log of exposures. */
typedef struct Log {
    Features x;
    uint8_t *click;      /* o */
    uint8_t *conversion; /* r = o r(1): a label where click is 1; 0, and not a label, elsewhere */
    float *propensity;   /* given p_hat, already distorted and not yet clipped; NULL where an estimator learns
                            it */
    float *weight;       /* how many rows each counts as in losses, above 0 and in any unit; NULL: one each */
    float *imputation;   /* given m (sim/propensity/imputation.h), already distorted; NULL where an estimator
                            learns it */
    Behaviour *behaviour;    /* NULL when the world has none */
    Delays *delays;          /* NULL where times are not known */
    TemporaryMemory *memory; /* of all columns, where they lie in a file; NULL: each has its own */
} Log;

/* Allocates columns for `rows` rows (all zero); propensity, weight, imputation, behaviour, delays and
 * x.stream stay NULL. Free with log_free. */
Status log_create(Log *log, const Schema *schema, size_t rows, Message *message);
void log_free(Log *log);

/* Gives a log the column of post-click actions, all 0. */
Status log_add_behaviour(Log *log, Message *message);

/* Gives a log times: all rows at 0, and none converted. */
Status log_add_delays(Log *log, Message *message);

/* Room for `rows` rows with the columns that another log has; free with log_free. */
Status log_create_like(Log *log, const Log *like, size_t rows, Message *message);

/* The same in temporary memory. It takes no columns beside those that it is made with. */
Status log_create_in_file(Log *log, const Log *like, size_t rows, Message *message);

/* Takes a log in a file out of memory (temporary_memory_let_go); another one stays. Of NULL nothing. */
void log_let_go(const Log *log);

/* The same now and then: for each row, where all rows are gone through. */
static inline void log_passed(const Log *log, size_t row)
{
    enum { ROWS = 1 << 16 };
    if (row % ROWS == ROWS - 1)
        log_let_go(log);
}

/* Copies rows to place i and on of a log that has no columns beside those of `from`, or is the same. */
void log_copy_rows(Log *to, size_t i, const Log *from, size_t row, size_t rows);

/* A new log of some rows of another, with all their columns; free with log_free. */
Status log_select(Log *part, const Log *log, const uint32_t *row, size_t rows, Message *message);

/* log_create for features alone. */
Status features_create(Features *x, const Schema *schema, size_t rows, Message *message);
void features_free(Features *x);

/* Number of clicked rows. */
size_t log_clicks(const Log *log);

/* The weights of all rows, and of the clicked ones, together: their numbers where rows have no weights. */
double log_weight(const Log *log);
double log_clicked_weight(const Log *log);
