/* Intervals of the redraws of the risk layer, and how often they hold the ideal loss. They are read anew for
 * each figure, since summaries have no single redraws. */
#include "plots/coverage_figures.h"

#include "results/summary/unit_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_REDRAWS = 20, MOST_SHOWN = 100 };

static const double normal_quantile = 1.959963984540054;

/* A redraw's interval. */
typedef struct Interval {
    double error, half, own; /* estimate - ideal; half the width; estimate - mean of the redraws */
} Interval;

/* Those of one estimator of one predictor's loss, over all worlds. */
typedef struct Intervals {
    Interval *interval;
    int count;
} Intervals;

static int compare_intervals(const void *a, const void *b)
{
    const Interval *x = a, *y = b;
    const double left = fabs(x->error) / x->half, right = fabs(y->error) / y->half;
    return (left > right) - (left < right);
}

/* Nothing of a world with few redraws, or without spread: it has no intervals. */
static void add_world(Intervals *all, const RedrawnWorld *world)
{
    double sum = 0, squares = 0;
    int n = 0;
    for (int i = 0; i < world->redraws; i++) {
        if (!isnan(world->estimate[i])) {
            sum += world->estimate[i];
            n++;
        }
    }
    const double mean = sum / n;
    for (int i = 0; i < world->redraws; i++)
        if (!isnan(world->estimate[i]))
            squares += (world->estimate[i] - mean) * (world->estimate[i] - mean);
    if (n < LEAST_REDRAWS || !(squares > 0))
        return;
    const double half = normal_quantile * sqrt(squares / (n - 1));
    for (int i = 0; i < world->redraws; i++)
        if (!isnan(world->estimate[i]))
            all->interval[all->count++] =
                (Interval){world->estimate[i] - world->ideal, half, world->estimate[i] - mean};
}

/* In the order of |error| / sd. Free all->interval also after a failure. */
static Status read_intervals(const FigureSource *source, const RiskSummary *row, Intervals *all,
                             Message *message)
{
    RedrawnWorlds redrawn;
    size_t room = 1;
    *all = (Intervals){0};
    Status status = results_redraws(source->chosen->results, row, &redrawn, message);
    for (int w = 0; w < redrawn.worlds; w++)
        room += (size_t)redrawn.world[w].redraws;
    all->interval = status ? NULL : calloc(room, sizeof *all->interval);
    if (!status && !all->interval)
        status = fail_memory(message, "the redraws");
    for (int w = 0; w < redrawn.worlds && !status; w++)
        add_world(all, &redrawn.world[w]);
    if (all->count > 0)
        qsort(all->interval, (size_t)all->count, sizeof *all->interval, compare_intervals);
    redrawn_worlds_clear(&redrawn);
    return status;
}

static double share(const Intervals *all, bool own)
{
    int covered = 0;
    for (int i = 0; i < all->count; i++)
        covered += fabs(own ? all->interval[i].own : all->interval[i].error) <= all->interval[i].half;
    return 100.0 * covered / all->count;
}

static void put_names(const FigureSource *source, const RiskSummary *row, FILE *file)
{
    figure_text(file, row->predictor, source->place);
    fputc('\t', file);
    figure_text(file, row->estimator, source->place);
}

/* Calls `put` with the rows of the setting that have intervals. */
static Status each_row(const FigureSource *source,
                       void (*put)(const FigureSource *source, const RiskSummary *row, const Intervals *all,
                                   bool first_of_predictor, FILE *file, int *rows),
                       FILE *file, int *rows, Message *message)
{
    const ExperimentResults *results = source->chosen->results;
    const char *last = "";
    Status status = STATUS_OK;
    for (int i = 0; i < results->risk_rows && !status; i++) {
        const RiskSummary *row = &results->risk_row[i];
        Intervals all;
        if (row->setting != source->setting->index || row->replicates < LEAST_REDRAWS)
            continue;
        status = read_intervals(source, row, &all, message);
        if (!status && all.count > 0) {
            put(source, row, &all, strcmp(row->predictor, last) != 0, file, rows);
            last = row->predictor;
        }
        free(all.interval);
    }
    return status;
}

static void put_zip(const FigureSource *source, const RiskSummary *row, const Intervals *all,
                    bool first_of_predictor, FILE *file, int *rows)
{
    const int shown = all->count < MOST_SHOWN ? all->count : MOST_SHOWN;
    const double coverage = share(all, false);
    (void)first_of_predictor;
    fputs(*rows > 0 ? "\n\n" : "", file);
    for (int i = 0; i < shown; i++) {
        const Interval *one = &all->interval[(int)((i + 0.5) * all->count / shown)];
        put_names(source, row, file);
        fprintf(file, "\t%.4g\t%.8g\t%.8g\t%.8g\t%d\t%.3g\n", 100 * (i + 0.5) / shown, one->error,
                one->error - one->half, one->error + one->half, fabs(one->error) <= one->half, coverage);
        ++*rows;
    }
}

Status write_zip(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    fprintf(file, "# predictor\testimator\tpercentile\terror\tlow\thigh\tcovers\tcoverage\n");
    return each_row(source, put_zip, file, rows, message);
}

static void put_coverage(const FigureSource *source, const RiskSummary *row, const Intervals *all,
                         bool first_of_predictor, FILE *file, int *rows)
{
    const double coverage = share(all, false);
    fputs(*rows > 0 && first_of_predictor ? "\n\n" : "", file);
    put_names(source, row, file);
    fprintf(file, "\t%.6g\t%.6g\t%.6g\n", coverage, sqrt(coverage * (100 - coverage) / all->count),
            share(all, true));
    ++*rows;
}

Status write_coverage(const FigureSource *source, FILE *file, int *rows, Message *message)
{
    fprintf(file, "# predictor\testimator\tcoverage\tmcse\twithout_bias\n");
    return each_row(source, put_coverage, file, rows, message);
}
