/* A key of an experiment, found once from its text: where its value lies and what it may be. Values are then
 * checked, printed and set as often as there are some, without a search and without a Spec of their own. */
#pragma once

#include "experiments/spec/fields.h"

typedef enum KeyKind {
    KEY_FIELD,  /* "world.ctr": a field of the whole experiment, whose value lies in a Spec */
    KEY_OPTION, /* "estimator.NAME.OPTION": of one method, whose value lies in its EstimatorOptions */
} KeyKind;

/* Plain data: its pointers are to tables of the program. */
typedef struct Key {
    KeyKind kind;
    Field field;               /* its offsets count from the Spec or the EstimatorOptions */
    char name[SPEC_WORD];      /* in full, and an option without its group: "estimator.NAME.l2" */
    char estimator[SPEC_WORD]; /* NAME; "" for a field */
    char option[SPEC_WORD]; /* OPTION: a constant of the estimator, the last word of a model or train key, or
                               a word of a method from outside; "" for a field */
    bool free; /* an option of a method from outside alone: any short text, which the program only hands on */
} Key;

/* Finds the key that `text` names; the spec knows its named methods. STATUS_USAGE for an unknown one, which
 * is told with the nearest known key or estimator; `where` opens the message. */
Status key_find(const Spec *spec, const char *text, Key *key, const char *where, Message *message);

/* Finds an option of an estimator or a named method. A model or train key may also be written in full:
 * "train.l2". Of a method from outside, what is not in full is an option of its own, any name. */
Status key_find_option(const Spec *spec, const char *estimator, const char *option, Key *key,
                       const char *where, Message *message);

/* Finds an option of an estimator itself, without a spec: STATUS_USAGE as of key_find_option. */
struct Estimator;
Status key_find_of_estimator(const struct Estimator *estimator, const char *option, Key *key,
                             const char *where, Message *message);

/* Whether a log depends on the key, and not only what is made of it: which exposures, clicks and outcomes
 * there are. Propensities, imputations, models, training, tuning, metrics and the risk layer come after the
 * log. */
bool key_reaches_log(const Key *key);

/* Whether a trained unit of an estimator depends on the key, beyond its log; `asked` (AskedFor) is what its
 * training asked for. Where in doubt, it does. */
bool key_reaches_unit(const Key *key, const char *estimator, unsigned asked);

/* Checks a value and writes it in its shortest form: 0.1 for 1e-1. */
Status key_check(const Key *key, const char *value, char text[SPEC_WORD], const char *where,
                 Message *message);

/* Sets the value of a KEY_FIELD. */
Status key_set_field(const Key *key, Spec *spec, const char *value, const char *where, Message *message);

/* Sets the value of a KEY_OPTION; one that is free has no place there. */
Status key_set_option(const Key *key, EstimatorOptions *options, const char *value, const char *where,
                      Message *message);
