/* 8. Leaks: columns that tell the labels by themselves, and columns that tell the click by being empty. */
#include "experiments/audit/audit.h"

#include "sim/base/real.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

static double entropy(double part, double whole)
{
    const double p = whole > 0 ? part / whole : 0;
    return p > 0 && p < 1 ? -p * real_log(p) - (1 - p) * real_log1p(-p) : 0;
}

static double column_value(const Features *x, size_t row, int column)
{
    const int categorical = x->schema.categorical;
    return column < categorical
               ? x->id[row * (size_t)categorical + (size_t)column]
               : (double)x->dense[row * (size_t)x->schema.dense + (size_t)(column - categorical)];
}

/* The usual value of rows without a click: what an empty cell is read as, if empty is what they are. `value`
 * is scratch for all rows. */
static double usual_value(const Log *log, int column, double *value)
{
    size_t count = 0, most = 0;
    double usual = NAN;
    for (size_t i = 0; i < log->x.rows; i++)
        if (!log->click[i])
            value[count++] = column_value(&log->x, i, column);
    gsl_sort(value, 1, count);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first; end < count && value[end] <= value[first]; end++)
            ;
        if (end - first > most) {
            most = end - first;
            usual = value[first];
        }
    }
    return usual;
}

/* 1 - H(o | the column has that value) / H(o). */
static double share_told(const Log *log, int column, double *value)
{
    const double usual = usual_value(log, column, value);
    double rows[2] = {0, 0}, clicks[2] = {0, 0};
    for (size_t i = 0; i < log->x.rows; i++) {
        const double here = column_value(&log->x, i, column);
        const int has = here >= usual && here <= usual;
        rows[has]++;
        clicks[has] += log->click[i];
    }
    const double n = rows[0] + rows[1], all = entropy(clicks[0] + clicks[1], n);
    const double given = (rows[0] * entropy(clicks[0], rows[0]) + rows[1] * entropy(clicks[1], rows[1])) / n;
    return all > 0 ? 1 - given / all : (double)NAN;
}

/* Above what another column reaches; NaN counts as nothing. */
static bool stands_out(const AuditLeak *leak, int columns, int j, bool click)
{
    double second = 0.5;
    const double auc = click ? leak[j].click : leak[j].conversion;
    for (int k = 0; k < columns; k++)
        if (k != j)
            second = fmax(second, click ? leak[k].click : leak[k].conversion);
    return auc > 0.95 || (auc > 0.85 && auc > second + 0.15);
}

Status audit_leaks(AuditLeak *leak, const AuditLog *audit, Message *message)
{
    const Log *log = &audit->data->log;
    const Schema *schema = &log->x.schema;
    const int columns = audit_columns(schema);
    const AuditColumn click = {&log->x, log->click, NULL, calloc(log->x.rows + 1, sizeof(AuditScore)),
                               calloc((size_t)2 * AUDIT_FOLDS * audit_most_ids(schema) + 1, sizeof(double))};
    const AuditColumn conversion = {&log->x, log->conversion, log->click, click.score, click.sum};
    double *value = calloc(log->x.rows + 1, sizeof *value);
    const bool room = click.score && click.sum && value;
    for (int j = 0; room && j < columns; j++) {
        leak[j] = (AuditLeak){.click = audit_column_auc(&click, j),
                              .conversion = audit_column_auc(&conversion, j),
                              .told = share_told(log, j, value)};
        audit_column_name(schema, j, leak[j].column);
    }
    for (int j = 0; room && j < columns; j++)
        leak[j].leaks =
            leak[j].told > 0.9 || stands_out(leak, columns, j, true) || stands_out(leak, columns, j, false);
    free(click.score);
    free(click.sum);
    free(value);
    return room ? STATUS_OK : fail_memory(message, "the columns of an audit");
}
