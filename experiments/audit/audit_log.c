/* Rows, groups of users, and the lines by which models are recalibrated. Groups nest in folds, so that
 * leaving out a group leaves out rows of one fold. */
#include "experiments/audit/audit.h"

#include "sim/base/real.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t *users_of(const Log *log)
{
    const size_t categorical = (size_t)log->x.schema.categorical;
    uint32_t *user = calloc(log->x.rows + 1, sizeof *user);
    for (size_t i = 0; user && i < log->x.rows; i++)
        user[i] = log->x.id[i * categorical + FIELD_USER];
    return user;
}

static Status group_rows(uint8_t **group, const Log *log, Message *message)
{
    uint32_t *user = users_of(log);
    *group = calloc(log->x.rows + 1, sizeof **group);
    if (user && *group)
        test_groups(user, log->x.rows, *group);
    const bool done = user && *group;
    free(user);
    return done ? STATUS_OK : fail_memory(message, "the groups of users");
}

/* --- Recalibration */

double audit_probability(const AuditLine *line, float logit)
{
    return real_sigmoid(line->intercept + line->slope * (double)logit);
}

enum { MOST_STEPS = 100, MOST_HALVINGS = 30 };
static const double line_prior = 1e-3;

static bool counts(const AuditLabels *l, size_t row, int without)
{
    return l->group[row] != without && (!l->marked || l->marked[row]);
}

/* The penalised log likelihood, and where they are asked for its gradient and negative Hessian {00, 01, 11}.
 */
static double line_likelihood(const AuditLabels *l, int without, const AuditLine *line, double gradient[2],
                              double hessian[3])
{
    const double from_one = line->slope - 1;
    double sum = -line_prior / 2 * (line->intercept * line->intercept + from_one * from_one);
    double g[2] = {-line_prior * line->intercept, -line_prior * from_one}, h[3] = {line_prior, 0, line_prior};
    for (size_t i = 0; i < l->rows; i++) {
        if (!counts(l, i, without))
            continue;
        const double x = (double)l->logit[i], z = line->intercept + line->slope * x, p = real_sigmoid(z);
        sum += (l->label[i] ? z : 0) - (z > 0 ? z + real_log1p(real_exp(-z)) : real_log1p(real_exp(z)));
        const double e = l->label[i] - p, w = p * (1 - p);
        g[0] += e;
        g[1] += x * e;
        h[0] += w;
        h[1] += w * x;
        h[2] += w * x * x;
    }
    memcpy(gradient, g, sizeof g);
    memcpy(hessian, h, sizeof h);
    return sum;
}

/* Newton's method. The likelihood is concave, but far from its top a whole step may lead down: then a part of
 * it is taken. */
static AuditLine climb(const AuditLabels *l, int without, AuditLine line)
{
    double g[2], h[3], height = line_likelihood(l, without, &line, g, h);
    for (int step = 0; step < MOST_STEPS; step++) {
        const double det = h[0] * h[2] - h[1] * h[1];
        const double d0 = (h[2] * g[0] - h[1] * g[1]) / det, d1 = (h[0] * g[1] - h[1] * g[0]) / det;
        double part = 1, next_height = 0;
        AuditLine next = line;
        for (int halving = 0; halving < MOST_HALVINGS; halving++, part /= 2) {
            next = (AuditLine){line.intercept + part * d0, line.slope + part * d1};
            next_height = line_likelihood(l, without, &next, g, h);
            if (next_height >= height)
                break;
        }
        if (!(next_height >= height)) /* rounding: it is the top */
            return line;
        line = next;
        height = next_height;
        if (part * fmax(fabs(d0), fabs(d1)) < 1e-9)
            break;
    }
    return line;
}

static bool has_both(const AuditLabels *l, int without)
{
    size_t count[2] = {0, 0};
    for (size_t i = 0; i < l->rows; i++)
        if (counts(l, i, without))
            count[l->label[i] != 0]++;
    return count[0] >= FEWEST_LABELS && count[1] >= FEWEST_LABELS;
}

AuditLine audit_line(const AuditLabels *labels, int without)
{
    const AuditLine as_it_is = {0, 1};
    return has_both(labels, without) ? climb(labels, without, (AuditLine){0, 0}) : as_it_is;
}

static AuditLabels clicks_of(const AuditLog *audit)
{
    const Log *log = &audit->data->log;
    return (AuditLabels){log->x.rows, audit->fit.click, log->click, NULL, audit->group};
}

static AuditLabels conversions_of(const AuditLog *audit)
{
    const Log *log = &audit->data->log;
    return (AuditLabels){log->x.rows, audit->fit.conversion, log->conversion, log->click, audit->group};
}

/* The line of all rows, and those without each group that is there, which are near it. */
static void fit_lines(const AuditLabels *labels, const bool *present, AuditLine line[TEST_GROUPS + 1])
{
    line[AUDIT_ALL] = audit_line(labels, AUDIT_ALL);
    for (int g = 0; g < TEST_GROUPS; g++)
        if (present[g])
            line[g] = has_both(labels, g) ? climb(labels, g, line[AUDIT_ALL]) : (AuditLine){0, 1};
}

void audit_recalibrate(AuditLog *audit)
{
    const AuditLabels click = clicks_of(audit), conversion = conversions_of(audit);
    fit_lines(&click, audit->present, audit->click);
    fit_lines(&conversion, audit->present, audit->conversion);
}

/* --- The whole */

static bool enough_labels(const Log *log)
{
    size_t clicks = log_clicks(log), conversions = 0;
    for (size_t i = 0; i < log->x.rows; i++)
        conversions += log->click[i] && log->conversion[i];
    return log->x.rows - clicks >= FEWEST_LABELS && clicks - conversions >= FEWEST_LABELS &&
           conversions >= FEWEST_LABELS;
}

Status audit_predictions_create(AuditPredictions *predictions, const AuditData *data, Message *message)
{
    const size_t rows = data->log.x.rows, random = data->random.x.rows;
    *predictions = (AuditPredictions){.click = calloc(2 * (rows + random) + 1, sizeof(float))};
    if (!predictions->click)
        return fail_memory(message, "the predictions of an audit");
    predictions->conversion = predictions->click + rows;
    predictions->random_click = predictions->conversion + rows;
    predictions->random_conversion = predictions->random_click + random;
    return STATUS_OK;
}

void audit_predictions_free(AuditPredictions *predictions)
{
    free(predictions->click);
}

Status audit_log_create(AuditLog *audit, const AuditData *data, const AuditFit *fit, Message *message)
{
    *audit = (AuditLog){.data = data, .fitted = enough_labels(&data->log)};
    Status status = group_rows(&audit->group, &data->log, message);
    if (!status)
        status = group_rows(&audit->random_group, &data->random, message);
    if (status)
        return status;
    for (size_t i = 0; i < data->log.x.rows; i++)
        audit->present[audit->group[i]] = true;
    if (!audit->fitted)
        return STATUS_OK;
    audit->clip = propensity_clip(&fit->options->train, &data->log);
    status = audit_predictions_create(&audit->fit, data, message);
    if (!status)
        status = audit_cross_fit_best(audit, fit, &audit->fit, &audit->epochs, message);
    if (status)
        return status;
    const AuditLabels click = clicks_of(audit), conversion = conversions_of(audit);
    audit->click[AUDIT_ALL] = audit_line(&click, AUDIT_ALL);
    audit->conversion[AUDIT_ALL] = audit_line(&conversion, AUDIT_ALL);
    return STATUS_OK;
}
