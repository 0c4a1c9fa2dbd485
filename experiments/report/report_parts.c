#include "experiments/report/report_parts.h"

#include "experiments/report/coverage.h"
#include "plots/plot.h"
#include "results/summary/summary.h"
#include "results/tables/table_claims.h"
#include "sim/base/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

Status report_read(Report *report, Message *message)
{
    const Filter all = {.experiment = NULL};
    Status status = summary_refresh(report->store, message);
    if (!status)
        status = provenance_read(&report->list, report->store, message);
    return status ? status : selection_read(&report->selection, report->store, &all, message);
}

static void pictures_clear(Pictures *pictures)
{
    for (int i = 0; i < pictures->count; i++)
        free(pictures->picture[i].path);
    free(pictures->picture);
}

void report_clear(Report *report)
{
    pictures_clear(&report->pictures);
    pictures_clear(&report->narrow);
    selection_clear(&report->selection);
    provenance_clear(&report->list);
    free(report->style);
    free(report->script);
}

static void add_picture(const char *path, void *context)
{
    Pictures *p = context;
    char *copy = strdup(path);
    Picture *larger = reallocarray(p->picture, (size_t)p->count + 1, sizeof *larger);
    if (larger)
        p->picture = larger;
    if (larger && copy) {
        Picture *picture = &p->picture[p->count++];
        picture->path = copy;
        picture->experiment = p->current;
    } else {
        free(copy);
        p->lost = 1;
    }
}

static Status draw(const Report *report, const char *directory, const char *scripts, double width,
                   Pictures *pictures, Message *message)
{
    Status status = STATUS_OK;
    for (int i = 0; !status && i < report->selection.experiments; i++) {
        const Chosen *chosen = &report->selection.experiment[i];
        const PlotOptions plot = {.directory = directory,
                                  .scripts = scripts,
                                  .formats = "svg",
                                  .filter = {.experiment = chosen->experiment},
                                  .width = width,
                                  .may_be_none = 1};
        pictures->current = i;
        status = plot_store(report->store, &plot, add_picture, pictures, message);
    }
    return !status && pictures->lost ? fail_memory(message, "the figures") : status;
}

Status report_draw(Report *report, const char *scripts, Message *message)
{
    static const double one_column = 3.4; /* inches: what fits on a telephone */
    char narrow[PATH_MAX];
    if (snprintf(narrow, sizeof narrow, "%s/narrow", report->folder) >= PATH_MAX)
        return fail(message, STATUS_USAGE, "%s: the name is too long", report->folder);
    Status status = draw(report, report->folder, scripts, 0, &report->pictures, message);
    return status ? status : draw(report, narrow, scripts, one_column, &report->narrow, message);
}

/* What a figure shows, by the name of its kind. */
static const char *figure_words(const char *kind)
{
    static const char *const words[][2] = {
        {"bias_variance", "Squared bias and variance of each estimator"},
        {"decile", "Bias and standard deviation by decile of the true click propensity"},
        {"calibration", "Predicted against true conversion rate"},
        {"replicates", "The replicates one by one"},
        {"cost", "Error against training time"},
        {"sweep", "Along the sweep"},
        {"heatmap", "The best estimator of each setting"},
        {"risk", "Bias and standard deviation of the estimated loss of fixed predictions"},
        {"nested_loop", "All settings, the keys nested in each other"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(words[i][0], kind))
            return words[i][1];
    return kind;
}

/* The heading of a measure by its name in a file's name, or the name itself. */
static void figure_measure(const Chosen *chosen, const char *name, char header[MEASURE_TEXT])
{
    Measure measure;
    Message why;
    if (measure_parse(name, &measure, &why))
        snprintf(header, MEASURE_TEXT, "%s", name);
    else
        measure_header(&measure, chosen->setting[0].truth, chosen->top_k, header);
}

/* Takes the setting off the end of a figure's name; NULL if it has none. */
static const char *cut_setting(const Chosen *chosen, char *name)
{
    const size_t length = strlen(name);
    for (int s = 0; s < chosen->settings; s++) {
        char part[SETTING_NAME];
        plot_setting_name(chosen, &chosen->setting[s], part);
        const size_t size = strlen(part);
        if (size > 0 && size < length && name[length - size - 1] == '-' &&
            !strcmp(name + length - size, part)) {
            name[length - size - 1] = 0;
            return chosen->setting[s].text;
        }
    }
    return NULL;
}

/* "Along the sweep: mse (1e-4)", after the file's name, EXPERIMENT-FIGURE[-METRIC][-SETTING].svg. */
static void write_caption(const Chosen *chosen, const char *path, char *text, size_t size)
{
    char name[NAME_MAX + 1], header[MEASURE_TEXT];
    snprintf(name, sizeof name, "%s", strrchr(path, '/') + 1 + strlen(chosen->experiment) + 1);
    *strrchr(name, '.') = 0;
    const char *setting = cut_setting(chosen, name);
    char *rest = name;
    size_t used = (size_t)snprintf(text, size, "%s", figure_words(strsep(&rest, "-")));
    if (rest && used < size) {
        figure_measure(chosen, rest, header);
        used += (size_t)snprintf(text + used, size - used, ": %s", header);
    }
    if (setting && used < size)
        snprintf(text + used, size - used, ", %s", setting);
}

static Status write_figures(const Report *report, int experiment, int level, const Document *d,
                            Message *message)
{
    const Chosen *chosen = &report->selection.experiment[experiment];
    const bool two = report->narrow.count == report->pictures.count;
    Status status = STATUS_OK;
    int figures = 0;
    for (int i = 0; !status && i < report->pictures.count; i++) {
        const Picture *picture = &report->pictures.picture[i];
        char caption[512];
        if (picture->experiment != experiment)
            continue;
        if (figures++ == 0)
            document_heading(d, level, "Figures");
        write_caption(chosen, picture->path, caption, sizeof caption);
        status = document_figure(d, picture->path, two ? report->narrow.picture[i].path : NULL, i, caption,
                                 message);
    }
    return status;
}

/* "behaviour.lift = 0, 2, 4, 6; world.ctr=0.1" */
static void write_settings_line(const Chosen *chosen, FILE *file)
{
    if (chosen->keys == 0)
        fputs("One setting, without a sweep", file);
    else
        fprintf(file, "%d settings: ", chosen->all_settings);
    for (int k = 0; k < chosen->keys; k++) {
        fprintf(file, "%s%s =", k ? "; " : "", chosen->key[k].name);
        for (int v = 0; v < chosen->key[k].values; v++)
            fprintf(file, "%s %s", v ? "," : "", chosen->key[k].value[v]);
    }
    fprintf(file, "%s%s.", *chosen->fixed ? "; " : "", chosen->fixed);
}

static void write_estimators_line(const Chosen *chosen, FILE *file)
{
    for (int e = 0; e < chosen->estimators; e++)
        fprintf(file, "%s%s",
                e                        ? ", "
                : chosen->estimators > 1 ? "Estimators: "
                                         : "Estimator: ",
                chosen->estimator[e]);
    if (chosen->estimators)
        fprintf(file, "; differences are taken from %s.", chosen->baseline);
}

static Status write_line(const Document *d, const Chosen *chosen, void (*write)(const Chosen *, FILE *),
                         Message *message)
{
    char *text = NULL;
    size_t size = 0;
    FILE *line = open_memstream(&text, &size);
    if (line)
        write(chosen, line);
    if (!line || fclose(line)) {
        free(text);
        return fail_memory(message, "the settings");
    }
    if (*text)
        document_paragraph(d, NULL, text);
    free(text);
    return STATUS_OK;
}

static Status write_settings(const Chosen *chosen, int level, const Document *d, Message *message)
{
    document_heading(d, level, "Settings");
    Status status = write_line(d, chosen, write_settings_line, message);
    return status ? status : write_line(d, chosen, write_estimators_line, message);
}

static Status write_claims(const Report *report, const char *experiment, int level, const Document *d,
                           Message *message)
{
    char *text = NULL;
    size_t size = 0;
    int printed = 0;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        return fail_memory(message, "the claims");
    Status status = table_claims_print(report->store, experiment, d->format, 1, file, &printed, message);
    if (fclose(file) && !status)
        status = fail_memory(message, "the claims");
    if (!status && printed) {
        document_heading(d, level, "Claims");
        fputs(text, d->file);
    }
    free(text);
    return status;
}

static Status write_tables(const Report *report, const char *experiment, int level, const Document *d,
                           Message *message)
{
    const TableOptions options = {.format = d->format, .filter = {.experiment = experiment}, .bare = 1};
    document_heading(d, level, "Results");
    return table_print(report->store, &options, d->file, message);
}

/* The command that runs it again. A name out of a store is trusted in a command only if it can name a file.
 */
static void write_reproduction(const Report *report, const Provenance *p, int level, const Document *d)
{
    char text[1024];
    const char *name = is_name(p->name) ? p->name : "experiment";
    Coverage coverage;
    Message why;
    bool known = !coverage_read(&coverage, report->store, p, &why);
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
    if (!coverage_read(&coverage, report->store, p, &why) && coverage.missing > 0) {
        const int64_t all = coverage.missing + coverage.done + coverage.diverged;
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
    Status status = write_settings(chosen, level, d, message);
    if (!status)
        status = write_claims(report, p->name, level, d, message);
    if (!status)
        status = write_tables(report, p->name, level, d, message);
    if (!status)
        status = write_figures(report, experiment, level, d, message);
    if (!status) {
        document_heading(d, level, "Provenance");
        status = coverage_print(report->store, p, COVERAGE_ALL, d->format, d->file, message);
    }
    if (!status)
        write_reproduction(report, p, level, d);
    return status;
}
