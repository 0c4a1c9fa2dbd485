/* The printed table of the risk layer. */
#pragma once

#include "results/grid.h"

/* Prints what the setting has of it, if anything: bias and standard deviation by simulation beside the exact
 * ones. In csv *printed are the columns whose names were printed last; it is kept up to date. */
Status table_print_risk(Store *store, const char *experiment, const char *setting, TableFormat format,
                        const Column **printed, FILE *file, Message *message);
