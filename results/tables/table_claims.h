/* The table of an experiment's claims. */
#pragma once

#include "results/tables/grid.h"

/* Prints each claim with its verdict, both sides with their MCSE, and their difference with its 95 %
 * interval; nothing when the experiment has no claims. In csv it is a block with names of its own after an
 * empty line. Without a title where `bare`. *printed becomes whether it has any. */
Status table_claims_print(Store *store, const char *experiment, TableFormat format, int bare, FILE *file,
                          int *printed, Message *message);
