/* Whether what the store has of an experiment is of this program's code and of the data as they are now. */
#pragma once

#include "experiments/outside/model_code.h"
#include "experiments/run/run.h"
#include "results/store/origin.h"
#include "sim/data/data_files.h"

/* What this program and the data are, for the store. Plain memory and what it owns; not to be moved. */
typedef struct RunOrigin {
    Origin origin;
    CodeRow code[MAX_ESTIMATORS + 1]; /* the last one may be the risk layer's */
    FileRow *file;
    DataFiles files;
    char (*model)[MODEL_CODE]; /* of the methods from outside */
    char base[2 * WORD_SIZE], risk_base[3 * WORD_SIZE], cpu[WORD_SIZE * 2];
} RunOrigin;

/* Hashes the data and gathers the code of what is to run. Clear it also after a failure. */
Status run_origin_create(RunOrigin *run, const Spec *spec, const RunOptions *options, Message *message);
void run_origin_clear(RunOrigin *run);

/* Compares them with an experiment that the store has, and where code has changed computes one of its units
 * again: sets the answers that store_experiment goes by, and tells through options->note. Does nothing for an
 * experiment that the store does not have, or has with another fingerprint. */
Status run_origin_check(RunOrigin *run, Store *store, const Spec *spec, const Fingerprint *fingerprint,
                        const RunOptions *options, Message *message);
