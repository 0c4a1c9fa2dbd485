/* All claims of everywhere of an experiment, with their verdicts: what a table and a figure show of them. */
#pragma once

#include "results/claims/claims.h"
#include "results/claims/setting_axes.h"

typedef struct ClaimMap {
    Claim claim;
    char checked[CLAIM_MARGIN_TEXT]; /* its text with its margin */
    const char *says;                /* in words, or else `checked` */
    VerdictMap map;
} ClaimMap;

/* In the order of the experiment; that of place i has the number i + 1 wherever they are shown. */
typedef struct ClaimMaps {
    ClaimMap *claim;
    int claims;
    SettingAxes axes;
} ClaimMaps;

/* Clear them also after a failure. */
Status claim_maps_read(ClaimMaps *maps, const ExperimentResults *results, Message *message);
void claim_maps_clear(ClaimMaps *maps);
