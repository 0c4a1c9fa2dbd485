/* Versions, as the libraries that are linked say them. */
#include "experiments/identity/version.h"

#include "sim/base/kernel.h"

#include <gsl/gsl_version.h>
#include <sqlite3.h>
#include <stdio.h>
#include <yaml.h>

void library_versions(char text[LIBRARIES_TEXT])
{
    snprintf(text, LIBRARIES_TEXT, "GSL %s, SQLite %s, libyaml %s, kernels %s", gsl_version,
             sqlite3_libversion(), yaml_get_version_string(), instruction_set_name(instruction_set()));
}
