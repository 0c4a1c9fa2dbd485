/* Sections that need models of clicks and conversions: 2. to 7. */
#include "experiments/audit/audit_section_internal.h"

#include "sim/base/real.h"

#include <math.h>
#include <stdio.h>

static AuditVerdict verdict(bool holds)
{
    return holds ? AUDIT_HOLDS : AUDIT_FAILS;
}

/* What is to be read beside an interval of what models say. */
static const char *lacking(const AuditResults *results)
{
    return results->log.halves
               ? ""
               : "; the interval lacks what other users would change of the models, and what these miss";
}

static AuditEstimate ratio_of_log(const AuditEstimate *e)
{
    return (AuditEstimate){real_exp(e->value), NAN, real_exp(e->low), real_exp(e->high)};
}

Status fill_gap(AuditSection *section, const AuditResults *results, Message *message)
{
    const AuditGap *g = &results->gap;
    const size_t random = results->log.data->random.x.rows;
    if (!random) {
        section_conclude(
            section, AUDIT_UNKNOWN,
            "no rows with forced outcomes: clicks alone do not tell the gap, nor Gamma; see section 6");
        return STATUS_OK;
    }
    const NamedEstimate line[] = {
        {"random rows", plain_number((double)random)},
        {"CVR of clicks", g->clicked},
        {"CVR of random rows", g->forced},
        {"gap", g->gap},
        {"ratio", ratio_of_log(&g->log_ratio)},
        {"gap by features", g->adjusted},
        {"rest of the gap", g->rest},
        {"Gamma", ratio_of_log(&g->log_gamma)},
    };
    const bool none = !(g->rest.low > 0) && !(g->rest.high < 0);
    section_conclude(section, verdict(none),
                     "features explain %.4f of the gap of %.4f; the rest, %.4f [%.4f, %.4f], %s 0: %s%s",
                     g->adjusted.value, g->gap.value, g->rest.value, g->rest.low, g->rest.high,
                     none ? "contains" : "does not contain",
                     none ? "no hidden confounding is seen" : "hidden confounding, or what the models miss",
                     lacking(results));
    return section_named(section, NAMED(line), message);
}

static Status fill_items(AuditSection *section, const AuditResults *results, Message *message)
{
    static const char *const number[] = {"#items", "#rows", "#clicks", "ess", "ess_share", NULL};
    const TableLook look = {"items", "Weighted clicks by tenth of the items, the first the rarest", "tenth",
                            number, NULL};
    const AuditTable *table = section_begin(section, &look, AUDIT_DECILES, message);
    if (!table)
        return STATUS_FAILED;
    for (int k = 0; k < AUDIT_DECILES; k++) {
        const AuditItems *t = &results->item[k];
        char name[16];
        snprintf(name, sizeof name, "%d", k + 1);
        table_name(table, k, name);
        table_numbers(
            table, k, 0,
            (const double[]){(double)t->items, (double)t->rows, (double)t->clicks, t->ess, t->ess_share}, 5);
    }
    return STATUS_OK;
}

Status fill_overlap(AuditSection *section, const AuditResults *results, Message *message)
{
    const AuditOverlap *o = &results->overlap;
    char name[AUDIT_QUANTILES][32];
    NamedEstimate line[AUDIT_QUANTILES + 12];
    int n = 0;
    for (int k = 0; k < AUDIT_QUANTILES; k++) {
        snprintf(name[k], sizeof name[k], "quantile %g of p", audit_quantile[k]);
        line[n++] = (NamedEstimate){name[k], plain_number(o->quantile[k])};
    }
    line[n++] = (NamedEstimate){"eps of the weights", plain_number(o->clip)};
    line[n++] = (NamedEstimate){"rows with p below eps", plain_number(o->below_clip)};
    line[n++] = (NamedEstimate){"rows with p below 1/50", plain_number(o->below_50th)};
    line[n++] = (NamedEstimate){"rows with p below 1/rows", plain_number(o->below_nth)};
    line[n++] = (NamedEstimate){"effective clicks (ESS)", plain_number(o->ess)};
    line[n++] = (NamedEstimate){"ESS / clicks", plain_number(o->ess_share)};
    line[n++] = (NamedEstimate){"weight of the largest", plain_number(o->largest)};
    line[n++] = (NamedEstimate){"weight of the top 1 %", plain_number(o->top)};
    line[n++] = (NamedEstimate){"clicks that are clipped", plain_number(o->clipped_clicks)};
    line[n++] = (NamedEstimate){"weight that is clipped", plain_number(o->clipped_weight)};
    line[n++] = (NamedEstimate){"sum of weights / rows", o->mean_weight};
    section_conclude(
        section, verdict(o->ess_share >= 0.1),
        "weighted clicks are worth %.0f of %zu, a share of %.3f; below .1 a few clicks rule the answer",
        o->ess, results->counts.clicks, o->ess_share);
    Status status = section_named(section, line, n, message);
    return status ? status : fill_items(section, results, message);
}

Status fill_calibration(AuditSection *section, const AuditResults *results, Message *message)
{
    static const char *const number[] = {"#rows", "predicted", "observed", "low", "high", NULL};
    const TableLook look = {.name = "decile", .number = number};
    const AuditCalibration *c = &results->calibration;
    const NamedEstimate line[] = {
        {"intercept", c->intercept},
        {"slope", c->slope},
        {"intercept of conversions", c->conversion_intercept},
        {"slope of conversions", c->conversion_slope},
        {"epochs of clicks", plain_number(results->log.epochs.click)},
        {"epochs of conversions", plain_number(results->log.epochs.conversion)},
        {"clicks missed / learned, at most", plain_number(audit_missed(&results->log))},
        {"ECE", plain_number(c->error)},
        {"log loss", plain_number(c->log_loss)},
        {"log loss of the constant", plain_number(c->constant_log_loss)}};
    const int more = sizeof line / sizeof *line;
    const AuditTable *table = section_begin(section, &look, AUDIT_DECILES + more, message);
    if (!table)
        return STATUS_FAILED;
    for (int k = 0; k < AUDIT_DECILES; k++) {
        const AuditDecile *d = &c->decile[k];
        char name[16];
        snprintf(name, sizeof name, "%d", k + 1);
        table_name(table, k, name);
        table_numbers(table, k, 0,
                      (const double[]){(double)d->rows, d->predicted, d->observed, d->low, d->high}, 5);
    }
    for (int i = 0; i < more; i++) {
        const AuditEstimate *e = &line[i].estimate;
        table_name(table, AUDIT_DECILES + i, line[i].name);
        table_numbers(table, AUDIT_DECILES + i, 2, (const double[]){e->value, e->low, e->high}, 3);
    }
    const AuditEstimate *slope[] = {&c->slope, &c->conversion_slope};
    bool fine = true;
    for (int k = 0; k < 2; k++)
        fine &= slope[k]->value > 0.8 && slope[k]->value < 1.25;
    section_conclude(
        section, verdict(fine),
        "slope %.3f [%.3f, %.3f] of clicks, %.3f [%.3f, %.3f] of conversions, %s .8 and 1.25; other "
        "sections recalibrate p and q by such lines",
        slope[0]->value, slope[0]->low, slope[0]->high, slope[1]->value, slope[1]->low, slope[1]->high,
        fine ? "between" : "not both between");
    return STATUS_OK;
}

Status fill_balance(AuditSection *section, const AuditResults *results, Message *message)
{
    static const char *const number[] = {"before", "after", NULL};
    const TableLook look = {.name = "column", .number = number};
    const AuditBalance *balance = results->balance;
    int above = 0, worst = 0;
    const AuditTable *table = section_begin(section, &look, results->columns, message);
    if (!table)
        return STATUS_FAILED;
    for (int j = 0; j < results->columns; j++) {
        table_name(table, j, balance[j].column);
        table_numbers(table, j, 0, (const double[]){balance[j].before, balance[j].after}, 2);
        above += balance[j].after > 0.1 && !balance[j].categorical;
        worst = balance[j].after > balance[worst].after ? j : worst;
    }
    section_conclude(
        section, verdict(above == 0),
        "%d dense columns differ by more than .1 sd after weighting; furthest: %s, %.3f (total variation of "
        "categorical columns, which chance alone makes large where ids are rare)",
        above, balance[worst].column, balance[worst].after);
    return STATUS_OK;
}

static void put_bounds(const AuditTable *table, const AuditSensitivity *s)
{
    for (int g = 0; g <= AUDIT_GAMMAS; g++) {
        const AuditEstimate *low = g < AUDIT_GAMMAS ? &s->lower[g] : &s->no_lower;
        const AuditEstimate *high = g < AUDIT_GAMMAS ? &s->upper[g] : &s->no_upper;
        char name[32] = "any (Manski)";
        if (g < AUDIT_GAMMAS)
            snprintf(name, sizeof name, "%g", audit_gamma[g]);
        table_name(table, g, name);
        table_numbers(table, g, 0, (const double[]){low->value, low->low, high->value, high->high}, 4);
    }
}

/* Gammas of the two models are not the same number, so that they have a table each. */
static Status fill_tan(AuditSection *section, const AuditResults *results, Message *message)
{
    static const char *const number[] = {"lower", "lower_low", "upper", "upper_high", NULL};
    const TableLook look = {"sensitivity_tan",
                            "Where Gamma bounds the odds of a click, as in rd_ips (Tan's model)", "Gamma",
                            number, NULL};
    const AuditTable *table =
        results->has_tan ? section_begin(section, &look, AUDIT_GAMMAS + 1, message) : NULL;
    if (table)
        put_bounds(table, &results->tan);
    return table || !results->has_tan ? STATUS_OK : STATUS_FAILED;
}

Status fill_sensitivity(AuditSection *section, const AuditResults *results, Message *message)
{
    static const char *const number[] = {"lower", "lower_low", "upper", "upper_high", "benchmark", NULL};
    const TableLook look = {.name = "Gamma", .number = number};
    const AuditSensitivity *s = &results->sensitivity;
    const AuditTable *table = section_begin(section, &look, AUDIT_GAMMAS + 1 + results->benchmarks, message);
    if (!table)
        return STATUS_FAILED;
    put_bounds(table, s);
    for (int b = 0; b < results->benchmarks; b++) {
        char name[AUDIT_COLUMN + 16];
        snprintf(name, sizeof name, "without %s", results->benchmark[b].column);
        table_name(table, AUDIT_GAMMAS + 1 + b, name);
        table_numbers(table, AUDIT_GAMMAS + 1 + b, 4, &results->benchmark[b].gamma, 1);
    }
    if (isnan(results->break_even))
        section_conclude(
            section, AUDIT_HOLDS,
            "CVR of all rows %.4f [%.4f, %.4f] if nothing is hidden; %.4f to %.4f at Gamma 2 (for "
            "rare clicks and conversions about the CVR over and times Gamma)%s",
            s->lower[0].value, s->lower[0].low, s->lower[0].high, s->lower[4].value, s->upper[4].value,
            lacking(results));
    else
        section_conclude(
            section, verdict(results->tipping >= 1.5),
            "a break-even CVR of %.4f is reached at Gamma %.3f, %s the 1.5 of a strong hidden cause",
            results->break_even, results->tipping, results->tipping >= 1.5 ? "no less than" : "below");
    return fill_tan(section, results, message);
}

static Status fill_predicted_deciles(AuditSection *section, const AuditResults *results, Message *message)
{
    static const char *const number[] = {"#decile", "ratio", "low", "high", NULL};
    const TableLook look = {"predicted_deciles",
                            "Predicted over observed conversions by decile of p among clicks", "estimator",
                            number, NULL};
    const AuditTable *table = section_begin(section, &look, AUDIT_DECILES * results->methods, message);
    if (!table)
        return STATUS_FAILED;
    for (int row = 0; row < AUDIT_DECILES * results->methods; row++) {
        const AuditMethod *method = &results->method[row / AUDIT_DECILES];
        const AuditEstimate *e = &method->predicted.decile[row % AUDIT_DECILES];
        table_name(table, row, method->name);
        table_numbers(table, row, 0, (const double[]){row % AUDIT_DECILES + 1, e->value, e->low, e->high}, 4);
    }
    return STATUS_OK;
}

Status fill_predicted(AuditSection *section, const AuditResults *results, Message *message)
{
    static const char *const number[] = {"ratio",     "ratio_low",  "ratio_high", "total",
                                         "total_low", "total_high", NULL};
    const TableLook look = {.name = "estimator", .number = number};
    int off = 0;
    if (!results->methods) {
        section_conclude(section, AUDIT_UNKNOWN, "no estimator of the experiment needs nothing but a log");
        return STATUS_OK;
    }
    const AuditTable *table = section_begin(section, &look, results->methods, message);
    if (!table)
        return STATUS_FAILED;
    for (int m = 0; m < results->methods; m++) {
        const AuditEstimate *ratio = &results->method[m].predicted.ratio;
        const AuditEstimate *total = &results->method[m].predicted.total;
        table_name(table, m, results->method[m].name);
        table_numbers(table, m, 0, (const double[]){ratio->value, ratio->low, ratio->high}, 3);
        table_numbers(table, m, 3, (const double[]){total->value, total->low, total->high}, 3);
        off += ratio->low > 1 || ratio->high < 1;
    }
    section_conclude(section, verdict(off == 0),
                     "%d of %d estimators predict another number of conversions of clicks than there were "
                     "(95 %%); one that aims at all rows should, if something is hidden",
                     off, results->methods);
    return fill_predicted_deciles(section, results, message);
}
