/* The settings of an experiment: what its worlds or its data are, before the tables of what came of them. */
#include "experiments/report/report_setting.h"
#include "experiments/spec/joint.h"
#include "experiments/spec/sweep.h"

#include "experiments/report/coverage.h"
#include "results/summary/world_rates.h"

#include <stdlib.h>
#include <string.h>

/* "behaviour.lift = 0, 2, 4, 6; world.ctr=0.1" */
static void write_settings_line(const void *subject, FILE *file)
{
    const Chosen *chosen = subject;
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

static void write_estimators_line(const void *subject, FILE *file)
{
    const Chosen *chosen = subject;
    for (int e = 0; e < chosen->estimators; e++)
        fprintf(file, "%s%s",
                e                        ? ", "
                : chosen->estimators > 1 ? "Estimators: "
                                         : "Estimator: ",
                chosen->label[e]);
    if (chosen->estimators)
        fprintf(file, "; differences are taken from %s.", results_label(chosen->results, chosen->baseline));
}

/* A paragraph of what `write` says of `subject`; none where it says nothing. */
static Status write_line(const Document *d, const void *subject,
                         void (*write)(const void *subject, FILE *file), Message *message)
{
    char *text = NULL;
    size_t size = 0;
    FILE *line = open_memstream(&text, &size);
    if (line)
        write(subject, line);
    if (!line || fclose(line)) {
        free(text);
        return fail_memory(message, "the settings");
    }
    if (*text)
        document_paragraph(d, NULL, text);
    free(text);
    return STATUS_OK;
}

/* "20,000" */
static const char *grouped(int64_t number, char text[32])
{
    char digits[32];
    const int length = snprintf(digits, sizeof digits, "%lld", (long long)number);
    int at = 0;
    for (int i = 0; i < length && at < 30; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = '\0';
    return text;
}

static bool is_swept(const Spec *spec, const char *key)
{
    return sweep_find(spec, key) || joint_find(spec, key) >= 0;
}

/* "200 users, 100 items; a log of 200,000 exposures" without what the sweep varies. */
static void write_sizes(const void *subject, FILE *file)
{
    const Spec *spec = subject;
    const struct {
        const char *key, *before, *after;
        int64_t number;
    } part[] = {
        {"world.users", "", " users", spec->world.users},
        {"world.items", "", " items", spec->world.items},
        {"log.size", "a log of ", " exposures", spec->estimators > 0 ? spec->log_size : 0},
        {"unbiased.size", "an unbiased sample of ", "", spec->unbiased_size},
        {"test.size", "", " test exposures", spec->estimators > 0 ? spec->test_size : 0},
        {"risk.size", "", " exposures of the risk layer", spec->risk_estimators > 0 ? spec->risk_size : 0}};
    int parts = 0;
    char number[32];
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        if (part[i].number > 0 && !is_swept(spec, part[i].key))
            fprintf(file, "%s%s%s%s", parts++ ? ", " : "Simulated: ", part[i].before,
                    grouped(part[i].number, number), part[i].after);
    fputs(parts ? "." : "", file);
}

enum { RATE_COLUMNS = 5, FILE_COLUMNS = 2 };

/* The rates of each chosen setting, as far as they are known. */
static Status write_rates(const Chosen *chosen, const Document *d, Message *message)
{
    Column column[RATE_COLUMNS] = {{"setting", "setting", CELL_TEXT, 1},
                                   {"ctr", "click rate", CELL_NUMBER, 1},
                                   {"cvr", "conversion rate", CELL_NUMBER, 1},
                                   {"clicked", "of the clicked", CELL_NUMBER, 1},
                                   {"click_bias", "asymptotic bias of clicks", CELL_NUMBER, 1}};
    const int rows = chosen->settings;
    Cell *cell = calloc((size_t)rows * RATE_COLUMNS + 1, sizeof *cell);
    Status status = cell ? STATUS_OK : fail_memory(message, "the settings");
    bool known = false;
    int64_t labels = 0; /* of real data */
    for (int s = 0; s < rows && !status; s++) {
        WorldRates rates;
        status = world_rates_read(chosen->results, chosen->setting[s].index, &rates, message);
        Cell *row = cell + (size_t)s * RATE_COLUMNS;
        row[0] = cell_text(chosen->setting[s].text);
        row[1] = cell_number(rates.click);
        row[2] = cell_number(rates.conversion);
        row[3] = cell_number(rates.clicked);
        row[4] = cell_number(rates.click_bias);
        known |= rates.worlds > 0;
        if (rates.worlds == 0)
            labels = rates.rows;
    }
    if (chosen->keys == 0)
        column[0].header = NULL;
    const Grid grid = {
        .experiment = chosen->experiment,
        .setting = "",
        .title = "The worlds",
        .note = "Means over the test exposures, by the truth. Conversion rate: of all exposures, had "
                "all been clicked, which estimators are to find. Asymptotic bias of clicks: the mean "
                "bias that training on clicks alone is left with as the log grows.",
        .column = column,
        .columns = RATE_COLUMNS,
        .rows = rows,
        .cell = cell};
    if (!status && known)
        status = grid_print(&grid, d->format, true, d->file, message);
    if (!status && labels > 0) {
        char text[64], number[32];
        snprintf(text, sizeof text, "The test sample has %s rows.", grouped(labels, number));
        document_paragraph(d, NULL, text);
    }
    free(cell);
    return status;
}

/* The files of real data. */
static Status write_data(const Provenance *p, const Spec *spec, const Document *d, Message *message)
{
    static const Column column[FILE_COLUMNS] = {{"file", "file", CELL_TEXT, 1},
                                                {"made", "hash and size", CELL_TEXT, 1}};
    char title[128];
    if (p->data.parts == 0)
        return STATUS_OK;
    Cell *cell = calloc((size_t)p->data.parts * FILE_COLUMNS, sizeof *cell);
    if (!cell)
        return fail_memory(message, "the data");
    for (int i = 0; i < p->data.parts; i++) {
        const char *slash = strrchr(p->data.part[i].name, '/');
        Cell *row = cell + (size_t)i * FILE_COLUMNS;
        row[0] = cell_text(slash ? slash + 1 : p->data.part[i].name);
        row[1] = cell_text(p->data.part[i].made);
    }
    snprintf(title, sizeof title, "Data: %s", spec && spec->layout ? layout_name(spec->layout) : "files");
    const Grid grid = {.experiment = p->name,
                       .setting = "",
                       .title = title,
                       .note = "",
                       .column = column,
                       .columns = FILE_COLUMNS,
                       .rows = p->data.parts,
                       .cell = cell};
    Status status = grid_print(&grid, d->format, true, d->file, message);
    free(cell);
    return status;
}

Status report_settings(const Report *report, const Chosen *chosen, int level, const Document *d,
                       Message *message)
{
    const Provenance *p = provenance_find(&report->list, chosen->experiment);
    Coverage coverage;
    Message why;
    const bool read = !coverage_read(&coverage, report->results->store, p, &why);
    document_heading(d, level, "Settings");
    Status status = write_line(d, chosen, write_settings_line, message);
    if (!status)
        status = write_line(d, chosen, write_estimators_line, message);
    if (!status && read && !coverage.spec->layout)
        status = write_line(d, coverage.spec, write_sizes, message);
    if (!status)
        status = write_rates(chosen, d, message);
    if (!status)
        status = write_data(p, read ? coverage.spec : NULL, d, message);
    coverage_free(&coverage);
    return status;
}
