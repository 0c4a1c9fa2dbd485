/* An audit as one page of HTML that needs no other file. */
#pragma once

#include "experiments/audit/audit_results.h"

#include <stdio.h>

/* Writes the page: findings first, then each section with its figure and tables. Figures are drawn in a
 * folder that is made in `folder` and goes again; `scripts` is that of the .gp files, report.css and
 * report.js. */
Status audit_page_write(const AuditResults *results, const char *scripts, const char *folder, FILE *file,
                        Message *message);

/* Writes it into a file, which is whole or as it was before. */
Status audit_page_save(const AuditResults *results, const char *scripts, const char *path, Message *message);
