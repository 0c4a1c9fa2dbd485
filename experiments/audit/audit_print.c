/* A section is a grid of numbers and a verdict: one table of sections, each of which fills a grid builder. */
#include "experiments/audit/audit_print.h"

#include "results/tables/grid_builder.h"
#include "sim/base/real.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

enum { VERDICT = 512, SECTION_COLUMNS = 8 };

/* A section on its way to the page. `holds` says whether nothing is wrong by its threshold. */
typedef struct SectionPage {
    const AuditResults *r;
    GridBuilder builder;
    char verdict[VERDICT];
    bool holds;
} SectionPage;

/* --- Filling */

static Status begin(SectionPage *page, int rows, Message *message)
{
    return grid_builder_init(&page->builder, rows, SECTION_COLUMNS, message);
}

static void __attribute__((format(printf, 3, 4)))
conclude(SectionPage *page, bool holds, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)vsnprintf(page->verdict, sizeof page->verdict, format, values);
    va_end(values);
    page->holds = holds;
}

static void put(SectionPage *page, int row, int column, double value)
{
    *grid_builder_cell(&page->builder, row, column) = cell_number(value);
}

static void put_text(SectionPage *page, int row, int column, const char *text)
{
    grid_builder_text(&page->builder, row, column, text);
}

/* Columns of text, then of numbers. */
static void add_columns(SectionPage *page, const char *text, const char *const *number)
{
    grid_builder_add(&page->builder, text, text, CELL_TEXT, 1);
    for (; *number; number++)
        grid_builder_add(&page->builder, *number, *number, CELL_NUMBER, 1);
}

/* A table of named numbers, some with an interval. */
typedef struct NamedEstimate {
    const char *name;
    AuditEstimate estimate;
} NamedEstimate;

static AuditEstimate plain(double value)
{
    return (AuditEstimate){value, NAN, NAN, NAN};
}

static Status fill_named(SectionPage *page, const NamedEstimate *line, int lines, Message *message)
{
    static const char *const number[] = {"value", "low", "high", NULL};
    Status status = begin(page, lines, message);
    if (status)
        return status;
    add_columns(page, "statistic", number);
    for (int i = 0; i < lines; i++) {
        put_text(page, i, 0, line[i].name);
        put(page, i, 1, line[i].estimate.value);
        put(page, i, 2, line[i].estimate.low);
        put(page, i, 3, line[i].estimate.high);
    }
    return STATUS_OK;
}

#define NAMED(line) (line), (int)(sizeof(line) / sizeof *(line))

/* --- The sections */

static Status print_counts(SectionPage *page, Message *message)
{
    const AuditCounts *c = &page->r->counts;
    const NamedEstimate line[] = {
        {"rows", plain((double)c->rows)},
        {"clicks", plain((double)c->clicks)},
        {"conversions", plain((double)c->conversions)},
        {"click rate", c->ctr},
        {"CVR of clicks", c->cvr},
        {"CTCVR", c->ctcvr},
        {"design effect of the click rate", plain(c->design[0])},
        {"design effect of the CVR of clicks", plain(c->design[1])},
        {"users", plain((double)c->users)},
        {"users with one row", plain((double)c->users_once)},
        {"items", plain((double)c->items)},
        {"items with one row", plain((double)c->items_once)},
        {"rows of a user and item met before", plain((double)c->repeated_pairs)},
        {"rows equal to an earlier one", plain((double)c->duplicates)},
    };
    const bool enough = c->conversions >= 200;
    conclude(page, enough, "%zu conversions: %s the 200 below which what follows is mostly noise",
             c->conversions, enough ? "no fewer than" : "fewer than");
    return fill_named(page, NAMED(line), message);
}

static Status print_gap(SectionPage *page, Message *message)
{
    const AuditGap *g = &page->r->gap;
    if (!page->r->log.data->random.x.rows) {
        conclude(page, true,
                 "no rows with forced outcomes: clicks alone do not tell the gap, nor Gamma; see section 6");
        return STATUS_OK;
    }
    const AuditEstimate ratio = {real_exp(g->log_ratio.value), NAN, real_exp(g->log_ratio.low),
                                 real_exp(g->log_ratio.high)};
    const AuditEstimate gamma = {real_exp(g->log_gamma.value), NAN, real_exp(g->log_gamma.low),
                                 real_exp(g->log_gamma.high)};
    const NamedEstimate line[] = {
        {"random rows", plain((double)page->r->log.data->random.x.rows)},
        {"CVR of clicks", g->clicked},
        {"CVR of random rows", g->forced},
        {"gap", g->gap},
        {"ratio", ratio},
        {"gap by features", g->adjusted},
        {"rest of the gap", g->rest},
        {"Gamma", gamma},
    };
    const bool none = !(g->rest.low > 0) && !(g->rest.high < 0);
    conclude(page, none, "features explain %.4f of the gap of %.4f; the rest, %.4f [%.4f, %.4f], %s 0: %s",
             g->adjusted.value, g->gap.value, g->rest.value, g->rest.low, g->rest.high,
             none ? "contains" : "does not contain",
             none ? "no hidden confounding is seen"
                  : "hidden confounding, or a conversion model that is wrong");
    return fill_named(page, NAMED(line), message);
}

static Status print_overlap(SectionPage *page, Message *message)
{
    const AuditOverlap *o = &page->r->overlap;
    char name[AUDIT_QUANTILES][32];
    NamedEstimate line[AUDIT_QUANTILES + 12];
    int n = 0;
    for (int k = 0; k < AUDIT_QUANTILES; k++) {
        snprintf(name[k], sizeof name[k], "quantile %g of p", audit_quantile[k]);
        line[n++] = (NamedEstimate){name[k], plain(o->quantile[k])};
    }
    line[n++] = (NamedEstimate){"eps of the weights", plain(o->clip)};
    line[n++] = (NamedEstimate){"rows with p below eps", plain(o->below_clip)};
    line[n++] = (NamedEstimate){"rows with p below 1/50", plain(o->below_50th)};
    line[n++] = (NamedEstimate){"rows with p below 1/rows", plain(o->below_nth)};
    line[n++] = (NamedEstimate){"effective clicks (ESS)", plain(o->ess)};
    line[n++] = (NamedEstimate){"ESS / clicks", plain(o->ess_share)};
    line[n++] = (NamedEstimate){"weight of the largest", plain(o->largest)};
    line[n++] = (NamedEstimate){"weight of the top 1 %", plain(o->top)};
    line[n++] = (NamedEstimate){"clicks that are clipped", plain(o->clipped_clicks)};
    line[n++] = (NamedEstimate){"weight that is clipped", plain(o->clipped_weight)};
    line[n++] = (NamedEstimate){"sum of weights / rows", o->mean_weight};
    conclude(page, o->ess_share >= 0.1,
             "weighted clicks are worth %.0f of %zu, a share of %.3f; below .1 a few clicks rule the answer",
             o->ess, page->r->counts.clicks, o->ess_share);
    return fill_named(page, line, n, message);
}

static Status print_calibration(SectionPage *page, Message *message)
{
    static const char *const number[] = {"rows", "predicted", "observed", "low", "high", NULL};
    const AuditCalibration *c = &page->r->calibration;
    const int more = 5;
    Status status = begin(page, AUDIT_DECILES + more, message);
    if (status)
        return status;
    add_columns(page, "decile", number);
    for (int k = 0; k < AUDIT_DECILES; k++) {
        const AuditDecile *d = &c->decile[k];
        const double value[] = {(double)d->rows, d->predicted, d->observed, d->low, d->high};
        char name[8];
        snprintf(name, sizeof name, "%d", k + 1);
        put_text(page, k, 0, name);
        for (int v = 0; v < 5; v++)
            put(page, k, v + 1, value[v]);
    }
    const NamedEstimate line[] = {{"intercept", c->intercept},
                                  {"slope", c->slope},
                                  {"ECE", plain(c->error)},
                                  {"log loss", plain(c->log_loss)},
                                  {"log loss of the constant", plain(c->constant_log_loss)}};
    for (int i = 0; i < more; i++) {
        put_text(page, AUDIT_DECILES + i, 0, line[i].name);
        put(page, AUDIT_DECILES + i, 3, line[i].estimate.value);
        put(page, AUDIT_DECILES + i, 4, line[i].estimate.low);
        put(page, AUDIT_DECILES + i, 5, line[i].estimate.high);
    }
    const bool fine = c->slope.value > 0.8 && c->slope.value < 1.25;
    conclude(page, fine,
             "slope %.3f [%.3f, %.3f], %s .8 and 1.25 (above: train for longer, below: for less); other "
             "sections recalibrate "
             "p and q by such a line",
             c->slope.value, c->slope.low, c->slope.high, fine ? "between" : "not between");
    return STATUS_OK;
}

static Status print_balance(SectionPage *page, Message *message)
{
    static const char *const number[] = {"before", "after", NULL};
    const AuditResults *r = page->r;
    int above = 0, worst = 0;
    Status status = begin(page, r->columns, message);
    if (status)
        return status;
    add_columns(page, "column", number);
    for (int j = 0; j < r->columns; j++) {
        put_text(page, j, 0, r->balance[j].column);
        put(page, j, 1, r->balance[j].before);
        put(page, j, 2, r->balance[j].after);
        above += r->balance[j].after > 0.1 && !r->balance[j].categorical;
        worst = r->balance[j].after > r->balance[worst].after ? j : worst;
    }
    conclude(
        page, above == 0,
        "%d dense columns differ by more than .1 sd after weighting; furthest: %s, %.3f (total variation of "
        "categorical columns, which chance alone makes large where ids are rare)",
        above, r->balance[worst].column, r->balance[worst].after);
    return STATUS_OK;
}

static Status print_sensitivity(SectionPage *page, Message *message)
{
    static const char *const number[] = {"lower", "lower_low", "upper", "upper_high", NULL};
    const AuditResults *r = page->r;
    const AuditSensitivity *s = &r->sensitivity;
    Status status = begin(page, AUDIT_GAMMAS + 1 + r->benchmarks, message);
    if (status)
        return status;
    add_columns(page, "Gamma", number);
    grid_builder_add(&page->builder, "benchmark", "benchmark", CELL_NUMBER, 1);
    for (int g = 0; g <= AUDIT_GAMMAS; g++) {
        const AuditEstimate *low = g < AUDIT_GAMMAS ? &s->lower[g] : &s->no_lower;
        const AuditEstimate *high = g < AUDIT_GAMMAS ? &s->upper[g] : &s->no_upper;
        char name[32];
        snprintf(name, sizeof name, g < AUDIT_GAMMAS ? "%g" : "any (Manski)",
                 g < AUDIT_GAMMAS ? audit_gamma[g] : 0.0);
        put_text(page, g, 0, name);
        put(page, g, 1, low->value);
        put(page, g, 2, low->low);
        put(page, g, 3, high->value);
        put(page, g, 4, high->high);
    }
    for (int b = 0; b < r->benchmarks; b++) {
        char name[AUDIT_COLUMN + 16];
        snprintf(name, sizeof name, "without %s", r->benchmark[b].column);
        put_text(page, AUDIT_GAMMAS + 1 + b, 0, name);
        put(page, AUDIT_GAMMAS + 1 + b, 5, r->benchmark[b].gamma);
    }
    if (isnan(r->break_even))
        conclude(page, true,
                 "CVR of all rows %.4f [%.4f, %.4f] if nothing is hidden; %.4f to %.4f at Gamma 2 (for rare "
                 "clicks "
                 "and conversions about the CVR over and times Gamma)",
                 s->lower[0].value, s->lower[0].low, s->lower[0].high, s->lower[4].value, s->upper[4].value);
    else
        conclude(page, r->tipping >= 1.5,
                 "a break-even CVR of %.4f is reached at Gamma %.3f, %s the 1.5 of a strong hidden cause",
                 r->break_even, r->tipping, r->tipping >= 1.5 ? "no less than" : "below");
    return STATUS_OK;
}

static Status print_predicted(SectionPage *page, Message *message)
{
    static const char *const number[] = {"ratio",     "ratio_low",  "ratio_high", "total",
                                         "total_low", "total_high", NULL};
    const AuditResults *r = page->r;
    int off = 0;
    Status status = begin(page, r->methods, message);
    if (status)
        return status;
    add_columns(page, "estimator", number);
    for (int m = 0; m < r->methods; m++) {
        const AuditEstimate *ratio = &r->method[m].predicted.ratio, *total = &r->method[m].predicted.total;
        const double value[] = {ratio->value, ratio->low, ratio->high, total->value, total->low, total->high};
        put_text(page, m, 0, r->method[m].name);
        for (int v = 0; v < 6; v++)
            put(page, m, v + 1, value[v]);
        off += ratio->low > 1 || ratio->high < 1;
    }
    conclude(page, off == 0,
             "%d of %d estimators predict another number of conversions of clicks than there were (95 %%); "
             "one that "
             "aims at all rows should, if something is hidden",
             off, r->methods);
    return STATUS_OK;
}

static Status print_leaks(SectionPage *page, Message *message)
{
    static const char *const number[] = {"auc_click", "auc_conversion", "click_told", NULL};
    const AuditResults *r = page->r;
    char names[VERDICT / 2] = "";
    Status status = begin(page, r->columns, message);
    if (status)
        return status;
    add_columns(page, "column", number);
    grid_builder_add(&page->builder, "leaks", "leaks", CELL_TEXT, 1);
    for (int j = 0; j < r->columns; j++) {
        const AuditLeak *l = &r->leak[j];
        put_text(page, j, 0, l->column);
        put(page, j, 1, l->click);
        put(page, j, 2, l->conversion);
        put(page, j, 3, l->told);
        put_text(page, j, 4, l->leaks ? "yes" : "");
        const size_t used = strlen(names);
        if (l->leaks)
            snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", l->column);
    }
    conclude(page, !names[0],
             "%s%s (AUC above .95, or above .85 and .15 above the next column; or more than .9 of the click "
             "is told "
             "by the column being empty)",
             names[0] ? "LEAKS: " : "no column tells a label", names);
    return STATUS_OK;
}

static Status print_drift(SectionPage *page, Message *message)
{
    static const char *const number[] = {"distance", "unseen_rows", "unseen_share", "expected_share", NULL};
    const AuditResults *r = page->r;
    int worst = 0;
    if (!r->drift) {
        conclude(page, true, "no test rows and no random rows to hold against the log");
        return STATUS_OK;
    }
    Status status = begin(page, r->columns, message);
    if (status)
        return status;
    add_columns(page, "column", number);
    for (int j = 0; j < r->columns; j++) {
        const AuditDrift *d = &r->drift[j];
        const double value[] = {d->distance, d->categorical ? (double)d->unseen : (double)NAN,
                                d->unseen_share, d->expected};
        put_text(page, j, 0, d->column);
        for (int v = 0; v < 4; v++)
            put(page, j, v + 1, value[v]);
        worst = d->distance > r->drift[worst].distance ? j : worst;
    }
    conclude(
        page, r->drift[worst].distance <= 0.1,
        "furthest from the log: %s, a distance of %.3f (threshold .1; Kolmogorov-Smirnov, total variation of "
        "categorical columns)",
        r->drift[worst].column, r->drift[worst].distance);
    return STATUS_OK;
}

static Status print_power(SectionPage *page, Message *message)
{
    const AuditResults *r = page->r;
    const Log *test = r->other ? r->other : &r->log.data->log;
    size_t clicks = 0, conversions = 0;
    for (size_t i = 0; i < test->x.rows; i++) {
        clicks += test->click[i];
        conversions += test->click[i] && test->conversion[i];
    }
    const double cvr = r->counts.cvr.value;
    const double error = audit_auc_error(0.75, conversions, clicks - conversions);
    const NamedEstimate line[] = {
        {"labelled rows to test on", plain((double)clicks)},
        {"conversions of them", plain((double)conversions)},
        {"standard error of an AUC of .75", plain(error)},
        {"random rows that show a gap of .05 CVR", plain(audit_rows_for_gap(cvr, 0.05 * cvr))},
        {"random rows that show a gap of .1 CVR", plain(audit_rows_for_gap(cvr, 0.1 * cvr))},
        {"random rows that show a gap of .25 CVR", plain(audit_rows_for_gap(cvr, 0.25 * cvr))},
    };
    conclude(page, error < 0.01,
             "%zu clicks, %zu conversions: AUCs that differ by less than %.3f are noise unless their rows "
             "are paired "
             "(threshold: a standard error of .01)",
             clicks, conversions, 1.959964 * sqrt(2) * error);
    return fill_named(page, NAMED(line), message);
}

typedef struct AuditSection {
    const char *part, *title;
    Status (*print)(SectionPage *page, Message *message);
    bool fitted; /* it needs models */
} AuditSection;

static const AuditSection section_table[] = {
    {"counts", "1. Counts and rates", print_counts, false},
    {"gap", "2. Selection gap", print_gap, true},
    {"overlap", "3. Overlap", print_overlap, true},
    {"calibration", "4. Calibration of clicks", print_calibration, true},
    {"balance", "5. Balance of clicks and all rows", print_balance, true},
    {"sensitivity", "6. Sensitivity: CVR of all rows", print_sensitivity, true},
    {"predicted", "7. Predicted over observed conversions of clicks", print_predicted, true},
    {"leaks", "8. Leaks", print_leaks, false},
    {"parts", "9. Parts", print_drift, false},
    {"power", "10. Power", print_power, false},
};
enum { SECTIONS = sizeof section_table / sizeof section_table[0] };

/* --- Printing */

/* Clears the builder. */
static Status print_grid(GridBuilder *builder, Grid grid, const GridFormat *format, FILE *file,
                         Message *message)
{
    enum { MOST_ROWS = 1024 };
    int row[MOST_ROWS];
    const int rows = builder->rows < MOST_ROWS ? builder->rows : MOST_ROWS;
    for (int i = 0; i < rows; i++)
        row[i] = i;
    Status status = grid_builder_arrange(builder, row, rows, message);
    grid.setting = "";
    grid.column = builder->column;
    grid.columns = builder->columns;
    grid.rows = builder->rows;
    grid.cell = builder->cell;
    if (!status)
        status = grid_print(&grid, format, true, file, message);
    grid_builder_clear(builder);
    return status;
}

/* A section without numbers is its verdict alone. */
static Status print_section(const AuditSection *section, SectionPage *page, const GridFormat *format,
                            FILE *file, Message *message)
{
    char note[VERDICT + 16];
    Status status = STATUS_OK;
    if (section->fitted && !page->r->log.fitted)
        conclude(page, false,
                 "needs %d each of conversions, of clicks without one, and of rows without a click",
                 FEWEST_LABELS);
    else
        status = section->print(page, message);
    snprintf(note, sizeof note, "Verdict: %s.", page->verdict);
    if (status || page->builder.rows == 0) {
        grid_builder_clear(&page->builder);
        if (status || format->data)
            return status;
        page->builder = (GridBuilder){0};
        status = begin(page, 1, message);
        if (status)
            return status;
        grid_builder_add(&page->builder, "statistic", "statistic", CELL_TEXT, 1);
        put_text(page, 0, 0, "-");
    }
    return print_grid(
        &page->builder,
        (Grid){.experiment = page->r->name, .title = section->title, .note = note, .part = section->part},
        format, file, message);
}

Status audit_print(const AuditResults *results, const GridFormat *format, FILE *file, Message *message)
{
    SectionPage verdicts = {.r = results};
    Status status = begin(&verdicts, SECTIONS, message);
    if (status)
        return status;
    add_columns(&verdicts, "section", (const char *const[]){"holds", NULL});
    grid_builder_add(&verdicts.builder, "verdict", "verdict", CELL_TEXT, 1);
    grid_heading(format, results->name, "", file);
    for (int s = 0; s < SECTIONS && !status; s++) {
        SectionPage page = {.r = results};
        status = print_section(&section_table[s], &page, format, file, message);
        put_text(&verdicts, s, 0, section_table[s].part);
        put(&verdicts, s, 1, page.holds);
        put_text(&verdicts, s, 2, page.verdict);
    }
    if (status || !format->data) {
        grid_builder_clear(&verdicts.builder);
        return status;
    }
    return print_grid(
        &verdicts.builder,
        (Grid){.experiment = results->name, .title = "Verdicts", .note = "", .part = "verdicts"}, format,
        file, message);
}
