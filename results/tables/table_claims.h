/* The table of an experiment's claims. */
#pragma once

#include "results/summary/summary_read.h"
#include "results/tables/grid.h"

/* Prints each claim with its verdict, both sides with their MCSE, and their difference with its 95 %
 * interval; nothing when the experiment has no claims. Of a claim of everywhere it says in how many settings
 * it holds, and below the table in which. In csv it is a block with names of its own, and where there is such
 * a claim with columns of counts of settings by verdict. Without a title where `bare`. */
Status table_claims_print(const ExperimentResults *results, const GridFormat *format, bool bare, FILE *file,
                          Message *message);
