/* Counting the units that a spec lists against those in the store. */
#include "experiments/report/coverage.h"

#include "experiments/spec/spec_read.h"
#include "results/store/unit_tally.h"

#include <stdlib.h>
#include <string.h>

/* Rows of one setting, not yet counted. */
static void list_setting(Coverage *coverage, const Spec *spec, const char *text)
{
    for (int e = 0; e < spec->estimators; e++) {
        UnitCount *count = &coverage->count[coverage->counts++];
        snprintf(count->setting, sizeof count->setting, "%s", text);
        snprintf(count->estimator, sizeof count->estimator, "%s", spec->estimator[e]);
    }
    for (int p = 0; p < spec->risk_predictors; p++)
        for (int e = 0; e < spec->risk_estimators; e++) {
            UnitCount *count = &coverage->count[coverage->counts++];
            snprintf(count->setting, sizeof count->setting, "%s", text);
            snprintf(count->predictor, sizeof count->predictor, "%s", spec->risk_predictor[p]);
            snprintf(count->estimator, sizeof count->estimator, "%s", spec->risk_estimator[e]);
        }
}

static Status list_counts(Coverage *coverage, const Settings *settings, Message *message)
{
    const Spec *spec = settings->spec;
    size_t each = (size_t)spec->estimators + (size_t)spec->risk_predictors * (size_t)spec->risk_estimators;
    coverage->settings = settings->count;
    coverage->count = calloc((size_t)coverage->settings * each + 1, sizeof *coverage->count);
    if (!coverage->count)
        return fail_memory(message, "the units");
    for (int s = 0; s < coverage->settings; s++) {
        char text[SPEC_TEXT];
        settings_text(settings, s, text);
        list_setting(coverage, spec, text);
    }
    return STATUS_OK;
}

/* Counts what the store has of `count` of the listed units, and what it has beyond them. */
static Status count_range(Coverage *coverage, UnitCount *first, int counts, const UnitRange *range,
                          Store *store, Message *message)
{
    UnitTallyList list;
    Status status = unit_tally_read(&list, store, coverage->spec->name, range, message);
    for (int i = 0; !status && i < list.tallies; i++)
        coverage->beyond += list.tally[i].all;
    for (int i = 0; !status && i < counts; i++) {
        UnitCount *count = &first[i];
        const UnitTally *tally = unit_tally_find(&list, count->setting, count->predictor, count->estimator);
        if (tally) {
            count->done = tally->done;
            count->diverged = tally->diverged;
            count->failed = tally->failed;
            coverage->beyond -= tally->done + tally->diverged + tally->failed + tally->short_of;
        }
        const bool trained = !count->predictor[0];
        count->missing = (int64_t)range->worlds * (trained ? range->replicates : 1) - count->done -
                         count->diverged - count->failed;
        coverage->done += count->done;
        coverage->diverged += count->diverged;
        coverage->failed += count->failed;
        coverage->missing += count->missing;
    }
    unit_tally_clear(&list);
    return status;
}

/* With `precision` settings differ in how many units they have. */
static Status count_units(Coverage *coverage, const Settings *settings, Store *store, Message *message)
{
    const Spec *spec = coverage->spec;
    const int each = coverage->counts / coverage->settings;
    Stages *stages = &coverage->stages;
    Status status = stages_create(stages, settings, store, message);
    if (!status && !spec->precision.bounds)
        return count_range(coverage, coverage->count, coverage->counts,
                           &(UnitRange){NULL, spec->worlds, spec->replicates, spec->risk_redraws}, store,
                           message);
    for (int s = 0; !status && s < coverage->settings; s++) {
        UnitCount *first = coverage->count + (ptrdiff_t)s * each;
        const SettingUnits *units = &stages->setting[s];
        status =
            count_range(coverage, first, each,
                        &(UnitRange){first->setting, units->worlds, units->replicates, spec->risk_redraws},
                        store, message);
    }
    return status;
}

Status coverage_read(Coverage *coverage, Store *store, const Provenance *experiment, Message *message)
{
    Message why;
    Settings settings;
    *coverage = (Coverage){0};
    Spec *spec = coverage->spec = malloc(sizeof *spec);
    Status status = spec ? STATUS_OK : fail_memory(message, "the experiment");
    if (!status && spec_read_text(spec, experiment->spec, experiment->name, &why))
        status = fail(message, STATUS_FAILED, "%s: the spec stored by cvrlab %s: %s", store_path(store),
                      experiment->version, why.text);
    if (!status)
        status = settings_create(&settings, spec, message);
    if (!status)
        status = list_counts(coverage, &settings, message);
    if (!status)
        status = count_units(coverage, &settings, store, message);
    return status;
}

void coverage_free(Coverage *coverage)
{
    stages_clear(&coverage->stages);
    free(coverage->count);
    free(coverage->spec);
    *coverage = (Coverage){0};
}
