/* The table of figures. */
#include "plots/figures.h"

#include "plots/coverage_figures.h"
#include "plots/figure_data.h"
#include "plots/sweep_figures.h"
#include "plots/verdict_figure.h"
#include "sim/base/suggest.h"
#include "sim/base/text.h"

#include <stdlib.h>
#include <string.h>

/* What TeX is given for a character, or NULL for the character itself. */
static const char *tex_symbol(char c)
{
    static const struct {
        char c;
        const char *tex;
    } symbol[] = {{'\\', "\\textbackslash{}"},
                  {'^', "\\textasciicircum{}"},
                  {'~', "\\textasciitilde{}"},
                  {'_', "\\_"},
                  {'%', "\\%"},
                  {'&', "\\&"},
                  {'#', "\\#"},
                  {'$', "\\$"},
                  {'{', "\\{"},
                  {'}', "\\}"},
                  {'<', "\\textless{}"},
                  {'>', "\\textgreater{}"},
                  {'|', "\\textbar{}"}};
    for (size_t i = 0; i < sizeof symbol / sizeof *symbol; i++)
        if (symbol[i].c == c)
            return symbol[i].tex;
    return NULL;
}

/* In a data file gnuplot takes a backslash away before anything, and a line that begins with # is a comment.
 * Nothing escapes a double quote there, which begins or ends a field. */
static void put_letter(FILE *file, char c, FigurePlace place)
{
    const bool data = place & FIGURE_DATA;
    if (data && strchr("\\#", c))
        fputc('\\', file);
    fputc(data && c == '"' ? '\'' : c, file);
}

void figure_text(FILE *file, const char *text, FigurePlace place)
{
    char *copy = strdup(text);
    if (copy)
        text_clean(copy, "");
    for (const char *c = copy; c && *c; c++) {
        const char letter[] = {*c, 0};
        const char *symbol = place & FIGURE_TEX ? tex_symbol(*c) : NULL;
        for (const char *s = symbol ? symbol : letter; *s; s++)
            put_letter(file, *s, place);
    }
    free(copy);
}

void figure_key_title(const FigureSource *source, const char *key, char title[KEY_TITLE])
{
    snprintf(title, KEY_TITLE, "%s", key);
    if (source->key_title)
        source->key_title(key, title);
}

int figure_x_key(const Chosen *chosen)
{
    int x = 0;
    for (int k = 1; k < chosen->keys; k++)
        x = chosen->key[k].values >= chosen->key[x].values ? k : x;
    return x;
}

const FigureKind figure_table[] = {
    {.name = "bias_variance",
     .caption = "Squared bias and variance of each estimator",
     .suits = SUITS_TRUTH,
     .write = write_bias_variance},
    {.name = "decile",
     .caption = "Bias and standard deviation by decile of the true click propensity",
     .suits = SUITS_TRUTH,
     .write = write_decile},
    {.name = "calibration",
     .caption = "Predicted against true conversion rate",
     .suits = SUITS_TRUTH,
     .write = write_calibration},
    {.name = "replicates",
     .caption = "The value of each replicate",
     .suits = SUITS_LABELS,
     .metric = {"mse"},
     .needs_replicates = true,
     .write = write_replicates},
    {.name = "stream",
     .caption = "Predictions of clicks over the time of a stream",
     .along = "day of the click",
     .suits = SUITS_TRUTH | SUITS_LABELS,
     .metric = {"ratio/O", "auc/O"},
     .needs_replicates = true,
     .write = write_stream},
    {.name = "ranks",
     .caption = "Rank of each estimator, with a 95 % confidence set that holds for all at once",
     .suits = SUITS_TRUTH | SUITS_LABELS,
     .metric = {"mse"},
     .needs_replicates = true,
     .write = write_ranks},
    {.name = "overlap",
     .caption = "True click propensities of clicked and of other exposures",
     .suits = SUITS_TRUTH,
     .write = write_overlap},
    {.name = "propensity",
     .caption = "How good the propensities are that estimators divide by",
     .suits = SUITS_TRUTH | SUITS_LABELS,
     .write = write_propensity},
    {.name = "cost",
     .caption = "Error against training time, with the Pareto front",
     .metric = {"mse"},
     .write = write_cost},
    {.name = "sweep",
     .caption = "Along the sweep",
     .scope = OF_SWEEP,
     .keys = 1,
     .suits = SUITS_ONE_KEY | SUITS_TWO_KEYS,
     .metric = {"mean_bias", "mse"},
     .write = write_sweep},
    {.name = "heatmap",
     .caption = "The best estimator of each setting",
     .scope = OF_SWEEP,
     .keys = 2,
     .suits = SUITS_TWO_KEYS | SUITS_MORE_KEYS,
     .metric = {"mse"},
     .write = write_heatmap},
    {.name = "nested_loop",
     .caption = "All settings side by side, nested by key",
     .scope = OF_SWEEP,
     .keys = 1,
     .suits = SUITS_MORE_KEYS,
     .metric = {"mean_bias", "mse"},
     .write = write_nested_loop},
    {.name = "verdicts",
     .caption = "In which settings the claims of everywhere hold",
     .scope = OF_SWEEP,
     .keys = 1,
     .suits = SUITS_ONE_KEY | SUITS_TWO_KEYS | SUITS_MORE_KEYS,
     .of_claims = true,
     .write = write_verdicts},
    {.name = "risk",
     .caption = "Bias and standard deviation of the estimated loss of fixed predictions",
     .suits = SUITS_TRUTH | SUITS_LABELS,
     .of_risk = true,
     .write = write_risk},
    {.name = "coverage",
     .caption = "How often an interval around an estimated loss of fixed predictions holds the ideal loss",
     .suits = SUITS_TRUTH | SUITS_LABELS,
     .of_risk = true,
     .write = write_coverage},
    {.name = "zip",
     .caption = "Intervals of single redraws around estimated losses, in order of their error",
     .of_risk = true,
     .write = write_zip},
    {0},
};

enum { FIGURES = sizeof figure_table / sizeof *figure_table - 1 };

Status figure_check_name(const char *name, Message *message)
{
    const char *known[FIGURES];
    for (int i = 0; i < FIGURES; i++) {
        known[i] = figure_table[i].name;
        if (!strcmp(known[i], name))
            return STATUS_OK;
    }
    return fail_unknown(message, NULL, "figure", name, &(KnownNames){known, FIGURES, NULL});
}

bool figure_suits(const FigureKind *kind, const Chosen *chosen)
{
    const FigureSuits with_sweep[] = {SUITS_ONE_KEY, SUITS_TWO_KEYS, SUITS_MORE_KEYS};
    if (kind->scope == OF_SWEEP && !kind->of_claims && !chosen_is_grid(chosen))
        return false;
    if (chosen->keys > 0)
        return kind->suits & with_sweep[chosen->keys < 3 ? chosen->keys - 1 : 2];
    return kind->suits & (chosen->setting[0].truth ? SUITS_TRUTH : SUITS_LABELS);
}

void figure_help(char text[FIGURE_HELP])
{
    static const struct {
        FigureSuits suits;
        const char *experiment;
    } row[] = {{SUITS_TRUTH, "no sweep, truth known"},
               {SUITS_LABELS, "no sweep, truth unknown"},
               {SUITS_ONE_KEY, "a sweep of one key"},
               {SUITS_TWO_KEYS, "a sweep of two keys"},
               {SUITS_MORE_KEYS, "a sweep of more keys"}};
    FILE *file = fmemopen(text, FIGURE_HELP, "w");
    text[0] = 0;
    if (!file) /* error messages have the names too */
        return;
    for (const FigureKind *kind = figure_table; kind->name; kind++)
        fprintf(file, "  %-24s %s\n", kind->name, kind->caption);
    fputs("drawn by default of an experiment with", file);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const char *before = "";
        fprintf(file, "\n  %-24s ", row[i].experiment);
        for (const FigureKind *kind = figure_table; kind->name; kind++) {
            if (kind->suits & row[i].suits) {
                fprintf(file, "%s%s", before, kind->name);
                before = ", ";
            }
        }
    }
    (void)fclose(file);
}
