/* The table of an experiment's claims. */
#pragma once

#include "results/summary/summary_read.h"
#include "results/tables/grid.h"

/* Prints each claim with its verdict, both sides with their MCSE, and their difference with its 95 %
 * interval; nothing when the experiment has no claims. In csv it is a block with names of its own.
 * Without a title where `bare`. */
Status table_claims_print(const ExperimentResults *results, const GridFormat *format, bool bare, FILE *file,
                          Message *message);
