/* The settings of an experiment: its joint settings, and in each the grid that its sweeps span, the first
 * sweep varying slowest. Without either there is one setting, the experiment itself. A setting is its number
 * until its Spec is wanted. */
#pragma once

#include "experiments/spec/key.h"

/* The settings, with their keys found once: those of joint settings, then those of the sweeps. */
typedef struct Settings {
    const Spec *spec; /* of the experiment */
    int count;
    Key key[MAX_PAIRS];
} Settings;

/* One setting, made: the experiment's spec with the values set and no sweep left, and the setting's name. */
typedef struct Setting {
    Spec spec;
    char text[SPEC_TEXT]; /* as settings_text writes it */
    char log[SPEC_TEXT];  /* as settings_log writes it */
} Setting;

/* Finds the keys. The spec must outlive the grid. STATUS_USAGE when there are more than MAX_SETTINGS, or when
 * a setting's text would not fit SPEC_TEXT, and as joint_check fails. */
Status settings_create(Settings *settings, const Spec *spec, Message *message);

/* The keys of setting number `index` with their values, texts of the experiment's spec, in their
 * order; returns how many there are. */
int settings_pairs(const Settings *settings, int index, KeyValue pair[MAX_PAIRS]);

/* The name of setting number `index` in stores and tables: "key=value key=value", "" without a sweep. */
void settings_text(const Settings *settings, int index, char text[SPEC_TEXT]);

/* What the random draws of setting number `index` are keyed by: the part of its name that its logs depend on,
 * so that settings that differ only in what comes after the log train on the same logs, and are paired. The
 * whole name where log.shared is off. */
void settings_log(const Settings *settings, int index, char text[SPEC_TEXT]);

/* The first setting whose units of the estimator, if they asked (AskedFor) for no more than this, are those
 * of setting number `index`: it has the same logs, and differs in nothing that reaches them. `index` itself
 * where there is none before it. */
int settings_origin(const Settings *settings, int index, const char *estimator, unsigned asked);

/* Makes setting number `index`. */
Status settings_make(const Settings *settings, int index, Setting *setting, Message *message);
