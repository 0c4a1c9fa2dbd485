/* Versions of the program and of the libraries that its numbers come from. */
#pragma once

#define CVRLAB_VERSION "0.1.0"

enum { LIBRARIES_TEXT = 256 };

/* "GSL 2.7.1, SQLite 3.40.1, ...". */
void library_versions(char text[LIBRARIES_TEXT]);
