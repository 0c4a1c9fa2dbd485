/* Workers take (setting, world) pairs, whose units share the opened source and the files of the test
 * exposures. */
#include "experiments/outside/export.h"

#include "sim/base/directory.h"
#include "sim/base/workers.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A row of the index. */
typedef struct Exported {
    UnitPlace place;
    char digest[UNIT_DIGEST];
} Exported;

typedef struct Export {
    const Spec *spec;
    const ExportOptions *options;
    Settings settings;
    pthread_mutex_t lock; /* of what follows */
    int next;             /* (setting, world) */
    Exported *unit;
    int units;
    Status status;
    Message *message;
} Export;

static Status unit_path(const Export *e, const UnitPlace *place, char path[PATH_MAX], Message *message)
{
    char label[UNIT_LABEL];
    unit_label(place, label);
    return snprintf(path, PATH_MAX, "%s/%s", e->options->folder, label) < PATH_MAX
               ? STATUS_OK
               : fail(message, STATUS_USAGE, "%s: the path is too long", e->options->folder);
}

/* Whether the folder holds this very unit; *there. Another one is refused: predictions may be in it. */
static Status look_there(const char *folder, const UnitDigest *digest, bool *there, Message *message)
{
    char path[PATH_MAX + 16];
    UnitDigest stated;
    snprintf(path, sizeof path, "%s/manifest.json", folder);
    *there = access(path, F_OK) == 0;
    if (!*there)
        return STATUS_OK;
    Status status = unit_folder_digest(folder, &stated, message);
    return status || !strcmp(stated.all, digest->all)
               ? status
               : fail(message, STATUS_USAGE,
                      "%s: holds a unit of another experiment or version; expected a folder without, or "
                      "another -o",
                      folder);
}

static Status write_unit(Export *e, const UnitPlace *place, const UnitContent *content, char *linked,
                         Message *message)
{
    char folder[PATH_MAX];
    UnitDigest digest;
    bool there = false;
    Status status = unit_path(e, place, folder, message);
    unit_digest(content, &digest);
    if (!status)
        status = look_there(folder, &digest, &there, message);
    if (!status && !there)
        status = unit_folder_write(folder, content, e->options->format, *linked ? linked : NULL, message);
    if (status)
        return status;
    snprintf(linked, PATH_MAX, "%s", folder);
    pthread_mutex_lock(&e->lock);
    Exported *row = &e->unit[e->units++];
    row->place = *place;
    memcpy(row->digest, digest.all, sizeof row->digest);
    pthread_mutex_unlock(&e->lock);
    return STATUS_OK;
}

static Status export_unit(Export *e, const Setting *setting, const Source *source, const UnitPlace *place,
                          char *linked, Message *message)
{
    Sample sample;
    Propensities *propensities = NULL;
    UnitContent content;
    bool diverged = false;
    Status status = source_draw(source, (uint32_t)place->replicate, &sample, message);
    if (status)
        return status;
    status = propensities_create(&propensities, &setting->spec, &sample, message);
    if (!status)
        status = unit_content(&sample, propensities, source_test(source)->x, &setting->spec,
                              e->options->method, &content, &diverged, message);
    if (!status && diverged)
        status = fail(message, STATUS_FAILED, "the propensities of the log diverged");
    if (!status)
        status = write_unit(e, place, &content, linked, message);
    propensities_free(propensities);
    sample_free(&sample);
    return status;
}

/* The selected replicates of a setting in a world. */
static Status export_world(Export *e, int number, int world, Message *message)
{
    char linked[PATH_MAX] = "";
    Setting *setting = NULL;
    Source *source = NULL;
    Status status = STATUS_OK;
    for (int r = 0; !status && r < e->spec->replicates; r++) {
        const UnitPlace place = {number, world, r};
        if (!unit_selected(&e->options->selection, &e->settings, &place))
            continue;
        if (!source) {
            setting = malloc(sizeof *setting);
            status = setting ? settings_make(&e->settings, number, setting, message)
                             : fail_memory(message, "a setting");
            if (!status)
                status = source_open(&source, &setting->spec, setting->log, (uint32_t)world, NULL, message);
        }
        if (!status)
            status = export_unit(e, setting, source, &place, linked, message);
    }
    source_close(source);
    free(setting);
    return status;
}

static void *work(void *argument)
{
    Export *e = argument;
    const int worlds = e->settings.count * e->spec->worlds;
    for (;;) {
        Message why;
        pthread_mutex_lock(&e->lock);
        const int next = e->status ? worlds : e->next++;
        pthread_mutex_unlock(&e->lock);
        if (next >= worlds)
            return NULL;
        Status status = export_world(e, next / e->spec->worlds, next % e->spec->worlds, &why);
        pthread_mutex_lock(&e->lock);
        if (status && !e->status)
            e->status = fail(e->message, status, "%s", why.text);
        pthread_mutex_unlock(&e->lock);
    }
}

static int by_place(const void *a, const void *b)
{
    const UnitPlace *x = &((const Exported *)a)->place, *y = &((const Exported *)b)->place;
    if (x->setting != y->setting)
        return x->setting < y->setting ? -1 : 1;
    if (x->world != y->world)
        return x->world < y->world ? -1 : 1;
    return (x->replicate > y->replicate) - (x->replicate < y->replicate);
}

static void write_rows(const Export *e, FILE *file)
{
    fputs("label,setting,world,replicate,digest\n", file);
    for (int i = 0; i < e->units; i++) {
        const Exported *row = &e->unit[i];
        char label[UNIT_LABEL], text[SPEC_TEXT];
        unit_label(&row->place, label);
        settings_text(&e->settings, row->place.setting, text);
        fprintf(file, "%s,\"%s\",%d,%d,%s\n", label, text, row->place.world, row->place.replicate,
                row->digest);
    }
}

/* Made beside its place and moved there, so that nobody reads half of it. */
static Status write_index(Export *e, Message *message)
{
    const UnitSelection *selection = &e->options->selection;
    char path[PATH_MAX], made[PATH_MAX + 8], shard[32] = "";
    if (selection->shard.parts > 1)
        snprintf(shard, sizeof shard, ".%d-of-%d", selection->shard.part, selection->shard.parts);
    if (snprintf(path, sizeof path, "%s/index%s.csv", e->options->folder, shard) >= PATH_MAX)
        return fail(message, STATUS_USAGE, "%s: the path is too long", e->options->folder);
    snprintf(made, sizeof made, "%s.new", path);
    FILE *file = fopen(made, "we");
    if (!file)
        return fail(message, STATUS_FAILED, "%s: cannot create: %s", made, strerror(errno));
    qsort(e->unit, (size_t)e->units, sizeof *e->unit, by_place);
    write_rows(e, file);
    const bool failed = ferror(file);
    return fclose(file) || failed || rename(made, path)
               ? fail(message, STATUS_FAILED, "%s: cannot write: %s", path, strerror(errno))
               : STATUS_OK;
}

/* An export is of whole logs, and of ids. */
static Status check_order(const Settings *settings, Message *message)
{
    Status status = STATUS_OK;
    if (settings->spec->reader.columns.bags[0])
        return fail(
            message, STATUS_USAGE,
            "columns.bags: an export writes ids, and not what is in a bag; expected columns.categorical");
    for (int i = 0; !status && i < settings->count; i++) {
        Setting setting;
        status = settings_make(settings, i, &setting, message);
        if (!status && setting.spec.log_order == LOG_BLOCKS)
            status = fail(message, STATUS_USAGE,
                          "log.order: blocks: an export writes whole logs; expected 'log.order: shuffled'");
    }
    return status;
}

Status export_units(const Spec *spec, const ExportOptions *options, int *units, Message *message)
{
    Export e = {.spec = spec, .options = options, .message = message};
    Status status = settings_create(&e.settings, spec, message);
    if (!status)
        status = check_order(&e.settings, message);
    if (!status)
        status = unit_selection_check(&options->selection, &e.settings, message);
    if (!status)
        status = directory_make(options->folder, NULL, message);
    if (status)
        return status;
    e.unit =
        calloc((size_t)e.settings.count * (size_t)spec->worlds * (size_t)spec->replicates, sizeof *e.unit);
    if (!e.unit)
        return fail_memory(message, "the units");
    pthread_mutex_init(&e.lock, NULL);
    status = workers_run(options->jobs, work, &e, message);
    pthread_mutex_destroy(&e.lock);
    if (!status)
        status = e.status;
    if (!status && e.units > 0)
        status = write_index(&e, message);
    *units = e.units;
    free(e.unit);
    return status;
}
