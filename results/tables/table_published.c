/* Figures that somebody published, beside ours: a table of its own, whose rows and columns a file names. */
#include "results/tables/grid_builder.h"
#include "sim/base/suggest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 0, PUBLISHED_AS = 1, FIRST_METRIC = 2, MOST_FIELDS = FIRST_METRIC + MOST_MEASURES };

typedef struct PublishedTable {
    const Page *page;
    const char *path;
    int line; /* of the file */
    char *field[MOST_FIELDS];
    int fields; /* of a line: those of the first */
    GridBuilder builder;
    int *row; /* places of the estimators of the file, in its order */
    int rows;
} PublishedTable;

/* Cuts a line into fields at tabs. */
static int split_line(char *line, char *field[MOST_FIELDS])
{
    int fields = 0;
    line[strcspn(line, "\r\n")] = 0;
    for (char *rest = line; rest && fields < MOST_FIELDS;)
        field[fields++] = strsep(&rest, "\t");
    return fields;
}

/* Adds the columns of a metric, and fills ours. */
static Status add_metric(PublishedTable *t, const char *text, Message *message)
{
    const Page *page = t->page;
    const ChosenSetting *setting = &page->chosen->setting[0];
    Measure metric;
    char header[MEASURE_TEXT], name[MEASURE_TEXT + 32], published[MEASURE_TEXT + 32];
    Message why;
    if (measure_parse(text, &metric, &why))
        return fail(message, STATUS_USAGE, "%s:%d: %s", t->path, t->line, why.text);
    measure_header(&metric, setting->truth, page->chosen->top_k, header);
    snprintf(name, sizeof name, "%s_published", metric.name);
    snprintf(published, sizeof published, "%s, published", header);
    (void)grid_builder_add(&t->builder, name, published, CELL_TEXT, 1);
    const CellColumn ours = {grid_builder_add(&t->builder, metric.name, "ours", measure_kind(&metric),
                                              measure_scale(&metric, setting->truth)),
                             t->builder.most};
    Status status = page_values(page, setting, &metric, ours, message);
    if (!status)
        status = mark_best(page, setting, &metric, ours, message);
    return status;
}

static Status read_head(PublishedTable *t, char *line, Message *message)
{
    t->fields = split_line(line, t->field);
    if (t->fields <= FIRST_METRIC)
        return fail(
            message, STATUS_USAGE,
            "%s:%d: expected estimator, the name that it is published under, and metrics, with tabs between",
            t->path, t->line);
    (void)grid_builder_add(&t->builder, "published_as", "published as", CELL_TEXT, 1);
    (void)grid_builder_add(&t->builder, "estimator", "estimator here", CELL_TEXT, 1);
    Status status = STATUS_OK;
    for (int f = FIRST_METRIC; f < t->fields && !status; f++)
        status = add_metric(t, t->field[f], message);
    return status;
}

static Status read_row(PublishedTable *t, char *line, Message *message)
{
    const Chosen *chosen = t->page->chosen;
    const int fields = split_line(line, t->field);
    char where[TITLE];
    int e = 0;
    snprintf(where, sizeof where, "%s:%d", t->path, t->line);
    if (fields != t->fields)
        return fail(message, STATUS_USAGE, "%s: found %d fields; expected %d, with tabs between", where,
                    fields, t->fields);
    while (e < chosen->estimators && strcmp(chosen->estimator[e], t->field[NAME]) != 0)
        e++;
    if (e == chosen->estimators)
        return fail_unknown(message, where, "estimator", t->field[NAME],
                            &(KnownNames){(const char *const *)chosen->estimator, chosen->estimators, NULL});
    for (int i = 0; i < t->rows; i++)
        if (t->row[i] == e)
            return fail(message, STATUS_USAGE, "%s: '%s' has a line already", where, t->field[NAME]);
    t->row[t->rows++] = e;
    grid_builder_text(&t->builder, e, 0, t->field[PUBLISHED_AS]);
    grid_builder_text(&t->builder, e, 1, page_name(t->page, e));
    for (int f = FIRST_METRIC; f < fields; f++)
        grid_builder_text(&t->builder, e, FIRST_METRIC + 2 * (f - FIRST_METRIC), t->field[f]);
    return STATUS_OK;
}

static Status read_lines(PublishedTable *t, FILE *file, Message *message)
{
    char *line = NULL;
    size_t size = 0;
    Status status = STATUS_OK;
    while (!status && getline(&line, &size, file) >= 0)
        status = t->line++ == 0 ? read_head(t, line, message) : read_row(t, line, message);
    free(line);
    if (!status && ferror(file))
        status = fail(message, STATUS_FAILED, "%s: %s", t->path, strerror(errno));
    if (!status && t->line == 0)
        status = fail(message, STATUS_USAGE, "%s: is an empty file", t->path);
    return status;
}

static Status print_table(PublishedTable *t, bool names, Message *message)
{
    const ChosenSetting *setting = &t->page->chosen->setting[0];
    Status status = grid_builder_arrange(&t->builder, t->row, t->rows, message);
    if (status)
        return status;
    const GridTexts texts = {
        .setting = setting->text, .title = "", .note = "", .part = "published", .names = names};
    return grid_builder_print(&t->builder, t->page, &texts, message);
}

Status print_published(const Page *page, bool names, Message *message)
{
    const Chosen *chosen = page->chosen;
    PublishedTable t = {.page = page, .path = page->options->published};
    if (chosen->settings != 1)
        return fail(
            message, STATUS_USAGE,
            "%s: has %d settings; published figures stand beside those of one: choose it by --setting",
            chosen->experiment, chosen->settings);
    FILE *file = fopen(t.path, "re");
    if (!file)
        return fail(message, STATUS_FAILED, "%s: %s", t.path, strerror(errno));
    Status status = STATUS_OK;
    t.row = calloc((size_t)chosen->estimators + 1, sizeof *t.row);
    if (!t.row)
        status = fail_memory(message, "a table");
    if (!status)
        status = grid_builder_init(&t.builder, chosen->estimators, 2 * MOST_FIELDS, message);
    if (!status)
        status = read_lines(&t, file, message);
    if (!status)
        status = print_table(&t, names, message);
    grid_builder_clear(&t.builder);
    free(t.row);
    (void)fclose(file);
    return status;
}
