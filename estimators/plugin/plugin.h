/* Estimators in shared libraries: opening them, asking what they are, and calling them.
 *
 * There are two kinds. A plug-in of cvrlab_plugin.h has functions of its own for training and predicting, and
 * is called by plugin_fit_predict(). A native estimator of cvrlab_estimator.h is a descriptor like those of
 * the program, made by plugin_estimator(), and is trained by estimators/core.
 *
 * This folder may include estimators/core, estimators/nn and sim; it prints nothing. */
#pragma once

#include "estimators/core/estimator.h"
#include "estimators/core/sampler.h"

typedef struct Plugin Plugin;

/* Loads the library, whose path must contain a slash (no search path is used), and checks all that can be
 * checked without training. STATUS_FAILED for a file that cannot be read, STATUS_USAGE for one that is no
 * plug-in for this program: the message says what was found and what was expected. The floating-point state
 * is left as it was. A library stays loaded until the program ends, so what it has given stays valid, even
 * after plugin_close(); a file that is opened twice is loaded once. */
Status plugin_open(Plugin **plugin, const char *path, Message *message);

/* NULL is fine. */
void plugin_close(Plugin *plugin);

/* Texts, none of them NULL, which belong to the library. A native estimator has the version "". */
const char *plugin_name(const Plugin *plugin);
const char *plugin_version(const Plugin *plugin);
const char *plugin_summary(const Plugin *plugin);
const char *plugin_cite(const Plugin *plugin);

/* Of enum Needs: its own, without those of a native estimator's backbone. */
unsigned plugin_needs(const Plugin *plugin);

/* MAX_CONSTANTS at most, then one with a NULL key. */
const Constant *plugin_options(const Plugin *plugin);

/* Whether it may not be called in two threads at once, which plugin_fit_predict() sees to. */
bool plugin_serial(const Plugin *plugin);

/* The descriptor of a native estimator; NULL for a plug-in of cvrlab_plugin.h. */
const Estimator *plugin_estimator(const Plugin *plugin);

/* What a plug-in is called with. */
typedef struct PluginInputs {
    const TrainingData *data;
    const Features *test; /* of the log's schema */
    uint64_t seed;
    int threads;          /* that it may use */
    double clip;          /* eps, as propensity_clip() gives it */
    const double *option; /* in the order of plugin_options(); NULL: the defaults */
    /* Whether the run is about to end, and what shows a line of text. Both are called with `context`, in any
     * thread; NULL: nobody asks, nobody listens. */
    bool (*stop)(void *context);
    void (*say)(void *context, const char *text);
    void *context;
} PluginInputs;

enum { PLUGIN_TEXT = 512 /* longest text of a plug-in that is passed on, with its final 0 */ };

/* How it went. Predictions are NaN where one of the first two is set. */
typedef struct PluginReport {
    bool diverged;            /* it says so, or some prediction is not finite */
    bool skipped;             /* it does not apply to these data */
    char reason[PLUGIN_TEXT]; /* of either, one line; "" where the plug-in gives none */
    double seconds;           /* of training, by the wall clock: a plug-in may use several threads */
    bool changed_float_state; /* a call left rounding, flushing of subnormals or traps changed: restored */
} PluginReport;

/* Trains a plug-in of cvrlab_plugin.h, predicts all rows of inputs->test, and frees its model. `cvr` and
 * `ctr` have room for these rows and end in [0, 1]; ctr is NaN where the plug-in gives none. May be called by
 * several threads; plug-ins that are serial wait for each other. STATUS_FAILED, with its name and what it
 * says, where it fails or predicts no probabilities. */
Status plugin_fit_predict(const Plugin *plugin, const PluginInputs *inputs, float *cvr, float *ctr,
                          PluginReport *report, Message *message);
