/* The plain values of a small JSON file: what a manifest and a report say at their top. Lists and mappings
 * inside are passed over, but for mappings of plain values, whose keys are dotted: "libraries.torch". */
#pragma once

#include "sim/base/status.h"

enum { JSON_VALUES = 64, JSON_KEY = 64, JSON_VALUE = 512 };

typedef struct FlatJson {
    int values;
    char key[JSON_VALUES][JSON_KEY];
    char value[JSON_VALUES][JSON_VALUE]; /* as text: true, 1.5, words without their quotes */
} FlatJson;

/* Values beyond the room are left out. STATUS_FAILED for a file that cannot be opened, STATUS_USAGE for one
 * that is no mapping of JSON. */
Status flat_json_read(FlatJson *json, const char *path, Message *message);

/* NULL for a key that is not there. */
const char *flat_json_find(const FlatJson *json, const char *key);
