/* What a report is made of. */
#pragma once

#include "experiments/report/document.h"
#include "results/selection/selection.h"
#include "results/store/provenance.h"
#include "sim/base/scratch.h"

#include <limits.h>

/* A figure of the page. */
typedef struct Picture {
    char *path, *narrow; /* in two widths; `narrow` may be NULL */
    char *caption;
    char *experiment;
} Picture;

/* In the order in which they were drawn. */
typedef struct Pictures {
    Picture *picture;
    int count;
} Pictures;

typedef struct Report {
    const StoreResults *results;
    ProvenanceList list;
    Selection selection; /* experiments with anything to tell */
    Scratch scratch;     /* where all is made */
    Pictures pictures;
    char *style, *script; /* of the page */
} Report;

/* Reads what the store has. Clear it also after a failure. */
Status report_read(Report *report, Message *message);
void report_clear(Report *report);

/* Draws the figures of all experiments into the folder. */
Status report_draw(Report *report, const char *scripts, Message *message);

/* Writes the part of the page that is of one experiment of the selection. */
Status report_experiment(const Report *report, int experiment, const Document *d, Message *message);
