/* The figures: what each one shows, which experiments it suits, and its data. The folder draws what a store
 * holds, with gnuplot; it may include results/ and sim/base. */
#pragma once

#include "results/selection/selection.h"

#include <stdbool.h>
#include <stdio.h>

typedef enum FigureScope {
    OF_SETTING, /* one for each setting */
    OF_SWEEP,   /* one for all settings, which differ in at least `keys` keys */
} FigureScope;

/* Experiments of which a figure is drawn when no figure is named: of one setting, whose truth is known or
 * not, or with a sweep, of one, two or more keys. */
typedef enum FigureSuits {
    SUITS_TRUTH = 1,
    SUITS_LABELS = 2,
    SUITS_ONE_KEY = 4,
    SUITS_TWO_KEYS = 8,
    SUITS_MORE_KEYS = 16,
} FigureSuits;

/* Where a text of a figure stands, which decides on what is escaped in it. */
typedef enum FigurePlace {
    FIGURE_PLAIN = 0,
    FIGURE_TEX = 1,  /* TeX reads it */
    FIGURE_DATA = 2, /* gnuplot reads it first, as a field of a data file, and takes backslashes away */
} FigurePlace;

enum { KEY_TITLE = 128 };

/* Writes what a key of a sweep is called on an axis, "hidden confounder in clicks (logits)". */
typedef void KeyTitle(const char *key, char title[KEY_TITLE]);

/* What one figure is drawn from. */
typedef struct FigureSource {
    const Chosen *chosen;
    const ChosenSetting *setting; /* NULL: all */
    const Measure *measure;       /* NULL for figures of no one measure */
    FigurePlace place;            /* where texts are written; see figure_text */
    KeyTitle *key_title;          /* NULL: keys go by their own names */
} FigureSource;

/* A kind of figure. Its script is NAME.gp. */
typedef struct FigureKind {
    const char *name;
    const char *caption; /* what it shows, without metric and setting */
    const char *along;   /* what stands along the x axis of a figure that is drawn as a sweep is, and of a
                            setting; NULL of others */
    FigureScope scope;
    int keys;              /* the fewest of a sweep */
    unsigned suits;        /* FigureSuits */
    bool needs_replicates; /* of each metric that has a value per replicate, no others */
    bool of_claims;        /* shows claims of everywhere, and needs no estimators */
    bool of_risk;          /* shows the risk layer, which has estimators of its own */
    /* It is drawn once for each metric that is chosen; these are drawn when none is, where the truth is known
     * (elsewhere AUC). Without any, the figure is of no one metric. */
    const char *metric[2];
    /* Writes tab-separated lines, the first a comment with the names; *rows is their number. */
    Status (*write)(const FigureSource *source, FILE *file, int *rows, Message *message);
} FigureKind;

/* Ends with a NULL name. */
extern const FigureKind figure_table[];

/* STATUS_USAGE for a name that is not in the table. */
Status figure_check_name(const char *name, Message *message);

/* Whether the figure is drawn of the experiment when no figure is named. */
bool figure_suits(const FigureKind *kind, const Chosen *chosen);

/* What the help says of figures: the name and caption of each, and of which experiments it is drawn when no
 * figure is named. */
enum { FIGURE_HELP = 2048 };
void figure_help(char text[FIGURE_HELP]);

/* The key along the x axis of a sweep: the one with the most values, of equals the last. */
int figure_x_key(const Chosen *chosen);

/* What the key is called; the key itself where nothing else is known. */
void figure_key_title(const FigureSource *source, const char *key, char title[KEY_TITLE]);

/* Writes a text that comes out of the figure as it is, but for control characters and, in data, double
 * quotes; `place` may be the sum of two. */
void figure_text(FILE *file, const char *text, FigurePlace place);
