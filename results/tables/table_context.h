/* What the kinds of table share: metrics of a setting as columns of cells, and notes. */
#pragma once

#include "results/tables/table.h"

enum { NOTE = 2048, TITLE = 1024 };

/* One experiment on its way to the page. */
typedef struct Page {
    const Chosen *chosen;
    const TableOptions *options;
    const GridFormat *format;
    FILE *file;
    const char *baseline;
    Measure measure[MOST_MEASURES];
    int measures;
    const Measure *sort; /* NULL: none */
    bool ranks;          /* its main tables are those of ranks */
} Page;

/* Whether any of these parts (TablePart) is to be printed. */
bool page_has(const Page *page, unsigned parts);

/* What the page calls a chosen estimator: its label for readers, its name for programs. */
const char *page_name(const Page *page, int estimator);

/* The same of the baseline. */
const char *page_baseline(const Page *page);

/* The results of a chosen estimator in a setting. */
const EstimatorResults *page_cell(const Page *page, const ChosenSetting *setting, int estimator);

/* A column of a grid: the cell of each chosen estimator is `stride` after that of the one before. */
typedef struct CellColumn {
    Cell *cell;
    size_t stride;
} CellColumn;

/* The measure of each chosen estimator. */
Status page_values(const Page *page, const ChosenSetting *setting, const Measure *measure, CellColumn column,
                   Message *message);

/* The paired difference of each chosen estimator from the baseline by the measure's metric, and the p-value
 * by Holm's method over all estimators of the experiment. NaN for the baseline itself, and all NaN where the
 * measure has no value per replicate. */
typedef struct Compared {
    Cell difference, p;
    bool unresolved; /* the standard error is above a third of the difference */
} Compared;
Status page_compare(const Page *page, const ChosenSetting *setting, const Measure *measure,
                    Compared *compared, Message *message);

/* Places of the chosen estimators in the order of the page: of the spec, or by the mean of page->sort over
 * the settings, best first. */
Status page_order(const Page *page, const ChosenSetting *setting, int settings, int *order, Message *message);

/* Marks those of the column that may be the best of it: whose place among all estimators is 1 in a 95 %
 * confidence set of all places at once. None where that holds for all, and of measures that have neither
 * values per replicate nor such a set. */
Status mark_best(const Page *page, const ChosenSetting *setting, const Measure *measure, CellColumn column,
                 Message *message);

/* Whether the measure exists only in worlds with two replicates. */
bool needs_replicates(const Measure *measure);

/* How a value of the measure is shown. */
CellKind measure_kind(const Measure *measure);
double measure_scale(const Measure *measure, bool truth);

/* Adds formatted text to a line that may fill up. */
void note_add(char note[NOTE], const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "16 replicates an estimator in 2 worlds, 1 diverged: ips 1; 2 failed: dr 2. ± Monte Carlo standard error,
 * ..." */
Status note_units(const Page *page, const ChosenSetting *setting, int settings, char note[NOTE],
                  Message *message);

/* Which of the chosen methods saw the unbiased sample through tuning alone; nothing where nothing was tuned
 * on it. */
void note_tuning(const Page *page, char note[NOTE]);
/* Where replicates were chosen by precision: what it asked, and the largest standard errors of these
 * settings. */
void note_precision(const Page *page, const ChosenSetting *setting, int settings, char note[NOTE]);

/* The worlds that bias² and variance leave out, of a setting or of the worst of several: "; worlds with the
 * two replicates that bias² and variance need: ips 3 of 4". Nothing where they leave out none. */
void note_few_worlds(const Page *page, const ChosenSetting *setting, int settings, char note[NOTE]);

/* What marks seconds of models from outside, if the measure is seconds and there are any. */
void note_seconds(const Page *page, const Measure *measure, char note[NOTE]);

/* What a rank is, if the measure is one: "; rank by mse, with a 95 % confidence set of each estimator by
 * itself". */
void note_rank(const Measure *measure, char note[NOTE]);

/* The kinds of table. */
Status print_setting(const Page *page, const ChosenSetting *setting, bool names, Message *message);
Status print_sweep(const Page *page, Message *message);

/* Relative improvements in each chosen setting: (M - delay_pretrained) / (delay_oracle - delay_pretrained) of
 * each metric. STATUS_USAGE where one of the two has no runs. */
Status print_relative(const Page *page, Message *message);

/* Published figures beside ours, by options->published. */
Status print_published(const Page *page, bool names, Message *message);

/* Of an experiment whose settings differ in Gamma alone, the odds ratio of hidden confounding: by Gamma who
 * may be the best by mse and how biased the baseline is, with sentences on where the choice tips. `follows`:
 * there is a table above. *printed becomes true if there is any. */
Status print_gamma(const Page *page, bool follows, bool *printed, Message *message);

/* The claims of everywhere in each chosen setting: for readers a row a setting and a column a claim, whose
 * words stand below; for programs a row for both, with the difference and its interval. `follows` and
 * `printed` as of print_gamma. */
Status print_verdicts(const Page *page, bool follows, bool *printed, Message *message);

/* What the risk layer found in the chosen settings, if anything: bias and standard deviation by simulation
 * beside the exact ones. *printed becomes whether there is any; in csv it is a block with names of its own.
 */
Status print_risk(const Page *page, bool *printed, Message *message);
