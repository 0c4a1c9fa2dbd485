/* 4. Calibration of the models, out of fold and as they were trained: recalibrated they are right by
 * construction. */
#include "experiments/audit/audit.h"

#include "sim/base/real.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

static void line_values(const AuditLog *audit, const void *context, int without, double *value)
{
    (void)context;
    value[0] = audit->click[without].intercept;
    value[1] = audit->click[without].slope;
    value[2] = audit->conversion[without].intercept;
    value[3] = audit->conversion[without].slope;
}

/* Wilson's 95 % interval of events / rows. */
static void set_interval(AuditDecile *d)
{
    const double z = 1.959964, n = (double)d->rows, p = d->observed;
    const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double reach = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    d->low = middle - reach;
    d->high = middle + reach;
}

static double log_loss(double p, bool event)
{
    return event ? -real_log(p) : -real_log1p(-p);
}

static void fill_deciles(AuditCalibration *c, const AuditLog *audit, const size_t *order)
{
    const AuditLine as_it_is = {0, 1};
    const Log *log = &audit->data->log;
    const size_t rows = log->x.rows;
    const double rate = (double)log_clicks(log) / (double)rows;
    for (size_t place = 0; place < rows; place++) {
        const size_t i = order[place];
        AuditDecile *d = &c->decile[place * AUDIT_DECILES / rows];
        const double p = audit_probability(&as_it_is, audit->fit.click[i]);
        d->rows++;
        d->events += log->click[i];
        d->predicted += p;
        c->log_loss += log_loss(p, log->click[i]) / (double)rows;
        c->constant_log_loss += log_loss(rate, log->click[i]) / (double)rows;
    }
    for (int k = 0; k < AUDIT_DECILES; k++) {
        AuditDecile *d = &c->decile[k];
        if (!d->rows)
            continue;
        d->predicted /= (double)d->rows;
        d->observed = (double)d->events / (double)d->rows;
        set_interval(d);
        c->error += fabs(d->predicted - d->observed) * (double)d->rows / (double)rows;
    }
}

Status audit_calibration(AuditCalibration *calibration, const AuditLog *audit, Message *message)
{
    const size_t rows = audit->data->log.x.rows;
    AuditEstimate line[4];
    size_t *order = calloc(rows + 1, sizeof *order);
    if (!order)
        return fail_memory(message, "the order of rows");
    *calibration = (AuditCalibration){0};
    gsl_sort_float_index(order, audit->fit.click, 1, rows);
    fill_deciles(calibration, audit, order);
    free(order);
    audit_refitted(audit, line_values, NULL, 4, line);
    calibration->intercept = line[0];
    calibration->slope = line[1];
    calibration->conversion_intercept = line[2];
    calibration->conversion_slope = line[3];
    return STATUS_OK;
}
