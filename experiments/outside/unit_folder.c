/* The arrays of a unit are listed once, and the list is what is written, hashed and described in the
 * manifest.
 */
#include "experiments/outside/unit_folder.h"

#include "estimators/core/train.h"
#include "experiments/identity/version.h"
#include "experiments/outside/flat_json.h"
#include "experiments/outside/npy.h"
#include "experiments/spec/outside_method.h"
#include "experiments/spec/override.h"
#include "results/tables/markup.h"
#include "sim/base/directory.h"
#include "sim/base/sha256.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void unit_label(const UnitPlace *place, char label[UNIT_LABEL])
{
    snprintf(label, UNIT_LABEL, "s%d-w%d-r%d", place->setting, place->world, place->replicate);
}

bool unit_label_read(const char *label, UnitPlace *place)
{
    char again[UNIT_LABEL];
    UnitPlace read = {0, 0, 0};
    if (sscanf(label, "s%d-w%d-r%d", &read.setting, &read.world, &read.replicate) != 3)
        return false;
    unit_label(&read, again);
    if (read.setting < 0 || read.world < 0 || read.replicate < 0 || strcmp(again, label) != 0)
        return false;
    *place = read;
    return true;
}

Status unit_content(const Sample *sample, Propensities *propensities, const Features *test,
                    const Spec *setting, const char *method, UnitContent *content, bool *diverged,
                    Message *message)
{
    enum { SIGNED = 0x7fffffff }; /* other programs take no larger seeds */
    const Method any = {.estimator = &(Estimator){.name = "outside"}};
    GivenPropensity given;
    EstimatorOptions options = {.train = setting->train};
    Status status = propensities_for(propensities, &any, &given, message);
    if (!status && method)
        status = override_options(setting, method, &options, message);
    if (status)
        return status;
    *diverged = given.diverged;
    *content = (UnitContent){.log = *sample->log,
                             .unbiased = sample->unbiased,
                             .test = test,
                             .spec = setting,
                             .method = method,
                             .seed = (uint32_t)(stream_hash(&sample->key, "external") & SIGNED),
                             .clip = propensity_clip(&options.train, sample->log)};
    content->log.propensity = given.p;
    return STATUS_OK;
}

/* An array of a unit. */
typedef struct UnitArray {
    const char *name; /* "log_id" */
    NpyArray array;
    bool of_test;
} UnitArray;

enum { MAX_ARRAYS = 24 };

typedef struct UnitArrays {
    int count;
    UnitArray at[MAX_ARRAYS];
} UnitArrays;

static void add_array(UnitArrays *list, const char *name, NpyArray array)
{
    list->at[list->count++] = (UnitArray){name, array, !strncmp(name, "test_", 5)};
}

static NpyArray matrix(const char *dtype, size_t rows, int columns, const void *data)
{
    return (NpyArray){.dtype = dtype, .rows = rows, .columns = (size_t)columns, .data = data};
}

static NpyArray column(const char *dtype, size_t rows, const void *data)
{
    return (NpyArray){.dtype = dtype, .rows = rows, .flat = 1, .data = data};
}

/* Ids are below 2^31, so that signed integers hold them: other programs know no unsigned ones. */
static void add_features(UnitArrays *list, const char *id, const char *dense, const Features *x)
{
    add_array(list, id, matrix("<i4", x->rows, x->schema.categorical, x->id));
    add_array(list, dense, matrix("<f4", x->rows, x->schema.dense, x->dense));
}

static void list_arrays(UnitArrays *list, const UnitContent *content)
{
    const Log *log = &content->log, *unbiased = content->unbiased;
    const ActivityStream *stream = log->x.stream;
    const size_t rows = log->x.rows;
    list->count = 0;
    add_features(list, "log_id", "log_dense", &log->x);
    add_array(list, "log_click", column("|u1", rows, log->click));
    add_array(list, "log_conversion", column("|u1", rows, log->conversion));
    if (log->propensity)
        add_array(list, "log_propensity", column("<f4", rows, log->propensity));
    if (log->weight)
        add_array(list, "log_weight", column("<f4", rows, log->weight));
    if (log->imputation)
        add_array(list, "log_imputation", column("<f4", rows, log->imputation));
    if (log->behaviour)
        add_array(list, "log_action", column("|u1", rows, log->behaviour->action));
    if (log->delays) {
        add_array(list, "log_click_time", column("<f8", rows, log->delays->click_time));
        add_array(list, "log_conversion_time", column("<f8", rows, log->delays->conversion_time));
    }
    if (unbiased) {
        add_features(list, "unbiased_id", "unbiased_dense", &unbiased->x);
        add_array(list, "unbiased_conversion", column("|u1", unbiased->x.rows, unbiased->conversion));
        if (unbiased->weight)
            add_array(list, "unbiased_weight", column("<f4", unbiased->x.rows, unbiased->weight));
    }
    if (stream) {
        const size_t users = log->x.schema.cardinality[FIELD_USER];
        const int events = log->x.schema.events;
        add_array(list, "stream_item", matrix("<i4", users, events, stream->item));
        add_array(list, "stream_action", matrix("|u1", users, events, stream->action));
        add_array(list, "stream_gap", matrix("<f4", users, events, stream->gap));
    }
    add_features(list, "test_id", "test_dense", content->test);
}

static void hash_arrays(const UnitArrays *list, bool labels, char digest[UNIT_DIGEST])
{
    Sha256 hash;
    char text[SHA256_TEXT], header[NPY_HEADER];
    sha256_begin(&hash);
    for (int i = 0; i < list->count; i++) {
        const UnitArray *item = &list->at[i];
        if (labels && item->array.dtype[1] == 'f')
            continue;
        sha256_add(&hash, item->name, strlen(item->name));
        sha256_add(&hash, "\n", 1);
        sha256_add(&hash, header, npy_header(&item->array, header));
        if (npy_bytes(&item->array))
            sha256_add(&hash, item->array.data, npy_bytes(&item->array));
    }
    sha256_end(&hash, text);
    snprintf(digest, UNIT_DIGEST, "%.16s", text);
}

void unit_digest(const UnitContent *content, UnitDigest *digest)
{
    UnitArrays list;
    list_arrays(&list, content);
    hash_arrays(&list, false, digest->all);
    hash_arrays(&list, true, digest->labels);
}

/* FOLDER/NAME.ENDING */
static Status path_in(const char *folder, const char *name, const char *ending, char path[PATH_MAX],
                      Message *message)
{
    return snprintf(path, PATH_MAX, "%s/%s%s", folder, name, ending) < PATH_MAX
               ? STATUS_OK
               : fail(message, STATUS_USAGE, "%s: the name is too long", folder);
}

static Status write_arrays(const char *folder, const UnitArrays *list, const char *linked, Message *message)
{
    Status status = STATUS_OK;
    for (int i = 0; !status && i < list->count; i++) {
        const UnitArray *item = &list->at[i];
        char path[PATH_MAX], there[PATH_MAX];
        status = path_in(folder, item->name, ".npy", path, message);
        if (status)
            return status;
        if (linked && item->of_test && !path_in(linked, item->name, ".npy", there, message) &&
            (!link(there, path) || errno == EEXIST))
            continue;
        status = npy_write(path, &item->array, message);
    }
    return status;
}

/* Tables of comma-separated values: columns of one prefix side by side. */
typedef struct CsvTable {
    const char *name; /* "log" */
    const Log *log;
    const Features *x;
    bool clicks;
} CsvTable;

static void write_csv_head(const CsvTable *table, FILE *file)
{
    const Schema *schema = &table->x->schema;
    for (int f = 0; f < schema->categorical; f++)
        fprintf(file, "%s%s", f ? "," : "", schema->name[f]);
    for (int g = 0; g < schema->groups; g++)
        for (int c = 0; c < schema->group[g].columns; c++)
            fprintf(file, ",%s_%d", schema->group[g].name, c);
    if (!table->log)
        return;
    if (table->clicks)
        fputs(",click", file);
    fputs(",conversion", file);
    if (table->log->propensity)
        fputs(",propensity", file);
    if (table->log->weight)
        fputs(",weight", file);
    if (table->log->imputation)
        fputs(",imputation", file);
    if (table->log->behaviour)
        fputs(",action", file);
    if (table->log->delays)
        fputs(",click_time,conversion_time", file);
}

static void write_csv_row(const CsvTable *table, size_t i, FILE *file)
{
    const Schema *schema = &table->x->schema;
    const Log *log = table->log;
    for (int f = 0; f < schema->categorical; f++)
        fprintf(file, "%s%u", f ? "," : "", table->x->id[i * (size_t)schema->categorical + (size_t)f]);
    for (int d = 0; d < schema->dense; d++)
        fprintf(file, ",%.9g", (double)table->x->dense[i * (size_t)schema->dense + (size_t)d]);
    if (!log)
        return;
    if (table->clicks)
        fprintf(file, ",%d", log->click[i]);
    fprintf(file, ",%d", log->conversion[i]);
    if (log->propensity)
        fprintf(file, ",%.9g", (double)log->propensity[i]);
    if (log->weight)
        fprintf(file, ",%.9g", (double)log->weight[i]);
    if (log->imputation)
        fprintf(file, ",%.9g", (double)log->imputation[i]);
    if (log->behaviour)
        fprintf(file, ",%d", log->behaviour->action[i]);
    if (log->delays)
        fprintf(file, log->conversion[i] ? ",%.17g,%.17g" : ",%.17g,", log->delays->click_time[i],
                log->delays->conversion_time[i]);
}

static Status end_file(FILE *file, const char *path, Message *message)
{
    const bool failed = ferror(file);
    return fclose(file) || failed
               ? fail(message, STATUS_FAILED, "%s: cannot write: %s", path, strerror(errno))
               : STATUS_OK;
}

static Status write_csv(const char *folder, const CsvTable *table, Message *message)
{
    char path[PATH_MAX];
    Status status = path_in(folder, table->name, ".csv", path, message);
    FILE *file = status ? NULL : fopen(path, "we");
    if (status || !file)
        return status ? status : fail(message, STATUS_FAILED, "%s: cannot create: %s", path, strerror(errno));
    write_csv_head(table, file);
    for (size_t i = 0; i < table->x->rows; i++) {
        putc('\n', file);
        write_csv_row(table, i, file);
    }
    putc('\n', file);
    return end_file(file, path, message);
}

static Status write_stream_csv(const char *folder, const Features *x, Message *message)
{
    const size_t events = (size_t)x->schema.events;
    char path[PATH_MAX];
    Status status = path_in(folder, "stream", ".csv", path, message);
    FILE *file = status ? NULL : fopen(path, "we");
    if (status || !file)
        return status ? status : fail(message, STATUS_FAILED, "%s: cannot create: %s", path, strerror(errno));
    fputs("user,event,item,action,gap\n", file);
    for (size_t i = 0; i < x->schema.cardinality[FIELD_USER] * events; i++)
        fprintf(file, "%zu,%zu,%u,%d,%.9g\n", i / events, i % events, x->stream->item[i],
                x->stream->action[i], (double)x->stream->gap[i]);
    return end_file(file, path, message);
}

static Status write_tables(const char *folder, const UnitContent *content, Message *message)
{
    const Log *log = &content->log, *unbiased = content->unbiased;
    Status status = write_csv(folder, &(CsvTable){"log", log, &log->x, true}, message);
    if (!status && unbiased)
        status = write_csv(folder, &(CsvTable){"unbiased", unbiased, &unbiased->x, false}, message);
    if (!status && log->x.stream)
        status = write_stream_csv(folder, &log->x, message);
    return status ? status : write_csv(folder, &(CsvTable){"test", NULL, content->test, false}, message);
}

static bool is_number(const char *text)
{
    static const Field any = {.type = &real_type, .key = "", .low = -HUGE_VAL, .high = HUGE_VAL};
    double number;
    return real_type.parse(&any, &number, text, NULL);
}

/* A number where the text is one, a list where it is in brackets, else a string. */
static void write_value(const char *text, FILE *file)
{
    WordList list;
    if (text[0] != '[' || !words_split(text, &list)) {
        if (is_number(text))
            fputs(text, file);
        else
            json_text(file, text);
        return;
    }
    putc('[', file);
    for (int i = 0; i < list.words; i++) {
        fputs(i ? ", " : "", file);
        write_value(list.word[i], file);
    }
    putc(']', file);
}

/* "NAME": {KEY: VALUE, ...} of the keys of a group, with what the method has for itself. */
static Status write_group(const UnitContent *content, const char *name, const char *prefix, FILE *file,
                          Message *message)
{
    const Spec *spec = content->spec;
    bool first = true;
    fprintf(file, "  \"%s\": {", name);
    for (int i = 0; i < field_count; i++) {
        const Field *field = &field_table[i];
        char value[LIST_TEXT];
        if (strncmp(field->key, prefix, strlen(prefix)) != 0)
            continue;
        field->type->print(field, spec, value);
        for (int o = 0; content->method && o < spec->overrides; o++)
            if (!strcmp(spec->override[o].estimator, content->method) &&
                !strcmp(spec->override[o].key, field->key))
                snprintf(value, sizeof value, "%s", spec->override[o].value);
        fprintf(file, "%s\"%s\": ", first ? "" : ", ", field->key + strlen(prefix));
        write_value(value, file);
        first = false;
    }
    fputs("},\n", file);
    return ferror(file) ? fail(message, STATUS_FAILED, "manifest.json: cannot write") : STATUS_OK;
}

static void write_options(const UnitContent *content, FILE *file)
{
    const Spec *spec = content->spec;
    bool first = true;
    fputs("  \"options\": {", file);
    for (int i = 0; content->method && i < spec->overrides; i++) {
        const Override *override = &spec->override[i];
        if (strcmp(override->estimator, content->method) != 0 || strchr(override->key, '.'))
            continue;
        fputs(first ? "" : ", ", file);
        json_text(file, override->key);
        fputs(": ", file);
        write_value(override->value, file);
        first = false;
    }
    fputs("},\n", file);
}

static void write_needs(const UnitContent *content, FILE *file)
{
    const OutsideMethod *method =
        content->method ? outside_method_find(content->spec, content->method) : NULL;
    char copy[SPEC_WORD] = "", *rest = copy;
    bool first = true;
    if (method)
        snprintf(copy, sizeof copy, "%s", method->needs);
    fputs("  \"needs\": [", file);
    for (char *word = strsep(&rest, ","); word && *word; word = strsep(&rest, ",")) {
        fprintf(file, "%s\"%s\"", first ? "" : ", ", word);
        first = false;
    }
    fputs("]\n", file);
}

static void write_columns(const Schema *schema, FILE *file)
{
    fputs("  \"categorical\": [", file);
    for (int f = 0; f < schema->categorical; f++) {
        fputs(f ? ", {\"name\": " : "{\"name\": ", file);
        json_text(file, schema->name[f]);
        fprintf(file, ", \"cardinality\": %u}", schema->cardinality[f]);
    }
    fputs("],\n  \"dense\": [", file);
    for (int g = 0; g < schema->groups; g++) {
        fputs(g ? ", {\"name\": " : "{\"name\": ", file);
        json_text(file, schema->group[g].name);
        fprintf(file, ", \"columns\": %d}", schema->group[g].columns);
    }
    fputs("],\n", file);
}

static void write_npy_files(const UnitContent *content, FILE *file)
{
    UnitArrays list;
    list_arrays(&list, content);
    for (int i = 0; i < list.count; i++) {
        const NpyArray *array = &list.at[i].array;
        fprintf(file, "%s\n    \"%s\": {\"file\": \"%s.npy\", \"dtype\": \"%s\", \"shape\": [%zu",
                i ? "," : "", list.at[i].name, list.at[i].name, array->dtype, array->rows);
        if (!array->flat)
            fprintf(file, ", %zu", array->columns);
        fputs("]}", file);
    }
}

static void write_csv_files(const UnitContent *content, FILE *file)
{
    fprintf(file, "\n    \"log\": {\"file\": \"log.csv\"},");
    if (content->unbiased)
        fputs("\n    \"unbiased\": {\"file\": \"unbiased.csv\"},", file);
    if (content->log.x.stream)
        fputs("\n    \"stream\": {\"file\": \"stream.csv\"},", file);
    fputs("\n    \"test\": {\"file\": \"test.csv\"}", file);
}

static size_t count_conversions(const Log *log)
{
    size_t count = 0;
    for (size_t i = 0; i < log->x.rows; i++)
        count += log->conversion[i];
    return count;
}

static const char manifest_format[] = "cvrlab-unit";
enum { MANIFEST_VERSION = 1 };

static Status write_manifest(const char *folder, const UnitContent *content, UnitFormat format,
                             Message *message)
{
    const Log *log = &content->log;
    char path[PATH_MAX];
    UnitDigest digest;
    Status status = path_in(folder, "manifest", ".json", path, message);
    FILE *file = status ? NULL : fopen(path, "we");
    if (status || !file)
        return status ? status : fail(message, STATUS_FAILED, "%s: cannot create: %s", path, strerror(errno));
    unit_digest(content, &digest);
    fprintf(file, "{\n  \"format\": \"%s\",\n  \"format_version\": %d,\n  \"made_by\": \"cvrlab %s\",\n",
            manifest_format, MANIFEST_VERSION, CVRLAB_VERSION);
    fprintf(file, "  \"digest\": \"%s\",\n  \"digest_labels\": \"%s\",\n  \"seed\": %u,\n", digest.all,
            digest.labels, content->seed);
    fprintf(file, "  \"rows\": {\"log\": %zu, \"unbiased\": %zu, \"test\": %zu},\n", log->x.rows,
            content->unbiased ? content->unbiased->x.rows : 0, content->test->rows);
    fprintf(file, "  \"clicks\": %zu,\n  \"conversions\": %zu,\n", log_clicks(log), count_conversions(log));
    write_columns(&log->x.schema, file);
    fputs("  \"files\": {", file);
    (format == UNIT_NPY ? write_npy_files : write_csv_files)(content, file);
    fprintf(file, "\n  },\n  \"write\": {\"cvr\": {\"file\": \"cvr.npy\", \"rows\": %zu}},\n",
            content->test->rows);
    fprintf(file, "  \"clip\": %.17g,\n", content->clip);
    status = write_group(content, "model", "model.", file, message);
    if (!status)
        status = write_group(content, "train", "train.", file, message);
    write_options(content, file);
    write_needs(content, file);
    fputs("}\n", file);
    Status end = end_file(file, path, message);
    return status ? status : end;
}

Status unit_folder_write(const char *folder, const UnitContent *content, UnitFormat format,
                         const char *linked, Message *message)
{
    UnitArrays list;
    list_arrays(&list, content);
    Status status = directory_make(folder, NULL, message);
    if (!status)
        status = format == UNIT_NPY ? write_arrays(folder, &list, linked, message)
                                    : write_tables(folder, content, message);
    return status ? status : write_manifest(folder, content, format, message);
}

/* A digest that the manifest states; false when it is none. */
static bool take_digest(const FlatJson *json, const char *key, char digest[UNIT_DIGEST])
{
    const char *found = flat_json_find(json, key);
    if (!found || strlen(found) != UNIT_DIGEST - 1)
        return false;
    memcpy(digest, found, UNIT_DIGEST);
    return true;
}

Status unit_folder_digest(const char *folder, UnitDigest *digest, Message *message)
{
    char path[PATH_MAX];
    FlatJson json;
    Status status = path_in(folder, "manifest", ".json", path, message);
    if (!status)
        status = flat_json_read(&json, path, message);
    if (status)
        return status;
    const char *format = flat_json_find(&json, "format"), *version = flat_json_find(&json, "format_version");
    if (!format || strcmp(format, manifest_format) != 0 || !version || atoi(version) != MANIFEST_VERSION ||
        !take_digest(&json, "digest", digest->all) || !take_digest(&json, "digest_labels", digest->labels))
        return fail(message, STATUS_USAGE,
                    "%s: is no manifest of a unit of version %d; expected one that `cvrlab export` wrote",
                    path, MANIFEST_VERSION);
    return STATUS_OK;
}
