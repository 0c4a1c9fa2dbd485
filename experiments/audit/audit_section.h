/* The sections of an audit, ready to be printed: tables of numbers, and a finding that is held against a
 * threshold. */
#pragma once

#include "experiments/audit/audit_results.h"
#include "results/tables/grid_builder.h"

typedef enum AuditVerdict {
    AUDIT_UNKNOWN, /* the log has nothing to judge by */
    AUDIT_HOLDS,   /* nothing is wrong by the threshold */
    AUDIT_FAILS,
} AuditVerdict;

/* "holds", "does not hold", "not known" */
const char *audit_verdict_name(AuditVerdict verdict);

typedef struct AuditTable {
    const char *part,
        *title;       /* for programs, and for readers; the first of a section is called as the section is */
    GridBuilder grid; /* closed up by grid_builder_arrange */
} AuditTable;

enum { AUDIT_SECTIONS = 10, AUDIT_TABLES = 3 };

typedef struct AuditSection {
    const char *part, *title; /* "counts", "1. Counts and rates" */
    AuditTable table[AUDIT_TABLES];
    int tables; /* 0: the finding says all */
    AuditVerdict verdict;
    char finding[CELL_TEXT_SIZE]; /* a sentence without its full stop, which has the number and the threshold
                                   */
} AuditSection;

/* Fills all sections. Clear them also after a failure. */
Status audit_sections_fill(AuditSection section[AUDIT_SECTIONS], const AuditResults *results,
                           Message *message);
void audit_sections_clear(AuditSection section[AUDIT_SECTIONS]);

/* Prints a table of the findings, one a section, with what becomes of their thresholds. */
Status audit_findings_print(const AuditSection section[AUDIT_SECTIONS], const char *name,
                            const GridFormat *format, FILE *file, Message *message);
