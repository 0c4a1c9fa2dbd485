/* What models have still to learn, by how much they learn when the rows double. Refitted halves do not tell
 * it: all models of one kind miss the same parts of the features. */
#include "experiments/audit/audit.h"

#include "sim/base/real.h"

#include <math.h>

/* What is missed falls with the rows to the power of minus this. Learning curves of networks have .07 to .35
 * (Hestness et al., arXiv 1712.00409). It was chosen on simulated logs (docs/AUDIT.md), where
 * tests/audit/test_audit_worlds.c holds it to what is missed. */
static const double LEARNING_RATE = 0.25;

/* What p^ tells of clicks: the log likelihood of a row less that by the click rate alone. */
static double click_information(const AuditLog *audit)
{
    const Log *log = &audit->data->log;
    const size_t rows = log->x.rows;
    const double rate = (double)log_clicks(log) / (double)rows;
    double sum = 0;
    for (size_t i = 0; i < rows; i++) {
        const double p = audit_probability(&audit->click[AUDIT_ALL], audit->fit.click[i]);
        sum += log->click[i] ? real_log(p / rate) : real_log((1 - p) / (1 - rate));
    }
    return sum / (double)rows;
}

double audit_missed(const AuditLog *audit)
{
    if (!audit->halves)
        return 0;
    const double whole = click_information(audit);
    double half = 0;
    for (int h = 0; h < audit->halves; h++)
        half += click_information(&audit->half[h].log) / audit->halves;
    const double learned = (whole - half) / whole;
    return whole > 0 && learned > 0 ? learned / (real_exp(LEARNING_RATE * M_LN2) - 1) : 0;
}

void audit_add_missed(AuditEstimate *e, double bias)
{
    if (!(fabs(bias) > 0))
        return;
    const double error = hypot(e->error, bias), reach = (e->high - e->value) * error / e->error;
    *e = (AuditEstimate){e->value, error, e->value - reach, e->value + reach};
}
