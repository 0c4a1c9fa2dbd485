/* The mean conversion rate of clicks, smoothed by clicks of rate 1/2: a plug-in in C. */
#include "cvrlab_plugin.h"

#include <stdio.h>
#include <stdlib.h>

static const CvrlabOption options[] = {
    {"strength", 2, 0, 1e6, "clicks of rate 1/2 that are added"},
    {NULL, 0, 0, 0, NULL},
};

static int fit(void **model, const CvrlabLog *log, const CvrlabLog *unbiased, const CvrlabHost *host,
               char *error, size_t room)
{
    double clicks = host->option(host->context, "strength"), conversions = clicks / 2;
    float *rate = malloc(sizeof *rate);
    (void)unbiased;
    for (uint64_t i = 0; i < log->x->rows; i++) {
        clicks += log->click[i];
        conversions += log->conversion[i];
    }
    if (!rate)
        return snprintf(error, room, "out of memory"), CVRLAB_FAILED;
    *model = rate;
    *rate = (float)(conversions / clicks);
    return clicks > 0 ? CVRLAB_DONE : (snprintf(error, room, "there are no clicks"), CVRLAB_SKIP);
}

static int predict(void *model, const CvrlabRows *x, float *cvr, float *ctr, char *error, size_t room)
{
    (void)ctr, (void)error, (void)room;
    for (uint64_t i = 0; i < x->rows; i++)
        cvr[i] = *(const float *)model;
    return CVRLAB_DONE;
}

const CvrlabPlugin *cvrlab_plugin(uint32_t host_abi)
{
    static const CvrlabPlugin mean = {
        .size = sizeof mean,
        .abi = CVRLAB_PLUGIN_ABI,
        .name = "mean",
        .version = "1",
        .summary = "the smoothed mean conversion rate of clicks",
        .cite = "",
        .option = options,
        .fit = fit,
        .predict = predict,
        .destroy = free,
    };
    return host_abi == CVRLAB_PLUGIN_ABI ? &mean : NULL;
}
