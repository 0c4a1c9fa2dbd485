/* Nothing is repaired in silence: probabilities outside of [0, 1] are refused, not clipped, and a row that
 * is missing or there twice is named. */
#include "experiments/outside/predictions.h"

#include "experiments/outside/flat_json.h"
#include "experiments/outside/npy.h"
#include "sim/base/text.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 256 };

/* A file of predictions being read. */
typedef struct PredictionFile {
    char path[PATH_MAX];
    FILE *file;
    size_t rows;
    double *cvr, *ctr; /* ctr: of the column of a csv file */
    bool has_ctr;
    Message *why;
} PredictionFile;

static bool ends_in(const char *name, const char *ending)
{
    const size_t length = strlen(name), end = strlen(ending);
    return length > end && !strcmp(name + length - end, ending);
}

/* A number alone on the line, or up to a comma; NaN and inf count. */
static bool read_number(const char *text, char **end, double *value)
{
    *value = strtod(text, end);
    if (*end == text)
        return false;
    *end += strspn(*end, " \t\r\n");
    return true;
}

static Status wrong_line(const PredictionFile *f, size_t line, const char *text, const char *expected)
{
    char copy[LINE], found[SHOWN_TEXT];
    snprintf(copy, sizeof copy, "%.*s", (int)strcspn(text, "\r\n"), text);
    return fail(f->why, STATUS_USAGE, "%s:%zu: found '%s'; expected %s", f->path, line, shown(copy, found),
                expected);
}

static Status read_lines(PredictionFile *f)
{
    char line[LINE], *end;
    size_t i = 0;
    for (; fgets(line, sizeof line, f->file); i++) {
        if (i == f->rows)
            return fail(f->why, STATUS_USAGE, "%s: has more than %zu lines; expected one a test exposure",
                        f->path, f->rows);
        if (!read_number(line, &end, &f->cvr[i]) || *end)
            return wrong_line(f, i + 1, line, "a number alone on its line");
    }
    return i == f->rows ? STATUS_OK
                        : fail(f->why, STATUS_USAGE, "%s: has %zu lines; expected %zu, one a test exposure",
                               f->path, i, f->rows);
}

static Status read_header(PredictionFile *f)
{
    char line[LINE];
    if (!fgets(line, sizeof line, f->file))
        return fail(f->why, STATUS_USAGE, "%s: is empty; expected the header row,cvr or row,cvr,ctr",
                    f->path);
    line[strcspn(line, "\r\n")] = 0;
    f->has_ctr = !strcmp(line, "row,cvr,ctr") || !strcmp(line, "\"row\",\"cvr\",\"ctr\"");
    if (!f->has_ctr && strcmp(line, "row,cvr") != 0 && strcmp(line, "\"row\",\"cvr\"") != 0)
        return wrong_line(f, 1, line, "the header row,cvr or row,cvr,ctr");
    return STATUS_OK;
}

static Status read_row(PredictionFile *f, char *line, size_t number, uint8_t *seen)
{
    char *end;
    const unsigned long long row = strtoull(line, &end, 10);
    double cvr, ctr = (double)NAN;
    if (end == line || *end != ',')
        return wrong_line(f, number, line, "the number of a row, and a comma");
    bool right = read_number(end + 1, &end, &cvr);
    if (right && f->has_ctr)
        right = *end == ',' && read_number(end + 1, &end, &ctr);
    if (!right || *end)
        return wrong_line(f, number, line, f->has_ctr ? "row,cvr,ctr" : "row,cvr");
    if (row >= f->rows)
        return fail(f->why, STATUS_USAGE, "%s:%zu: row %llu; expected 0 to %zu", f->path, number, row,
                    f->rows - 1);
    if (seen[row])
        return fail(f->why, STATUS_USAGE, "%s:%zu: row %llu is there twice", f->path, number, row);
    seen[row] = 1;
    f->cvr[row] = cvr;
    f->ctr[row] = ctr;
    return STATUS_OK;
}

static Status read_table(PredictionFile *f)
{
    char line[LINE];
    uint8_t *seen = calloc(f->rows + 1, sizeof *seen);
    Status status = seen ? read_header(f) : fail_memory(f->why, "predictions");
    size_t rows = 0;
    for (; !status && fgets(line, sizeof line, f->file); rows++)
        status = read_row(f, line, rows + 2, seen);
    if (!status && rows < f->rows) {
        size_t missing = 0;
        while (seen[missing])
            missing++;
        status = fail(f->why, STATUS_USAGE, "%s: has %zu rows; expected %zu: row %zu is missing", f->path,
                      rows, f->rows, missing);
    }
    free(seen);
    return status;
}

static Status open_file(PredictionFile *f, const char *folder, const char *name)
{
    if (snprintf(f->path, sizeof f->path, "%s/%s", folder, name) >= PATH_MAX)
        return fail(f->why, STATUS_USAGE, "%s: the name is too long", folder);
    f->file = fopen(f->path, "rbe");
    return f->file ? STATUS_OK : fail(f->why, STATUS_FAILED, "%s: cannot open: %s", f->path, strerror(errno));
}

/* Reads the file by its ending into f->cvr. */
static Status read_file(PredictionFile *f, const char *folder, const char *name)
{
    Status status = open_file(f, folder, name);
    if (status)
        return status;
    status = ends_in(name, ".npy")   ? npy_read(f->file, f->path, f->rows, f->cvr, f->why)
             : ends_in(name, ".csv") ? read_table(f)
             : ends_in(name, ".txt")
                 ? read_lines(f)
                 : fail(f->why, STATUS_USAGE, "%s: expected a file that ends in .npy, .txt or .csv", f->path);
    (void)fclose(f->file);
    return status;
}

static bool is_there(const char *folder, const char *name)
{
    char path[PATH_MAX];
    return snprintf(path, sizeof path, "%s/%s", folder, name) < PATH_MAX && access(path, F_OK) == 0;
}

/* The file of CVR: the one that was named, or the one that is there; NULL for none, and a fault where there
 * are two, since one of them may be old. */
static Status find_file(const PredictionPlace *place, const char **name, Message *why)
{
    static const char *const known[] = {"cvr.npy", "cvr.txt", "cvr.csv"};
    *name = NULL;
    if (place->file) {
        *name = is_there(place->folder, place->file) ? place->file : NULL;
        return *name ? STATUS_OK : fail(why, STATUS_USAGE, "%s: there is no %s", place->folder, place->file);
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!is_there(place->folder, known[i]))
            continue;
        if (*name)
            return fail(why, STATUS_USAGE, "%s: there are both %s and %s; expected one of them",
                        place->folder, *name, known[i]);
        *name = known[i];
    }
    return *name ? STATUS_OK
                 : fail(why, STATUS_USAGE, "%s: no predictions; expected cvr.npy, cvr.txt or cvr.csv",
                        place->folder);
}

/* Whether all are probabilities, or NaN; `state` is what they are. */
static PredictionState check(const double *p, size_t rows, const char *path, Message *why)
{
    size_t undefined = 0;
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (size_t i = 0; i < rows; i++) {
        if (!isfinite(p[i])) {
            undefined++;
            continue;
        }
        low = fmin(low, p[i]);
        high = fmax(high, p[i]);
    }
    if (undefined)
        return (void)fail(why, STATUS_OK, "%s: %zu of %zu predictions are NaN or infinite", path, undefined,
                          rows),
               PREDICTIONS_DIVERGED;
    if (rows && (low < 0 || high > 1))
        return (void)fail(why, STATUS_OK,
                          "%s: predictions from %.6g to %.6g; expected probabilities in [0, 1]%s", path, low,
                          high, low < 0 ? " (are they logits?)" : ""),
               PREDICTIONS_WRONG;
    return PREDICTIONS_DONE;
}

static void narrow(const double *from, size_t rows, float *to)
{
    for (size_t i = 0; i < rows; i++)
        to[i] = (float)from[i];
}

/* A report that cannot be read is a fault of the model that wrote it. */
static Status read_report(const char *folder, PredictionReport *report, Message *why)
{
    char path[PATH_MAX];
    FlatJson *json;
    *report = (PredictionReport){.seconds = (double)NAN};
    if (!is_there(folder, "report.json"))
        return STATUS_OK;
    json = malloc(sizeof *json);
    if (!json)
        return fail_memory(why, "a report");
    snprintf(path, sizeof path, "%s/report.json", folder);
    Status status = flat_json_read(json, path, why);
    const char *diverged = status ? NULL : flat_json_find(json, "diverged");
    const char *seconds = status ? NULL : flat_json_find(json, "seconds");
    const char *steps = status ? NULL : flat_json_find(json, "steps");
    const char *parameters = status ? NULL : flat_json_find(json, "parameters");
    report->diverged = diverged && !strcmp(diverged, "true");
    if (seconds && atof(seconds) >= 0)
        report->seconds = atof(seconds);
    report->steps = steps ? atoll(steps) : 0;
    report->parameters = parameters ? atoll(parameters) : 0;
    free(json);
    return status;
}

/* Probabilities of click, of a file of their own. */
static Status read_ctr(PredictionFile *f, const char *folder)
{
    static const char *const known[] = {"ctr.npy", "ctr.txt"};
    PredictionFile own = {.rows = f->rows, .cvr = f->ctr, .why = f->why};
    for (size_t i = 0; !f->has_ctr && i < sizeof known / sizeof *known; i++) {
        if (!is_there(folder, known[i]))
            continue;
        Status status = read_file(&own, folder, known[i]);
        if (status)
            return status;
        f->has_ctr = true;
    }
    return STATUS_OK;
}

/* Reads all of what there is; the state of what was read, and `why`. */
static Status read_all(const PredictionPlace *place, PredictionFile *f, PredictionReport *report,
                       PredictionState *state, Message *why)
{
    const char *name;
    Status status = find_file(place, &name, why);
    if (!name) {
        *state = report->diverged ? PREDICTIONS_DIVERGED : PREDICTIONS_NONE;
        if (report->diverged)
            (void)fail(why, STATUS_OK, "%s/report.json says that training diverged", place->folder);
        return STATUS_OK;
    }
    if (!status)
        status = read_file(f, place->folder, name);
    if (!status)
        status = read_ctr(f, place->folder);
    if (status == STATUS_MEMORY)
        return status;
    *state = status ? PREDICTIONS_WRONG : check(f->cvr, f->rows, f->path, why);
    if (*state == PREDICTIONS_DONE && f->has_ctr)
        *state = check(f->ctr, f->rows, "ctr", why);
    return STATUS_OK;
}

Status predictions_read(const PredictionPlace *place, float *cvr, float *ctr, PredictionReport *report,
                        PredictionState *state, Message *why)
{
    const size_t rows = place->rows;
    double *value = calloc(2 * rows + 1, sizeof *value);
    PredictionFile f = {.rows = rows, .cvr = value, .ctr = value ? value + rows : NULL, .why = why};
    Status status = value ? read_report(place->folder, report, why) : fail_memory(why, "predictions");
    if (status == STATUS_USAGE) {
        *state = PREDICTIONS_WRONG;
        status = STATUS_OK;
    } else if (!status) {
        status = read_all(place, &f, report, state, why);
    }
    if (!status && *state == PREDICTIONS_DONE && report->diverged) {
        (void)fail(why, STATUS_OK, "%s/report.json says that training diverged", place->folder);
        *state = PREDICTIONS_DIVERGED;
    }
    if (!status && *state == PREDICTIONS_DONE) {
        narrow(f.cvr, rows, cvr);
        if (f.has_ctr)
            narrow(f.ctr, rows, ctr);
        for (size_t i = 0; !f.has_ctr && i < rows; i++)
            ctr[i] = NAN;
    }
    free(value);
    return status;
}
