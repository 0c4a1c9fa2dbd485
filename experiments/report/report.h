/* The report of a store: all that it says of its experiments, as a page to read and to pass on. */
#pragma once

#include "results/summary/summary_read.h"

typedef struct ReportOptions {
    const char *directory; /* where it goes; created when missing */
    const char *scripts;   /* folder of the .gp files, report.css and report.js */
} ReportOptions;

/* Writes index.html, which needs no other file, report.md, and the figures beside it. They are made in a
 * folder of their own and moved into place when all are whole, index.html last: after a failure an old report
 * is as it was, and a new one is not there. */
Status report_write(const StoreResults *results, const ReportOptions *options, Message *message);
