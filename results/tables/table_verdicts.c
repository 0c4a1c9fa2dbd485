/* Claims of everywhere by setting. Readers get a map of verdicts, programs a table in long form, since a
 * claim's words are no name of a column. */
#include "results/tables/grid_builder.h"

#include "results/claims/claim_maps.h"

#include <stdlib.h>
#include <string.h>

/* What each number stands for, and the settings of a star. */
static void write_note(const Page *page, const ClaimMaps *maps, FILE *note)
{
    for (int c = 0; c < maps->claims; c++)
        fprintf(note, "%s%d: %s%s", c ? "; " : "Claim ", c + 1, maps->claim[c].says,
                c == maps->claims - 1 ? "." : "");
    setting_axes_note(&maps->axes, page->chosen->results, note);
}

static Status print_map(const Page *page, const ClaimMaps *maps, GridBuilder *builder, const char *note,
                        Message *message)
{
    const Chosen *chosen = page->chosen;
    char title[TITLE];
    int *order = calloc((size_t)chosen->settings + 1, sizeof *order);
    if (!order)
        return fail_memory(message, "a table");
    (void)grid_builder_add(builder, "setting", "setting", CELL_TEXT, 1);
    for (int c = 0; c < maps->claims; c++) {
        char number[16];
        snprintf(number, sizeof number, "%d", c + 1);
        (void)grid_builder_add(builder, "verdict", number, CELL_TEXT, 1);
    }
    for (int s = 0; s < chosen->settings; s++) {
        char label[SETTING_LABEL];
        const int setting = chosen->setting[s].index;
        setting_axes_label(&maps->axes, setting, label);
        grid_builder_text(builder, s, 0, label);
        for (int c = 0; c < maps->claims; c++) {
            const SettingVerdict *here = &maps->claim[c].map.setting[setting];
            grid_builder_text(builder, s, c + 1, here->asked ? verdict_name(here->evidence.verdict) : "-");
        }
        order[s] = s;
    }
    Status status = grid_builder_arrange(builder, order, chosen->settings, message);
    snprintf(title, sizeof title, "%s%sVerdicts by setting", page->format->floats ? chosen->experiment : "",
             page->format->floats ? ": " : "");
    if (!status)
        status = grid_builder_print(
            builder, page,
            &(GridTexts){.setting = "", .title = title, .note = note, .names = true, .part = "verdicts"},
            message);
    free(order);
    return status;
}

static Status print_for_readers(const Page *page, const ClaimMaps *maps, Message *message)
{
    GridBuilder builder;
    char *text = NULL;
    size_t size;
    FILE *note = open_memstream(&text, &size);
    if (!note)
        return fail_memory(message, "a table");
    write_note(page, maps, note);
    const bool lost = fclose(note) != 0;
    Status status = grid_builder_init(&builder, page->chosen->settings, maps->claims + 1, message);
    if (!status && lost)
        status = fail_memory(message, "a table");
    if (!status)
        status = print_map(page, maps, &builder, text, message);
    grid_builder_clear(&builder);
    free(text);
    return status;
}

/* The claims of a setting, a row each. *rows is how many there are. */
static Status print_setting_rows(const Page *page, const ClaimMaps *maps, const ChosenSetting *setting,
                                 bool names, int *rows, Message *message)
{
    static const Column column[] = {{"claim", NULL, CELL_COUNT, 1},
                                    {"verdict", NULL, CELL_TEXT, 1},
                                    {"left", NULL, CELL_ESTIMATE, 1},
                                    {"right", NULL, CELL_ESTIMATE, 1},
                                    {"difference", NULL, CELL_INTERVAL, 1},
                                    {"says", NULL, CELL_TEXT, 1},
                                    {"that", NULL, CELL_TEXT, 1}};
    enum { COLUMNS = sizeof column / sizeof *column };
    *rows = 0;
    Cell *cell = calloc((size_t)maps->claims * COLUMNS, sizeof *cell);
    if (!cell)
        return fail_memory(message, "a table");
    for (int c = 0; c < maps->claims; c++) {
        const SettingVerdict *here = &maps->claim[c].map.setting[setting->index];
        const Evidence *e = &here->evidence;
        if (!here->asked)
            continue;
        const Cell row[COLUMNS] = {cell_number(c + 1),
                                   cell_text(verdict_name(e->verdict)),
                                   cell_estimate(e->left, e->left_mcse),
                                   cell_estimate(e->right, e->right_mcse),
                                   cell_interval(e->difference, e->low, e->high),
                                   cell_text(maps->claim[c].says),
                                   cell_text(maps->claim[c].checked)};
        memcpy(cell + (size_t)(*rows)++ * COLUMNS, row, sizeof row);
    }
    const Grid grid = {.experiment = page->chosen->experiment,
                       .setting = setting->text,
                       .title = "",
                       .note = "",
                       .column = column,
                       .columns = COLUMNS,
                       .rows = *rows,
                       .cell = cell,
                       .part = "verdicts"};
    Status status = *rows > 0 ? grid_print(&grid, page->format, names, page->file, message) : STATUS_OK;
    free(cell);
    return status;
}

static Status print_for_programs(const Page *page, const ClaimMaps *maps, Message *message)
{
    Status status = STATUS_OK;
    bool names = true;
    for (int s = 0; s < page->chosen->settings && !status; s++) {
        int rows;
        status = print_setting_rows(page, maps, &page->chosen->setting[s], names, &rows, message);
        names &= rows == 0;
    }
    return status;
}

Status print_verdicts(const Page *page, bool follows, bool *printed, Message *message)
{
    ClaimMaps maps;
    Status status = claim_maps_read(&maps, page->chosen->results, message);
    if (!status && maps.claims > 0 && page->format->data) {
        fputs(follows ? "\n" : "", page->file);
        status = print_for_programs(page, &maps, message);
    } else if (!status && maps.claims > 0) {
        status = print_for_readers(page, &maps, message);
    }
    *printed |= maps.claims > 0;
    claim_maps_clear(&maps);
    return status;
}
