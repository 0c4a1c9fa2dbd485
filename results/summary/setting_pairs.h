/* The keys and values of a setting, which the text of the setting is only the face of. */
#pragma once

#include "sim/base/status.h"

#include <stdbool.h>

enum { PAIR_TEXT = 256 /* longest key and longest value, with the final 0 */ };

typedef struct SettingPair {
    char key[PAIR_TEXT], value[PAIR_TEXT];
} SettingPair;

/* Zero at first. */
typedef struct SettingPairs {
    SettingPair *pair; /* in the order of the sweeps */
    int pairs;
} SettingPairs;

/* Adds copies of the texts. */
Status setting_pairs_add(SettingPairs *pairs, const char *key, const char *value, Message *message);
void setting_pairs_clear(SettingPairs *pairs);

/* The value of the key, or NULL. */
const char *setting_pairs_find(const SettingPairs *pairs, const char *key);

/* Whether the two are the same number, or else the same text. */
bool value_equal(const char *a, const char *b);
