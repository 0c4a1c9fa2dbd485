/* An audit as text or tables. */
#pragma once

#include "experiments/audit/audit_results.h"
#include "results/tables/grid.h"

/* Prints all sections, each with its finding below it. Programs get the findings as a table at the end. */
Status audit_print(const AuditResults *results, const GridFormat *format, FILE *file, Message *message);
