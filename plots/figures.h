/* The figures: what each is of, and its data. */
#pragma once

#include "results/selection/selection.h"

#include <stdio.h>

typedef enum FigureScope {
    OF_SETTING, /* one for each setting */
    OF_SWEEP,   /* one for all settings, which differ in at least `keys` keys */
} FigureScope;

/* What one figure is drawn from. */
typedef struct FigureSource {
    Store *store;
    const Chosen *chosen;
    const ChosenSetting *setting; /* NULL: all */
    const Measure *measure;       /* NULL for figures of no one measure */
    int escapes;                  /* of texts; see figure_text */
} FigureSource;

/* A figure: its script is NAME.gp. */
typedef struct FigureKind {
    const char *name;
    const char *sql; /* the data of one experiment and setting, the estimator first; NULL: `write` */
    /* Tab-separated lines, the first a comment with the names; *rows is their number. */
    Status (*write)(const FigureSource *source, FILE *file, int *rows, Message *message);
    FigureScope scope;
    int blocks;   /* of sql: an estimator's rows are a block of their own, after two blank lines */
    int keys;     /* the fewest of a sweep */
    int measured; /* is of one measure: a figure for each that is chosen */
    int each;     /* needs a measure with a value per replicate */
    int of_risk;  /* is of the risk layer, which has estimators of its own */
} FigureKind;

/* Ends with a NULL name. */
extern const FigureKind figure_table[];

/* The key along the x axis of a sweep: the one with the most values, of equals the last. */
int figure_x_key(const Chosen *chosen);

/* Writes a text with `escapes` backslashes before what is special to TeX: none, one, or in data files, of
 * which gnuplot takes one away, two. */
void figure_text(FILE *file, const char *text, int escapes);
