/* How sections are filled, for the files that do. */
#pragma once

#include "experiments/audit/audit_section.h"

typedef Status AuditSectionFill(AuditSection *section, const AuditResults *results, Message *message);

/* Sections that need the rows alone. */
AuditSectionFill fill_counts, fill_leaks, fill_parts, fill_power;

/* Sections that need models of clicks and conversions. */
AuditSectionFill fill_gap, fill_overlap, fill_calibration, fill_balance, fill_sensitivity, fill_predicted;

/* What a table of the section looks like: a column of names, columns of numbers up to a NULL, those of whole
 * numbers with a # before their names, and one of marks. */
typedef struct TableLook {
    const char *part, *title; /* NULL: those of the section */
    const char *name;
    const char *const *number;
    const char *mark; /* NULL: there are none */
} TableLook;

/* Begins a table; its numbers are unknown. NULL when out of memory. */
AuditTable *section_begin(AuditSection *section, const TableLook *look, int rows, Message *message);

void table_name(const AuditTable *table, int row, const char *name);
void table_mark(const AuditTable *table, int row, const char *mark);

/* Puts numbers side by side from a column of numbers on; the first is 0. */
void table_numbers(const AuditTable *table, int row, int column, const double *value, int values);

/* A table of named numbers, some with an interval. */
typedef struct NamedEstimate {
    const char *name;
    AuditEstimate estimate;
} NamedEstimate;

#define NAMED(line) (line), (int)(sizeof(line) / sizeof *(line))

AuditEstimate plain_number(double value);
Status section_named(AuditSection *section, const NamedEstimate *line, int lines, Message *message);

void section_conclude(AuditSection *section, AuditVerdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
