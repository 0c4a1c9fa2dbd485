/* The figures of an audit. */
#pragma once

#include "experiments/audit/audit_results.h"
#include "plots/data_figure.h"

enum { AUDIT_FIGURES = 5 };

/* A figure that belongs to a section. */
typedef struct AuditFigure {
    const char *part; /* of the section */
    DataFigure figure;
} AuditFigure;

/* The figures that the results have numbers for, up to AUDIT_FIGURES in the order of the sections; how many.
 * They borrow the results. */
int audit_figures(AuditFigure figure[AUDIT_FIGURES], const AuditResults *results);
