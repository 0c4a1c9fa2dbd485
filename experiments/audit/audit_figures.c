/* The numbers of each figure as its script takes them, and one table of figures. */
#include "experiments/audit/audit_figures.h"

#include "plots/figures.h"

#include <math.h>
#include <stdlib.h>

static void put_numbers(FILE *file, const double *value, int values)
{
    for (int v = 0; v < values; v++)
        fprintf(file, "%s%.10g", v ? "\t" : "", value[v]);
    fputc('\n', file);
}

/* p^ in bins of a quarter of a logit. */
static void write_overlap(const void *context, FILE *file)
{
    enum { BINS = 128 };
    const AuditLog *audit = &((const AuditResults *)context)->log;
    const Log *log = &audit->data->log;
    const AuditLine *line = &audit->click[AUDIT_ALL];
    const double width = 0.25, least = -width * BINS / 2;
    size_t count[2][BINS] = {{0}}, all[2] = {0, 0};
    int first = 0, last = BINS - 1;
    for (size_t i = 0; i < log->x.rows; i++) {
        const double logit = line->intercept + line->slope * (double)audit->fit.click[i];
        const int bin = (int)fmax(0, fmin(BINS - 1, (logit - least) / width));
        count[log->click[i]][bin]++;
        all[log->click[i]]++;
    }
    while (count[0][first] + count[1][first] == 0)
        first++;
    while (count[0][last] + count[1][last] == 0)
        last--;
    fputs("# low\thigh\tclicked\tnot_clicked\n", file);
    for (int b = first; b <= last; b++) {
        const AuditLine as_it_is = {0, 1};
        const double low = audit_probability(&as_it_is, (float)(least + width * b));
        const double high = audit_probability(&as_it_is, (float)(least + width * (b + 1)));
        put_numbers(file,
                    (const double[]){low, high, (double)count[1][b] / (double)all[1],
                                     (double)count[0][b] / (double)all[0]},
                    4);
    }
}

static void write_calibration(const void *context, FILE *file)
{
    const AuditCalibration *c = &((const AuditResults *)context)->calibration;
    fputs("# predicted\tobserved\tlow\thigh\n", file);
    for (int k = 0; k < AUDIT_DECILES; k++) {
        const AuditDecile *d = &c->decile[k];
        if (d->rows)
            put_numbers(file, (const double[]){d->predicted, d->observed, d->low, d->high}, 4);
    }
}

/* Gnuplot takes "nan" for no number. */
static void write_sensitivity(const void *context, FILE *file)
{
    const AuditResults *r = context;
    const AuditSensitivity *s = &r->sensitivity;
    fputs("# gamma\tlower\tlower_low\tupper\tupper_high\tlowest\thighest\tbreak_even\n", file);
    for (int g = 0; g < AUDIT_GAMMAS; g++)
        put_numbers(file,
                    (const double[]){audit_gamma[g], s->lower[g].value, s->lower[g].low, s->upper[g].value,
                                     s->upper[g].high, s->no_lower.value, s->no_upper.value, r->break_even},
                    8);
}

static void write_predicted(const void *context, FILE *file)
{
    const AuditResults *r = context;
    fputs("# estimator\tdecile\tratio\tlow\thigh\n", file);
    for (int m = 0; m < r->methods; m++) {
        fputs(m ? "\n\n" : "", file);
        for (int k = 0; k < AUDIT_DECILES; k++) {
            const AuditEstimate *e = &r->method[m].predicted.decile[k];
            figure_text(file, r->method[m].name, FIGURE_DATA);
            fputc('\t', file);
            put_numbers(file, (const double[]){k + 1, e->value, e->low, e->high}, 4);
        }
    }
}

static int by_difference(const void *a, const void *b)
{
    const AuditBalance *x = a, *y = b;
    return (x->before < y->before) - (x->before > y->before);
}

/* The furthest columns, as many as a figure has room for. */
static void write_balance(const void *context, FILE *file)
{
    enum { MOST_NAMES = 40 };
    const AuditResults *r = context;
    AuditBalance *sorted = calloc((size_t)r->columns + 1, sizeof *sorted);
    if (!sorted)
        return; /* gnuplot says that there is nothing */
    for (int j = 0; j < r->columns; j++)
        sorted[j] = r->balance[j];
    qsort(sorted, (size_t)r->columns, sizeof *sorted, by_difference);
    fputs("# column\tbefore\tafter\n", file);
    for (int j = 0; j < r->columns && j < MOST_NAMES; j++) {
        figure_text(file, sorted[j].column, FIGURE_DATA);
        fputc('\t', file);
        put_numbers(file, (const double[]){sorted[j].before, sorted[j].after}, 2);
    }
    free(sorted);
}

/* What the axis of a measure says, and who writes the data. */
static const struct {
    const char *part, *script, *metric, *caption;
    void (*write)(const void *context, FILE *file);
} audit_figure_table[AUDIT_FIGURES] = {
    {"overlap", "overlap", "fitted click propensity",
     "Fitted click propensities of clicked and of other exposures", write_overlap},
    {"calibration", "observed", "click rate",
     "Observed against predicted click rate by decile, before recalibration", write_calibration},
    {"balance", "balance", "distance of clicks from all",
     "How far clicks are from all exposures: in standard deviations, categorical columns by total variation",
     write_balance},
    {"sensitivity", "sensitivity", "CVR of all exposures",
     "Bounds of the conversion rate of all exposures along Gamma", write_sensitivity},
    {"predicted", "predicted", "",
     "Predicted over observed conversions of clicks by decile of the click propensity", write_predicted},
};

int audit_figures(AuditFigure figure[AUDIT_FIGURES], const AuditResults *results)
{
    int figures = 0;
    for (int f = 0; f < AUDIT_FIGURES && results->log.fitted; f++) {
        if (audit_figure_table[f].write == write_predicted && results->methods == 0)
            continue;
        figure[figures++] = (AuditFigure){
            audit_figure_table[f].part,
            {.name = audit_figure_table[f].part,
             .script = audit_figure_table[f].script,
             .caption = audit_figure_table[f].caption,
             .texts = {"", "", "", audit_figure_table[f].metric, "", "", "", false, 0, FIGURE_POINTS},
             .write = audit_figure_table[f].write,
             .context = results}};
    }
    return figures;
}
