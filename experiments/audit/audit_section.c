/* The table of sections, and what filling them shares. */
#include "experiments/audit/audit_section_internal.h"

#include "results/statistics/test_sample.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

static const struct {
    const char *part, *title;
    AuditSectionFill *fill;
    bool fitted; /* it needs models */
} section_table[AUDIT_SECTIONS] = {
    {"counts", "1. Counts and rates", fill_counts, false},
    {"gap", "2. Selection gap", fill_gap, true},
    {"overlap", "3. Overlap", fill_overlap, true},
    {"calibration", "4. Calibration of the models", fill_calibration, true},
    {"balance", "5. Balance of clicks and all rows", fill_balance, true},
    {"sensitivity", "6. Sensitivity: CVR of all rows", fill_sensitivity, true},
    {"predicted", "7. Predicted over observed conversions of clicks", fill_predicted, true},
    {"leaks", "8. Leaks", fill_leaks, false},
    {"parts", "9. Parts", fill_parts, false},
    {"power", "10. Power", fill_power, false},
};

const char *audit_verdict_name(AuditVerdict verdict)
{
    static const char *const name[] = {
        [AUDIT_UNKNOWN] = "not known", [AUDIT_HOLDS] = "holds", [AUDIT_FAILS] = "does not hold"};
    return name[verdict];
}

static void add_number(GridBuilder *grid, const char *name)
{
    const bool whole = name[0] == '#';
    grid_builder_add(grid, name + whole, name + whole, whole ? CELL_COUNT : CELL_NUMBER, 1);
}

AuditTable *section_begin(AuditSection *section, const TableLook *look, int rows, Message *message)
{
    AuditTable *table = &section->table[section->tables];
    int columns = look->mark ? 2 : 1;
    for (const char *const *number = look->number; *number; number++)
        columns++;
    table->part = look->part ? look->part : section->part;
    table->title = look->title ? look->title : section->title;
    section->tables++;
    if (grid_builder_init(&table->grid, rows, columns, message))
        return NULL;
    grid_builder_add(&table->grid, look->name, look->name, CELL_TEXT, 1);
    for (const char *const *number = look->number; *number; number++)
        add_number(&table->grid, *number);
    if (look->mark)
        grid_builder_add(&table->grid, look->mark, look->mark, CELL_TEXT, 1);
    return table;
}

void table_name(const AuditTable *table, int row, const char *name)
{
    grid_builder_text(&table->grid, row, 0, name);
}

void table_mark(const AuditTable *table, int row, const char *mark)
{
    grid_builder_text(&table->grid, row, table->grid.columns - 1, mark);
}

void table_numbers(const AuditTable *table, int row, int column, const double *value, int values)
{
    for (int v = 0; v < values; v++)
        *grid_builder_cell(&table->grid, row, 1 + column + v) = cell_number(value[v]);
}

AuditEstimate plain_number(double value)
{
    return (AuditEstimate){value, NAN, NAN, NAN};
}

Status section_named(AuditSection *section, const NamedEstimate *line, int lines, Message *message)
{
    static const char *const number[] = {"value", "low", "high", NULL};
    const TableLook look = {.name = "statistic", .number = number};
    const AuditTable *table = section_begin(section, &look, lines, message);
    if (!table)
        return STATUS_FAILED;
    for (int i = 0; i < lines; i++) {
        const AuditEstimate *e = &line[i].estimate;
        table_name(table, i, line[i].name);
        table_numbers(table, i, 0, (const double[]){e->value, e->low, e->high}, 3);
    }
    return STATUS_OK;
}

void section_conclude(AuditSection *section, AuditVerdict verdict, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)vsnprintf(section->finding, sizeof section->finding, format, values);
    va_end(values);
    section->verdict = verdict;
}

static Status close_tables(AuditSection *section, Message *message)
{
    Status status = STATUS_OK;
    for (int t = 0; t < section->tables && !status; t++) {
        GridBuilder *grid = &section->table[t].grid;
        int *row = calloc((size_t)grid->rows + 1, sizeof *row);
        for (int i = 0; row && i < grid->rows; i++)
            row[i] = i;
        status =
            row ? grid_builder_arrange(grid, row, grid->rows, message) : fail_memory(message, "an audit");
        free(row);
    }
    return status;
}

Status audit_sections_fill(AuditSection section[AUDIT_SECTIONS], const AuditResults *results,
                           Message *message)
{
    Status status = STATUS_OK;
    for (int s = 0; s < AUDIT_SECTIONS; s++)
        section[s] = (AuditSection){.part = section_table[s].part, .title = section_table[s].title};
    for (int s = 0; s < AUDIT_SECTIONS && !status; s++) {
        if (section_table[s].fitted && !results->log.fitted)
            section_conclude(
                &section[s], AUDIT_UNKNOWN,
                "needs %d each of conversions, of clicks without one, and of rows without a click",
                FEWEST_LABELS);
        else
            status = section_table[s].fill(&section[s], results, message);
        if (!status)
            status = close_tables(&section[s], message);
    }
    return status;
}

void audit_sections_clear(AuditSection section[AUDIT_SECTIONS])
{
    for (int s = 0; s < AUDIT_SECTIONS; s++)
        for (int t = 0; t < section[s].tables; t++)
            grid_builder_clear(&section[s].table[t].grid);
}

Status audit_findings_print(const AuditSection section[AUDIT_SECTIONS], const char *name,
                            const GridFormat *format, FILE *file, Message *message)
{
    const Column column[] = {{"finding", "finding", CELL_TEXT, 1},
                             {"section", "section", format->text_first ? CELL_BELOW : CELL_TEXT, 1},
                             {"verdict", "threshold", CELL_TEXT, 1}};
    Cell cell[AUDIT_SECTIONS][3];
    for (int s = 0; s < AUDIT_SECTIONS; s++) {
        cell[s][0] = cell_text(section[s].finding);
        cell[s][1] = cell_text(format->data ? section[s].part : section[s].title);
        cell[s][2] = cell_text(audit_verdict_name(section[s].verdict));
    }
    const Grid grid = {.experiment = name,
                       .setting = "",
                       .title = "",
                       .note = "",
                       .part = "verdicts",
                       .column = column,
                       .columns = 3,
                       .rows = AUDIT_SECTIONS,
                       .cell = cell[0]};
    return grid_print(&grid, format, true, file, message);
}
