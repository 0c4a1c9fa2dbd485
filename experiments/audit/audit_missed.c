/* What models have still to learn, by how much they learn when the rows double. Refitted halves do not tell
 * it: all models of one kind miss the same parts of the features. */
#include "experiments/audit/audit.h"

#include "sim/base/real.h"

#include <math.h>

/* What is missed falls with the rows to the power of minus this, or faster. Learning curves of networks have
 * .07 to .35 (Hestness et al., arXiv 1712.00409), and models of simulated worlds miss half of this
 * (docs/AUDIT.md), where tests/audit/test_audit_worlds.c holds what is missed to what this leaves. */
static const double SLOWEST_LEARNING = 0.125;

/* What p^ tells of the clicks of each group's users, summed: their log likelihood less that by the click rate
 * alone. */
typedef struct ClickInformation {
    double whole[TEST_GROUPS], halves[TEST_GROUPS]; /* by models of all users, and of half of them */
} ClickInformation;

static void add_information(double to[TEST_GROUPS], const AuditLog *audit, double weight)
{
    const Log *log = &audit->data->log;
    const double rate = (double)log_clicks(log) / (double)log->x.rows;
    for (size_t i = 0; i < log->x.rows; i++) {
        const double p = audit_probability(&audit->click[AUDIT_ALL], audit->fit.click[i]);
        to[audit->group[i]] += weight * (log->click[i] ? real_log(p / rate) : real_log((1 - p) / (1 - rate)));
    }
}

/* What models of all users know more than those of half of them, as a share of what they know. */
static void learning(const AuditLog *audit, const void *context, int without, double *share)
{
    const ClickInformation *c = context;
    double whole = 0, halves = 0;
    for (int g = 0; g < TEST_GROUPS; g++) {
        if (g == without || !audit->present[g])
            continue;
        whole += c->whole[g];
        halves += c->halves[g];
    }
    *share = (whole - halves) / whole;
}

/* Models of halves know at least nothing, so that the share is at most 1. */
double audit_missed(const AuditLog *audit)
{
    ClickInformation information = {0};
    AuditEstimate share;
    if (!audit->halves)
        return 0;
    add_information(information.whole, audit, 1);
    for (int h = 0; h < audit->halves; h++)
        add_information(information.halves, &audit->half[h].log, 2.0 / audit->halves);
    audit_jackknife(audit, learning, &information, 1, &share);
    const double most = hypot(fmax(0, share.value), share.error);
    return (most > 1 ? 1 : most) / (real_exp(SLOWEST_LEARNING * M_LN2) - 1);
}
