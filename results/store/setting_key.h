/* What tells the settings of an experiment apart: the keys that its sweeps vary, with the value of each in
 * each setting. They are in the table setting_key; nobody needs to take the text of a setting apart. */
#pragma once

#include "results/store/store.h"

/* One key of one setting. */
typedef struct SettingKeyRow {
    char *setting, *key, *value;
    double number; /* the value where it is a number, else NaN */
} SettingKeyRow;

/* By setting, in the order of the settings, and within one in the order of the sweeps. No rows for an
 * experiment without a sweep. */
typedef struct SettingKeyList {
    SettingKeyRow *row;
    int rows;
} SettingKeyList;

/* Reads the keys of every setting of an experiment. Clear the list also after a failure. */
Status setting_keys_read(SettingKeyList *list, Store *store, const char *experiment, Message *message);
void setting_keys_clear(SettingKeyList *list);

/* The value of the key in the setting, or NULL when the setting does not have it. */
const char *setting_key_value(const SettingKeyList *list, const char *setting, const char *key);

/* Writes one row; `position` counts the keys of the setting. */
Status setting_key_write(Store *store, const char *experiment, const char *setting, int position,
                         const KeyValue *pair, Message *message);
