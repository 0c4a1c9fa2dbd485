/* Experiment files. */
#pragma once

#include "experiments/spec/spec.h"
#include "sim/base/status.h"

#include <stddef.h>

/* Where a file sets the keys: a line for each field of the table, 0 for those that it leaves alone. */
typedef struct SpecLines {
    int line[MAX_FIELDS];
} SpecLines;

/* Reads a YAML file over the defaults: nested mappings and dotted keys say the same. Any fault is
 * STATUS_USAGE (STATUS_FAILED when the file cannot be read), with a line "FILE:LINE: KEY: what was found;
 * expected ...". An unknown key or estimator is told with the nearest known one. `lines` may be NULL. */
Status spec_read(Spec *spec, SpecLines *lines, const char *path, Message *message);

/* The same from text that spec_write made, perhaps of an older program: a claim of = may lack a margin.
 * Messages call it `where`. */
Status spec_read_text(Spec *spec, const char *text, const char *where, Message *message);

/* "FILE:LINE" of the key that a fault of spec_check opens with, or FILE where the file does not set it. */
void spec_fault_place(const SpecLines *lines, const char *path, const char *fault, char *place, size_t size);

/* The key of an assignment is no longer as the file has it. */
void spec_lines_forget(SpecLines *lines, const char *assignment);
