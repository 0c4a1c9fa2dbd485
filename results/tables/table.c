#include "results/tables/table.h"

#include "results/store/query.h"
#include "results/summary/summary.h"
#include "results/tables/markup.h"
#include "results/tables/table_claims.h"
#include "results/tables/table_context.h"

#include <errno.h>
#include <string.h>

/* What is shown when no metric was asked for. */
static const char *const truth_measures[] = {"mean_bias", "relative_bias", "bias_sq", "variance",
                                             "mse",       "rank",          "auc",     "seconds"};
static const char *const label_measures[] = {"ndcg", "recall", "f1", "auc", "mse", "log_loss", "seconds"};
static const char *const click_measures[] = {"auc/O",     "gauc/O",      "log_loss/O",
                                             "auc/D/ctr", "auc/D/ctcvr", "seconds"};
static const char *const truth_sweep[] = {"mean_bias", "mse", "auc"};
static const char *const label_sweep[] = {"auc", "log_loss"};
static const char *const click_sweep[] = {"auc/O", "log_loss/O"};

#define LIST(names) names, (int)(sizeof(names) / sizeof *(names))

static Status set_measures(Page *page, const char *const *name, int count, Message *message)
{
    Status status = STATUS_OK;
    for (int i = 0; i < count && !status; i++) {
        status = measure_parse(name[i], &page->measure[page->measures++], message);
    }
    return status;
}

/* A sweep prints as grids, but for csv, which is for other programs. */
static int prints_sweep(const Page *page)
{
    const TableOptions *options = page->options;
    return page->chosen->keys > 0 && !options->full && options->format != TABLE_CSV;
}

static Status choose_measures(Page *page, Message *message)
{
    const int truth = page->chosen->setting[0].truth, clicked = page->chosen->setting[0].clicked;
    if (page->chosen->measures > 0) {
        memcpy(page->measure, page->chosen->measure, sizeof page->measure);
        page->measures = page->chosen->measures;
        return STATUS_OK;
    }
    if (clicked) {
        return prints_sweep(page) ? set_measures(page, LIST(click_sweep), message)
                                  : set_measures(page, LIST(click_measures), message);
    }
    if (prints_sweep(page)) {
        return truth ? set_measures(page, LIST(truth_sweep), message)
                     : set_measures(page, LIST(label_sweep), message);
    }
    return truth ? set_measures(page, LIST(truth_measures), message)
                 : set_measures(page, LIST(label_measures), message);
}

void table_heading(const char *experiment, const char *question, TableFormat format, FILE *file)
{
    const char *colon = *question ? ": " : "";
    if (format == TABLE_TEXT) {
        fprintf(file, "%s%s%s\n\n", experiment, colon, question);
    } else if (format == TABLE_MARKDOWN) {
        fprintf(file, "**%s**%s", experiment, colon);
        markdown_text(file, question);
        fputs("\n\n", file);
    } else if (format == TABLE_HTML) {
        fputs("<h2>", file);
        html_text(file, experiment);
        fputs("</h2>\n<p>", file);
        html_text(file, question);
        fputs("</p>\n", file);
    }
}

static Status print_experiment(Page *page, int first, Message *message)
{
    if (!page->options->bare) {
        table_heading(page->chosen->experiment, page->chosen->question, page->options->format, page->file);
    }
    if (page->chosen->estimators == 0) { /* of the risk layer alone */
        return STATUS_OK;
    }
    if (prints_sweep(page)) {
        return print_sweep(page, message);
    }
    Status status = STATUS_OK;
    for (int s = 0; s < page->chosen->settings && !status; s++) {
        status = print_setting(page, &page->chosen->setting[s], first && s == 0, message);
    }
    return status;
}

/* What does not go by estimator and metric, and so is left out when metrics are chosen. */
static Status print_appendix(const Page *page, int *printed, Message *message)
{
    const Chosen *chosen = page->chosen;
    const TableFormat format = page->options->format;
    int risk = 0, claims = 0;
    Status status = print_risk(page, &risk, message);
    if (!status && !page->options->bare) {
        status = table_claims_print(page->store, chosen->experiment, format, 0, page->file, &claims, message);
    }
    *printed = risk || claims;
    return status;
}

static int same_measures(const Page *a, const Page *b)
{
    int same = a->measures == b->measures;
    for (int m = 0; same && m < a->measures; m++) {
        same = !strcmp(a->measure[m].name, b->measure[m].name);
    }
    return same;
}

static Status print_selection(Store *store, const Selection *selection, const TableOptions *options,
                              const Measure *sort, FILE *file, Message *message)
{
    Page before = {0};
    Status status = STATUS_OK;
    for (int i = 0; i < selection->experiments && !status; i++) {
        const Chosen *chosen = &selection->experiment[i];
        if (chosen->estimators == 0 && selection->measures > 0) { /* the risk layer has no metrics */
            continue;
        }
        Page page = {.store = store,
                     .chosen = chosen,
                     .options = options,
                     .file = file,
                     .baseline = options->baseline ? options->baseline : chosen->baseline,
                     .sort = sort};
        status = choose_measures(&page, message);
        if (!status) {
            int names = !same_measures(&page, &before);
            if (names && before.chosen && options->format == TABLE_CSV) {
                fputc('\n', file);
            }
            status = print_experiment(&page, names, message);
        }
        before = page;
        if (!status && selection->measures == 0) {
            int printed = 0;
            status = print_appendix(&page, &printed, message);
            before.measures = printed ? 0 : before.measures; /* names are due again */
        }
    }
    if (!status && !before.chosen) {
        status = fail(message, STATUS_FAILED, "%s: has no runs of what was asked for", store_path(store));
    }
    return status;
}

Status table_print(Store *store, const TableOptions *options, FILE *file, Message *message)
{
    Selection selection = {0};
    Measure sort;
    Status status = summary_refresh(store, message);
    if (!status) {
        status = selection_read(&selection, store, &options->filter, message);
    }
    if (!status && options->baseline) {
        status = selection_check_estimator(store, options->baseline, message);
    }
    if (!status && options->sort) {
        status = measure_parse(options->sort, &sort, message);
    }
    if (!status) {
        status = print_selection(store, &selection, options, options->sort ? &sort : NULL, file, message);
    }
    selection_clear(&selection);
    if (!status && (fflush(file) || ferror(file))) {
        status = fail(message, STATUS_FAILED, "cannot write the table: %s", strerror(errno));
    }
    return status;
}
