/* Writes units of an experiment as folders, for models that are learned elsewhere. */
#pragma once

#include "experiments/outside/unit_selection.h"

typedef struct ExportOptions {
    const char *folder;
    UnitFormat format;
    UnitSelection selection;
    const char *method; /* from outside, whose options go into the manifests; NULL: none */
    int jobs;           /* worker threads, at least 1 */
} ExportOptions;

/* FOLDER/LABEL of each selected unit, and FOLDER/index.csv of all of them (index.I-of-N.csv of a shard),
 * which says what settings they are of. A unit that is there already stays as it is, with its predictions;
 * one of another experiment or version is refused. *units is how many there are. */
Status export_units(const Spec *spec, const ExportOptions *options, int *units, Message *message);
