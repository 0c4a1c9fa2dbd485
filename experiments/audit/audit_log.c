/* Rows, groups of users, and models that predict each row without having seen its user. Groups nest in folds,
 * so that leaving out a group leaves out rows of one fold. */
#include "experiments/audit/audit.h"

#include "sim/base/real.h"

#include <gsl/gsl_cdf.h>
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

/* --- Cross-fitting */

/* Rows whose fold is `fold`, or is not. */
static size_t rows_of_fold(const uint8_t *group, size_t rows, int fold, bool inside, uint32_t *row)
{
    size_t count = 0;
    for (size_t i = 0; i < rows; i++)
        if ((group[i] % AUDIT_FOLDS == fold) == inside)
            row[count++] = (uint32_t)i;
    return count;
}

static float logit_of(float p)
{
    const double least = 1e-7, q = fmin(fmax((double)p, least), 1 - least);
    return (float)(real_log(q) - real_log1p(-q));
}

/* The user of a row is never among those that a model has seen: what its embedding says there is noise, and
 * what it says in training is taken from the features, which could say it of other users. */
static void forget_users(Log *log)
{
    for (size_t i = 0; i < log->x.rows; i++)
        log->x.id[i * (size_t)log->x.schema.categorical + FIELD_USER] = 0;
}

/* Predicts the rows of the fold. */
static Status predict_fold(Fit *fit, const Log *log, const uint8_t *group, int fold, float *click,
                           float *conversion, Message *message)
{
    const size_t rows = log->x.rows;
    Log part = {0};
    uint32_t *row = calloc(rows + 1, sizeof *row);
    float *p = calloc(2 * rows + 1, sizeof *p);
    Status status = row && p ? STATUS_OK : fail_memory(message, "the predictions of an audit");
    const size_t count = status ? 0 : rows_of_fold(group, rows, fold, true, row);
    if (count)
        status = log_select(&part, log, row, count, message);
    if (!status)
        forget_users(&part);
    if (count && !status)
        status = fit_predict(fit, &part.x, p, p + rows, message);
    for (size_t i = 0; i < count && !status; i++) {
        if (conversion)
            conversion[row[i]] = logit_of(p[i]);
        if (click)
            click[row[i]] = logit_of(p[rows + i]);
    }
    log_free(&part);
    free(row);
    free(p);
    return status;
}

static Status train_on(Fit **fit, const AuditFit *how, const Log *log, Message *message)
{
    FitReport report;
    const TrainingData data = {.log = log};
    const FitSetup setup = {how->method, how->options, &data, NULL, how->key};
    Status status = fit_create(fit, &setup, message);
    if (!status)
        status = fit_train(*fit, &report, message);
    if (!status && report.diverged)
        status = fail(message, STATUS_FAILED,
                      "%s: the training diverged on the log; expected another train.learning_rate",
                      how->method->estimator->name);
    return status;
}

static Status fit_fold(const AuditLog *audit, const AuditFit *how, int fold, const AuditPredictions *to,
                       Message *message)
{
    const Log *log = &audit->data->log, *random = &audit->data->random;
    Log seen = {0};
    Fit *fit = NULL;
    uint32_t *row = calloc(log->x.rows + 1, sizeof *row);
    if (!row)
        return fail_memory(message, "the rows of an audit");
    const size_t count = rows_of_fold(audit->group, log->x.rows, fold, false, row);
    Status status = log_select(&seen, log, row, count, message);
    if (!status)
        forget_users(&seen);
    if (!status)
        status = train_on(&fit, how, &seen, message);
    if (!status)
        status = predict_fold(fit, log, audit->group, fold, to->click, to->conversion, message);
    if (!status && random->x.rows && to->random_conversion)
        status = predict_fold(fit, random, audit->random_group, fold, to->random_click, to->random_conversion,
                              message);
    fit_free(fit);
    log_free(&seen);
    free(row);
    return status;
}

Status audit_cross_fit(const AuditLog *audit, const AuditFit *fit, const AuditPredictions *to,
                       Message *message)
{
    Status status = STATUS_OK;
    for (int fold = 0; fold < AUDIT_FOLDS && !status; fold++)
        status = fit_fold(audit, fit, fold, to, message);
    return status;
}

Status audit_fit_whole(const AuditLog *audit, const AuditFit *fit, const Features *x, float *click,
                       float *conversion, Message *message)
{
    Fit *whole = NULL;
    Status status = train_on(&whole, fit, &audit->data->log, message);
    if (!status)
        status = fit_predict(whole, x, conversion, click, message);
    fit_free(whole);
    return status;
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
    const Log *log = &audit->data->log;
    const AuditLabels click = {log->x.rows, audit->fit.click, log->click, NULL, audit->group};
    const AuditLabels conversion = {log->x.rows, audit->fit.conversion, log->conversion, log->click,
                                    audit->group};
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

static Status make_room(AuditLog *audit, Message *message)
{
    const size_t rows = audit->data->log.x.rows, random = audit->data->random.x.rows;
    AuditPredictions *fit = &audit->fit;
    fit->click = calloc(2 * (rows + random) + 1, sizeof *fit->click);
    if (!fit->click)
        return fail_memory(message, "the predictions of an audit");
    fit->conversion = fit->click + rows;
    fit->random_click = fit->conversion + rows;
    fit->random_conversion = fit->random_click + random;
    return STATUS_OK;
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
    status = make_room(audit, message);
    if (!status)
        status = audit_cross_fit(audit, fit, &audit->fit, message);
    if (!status)
        audit_recalibrate(audit);
    return status;
}

void audit_log_free(AuditLog *audit)
{
    free(audit->group);
    free(audit->random_group);
    free(audit->fit.click);
}

/* --- Errors */

void audit_jackknife(const AuditLog *audit, AuditStatistic *statistic, const void *context, int values,
                     AuditEstimate *estimate)
{
    double all[AUDIT_VALUES], value[AUDIT_VALUES], without[AUDIT_VALUES][TEST_GROUPS];
    statistic(context, AUDIT_ALL, all);
    for (int g = 0; g < TEST_GROUPS; g++) {
        if (audit->present[g])
            statistic(context, g, value);
        for (int v = 0; v < values; v++)
            without[v][g] = audit->present[g] ? value[v] - all[v] : (double)NAN;
    }
    for (int v = 0; v < values; v++) {
        int groups;
        bool known = isfinite(all[v]);
        for (int g = 0; g < TEST_GROUPS; g++)
            known &= !audit->present[g] || isfinite(without[v][g]);
        const double error = known ? test_sample_error(without[v], &groups) : (double)NAN;
        const double reach = !isnan(error) ? error * gsl_cdf_tdist_Pinv(0.975, groups - 1) : (double)NAN;
        estimate[v] = (AuditEstimate){all[v], error, all[v] - reach, all[v] + reach};
    }
}
