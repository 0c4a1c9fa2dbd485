/* What a report says of each experiment, in the order of the page. */
#include "experiments/report/report_parts.h"

#include "experiments/report/coverage.h"
#include "experiments/report/report_setting.h"
#include "experiments/spec/fields.h"
#include "plots/plot.h"
#include "results/claims/claims.h"
#include "results/tables/table.h"
#include "results/tables/table_claims.h"
#include "sim/base/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

Status report_read(Report *report, Message *message)
{
    const Filter all = {.experiment = NULL};
    Status status = provenance_read(&report->list, report->results->store, message);
    return status ? status : selection_make(&report->selection, report->results, &all, message);
}

static void picture_clear(Picture *picture)
{
    free(picture->path);
    free(picture->narrow);
    free(picture->caption);
    free(picture->experiment);
}

void report_clear(Report *report)
{
    for (int i = 0; i < report->pictures.count; i++)
        picture_clear(&report->pictures.picture[i]);
    free(report->pictures.picture);
    selection_clear(&report->selection);
    provenance_clear(&report->list);
    free(report->style);
    free(report->script);
}

static Status add_picture(const Figure *figure, void *context, Message *message)
{
    Pictures *pictures = context;
    char caption[FIGURE_CAPTION];
    Picture *larger = reallocarray(pictures->picture, (size_t)pictures->count + 1, sizeof *larger);
    if (!larger)
        return fail_memory(message, "the figures");
    pictures->picture = larger;
    figure_caption(figure, caption);
    Picture *picture = &larger[pictures->count++];
    *picture = (Picture){.path = strdup(figure->path),
                         .caption = strdup(caption),
                         .experiment = strdup(figure->experiment->experiment)};
    return picture->path && picture->caption && picture->experiment ? STATUS_OK
                                                                    : fail_memory(message, "the figures");
}

static const char *file_name(const char *path)
{
    return strrchr(path, '/') + 1;
}

/* A figure has the same name in both widths. */
static Status add_narrow(const Figure *figure, void *context, Message *message)
{
    const Pictures *pictures = context;
    for (int i = 0; i < pictures->count; i++) {
        Picture *picture = &pictures->picture[i];
        if (picture->narrow || strcmp(file_name(picture->path), file_name(figure->path)) != 0)
            continue;
        picture->narrow = strdup(figure->path);
        return picture->narrow ? STATUS_OK : fail_memory(message, "the figures");
    }
    return STATUS_OK;
}

Status report_draw(Report *report, const char *scripts, Message *message)
{
    char folder[PATH_MAX];
    if (snprintf(folder, sizeof folder, "%s/narrow", report->scratch.path) >= PATH_MAX)
        return fail(message, STATUS_USAGE, "%s: the name is too long", report->scratch.path);
    const PlotOptions wide = {.directory = report->scratch.path,
                              .scripts = scripts,
                              .formats = "svg",
                              .title = "", /* the question heads the page */
                              .key_title = field_title,
                              .may_be_none = true};
    PlotOptions narrow = wide;
    narrow.directory = folder;
    narrow.width = 3.4; /* inches: what fits on a telephone */
    Status status = plot_results(report->results, &wide, add_picture, &report->pictures, message);
    return status ? status : plot_results(report->results, &narrow, add_narrow, &report->pictures, message);
}

static Status write_figures(const Report *report, const char *experiment, int level, const Document *d,
                            Message *message)
{
    Status status = STATUS_OK;
    int figures = 0;
    for (int i = 0; !status && i < report->pictures.count; i++) {
        const Picture *picture = &report->pictures.picture[i];
        if (strcmp(picture->experiment, experiment) != 0)
            continue;
        if (figures++ == 0)
            document_heading(d, level, "Figures");
        const DocumentFigure figure = {picture->path, picture->narrow, picture->caption, i};
        status = document_figure(d, &figure, message);
    }
    return status;
}

/* Counts a claim of everywhere: behind the verdicts where it holds in some of its settings alone. */
static Status count_everywhere(const ExperimentResults *results, const Claim *claim, int count[VERDICTS + 1],
                               Message *message)
{
    VerdictMap map;
    Status status = verdict_map_read(&map, results, claim, message);
    const int holds = map.count[VERDICT_HOLDS];
    count[holds > 0 && holds < map.settings ? VERDICTS : (int)map.verdict]++;
    verdict_map_clear(&map);
    return status;
}

/* "Of 9 claims 7 hold, 1 is within error, 1 holds in some settings." */
static Status write_verdicts(const ExperimentResults *results, const Document *d, Message *message)
{
    static const char *const one[] = {"holds", "is within error", "does not hold", "is not known",
                                      "holds in some settings"};
    static const char *const many[] = {"hold", "are within error", "do not hold", "are not known",
                                       "hold in some settings"};
    int count[VERDICTS + 1] = {0}, listed = 0;
    char text[256];
    for (int i = 0; i < results->claims; i++) {
        Claim claim;
        Evidence evidence;
        Status status = claim_parse(results->claim[i].that, &claim, message);
        if (!status && claim.everywhere) {
            status = count_everywhere(results, &claim, count, message);
        } else if (!status) {
            status = claim_evaluate(results, &claim, &evidence, message);
            count[evidence.verdict]++;
        }
        if (status)
            return status;
    }
    int used = snprintf(text, sizeof text, "Of %d claim%s", results->claims, results->claims == 1 ? "" : "s");
    for (int v = 0; v <= VERDICTS; v++)
        if (count[v] > 0)
            used += snprintf(text + used, sizeof text - (size_t)used, "%s %d %s", listed++ ? "," : "",
                             count[v], count[v] == 1 ? one[v] : many[v]);
    snprintf(text + used, sizeof text - (size_t)used, ".");
    document_paragraph(d, NULL, text);
    return STATUS_OK;
}

static Status write_claims(const ExperimentResults *results, int level, const Document *d, Message *message)
{
    if (results->claims == 0)
        return STATUS_OK;
    document_heading(d, level, "Findings");
    Status status = write_verdicts(results, d, message);
    return status ? status : table_claims_print(results, d->format, true, d->file, message);
}

static Status write_tables(const Report *report, const char *experiment, int level, const Document *d,
                           Message *message)
{
    const TableOptions options = {.format = d->format,
                                  .filter = {.experiment = experiment},
                                  .parts = TABLE_MAIN | TABLE_DIFFERENCES | TABLE_GAMMA | TABLE_RISK};
    document_heading(d, level, "Results");
    return table_print(report->results, &options, d->file, message);
}

/* The command that runs it again. A name out of a store is trusted in a command only if it can name a file.
 */
static void write_reproduction(const Report *report, const Provenance *p, int level, const Document *d)
{
    char text[1024];
    const char *name = is_name(p->name) ? p->name : "experiment";
    Coverage coverage;
    Message why;
    bool known = !coverage_read(&coverage, report->results->store, p, &why);
    bool simulated = !known || !coverage.spec->layout;
    document_heading(d, level, "Reproduce");
    snprintf(
        text, sizeof text,
        "Save the experiment below as %s.yaml. The seed is %lld; cvrlab %s with the same libraries, on a "
        "machine of the same kind, gives the same numbers bit for bit.",
        name, (long long)p->seed, p->version);
    document_paragraph(d, NULL, text);
    snprintf(text, sizeof text, "cvrlab run %s.yaml --db %s.db%s\ncvrlab report %s.db -o %s-report\n", name,
             name, simulated ? "" : " --data FOLDER", name, name);
    document_code(d, NULL, text);
    snprintf(text, sizeof text, "%s.yaml", name);
    document_code(d, text, p->spec);
    coverage_free(&coverage);
}

/* What is not as it should be, or nothing. */
static void write_warning(const Report *report, const Provenance *p, const Document *d)
{
    char text[256];
    Coverage coverage;
    Message why;
    if (!coverage_read(&coverage, report->results->store, p, &why) && coverage.missing > 0) {
        const int64_t all = coverage.missing + coverage.done + coverage.diverged + coverage.failed;
        snprintf(text, sizeof text, "This run is not complete: %lld of its %lld units are missing.",
                 (long long)coverage.missing, (long long)all);
        document_paragraph(d, "warning", text);
    }
    coverage_free(&coverage);
}

Status report_experiment(const Report *report, int experiment, const Document *d, Message *message)
{
    const Chosen *chosen = &report->selection.experiment[experiment];
    const Provenance *p = provenance_find(&report->list, chosen->experiment);
    const int level = 2;
    document_heading(d, 1, p->name);
    if (*p->question)
        document_paragraph(d, "question", p->question);
    write_warning(report, p, d);
    Status status = write_claims(chosen->results, level, d, message);
    if (!status)
        status = write_figures(report, p->name, level, d, message);
    if (!status)
        status = report_settings(report, chosen, level, d, message);
    if (!status)
        status = write_tables(report, p->name, level, d, message);
    if (!status) {
        document_heading(d, level, "Provenance");
        status = coverage_print(report->results->store, p, COVERAGE_ALL, d->format, d->file, message);
    }
    if (!status)
        write_reproduction(report, p, level, d);
    return status;
}
