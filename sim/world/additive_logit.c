/* Fits the functions in turns, a Newton step each, until the turns are over. The variance of a function's
 * values follows by the EM algorithm, which takes their posterior as normal. Pairs of columns come after
 * single ones, and only those with the largest score statistics. */
#include "sim/world/additive_logit.h"

#include "sim/base/real.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BINS = 16,          /* of a dense column, of about as many rows each */
    MOST_CELLS = 65536, /* of a pair of columns */
    MOST_PAIRS = 12,
    TURNS = 20,           /* of single columns, and as many again with pairs */
    MOST_FITTED = 200000, /* rows */
};

typedef struct BinnedColumn {
    int at; /* of the categorical columns, or of the dense ones behind them */
    bool dense;
    uint32_t bins;
    float edge[BINS - 1]; /* of a dense column: bin b is of values of at least edge[b - 1] */
} BinnedColumn;

/* A function of one column, or of two: then second is not -1. */
typedef struct BinnedFunction {
    int first, second;
    uint32_t cells;
    double variance; /* of its values' prior */
    double *value;
} BinnedFunction;

struct AdditiveLogit {
    BinnedColumn *column;
    BinnedFunction *function;
    int columns, functions;
};

/* What is fitted: bins of each column by row, outcomes, and the logit as it stands. */
typedef struct AdditiveFit {
    AdditiveLogit *model;
    size_t rows;
    uint32_t *bin; /* columns x rows */
    uint8_t *outcome;
    double *logit, *gradient, *weight; /* by row */
    double *sum, *information;         /* by cell */
} AdditiveFit;

static uint32_t bin_of(const BinnedColumn *column, const Features *x, size_t row)
{
    if (!column->dense) {
        const uint32_t id = x->id[row * (size_t)x->schema.categorical + (size_t)column->at];
        return id < column->bins ? id : column->bins; /* one more, for what was not there to be fitted */
    }
    const float value = x->dense[row * (size_t)x->schema.dense + (size_t)column->at];
    uint32_t bin = 0;
    while (bin + 1 < column->bins && value >= column->edge[bin])
        bin++;
    return bin;
}

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Edges at the quantiles of about 10,000 rows. */
static Status find_edges(BinnedColumn *column, const Features *x, Message *message)
{
    enum { SAMPLE = 10000 };
    const size_t step = x->rows / SAMPLE + 1, dense = (size_t)x->schema.dense;
    float *value = calloc(x->rows / step + 1, sizeof *value);
    size_t n = 0;
    if (!value)
        return fail_memory(message, "the bins of a column");
    for (size_t i = 0; i < x->rows; i += step)
        value[n++] = x->dense[i * dense + (size_t)column->at];
    qsort(value, n, sizeof *value, by_value);
    column->bins = 1;
    for (size_t b = 1; b < BINS; b++) {
        const float edge = value[b * n / BINS];
        if (edge > (column->bins > 1 ? column->edge[column->bins - 2] : value[0]))
            column->edge[column->bins++ - 1] = edge;
    }
    free(value);
    return STATUS_OK;
}

static Status find_columns(AdditiveLogit *m, const Features *x, Message *message)
{
    m->columns = x->schema.categorical + x->schema.dense;
    m->column = calloc((size_t)m->columns, sizeof *m->column);
    m->function = calloc((size_t)m->columns + MOST_PAIRS, sizeof *m->function);
    if (!m->column || !m->function)
        return fail_memory(message, "a model of a log");
    Status status = STATUS_OK;
    for (int c = 0; !status && c < m->columns; c++) {
        BinnedColumn *column = &m->column[c];
        column->dense = c >= x->schema.categorical;
        column->at = column->dense ? c - x->schema.categorical : c;
        if (column->dense)
            status = find_edges(column, x, message);
        else
            column->bins = x->schema.cardinality[c];
    }
    return status;
}

static void fit_free(AdditiveFit *fit)
{
    free(fit->bin);
    free(fit->outcome);
    free(fit->logit);
    free(fit->sum);
}

static Status fit_create(AdditiveFit *fit, AdditiveLogit *m, const Features *x, const uint8_t *outcome,
                         const uint8_t *among, Message *message)
{
    const size_t step = x->rows / MOST_FITTED + 1;
    size_t cells = MOST_CELLS;
    *fit = (AdditiveFit){.model = m};
    for (int c = 0; c < m->columns; c++)
        cells = m->column[c].bins > cells ? m->column[c].bins : cells;
    for (size_t i = 0; i < x->rows; i += step)
        fit->rows += !among || among[i];
    fit->bin = calloc(fit->rows * (size_t)m->columns + 1, sizeof *fit->bin);
    fit->outcome = calloc(fit->rows + 1, sizeof *fit->outcome);
    fit->logit = calloc(3 * fit->rows + 1, sizeof *fit->logit);
    fit->sum = calloc(2 * cells, sizeof *fit->sum);
    if (!fit->bin || !fit->outcome || !fit->logit || !fit->sum)
        return fail_memory(message, "the rows of a log");
    fit->gradient = fit->logit + fit->rows;
    fit->weight = fit->gradient + fit->rows;
    fit->information = fit->sum + cells;
    size_t row = 0;
    for (size_t i = 0; i < x->rows; i += step) {
        if (among && !among[i])
            continue;
        for (int c = 0; c < m->columns; c++)
            fit->bin[(size_t)c * fit->rows + row] = bin_of(&m->column[c], x, i);
        fit->outcome[row++] = outcome[i];
    }
    return STATUS_OK;
}

static uint32_t cell_of(const AdditiveFit *fit, const BinnedFunction *f, size_t row)
{
    const uint32_t first = fit->bin[(size_t)f->first * fit->rows + row];
    return f->second < 0
               ? first
               : first * fit->model->column[f->second].bins + fit->bin[(size_t)f->second * fit->rows + row];
}

/* Derivatives of the log likelihood by each row's logit. */
static void derive(AdditiveFit *fit)
{
    for (size_t i = 0; i < fit->rows; i++) {
        const double p = real_sigmoid(fit->logit[i]);
        fit->gradient[i] = fit->outcome[i] - p;
        fit->weight[i] = p * (1 - p);
    }
}

static void sum_cells(AdditiveFit *fit, const BinnedFunction *f)
{
    memset(fit->sum, 0, f->cells * sizeof *fit->sum);
    memset(fit->information, 0, f->cells * sizeof *fit->information);
    for (size_t i = 0; i < fit->rows; i++) {
        const uint32_t cell = cell_of(fit, f, i);
        fit->sum[cell] += fit->gradient[i];
        fit->information[cell] += fit->weight[i];
    }
}

/* Two Newton steps of the constant, which no prior holds. */
static void fit_constant(AdditiveFit *fit)
{
    for (int step = 0; step < 2; step++) {
        double gradient = 0, weight = 0;
        derive(fit);
        for (size_t i = 0; i < fit->rows; i++) {
            gradient += fit->gradient[i];
            weight += fit->weight[i];
        }
        for (size_t i = 0; i < fit->rows; i++)
            fit->logit[i] += gradient / weight;
    }
}

/* A Newton step of one function, and its variance: the mean over cells that have rows of the values' squares
 * and posterior variances. */
static void fit_function(AdditiveFit *fit, BinnedFunction *f)
{
    const double least = 1e-6;
    double squares = 0, used = 0;
    derive(fit);
    sum_cells(fit, f);
    const double precision = 1 / fmax(f->variance, least);
    for (uint32_t c = 0; c < f->cells; c++) {
        if (!(fit->information[c] > 0))
            continue;
        const double curvature = fit->information[c] + precision;
        fit->sum[c] = (fit->sum[c] - precision * f->value[c]) / curvature; /* the step */
        f->value[c] += fit->sum[c];
        squares += f->value[c] * f->value[c] + 1 / curvature;
        used++;
    }
    f->variance = used > 0 ? squares / used : 0;
    for (size_t i = 0; i < fit->rows; i++)
        fit->logit[i] += fit->sum[cell_of(fit, f, i)];
}

static Status add_function(AdditiveLogit *m, int first, int second, Message *message)
{
    const double start = 0.1;
    BinnedFunction *f = &m->function[m->functions];
    *f = (BinnedFunction){first, second, m->column[first].bins * (second < 0 ? 1 : m->column[second].bins),
                          start, NULL};
    f->value = calloc((size_t)f->cells + 1, sizeof *f->value);
    if (!f->value)
        return fail_memory(message, "a model of a log");
    m->functions++;
    return STATUS_OK;
}

static void take_turns(AdditiveFit *fit)
{
    for (int turn = 0; turn < TURNS; turn++) {
        fit_constant(fit);
        for (int f = 0; f < fit->model->functions; f++)
            fit_function(fit, &fit->model->function[f]);
    }
}

/* How much more than chance a pair tells beside what is fitted: sum of squared scores over their variances,
 * less its mean, in units of its sd. */
static double pair_score(AdditiveFit *fit, int first, int second)
{
    const BinnedFunction pair = {first, second,
                                 fit->model->column[first].bins * fit->model->column[second].bins, 0, NULL};
    double squares = 0, used = 0;
    sum_cells(fit, &pair);
    for (uint32_t c = 0; c < pair.cells; c++)
        if (fit->information[c] > 0) {
            squares += fit->sum[c] * fit->sum[c] / fit->information[c];
            used++;
        }
    return used > 0 ? (squares - used) / sqrt(2 * used) : 0;
}

typedef struct ColumnPair {
    int first, second;
    double score;
} ColumnPair;

static Status add_pairs(AdditiveFit *fit, Message *message)
{
    const double least = 2; /* sd above chance */
    AdditiveLogit *m = fit->model;
    ColumnPair best[MOST_PAIRS];
    int found = 0;
    derive(fit);
    for (int a = 0; a < m->columns; a++)
        for (int b = a + 1; b < m->columns; b++) {
            if ((double)m->column[a].bins * m->column[b].bins > MOST_CELLS)
                continue;
            const ColumnPair pair = {a, b, pair_score(fit, a, b)};
            if (!(pair.score > least) || (found == MOST_PAIRS && !(pair.score > best[found - 1].score)))
                continue;
            int at = found < MOST_PAIRS ? found++ : found - 1;
            for (; at > 0 && best[at - 1].score < pair.score; at--)
                best[at] = best[at - 1];
            best[at] = pair;
        }
    Status status = STATUS_OK;
    for (int p = 0; !status && p < found; p++)
        status = add_function(m, best[p].first, best[p].second, message);
    return status;
}

Status additive_logit_fit(AdditiveLogit **model, const Features *x, const uint8_t *outcome,
                          const uint8_t *among, Message *message)
{
    AdditiveFit fit = {0};
    AdditiveLogit *m = calloc(1, sizeof *m);
    *model = NULL;
    if (!m)
        return fail_memory(message, "a model of a log");
    Status status = find_columns(m, x, message);
    for (int c = 0; !status && c < m->columns; c++)
        status = add_function(m, c, -1, message);
    if (!status)
        status = fit_create(&fit, m, x, outcome, among, message);
    if (!status) {
        take_turns(&fit);
        status = add_pairs(&fit, message);
    }
    if (!status && m->functions > m->columns)
        take_turns(&fit);
    fit_free(&fit);
    if (status)
        additive_logit_free(m);
    else
        *model = m;
    return status;
}

void additive_logit_free(AdditiveLogit *m)
{
    if (!m)
        return;
    for (int f = 0; f < m->functions; f++)
        free(m->function[f].value);
    free(m->column);
    free(m->function);
    free(m);
}

void additive_logit_values(const AdditiveLogit *m, const Features *x, double *value)
{
    for (size_t i = 0; i < x->rows; i++) {
        value[i] = 0;
        for (int k = 0; k < m->functions; k++) {
            const BinnedFunction *f = &m->function[k];
            const uint32_t first = bin_of(&m->column[f->first], x, i),
                           second = f->second < 0 ? 0 : bin_of(&m->column[f->second], x, i);
            if (first < m->column[f->first].bins && (f->second < 0 || second < m->column[f->second].bins))
                value[i] += f->value[f->second < 0 ? first : first * m->column[f->second].bins + second];
        }
    }
}
