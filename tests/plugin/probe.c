/* A plug-in that does what its option `act` says, and is as wrong as the macros make it that a test compiles
 * it with. */
#include "tests/plugin/probe.h"
#include "cvrlab_plugin.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef ABI
#define ABI CVRLAB_PLUGIN_ABI
#endif
#ifndef HOST
#define HOST CVRLAB_PLUGIN_ABI
#endif
#ifndef SIZE
#define SIZE sizeof(CvrlabPlugin)
#endif
#ifndef NAME
#define NAME "probe"
#endif
#ifndef FLAGS
#define FLAGS 0
#endif
#ifndef FIT
#define FIT fit
#endif
#ifndef OPTION
#define OPTION                                                                                               \
    {                                                                                                        \
        NULL, 0, 0, 0, NULL                                                                                  \
    }
#endif

/* Models that live, calls of fit that run, and the most that did at once: read by the test. */
atomic_int probe_models, probe_calls, probe_most;

/* A function of its own, of a name that the program has too. It is global, and not hidden. */
double mean(double a, double b);
double mean(double a, double b)
{
    return (a + b) / 2;
}

static const CvrlabOption options[] = {
    {"act", 0, 0, 100, "what it does"},
    {"rate", 0.25, 0, 1, "what it predicts"},
    OPTION,
    {NULL, 0, 0, 0, NULL},
};

typedef struct Probe {
    int act;
    float rate;
} Probe;

static void flush_subnormals(void)
{
#if defined __x86_64__
    __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
#elif defined __aarch64__
    __asm__ volatile("msr fpcr, %0" : : "r"(1UL << 24));
#endif
}

/* The first thing about what it is shown that is not as the test has made it; NULL for nothing. */
static const char *wrong(const CvrlabLog *log, const CvrlabLog *unbiased, const CvrlabHost *host)
{
    const CvrlabColumns *c = log->x->columns;
    if (host->size != sizeof *host || log->size != sizeof *log || c->size != sizeof *c)
        return "size";
    if (c->categorical != 2 || strcmp(c->name[0], "user") != 0 || c->cardinality[1] != 15 || c->dense != 2)
        return "columns";
    if (host->seed != 0x123456789abcdefU || host->threads != 3 || host->clip != 0.125)
        return "host";
    if (!isnan(host->option(host->context, "none")) || host->option(host->context, "rate") != 0.5)
        return "options";
    if (!log->propensity || log->imputation || !log->action || !unbiased || unbiased->propensity)
        return "log";
    if (!CVRLAB_HAS(CvrlabLog, log, weight) || !log->weight || log->weight[1] != 2 || unbiased->weight)
        return "weight";
    if (!CVRLAB_HAS(CvrlabRows, log->x, stream) || log->x->stream->events != 3)
        return "stream";
    for (uint64_t i = 0; i < unbiased->x->rows; i++)
        if (!unbiased->click[i])
            return "clicks";
    return host->stop(host->context) ? "stop" : NULL;
}

static int failing(const char *text, char *error, size_t room, int result)
{
    snprintf(error, room, "%s", text);
    return result;
}

static int finish(int act, const char *seen, const CvrlabHost *host, char *error, size_t room)
{
    switch (act) {
    case ACT_CHECK:
        host->say(host->context, "half\nway");
        return seen ? failing(seen, error, room, CVRLAB_FAILED) : CVRLAB_DONE;
    case ACT_FAIL:
        return failing("the \033[1mmatrix\n is singular", error, room, CVRLAB_FAILED);
    case ACT_FAIL_SILENTLY:
        return CVRLAB_FAILED;
    case ACT_DIVERGE:
        return failing("the loss is NaN", error, room, CVRLAB_DIVERGED);
    case ACT_SKIP:
        return failing("only for binary features", error, room, CVRLAB_SKIP);
    case ACT_OTHER:
        return 42;
    case ACT_OVERRUN:
        memset(error, 'x', room);
        return CVRLAB_FAILED;
    default:
        return CVRLAB_DONE;
    }
}

static int fit(void **model, const CvrlabLog *log, const CvrlabLog *unbiased, const CvrlabHost *host,
               char *error, size_t room)
{
    Probe *probe = calloc(1, sizeof *probe);
    const int calls = ++probe_calls;
    if (calls > probe_most)
        probe_most = calls;
    probe_models++;
    *model = probe;
    probe->act = (int)host->option(host->context, "act");
    probe->rate = (float)mean(host->option(host->context, "rate"), host->option(host->context, "rate"));
    if (probe->act == ACT_FLUSH)
        flush_subnormals();
    if (probe->act == ACT_LINGER)
        usleep(20000);
    for (int k = 0; k < 10000 && probe->act == ACT_MEET && probe_most < 2; k++)
        usleep(1000);
    probe_calls--;
    return finish(probe->act, wrong(log, unbiased, host), host, error, room);
}

static int predict(void *model, const CvrlabRows *x, float *cvr, float *ctr, char *error, size_t room)
{
    const Probe *probe = model;
    if (probe->act == ACT_FAIL_LATE)
        return failing("no such row", error, room, CVRLAB_FAILED);
    for (uint64_t i = 0; i < x->rows && probe->act != ACT_NOTHING; i++)
        cvr[i] = probe->act == ACT_LOGITS ? (float)i - 3 : probe->rate;
    if (probe->act == ACT_NAN)
        cvr[7] = NAN;
    for (uint64_t i = 0; i < x->rows; i++)
        if (probe->act == ACT_CTR || (probe->act == ACT_HALF_A_CTR && i % 2))
            ctr[i] = 0.75F;
    return CVRLAB_DONE;
}

static void destroy(void *model)
{
    probe_models--;
    free(model);
}

const CvrlabPlugin *cvrlab_plugin(uint32_t host_abi)
{
    static const CvrlabPlugin probe = {.size = SIZE,
                                       .abi = ABI,
                                       .name = NAME,
                                       .version = "2.1",
                                       .summary = "for tests",
                                       .cite = "nobody",
                                       .flags = FLAGS,
                                       .option = options,
                                       .fit = FIT,
                                       .predict = predict,
                                       .destroy = destroy};
    return host_abi == HOST ? &probe : NULL;
}
