/* The changes between two stores as tables. */
#include "results/comparison/comparison_internal.h"
#include "results/store/fingerprint.h"
#include "results/tables/table_context.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Two experiments on their way to the page. */
typedef struct Versus {
    ComparedSide old, new;
    const ComparisonOptions *options;
    FILE *file;
    int *count; /* CHANGES */
    int common; /* rows printed so far */
} Versus;

static Status print_grid(const Versus *v, const Column *column, int columns, const Cell *cell, int rows,
                         const char *title, const char *note, Message *message)
{
    const Grid grid = {.experiment = v->new.provenance->name,
                       .setting = "",
                       .title = title,
                       .note = note,
                       .column = column,
                       .columns = columns,
                       .rows = rows,
                       .cell = cell};
    return grid_print(&grid, v->options->format, true, v->file, message);
}

static Status print_provenance(const Versus *v, Message *message)
{
    enum { COLUMNS = 3 };
    static const Column column[COLUMNS] = {
        {"fact", "fact", CELL_TEXT, 1}, {"old", "old", CELL_TEXT, 1}, {"new", "new", CELL_TEXT, 1}};
    const Provenance *a = v->old.provenance, *b = v->new.provenance;
    char seed[2][32];
    snprintf(seed[0], sizeof seed[0], "%lld", (long long)a->seed);
    snprintf(seed[1], sizeof seed[1], "%lld", (long long)b->seed);
    const char *const fact[][COLUMNS] = {
        {"store", store_path(v->old.chosen->results->store), store_path(v->new.chosen->results->store)},
        {"experiment", a->name, b->name},
        {"version", a->version, b->version},
        {"commit", a->commit, b->commit},
        {"compiler", a->compiler, b->compiler},
        {"flags", a->flags, b->flags},
        {"libraries", a->libraries, b->libraries},
        {"processor", a->cpu, b->cpu},
        {"host", a->host, b->host},
        {"seed", seed[0], seed[1]},
        {"started", a->started, b->started},
        {"finished", *a->finished ? a->finished : "not yet", *b->finished ? b->finished : "not yet"}};
    enum { FACTS = sizeof fact / sizeof *fact };
    Cell cell[FACTS * COLUMNS];
    for (int i = 0; i < FACTS * COLUMNS; i++)
        cell[i] = cell_text(fact[i / COLUMNS][i % COLUMNS]);
    return print_grid(v, column, COLUMNS, cell, FACTS, "Provenance", "", message);
}

/* A file may lie in another folder. */
static const char *without_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const ProvenancePart *part_named(const ProvenanceParts *parts, const char *name)
{
    for (int i = 0; i < parts->parts; i++)
        if (!strcmp(without_folder(parts->part[i].name), without_folder(name)))
            return &parts->part[i];
    return NULL;
}

/* Adds those that the other side has otherwise; returns their number. */
static int add_part_changes(Cell *cell, const ProvenanceParts *here, const ProvenanceParts *there)
{
    int rows = 0;
    for (int i = 0; i < here->parts; i++) {
        const ProvenancePart *a = &here->part[i], *b = part_named(there, a->name);
        if (!b || (!strcmp(a->made, b->made) && !strcmp(a->kept, b->kept)))
            continue;
        const ProvenancePart *const side[] = {a, b};
        Cell *row = cell + 3 * (size_t)rows++;
        row[0] = cell_text(a->name);
        for (int s = 0; s < 2; s++) {
            char text[CELL_TEXT_SIZE];
            snprintf(text, sizeof text, "%s%s%s", side[s]->made, *side[s]->kept ? ", and kept: " : "",
                     side[s]->kept);
            row[1 + s] = cell_text(text);
        }
    }
    return rows;
}

/* Code and data of which both sides say what they were, and not the same. */
static Status print_part_changes(const Versus *v, Message *message)
{
    static const Column column[] = {
        {"part", "part", CELL_TEXT, 1}, {"old", "old", CELL_TEXT, 1}, {"new", "new", CELL_TEXT, 1}};
    const Provenance *old = v->old.provenance, *new = v->new.provenance;
    Cell *cell = calloc(3 * (size_t)(old->code.parts + old->data.parts) + 1, sizeof *cell);
    if (!cell)
        return fail_memory(message, "the code of both");
    int rows = add_part_changes(cell, &old->code, &new->code);
    rows += add_part_changes(cell + 3 * (size_t)rows, &old->data, &new->data);
    Status status =
        rows > 0 ? print_grid(v, column, 3, cell, rows, "Code and data that differ", "", message) : STATUS_OK;
    free(cell);
    return status;
}

/* "world.ctr: 0.1", or "-" for a key that a side lacks. */
static Cell cell_key(const char *key, const char *value)
{
    char text[CELL_TEXT_SIZE];
    snprintf(text, sizeof text, "%s: %s", key, value ? value : "");
    return cell_text(value ? text : "-");
}

static Status print_spec_changes(const Versus *v, Message *message)
{
    static const Column column[] = {{"old", "old", CELL_TEXT, 1}, {"new", "new", CELL_TEXT, 1}};
    const Fingerprint *old = &v->old.provenance->fingerprint, *new = &v->new.provenance->fingerprint;
    Cell *cell = calloc(2 * (size_t)(old->keys + new->keys) + 1, sizeof *cell);
    if (!cell)
        return fail_memory(message, "the lines of the spec");
    FingerprintChange change;
    int rows = 0;
    for (int at = 0; fingerprint_next_change(old, new, &at, &change); rows++) {
        cell[2 * (size_t)rows] = cell_key(change.key, change.stored);
        cell[2 * (size_t)rows + 1] = cell_key(change.key, change.given);
    }
    Status status =
        rows > 0 ? print_grid(v, column, 2, cell, rows, "Spec: lines that differ", "", message) : STATUS_OK;
    free(cell);
    return status;
}

/* " Only in the old run: ips, dr_jl; settings world.ctr=0.1." */
static void note_only(const char *which, const Chosen *here, const Chosen *there, char note[NOTE])
{
    char only[NOTE] = "";
    for (int e = 0; e < here->estimators; e++)
        if (!chosen_estimator(there, here->estimator[e]))
            note_add(only, "%s%s", *only ? ", " : "", here->label[e]);
    for (int s = 0; s < here->settings; s++) {
        if (!chosen_setting_named(there, here->setting[s].text)) {
            note_add(only, "%s%s", *only ? "; " : "",
                     *here->setting[s].text ? here->setting[s].text : "a setting without a sweep");
        }
    }
    if (*only)
        note_add(note, " Only in the %s run: %s.", which, only);
}

static void write_note(const Versus *v, const Comparison *comparison, const char *unit, char note[NOTE])
{
    int paired = 0, named = 0;
    for (int i = 0; i < comparison->rows; i++)
        paired += comparison->row[i].pairs > 0;
    note_add(note, "%d compared:", comparison->rows);
    for (int c = 0; c < CHANGES; c++)
        if (comparison->count[c] > 0)
            note_add(note, "%s %d %s", named++ ? "," : "", comparison->count[c], change_name((Change)c));
    note_add(note, ". ± Monte Carlo standard error; intervals are ");
    if (paired > 0) {
        note_add(note, "paired by world and %s%s", unit,
                 paired < comparison->rows ? " where there are pairs" : "");
    } else {
        note_add(note, "of two samples");
    }
    note_add(note, "; p by Holm's method over the rows that differ, better and worse where it is below"
                   " 0.05.");
    if (paired < comparison->rows && v->old.provenance->seed != v->new.provenance->seed)
        note_add(note, " Seeds differ, and so do the worlds: errors are over units, so that what a world does"
                       " to all of its replicates is not in them.");
    note_only("old", v->old.chosen, v->new.chosen, note);
    note_only("new", v->new.chosen, v->old.chosen, note);
}

enum {
    AT_SETTING,
    AT_METRIC,
    AT_ESTIMATOR,
    AT_PREDICTOR,
    AT_OLD,
    AT_NEW,
    AT_DIFFERENCE,
    AT_P,
    AT_OLD_UNITS,
    AT_NEW_UNITS,
    AT_PAIRS,
    AT_CHANGE,
    COLUMNS
};

static void fill_row(Cell *cell, const ComparedRow *row, const char *estimator, const char *metric)
{
    const PairedDifference *d = &row->difference;
    cell[AT_SETTING] = cell_text(row->setting);
    cell[AT_METRIC] = cell_text(metric);
    cell[AT_ESTIMATOR] = cell_text(estimator);
    cell[AT_PREDICTOR] = cell_text(row->predictor);
    cell[AT_OLD] = cell_estimate(row->old, row->old_mcse);
    cell[AT_NEW] = cell_estimate(row->new, row->new_mcse);
    cell[AT_DIFFERENCE] = cell_interval(d->difference, d->low, d->high);
    cell[AT_P] = cell_number(d->p);
    cell[AT_OLD_UNITS] = cell_number(row->old_units);
    cell[AT_NEW_UNITS] = cell_number(row->new_units);
    cell[AT_PAIRS] = cell_number(row->pairs > 0 ? (double)row->pairs : (double)NAN);
    cell[AT_CHANGE] = cell_text(change_name(row->change));
}

/* What a comparison is of. */
typedef struct Subject {
    const char *name, *unit; /* "mse", "replicate" */
    char title[TITLE];
    double scale;
    bool risk;
} Subject;

/* "mse (1e-4)", "|mean bias|", "|ratio (D) - 1|" */
static void write_title(const Versus *v, const Measure *measure, char title[TITLE])
{
    const Chosen *chosen = v->old.chosen;
    char header[MEASURE_TEXT];
    measure_header(measure, chosen->setting[0].truth, chosen->top_k, header);
    const char *format = measure->better != BETTER_ONE ? "%s" : measure->column ? "|%s|" : "|%s - 1|";
    snprintf(title, TITLE, format, header);
}

static Status print_comparison(const Versus *v, const Comparison *comparison, const Subject *subject,
                               Message *message)
{
    const bool sweep = v->old.chosen->settings > 1;
    const Column column[COLUMNS] = {
        {NULL, sweep ? "setting" : NULL, CELL_TEXT, 1},
        {"metric", NULL, CELL_TEXT, 1},
        {"estimator", subject->risk ? "risk estimator" : "estimator", CELL_TEXT, 1},
        {"predictor", subject->risk ? "predictor" : NULL, CELL_TEXT, 1},
        {"old", "old", CELL_ESTIMATE, subject->scale},
        {"new", "new", CELL_ESTIMATE, subject->scale},
        {"difference", "new - old, 95 % interval, unadjusted", CELL_INTERVAL, subject->scale},
        {"p_holm", "p", CELL_P, 1},
        {"old_units", NULL, CELL_COUNT, 1},
        {"new_units", NULL, CELL_COUNT, 1},
        {"pairs", "pairs", CELL_COUNT, 1},
        {"verdict", "verdict", CELL_TEXT, 1}};
    char note[NOTE] = "";
    const int rows = comparison->rows;
    const bool csv = v->options->format->data;
    Cell *cell = calloc((size_t)rows * COLUMNS, sizeof *cell);
    Status status = cell ? STATUS_OK : fail_memory(message, "a table");
    for (int r = 0; r < rows && !status; r++) {
        const char *name = comparison->row[r].estimator;
        const bool labelled = !csv && !subject->risk;
        fill_row(cell + (size_t)r * COLUMNS, &comparison->row[r],
                 labelled ? results_label(v->new.chosen->results, name) : name, subject->name);
    }
    write_note(v, comparison, subject->unit, note);
    /* In csv the setting is a column of every grid: a row is a grid of its own. */
    for (int r = 0; r < (csv ? rows : 1) && !status; r++) {
        const Grid grid = {.experiment = v->new.provenance->name,
                           .setting = comparison->row[r].setting,
                           .part = "comparison",
                           .title = subject->title,
                           .note = note,
                           .column = column,
                           .columns = COLUMNS,
                           .rows = csv ? 1 : rows,
                           .cell = cell + (size_t)r *COLUMNS,
                           .groups = sweep};
        status = grid_print(&grid, v->options->format, v->common == 0 && r == 0, v->file, message);
    }
    free(cell);
    return status;
}

/* Prints what was compared, if anything, and adds it to the counts. */
static Status take(Versus *v, const Comparison *comparison, const Subject *subject, Message *message)
{
    Status status = comparison->rows > 0 ? print_comparison(v, comparison, subject, message) : STATUS_OK;
    v->common += comparison->rows;
    for (int c = 0; c < CHANGES; c++)
        v->count[c] += comparison->count[c];
    return status;
}

static Status compare_measure(Versus *v, const Measure *measure, Message *message)
{
    Comparison comparison;
    Subject subject = {.name = measure->name,
                       .unit = "replicate",
                       .scale = measure_scale(measure, v->old.chosen->setting[0].truth)};
    write_title(v, measure, subject.title);
    Status status = comparison_read(&comparison, &v->old, &v->new, measure, message);
    if (!status)
        status = take(v, &comparison, &subject, message);
    comparison_free(&comparison);
    return status;
}

static Status compare_risk(Versus *v, Message *message)
{
    Comparison comparison;
    const Subject subject = {.name = "risk_mse",
                             .unit = "redraw",
                             .title = "Squared error of the estimated loss of fixed predictions (1e-4)",
                             .scale = 1e4,
                             .risk = true};
    Status status =
        comparison_read_risk(&comparison, &v->old, &v->new, &v->options->filter.estimator, message);
    if (!status)
        status = take(v, &comparison, &subject, message);
    comparison_free(&comparison);
    return status;
}

static Status compare_experiments(Versus *v, const Selection *selection, Message *message)
{
    const Provenance *b = v->new.provenance;
    Status status = STATUS_OK;
    if (!v->options->format->data) {
        grid_heading(v->options->format, b->name, b->question, v->file);
        status = print_provenance(v, message);
        if (!status)
            status = print_part_changes(v, message);
        if (!status)
            status = print_spec_changes(v, message);
    }
    for (int m = 0; m < selection->measures && !status; m++)
        status = compare_measure(v, &selection->measure[m], message);
    if (!status && selection->measures == 0) {
        const ChosenSetting *setting = &v->old.chosen->setting[0];
        Measure standard;
        status = measure_parse(setting->truth     ? "mse"
                               : setting->clicked ? "log_loss/O"
                                                  : "log_loss",
                               &standard, message);
        status = status ? status : compare_measure(v, &standard, message);
        status = status ? status : compare_risk(v, message);
    }
    return status;
}

/* What is compared of one store. */
typedef struct Contents {
    Store *store;
    ProvenanceList list;
    Selection selection;
} Contents;

static Status contents_read(Contents *contents, const StoreResults *results, const Filter *filter,
                            Message *message)
{
    contents->store = results->store;
    Status status = provenance_read(&contents->list, results->store, message);
    return status ? status : selection_make(&contents->selection, results, filter, message);
}

static void contents_clear(Contents *contents)
{
    selection_clear(&contents->selection);
    provenance_clear(&contents->list);
}

/* The experiment to compare with number `i` of the old store: that of the same name, or the only one. NULL
 * for none. */
static const Chosen *partner(const Contents *old, const Contents *new, int i)
{
    const Selection *candidates = &new->selection;
    if (old->list.experiments == 1 && new->list.experiments == 1)
        return candidates->experiments > 0 ? &candidates->experiment[0] : NULL;
    for (int k = 0; k < candidates->experiments; k++)
        if (!strcmp(candidates->experiment[k].experiment, old->selection.experiment[i].experiment))
            return &candidates->experiment[k];
    return NULL;
}

static Status compare_contents(Versus *v, const Contents *old, const Contents *new, Message *message)
{
    Status status = STATUS_OK;
    int partners = 0;
    for (int i = 0; i < old->selection.experiments && !status; i++) {
        const Chosen *chosen = &old->selection.experiment[i], *other = partner(old, new, i);
        if (!other)
            continue;
        partners++;
        v->old = (ComparedSide){provenance_find(&old->list, chosen->experiment), chosen};
        v->new = (ComparedSide){provenance_find(&new->list, other->experiment), other};
        status = compare_experiments(v, &old->selection, message);
    }
    if (!status && v->common == 0)
        status =
            fail(message, STATUS_FAILED, "%s and %s have no %s in common", store_path(old->store),
                 store_path(new->store), partners ? "estimator in a setting" : "experiment of the same name");
    return status;
}

Status comparison_print(const StoreResults *old, const StoreResults *new, const ComparisonOptions *options,
                        int count[CHANGES], FILE *file, Message *message)
{
    Contents before = {0}, after = {0};
    memset(count, 0, CHANGES * sizeof *count);
    Status status = contents_read(&before, old, &options->filter, message);
    if (!status)
        status = contents_read(&after, new, &options->filter, message);
    if (!status) {
        Versus versus = {.options = options, .file = file, .count = count};
        status = compare_contents(&versus, &before, &after, message);
    }
    contents_clear(&before);
    contents_clear(&after);
    if (!status && (fflush(file) || ferror(file)))
        status = fail(message, STATUS_FAILED, "cannot write the table: %s", strerror(errno));
    return status;
}
