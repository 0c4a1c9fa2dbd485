/* The page of an audit, in the look of the reports of stores. Figures are drawn twice, for wide and for
 * narrow screens. */
#include "experiments/audit/audit_page.h"

#include "experiments/audit/audit_figures.h"
#include "experiments/audit/audit_section.h"
#include "experiments/report/document.h"
#include "sim/base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct AuditPage {
    const AuditResults *results;
    const char *scripts;
    Document document;
    AuditSection section[AUDIT_SECTIONS];
    AuditFigure figure[AUDIT_FIGURES];
    int figures;
    Scratch scratch;
} AuditPage;

static char *read_asset(const AuditPage *page, const char *name, Message *message)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", page->scripts, name);
    return document_read(path, message);
}

static Status write_figure(const AuditPage *page, int number, Message *message)
{
    char wide[PATH_MAX], narrow[PATH_MAX], name[32];
    DataFigure figure = page->figure[number].figure;
    Status status = data_figure_draw(&figure, page->scripts, &page->scratch, wide, message);
    snprintf(name, sizeof name, "%s-narrow", figure.name);
    figure.name = name;
    figure.texts.width = 3.4; /* inches: what fits on a telephone */
    if (!status)
        status = data_figure_draw(&figure, page->scripts, &page->scratch, narrow, message);
    const DocumentFigure drawn = {wide, narrow, figure.caption, number};
    return status ? status : document_figure(&page->document, &drawn, message);
}

/* The first table of a section goes by the section's heading. */
static Status write_table(const AuditPage *page, const AuditSection *section, const AuditTable *table,
                          Message *message)
{
    const Grid grid = {.experiment = page->results->name,
                       .setting = "",
                       .title = table == section->table ? "" : table->title,
                       .note = "",
                       .part = table->part,
                       .column = table->grid.column,
                       .columns = table->grid.columns,
                       .rows = table->grid.rows,
                       .cell = table->grid.cell};
    return grid_print(&grid, page->document.format, true, page->document.file, message);
}

static Status write_section(const AuditPage *page, const AuditSection *section, Message *message)
{
    char text[CELL_TEXT_SIZE + 1];
    Status status = STATUS_OK;
    snprintf(text, sizeof text, "%s.", section->finding);
    text[0] = (char)toupper((unsigned char)text[0]);
    document_heading(&page->document, 2, section->title);
    document_paragraph(&page->document, section->verdict == AUDIT_FAILS ? "warning" : NULL, text);
    for (int f = 0; f < page->figures && !status; f++)
        if (!strcmp(page->figure[f].part, section->part))
            status = write_figure(page, f, message);
    for (int t = 0; t < section->tables && !status; t++)
        status = write_table(page, section, &section->table[t], message);
    return status;
}

static Status write_page(const AuditPage *page, const char *style, const char *script, Message *message)
{
    const Document *d = &page->document;
    document_begin(d, page->results->name, style);
    document_heading(d, 1, page->results->name);
    document_paragraph(
        d, "question",
        "What the log can tell of conversion rates, how far selection may bend them, and what is "
        "wrong with it.");
    Status status = audit_findings_print(page->section, page->results->name, d->format, d->file, message);
    for (int s = 0; s < AUDIT_SECTIONS && !status; s++)
        status = write_section(page, &page->section[s], message);
    document_end(d, script);
    return status;
}

/* A scratch gives what is whole to the folder that it is in: here to another scratch. */
static Status draw_and_write(AuditPage *page, const char *folder, const char *style, const char *script,
                             Message *message)
{
    Scratch drawn = {0};
    Status status = scratch_make(&drawn, folder, message);
    if (status)
        return status;
    status = scratch_make(&page->scratch, drawn.path, message);
    if (!status) {
        status = write_page(page, style, script, message);
        scratch_remove(&page->scratch);
    }
    scratch_remove(&drawn);
    return status;
}

Status audit_page_write(const AuditResults *results, const char *scripts, const char *folder, FILE *file,
                        Message *message)
{
    AuditPage page = {.results = results, .scripts = scripts, .document = {file, &grid_html}};
    char *style = read_asset(&page, "report.css", message);
    char *script = style ? read_asset(&page, "report.js", message) : NULL;
    Status status = script ? audit_sections_fill(page.section, results, message) : STATUS_FAILED;
    page.figures = audit_figures(page.figure, results);
    if (!status)
        status = draw_and_write(&page, folder, style, script, message);
    audit_sections_clear(page.section);
    free(style);
    free(script);
    return status;
}

static Status save_text(const char *folder, const char *name, const char *text, Message *message)
{
    char path[PATH_MAX];
    Scratch scratch = {0};
    Status status = scratch_make(&scratch, folder, message);
    if (status)
        return status;
    const bool fits = snprintf(path, sizeof path, "%s/%s", scratch.path, name) < PATH_MAX;
    FILE *file = fits ? fopen(path, "wbe") : NULL;
    bool failed = !file || fputs(text, file) < 0;
    if (file)
        failed |= fclose(file) != 0;
    status = failed ? fail(message, STATUS_FAILED, "%s/%s: cannot write: %s", folder, name,
                           fits ? strerror(errno) : "the name is too long")
                    : scratch_keep(&scratch, name, message);
    scratch_remove(&scratch);
    return status;
}

Status audit_page_save(const AuditResults *results, const char *scripts, const char *path, Message *message)
{
    char folder[PATH_MAX] = ".", *text = NULL;
    size_t size = 0;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (!*name)
        return fail(message, STATUS_USAGE, "%s: expected the name of a file", path);
    if (slash)
        snprintf(folder, sizeof folder, "%.*s", slash > path ? (int)(slash - path) : 1, path);
    FILE *file = open_memstream(&text, &size);
    if (!file)
        return fail_memory(message, "the page of an audit");
    Status status = audit_page_write(results, scripts, folder, file, message);
    if (fclose(file) && !status)
        status = fail_memory(message, "the page of an audit");
    if (!status) {
        text_clean(text, "\n\t"); /* names of columns are somebody's text */
        status = save_text(folder, name, text, message);
    }
    free(text);
    return status;
}
