/* The plug-in interface of cvrlab: an estimator of the post-click conversion rate (CVR) in a shared library.
 *
 * This file needs nothing else of cvrlab and links against nothing of it. It is C99 and C++11. A plug-in
 * defines one function, cvrlab_plugin(), which returns a static CvrlabPlugin: its name, its options, and
 * three functions that train, predict and clean up. See estimators/plugin/examples/mean.c.
 *
 * What holds while CVRLAB_PLUGIN_ABI stays the same:
 *   - Structs that begin with `size` may get members at their end. `size` is the number of bytes that whoever
 *     filled the struct knew of, so CVRLAB_HAS(type, pointer, member) says whether a member is there. No
 *     member is ever moved, removed or given another meaning.
 *   - Structs without `size` never change.
 * The number rises when anything else changes; the host then refuses the plug-in and says so.
 *
 * The host runs fit, predict and destroy of one model in one thread, in this order. Several threads may train
 * models of their own at once, unless the plug-in sets CVRLAB_SERIAL. The floating-point environment
 * (rounding, flushing of subnormals) is the default one at each call and need not be restored. All text is
 * UTF-8. */
#ifndef CVRLAB_PLUGIN_H
#define CVRLAB_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#define CVRLAB_PLUGIN_ABI 1u

/* Whether *pointer, of a struct type that begins with `size`, has the member. */
#define CVRLAB_HAS(type, pointer, member)                                                                    \
    ((pointer)->size >= offsetof(type, member) + sizeof((pointer)->member))

/* Makes a definition visible under -fvisibility=hidden. */
#if defined __GNUC__
#define CVRLAB_EXPORT __attribute__((visibility("default")))
#else
#define CVRLAB_EXPORT
#endif

#if defined __cplusplus
extern "C" {
#endif

/* What the columns of a table of exposures are; the same for all tables of one run. */
typedef struct CvrlabColumns {
    uint32_t size;
    int32_t categorical;          /* number of categorical columns, at least 2: user first, item second */
    const char *const *name;      /* [categorical] their names: "user", "item", ... */
    const uint32_t *cardinality;  /* [categorical] the ids of column f lie in [0, cardinality[f]) */
    int32_t dense;                /* number of dense columns, the sum of group_columns; may be 0 */
    int32_t groups;               /* number of groups of dense columns that belong together */
    const char *const *group;     /* [groups] their names, in the order of the columns: "user_latent", ... */
    const int32_t *group_columns; /* [groups] the columns of each */
} CvrlabColumns;

/* What each user did last, oldest event first; for plug-ins that set CVRLAB_NEEDS_STREAM. */
typedef struct CvrlabStream {
    uint32_t size;
    int32_t events;        /* of each user */
    const uint32_t *item;  /* [users][events] ids of column 1; users is cardinality[0] */
    const uint8_t *action; /* [users][events] 0 view, 1 cart, 2 purchase */
    const float *gap;      /* [users][events] days since the event before */
} CvrlabStream;

/* The features of exposures. Arrays belong to the host and may only be read. They, and all that they point
 * to, stay until the model is destroyed; this holds for all tables. */
typedef struct CvrlabRows {
    uint32_t size;
    uint32_t reserved; /* 0 */
    uint64_t rows;
    const CvrlabColumns *columns;
    const uint32_t *id;         /* [rows][categorical] */
    const float *dense;         /* [rows][dense] */
    const CvrlabStream *stream; /* NULL where there are no streams */
} CvrlabRows;

/* A log of exposures. */
typedef struct CvrlabLog {
    uint32_t size;
    uint32_t reserved; /* 0 */
    const CvrlabRows *x;
    const uint8_t *click;      /* [rows] 0 or 1; 1 everywhere in an unbiased sample */
    const uint8_t *conversion; /* [rows] 0 or 1: a label where click is 1; 0, and not a label, elsewhere */
    const uint8_t *action;   /* [rows] 1 where a click was followed by a post-click action (cart, wish); NULL
                                where there are none */
    const float *propensity; /* [rows] given P(click), not clipped; NULL where none are given */
    const float *imputation; /* [rows] given pseudo-labels in [0, 1]; NULL where none are given */
    const float *weight;     /* [rows] as how many rows each counts in losses, above 0 and with the mean 1 in
                                the biased log; NULL: one each */
} CvrlabLog;

/* What the host offers. It stays until the model is destroyed. Its functions may be called from any thread.
 */
typedef struct CvrlabHost {
    uint32_t size;
    int32_t threads; /* how many threads the plug-in may use, at least 1; its own counts */
    uint64_t
        seed;    /* of all that the plug-in draws: the same seed and data should give the same predictions */
    double clip; /* propensities are to be clipped to [clip, 1] before they divide; 0: not clipped */
    void *context; /* the first argument of the functions below */
    /* Not 0 when the run is about to end: return soon from fit or predict, with any result. */
    int (*stop)(void *context);
    /* Shows a line of text to the user, for progress and warnings. The host copies it. */
    void (*say)(void *context, const char *text);
    /* The value of an option of the plug-in's own list, within its range; NaN for a key that is not there. */
    double (*option)(void *context, const char *key);
} CvrlabHost;

/* What fit and predict return. */
enum {
    CVRLAB_DONE = 0,
    CVRLAB_DIVERGED = 1, /* training went wrong in a way that the method can: counted, and not tried again */
    CVRLAB_SKIP = 2,     /* the method does not apply to these data, for a reason that `error` gives */
    CVRLAB_FAILED = 3    /* anything else that `error` tells */
};

/* The bits of CvrlabPlugin.flags. The run is refused before it starts where the data lack what is needed. */
enum {
    CVRLAB_NEEDS_UNBIASED = 1,   /* an unbiased sample */
    CVRLAB_NEEDS_BEHAVIOUR = 2,  /* post-click actions */
    CVRLAB_NEEDS_STREAM = 4,     /* activity streams */
    CVRLAB_NEEDS_PROPENSITY = 8, /* propensities, given or fitted in a first stage */
    CVRLAB_SERIAL = 256          /* not to be called in two threads at once */
};

/* The most options of a plug-in. */
#define CVRLAB_OPTIONS 8

/* A number that an experiment file may set, or sweep. */
typedef struct CvrlabOption {
    const char *key;     /* letters, digits and _; NULL ends the list */
    double value;        /* what it is where nothing sets it */
    double low, high;    /* the inclusive range of its values, finite */
    const char *meaning; /* a line for the list of options */
} CvrlabOption;

/* A plug-in. Texts, lists and functions stay as long as the library is loaded. */
typedef struct CvrlabPlugin {
    uint32_t size;              /* sizeof(CvrlabPlugin) */
    uint32_t abi;               /* CVRLAB_PLUGIN_ABI */
    const char *name;           /* letters, digits and _ */
    const char *version;        /* of the plug-in, in any form */
    const char *summary;        /* a line, without a final stop */
    const char *cite;           /* the publication; "" for none */
    uint32_t flags;             /* CVRLAB_NEEDS_... and CVRLAB_SERIAL */
    uint32_t reserved;          /* 0 */
    const CvrlabOption *option; /* ends with a NULL key; NULL for none */

    /* Trains. `unbiased`, whose conversions are labels in every row, is NULL where there is no such sample.
     * May put a model of its own into *model, which is NULL before. Where the result is not CVRLAB_DONE,
     * `error`, `room` bytes with a 0 at first, takes a line of why; snprintf(error, room, ...) is right. */
    int (*fit)(void **model, const CvrlabLog *log, const CvrlabLog *unbiased, const CvrlabHost *host,
               char *error, size_t room);

    /* Predicts P(conversion | click) of each row of x into cvr, x->rows numbers in [0, 1]; and P(click) into
     * ctr, likewise, where the method has it. Both are NaN before; a ctr that stays so is no prediction. */
    int (*predict)(void *model, const CvrlabRows *x, float *cvr, float *ctr, char *error, size_t room);

    /* Frees the model: called once for each that fit has put into *model, whatever fit and predict returned.
     * NULL where there is nothing to free. */
    void (*destroy)(void *model);
} CvrlabPlugin;

/* The plug-in for a host of this ABI number; NULL when it is none for it. Called when the library is opened.
 */
CVRLAB_EXPORT const CvrlabPlugin *cvrlab_plugin(uint32_t host_abi);

#if defined __cplusplus
}
#endif

#endif
