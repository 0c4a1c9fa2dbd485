/* Versions, as the libraries that are linked say them. */
#include "experiments/identity/version.h"

#include <cblas.h>
#include <gsl/gsl_version.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

void library_versions(char text[LIBRARIES_TEXT])
{
    /* "OpenBLAS 0.3.21 DYNAMIC_ARCH ... Haswell MAX_THREADS=64": name and number are enough, and the kernels
     * it runs. */
    const char *blas = openblas_get_config();
    size_t name = strcspn(blas, " "), number = blas[name] ? strcspn(blas + name + 1, " ") + 1 : 0;
    snprintf(text, LIBRARIES_TEXT, "GSL %s, SQLite %s, %.*s %s, libyaml %s", gsl_version,
             sqlite3_libversion(), (int)(name + number), blas, openblas_get_corename(),
             yaml_get_version_string());
}
