/* The one table of fields: what an experiment can say. Reading a file, checking, --set, sweeps, writing and
 * the printed reference all go through it; a new key is its row in fields.c and its member in Spec. */
#pragma once

#include "experiments/spec/spec.h"
#include "sim/base/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Field Field;

enum { EXPECTED_TEXT = 256 };

/* How values of a kind are read and written. `base` is the struct that the field's offsets count from. */
typedef struct FieldType {
    const char *name; /* as the reference prints it */
    /* Stores the value that text says; false when it is not one. `why` may be filled to say more than
     * "expected ...". */
    bool (*parse)(const Field *field, void *base, const char *text, Message *why);
    /* The stored value as the shortest text that reads back to it, in LIST_TEXT bytes. */
    void (*print)(const Field *field, const void *base, char *text);
    /* What a value has to be, for messages. */
    void (*expect)(const Field *field, char text[EXPECTED_TEXT]);
    /* The range column of the reference. */
    void (*range)(const Field *field, char text[EXPECTED_TEXT]);
} FieldType;

typedef enum Extent {
    EXTENT_NUMBERS, /* the numbers of a unit depend on it: it is in the fingerprint, and may be swept */
    EXTENT_FIXED, /* they do, but it is the same in every setting: it is in the fingerprint, and is not swept
                   */
    EXTENT_UNITS, /* it says which units there are or what things are called: neither */
} Extent;

struct Field {
    const char *key; /* "world.ctr" */
    const FieldType *type;
    size_t offset, size; /* of the member; of one item, of a list */
    size_t count_offset; /* of the number of items of a list, an int */
    double low, high;    /* of numbers, and of the items of a list of numbers; inclusive unless `open` */
    const char *const *choices; /* of a choice: the word of each enumerator; NULL ends the list */
    const char *unit;           /* "" for none */
    const char *standard;       /* the default, as text */
    const char *meaning;        /* one line */
    const char *title;          /* on the axis of a figure, without the unit; NULL: the key */
    /* As text, what stands for how the program behaved before it knew the key: what stores without the key
     * were run with. NULL: the default, which holds for the keys that every store has. A key that is new to
     * the table names it when the default does something else. */
    const char *legacy;
    int capacity; /* of a list */
    Extent extent;
    bool open; /* the range is (low, high) */
};

/* Types of fields. */
extern const FieldType integer_type, real_type, integers_type, choice_type;
extern const FieldType real_or_auto_type;         /* a real number of at least 0, or AUTO */
extern const FieldType free_type;                 /* a number or any short text */
extern const FieldType source_type;               /* the layout of data, or NULL for "simulated" */
extern const FieldType text_type;                 /* printable UTF-8; line breaks become spaces */
extern const FieldType name_type;                 /* of an experiment: may name a file */
extern const FieldType names_type;                /* list of names, kept as comma-separated text */
extern const FieldType column_type, columns_type; /* likewise of a table: blanks and ( ) / * are allowed */
extern const FieldType method_type;               /* an estimator, or nothing */
extern const FieldType metric_type;               /* of metrics.h that can choose, or snips_log_loss */
extern const FieldType measures_type;             /* list of those of measure.h */
extern const FieldType methods_type;              /* list of estimators */
extern const FieldType risk_estimators_type, risk_predictors_type;

/* The metric of tune.metric that metrics.h does not have: log loss with weights of 1/p~, self-normalised. */
extern const char snips_log_loss[];

/* Every field, in the order in which files are written; `field_count` rows. */
extern const Field field_table[];
extern const int field_count;

/* NULL when there is no such key. */
const Field *field_find(const char *key);

enum { FIELD_TITLE = 128 };

/* What a key is called on the axis of a figure, with its unit: "hidden confounder in clicks (logits)". The
 * key itself where the table has no title of it. */
void field_title(const char *key, char title[FIELD_TITLE]);

/* The first field whose key is dotted and begins with the words `key`: world.users of "world". NULL when
 * there is none. */
const Field *field_first_of_group(const char *key);

/* Reads `text` into the field's member. A fault is STATUS_USAGE: "WHERE: KEY: found 'TEXT'; expected ...". */
Status field_set(const Field *field, void *base, const char *text, const char *where, Message *message);
