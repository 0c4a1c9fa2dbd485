/* A twin as an experiment, and as a report in text. */
#include "experiments/spec/assign.h"
#include "experiments/twin/twin.h"

#include <math.h>
#include <string.h>

const char twin_estimators[] = "[naive, esmm, ips, multi_dr, escm2_ips, escm2_dr, dr_jl, dcmt]";

static Status set_number(Spec *spec, const char *key, double number, Message *message)
{
    char text[32];
    snprintf(text, sizeof text, "%.6g", number);
    return spec_set(spec, key, text, "the twin", message);
}

static Status set_base(const Twin *twin, Spec *spec, Message *message)
{
    const double most_rows = 1e6; /* of a log that is drawn in memory, again and again */
    const struct {
        const char *key;
        double number;
    } base[] = {
        {"world.users", twin->base.users},
        {"world.items", twin->base.items},
        {"world.segments", twin->base.segments},
        {"world.categories", twin->base.categories},
        {"world.latent", twin->base.latent},
        {"world.context", twin->base.context},
        {"world.user_zipf", twin->base.user_zipf},
        {"world.item_zipf", twin->base.item_zipf},
        {"world.ctr", twin->base.ctr},
        {"log.size", fmin((double)twin->log_rows, most_rows)},
        {"worlds", twin->kept},
        {"replicates", 2},
    };
    Status status = STATUS_OK;
    for (size_t i = 0; !status && i < sizeof base / sizeof *base; i++)
        status = set_number(spec, base[i].key, base[i].number, message);
    return status;
}

static double world_value(const WorldOptions *world, TwinParameter parameter)
{
    const double value[TWIN_PARAMETERS] = {
        [TWIN_CVR] = world->cvr,
        [TWIN_SIGMA_O] = world->sigma_o,
        [TWIN_SIGMA_R] = world->sigma_r,
        [TWIN_DEPENDENCE] = world->dependence,
        [TWIN_FEATURE_NOISE] = world->feature_noise,
        [TWIN_USER_SHARE] = world->user_share,
        [TWIN_ITEM_SHARE] = world->item_share,
    };
    return value[parameter];
}

static Status set_level(const Twin *twin, int l, Spec *spec, Message *message)
{
    char key[SPEC_WORD];
    WorldOptions world;
    const TwinLevel *level = &twin->level[l];
    twin_options(&twin->base, level->fit.parameter, level->log_odds, &world);
    snprintf(key, sizeof key, "settings.%d.world.hidden_odds", l);
    Status status = set_number(spec, key, exp(level->log_odds), message);
    for (int p = 0; !status && p < TWIN_PARAMETERS; p++) {
        snprintf(key, sizeof key, "settings.%d.%s", l, twin_parameter_table[p].key);
        status = set_number(spec, key, world_value(&world, (TwinParameter)p), message);
    }
    return status;
}

Status twin_spec(const Twin *twin, const char *name, Spec *spec, Message *message)
{
    spec_defaults(spec);
    Status status = spec_set(spec, "name", name, "the twin", message);
    if (!status)
        status =
            spec_set(spec, "question",
                     "Which estimators do well in worlds like the log, by what clicks cannot tell (Gamma)?",
                     "the twin", message);
    if (!status)
        status = spec_set(spec, "estimators", twin_estimators, "the twin", message);
    if (!status)
        status = set_base(twin, spec, message);
    for (int l = 0; !status && l < twin->levels; l++)
        status = set_level(twin, l, spec, message);
    for (int w = 0; !status && w < twin->kept; w++)
        spec->world_number[spec->world_numbers++] = (int)twin->number[w];
    return status;
}

void twin_parameters(const Twin *twin, FILE *file)
{
    fputs("parameter,scale,log_odds,value,error,prior_sd\n", file);
    for (int l = 0; l < twin->levels; l++)
        for (int p = 0; p < TWIN_PARAMETERS; p++) {
            const TwinParameterRow *row = &twin_parameter_table[p];
            fprintf(file, "%s,%s,%.6g,%.6g,%.6g,%.6g\n", row->key, row->scale, twin->level[l].log_odds,
                    twin->level[l].fit.parameter[p], twin->level[l].fit.error[p], row->spread);
        }
}

static void write_parameters(const Twin *twin, FILE *file)
{
    const double unknown = 0.7; /* of the prior's sd: less than half of its variance is gone */
    fputs("Parameters by log Gamma (standard error, on the scale of the search; '-': the log hardly tells)\n"
          "  log Gamma        ",
          file);
    for (int l = 0; l < twin->levels; l++)
        fprintf(file, " %15.2f", twin->level[l].log_odds);
    for (int p = 0; p < TWIN_PARAMETERS; p++) {
        fprintf(file, "\n  %-17s", twin_parameter_table[p].key + strlen("world."));
        for (int l = 0; l < twin->levels; l++) {
            const TwinFit *fit = &twin->level[l].fit;
            WorldOptions world;
            twin_options(&twin->base, fit->parameter, twin->level[l].log_odds, &world);
            fprintf(file, " %7.4f ", world_value(&world, (TwinParameter)p));
            if (fit->error[p] > unknown * twin_parameter_table[p].spread)
                fputs("(    -)", file);
            else
                fprintf(file, "(%5.3f)", fit->error[p]);
        }
    }
    fprintf(file, "\n  %-17s", "distance");
    for (int l = 0; l < twin->levels; l++)
        fprintf(file, " %7.1f        ", twin->level[l].fit.distance);
    fprintf(file,
            "\n  distance: of %d statistics, squared differences over their variances. It hardly depends on\n"
            "  log Gamma, which clicks do not tell\n\n",
            twin->level[0].fit.fitted);
}

/* "+1.2", or "-" where too few rows leave a statistic undefined in a part of the log. */
static void print_z(double z, FILE *file)
{
    if (isnan(z))
        fprintf(file, " %6s", "-");
    else
        fprintf(file, " %+6.1f", z);
}

static void write_statistics(const Twin *twin, FILE *file)
{
    static const char *const use[] = {
        [STATISTIC_FITTED] = "fitted", [STATISTIC_SOLVED] = "solved", [STATISTIC_HELD] = "held out"};
    const TwinLevel *level = &twin->level[0];
    fprintf(file,
            "Statistics of %zu rows of the log (standard error) and of the kept worlds' own logs (sd\n"
            "between them), at log Gamma %.2f; z: the difference over its standard error and tolerance;\n"
            "halves: z of two halves of the log, the control\n"
            "  %-26s %16s %16s %6s %6s %6s %s\n",
            twin->rows, level->log_odds, "", "log", "worlds", "z", "halves", "toler.", "use");
    for (int k = 0; k < LOG_STATISTICS; k++) {
        const StatisticRow *row = &statistic_table[k];
        const double z = (level->mean[k] - twin->observed[k]) /
                         sqrt(twin->error[k] * twin->error[k] + level->sd[k] * level->sd[k] / twin->kept +
                              row->tolerance * row->tolerance);
        fprintf(file, "  %-26s %7.4f (%6.4f) %7.4f (%6.4f)", row->name, twin->observed[k], twin->error[k],
                level->mean[k], level->sd[k]);
        print_z(z, file);
        print_z(twin->halves[k], file);
        fprintf(file, " %6.3g %s\n", row->tolerance, use[row->use]);
    }
    fputs("  what is fitted or solved agrees by construction: what is held out is the test\n\n", file);
}

static const char *size_of_auc(double auc)
{
    return auc < 0.55 ? "close" : auc < 0.65 ? "fair" : "far";
}

static void write_comparison(const Twin *twin, FILE *file)
{
    const SpaceComparison *row[] = {&twin->of_worlds, &twin->of_halves};
    static const char *const name[] = {"log and worlds", "its own halves"};
    fprintf(file,
            "Telling rows of two logs apart by scores, counts and rates (alike: AUC .5, pMSE ratio 1), and\n"
            "distances (KS) of logits of clicks and conversions and of log counts of users and items\n"
            "  %-14s %6s %6s %6s %6s %6s %6s  tells most\n",
            "", "AUC", "pMSE", "click", "conv.", "user", "item");
    for (int i = 0; i < 2; i++)
        fprintf(file, "  %-14s %6.3f %6.2f %6.3f %6.3f %6.3f %6.3f  %s (%.3f)\n", name[i], row[i]->auc,
                row[i]->pmse, row[i]->ks[0], row[i]->ks[1], row[i]->ks[2], row[i]->ks[3],
                score_column[row[i]->telltale], row[i]->telltale_auc);
    fprintf(file, "  the worlds are %s (AUC below .55: close, below .65: fair), %s its own halves\n\n",
            size_of_auc(twin->of_worlds.auc),
            twin->of_worlds.auc > twin->of_halves.auc ? "farther than" : "no farther than");
}

static void write_worlds(const Twin *twin, FILE *file)
{
    int most = 0;
    for (int k = 0; k < LOG_STATISTICS; k++)
        if (twin->rejects[k] > twin->rejects[most])
            most = k;
    fprintf(file,
            "Worlds: %d of %d have logs like this one at every log Gamma (all z of a world by itself below\n"
            "3); %d are kept:",
            twin->accepted, twin->candidates, twin->kept);
    for (int w = 0; w < twin->kept; w++)
        fprintf(file, " %u", twin->number[w]);
    fputc('\n', file);
    if (20 * twin->accepted < twin->candidates)
        fprintf(file,
                "  fewer than 5 %% pass, most of the others fail in '%s': there the family of worlds does\n"
                "  not hold the log\n",
                statistic_table[most].name);
    else if (twin->rejects[most])
        fprintf(file, "  most of the others fail in '%s'\n", statistic_table[most].name);
    if (twin->accepted < LEAST_KEPT)
        fputs("  the nearest are kept all the same, and are no good twins\n", file);
    fputc('\n', file);
}

void twin_report(const Twin *twin, FILE *file)
{
    fprintf(file,
            "Worlds like the log: %d users, %d items, Zipf exponents %.2f and %.2f, click rate %.4f\n\n",
            twin->base.users, twin->base.items, twin->base.user_zipf, twin->base.item_zipf, twin->base.ctr);
    write_parameters(twin, file);
    write_statistics(twin, file);
    write_comparison(twin, file);
    write_worlds(twin, file);
    fputs("Limits: a twin says what happens in worlds like this summary of the log. Clicks do not tell\n"
          "Gamma: read results by Gamma, and take one only from rows with forced outcomes. Scores are\n"
          "smooth functions of normal numbers; one log, without trends, delays, positions or\n"
          "interference; new users and items come by chance alone. Where the best estimators are within\n"
          "error of each other in the twin, it does not choose between them.\n",
          file);
}
