/* Which tables an experiment has, and which metrics are their columns. */
#include "results/tables/table.h"

#include "results/tables/table_claims.h"
#include "results/tables/table_context.h"
#include "sim/base/suggest.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* The usual measures. */
static const char *const truth_measures[] = {"mean_bias", "relative_bias", "bias_sq", "variance",  "mse",
                                             "rank",      "auc",           "seconds", "parameters"};
static const char *const label_measures[] = {"ndcg", "recall",   "f1",      "auc",
                                             "mse",  "log_loss", "seconds", "parameters"};
static const char *const click_measures[] = {"auc/O",       "gauc/O",  "log_loss/O", "auc/D/ctr",
                                             "auc/D/ctcvr", "seconds", "parameters"};
static const char *const truth_sweep[] = {"mean_bias", "mse", "auc"};
static const char *const label_sweep[] = {"auc", "log_loss"};
static const char *const click_sweep[] = {"auc/O", "log_loss/O"};

#define LIST(names) names, (int)(sizeof(names) / sizeof *(names))

static Status set_measures(Page *page, const char *const *name, int count, Message *message)
{
    Status status = STATUS_OK;
    for (int i = 0; i < count && !status; i++)
        status = measure_parse(name[i], &page->measure[page->measures++], message);
    return status;
}

Status table_parts_read(const Words *words, unsigned *parts, Message *message)
{
    static const struct {
        const char *name;
        TablePart part;
    } known[] = {{"main", TABLE_MAIN},     {"differences", TABLE_DIFFERENCES},
                 {"ranks", TABLE_RANKS},   {"relative", TABLE_RELATIVE},
                 {"gamma", TABLE_GAMMA},   {"risk", TABLE_RISK},
                 {"claims", TABLE_CLAIMS}, {"verdicts", TABLE_VERDICTS}};
    enum { KNOWN = sizeof known / sizeof *known };
    const char *name[KNOWN];
    char word[WORD_TEXT];
    *parts = 0;
    for (WordsAt at = {0}; words_next(words, &at, word);) {
        bool found = false;
        for (int i = 0; i < KNOWN; i++) {
            name[i] = known[i].name;
            if (!strcmp(name[i], word)) {
                *parts |= known[i].part;
                found = true;
            }
        }
        if (!found)
            return fail_unknown(message, NULL, "part", word, &(KnownNames){name, KNOWN, NULL});
    }
    return STATUS_OK;
}

/* A sweep prints as grids where it fills them, but for csv, which is for other programs. */
static bool prints_sweep(const Page *page)
{
    return page->chosen->keys > 0 && chosen_is_grid(page->chosen) && !page->options->full &&
           !page->format->data;
}

/* Leaves the count of parameters out, the last of the usual measures, where no unit knows it: stores of
 * before.
 */
static void drop_parameters(Page *page)
{
    const ExperimentResults *r = page->chosen->results;
    if (page->measures == 0 || strcmp(page->measure[page->measures - 1].name, "parameters") != 0)
        return;
    for (int i = 0; i < r->settings * r->estimators; i++)
        if (!isnan(r->cell[i].parameters))
            return;
    page->measures--;
}

/* What is shown when no metric was asked for. */
static Status usual_measures(Page *page, Message *message)
{
    const bool truth = page->chosen->setting[0].truth, clicked = page->chosen->setting[0].clicked;
    if (clicked)
        return prints_sweep(page) ? set_measures(page, LIST(click_sweep), message)
                                  : set_measures(page, LIST(click_measures), message);
    if (prints_sweep(page))
        return truth ? set_measures(page, LIST(truth_sweep), message)
                     : set_measures(page, LIST(label_sweep), message);
    return truth ? set_measures(page, LIST(truth_measures), message)
                 : set_measures(page, LIST(label_measures), message);
}

static Status choose_measures(Page *page, Message *message)
{
    if (page->chosen->measures > 0) {
        memcpy(page->measure, page->chosen->measure, sizeof page->measure);
        page->measures = page->chosen->measures;
        return STATUS_OK;
    }
    Status status = usual_measures(page, message);
    drop_parameters(page);
    return status;
}

/* The table of ranks is one of three measures. */
static Status print_ranks(const Page *page, bool names, Message *message)
{
    static const char *const rank_measures[] = {"mse", "rank", "rank_all"};
    TableOptions options = *page->options;
    Page ranks = *page;
    options.parts = TABLE_MAIN;
    ranks.options = &options;
    ranks.measures = 0;
    ranks.ranks = true;
    Status status = set_measures(&ranks, LIST(rank_measures), message);
    for (int s = 0; s < page->chosen->settings && !status; s++)
        status = print_setting(&ranks, &page->chosen->setting[s], names && s == 0, message);
    return status;
}

static Status print_experiment(const Page *page, bool first, Message *message)
{
    if (page->options->parts == 0)
        grid_heading(page->format, page->chosen->experiment, page->chosen->question, page->file);
    if (page->chosen->estimators == 0)
        return STATUS_OK;
    Status status = STATUS_OK;
    if (page_has(page, TABLE_MAIN | TABLE_DIFFERENCES) && prints_sweep(page))
        status = print_sweep(page, message);
    else if (page_has(page, TABLE_MAIN | TABLE_DIFFERENCES))
        for (int s = 0; s < page->chosen->settings && !status; s++)
            status = print_setting(page, &page->chosen->setting[s], first && s == 0, message);
    if (!status && (page->options->parts & TABLE_RANKS))
        status = print_ranks(page, first || page_has(page, TABLE_MAIN | TABLE_DIFFERENCES), message);
    if (!status && (page->options->parts & TABLE_RELATIVE))
        status = print_relative(page, message);
    return status;
}

/* What does not go by estimator and metric, and so is left out when metrics are chosen. */
static Status print_appendix(const Page *page, bool *printed, Message *message)
{
    const ExperimentResults *results = page->chosen->results;
    const bool alone = page->options->parts == TABLE_CLAIMS;
    const bool claims = results->claims > 0 && page_has(page, TABLE_CLAIMS);
    const bool above = page->chosen->estimators > 0 && page_has(page, TABLE_MAIN | TABLE_DIFFERENCES);
    Status status = page_has(page, TABLE_RISK) ? print_risk(page, printed, message) : STATUS_OK;
    if (!status && page_has(page, TABLE_GAMMA))
        status = print_gamma(page, above || *printed, printed, message);
    if (!status && claims) {
        if (page->format->data && (above || *printed))
            fputc('\n', page->file);
        status = table_claims_print(results, page->format, alone, page->file, message);
    }
    *printed |= claims;
    const bool verdicts =
        (page->options->parts & TABLE_VERDICTS) || (page_has(page, TABLE_VERDICTS) && page->chosen->keys > 0);
    if (!status && verdicts)
        status = print_verdicts(page, above || *printed, printed, message);
    return status;
}

static bool same_measures(const Page *a, const Page *b)
{
    bool same = a->measures == b->measures;
    for (int m = 0; same && m < a->measures; m++)
        same = !strcmp(a->measure[m].name, b->measure[m].name);
    return same;
}

static Status print_selection(const Selection *selection, const TableOptions *options, const Measure *sort,
                              FILE *file, Message *message)
{
    Page before = {0};
    Status status = STATUS_OK;
    for (int i = 0; i < selection->experiments && !status; i++) {
        const Chosen *chosen = &selection->experiment[i];
        if (chosen->estimators == 0 && selection->measures > 0) /* the risk layer has no metrics */
            continue;
        Page page = {.chosen = chosen,
                     .options = options,
                     .format = options->format ? options->format : grid_formats[0],
                     .file = file,
                     .baseline = options->baseline ? options->baseline : chosen->baseline,
                     .sort = sort};
        status = choose_measures(&page, message);
        if (!status) {
            const bool names = !same_measures(&page, &before);
            if (names && before.chosen && page.format->data)
                fputc('\n', file);
            status = options->published ? print_published(&page, names, message)
                                        : print_experiment(&page, names, message);
        }
        before = page;
        if (!status && !options->published && (selection->measures == 0 || options->parts)) {
            bool printed = false;
            status = print_appendix(&page, &printed, message);
            before.measures = printed ? 0 : before.measures; /* names are due again */
        }
    }
    if (!status && !before.chosen)
        status =
            fail(message, STATUS_FAILED, "%s: has no runs of the estimators and settings that were given",
                 store_path(selection->results->store));
    return status;
}

Status table_print(const StoreResults *results, const TableOptions *options, FILE *file, Message *message)
{
    Selection selection;
    Measure sort;
    Status status = selection_make(&selection, results, &options->filter, message);
    if (!status && options->baseline)
        status = selection_check_estimator(results, options->baseline, message);
    if (!status && options->sort)
        status = measure_parse(options->sort, &sort, message);
    if (!status)
        status = print_selection(&selection, options, options->sort ? &sort : NULL, file, message);
    selection_clear(&selection);
    if (!status && (fflush(file) || ferror(file)))
        status = fail(message, STATUS_FAILED, "cannot write the table: %s", strerror(errno));
    return status;
}
