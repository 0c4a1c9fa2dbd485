/* The table by Gamma, and sentences below it that say what follows for the choice of a method. Settings stand
 * in the order of Gamma, whatever that of the experiment. Nothing is computed anew: least mse and who may be
 * the best are those of the main tables. */
#include "results/tables/grid_builder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AT_GAMMA, AT_BIAS, AT_EXCESS, AT_LEAST, AT_FIRST, COLUMNS };

/* One Gamma: the setting, and by mse who is the best of it. */
typedef struct GammaRow {
    const ChosenSetting *setting;
    const char *text; /* of Gamma */
    double gamma;
    Cell *mse;     /* of each chosen estimator, marked where it may be the best */
    bool resolved; /* not all of them may be */
    int least;     /* the estimator of least mse; -1: none has one */
} GammaRow;

static bool may_be_best(const GammaRow *row, int estimator)
{
    return !isnan(row->mse[estimator].value) && (!row->resolved || row->mse[estimator].best);
}

static int by_gamma(const void *a, const void *b)
{
    const GammaRow *x = a, *y = b;
    return (x->gamma > y->gamma) - (x->gamma < y->gamma);
}

static bool is_gamma(const Chosen *chosen)
{
    return chosen->keys == 1 && chosen->setting[0].truth && chosen->estimators > 1 &&
           (!strcmp(chosen->key[0].name, "world.hidden_odds") ||
            !strcmp(chosen->key[0].name, "plasmode.hidden_odds"));
}

static Status read_rows(const Page *page, GammaRow *row, Cell *cell, Message *message)
{
    const Chosen *chosen = page->chosen;
    Measure mse;
    Status status = measure_parse("mse", &mse, message);
    for (int s = 0; !status && s < chosen->settings; s++) {
        const ChosenSetting *setting = &chosen->setting[s];
        const CellColumn column = {cell + (size_t)s * (size_t)chosen->estimators, 1};
        const char *gamma = chosen->key[0].value[setting->value[0]];
        row[s] = (GammaRow){setting, gamma, strtod(gamma, NULL), column.cell, false, -1};
        status = page_values(page, setting, &mse, column, message);
        if (!status)
            status = mark_best(page, setting, &mse, column, message);
        for (int e = 0; e < chosen->estimators; e++) {
            const double value = row[s].mse[e].value;
            row[s].resolved |= row[s].mse[e].best;
            if (!isnan(value) && (row[s].least < 0 || value < row[s].mse[row[s].least].value))
                row[s].least = e;
        }
    }
    qsort(row, (size_t)chosen->settings, sizeof *row, by_gamma);
    return status;
}

/* "naive, esmm", or "all"; as many as there is room for. */
static void name_best(const Page *page, const GammaRow *row, char text[CELL_TEXT_SIZE])
{
    size_t used = 0;
    snprintf(text, CELL_TEXT_SIZE, "%s", row->least < 0 ? "" : "all");
    for (int e = 0; row->resolved && e < page->chosen->estimators && used < CELL_TEXT_SIZE; e++)
        if (may_be_best(row, e))
            used += (size_t)snprintf(text + used, CELL_TEXT_SIZE - used, "%s%s", used ? ", " : "",
                                     page_name(page, e));
}

/* The Gammas of rows of one kind, as "1, 1.6"; returns how many there are. */
static int list_rows(const GammaRow *row, int rows, bool (*is)(const GammaRow *, int), int estimator,
                     char text[CELL_TEXT_SIZE])
{
    size_t used = 0;
    int count = 0;
    *text = 0;
    for (int r = 0; r < rows; r++) {
        if (!is(&row[r], estimator))
            continue;
        if (used < CELL_TEXT_SIZE)
            used +=
                (size_t)snprintf(text + used, CELL_TEXT_SIZE - used, "%s%s", used ? ", " : "", row[r].text);
        count++;
    }
    return count;
}

static bool is_unresolved(const GammaRow *row, int estimator)
{
    (void)estimator;
    return !row->resolved;
}

/* From which Gamma on the choice at the least Gamma is no longer among the best, and where nothing is told.
 */
static void tell_choice(const Page *page, const GammaRow *row, int rows, char note[NOTE])
{
    const int pick = row[0].least;
    int tips = 1, back;
    char open[CELL_TEXT_SIZE];
    if (pick < 0)
        return;
    while (tips < rows && (row[tips].least < 0 || may_be_best(&row[tips], pick)))
        tips++;
    for (back = tips; back < rows && !may_be_best(&row[back], pick);)
        back++;
    note_add(note, "%s has the least mse at Gamma %s", page_name(page, pick), row[0].text);
    if (tips == rows)
        note_add(note, ", and no other is better than it beyond error at any Gamma here.");
    else
        note_add(note, ". The choice tips at Gamma %s: there it is not among the best, and %s has the least.",
                 row[tips].text, page_name(page, row[tips].least));
    if (back < rows)
        note_add(note, " At Gamma %s it may be the best again.", row[back].text);
    if (list_rows(row, rows, is_unresolved, 0, open) > 0)
        note_add(note, " At Gamma %s no method is told from the best: more worlds or logs may tell.", open);
}

/* How biased the present method is, and where it may be the best. */
static void tell_present(const Page *page, const GammaRow *row, int rows, int present, const Cell *bias,
                         char note[NOTE])
{
    char where[CELL_TEXT_SIZE];
    if (present < 0 || isnan(bias[0].value) || isnan(bias[rows - 1].value))
        return;
    note_add(note, " The bias of %s goes from %+.0f %% of the mean CVR at Gamma %s to %+.0f %% at Gamma %s",
             page_baseline(page), 100 * bias[0].value, row[0].text, 100 * bias[rows - 1].value,
             row[rows - 1].text);
    const int first = list_rows(row, rows, may_be_best, present, where);
    if (first == 0 || first == rows)
        note_add(note, "; by mse it may be the best at %s Gamma.", first ? "every" : "no");
    else
        note_add(note, "; by mse it may be the best at Gamma %s alone.", where);
}

static int baseline_place(const Page *page)
{
    for (int e = 0; e < page->chosen->estimators; e++)
        if (!strcmp(page->chosen->estimator[e], page->baseline))
            return e;
    return -1;
}

static Status fill(const Page *page, const GammaRow *row, GridBuilder *builder, char note[NOTE],
                   Message *message)
{
    const int rows = page->chosen->settings, present = baseline_place(page);
    Cell *bias = calloc((size_t)rows, sizeof *bias);
    Measure relative;
    Status status =
        bias ? measure_parse("relative_bias", &relative, message) : fail_memory(message, "a table");
    for (int r = 0; !status && r < rows; r++) {
        const double least = row[r].least < 0 ? NAN : row[r].mse[row[r].least].value;
        char best[CELL_TEXT_SIZE];
        grid_builder_text(builder, r, AT_GAMMA, row[r].text);
        bias[r] = cell_estimate(NAN, NAN);
        if (present >= 0) {
            const Estimate value = chosen_value(page->chosen, row[r].setting, present, &relative);
            bias[r] = cell_estimate(value.value, value.mcse);
            *grid_builder_cell(builder, r, AT_EXCESS) = cell_number(row[r].mse[present].value / least);
        }
        *grid_builder_cell(builder, r, AT_BIAS) = bias[r];
        grid_builder_text(builder, r, AT_LEAST, row[r].least < 0 ? "" : page_name(page, row[r].least));
        name_best(page, &row[r], best);
        grid_builder_text(builder, r, AT_FIRST, best);
    }
    if (!status) {
        tell_choice(page, row, rows, note);
        tell_present(page, row, rows, present, bias, note);
        note_add(note, " Clicks do not tell Gamma.");
    }
    free(bias);
    return status;
}

Status print_gamma(const Page *page, bool follows, bool *printed, Message *message)
{
    const Chosen *chosen = page->chosen;
    const size_t rows = (size_t)chosen->settings;
    char title[TITLE], bias[MEASURE_TEXT], note[NOTE] = "";
    GridBuilder builder = {0};
    if (!is_gamma(chosen))
        return STATUS_OK;
    GammaRow *row = calloc(rows, sizeof *row);
    Cell *cell = calloc(rows * (size_t)chosen->estimators, sizeof *cell);
    int *order = calloc(rows, sizeof *order);
    Status status = row && cell && order ? STATUS_OK : fail_memory(message, "a table");
    if (!status)
        status = read_rows(page, row, cell, message);
    if (!status)
        status = grid_builder_init(&builder, chosen->settings, COLUMNS, message);
    if (status)
        goto out;
    snprintf(bias, sizeof bias, "bias of %.40s (%%)", page_baseline(page));
    (void)grid_builder_add(&builder, "gamma", "Gamma", CELL_TEXT, 1);
    (void)grid_builder_add(&builder, "baseline_relative_bias", bias, CELL_PERCENT, 1);
    (void)grid_builder_add(&builder, "baseline_mse_ratio", "its mse / least", CELL_NUMBER, 1);
    (void)grid_builder_add(&builder, "least_mse", "least mse", CELL_TEXT, 1);
    (void)grid_builder_add(&builder, "may_be_best", "may be the best by mse", CELL_TEXT, 1);
    status = fill(page, row, &builder, note, message);
    for (int r = 0; r < chosen->settings; r++)
        order[r] = r;
    if (!status)
        status = grid_builder_arrange(&builder, order, chosen->settings, message);
    if (status)
        goto out;
    if (page->format->data && follows)
        fputc('\n', page->file);
    *printed = true;
    snprintf(title, sizeof title, "%s%sBy Gamma, which clicks do not tell (%s)",
             page->format->floats ? chosen->experiment : "", page->format->floats ? ": " : "",
             chosen->key[0].name);
    status = grid_builder_print(
        &builder, page,
        &(GridTexts){.setting = "", .title = title, .note = note, .names = true, .part = "gamma"}, message);
out:
    grid_builder_clear(&builder);
    free(row);
    free(cell);
    free(order);
    return status;
}
