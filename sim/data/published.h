/* Counts that the documentation of public data states, to know whole files by from parts and other versions.
 */
#pragma once

#include "sim/data/reader.h"

/* 0: not stated, or not known. */
typedef struct DataSize {
    size_t rows[PARTS];
    uint32_t users, items; /* different ones in all parts together */
} DataSize;

/* A version of the data of a layout. */
typedef struct Published {
    const char *name, *source; /* NULL ends the list of versions */
    DataSize size;
} Published;

/* The versions of a layout, NULL where nothing is stated of its data. */
const Published *layout_published(const Layout *layout);

enum { PUBLISHED_TEXT = 512 };

/* Compares what was found with the version whose log has the most similar number of rows: "as published: NAME
 * (SOURCE)", or "log rows 6 (published: 100000), ... of NAME (SOURCE)" with all that differs. */
void published_compare(const Published *version, const DataSize *found, char text[PUBLISHED_TEXT]);
