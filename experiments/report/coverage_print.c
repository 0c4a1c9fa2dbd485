/* The coverage of an experiment as tables. */
#include "experiments/report/coverage.h"
#include "experiments/spec/named_method.h"
#include "results/store/unit_tally.h"
#include "results/tables/grid.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FACTS = 16, FACT_COLUMNS = 2, COUNT_COLUMNS = 7, FAILURE_COLUMNS = 4, PART_COLUMNS = 5 };

typedef struct Facts {
    Cell cell[MOST_FACTS * FACT_COLUMNS];
    int rows;
} Facts;

__attribute__((format(printf, 3, 4))) static void add_fact(Facts *facts, const char *name, const char *format,
                                                           ...)
{
    char text[CELL_TEXT_SIZE];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    Cell *row = facts->cell + (size_t)facts->rows++ * FACT_COLUMNS;
    row[0] = cell_text(name);
    row[1] = cell_text(text);
}

static void add_size(Facts *facts, int64_t bytes)
{
    if (bytes < 1000000)
        add_fact(facts, "size", "%.1f kB", (double)bytes / 1e3);
    else
        add_fact(facts, "size", "%.1f MB", (double)bytes / 1e6);
}

/* Fewest and most of a thing. */
typedef struct Span {
    int least, most;
} Span;

/* Over the settings, which differ with `precision`. */
static void find_spans(const Stages *stages, Span *worlds, Span *replicates)
{
    *worlds = (Span){INT_MAX, stages->worlds};
    *replicates = (Span){INT_MAX, stages->replicates};
    for (int s = 0; s < stages->settings; s++) {
        const SettingUnits *units = &stages->setting[s];
        worlds->least = units->worlds < worlds->least ? units->worlds : worlds->least;
        replicates->least = units->replicates < replicates->least ? units->replicates : replicates->least;
    }
}

/* "1 world, 4 replicates, 4 settings, 7 estimators" */
static void add_design(Facts *facts, const Coverage *coverage)
{
    const Spec *spec = coverage->spec;
    const int predictors = spec->risk_estimators ? spec->risk_predictors : 0;
    Span worlds, replicates;
    find_spans(&coverage->stages, &worlds, &replicates);
    if (!spec->estimators)
        replicates = (Span){0, 0};
    const struct {
        Span number;
        const char *noun;
    } part[] = {{worlds, "world"},
                {replicates, "replicate"},
                {{coverage->settings, coverage->settings}, "setting"},
                {{spec->estimators, spec->estimators}, "estimator"},
                {{predictors, predictors}, "predictor"},
                {{spec->risk_estimators, spec->risk_estimators}, "risk estimator"}};
    char text[CELL_TEXT_SIZE] = "";
    size_t used = 0;
    for (size_t i = 0; i < sizeof part / sizeof *part && used < sizeof text; i++) {
        const Span number = part[i].number;
        char least[32] = "";
        if (number.most == 0)
            continue;
        if (number.least < number.most)
            snprintf(least, sizeof least, "%d to ", number.least);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%d %s%s", used ? ", " : "", least,
                                 number.most, part[i].noun, number.most == 1 ? "" : "s");
    }
    add_fact(facts, "planned", "%s", text);
}

/* What the number of units is fixed by, where the spec has no number. */
static void add_precision(Facts *facts, const Coverage *coverage)
{
    char text[PRECISION_TEXT];
    precision_write(&coverage->spec->precision, text);
    if (*text)
        add_fact(facts, "precision", "%s%s", text,
                 coverage->stages.final ? "" : "; more units may be needed");
}

static void add_units(Facts *facts, const Coverage *coverage)
{
    char beyond[64] = "", failed[32] = "";
    if (coverage->failed)
        snprintf(failed, sizeof failed, "%lld failed, ", (long long)coverage->failed);
    if (coverage->beyond)
        snprintf(beyond, sizeof beyond, "; %lld that the spec does not plan", (long long)coverage->beyond);
    add_fact(facts, "units", "%lld done, %lld diverged, %s%lld missing%s", (long long)coverage->done,
             (long long)coverage->diverged, failed, (long long)coverage->missing, beyond);
}

static Status print_facts(Store *store, const Provenance *p, const Coverage *coverage, const char *unknown,
                          const GridFormat *format, FILE *file, Message *message)
{
    static const Column column[FACT_COLUMNS] = {{"fact", "fact", CELL_TEXT, 1},
                                                {"value", "value", CELL_TEXT, 1}};
    Facts facts = {.rows = 0};
    add_fact(&facts, "store", "%s", store_path(store));
    add_size(&facts, provenance_bytes(store));
    add_fact(&facts, "seed", "%lld", (long long)p->seed);
    add_fact(&facts, "version", "cvrlab %s", p->version);
    add_fact(&facts, "commit", "%s", p->commit);
    add_fact(&facts, "compiler", "%s", p->compiler);
    add_fact(&facts, "flags", "%s", p->flags);
    add_fact(&facts, "libraries", "%s", p->libraries);
    add_fact(&facts, "processor", "%s", p->cpu);
    add_fact(&facts, "host", "%s", p->host);
    add_fact(&facts, "started", "%s", p->started);
    add_fact(&facts, "finished", "%s", *p->finished ? p->finished : "not yet");
    if (unknown)
        add_fact(&facts, "units", "not known: %s", unknown);
    if (!unknown)
        add_design(&facts, coverage);
    if (!unknown)
        add_precision(&facts, coverage);
    if (!unknown)
        add_units(&facts, coverage);
    const Grid grid = {.experiment = p->name,
                       .setting = "",
                       .title = format->floats ? p->name : "",
                       .note = "",
                       .column = column,
                       .columns = FACT_COLUMNS,
                       .rows = facts.rows,
                       .cell = facts.cell,
                       .part = "facts"};
    return grid_print(&grid, format, true, file, message);
}

/* Where `spec` is not NULL, a method is called by its label. */
static void fill_parts(Cell *cell, const char *kind, const ProvenanceParts *parts, const Spec *spec)
{
    for (int i = 0; i < parts->parts; i++, cell += PART_COLUMNS) {
        const ProvenancePart *part = &parts->part[i];
        cell[0] = cell_text(kind);
        cell[1] = cell_text(spec ? spec_label(spec, part->name) : part->name);
        cell[2] = cell_text(part->made);
        cell[3] = cell_text(part->by);
        cell[4] = cell_text(part->kept);
    }
}

/* What code and data the units are of; nothing where that is not recorded. */
static Status print_parts(const Provenance *p, const Spec *spec, const GridFormat *format, FILE *file,
                          Message *message)
{
    static const Column column[PART_COLUMNS] = {{"kind", "kind", CELL_TEXT, 1},
                                                {"part", "part", CELL_TEXT, 1},
                                                {"hash", "hash", CELL_TEXT, 1},
                                                {"commit", "commit", CELL_TEXT, 1},
                                                {"kept_of", "kept of", CELL_TEXT, 1}};
    const int rows = p->code.parts + p->data.parts;
    if (rows == 0)
        return STATUS_OK;
    Cell *cell = calloc((size_t)rows * PART_COLUMNS, sizeof *cell);
    if (!cell)
        return fail_memory(message, "what made the units");
    if (format->data)
        fputc('\n', file);
    fill_parts(cell, "code", &p->code, spec);
    fill_parts(cell + (size_t)p->code.parts * PART_COLUMNS, "data", &p->data, NULL);
    const Grid grid = {
        .experiment = p->name,
        .setting = "",
        .title = "Code and data",
        .note = "Hashes of an estimator's own source and of what it is built on; the commit of the "
                "program that ran the first of its units; and of what else some units are that "
                "--keep kept.",
        .column = column,
        .columns = PART_COLUMNS,
        .rows = rows,
        .cell = cell,
        .part = "origin"};
    const Status status = grid_print(&grid, format, true, file, message);
    free(cell);
    return status;
}

typedef enum Grouping { BY_SETTING, BY_ESTIMATOR, BY_BOTH } Grouping;

static bool same_group(const UnitCount *a, const UnitCount *b, Grouping grouping)
{
    bool setting = !strcmp(a->setting, b->setting);
    bool estimator = !strcmp(a->estimator, b->estimator) && !strcmp(a->predictor, b->predictor);
    return (grouping == BY_ESTIMATOR || setting) && (grouping == BY_SETTING || estimator);
}

/* Sums over what is not grouped by, in order of first appearance; their number. */
static int sum_groups(const Coverage *coverage, Grouping grouping, UnitCount *sum)
{
    int sums = 0;
    for (int i = 0; i < coverage->counts; i++) {
        const UnitCount *count = &coverage->count[i];
        int g = grouping == BY_BOTH ? sums : 0; /* each is a group of its own */
        while (g < sums && !same_group(&sum[g], count, grouping))
            g++;
        if (g == sums) {
            sum[sums] = *count;
            sum[sums].done = sum[sums].diverged = sum[sums].failed = sum[sums].missing = 0;
            sums++;
        }
        sum[g].done += count->done;
        sum[g].diverged += count->diverged;
        sum[g].failed += count->failed;
        sum[g].missing += count->missing;
    }
    return sums;
}

/* Where `spec` is not NULL, a trained method is called by its label. */
static void fill_row(Cell *cell, const UnitCount *count, const Spec *spec)
{
    cell[0] = cell_text(count->setting);
    cell[1] = cell_text(spec && !count->predictor[0] ? spec_label(spec, count->estimator) : count->estimator);
    cell[2] = cell_text(count->predictor);
    cell[3] = cell_number((double)count->done);
    cell[4] = cell_number((double)count->diverged);
    cell[5] = cell_number((double)count->failed);
    cell[6] = cell_number((double)count->missing);
}

static bool has_risk(const Coverage *coverage)
{
    bool found = false;
    for (int i = 0; i < coverage->counts; i++)
        found |= coverage->count[i].predictor[0] != 0;
    return found;
}

static Status print_counts(const char *experiment, const Coverage *coverage, const UnitCount *sum, int sums,
                           Grouping grouping, const GridFormat *format, FILE *file, Message *message)
{
    static const char *const title[] = {"Units by setting", "Units by estimator", ""};
    Column column[COUNT_COLUMNS] = {
        {NULL, "setting", CELL_TEXT, 1},          {"estimator", "estimator", CELL_TEXT, 1},
        {"predictor", "predictor", CELL_TEXT, 1}, {"done", "done", CELL_COUNT, 1},
        {"diverged", "diverged", CELL_COUNT, 1},  {"failed", "failed", CELL_COUNT, 1},
        {"missing", "missing", CELL_COUNT, 1},
    };
    if (coverage->failed == 0)
        column[5].header = NULL;
    if (grouping == BY_ESTIMATOR)
        column[0].header = NULL;
    if (grouping == BY_SETTING)
        column[1].header = NULL;
    if (grouping == BY_SETTING || !has_risk(coverage))
        column[2].header = NULL;
    Cell *cell = calloc((size_t)sums * COUNT_COLUMNS, sizeof *cell);
    Status status = cell ? STATUS_OK : fail_memory(message, "a table");
    for (int i = 0; !status && i < sums; i++)
        fill_row(cell + (size_t)i * COUNT_COLUMNS, &sum[i], format->data ? NULL : coverage->spec);
    /* In csv the setting is a column of every grid: a row is a grid of its own. */
    const int grids = format->data ? sums : 1;
    for (int i = 0; !status && i < grids; i++) {
        const Grid grid = {.experiment = experiment,
                           .setting = sum[i].setting,
                           .title = title[grouping],
                           .note = "",
                           .column = column,
                           .columns = COUNT_COLUMNS,
                           .rows = grids > 1 ? 1 : sums,
                           .cell = cell + (size_t)i * COUNT_COLUMNS,
                           .part = "units"};
        status = grid_print(&grid, format, i == 0, file, message);
    }
    free(cell);
    return status;
}

static Status print_units(const char *experiment, const Coverage *coverage, const GridFormat *format,
                          FILE *file, Message *message)
{
    UnitCount *sum = calloc((size_t)coverage->counts + 1, sizeof *sum);
    if (!sum)
        return fail_memory(message, "a table");
    Status status = STATUS_OK;
    if (format->data)
        fputc('\n', file);
    for (Grouping g = BY_SETTING; !status && g <= BY_BOTH; g++) {
        if (format->data != (g == BY_BOTH) || (g == BY_SETTING && coverage->settings == 1))
            continue;
        int sums = sum_groups(coverage, g, sum);
        if (sums > 0)
            status = print_counts(experiment, coverage, sum, sums, g, format, file, message);
    }
    free(sum);
    return status;
}

/* Why units have failed, by estimator. */
static Status print_failures(Store *store, const Provenance *p, const Coverage *coverage,
                             const GridFormat *format, FILE *file, Message *message)
{
    static const Column column[FAILURE_COLUMNS] = {{"estimator", "estimator", CELL_TEXT, 1},
                                                   {"reason", "reason", CELL_TEXT, 1},
                                                   {"units", "units", CELL_COUNT, 1},
                                                   {"first", "first", CELL_TEXT, 1}};
    UnitFailureList list;
    Status status = unit_failures_read(&list, store, p->name, message);
    Cell *cell = calloc((size_t)list.failures * FAILURE_COLUMNS + 1, sizeof *cell);
    if (!status && !cell)
        status = fail_memory(message, "a table");
    for (int i = 0; !status && i < list.failures; i++) {
        const UnitFailure *failure = &list.failure[i];
        Cell *row = cell + (size_t)i * FAILURE_COLUMNS;
        char first[CELL_TEXT_SIZE];
        snprintf(first, sizeof first, "%s%sworld %d, replicate %d", failure->setting,
                 *failure->setting ? ", " : "", failure->world, failure->replicate);
        row[0] =
            cell_text(format->data ? failure->estimator : spec_label(coverage->spec, failure->estimator));
        row[1] = cell_text(failure->reason);
        row[2] = cell_number((double)failure->units);
        row[3] = cell_text(first);
    }
    const Grid grid = {.experiment = p->name,
                       .setting = "",
                       .title = "Units that failed; `cvrlab run` with --redo failed runs them again",
                       .note = "",
                       .column = column,
                       .columns = FAILURE_COLUMNS,
                       .rows = list.failures,
                       .cell = cell,
                       .part = "failures"};
    if (!status && list.failures > 0 && format->data)
        fputc('\n', file);
    if (!status && list.failures > 0)
        status = grid_print(&grid, format, true, file, message);
    free(cell);
    unit_failures_clear(&list);
    return status;
}

Status coverage_print(Store *store, const Provenance *experiment, CoveragePart parts,
                      const GridFormat *format, FILE *file, Message *message)
{
    Coverage coverage;
    Message why = {""};
    bool known = !coverage_read(&coverage, store, experiment, &why);
    Status status = STATUS_OK;
    if (parts & COVERAGE_FACTS)
        status = print_facts(store, experiment, &coverage, known ? NULL : why.text, format, file, message);
    if (!status && known && (parts & COVERAGE_UNITS))
        status = print_units(experiment->name, &coverage, format, file, message);
    if (!status && known && (parts & COVERAGE_UNITS))
        status = print_failures(store, experiment, &coverage, format, file, message);
    if (!status && (parts & COVERAGE_FACTS))
        status =
            print_parts(experiment, known && !format->data ? coverage.spec : NULL, format, file, message);
    coverage_free(&coverage);
    return status;
}
