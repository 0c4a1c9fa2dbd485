/* Given imputations: from the truth or from the log, then distorted on the logit. */
#include "experiments/inputs/imputations.h"

#include "sim/propensity/from_truth.h"
#include "sim/propensity/noise.h"

#include <stdlib.h>

bool imputations_need_truth(const Spec *setting)
{
    return truth_imputes(setting->imputation);
}

Status imputations_fill(const Spec *setting, const StreamKey *key, const Truth *truth, Log *log,
                        Message *message)
{
    const size_t rows = log->x.rows;
    const Distortion *distortion = &setting->imputation_distortion;
    if (setting->imputation == IMPUTATION_LEARNED)
        return STATUS_OK;
    float *noise;
    Status status = noise_create(&noise, distortion, rows, key, "imputation/noise", message);
    if (status)
        return status;
    log->imputation = calloc(rows, sizeof *log->imputation); /* the log's own from here on */
    if (!log->imputation) {
        free(noise);
        return fail_memory(message, "the imputations");
    }
    if (truth_imputes(setting->imputation))
        truth_imputation(truth, setting->imputation, log->imputation);
    else
        constant_imputation(log->click, log->conversion, rows, log->imputation);
    distort(distortion, 1, noise, rows, log->imputation);
    free(noise);
    return STATUS_OK;
}
