/* Finds the factors on fitted logits by halving: logs are noisy functions of them, but the same draws are
 * taken at every step, so that AUCs rise with them. */
#include "experiments/twin/rows_twin.h"

#include "experiments/spec/assign.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <string.h>

enum { SEARCH_DRAWS = 4, LAST_DRAWS = 8, HALVINGS = 6 };

static const double most_factor = 4; /* and its inverse the least */

/* Statistics of drawn outcomes, and their mean CVR. */
static Status describe_draws(const Plasmode *plasmode, const Log *log, const TwinOptions *options, int draws,
                             RowsLevel *level, Message *message)
{
    double value[LAST_DRAWS][LOG_STATISTICS];
    Status status = STATUS_OK;
    for (int b = 0; !status && b < draws; b++) {
        const StreamKey key = {.seed = 1, .setting = "", .replicate = (uint32_t)b};
        Log drawn;
        Truth truth;
        status = plasmode_draw(plasmode, &(RowDraw){.key = &key, .purpose = "twin/rows", .rows = log}, &drawn,
                               &truth, message);
        if (status)
            return status;
        level->cvr = gsl_stats_mean(truth.p_r, 1, truth.rows);
        status = log_statistics(&drawn, &options->models, value[b], NULL, message);
        log_free(&drawn);
        truth_free(&truth);
    }
    for (int k = 0; !status && k < LOG_STATISTICS; k++) {
        level->mean[k] = gsl_stats_mean(&value[0][k], LOG_STATISTICS, (size_t)draws);
        level->sd[k] = gsl_stats_sd_m(&value[0][k], LOG_STATISTICS, (size_t)draws, level->mean[k]);
    }
    return status;
}

/* Both factors at once: the AUC of a rate hardly depends on the other's. A statistic that the log cannot have
 * leaves the factor at 1. */
static Status find_factors(Plasmode *plasmode, const Log *real, const RowsTwin *twin,
                           const TwinOptions *options, RowsLevel *level, Message *message)
{
    static const LogStatistic auc[2] = {AUC_CLICK, AUC_CONVERSION};
    double *factor[2] = {&level->options.sigma_o, &level->options.sigma_r};
    double low[2], high[2];
    Status status = STATUS_OK;
    for (int of = 0; of < 2; of++) {
        high[of] = isnan(twin->observed[auc[of]]) ? 0 : log(most_factor);
        low[of] = -high[of];
    }
    for (int step = 0; !status && step <= HALVINGS; step++) {
        for (int of = 0; of < 2; of++)
            *factor[of] = exp((low[of] + high[of]) / 2);
        status = plasmode_solve(plasmode, real, &level->options, message);
        if (!status)
            status = describe_draws(plasmode, real, options, step < HALVINGS ? SEARCH_DRAWS : LAST_DRAWS,
                                    level, message);
        for (int of = 0; of < 2; of++) {
            const double middle = (low[of] + high[of]) / 2;
            *(level->mean[auc[of]] < twin->observed[auc[of]] ? &low[of] : &high[of]) = middle;
        }
    }
    return status;
}

Status rows_twin_make(RowsTwin *twin, const ObservedLog *observed, const TwinOptions *options,
                      Message *message)
{
    Log log = {0};
    Plasmode *plasmode = NULL;
    *twin = (RowsTwin){.tested = observed->tested, .draws = LAST_DRAWS};
    const PlasmodeOptions start = {1, 1, 1};
    Status status = log_sample(&log, &observed->log, options->rows, message);
    twin->rows = log.x.rows;
    if (!status)
        status = twin_check(&log, message);
    if (!status)
        status = log_statistics(&log, &options->models, twin->observed, NULL, message);
    if (!status)
        status = plasmode_create(&plasmode, &log, &start, message);
    for (int l = 0; !status && l < options->levels; l++) {
        RowsLevel *level = &twin->level[twin->levels++];
        char line[128];
        level->options.hidden_odds = exp(options->log_odds[l]);
        status = find_factors(plasmode, &log, twin, options, level, message);
        snprintf(line, sizeof line, "log Gamma %.2f: factors %.2f and %.2f, CVR %.4f", options->log_odds[l],
                 level->options.sigma_o, level->options.sigma_r, level->cvr);
        if (options->say)
            options->say(line, options->context);
    }
    plasmode_free(plasmode);
    log_free(&log);
    return status;
}

static Status set_level(const PlasmodeOptions *options, int l, Spec *spec, Message *message)
{
    const struct {
        const char *key;
        double number;
    } of[] = {
        {"hidden_odds", options->hidden_odds}, {"sigma_o", options->sigma_o}, {"sigma_r", options->sigma_r}};
    Status status = STATUS_OK;
    for (int i = 0; !status && i < 3; i++) {
        char key[SPEC_WORD], text[32];
        snprintf(key, sizeof key, "settings.%d.plasmode.%s", l, of[i].key);
        snprintf(text, sizeof text, "%.6g", of[i].number);
        status = spec_set(spec, key, text, "the twin", message);
    }
    return status;
}

Status rows_twin_spec(const RowsTwin *twin, const char *name, Spec *spec, Message *message)
{
    const struct {
        const char *key, *value;
    } of[] = {
        {"name", name},
        {"question", "Which estimators do well on the log's own rows, by what clicks cannot tell (Gamma)?"},
        {"estimators", twin_estimators},
        {"data.outcomes", "fitted"},
        {"worlds", "4"},
        {"replicates", "2"},
        {"test.stored", "4000"},
        {"data.test_share", twin->tested || spec->test_share > 0 ? NULL : "0.2"},
    };
    Status status = STATUS_OK;
    for (size_t i = 0; !status && i < sizeof of / sizeof *of; i++)
        if (of[i].value)
            status = spec_set(spec, of[i].key, of[i].value, "the twin", message);
    for (int l = 0; !status && l < twin->levels; l++)
        status = set_level(&twin->level[l].options, l, spec, message);
    return status;
}

/* What agrees by construction, as rows or rates do; what the factors are solved for; the rest tests. */
static const char *use_of(LogStatistic statistic)
{
    switch (statistic) {
    case ITEM_ZIPF:
    case USER_ZIPF:
    case TOP_ITEMS:
    case REPEATS:
        return "same rows";
    case CLICK_RATE:
    case CLICKED_CVR:
    case AUC_CLICK:
    case AUC_CONVERSION:
        return "solved";
    default:
        return "held out";
    }
}

static void write_levels(const RowsTwin *twin, FILE *file)
{
    fprintf(file, "Factors on fitted logits, and the CVR over all rows, by log Gamma\n  log Gamma  ");
    for (int l = 0; l < twin->levels; l++)
        fprintf(file, " %8.2f", log(twin->level[l].options.hidden_odds));
    fputs("\n  clicks     ", file);
    for (int l = 0; l < twin->levels; l++)
        fprintf(file, " %8.3f", twin->level[l].options.sigma_o);
    fputs("\n  conversions", file);
    for (int l = 0; l < twin->levels; l++)
        fprintf(file, " %8.3f", twin->level[l].options.sigma_r);
    fputs("\n  CVR        ", file);
    for (int l = 0; l < twin->levels; l++)
        fprintf(file, " %8.4f", twin->level[l].cvr);
    fprintf(file,
            "\n  factors are searched between %.2f and %.2f; at an end, no factor gives the log's AUC\n\n",
            1 / most_factor, most_factor);
}

void rows_twin_report(const RowsTwin *twin, FILE *file)
{
    const RowsLevel *level = &twin->level[0];
    fprintf(file, "The log's own rows, with clicks and conversions of a model that is fitted to them\n\n");
    write_levels(twin, file);
    fprintf(file,
            "Statistics of %zu rows of the log and of %d drawn outcomes of them (sd between these), at log\n"
            "Gamma %.2f; z: the difference over its sd\n"
            "%39s %17s %6s use\n",
            twin->rows, twin->draws, log(level->options.hidden_odds), "log", "drawn", "z");
    for (int k = 0; k < LOG_STATISTICS; k++) {
        const char *use = use_of((LogStatistic)k);
        const double sd = level->sd[k] * sqrt(1 + 1.0 / twin->draws);
        fprintf(file, "  %-28s %8.4f %8.4f (%6.4f)", statistic_table[k].name, twin->observed[k],
                level->mean[k], level->sd[k]);
        if (strcmp(use, "same rows") != 0)
            fprintf(file, " %+6.1f %s\n", (twin->observed[k] - level->mean[k]) / sd, use);
        else
            fprintf(file, " %6s %s\n", "", use);
    }
    fputs("  what is solved agrees by construction, and so do the rows: what is held out is the test\n\n"
          "Limits: this says what happens on these rows, if the log's outcomes are of sums of functions of\n"
          "columns and of pairs of columns. Clicks do not tell Gamma: read results by Gamma, and take one\n"
          "only from rows with forced outcomes. It says nothing of more traffic or of other overlap, which\n"
          "`cvrlab twin` without --own-rows is for; where the two disagree, neither is to be relied on.\n",
          file);
}
