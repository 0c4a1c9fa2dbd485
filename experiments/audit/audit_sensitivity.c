/* 2. The selection gap and 6. sensitivity: what clicks say of rows without a click, by how far Gamma lets the
 * odds of conversion differ between the two at the same x. Clicks give p and q, and nothing on Gamma; rows
 * with forced outcomes do. */
#include "experiments/audit/audit.h"

#include "sim/base/real.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <math.h>
#include <stdlib.h>

const double audit_gamma[AUDIT_GAMMAS] = {1, 1.1, 1.25, 1.5, 2, 3};

/* By Tan's model the law of the hidden cause among other rows is at most Gamma times that among clicks, and
 * at least one over it: as much weight as that leaves goes to what converts, or to what does not. */
double audit_unclicked(AuditModel model, double q, double gamma)
{
    if (model == AUDIT_ODDS)
        return q / (q + gamma * (1 - q));
    const double by_converting = q / gamma, by_others = 1 - gamma * (1 - q);
    return gamma > 1 ? fmax(by_converting, by_others) : fmin(by_converting, by_others);
}

/* --- Gamma^ */

static double minus_log_likelihood(double log_gamma, void *context)
{
    const AuditForced *f = context;
    const double gamma = real_exp(log_gamma);
    double sum = 0;
    for (size_t i = 0; i < f->rows; i++) {
        const double p = f->p[i] * f->q[i] + (1 - f->p[i]) * audit_unclicked(AUDIT_ODDS, f->q[i], gamma);
        sum -= f->outcome[i] ? real_log(p) : real_log1p(-p);
    }
    return sum;
}

/* Downhill from 0 in steps until it rises, then Brent's method between the neighbours; the end of the range,
 * Gammas of about 1/400 and 400, where it never rises. */
double audit_log_gamma(const AuditForced *forced)
{
    AuditForced copy = *forced;
    const double reach = 6, stride = 0.5;
    double best = 0, least = minus_log_likelihood(0, &copy);
    const double up = minus_log_likelihood(stride, &copy), step = up < least ? stride : -stride;
    for (double at = step; fabs(at) <= reach; at += step) {
        const double value = minus_log_likelihood(at, &copy);
        if (!(value < least))
            break;
        least = value;
        best = at;
    }
    if (fabs(best) >= reach || forced->rows == 0)
        return best;
    gsl_min_fminimizer *brent = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
    if (!brent)
        return NAN;
    gsl_function function = {minus_log_likelihood, &copy};
    int error = gsl_min_fminimizer_set(brent, &function, best, best - stride, best + stride);
    for (int k = 0; k < 60 && !error; k++) {
        error = gsl_min_fminimizer_iterate(brent);
        if (gsl_min_fminimizer_x_upper(brent) - gsl_min_fminimizer_x_lower(brent) < 1e-6)
            break;
    }
    best = gsl_min_fminimizer_x_minimum(brent);
    gsl_min_fminimizer_free(brent);
    return best;
}

/* --- 2. */

typedef struct GapContext {
    double missed; /* of what features explain, what models may miss (audit_missed) */
    double *p, *q; /* scratch for the random rows that are not left out, as the next */
    uint8_t *outcome;
} GapContext;

/* The line of q^ with the intercept at which clicks, weighted to stand for all rows, convert as often as is
 * predicted: the targeted step of TMLE (van der Laan and Rubin 2006), after which the mean of q^ over the log
 * is doubly robust. With `missed` it is lower by that. Newton's method in one number, of steps that are
 * bounded far from the root. */
static AuditLine targeted_line(const AuditLog *audit, double missed, int without)
{
    enum { MOST_STEPS = 50 };
    const Log *log = &audit->data->log;
    AuditLine line = audit->conversion[without];
    double step = 1;
    for (int s = 0; s < MOST_STEPS && fabs(step) > 1e-9; s++) {
        double residual = 0, information = 0;
        for (size_t i = 0; i < log->x.rows; i++) {
            if (audit->group[i] == without)
                continue;
            residual -= missed;
            if (!log->click[i])
                continue;
            const double w = audit_weight(audit, i, without);
            const double q = audit_probability(&line, audit->fit.conversion[i]);
            residual += w * (log->conversion[i] - q);
            information += w * q * (1 - q);
        }
        step = fmax(-1, fmin(1, residual / information));
        line.intercept += step;
    }
    return line;
}

/* What the gap is split into. */
typedef enum SplitValue {
    SPLIT_ADJUSTED,
    SPLIT_REST,
    SPLIT_LOG_GAMMA,
    SPLIT_VALUES,
} SplitValue;

/* The split if conversions of all rows are lower than q^ by `missed`; `rate` are the CVR of clicks and that
 * of the random rows. */
static void split_gap(const AuditLog *audit, const GapContext *c, const double rate[2], double missed,
                      int without, double value[SPLIT_VALUES])
{
    const Log *random = &audit->data->random;
    const AuditLine *click = &audit->click[without], conversion = targeted_line(audit, missed, without);
    double expected = 0;
    size_t rows = 0;
    for (size_t i = 0; i < random->x.rows; i++) {
        if (audit->random_group[i] == without)
            continue;
        c->p[rows] = audit_probability(click, audit->fit.random_click[i]);
        c->q[rows] = audit_probability(&conversion, audit->fit.random_conversion[i]);
        c->outcome[rows] = random->conversion[i];
        expected += c->q[rows++];
    }
    value[SPLIT_ADJUSTED] = rate[0] - expected / (double)rows;
    value[SPLIT_REST] = expected / (double)rows - rate[1];
    value[SPLIT_LOG_GAMMA] = audit_log_gamma(&(AuditForced){rows, c->p, c->q, c->outcome});
}

/* Both rates, the gap and the log of their ratio, then the split if models miss nothing, then if they miss
 * the most. */
enum { GAP_RATES = 4, GAP_VALUES = GAP_RATES + 2 * SPLIT_VALUES };

static void gap_values(const AuditLog *audit, const void *context, int without, double *value)
{
    const GapContext *c = context;
    const Log *log = &audit->data->log, *random = &audit->data->random;
    double clicks = 0, converted = 0, forced = 0, rows = 0;
    for (size_t i = 0; i < log->x.rows; i++) {
        if (!log->click[i] || audit->group[i] == without)
            continue;
        clicks++;
        converted += log->conversion[i];
    }
    for (size_t i = 0; i < random->x.rows; i++) {
        if (audit->random_group[i] == without)
            continue;
        forced += random->conversion[i];
        rows++;
    }
    value[0] = converted / clicks;
    value[1] = forced / rows;
    value[2] = value[0] - value[1];
    value[3] = real_log(value[0] / value[1]);
    double *split = value + GAP_RATES;
    split_gap(audit, c, value, 0, without, split);
    split_gap(audit, c, value, c->missed * split[SPLIT_ADJUSTED], without, split + SPLIT_VALUES);
}

/* What the models miss of clicks is taken to move conversions as what they have learned does: the gap by
 * features is short of as large a part. */
Status audit_gap(AuditGap *gap, const AuditLog *audit, Message *message)
{
    const size_t rows = audit->data->random.x.rows;
    AuditEstimate value[GAP_VALUES], *split = value + GAP_RATES;
    GapContext context = {audit_missed(audit), calloc(2 * rows + 1, sizeof(double)), NULL,
                          calloc(rows + 1, 1)};
    const bool room = context.p && context.outcome;
    if (room) {
        context.q = context.p + rows;
        audit_refitted(audit, gap_values, &context, GAP_VALUES, value);
        for (int v = 0; v < SPLIT_VALUES; v++)
            audit_reach_to(audit, &split[v], &split[v + SPLIT_VALUES]);
        *gap = (AuditGap){value[0],
                          value[1],
                          value[2],
                          value[3],
                          split[SPLIT_ADJUSTED],
                          split[SPLIT_REST],
                          split[SPLIT_LOG_GAMMA]};
    }
    free(context.p);
    free(context.outcome);
    return room ? STATUS_OK : fail_memory(message, "the random rows of an audit");
}

/* --- 6. */

/* How much audit_unclicked moves with q. */
static double unclicked_slope(AuditModel model, double q, double gamma)
{
    if (model == AUDIT_ODDS) {
        const double scale = q + gamma * (1 - q);
        return gamma / (scale * scale);
    }
    const bool converting = (q / gamma > 1 - gamma * (1 - q)) == (gamma > 1);
    return converting ? 1 / gamma : gamma;
}

/* What bounds are made of: p^, q^ and the labels of a row. */
typedef struct BoundRow {
    bool click;
    double p, q, r;
} BoundRow;

static BoundRow bound_row(const AuditLog *audit, size_t row, const AuditLine line[2])
{
    const Log *log = &audit->data->log;
    return (BoundRow){log->click[row], audit_probability(&line[0], audit->fit.click[row]),
                      audit_probability(&line[1], audit->fit.conversion[row]), log->conversion[row]};
}

/* A row's part of the total if rows without a click had the odds of Gamma: what is known of clicks, q_N of
 * other rows, and by how much q^ is wrong where it can be seen, weighted to stand for those where it cannot.
 * The last takes the first-order error of q^ out of the total: at a Gamma of 1 this is the doubly robust
 * estimate. */
static double row_total(const BoundRow *row, double clip, AuditModel model, double gamma)
{
    if (!row->click)
        return audit_unclicked(model, row->q, gamma);
    return row->r +
           (1 - row->p) / fmax(row->p, clip) * unclicked_slope(model, row->q, gamma) * (row->r - row->q);
}

/* Lower and upper total for each Gamma if models miss nothing, then if they miss the most, then the two
 * without an assumption. */
enum { BOUNDS = 2 * AUDIT_GAMMAS, NO_BOUND = 2 * BOUNDS, BOUND_VALUES = NO_BOUND + 2 };

typedef struct BoundContext {
    AuditModel model;
    double missed; /* of how far a bound is from that by rates alone, which is what models have learned */
} BoundContext;

static double gamma_of(int bound)
{
    return bound % 2 ? 1 / audit_gamma[bound / 2] : audit_gamma[bound / 2];
}

static void bound_values(const AuditLog *audit, const void *context, int without, double *value)
{
    const BoundContext *c = context;
    const AuditLine line[2] = {audit->click[without], audit->conversion[without]};
    double rows = 0, clicks = 0, conversions = 0, bound[BOUNDS] = {0};
    for (size_t i = 0; i < audit->data->log.x.rows; i++) {
        if (audit->group[i] == without)
            continue;
        const BoundRow row = bound_row(audit, i, line);
        rows++;
        clicks += row.click;
        conversions += row.click ? row.r : 0;
        for (int b = 0; b < BOUNDS; b++)
            bound[b] += row_total(&row, audit->clip, c->model, gamma_of(b));
    }
    const double rate = clicks / rows, cvr = conversions / clicks;
    for (int b = 0; b < BOUNDS; b++) {
        const double by_rates = rate * cvr + (1 - rate) * audit_unclicked(c->model, cvr, gamma_of(b));
        value[b] = bound[b] / rows;
        value[BOUNDS + b] = value[b] - c->missed * (by_rates - value[b]);
    }
    value[NO_BOUND] = conversions / rows;
    value[NO_BOUND + 1] = (conversions + rows - clicks) / rows;
}

void audit_sensitivity(AuditSensitivity *sensitivity, const AuditLog *audit, AuditModel model)
{
    AuditEstimate value[BOUND_VALUES];
    const BoundContext context = {model, audit_missed(audit)};
    audit_refitted(audit, bound_values, &context, BOUND_VALUES, value);
    for (int b = 0; b < BOUNDS; b++) {
        audit_reach_to(audit, &value[b], &value[BOUNDS + b]);
        *(b % 2 ? &sensitivity->upper[b / 2] : &sensitivity->lower[b / 2]) = value[b];
    }
    sensitivity->no_lower = value[NO_BOUND];
    sensitivity->no_upper = value[NO_BOUND + 1];
}

/* The total over all rows if the odds of all clicks are Gamma times those without a click. */
typedef double TotalAt(const void *context, double gamma);

/* Bisects the one of the two bounds that meets the total; both are monotone in Gamma. */
static double reaching_gamma(TotalAt *total_at, const void *context, double total)
{
    const double most = real_log(1000);
    const double sign = total < total_at(context, 1) ? 1 : -1;
    double low = 0, high = most;
    if (sign * (total_at(context, real_exp(sign * most)) - total) > 0)
        return INFINITY;
    while (high - low > 1e-6) {
        const double middle = (low + high) / 2;
        if (sign * (total_at(context, real_exp(sign * middle)) - total) > 0)
            low = middle;
        else
            high = middle;
    }
    return real_exp(high);
}

static double bound_at(const void *context, double gamma)
{
    const AuditLog *audit = context;
    const AuditLine line[2] = {audit->click[AUDIT_ALL], audit->conversion[AUDIT_ALL]};
    const size_t rows = audit->data->log.x.rows;
    double sum = 0;
    for (size_t i = 0; i < rows; i++) {
        const BoundRow row = bound_row(audit, i, line);
        sum += row_total(&row, audit->clip, AUDIT_ODDS, gamma);
    }
    return sum / (double)rows;
}

double audit_tipping(const AuditLog *audit, double total)
{
    return reaching_gamma(bound_at, audit, total);
}

/* What models say, without a correction: weights by p^, which knows the column, would take the lack of it
 * away. */
typedef struct ModelTotal {
    const AuditLog *audit;
    const float *conversion;
    AuditLine line;
} ModelTotal;

static double model_total(const void *context, double gamma)
{
    const ModelTotal *c = context;
    const size_t rows = c->audit->data->log.x.rows;
    double sum = 0;
    for (size_t i = 0; i < rows; i++) {
        const double p = audit_probability(&c->audit->click[AUDIT_ALL], c->audit->fit.click[i]);
        const double q = audit_probability(&c->line, c->conversion[i]);
        sum += p * q + (1 - p) * audit_unclicked(AUDIT_ODDS, q, gamma);
    }
    return sum / (double)rows;
}

double audit_benchmark(const AuditLog *audit, const float *without_column)
{
    const Log *log = &audit->data->log;
    const AuditLabels labels = {log->x.rows, without_column, log->conversion, log->click, audit->group};
    const ModelTotal whole = {audit, audit->fit.conversion, audit->conversion[AUDIT_ALL]};
    const ModelTotal without = {audit, without_column, audit_line(&labels, AUDIT_ALL)};
    return reaching_gamma(model_total, &without, model_total(&whole, 1));
}
