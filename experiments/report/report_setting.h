/* What a report says of the worlds or the data behind its numbers. */
#pragma once

#include "experiments/report/report_parts.h"

/* Writes sizes and rates of the worlds, or the files of the data; the values of the sweep; the estimators. */
Status report_settings(const Report *report, const Chosen *chosen, int level, const Document *d,
                       Message *message);
