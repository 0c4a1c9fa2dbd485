/* The table of an experiment's claims. */
#pragma once

#include "results/grid.h"

/* Prints each claim with its verdict, both sides with their MCSE, and their difference with its 95 %
 * interval; nothing when the experiment has no claims. In csv it is a block with names of its own after an
 * empty line; *printed, the columns whose names were printed last, becomes its own. */
Status table_claims_print(Store *store, const char *experiment, TableFormat format, FILE *file,
                          const Column **printed, Message *message);
