/* The verdicts of a claim of everywhere in words. */
#pragma once

#include "results/claims/claims.h"
#include "results/claims/setting_axes.h"

#include <stdio.h>

/* "holds in 7 of 12 settings, not in 2", "within error in all 12 settings"; of one setting its verdict. */
enum { VERDICT_TEXT = 128 };
void verdict_map_text(const VerdictMap *map, char text[VERDICT_TEXT]);

/* Where it holds, key by key: "by log.size holds at 400000 and 1000000, does not hold at 40000; within error
 * at every value of world.ctr". Of a star the settings of a key are those that change it, and the centre;
 * else a value that holds in some of its settings alone is told with their number. Nothing where all verdicts
 * are the same. */
void verdict_map_where(const VerdictMap *map, const SettingAxes *axes, FILE *file);

/* The settings in which the verdict is this one, by their labels: "everywhere", "everywhere but at
 * log.size=5000", "world.ctr=0.2; world.cvr=0.5", their number where so many labels do not fit, "" where
 * there is none. */
enum { PLACES_TEXT = 256 };
void verdict_map_places(const VerdictMap *map, const SettingAxes *axes, Verdict verdict,
                        char text[PLACES_TEXT]);
