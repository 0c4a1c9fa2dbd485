/* The table of claims, whose long texts each format has its place for. */
#include "results/tables/table_claims.h"

#include "results/claims/verdict_words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Two columns of long text are for pages that wrap them, or for programs. Counts of settings, and which they
 * are, are for programs, where a claim of everywhere has some. */
static const Column column[] = {
    {"verdict", "verdict", CELL_TEXT, 1},     {"left", "left", CELL_ESTIMATE, 1},
    {"right", "right", CELL_ESTIMATE, 1},     {"difference", "difference, 95 % interval", CELL_INTERVAL, 1},
    {"settings", NULL, CELL_COUNT, 1},        {"holds", NULL, CELL_COUNT, 1},
    {"within_error", NULL, CELL_COUNT, 1},    {"does_not_hold", NULL, CELL_COUNT, 1},
    {"not_known", NULL, CELL_COUNT, 1},       {"holds_at", NULL, CELL_TEXT, 1},
    {"does_not_hold_at", NULL, CELL_TEXT, 1}, {"says", "claim", CELL_TEXT, 1},
    {"that", "as checked", CELL_TEXT, 1},
};
enum {
    COLUMNS = sizeof column / sizeof *column,
    SETTINGS = 4,
    COUNTS,
    HOLDS_AT = 9,
    FAILS_AT,
    AT_CLAIM,
    AS_CHECKED
};

/* A table on its way: what its rows add up to, and what the note says of claims of everywhere. */
typedef struct ClaimsTable {
    const ExperimentResults *results;
    const GridFormat *format;
    SettingAxes axes;
    int decided;     /* verdicts of claims of < and > that are known */
    bool everywhere; /* there is such a claim */
    bool differs;    /* and one whose verdict is not the same everywhere */
    FILE *where;
} ClaimsTable;

static Status fill_map(ClaimsTable *table, const Claim *claim, const char *checked, Cell *cell,
                       Message *message)
{
    VerdictMap map;
    char text[VERDICT_TEXT], places[PLACES_TEXT];
    Status status = verdict_map_read(&map, table->results, claim, message);
    if (!status) {
        verdict_map_text(&map, text);
        cell[0] = cell_text(table->format->data ? verdict_name(map.verdict) : text);
        cell[SETTINGS] = cell_number(map.settings);
        for (int v = 0; v < VERDICTS; v++)
            cell[COUNTS + v] = cell_number(map.count[v]);
        verdict_map_places(&map, &table->axes, VERDICT_HOLDS, places);
        cell[HOLDS_AT] = cell_text(places);
        verdict_map_places(&map, &table->axes, VERDICT_FAILS, places);
        cell[FAILS_AT] = cell_text(places);
        table->decided += claim->relation != '=' ? map.settings - map.count[VERDICT_UNKNOWN] : 0;
        table->everywhere = true;
    }
    if (!status && map.count[map.verdict] < map.settings) {
        table->differs = true;
        fprintf(table->where, " %s: ", checked);
        verdict_map_where(&map, &table->axes, table->where);
        fputc('.', table->where);
    }
    verdict_map_clear(&map);
    return status;
}

static Status fill_row(ClaimsTable *table, const StoredClaim *stored, Cell *cell, Message *message)
{
    const ExperimentResults *results = table->results;
    Claim claim;
    Evidence e;
    char checked[CLAIM_MARGIN_TEXT];
    Status status = claim_read(results, stored, &claim, message);
    if (status)
        return status;
    claim_with_margin(stored->that, &claim, checked);
    cell[1] = cell[2] = cell_estimate(NAN, NAN);
    cell[3] = cell_interval(NAN, NAN, NAN);
    cell[AT_CLAIM] = cell_text(*stored->says ? stored->says : checked);
    cell[AS_CHECKED] = cell_text(checked);
    if (claim.everywhere)
        return fill_map(table, &claim, checked, cell, message);
    status = claim_evaluate(results, &claim, &e, message);
    table->decided += claim.relation != '=' && e.verdict != VERDICT_UNKNOWN;
    cell[0] = cell_text(verdict_name(e.verdict));
    cell[1] = cell_estimate(e.left, e.left_mcse);
    cell[2] = cell_estimate(e.right, e.right_mcse);
    cell[3] = cell_interval(e.difference, e.low, e.high);
    cell[SETTINGS] = cell_number(1);
    for (int v = 0; v < VERDICTS; v++)
        cell[COUNTS + v] = cell_number(v == (int)e.verdict);
    cell[HOLDS_AT] = cell[FAILS_AT] = cell_text("");
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

/* What the verdicts mean, how many of them chance alone would give, and then `where`. */
static void write_note(const ClaimsTable *table, const Cell *cell, FILE *note)
{
    const ExperimentResults *results = table->results;
    const int decided = table->decided;
    bool equal = false, labels = false;
    for (int r = 0; r < results->claims; r++)
        equal |= strstr(cell[(size_t)r * COLUMNS + AS_CHECKED].text, " = ") != NULL;
    for (int s = 0; s < results->settings; s++)
        labels |= !results->setting[s].truth;
    fprintf(note, "± %s; the verdict is that of the interval, paired on the same logs.",
            labels ? "standard error over replicates and the test sample" : "Monte Carlo standard error");
    if (equal)
        fputs(" A claim of = holds where the interval lies within the margin, and does not where it lies"
              " wholly outside.",
              note);
    if (decided > 0)
        fprintf(note,
                " Of %d %s%s of < or > %sdecided at 95 %%, chance alone would let about %.2g hold and as many"
                " not hold if nothing differed.",
                decided, table->everywhere ? "verdict" : "claim", decided == 1 ? "" : "s",
                table->everywhere ? "(a claim of everywhere has one in each setting) " : "", 0.025 * decided);
}

/* How a claims table is printed. */
typedef struct ClaimsPage {
    bool bare;
    const char *note;
    FILE *file;
} ClaimsPage;

static Status print_rows(const ClaimsTable *table, const ClaimsPage *page, Cell *cell, Message *message)
{
    const ExperimentResults *results = table->results;
    const GridFormat *format = table->format;
    char title[CELL_TEXT_SIZE];
    Column shown[COLUMNS];
    memcpy(shown, column, sizeof shown);
    if (!format->wraps)
        shown[AS_CHECKED].header = NULL;
    for (int c = SETTINGS; c < AT_CLAIM && !table->everywhere; c++)
        shown[c].name = NULL;
    if (format->text_first)
        move_texts(shown, cell, results->claims);
    snprintf(title, sizeof title, format->floats ? "Claims of %s" : "Claims", results->name);
    const Grid grid = {.experiment = results->name,
                       .setting = "",
                       .title = page->bare ? "" : title,
                       .note = page->note,
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
    ClaimsTable table = {.results = results, .format = format};
    char *where = NULL, *text = NULL;
    size_t size;
    Cell *cell = calloc((size_t)results->claims * COLUMNS, sizeof *cell);
    FILE *note = open_memstream(&text, &size);
    table.where = open_memstream(&where, &size);
    Status status = cell && note && table.where ? STATUS_OK : fail_memory(message, "a table");
    if (!status)
        status = setting_axes_make(&table.axes, results, message);
    for (int i = 0; i < results->claims && !status; i++)
        status = fill_row(&table, &results->claim[i], cell + (size_t)i * COLUMNS, message);
    if (!status && table.differs)
        setting_axes_note(&table.axes, results, table.where);
    bool lost = table.where && fclose(table.where) != 0;
    if (!status && !lost) {
        write_note(&table, cell, note);
        fputs(where, note);
    }
    lost |= note && fclose(note) != 0;
    if (!status)
        status = lost ? fail_memory(message, "a table")
                      : print_rows(&table, &(ClaimsPage){bare, text, file}, cell, message);
    setting_axes_clear(&table.axes);
    free(where);
    free(text);
    free(cell);
    return status;
}
