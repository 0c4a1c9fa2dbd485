/* The numbers of all sections of an audit, computed. */
#pragma once

#include "experiments/audit/audit.h"
#include "experiments/spec/spec.h"

enum { AUDIT_METHODS = 8 };

typedef struct AuditMethod {
    const char *name;
    AuditPredicted predicted;
} AuditMethod;

/* How much a column tells of conversions (6.). */
typedef struct AuditBenchmark {
    char column[AUDIT_COLUMN];
    double gamma;
} AuditBenchmark;

typedef struct AuditResults {
    const char *name; /* of the log or experiment */
    AuditLog log;
    AuditCounts counts;
    AuditGap gap;
    AuditOverlap overlap;
    AuditCalibration calibration;
    AuditItems item[AUDIT_DECILES];
    AuditSensitivity sensitivity, tan; /* by the two models; the second where it is asked for */
    bool has_tan;
    double break_even, tipping; /* NaN: no break-even CVR was given */
    int columns;
    AuditBalance *balance; /* of `columns`, as the next two */
    AuditLeak *leak;
    AuditDrift *drift;          /* NULL: there are no other rows */
    const Log *other;           /* the rows of `drift` */
    AuditClassifier classifier; /* of these rows, as the next */
    AuditSeen seen;             /* where there are models */
    int benchmarks;
    AuditBenchmark *benchmark;
    int methods;
    AuditMethod method[AUDIT_METHODS];
} AuditResults;

/* Sets what an audit trains with where no experiment says it. */
Status audit_preset(Spec *spec, Message *message);

typedef struct AuditOptions {
    const char *name;
    double break_even;
    int refits; /* splits of the users whose halves have models of their own, for errors: to MOST_REFITS */
    bool benchmarks;  /* fits once more for each column */
    AuditModel model; /* of another table of bounds, if it is not AUDIT_ODDS */
} AuditOptions;

/* Computes every section. Fits are those of shared_bottom with the spec's model and training; section 7 has
 * the spec's estimators that need nothing but a log. The data must outlive it. Free it also after a failure.
 */
Status audit_compute(AuditResults *results, const Spec *spec, const AuditData *data, const StreamKey *key,
                     const AuditOptions *options, Message *message);
void audit_results_free(AuditResults *results);

/* Columns that leak. */
int audit_count_leaks(const AuditResults *results);
