/* The files of a report, made in a folder of their own and moved into place when all are whole. */
#include "experiments/report/report.h"

#include "experiments/report/document.h"
#include "experiments/report/report_parts.h"
#include "sim/base/text.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char html_name[] = "index.html", markdown_name[] = "report.md";

static void write_title(const Report *report, char *text, size_t size)
{
    const char *name = report->selection.experiment[0].experiment;
    int more = report->selection.experiments - 1;
    if (more > 0)
        snprintf(text, size, "%s and %d more", name, more);
    else
        snprintf(text, size, "%s", name);
}

static Status write_page(const Report *report, const Document *d, Message *message)
{
    char title[256];
    write_title(report, title, sizeof title);
    document_begin(d, title, report->style);
    Status status = STATUS_OK;
    for (int i = 0; !status && i < report->selection.experiments; i++)
        status = report_experiment(report, i, d, message);
    document_end(d, report->script);
    return status;
}

static Status write_text(const char *path, const char *text, Message *message)
{
    FILE *file = fopen(path, "wbe");
    if (!file)
        return fail(message, STATUS_FAILED, "%s: %s", path, strerror(errno));
    bool failed = fputs(text, file) < 0;
    failed |= fclose(file) != 0;
    return failed ? fail(message, STATUS_FAILED, "%s: %s", path, strerror(errno)) : STATUS_OK;
}

static Status write_file(const Report *report, const char *name, const GridFormat *format, Message *message)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", report->scratch.path, name) >= PATH_MAX)
        return fail(message, STATUS_USAGE, "%s: the name is too long", report->scratch.path);
    char *text = NULL;
    size_t size = 0;
    Document d = {open_memstream(&text, &size), format};
    if (!d.file)
        return fail_memory(message, "the report");
    Status status = write_page(report, &d, message);
    if (fclose(d.file) && !status)
        status = fail_memory(message, "the report");
    if (!status) {
        text_clean(text, "\n\t"); /* what a page says of a store is somebody's text */
        status = write_text(path, text, message);
    }
    free(text);
    return status;
}

static Status publish(const Report *report, Message *message)
{
    Status status = STATUS_OK;
    for (int i = 0; !status && i < report->pictures.count; i++)
        status = scratch_keep(&report->scratch, strrchr(report->pictures.picture[i].path, '/') + 1, message);
    if (!status)
        status = scratch_keep(&report->scratch, markdown_name, message);
    return status ? status : scratch_keep(&report->scratch, html_name, message);
}

static char *read_asset(const ReportOptions *options, const char *name, Message *message)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", options->scripts, name);
    return document_read(path, message);
}

/* Draws and writes all into the scratch folder. */
static Status make(Report *report, const ReportOptions *options, Message *message)
{
    report->style = read_asset(options, "report.css", message);
    report->script = report->style ? read_asset(options, "report.js", message) : NULL;
    Status status = report->script ? report_draw(report, options->scripts, message) : STATUS_FAILED;
    if (!status)
        status = write_file(report, markdown_name, &grid_markdown, message);
    return status ? status : write_file(report, html_name, &grid_html, message);
}

static Status make_in(Report *report, const ReportOptions *options, Message *message)
{
    Status status = scratch_make(&report->scratch, options->directory, message);
    if (status)
        return status;
    status = make(report, options, message);
    if (!status)
        status = publish(report, message);
    scratch_remove(&report->scratch);
    return status;
}

Status report_write(const StoreResults *results, const ReportOptions *options, Message *message)
{
    Report report = {.results = results};
    Status status = report_read(&report, message);
    if (!status)
        status = make_in(&report, options, message);
    report_clear(&report);
    return status;
}
