/* The sections of an audit in any format of tables. */
#include "experiments/audit/audit_print.h"

#include "experiments/audit/audit_section.h"

static Status print_table(const AuditTable *table, const AuditResults *results, const char *note,
                          const GridFormat *format, FILE *file, Message *message)
{
    const Grid grid = {.experiment = results->name,
                       .setting = "",
                       .title = table->title,
                       .note = note,
                       .part = table->part,
                       .column = table->grid.column,
                       .columns = table->grid.columns,
                       .rows = table->grid.rows,
                       .cell = table->grid.cell};
    return grid_print(&grid, format, true, file, message);
}

/* A section without numbers is its finding alone, below a table of a dash. */
static Status print_finding(const AuditSection *section, const AuditResults *results, const char *note,
                            const GridFormat *format, FILE *file, Message *message)
{
    static const Column column = {"statistic", "statistic", CELL_TEXT, 1};
    const Cell dash = cell_text("-");
    const Grid grid = {.experiment = results->name,
                       .setting = "",
                       .title = section->title,
                       .note = note,
                       .part = section->part,
                       .column = &column,
                       .columns = 1,
                       .rows = 1,
                       .cell = &dash};
    return format->data ? STATUS_OK : grid_print(&grid, format, true, file, message);
}

static Status print_section(const AuditSection *section, const AuditResults *results,
                            const GridFormat *format, FILE *file, Message *message)
{
    char note[CELL_TEXT_SIZE + 16];
    Status status = STATUS_OK;
    snprintf(note, sizeof note, "Verdict: %s.", section->finding);
    if (section->tables == 0)
        return print_finding(section, results, note, format, file, message);
    for (int t = 0; t < section->tables && !status; t++)
        status = print_table(&section->table[t], results, t + 1 < section->tables ? "" : note, format, file,
                             message);
    return status;
}

Status audit_print(const AuditResults *results, const GridFormat *format, FILE *file, Message *message)
{
    AuditSection section[AUDIT_SECTIONS];
    Status status = audit_sections_fill(section, results, message);
    if (!status)
        grid_heading(format, results->name, "", file);
    for (int s = 0; s < AUDIT_SECTIONS && !status; s++)
        status = print_section(&section[s], results, format, file, message);
    if (!status && format->data)
        status = audit_findings_print(section, results->name, format, file, message);
    audit_sections_clear(section);
    return status;
}
