/* What an experiment says of methods from outside of the program: methods: {NAME: {command: [...]}}, {plugin:
 * FILE} and {base: outside}. Nothing here is looked for on the disk, loaded or started: a store's text may be
 * read by anybody. */
#pragma once

#include "experiments/spec/fields.h"
#include "experiments/spec/spec.h"

/* The spec's method of that name where it is from outside; NULL for the program's own. */
const OutsideMethod *outside_method_find(const Spec *spec, const char *name);

/* The kind that the key of a method, "command" or "plugin", or the base "outside" stands for; false for any
 * other word. As a base, the words stand for the kinds too. */
bool outside_kind_find(const char *word, OutsideKind *kind);
const char *outside_kind_name(OutsideKind kind);

/* A method of that kind, with defaults, in the place of one of the same name. */
Status outside_method_make(Spec *spec, const char *name, OutsideKind kind, const char *where,
                           Message *message);

/* The key of a method from outside that says how it is called: command, version, files, needs, batch,
 * timeout, start, threads, gpu. NULL for any other word, which is an option of its own. */
const Field *outside_field_find(const char *key);
extern const Field outside_field_table[];
extern const int outside_field_count;

/* Sets such a key; STATUS_USAGE for a key that its kind does not have. */
Status outside_method_set(Spec *spec, const char *name, const Field *field, const char *value,
                          const char *where, Message *message);

/* What it needs, of enum Needs. */
unsigned outside_needs(const OutsideMethod *method);

/* A command as the words that a process is started with. */
enum { MAX_ARGUMENTS = 64 };
typedef struct Arguments {
    int count;
    char *word[MAX_ARGUMENTS + 1]; /* the last is NULL; in `text` */
    char text[SPEC_TEXT + MAX_ARGUMENTS];
} Arguments;

/* Splits a command as a shell would, without expanding anything: at blanks outside of '...' and "...", where
 * a backslash keeps the next character. False when a quote is missing, there is no word, or there are too
 * many. */
bool arguments_split(const char *command, Arguments *arguments);

/* The text that splits into these words. False when it is longer than SPEC_TEXT. */
bool arguments_join(const char *const *word, int count, char command[SPEC_TEXT]);
