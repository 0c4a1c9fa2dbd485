/* The table of claims, whose long texts each format has its place for. */
#include "results/tables/table_claims.h"

#include "results/claims/claims.h"
#include "results/tables/table_context.h"

#include <stdlib.h>
#include <string.h>

/* Two columns of long text are for pages that wrap them, or for programs. */
static const Column column[] = {
    {"verdict", "verdict", CELL_TEXT, 1}, {"left", "left", CELL_ESTIMATE, 1},
    {"right", "right", CELL_ESTIMATE, 1}, {"difference", "difference, 95 % interval", CELL_INTERVAL, 1},
    {"says", "claim", CELL_TEXT, 1},      {"that", "as checked", CELL_TEXT, 1},
};
enum { COLUMNS = sizeof column / sizeof *column, AT_CLAIM = 4, AS_CHECKED = 5 };

/* *decided counts the claims of < and > that have a verdict. */
static Status fill_row(const ExperimentResults *results, const StoredClaim *stored, Cell *cell, int *decided,
                       Message *message)
{
    Claim claim;
    Evidence e;
    Message why;
    char checked[CLAIM_MARGIN_TEXT];
    if (claim_parse(stored->that, &claim, &why))
        return fail(message, STATUS_FAILED, "%s: table claim: '%s': %s", store_path(results->store),
                    stored->that, why.text);
    Status status = claim_evaluate(results, &claim, &e, message);
    *decided += claim.relation != '=' && e.verdict != VERDICT_UNKNOWN;
    claim_with_margin(stored->that, &claim, checked);
    cell[0] = cell_text(verdict_name(e.verdict));
    cell[1] = cell_estimate(e.left, e.left_mcse);
    cell[2] = cell_estimate(e.right, e.right_mcse);
    cell[3] = cell_interval(e.difference, e.low, e.high);
    cell[AT_CLAIM] = cell_text(*stored->says ? stored->says : checked);
    cell[AS_CHECKED] = cell_text(checked);
    return status;
}

/* Where texts come first, the claim does, and what was checked stands below it. */
static void move_texts(Column *columns, Cell *cell, int rows)
{
    enum { TEXTS = COLUMNS - AT_CLAIM };
    const Column claim = columns[AT_CLAIM], checked = columns[AS_CHECKED];
    memmove(&columns[TEXTS], &columns[0], AT_CLAIM * sizeof *columns);
    columns[0] = claim;
    columns[1] = checked;
    columns[1].kind = CELL_BELOW;
    for (int r = 0; r < rows; r++) {
        Cell *row = cell + (size_t)r * COLUMNS;
        const Cell says = row[AT_CLAIM], that = row[AS_CHECKED];
        memmove(&row[TEXTS], &row[0], AT_CLAIM * sizeof *row);
        row[0] = says;
        row[1] = strcmp(says.text, that.text) != 0 ? that : cell_text("");
    }
}

/* How a claims table is printed. */
typedef struct ClaimsPage {
    const GridFormat *format;
    bool bare;
    FILE *file;
} ClaimsPage;

/* What the verdicts mean, and how many of them chance alone would give. */
static void write_note(const ExperimentResults *results, const Cell *cell, int decided, char note[NOTE])
{
    bool equal = false, labels = false;
    for (int r = 0; r < results->claims; r++)
        equal |= strstr(cell[(size_t)r * COLUMNS + AS_CHECKED].text, " = ") != NULL;
    for (int s = 0; s < results->settings; s++)
        labels |= !results->setting[s].truth;
    note_add(note, "± %s; the verdict is that of the interval, paired on the same logs.",
             labels ? "standard error over replicates and the test sample" : "Monte Carlo standard error");
    if (equal)
        note_add(note,
                 " A claim of = holds where the interval lies within the margin, and does not where it lies"
                 " wholly outside.");
    if (decided > 0)
        note_add(
            note,
            " Of %d claim%s of < or > decided at 95 %%, chance alone would let about %.2g hold and as many"
            " not hold if nothing differed.",
            decided, decided == 1 ? "" : "s", 0.025 * decided);
}

static Status print_rows(const ExperimentResults *results, const ClaimsPage *page, int decided, Cell *cell,
                         Message *message)
{
    const GridFormat *format = page->format;
    char title[CELL_TEXT_SIZE], note[NOTE] = "";
    Column shown[COLUMNS];
    memcpy(shown, column, sizeof shown);
    if (!format->wraps)
        shown[AS_CHECKED].header = NULL;
    write_note(results, cell, decided, note);
    if (format->text_first)
        move_texts(shown, cell, results->claims);
    snprintf(title, sizeof title, format->floats ? "Claims of %s" : "Claims", results->name);
    const Grid grid = {.experiment = results->name,
                       .setting = "",
                       .title = page->bare ? "" : title,
                       .note = note,
                       .column = shown,
                       .columns = COLUMNS,
                       .rows = results->claims,
                       .cell = cell,
                       .part = "claims"};
    return grid_print(&grid, format, true, page->file, message);
}

Status table_claims_print(const ExperimentResults *results, const GridFormat *format, bool bare, FILE *file,
                          Message *message)
{
    if (results->claims == 0)
        return STATUS_OK;
    Cell *cell = calloc((size_t)results->claims * COLUMNS, sizeof *cell);
    Status status = cell ? STATUS_OK : fail_memory(message, "a table");
    int decided = 0;
    for (int i = 0; i < results->claims && !status; i++)
        status = fill_row(results, &results->claim[i], cell + (size_t)i * COLUMNS, &decided, message);
    if (!status)
        status = print_rows(results, &(ClaimsPage){format, bare, file}, decided, cell, message);
    free(cell);
    return status;
}
