/* The sections of an audit: each number against plain code or a closed form, and intervals and Gamma^ against
 * logs that are drawn here with a known truth. Logits of the models are then the true ones, so that nothing
 * is trained. */
#include "experiments/audit/audit_figures.h"
#include "experiments/spec/assign.h"
#include "tests/support/monte_carlo.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

static void near_to(double got, double want, double by)
{
    if (!(fabs(got - want) <= by))
        fail_msg("%.12g is not within %g of %.12g", got, by, want);
}

/* --- A log with users, and its truth */

enum { USERS = 150, FORCED = 5000, MOST_RANDOM = 5000 };

/* Clicks go by a user's effect, a column x and, by delta, by whether the row would convert: log Gamma is
 * delta. */
typedef struct Drawing {
    size_t rows, forced;
    double user_sd, delta;
} Drawing;

typedef struct DrawnAudit {
    AuditData data;
    AuditLog audit;
    double total; /* mean P(r(1) = 1 | x) of the log's rows */
} DrawnAudit;

/* The base rates of clicks and conversions, in logits. */
static const double click_base = -1.2, convert_base = -1;

/* Returns P(r(1) = 1 | x); fills logit p_o and logit q, the exact ones. */
static double truth_of(double x, double user, double delta, double *click, double *conversion)
{
    const double p_r = sigmoid_of(convert_base + 0.8 * x), a = click_base + 0.5 * x + user;
    const double if_converts = sigmoid_of(a + delta * (1 - p_r)), if_not = sigmoid_of(a - delta * p_r);
    const double p_o = p_r * if_converts + (1 - p_r) * if_not;
    *click = logit_of(p_o);
    *conversion = logit_of(p_r * if_converts / p_o);
    return p_r;
}

static void draw_rows(gsl_rng *rng, const Drawing *drawing, const double *effect, bool forced, DrawnAudit *to)
{
    Log *log = forced ? &to->data.random : &to->data.log;
    float *click = forced ? to->audit.fit.random_click : to->audit.fit.click;
    float *conversion = forced ? to->audit.fit.random_conversion : to->audit.fit.conversion;
    for (size_t i = 0; i < log->x.rows; i++) {
        const uint32_t user = (uint32_t)gsl_rng_uniform_int(rng, USERS);
        const double x = gsl_ran_ugaussian(rng);
        double logit_p, logit_q;
        const double p_r = truth_of(x, effect[user], drawing->delta, &logit_p, &logit_q);
        const bool r = gsl_rng_uniform(rng) < p_r;
        const double a = click_base + 0.5 * x + effect[user] + drawing->delta * ((r ? 1 : 0) - p_r);
        const bool o = forced || gsl_rng_uniform(rng) < sigmoid_of(a);
        log->x.id[2 * i] = user;
        log->x.id[2 * i + 1] = (uint32_t)(i % 7);
        log->x.dense[i] = (float)x;
        log->click[i] = o;
        log->conversion[i] = o && r;
        click[i] = (float)logit_p;
        conversion[i] = (float)logit_q;
        if (!forced)
            to->total += p_r / (double)log->x.rows;
    }
}

static uint8_t *groups_of(const Log *log, bool *present)
{
    uint8_t *group = calloc(log->x.rows + 1, 1);
    uint32_t *user = calloc(log->x.rows + 1, sizeof *user);
    assert_true(group && user);
    for (size_t i = 0; i < log->x.rows; i++)
        user[i] = log->x.id[2 * i];
    test_groups(user, log->x.rows, group);
    for (size_t i = 0; present && i < log->x.rows; i++)
        present[group[i]] = true;
    free(user);
    return group;
}

static void draw(DrawnAudit *to, unsigned long seed, const Drawing *drawing)
{
    const Schema schema = {.categorical = 2,
                           .name = {"user", "item"},
                           .cardinality = {USERS, 7},
                           .dense = 1,
                           .groups = 1,
                           .group = {{"x", 1}}};
    double effect[USERS];
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, seed);
    *to = (DrawnAudit){0};
    OK(log_create(&to->data.log, &schema, drawing->rows, message));
    OK(log_create(&to->data.random, &schema, drawing->forced, message));
    float *memory = calloc(2 * (drawing->rows + drawing->forced) + 1, sizeof *memory);
    assert_non_null(memory);
    to->audit.fit = (AuditPredictions){memory, memory + drawing->rows, memory + 2 * drawing->rows,
                                       memory + 2 * drawing->rows + drawing->forced};
    for (int u = 0; u < USERS; u++)
        effect[u] = gsl_ran_gaussian(rng, drawing->user_sd);
    draw_rows(rng, drawing, effect, false, to);
    draw_rows(rng, drawing, effect, true, to);
    gsl_rng_free(rng);
    to->audit.data = &to->data;
    to->audit.fitted = true;
    to->audit.clip = 0.01;
    to->audit.group = groups_of(&to->data.log, to->audit.present);
    to->audit.random_group = groups_of(&to->data.random, NULL);
    audit_recalibrate(&to->audit);
}

static void drawn_audit_free(DrawnAudit *drawn)
{
    audit_log_free(&drawn->audit);
    log_free(&drawn->data.log);
    log_free(&drawn->data.random);
}

/* --- Single statistics */

static void auc_is_that_of_all_pairs(void **state)
{
    (void)state;
    enum { ROWS = 300 };
    AuditScore row[ROWS];
    double above = 0, pairs = 0;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int i = 0; i < ROWS; i++)
        row[i] = (AuditScore){(double)gsl_rng_uniform_int(rng, 20), gsl_rng_uniform(rng) < 0.3};
    gsl_rng_free(rng);
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < ROWS; j++) {
            if (!row[i].label || row[j].label)
                continue;
            pairs++;
            above += row[i].score > row[j].score ? 1 : row[i].score < row[j].score ? 0 : 0.5;
        }
    near_to(audit_auc(row, ROWS), above / pairs, 1e-12);
    row[0].label = row[1].label = 1;
    assert_true(isnan(audit_auc(row, 0)));
}

/* With a logit that is 0 or 1 the regression is saturated: its fits are the two rates. */
static void line_of_two_rates(void **state)
{
    (void)state;
    enum { ROWS = 10000 };
    float logit[ROWS];
    uint8_t label[ROWS], group[ROWS];
    for (int i = 0; i < ROWS; i++) {
        logit[i] = (float)(i % 2);
        label[i] = (uint8_t)(i % 2 ? i % 10 == 1 : i % 20 == 0); /* 1/5 and 1/10 */
        group[i] = (uint8_t)(i / 5000);
    }
    const AuditLabels labels = {ROWS, logit, label, NULL, group};
    for (int without = 0; without < 3; without++) {
        const AuditLine line = audit_line(&labels, without);
        near_to(line.intercept, logit_of(0.1), 1e-4);
        near_to(line.slope, logit_of(0.2) - logit_of(0.1), 1e-4);
    }
}

static void line_without_labels_is_as_it_is(void **state)
{
    (void)state;
    const float logit[] = {1, 2, 3};
    const uint8_t label[] = {1, 0, 1}, group[] = {0, 1, 2};
    const AuditLine line = audit_line(&(AuditLabels){3, logit, label, NULL, group}, AUDIT_ALL);
    near_to(line.intercept, 0, 0);
    near_to(line.slope, 1, 0);
}

/* Labels that the logit separates have no finite regression without the prior. */
static void line_of_separated_labels_is_finite(void **state)
{
    (void)state;
    float logit[40];
    uint8_t label[40], group[40] = {0};
    for (int i = 0; i < 40; i++) {
        label[i] = (uint8_t)(i % 2);
        logit[i] = label[i] ? 3.0F : -3.0F;
    }
    const AuditLine line = audit_line(&(AuditLabels){40, logit, label, NULL, group}, AUDIT_ALL);
    assert_true(isfinite(line.intercept) && isfinite(line.slope) && line.slope > 1);
}

/* Logits that are twenty times too far from 0, as those of a model that was trained for too long: from their
 * own line whole steps of Newton's method go round the top for ever. */
static void line_of_logits_that_are_too_sure(void **state)
{
    (void)state;
    enum { ROWS = 2000 };
    float logit[ROWS];
    uint8_t label[ROWS], group[ROWS] = {0};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int i = 0; i < ROWS; i++) {
        const double x = gsl_ran_ugaussian(rng);
        logit[i] = (float)(-2.5 + 8 * x);
        label[i] = gsl_rng_uniform(rng) < sigmoid_of(-1.1 + 0.4 * x);
    }
    gsl_rng_free(rng);
    const AuditLine line = audit_line(&(AuditLabels){ROWS, logit, label, NULL, group}, AUDIT_ALL);
    double error = 0, product = 0; /* both are 0 at the top of the likelihood, but for the prior */
    for (int i = 0; i < ROWS; i++) {
        const double e = label[i] - sigmoid_of(line.intercept + line.slope * (double)logit[i]);
        error += e;
        product += e * (double)logit[i];
    }
    near_to(error, 0.001 * line.intercept, 1e-4);
    near_to(product, 0.001 * (line.slope - 1), 1e-4);
    assert_true(line.slope > 0.02 && line.slope < 0.08);
}

static void unclicked_odds_are_over_gamma(void **state)
{
    (void)state;
    for (double gamma = 0.25; gamma <= 4; gamma *= 2)
        near_to(logit_of(0.3) - logit_of(audit_unclicked(AUDIT_ODDS, 0.3, gamma)), log(gamma), 1e-12);
}

/* Of all laws of the hidden cause among other rows, whose ratio to that among clicks is between 1 / L and L
 * where r is 1 and where it is 0, by a search over the one that is free. */
static void tans_bound_is_the_furthest_law(void **state)
{
    (void)state;
    const double share[] = {0.01, 0.3, 0.5, 0.9}, most[] = {1.1, 1.5, 3};
    for (int i = 0; i < 4; i++)
        for (int l = 0; l < 3; l++) {
            const double q = share[i], L = most[l];
            double low = 1, high = 0;
            for (int k = 0; k <= 100000; k++) {
                const double converting = 1 / L + (L - 1 / L) * k / 100000;
                const double other = (1 - converting * q) / (1 - q);
                if (other < 1 / L || other > L)
                    continue;
                low = fmin(low, converting * q);
                high = fmax(high, converting * q);
            }
            near_to(audit_unclicked(AUDIT_TAN, q, L), low, (L - 1 / L) / 100000);
            near_to(audit_unclicked(AUDIT_TAN, q, 1 / L), high, (L - 1 / L) / 100000);
            assert_true(audit_unclicked(AUDIT_TAN, q, L) <= audit_unclicked(AUDIT_ODDS, q, L));
            assert_true(audit_unclicked(AUDIT_TAN, q, 1 / L) >= audit_unclicked(AUDIT_ODDS, q, 1 / L));
        }
    near_to(audit_unclicked(AUDIT_TAN, 0.3, 1), 0.3, 1e-12);
}

/* The bounds of one log, in plain code. */
static void bounds_are_those_of_plain_code(void **state)
{
    (void)state;
    DrawnAudit drawn;
    AuditSensitivity s;
    draw(&drawn, 1, &(Drawing){.rows = 3000, .user_sd = 0.3});
    const AuditLine *c = &drawn.audit.click[AUDIT_ALL], *v = &drawn.audit.conversion[AUDIT_ALL];
    double none[2] = {0, 0};
    const Log *log = &drawn.data.log;
    drawn.audit.clip = 0.15;
    audit_sensitivity(&s, &drawn.audit, AUDIT_ODDS);
    for (int g = 0; g < AUDIT_GAMMAS; g++) {
        double low = 0, high = 0;
        for (size_t i = 0; i < 3000; i++) {
            const double p = sigmoid_of(c->intercept + c->slope * (double)drawn.audit.fit.click[i]);
            const double q = sigmoid_of(v->intercept + v->slope * (double)drawn.audit.fit.conversion[i]);
            const double w = p < 0.15 ? (1 - p) / 0.15 : 1 / p - 1, r = log->conversion[i];
            const double gamma = audit_gamma[g], e = 1e-5;
            const double up = (q + e) / (1 - q - e), down = (q - e) / (1 - q + e), odds = q / (1 - q);
            const double least = odds / gamma, most = odds * gamma;
            const double least_slope =
                (up / gamma / (1 + up / gamma) - down / gamma / (1 + down / gamma)) / (2 * e);
            const double most_slope =
                (up * gamma / (1 + up * gamma) - down * gamma / (1 + down * gamma)) / (2 * e);
            low += (log->click[i] ? r + w * least_slope * (r - q) : least / (1 + least)) / 3000;
            high += (log->click[i] ? r + w * most_slope * (r - q) : most / (1 + most)) / 3000;
            none[0] += g ? 0 : r / 3000;
            none[1] += g || (log->click[i] && !log->conversion[i]) ? 0 : 1.0 / 3000;
        }
        near_to(s.lower[g].value, low, 1e-8); /* slopes are differences */
        near_to(s.upper[g].value, high, 1e-8);
        near_to(audit_tipping(&drawn.audit, low), audit_gamma[g], 1e-5);
        near_to(audit_tipping(&drawn.audit, high), audit_gamma[g], 1e-5);
    }
    near_to(s.no_lower.value, none[0], 1e-10);
    near_to(s.no_upper.value, none[1], 1e-10);
    assert_true(isinf(audit_tipping(&drawn.audit, none[0] / 2)));
    drawn_audit_free(&drawn);
}

static void counts_are_counted(void **state)
{
    (void)state;
    DrawnAudit drawn;
    AuditCounts c;
    draw(&drawn, 2, &(Drawing){.rows = 400, .user_sd = 0.3});
    Log *log = &drawn.data.log;
    for (int j = 0; j < 2; j++) /* row 7 is row 3 once more, row 8 only its user and item */
        log->x.id[14 + j] = log->x.id[16 + j] = log->x.id[6 + j];
    log->x.dense[7] = log->x.dense[3];
    log->click[7] = log->click[3];
    log->conversion[7] = log->conversion[3];
    OK(audit_counts(&c, &drawn.audit, message));
    size_t clicks = 0, conversions = 0, pairs = 0, once = 0, users = 0;
    for (size_t i = 0; i < 400; i++) {
        bool met = false;
        clicks += log->click[i];
        conversions += log->conversion[i];
        for (size_t j = 0; j < i; j++)
            met |= log->x.id[2 * i] == log->x.id[2 * j] && log->x.id[2 * i + 1] == log->x.id[2 * j + 1];
        pairs += met;
    }
    for (uint32_t u = 0; u < USERS; u++) {
        int rows = 0;
        for (size_t i = 0; i < 400; i++)
            rows += log->x.id[2 * i] == u;
        users += rows > 0;
        once += rows == 1;
    }
    assert_int_equal(c.clicks, clicks);
    assert_int_equal(c.conversions, conversions);
    assert_int_equal(c.repeated_pairs, pairs);
    assert_int_equal(c.duplicates, 1);
    assert_int_equal(c.users, users);
    assert_int_equal(c.users_once, once);
    near_to(c.cvr.value, (double)conversions / (double)clicks, 1e-12);
    drawn_audit_free(&drawn);
}

static void overlap_and_calibration_are_those_of_plain_code(void **state)
{
    (void)state;
    DrawnAudit drawn;
    AuditOverlap o;
    AuditCalibration c;
    draw(&drawn, 3, &(Drawing){.rows = 5000, .user_sd = 0.5});
    drawn.audit.clip = 0.1;
    OK(audit_overlap(&o, &drawn.audit, message));
    OK(audit_calibration(&c, &drawn.audit, message));
    const AuditLine *line = &drawn.audit.click[AUDIT_ALL];
    double sum = 0, squares = 0, largest = 0, clipped = 0, clicks = 0, below = 0, loss = 0;
    for (size_t i = 0; i < 5000; i++) {
        const double p = sigmoid_of(line->intercept + line->slope * (double)drawn.audit.fit.click[i]);
        const double raw = sigmoid_of((double)drawn.audit.fit.click[i]), w = p < 0.1 ? 10 : 1 / p;
        const bool click = drawn.data.log.click[i];
        below += p < 0.1;
        loss -= log(click ? raw : 1 - raw) / 5000;
        if (!click)
            continue;
        clicks++;
        sum += w;
        squares += w * w;
        largest = fmax(largest, w);
        clipped += p < 0.1;
    }
    near_to(o.ess, sum * sum / squares, 1e-6);
    near_to(o.largest, largest / sum, 1e-10);
    near_to(o.clipped_clicks, clipped / clicks, 1e-10);
    near_to(o.below_clip, below / 5000, 1e-10);
    near_to(o.mean_weight.value, sum / 5000, 1e-10);
    near_to(c.log_loss, loss, 1e-10);
    size_t events = 0;
    for (int k = 0; k < AUDIT_DECILES; k++) {
        const AuditDecile *d = &c.decile[k];
        assert_int_equal(d->rows, 500);
        /* Wilson's ends solve (observed - p)^2 = z^2 p (1 - p) / n */
        near_to(fabs(d->observed - d->low), 1.959964 * sqrt(d->low * (1 - d->low) / 500), 1e-9);
        near_to(fabs(d->high - d->observed), 1.959964 * sqrt(d->high * (1 - d->high) / 500), 1e-9);
        events += d->events;
    }
    assert_int_equal(events, (size_t)clicks);
    drawn_audit_free(&drawn);
}

/* Items whose rows grow with their number, some of equally many, and one that does not occur. */
static void items_are_those_of_plain_code(void **state)
{
    (void)state;
    enum { ROWS = 4000, ITEMS = 24 };
    DrawnAudit drawn;
    AuditItems tenth[AUDIT_DECILES];
    draw(&drawn, 13, &(Drawing){.rows = ROWS, .user_sd = 0.5});
    Log *log = &drawn.data.log;
    log->x.schema.cardinality[FIELD_ITEM] = ITEMS;
    for (uint32_t i = 0; i < ROWS; i++) {
        const uint32_t at = i % (ITEMS * ITEMS);
        log->x.id[2 * i + 1] = at / ITEMS > at % ITEMS ? at / ITEMS : at % ITEMS;
        if (log->x.id[2 * i + 1] == 5)
            log->x.id[2 * i + 1] = 6;
    }
    OK(audit_items(tenth, &drawn.audit, message));
    size_t rows_of[ITEMS] = {0}, place_of[ITEMS], occur = 0;
    for (size_t i = 0; i < ROWS; i++)
        rows_of[log->x.id[2 * i + 1]]++;
    for (size_t a = 0; a < ITEMS; a++) {
        place_of[a] = 0;
        for (size_t b = 0; b < ITEMS; b++)
            place_of[a] += rows_of[b] && (rows_of[b] < rows_of[a] || (rows_of[b] == rows_of[a] && b < a));
        occur += rows_of[a] > 0;
    }
    assert_int_equal(occur, ITEMS - 1);
    for (size_t k = 0; k < AUDIT_DECILES; k++) {
        double sum = 0, squares = 0;
        size_t items = 0, rows = 0, clicks = 0;
        for (size_t a = 0; a < ITEMS; a++)
            if (rows_of[a] && place_of[a] * AUDIT_DECILES / occur == k) {
                items++;
                rows += rows_of[a];
            }
        for (size_t i = 0; i < ROWS; i++) {
            if (!log->click[i] || place_of[log->x.id[2 * i + 1]] * AUDIT_DECILES / occur != k)
                continue;
            const double w = audit_weight(&drawn.audit, i, AUDIT_ALL);
            clicks++;
            sum += w;
            squares += w * w;
        }
        assert_int_equal(tenth[k].items, items);
        assert_int_equal(tenth[k].rows, rows);
        assert_int_equal(tenth[k].clicks, clicks);
        near_to(tenth[k].ess, sum * sum / squares, 1e-8);
        near_to(tenth[k].ess_share, sum * sum / squares / (double)clicks, 1e-10);
    }
    drawn_audit_free(&drawn);
}

/* Weights of the true p bring clicks to all rows, within what chance leaves. */
static void weights_balance(void **state)
{
    (void)state;
    DrawnAudit drawn;
    AuditBalance b[3];
    AuditOverlap o;
    draw(&drawn, 4, &(Drawing){.rows = 20000, .user_sd = 0.3});
    OK(audit_balance(b, &drawn.audit, message));
    OK(audit_overlap(&o, &drawn.audit, message));
    assert_string_equal(b[2].column, "x");
    assert_true(b[0].categorical && !b[2].categorical);
    assert_true(b[2].before > 0.2);
    assert_true(b[2].after < STANDARD_ERRORS / sqrt(o.ess));
    drawn_audit_free(&drawn);
}

/* A column that is the label of clicks, one that is empty exactly without a click, and x, which is neither.
 */
static void leaks_are_found(void **state)
{
    (void)state;
    DrawnAudit drawn;
    AuditLeak leak[3];
    draw(&drawn, 5, &(Drawing){.rows = 4000, .user_sd = 0.3});
    Log *log = &drawn.data.log;
    OK(audit_leaks(leak, &drawn.audit, message));
    for (int j = 0; j < 3; j++)
        assert_false(leak[j].leaks);
    assert_true(leak[2].click > 0.55 && leak[2].click < 0.85);
    for (size_t i = 0; i < 4000; i++)
        log->x.id[2 * i + 1] = log->conversion[i] ? 3 : 2;
    OK(audit_leaks(leak, &drawn.audit, message));
    assert_true(leak[1].leaks && leak[1].conversion > 0.999);
    assert_false(leak[0].leaks || leak[2].leaks);
    for (size_t i = 0; i < 4000; i++) {
        log->x.id[2 * i + 1] = (uint32_t)(i % 7);
        log->x.dense[i] = log->click[i] ? (float)(i % 11) + 1 : 0;
    }
    OK(audit_leaks(leak, &drawn.audit, message));
    assert_true(leak[2].leaks);
    near_to(leak[2].told, 1, 1e-9);
    drawn_audit_free(&drawn);
}

/* Ids that occur once must not tell the label that they have. */
static void rare_ids_do_not_leak_by_themselves(void **state)
{
    (void)state;
    DrawnAudit drawn;
    AuditLeak leak[3];
    draw(&drawn, 6, &(Drawing){.rows = 4000});
    drawn.data.log.x.schema.cardinality[FIELD_ITEM] = 4000;
    for (size_t i = 0; i < 4000; i++)
        drawn.data.log.x.id[2 * i + 1] = (uint32_t)i;
    OK(audit_leaks(leak, &drawn.audit, message));
    const double error =
        audit_auc_error(0.5, log_clicks(&drawn.data.log), 4000 - log_clicks(&drawn.data.log));
    within_error("AUC of ids that occur once", leak[1].click, 0.5, error);
    drawn_audit_free(&drawn);
}

/* Items that come round with the rows and tell clicks: every fold of rows has all of them. */
static void ids_that_come_round_leak(void **state)
{
    (void)state;
    DrawnAudit drawn;
    AuditLeak leak[3];
    draw(&drawn, 17, &(Drawing){.rows = 4000});
    Log *log = &drawn.data.log;
    log->x.schema.cardinality[FIELD_ITEM] = 10;
    for (uint32_t i = 0; i < 4000; i++) {
        log->x.id[2 * i + 1] = i % 10;
        log->click[i] = i % 10 < 3;
    }
    OK(audit_leaks(leak, &drawn.audit, message));
    assert_true(leak[1].leaks && leak[1].click > 0.999);
    drawn_audit_free(&drawn);
}

static void drift_is_that_of_plain_code(void **state)
{
    (void)state;
    DrawnAudit drawn;
    AuditDrift d[3];
    draw(&drawn, 7, &(Drawing){.rows = 300, .forced = 200, .user_sd = 0.3});
    const Log *log = &drawn.data.log, *other = &drawn.data.random;
    OK(audit_drift(d, &drawn.audit, other, message));
    double most = 0;
    for (size_t k = 0; k < 300; k++) {
        double a = 0, b = 0;
        for (size_t i = 0; i < 300; i++)
            a += log->x.dense[i] <= log->x.dense[k];
        for (size_t i = 0; i < 200; i++)
            b += other->x.dense[i] <= log->x.dense[k];
        most = fmax(most, fabs(a / 300 - b / 200));
    }
    assert_true(d[2].distance >= most - 1e-12 && d[2].distance <= most + 1.0 / 200);
    size_t unseen = 0, once = 0;
    double distance = 0;
    for (uint32_t u = 0; u < USERS; u++) {
        size_t a = 0, b = 0;
        for (size_t i = 0; i < 300; i++)
            a += log->x.id[2 * i] == u;
        for (size_t i = 0; i < 200; i++)
            b += other->x.id[2 * i] == u;
        unseen += a ? 0 : b;
        once += a == 1;
        distance += fabs((double)a / 300 - (double)b / 200) / 2;
    }
    assert_int_equal(d[0].unseen, unseen);
    near_to(d[0].expected, (double)once / 300, 1e-12);
    near_to(d[0].distance, distance, 1e-12);
    drawn_audit_free(&drawn);
}

/* Rows drawn alike are told by chance alone, and those whose x is a standard deviation further as often as
 * two normal variables are in order: Phi(1 / sqrt 2). */
static void classifier_tells_what_differs(void **state)
{
    (void)state;
    enum { LOGS = 20, COLUMNS = 3 };
    double auc[2][LOGS], column_auc[COLUMNS];
    for (int l = 0; l < LOGS; l++)
        for (int moved = 0; moved < 2; moved++) {
            DrawnAudit drawn;
            AuditClassifier c = {.column_auc = column_auc};
            draw(&drawn, 300 + (unsigned long)l, &(Drawing){.rows = 3000, .forced = 1000, .user_sd = 0.5});
            Log *random = &drawn.data.random;
            for (size_t i = 0; i < 1000; i++)
                random->x.dense[i] += (float)moved;
            OK(audit_classifier(&c, &drawn.audit, random, message));
            auc[moved][l] = c.auc;
            assert_int_equal(c.rows[0], 3000);
            assert_int_equal(c.rows[1], 1000);
            assert_true(c.low < c.auc && c.auc < c.high);
            if (moved) {
                assert_int_equal(c.telling[0], 2);
                near_to(column_auc[2], c.auc, 0.02);
            }
            drawn_audit_free(&drawn);
        }
    mean_is("AUC of rows drawn alike", auc[0], LOGS, 0.5);
    /* A regression that is fitted tells a little less than one that is known: by its chance AUC's square
     * root. */
    const double known = 0.5 * erfc(-0.5), error = error_of_mean(auc[1], LOGS);
    assert_true(mean_of(auc[1], LOGS) < known + STANDARD_ERRORS * error);
    assert_true(mean_of(auc[1], LOGS) > known - STANDARD_ERRORS * error - 0.01);
}

/* Ids that are in the part alone tell all of its rows, but not rows that hold them back. */
static void classifier_learns_ids_out_of_fold(void **state)
{
    (void)state;
    double column_auc[3];
    DrawnAudit drawn;
    AuditClassifier c = {.column_auc = column_auc};
    draw(&drawn, 14, &(Drawing){.rows = 2000, .forced = 1000});
    drawn.data.log.x.schema.cardinality[FIELD_ITEM] = 3000;
    for (uint32_t i = 0; i < 2000; i++)
        drawn.data.log.x.id[2 * i + 1] = i;
    for (uint32_t i = 0; i < 1000; i++)
        drawn.data.random.x.id[2 * i + 1] = 2000 + i; /* each occurs once: nothing to learn from others */
    OK(audit_classifier(&c, &drawn.audit, &drawn.data.random, message));
    within_error("AUC of ids that occur once", c.auc, 0.5, audit_auc_error(0.5, 1000, 2000));
    for (uint32_t i = 0; i < 1000; i++)
        drawn.data.random.x.id[2 * i + 1] = 2000 + i % 20;
    OK(audit_classifier(&c, &drawn.audit, &drawn.data.random, message));
    assert_true(c.auc > 0.999);
    assert_int_equal(c.telling[0], FIELD_ITEM);
    drawn_audit_free(&drawn);
}

/* Hanley and McNeil's variance is that of exponential scores: simulated. */
static void power_of_exponential_scores(void **state)
{
    (void)state;
    enum { LOGS = 2000, POSITIVE = 30, NEGATIVE = 50 };
    double auc[LOGS];
    AuditScore row[POSITIVE + NEGATIVE];
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int l = 0; l < LOGS; l++) {
        for (int i = 0; i < POSITIVE + NEGATIVE; i++) /* P(positive above negative) = 3 / 4 */
            row[i] = (AuditScore){gsl_ran_exponential(rng, i < POSITIVE ? 3 : 1), i < POSITIVE};
        auc[l] = audit_auc(row, POSITIVE + NEGATIVE);
    }
    gsl_rng_free(rng);
    mean_is("AUC", auc, LOGS, 0.75);
    const double sd = sqrt(variance_of(auc, LOGS));
    within_error("its standard error", sd, audit_auc_error(0.75, POSITIVE, NEGATIVE),
                 sd / sqrt(2.0 * (LOGS - 1)));
    near_to(audit_rows_for_gap(0.25, 0.05), ceil(2.801585 * 2.801585 * 0.25 * 0.75 / 0.0025), 0);
}

/* --- Figures */

/* What a figure of the section is drawn from; free() it. NULL where there is no such figure. */
static char *figure_data(const AuditResults *results, const char *part)
{
    AuditFigure figure[AUDIT_FIGURES];
    char *text = NULL;
    size_t size;
    const int figures = audit_figures(figure, results);
    for (int f = 0; f < figures; f++) {
        if (strcmp(figure[f].part, part) != 0)
            continue;
        FILE *file = open_memstream(&text, &size);
        assert_non_null(file);
        figure[f].figure.write(figure[f].figure.context, file);
        assert_int_equal(fclose(file), 0);
    }
    return text;
}

/* Bins of a quarter of a logit hold all rows, and each those that plain code finds between its ends. */
static void overlap_is_drawn_of_all_rows(void **state)
{
    (void)state;
    enum { ROWS = 3000 };
    DrawnAudit drawn;
    draw(&drawn, 10, &(Drawing){.rows = ROWS, .user_sd = 0.5});
    const Log *log = &drawn.data.log;
    const AuditLine *line = &drawn.audit.click[AUDIT_ALL];
    const AuditResults results = {.log = drawn.audit};
    char *text = figure_data(&results, "overlap");
    assert_non_null(text);
    double sum[2] = {0, 0};
    int bins = 0;
    for (const char *at = strchr(text, '\n') + 1; *at; at = strchr(at, '\n') + 1) {
        double low, high, share[2], found[2] = {0, 0};
        assert_int_equal(sscanf(at, "%lf %lf %lf %lf", &low, &high, &share[1], &share[0]), 4);
        for (size_t i = 0; i < ROWS; i++) {
            const double p = sigmoid_of(line->intercept + line->slope * (double)drawn.audit.fit.click[i]);
            if (p >= low && p < high)
                found[log->click[i]]++;
        }
        near_to(logit_of(high) - logit_of(low), 0.25, 1e-6);
        for (int o = 0; o < 2; o++) {
            const double all = (double)(o ? log_clicks(log) : ROWS - log_clicks(log));
            near_to(share[o], found[o] / all, 1.5 / all); /* a row may stand on an end */
            sum[o] += share[o];
        }
        bins++;
    }
    near_to(sum[0], 1, 1e-8);
    near_to(sum[1], 1, 1e-8);
    assert_true(bins > 4);
    free(text);
    drawn_audit_free(&drawn);
}

/* Predictions that have nothing to do with the truth. */
static void predicted_deciles_are_those_of_plain_code(void **state)
{
    (void)state;
    enum { ROWS = 4000 };
    DrawnAudit drawn;
    AuditPredicted predicted;
    float *logit = calloc(ROWS, sizeof *logit);
    assert_non_null(logit);
    draw(&drawn, 11, &(Drawing){.rows = ROWS, .user_sd = 0.5});
    const Log *log = &drawn.data.log;
    const float *click = drawn.audit.fit.click;
    double part[AUDIT_DECILES][2] = {{0}}, all[2] = {0, 0}, total = 0;
    const size_t clicks = log_clicks(log);
    for (size_t i = 0; i < ROWS; i++) {
        size_t below = 0;
        logit[i] = (float)(i % 5) - 3;
        const double p = sigmoid_of((double)logit[i]);
        total += p / ROWS;
        if (!log->click[i])
            continue;
        for (size_t j = 0; j < ROWS; j++)
            below += log->click[j] && (click[j] < click[i] || (j < i && !(click[j] > click[i])));
        const size_t k = below * AUDIT_DECILES / clicks;
        part[k][0] += p;
        part[k][1] += log->conversion[i];
        all[0] += p;
        all[1] += log->conversion[i];
    }
    OK(audit_predicted(&predicted, &drawn.audit, logit, message));
    near_to(predicted.ratio.value, all[0] / all[1], 1e-9);
    near_to(predicted.total.value, total, 1e-9);
    for (int k = 0; k < AUDIT_DECILES; k++) {
        const AuditEstimate *e = &predicted.decile[k];
        near_to(e->value, part[k][0] / part[k][1], 1e-9);
        assert_true(e->low < e->value && e->high > e->value);
    }
    AuditResults results = {.log = drawn.audit, .methods = 1, .method[0] = {"one", predicted}};
    char *text = figure_data(&results, "predicted");
    int rows = 0;
    for (const char *at = strstr(text, "one\t"); at; at = strstr(at + 1, "one\t"))
        rows++;
    assert_int_equal(rows, AUDIT_DECILES);
    free(text);
    results.methods = 0;
    assert_null(figure_data(&results, "predicted"));
    free(logit);
    drawn_audit_free(&drawn);
}

/* Without conversions in a tenth there is no ratio of it, and without those of one group no error. */
static void a_ratio_without_conversions_is_not_known(void **state)
{
    (void)state;
    enum { ROWS = 2000 };
    DrawnAudit drawn;
    AuditPredicted predicted;
    draw(&drawn, 12, &(Drawing){.rows = ROWS, .user_sd = 0.5});
    size_t kept = ROWS;
    for (size_t i = 0; i < ROWS; i++) {
        if (kept == ROWS && drawn.data.log.conversion[i])
            kept = i;
        drawn.data.log.conversion[i] = i == kept;
    }
    OK(audit_predicted(&predicted, &drawn.audit, drawn.audit.fit.conversion, message));
    int known = 0;
    for (int k = 0; k < AUDIT_DECILES; k++) {
        known += !isnan(predicted.decile[k].value);
        assert_true(isnan(predicted.decile[k].error) && isnan(predicted.decile[k].low));
    }
    assert_int_equal(known, 1);
    drawn_audit_free(&drawn);
}

/* --- Fitted models */

/* Rows are predicted without the labels of their own fold of users: turned round, they change nothing there,
 * and something elsewhere. Of one epoch there is no best, which all labels choose. */
static void predictions_do_not_know_their_users(void **state)
{
    (void)state;
    enum { ROWS = 1500 };
    DrawnAudit drawn;
    AuditLog before = {0}, after = {0};
    Method method;
    const StreamKey key = {.seed = 5, .setting = ""};
    Spec *spec = malloc(sizeof *spec);
    assert_non_null(spec);
    spec_defaults(spec);
    spec->train.batch = 128;
    spec->train.epochs = 1;
    const EstimatorOptions options = {.model = spec->model, .train = spec->train};
    const AuditFit fit = {&method, &options, &key};
    OK(method_find("shared_bottom", &method, message));
    draw(&drawn, 8, &(Drawing){.rows = ROWS, .forced = 300, .user_sd = 0.5});
    Log *log = &drawn.data.log;
    OK(audit_log_create(&before, &drawn.data, &fit, message));
    for (size_t i = 0; i < ROWS; i++)
        if (before.group[i] % AUDIT_FOLDS == 0)
            log->click[i] = !log->click[i];
    OK(audit_log_create(&after, &drawn.data, &fit, message));
    size_t changed = 0, others = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const bool same = !memcmp(&before.fit.click[i], &after.fit.click[i], sizeof(float));
        if (before.group[i] % AUDIT_FOLDS == 0)
            assert_true(same);
        else
            changed += !same;
        others += before.group[i] % AUDIT_FOLDS != 0;
    }
    assert_int_equal(changed, others);
    for (size_t i = 0; i < 300; i++)
        if (before.random_group[i] % AUDIT_FOLDS == 0)
            assert_memory_equal(&before.fit.random_conversion[i], &after.fit.random_conversion[i],
                                sizeof(float));
    audit_log_free(&before);
    audit_log_free(&after);
    drawn_audit_free(&drawn);
    free(spec);
}

/* Rows of one fold that differ in their user alone are predicted alike. */
static void users_are_one_to_a_model(void **state)
{
    (void)state;
    enum { ROWS = 1500 };
    DrawnAudit drawn;
    AuditLog audit = {0};
    Method method;
    const StreamKey key = {.seed = 5, .setting = ""};
    Spec *spec = malloc(sizeof *spec);
    assert_non_null(spec);
    spec_defaults(spec);
    spec->train.batch = 128;
    const EstimatorOptions options = {.model = spec->model, .train = spec->train};
    OK(method_find("shared_bottom", &method, message));
    draw(&drawn, 18, &(Drawing){.rows = ROWS, .user_sd = 0.5});
    Log *log = &drawn.data.log;
    for (size_t i = 0; i < ROWS; i += 2) {
        log->x.dense[i + 1] = log->x.dense[i];
        log->x.id[2 * (i + 1) + FIELD_ITEM] = log->x.id[2 * i + FIELD_ITEM];
    }
    OK(audit_log_create(&audit, &drawn.data, &(AuditFit){&method, &options, &key}, message));
    int pairs = 0;
    for (size_t i = 0; i < ROWS; i += 2) {
        if (audit.group[i] % AUDIT_FOLDS != audit.group[i + 1] % AUDIT_FOLDS ||
            log->x.id[2 * i] == log->x.id[2 * (i + 1)])
            continue;
        assert_memory_equal(&audit.fit.click[i], &audit.fit.click[i + 1], sizeof(float));
        assert_memory_equal(&audit.fit.conversion[i], &audit.fit.conversion[i + 1], sizeof(float));
        pairs++;
    }
    assert_true(pairs > 50);
    audit_log_free(&audit);
    drawn_audit_free(&drawn);
    free(spec);
}

/* The spec's defaults for a small log, and shared_bottom. */
static Spec *small_spec(Method *method)
{
    Spec *spec = malloc(sizeof *spec);
    assert_non_null(spec);
    spec_defaults(spec);
    OK(method_find("shared_bottom", method, message));
    spec->estimators = 0;
    spec->train.batch = 256;
    spec->train.epochs = 20;
    spec->train.patience = 2;
    return spec;
}

/* Of labels by out-of-fold logits, over the rows that are marked. */
static double loss_of(const float *logit, const uint8_t *label, const uint8_t *marked, size_t rows)
{
    double sum = 0;
    for (size_t i = 0; i < rows; i++)
        if (!marked || marked[i])
            sum -= log(label[i] ? sigmoid_of((double)logit[i]) : sigmoid_of(-(double)logit[i]));
    return sum;
}

/* Fits of each number of epochs, one after the other: the best of them, of clicks and of conversions, says
 * the same in every bit. */
static void the_best_epoch_is_taken(void **state)
{
    (void)state;
    enum { ROWS = 3000, EPOCHS = 12 };
    DrawnAudit drawn;
    AuditLog audit = {0};
    Method method;
    const StreamKey key = {.seed = 5, .setting = ""};
    Spec *spec = small_spec(&method);
    spec->train.batch = 64;
    spec->train.patience = 0;
    spec->train.epochs = EPOCHS;
    spec->train.learning_rate = 0.01;
    EstimatorOptions options = {.model = spec->model, .train = spec->train};
    const AuditFit fit = {&method, &options, &key};
    draw(&drawn, 19, &(Drawing){.rows = ROWS, .forced = 100, .user_sd = 0.5});
    const Log *log = &drawn.data.log;
    OK(audit_log_create(&audit, &drawn.data, &fit, message));
    int best[2] = {0, 0};
    double least[2] = {INFINITY, INFINITY};
    AuditPredictions now;
    OK(audit_predictions_create(&now, &drawn.data, message));
    for (int epochs = 1; epochs <= EPOCHS; epochs++) {
        options.train.epochs = epochs;
        OK(audit_cross_fit(&audit, &fit, &now, message));
        const double loss[2] = {loss_of(now.click, log->click, NULL, ROWS),
                                loss_of(now.conversion, log->conversion, log->click, ROWS)};
        for (int h = 0; h < 2; h++) {
            if (!(loss[h] < least[h]))
                continue;
            least[h] = loss[h];
            best[h] = epochs;
        }
        if (epochs == audit.epochs.click) {
            assert_memory_equal(now.click, audit.fit.click, ROWS * sizeof(float));
            assert_memory_equal(now.random_click, audit.fit.random_click, 100 * sizeof(float));
        }
        if (epochs == audit.epochs.conversion) {
            assert_memory_equal(now.conversion, audit.fit.conversion, ROWS * sizeof(float));
            assert_memory_equal(now.random_conversion, audit.fit.random_conversion, 100 * sizeof(float));
        }
    }
    assert_int_equal(audit.epochs.click, best[0]);
    assert_int_equal(audit.epochs.conversion, best[1]);
    assert_true(best[1] < EPOCHS);
    audit_predictions_free(&now);
    audit_log_free(&audit);
    drawn_audit_free(&drawn);
    free(spec);
}

static double p_of(const AuditLog *audit, size_t row)
{
    return audit_probability(&audit->click[AUDIT_ALL], audit->fit.click[row]);
}

/* A number without a group, AUDIT_ALL: of all rows. */
typedef double PlainNumber(const AuditLog *audit, int without);

static int plain_groups(const AuditLog *audit)
{
    int groups = 0;
    for (int g = 0; g < TEST_GROUPS; g++)
        groups += audit->present[g];
    return groups;
}

static double plain_jackknife(const AuditLog *audit, PlainNumber *number)
{
    const double groups = plain_groups(audit);
    double sum = 0, squares = 0;
    for (int g = 0; g < TEST_GROUPS; g++) {
        const double value = audit->present[g] ? number(audit, g) - number(audit, AUDIT_ALL) : 0;
        sum += value;
        squares += value * value;
    }
    return sqrt((squares - sum * sum / groups) * (groups - 1) / groups);
}

/* The jackknife takes a number for the mean of pseudo-values of the groups: halves would differ by the
 * difference of their means. What they differ by beyond that is what refitting adds. */
static double plain_error(const AuditLog *audit, PlainNumber *number)
{
    const double groups = plain_groups(audit), jackknife = plain_jackknife(audit, number);
    double pseudo[TEST_GROUPS], mean = 0, adds = 0;
    for (int g = 0; g < TEST_GROUPS; g++) {
        pseudo[g] =
            audit->present[g] ? groups * number(audit, AUDIT_ALL) - (groups - 1) * number(audit, g) : 0;
        mean += pseudo[g] / groups;
    }
    for (int h = 0; h < audit->halves; h += 2) {
        const AuditLog *half[] = {&audit->half[h].log, &audit->half[h + 1].log};
        const double gap = number(half[0], AUDIT_ALL) - number(half[1], AUDIT_ALL);
        double linear = 0;
        for (int g = 0; g < TEST_GROUPS; g++)
            linear += (half[0]->present[g] - half[1]->present[g]) * (pseudo[g] - mean) * 2 / groups;
        adds += (gap * gap - linear * linear) / 4 / (audit->halves / 2.0);
    }
    return sqrt(jackknife * jackknife + fmax(0, adds));
}

/* What p^ tells of clicks, summed over the rows of the groups that are not left out. */
static double plain_information(const AuditLog *audit, int without)
{
    const Log *l = &audit->data->log;
    const double rate = (double)log_clicks(l) / (double)l->x.rows;
    double sum = 0;
    for (size_t i = 0; i < l->x.rows; i++)
        if (audit->group[i] != without)
            sum += l->click[i] ? log(p_of(audit, i)) - log(rate) : log(1 - p_of(audit, i)) - log(1 - rate);
    return sum;
}

static double plain_learning(const AuditLog *audit, int without)
{
    double halves = 0;
    for (int h = 0; h < audit->halves; h++)
        halves += plain_information(&audit->half[h].log, without) * 2 / audit->halves;
    return 1 - halves / plain_information(audit, without);
}

static double plain_missed(const AuditLog *audit)
{
    const double learning = plain_learning(audit, AUDIT_ALL);
    const double error = plain_jackknife(audit, plain_learning);
    return sqrt(pow(fmax(0, learning), 2) + error * error) / (pow(2, 1 / 8.0) - 1);
}

/* The upper bound at audit_gamma[AT], and how far it is below that by rates alone. */
enum { AT = 3 };

static double plain_upper(const AuditLog *audit, int without)
{
    const Log *l = &audit->data->log;
    double sum = 0, rows = 0;
    for (size_t i = 0; i < l->x.rows; i++) {
        if (audit->group[i] == without)
            continue;
        const double p = audit_probability(&audit->click[without], audit->fit.click[i]);
        const double q = audit_probability(&audit->conversion[without], audit->fit.conversion[i]);
        const double odds = audit_gamma[AT] * q / (1 - q),
                     slope = audit_gamma[AT] / pow(1 - q + audit_gamma[AT] * q, 2);
        sum += l->click[i]
                   ? l->conversion[i] + (1 - p) / fmax(p, audit->clip) * slope * (l->conversion[i] - q)
                   : odds / (1 + odds);
        rows++;
    }
    return sum / rows;
}

static double plain_learned(const AuditLog *audit, int without)
{
    const Log *l = &audit->data->log;
    double rows = 0, clicks = 0, conversions = 0;
    for (size_t i = 0; i < l->x.rows; i++) {
        if (audit->group[i] == without)
            continue;
        rows++;
        clicks += l->click[i];
        conversions += l->click[i] && l->conversion[i];
    }
    const double odds = audit_gamma[AT] * conversions / (clicks - conversions);
    return conversions / rows + (1 - clicks / rows) * odds / (1 + odds) - plain_upper(audit, without);
}

static double may_miss; /* for the two numbers below, which take no more than a PlainNumber does */

static double plain_upper_missed(const AuditLog *audit, int without)
{
    return plain_upper(audit, without) - may_miss * plain_learned(audit, without);
}

static void holds_either_end(const AuditLog *audit, const AuditEstimate *near, PlainNumber *far_number,
                             double tolerance)
{
    const int freedom = plain_groups(audit) - 1;
    const AuditEstimate far = {.value = far_number(audit, AUDIT_ALL),
                               .error = plain_error(audit, far_number)};
    const AuditEstimate *low = far.value < near->value ? &far : near, *high = low == &far ? near : &far;
    const double below = (low->value - near->low) / low->error,
                 above = (near->high - high->value) / high->error;
    const double apart = (high->value - low->value) / fmax(near->error, far.error);
    assert_true(apart > 0);
    near_to(below, above, tolerance);
    near_to(gsl_cdf_tdist_P(below + apart, freedom) - gsl_cdf_tdist_P(-below, freedom), 0.95, tolerance);
}

/* What is split of the gap, without a group: the intercept of q^ is where the weighted mean residual of
 * clicks is `residual`. */
typedef struct PlainSplit {
    double adjusted, log_gamma;
} PlainSplit;

static PlainSplit plain_split(const AuditLog *audit, double residual, int without)
{
    const Log *l = &audit->data->log, *random = &audit->data->random;
    AuditLine line = audit->conversion[without];
    double low = -9, high = 9, p[MOST_RANDOM], q[MOST_RANDOM], clicks = 0, conversions = 0, expected = 0;
    uint8_t outcome[MOST_RANDOM];
    size_t rows = 0;
    assert_true(random->x.rows <= MOST_RANDOM);
    while (high - low > 1e-12) {
        double sum = 0;
        line.intercept = (low + high) / 2;
        clicks = conversions = 0;
        rows = 0;
        for (size_t i = 0; i < l->x.rows; i++) {
            if (audit->group[i] == without)
                continue;
            rows++;
            if (!l->click[i])
                continue;
            clicks++;
            conversions += l->conversion[i];
            sum += (l->conversion[i] - audit_probability(&line, audit->fit.conversion[i])) /
                   fmax(audit_probability(&audit->click[without], audit->fit.click[i]), audit->clip);
        }
        if (sum / (double)rows > residual)
            low = line.intercept;
        else
            high = line.intercept;
    }
    rows = 0;
    for (size_t i = 0; i < random->x.rows; i++) {
        if (audit->random_group[i] == without)
            continue;
        p[rows] = audit_probability(&audit->click[without], audit->fit.random_click[i]);
        q[rows] = audit_probability(&line, audit->fit.random_conversion[i]);
        outcome[rows] = random->conversion[i];
        expected += q[rows++];
    }
    return (PlainSplit){conversions / clicks - expected / (double)rows,
                        audit_log_gamma(&(AuditForced){rows, p, q, outcome})};
}

static double plain_gamma(const AuditLog *audit, int without)
{
    return plain_split(audit, 0, without).log_gamma;
}

static double plain_gamma_missed(const AuditLog *audit, int without)
{
    const double missed = may_miss * plain_split(audit, 0, without).adjusted;
    return plain_split(audit, missed, without).log_gamma;
}

/* A log of 4,000 rows and 800 random ones, with models of its own and of the halves of SPLITS splits. */
enum { HALVED_ROWS = 4000, HALVED_RANDOM = 800, SPLITS = 3 };

typedef struct HalvedAudit {
    DrawnAudit drawn;
    AuditLog audit;
} HalvedAudit;

static void halved_audit(HalvedAudit *to)
{
    Method method;
    const StreamKey key = {.seed = 5, .setting = ""};
    Spec *spec = small_spec(&method);
    spec->train.epochs = 2;
    const EstimatorOptions options = {.model = spec->model, .train = spec->train};
    const AuditFit fit = {&method, &options, &key};
    draw(&to->drawn, 20, &(Drawing){.rows = HALVED_ROWS, .forced = HALVED_RANDOM, .user_sd = 0.5});
    OK(audit_log_create(&to->audit, &to->drawn.data, &fit, message));
    OK(audit_refit_halves(&to->audit, &fit, SPLITS, message));
    free(spec);
}

static void halved_audit_free(HalvedAudit *halved)
{
    audit_log_free(&halved->audit);
    drawn_audit_free(&halved->drawn);
}

/* Halves are made of other users with the labels of the log; errors are of the jackknife, and of what halves
 * with models of their own differ by beyond what it foretells. */
static void errors_are_those_of_halves(void **state)
{
    (void)state;
    static HalvedAudit halved;
    halved_audit(&halved);
    const AuditLog *audit = &halved.audit;
    const Log *log = &audit->data->log;
    assert_int_equal(audit->halves, 2 * SPLITS);
    for (int split = 0; split < SPLITS; split++) {
        size_t rows = 0, random_rows = 0;
        for (int h = 0; h < 2; h++) {
            const AuditHalf *half = &audit->half[2 * split + h], *other = &audit->half[2 * split + 1 - h];
            int groups = 0;
            for (int g = 0; g < TEST_GROUPS; g++) {
                groups += half->log.present[g];
                assert_int_equal(half->log.present[g] + other->log.present[g], audit->present[g]);
            }
            assert_in_range(groups, TEST_GROUPS / 2 - 5, TEST_GROUPS / 2); /* a few have no user */
            size_t clicks = 0;
            for (size_t i = 0; i < HALVED_ROWS; i++)
                clicks += half->log.present[audit->group[i]] && log->click[i];
            assert_int_equal(log_clicks(&half->data.log), clicks);
            rows += half->data.log.x.rows;
            random_rows += half->data.random.x.rows;
        }
        assert_int_equal(rows, HALVED_ROWS);
        assert_int_equal(random_rows, HALVED_RANDOM);
    }
    AuditSensitivity s;
    AuditGap gap;
    audit_sensitivity(&s, audit, AUDIT_ODDS);
    near_to(s.upper[AT].value, plain_upper(audit, AUDIT_ALL), 1e-12);
    near_to(s.upper[AT].error, plain_error(audit, plain_upper), 1e-9);
    assert_true(s.upper[AT].error > plain_jackknife(audit, plain_upper));
    OK(audit_gap(&gap, audit, message));
    near_to(gap.log_gamma.value, plain_gamma(audit, AUDIT_ALL), 1e-5);
    near_to(gap.log_gamma.error, plain_error(audit, plain_gamma), 1e-4);
    halved_audit_free(&halved);
}

/* Numbers that models may miss a part of reach from what they are if nothing is missed to what they are if
 * the most is, and beyond both as far as holds either end with 95 %. */
static void what_models_may_miss_is_held(void **state)
{
    (void)state;
    static HalvedAudit halved;
    halved_audit(&halved);
    const AuditLog *audit = &halved.audit;
    may_miss = plain_missed(audit);
    assert_true(may_miss > 0);
    near_to(audit_missed(audit), may_miss, 1e-9);
    assert_true(audit_missed(&audit->half[0].log) == 0);
    AuditSensitivity s;
    AuditGap gap;
    audit_sensitivity(&s, audit, AUDIT_ODDS);
    holds_either_end(audit, &s.upper[AT], plain_upper_missed, 1e-6);
    OK(audit_gap(&gap, audit, message));
    holds_either_end(audit, &gap.log_gamma, plain_gamma_missed, 1e-3);
    halved_audit_free(&halved);
}

/* Half of these conversions are too few for a model: errors are then by the jackknife, with its lines. */
static void halves_need_labels(void **state)
{
    (void)state;
    enum { ROWS = 1000 };
    DrawnAudit drawn;
    AuditLog audit = {0};
    Method method;
    AuditSensitivity s;
    const StreamKey key = {.seed = 5, .setting = ""};
    Spec *spec = small_spec(&method);
    spec->train.epochs = 1;
    const EstimatorOptions options = {.model = spec->model, .train = spec->train};
    const AuditFit fit = {&method, &options, &key};
    draw(&drawn, 21, &(Drawing){.rows = ROWS, .user_sd = 0.5});
    int kept = 0;
    for (size_t i = 0; i < ROWS; i++) {
        kept += drawn.data.log.conversion[i];
        drawn.data.log.conversion[i] = drawn.data.log.conversion[i] && kept <= FEWEST_LABELS + 5;
    }
    OK(audit_log_create(&audit, &drawn.data, &fit, message));
    OK(audit_refit_halves(&audit, &fit, 2, message));
    assert_true(audit.fitted);
    assert_int_equal(audit.halves, 0);
    audit_sensitivity(&s, &audit, AUDIT_ODDS);
    assert_true(s.lower[0].error > 0);
    audit_log_free(&audit);
    drawn_audit_free(&drawn);
    free(spec);
}

static double pair_auc(const float *score, const uint8_t *label, const uint8_t *marked, size_t rows)
{
    double above = 0, pairs = 0;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < rows; j++) {
            if (!marked[i] || !marked[j] || !label[i] || label[j])
                continue;
            pairs++;
            above += score[i] > score[j] ? 1 : score[i] < score[j] ? 0 : 0.5;
        }
    return above / pairs;
}

/* Test rows of which some have users, and one an item, that the log does not have. */
static void seen_rows_are_those_of_plain_code(void **state)
{
    (void)state;
    enum { ROWS = 1500, OTHER = 400 };
    DrawnAudit drawn, other;
    Method method;
    AuditSeen seen;
    const StreamKey key = {.seed = 6, .setting = ""};
    Spec *spec = small_spec(&method);
    const EstimatorOptions options = {.model = spec->model, .train = spec->train};
    const AuditFit fit = {&method, &options, &key};
    float click[OTHER], conversion[OTHER];
    uint8_t all[OTHER], known[OTHER], clicked[OTHER], known_clicked[OTHER];
    draw(&drawn, 15, &(Drawing){.rows = ROWS, .user_sd = 0.5});
    draw(&other, 16, &(Drawing){.rows = OTHER, .user_sd = 0.5});
    for (size_t i = 0; i < ROWS; i++)
        if (drawn.data.log.x.id[2 * i] % 3 == 0)
            drawn.data.log.x.id[2 * i]++;
    Log *part = &other.data.log;
    for (size_t i = 0; i < ROWS; i++)
        if (drawn.data.log.x.id[2 * i + 1] == 6)
            drawn.data.log.x.id[2 * i + 1] = 5;
    size_t unseen = 0;
    for (size_t i = 0; i < OTHER; i++) {
        all[i] = 1;
        known[i] = part->x.id[2 * i] % 3 != 0 && part->x.id[2 * i + 1] != 6;
        clicked[i] = part->click[i];
        known_clicked[i] = known[i] && clicked[i];
        unseen += !known[i];
    }
    OK(audit_seen(&seen, &drawn.audit, &fit, part, message));
    OK(audit_fit_whole(&drawn.audit, &fit, &part->x, click, conversion, message));
    assert_true(unseen > 100);
    assert_int_equal(seen.all.rows, OTHER);
    assert_int_equal(seen.seen.rows, OTHER - unseen);
    near_to(seen.all.click_auc, pair_auc(click, part->click, all, OTHER), 1e-12);
    near_to(seen.seen.click_auc, pair_auc(click, part->click, known, OTHER), 1e-12);
    near_to(seen.all.conversion_auc, pair_auc(conversion, part->conversion, clicked, OTHER), 1e-12);
    near_to(seen.seen.conversion_auc, pair_auc(conversion, part->conversion, known_clicked, OTHER), 1e-12);
    double predicted = 0, observed = 0;
    for (size_t i = 0; i < OTHER; i++) {
        predicted += known_clicked[i] ? (double)conversion[i] : 0;
        observed += known_clicked[i] && part->conversion[i];
    }
    near_to(seen.seen.ratio, predicted / observed, 1e-10);
    drawn_audit_free(&drawn);
    drawn_audit_free(&other);
    free(spec);
}

/* Too few labels to fit: counts alone. */
static void few_labels_are_not_fitted(void **state)
{
    (void)state;
    DrawnAudit drawn;
    AuditLog audit;
    AuditCounts c;
    draw(&drawn, 9, &(Drawing){.rows = 20});
    OK(audit_log_create(&audit, &drawn.data, NULL, message));
    assert_false(audit.fitted);
    OK(audit_counts(&c, &audit, message));
    assert_int_equal(c.rows, 20);
    audit_log_free(&audit);
    drawn_audit_free(&drawn);
}

/* --- Intervals and Gamma^ */

/* At least as many of `logs` as a binomial of .95 has but with the chance of 4.5 standard errors. */
static void covers(const char *what, int covered, int logs)
{
    const double share = (double)covered / logs;
    within_error(what, share, 0.95, sqrt(0.95 * 0.05 / logs));
}

static bool holds(const AuditEstimate *e, double truth)
{
    return e->low <= truth && truth <= e->high;
}

/* Means over users and rows, by a large sample of its own. */
static void find_rates(double user_sd, double *ctr, double *cvr)
{
    enum { DRAWS = 2000000 };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
    double clicks = 0, both = 0;
    for (int i = 0; i < DRAWS; i++) {
        double click, conversion;
        truth_of(gsl_ran_ugaussian(rng), gsl_ran_gaussian(rng, user_sd), 0, &click, &conversion);
        clicks += sigmoid_of(click);
        both += sigmoid_of(click) * sigmoid_of(conversion);
    }
    gsl_rng_free(rng);
    *ctr = clicks / DRAWS;
    *cvr = both / clicks;
}

/* Users are drawn anew in each log, which makes the spread of click rates three times that of independent
 * rows. Models say the true logits: their lines are {0, 1}, their weights have mean 1, and the ratios of
 * predictions to what is observed are 1. */
static void intervals_cover(void **state)
{
    (void)state;
    slow_under_valgrind();
    enum {
        OF_CTR,
        OF_CVR,
        OF_TOTAL,
        OF_INTERCEPT,
        OF_SLOPE,
        OF_CONVERSION_INTERCEPT,
        OF_CONVERSION_SLOPE,
        OF_WEIGHT,
        OF_RATIO,
        SINGLE
    };
    static const char *const what[] = {[OF_CTR] = "click rate",
                                       [OF_CVR] = "CVR of clicks",
                                       [OF_TOTAL] = "CVR of all rows",
                                       [OF_INTERCEPT] = "intercept",
                                       [OF_SLOPE] = "slope",
                                       [OF_CONVERSION_INTERCEPT] = "intercept of conversions",
                                       [OF_CONVERSION_SLOPE] = "slope of conversions",
                                       [OF_WEIGHT] = "mean weight",
                                       [OF_RATIO] = "predicted over observed"};
    const int logs = 200 / SHRINK;
    const Drawing drawing = {.rows = 3000, .user_sd = 1};
    double ctr, cvr, design = 0;
    int covered[SINGLE] = {0}, wilson = 0, ratio = 0;
    find_rates(1, &ctr, &cvr);
    for (int l = 0; l < logs; l++) {
        DrawnAudit drawn;
        AuditCounts c;
        AuditSensitivity s;
        AuditCalibration k;
        AuditOverlap o;
        AuditPredicted p;
        draw(&drawn, 100 + (unsigned long)l, &drawing);
        OK(audit_counts(&c, &drawn.audit, message));
        OK(audit_calibration(&k, &drawn.audit, message));
        OK(audit_overlap(&o, &drawn.audit, message));
        OK(audit_predicted(&p, &drawn.audit, drawn.audit.fit.conversion, message));
        audit_sensitivity(&s, &drawn.audit, AUDIT_ODDS);
        covered[OF_CTR] += holds(&c.ctr, ctr);
        covered[OF_CVR] += holds(&c.cvr, cvr);
        covered[OF_TOTAL] += s.lower[0].low <= drawn.total && drawn.total <= s.upper[0].high;
        covered[OF_INTERCEPT] += holds(&k.intercept, 0);
        covered[OF_SLOPE] += holds(&k.slope, 1);
        covered[OF_CONVERSION_INTERCEPT] += holds(&k.conversion_intercept, 0);
        covered[OF_CONVERSION_SLOPE] += holds(&k.conversion_slope, 1);
        covered[OF_WEIGHT] += holds(&o.mean_weight, 1);
        covered[OF_RATIO] += holds(&p.ratio, 1);
        for (int d = 0; d < AUDIT_DECILES; d++) {
            wilson += k.decile[d].low <= k.decile[d].predicted && k.decile[d].predicted <= k.decile[d].high;
            ratio += holds(&p.decile[d], 1);
        }
        design += c.design[0] / logs;
        drawn_audit_free(&drawn);
    }
    for (int v = 0; v < SINGLE; v++)
        covers(what[v], covered[v], logs);
    covers("click rate of a decile", wilson, logs * AUDIT_DECILES);
    covers("predicted over observed of a decile", ratio, logs * AUDIT_DECILES);
    assert_true(design > 2);
}

/* Of P(r(1) = 1 | x), by the trapezoidal rule. */
static double mean_conversion(void)
{
    double sum = 0;
    for (int k = -4000; k <= 4000; k++)
        sum += gsl_ran_ugaussian_pdf(k / 500.0) * sigmoid_of(convert_base + 0.8 * (k / 500.0)) / 500;
    return sum;
}

/* log of the Gamma that x is worth. A model without x can but give all clicks their CVR v; with the click
 * rate c and the mean P(r(1) = 1) t of all rows, Gamma is v's odds over those of (t - c v) / (1 - c). */
static double gamma_of_x(void)
{
    double ctr, cvr;
    const double total = mean_conversion();
    find_rates(0.5, &ctr, &cvr);
    return logit_of(cvr) - logit_of((total - ctr * cvr) / (1 - ctr));
}

static void a_benchmark_is_that_of_the_closed_form(void **state)
{
    (void)state;
    slow_under_valgrind();
    enum { LOGS = SHRINK > 1 ? 10 : 20, ROWS = 3000 }; /* a spread of fewer is no standard error */
    double found[LOGS];
    float *constant = calloc(ROWS, sizeof *constant);
    assert_non_null(constant);
    for (int l = 0; l < LOGS; l++) {
        DrawnAudit drawn;
        draw(&drawn, 500 + (unsigned long)l, &(Drawing){.rows = ROWS, .user_sd = 0.5});
        found[l] = log(audit_benchmark(&drawn.audit, constant));
        drawn_audit_free(&drawn);
    }
    mean_is("log Gamma of x", found, LOGS, gamma_of_x());
    free(constant);
}

/* With models that are fitted: they know x with noise, which takes some of its worth, and give some to items,
 * which tell nothing of conversions. Users, whom models do not see, have no benchmark. */
static void a_feature_is_worth_more_than_noise(void **state)
{
    (void)state;
    slow_under_valgrind();
    enum { LOGS = 4, COLUMNS = 2 };
    double off[LOGS], more[LOGS];
    const double known = gamma_of_x();
    Method method;
    Spec *spec = small_spec(&method);
    for (int l = 0; l < LOGS; l++) {
        DrawnAudit drawn;
        AuditResults results;
        const StreamKey key = {.seed = 7, .setting = "", .replicate = (uint32_t)l};
        const AuditOptions options = {.name = "drawn", .break_even = NAN, .benchmarks = true};
        draw(&drawn, 500 + (unsigned long)l, &(Drawing){.rows = 6000, .user_sd = 0.5});
        OK(audit_compute(&results, spec, &drawn.data, &key, &options, message));
        assert_int_equal(results.benchmarks, COLUMNS);
        assert_string_equal(results.benchmark[0].column, "item");
        assert_string_equal(results.benchmark[1].column, "x");
        off[l] = log(results.benchmark[1].gamma) - known;
        more[l] = log(results.benchmark[1].gamma) - log(results.benchmark[0].gamma);
        audit_results_free(&results);
        drawn_audit_free(&drawn);
    }
    assert_true(mean_of(off, LOGS) < STANDARD_ERRORS * error_of_mean(off, LOGS));
    assert_true(mean_of(more, LOGS) > STANDARD_ERRORS * error_of_mean(more, LOGS));
    free(spec);
}

/* A model of conversions that knows nothing is made good by the clicks, where that of clicks is right; Tan's
 * bounds too are those of its bound of q. */
static void bounds_forgive_a_model_of_conversions(void **state)
{
    (void)state;
    slow_under_valgrind();
    enum { LOGS = SHRINK > 1 ? 10 : 20, ROWS = 3000 }; /* a spread of fewer is no standard error */
    double off[LOGS], covered = 0;
    for (int l = 0; l < LOGS; l++) {
        DrawnAudit drawn;
        AuditSensitivity s, tan;
        draw(&drawn, 700 + (unsigned long)l, &(Drawing){.rows = ROWS, .user_sd = 0.5});
        for (size_t i = 0; i < ROWS; i++)
            drawn.audit.fit.conversion[i] = 0;
        audit_recalibrate(&drawn.audit);
        audit_sensitivity(&s, &drawn.audit, AUDIT_ODDS);
        audit_sensitivity(&tan, &drawn.audit, AUDIT_TAN);
        off[l] = s.lower[0].value - drawn.total;
        covered += holds(&s.lower[0], drawn.total);
        near_to(tan.lower[0].value, s.lower[0].value, 1e-10);
        near_to(tan.no_upper.value, s.no_upper.value, 0);
        for (int g = 1; g < AUDIT_GAMMAS; g++)
            assert_true(tan.lower[g].value < s.lower[g].value && tan.upper[g].value > s.upper[g].value);
        drawn_audit_free(&drawn);
    }
    mean_is("the total less the truth", off, LOGS, 0);
    assert_true(covered / LOGS > 0.95 - STANDARD_ERRORS * sqrt(0.95 * 0.05 / LOGS));
}

/* A model of conversions that knows nothing but their rate, targeted, says the CVR of weighted clicks; where
 * that of clicks is right, nothing is left of the gap then, though clicks convert more often by what x is. */
static void the_rest_forgives_a_model_of_conversions(void **state)
{
    (void)state;
    slow_under_valgrind();
    enum { LOGS = SHRINK > 1 ? 10 : 20, ROWS = 3000 };
    double rest[LOGS], covered = 0;
    for (int l = 0; l < LOGS; l++) {
        DrawnAudit drawn;
        AuditGap gap;
        double weight = 0, converted = 0;
        draw(&drawn, 800 + (unsigned long)l, &(Drawing){.rows = ROWS, .forced = ROWS, .user_sd = 0.5});
        for (size_t i = 0; i < ROWS; i++)
            drawn.audit.fit.conversion[i] = drawn.audit.fit.random_conversion[i] = 0;
        audit_recalibrate(&drawn.audit);
        OK(audit_gap(&gap, &drawn.audit, message));
        for (size_t i = 0; i < ROWS; i++) {
            const double p = audit_probability(&drawn.audit.click[AUDIT_ALL], drawn.audit.fit.click[i]);
            const double w = drawn.data.log.click[i] / fmax(p, drawn.audit.clip);
            weight += w;
            converted += w * drawn.data.log.conversion[i];
        }
        near_to(gap.rest.value, converted / weight - gap.forced.value, 1e-9);
        rest[l] = gap.rest.value;
        covered += holds(&gap.rest, 0);
        drawn_audit_free(&drawn);
    }
    mean_is("the rest of the gap", rest, LOGS, 0);
    assert_true(covered / LOGS > 0.95 - STANDARD_ERRORS * sqrt(0.95 * 0.05 / LOGS));
}

/* Where outcomes were forced, Gamma^ is that of the draw, its error is its spread, and the rest of the gap
 * is what features do not explain. Without a hidden cause there is none of either. */
static void gamma_is_found(void **state)
{
    (void)state;
    slow_under_valgrind();
    const int logs = 40 / (SHRINK > 1 ? 4 : 1);
    const double delta[] = {0, 0.43}, total = mean_conversion();
    double ctr, cvr;
    find_rates(0.5, &ctr, &cvr);
    for (int k = 0; k < 2; k++) {
        const Drawing drawing = {.rows = 10000, .forced = FORCED, .user_sd = 0.5, .delta = delta[k]};
        double *found = calloc((size_t)logs, sizeof *found), error = 0;
        int covered = 0, bounded = 0, none = 0, gap_covered = 0, by_features = 0, ratio_covered = 0;
        assert_non_null(found);
        for (int l = 0; l < logs; l++) {
            DrawnAudit drawn;
            AuditGap gap;
            AuditSensitivity s;
            draw(&drawn, 1000 + (unsigned long)l, &drawing);
            OK(audit_gap(&gap, &drawn.audit, message));
            audit_sensitivity(&s, &drawn.audit, AUDIT_ODDS);
            found[l] = gap.log_gamma.value;
            error += gap.log_gamma.error / logs;
            covered += holds(&gap.log_gamma, delta[k]);
            bounded += s.lower[4].low <= drawn.total && drawn.total <= s.upper[4].high;
            none += holds(&gap.rest, 0);
            gap_covered += holds(&gap.gap, cvr - total);
            by_features += holds(&gap.adjusted, cvr - total);
            ratio_covered += holds(&gap.log_ratio, log(cvr / total));
            near_to(gap.gap.value, gap.adjusted.value + gap.rest.value, 1e-12);
            drawn_audit_free(&drawn);
        }
        mean_is("log Gamma", found, (size_t)logs, delta[k]);
        const double sd = sqrt(variance_of(found, (size_t)logs));
        within_error("the error of log Gamma", error, sd, sd / sqrt(2.0 * (logs - 1)));
        covers("log Gamma", covered, logs);
        assert_int_equal(bounded, logs);
        if (k == 0) {
            covers("no rest of the gap", none, logs);
            covers("gap", gap_covered, logs);
            covers("gap by features", by_features, logs);
            covers("log ratio", ratio_covered, logs);
        } else
            assert_true(none < logs / 4);
        free(found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(auc_is_that_of_all_pairs),
        cmocka_unit_test(line_of_two_rates),
        cmocka_unit_test(line_without_labels_is_as_it_is),
        cmocka_unit_test(line_of_separated_labels_is_finite),
        cmocka_unit_test(line_of_logits_that_are_too_sure),
        cmocka_unit_test(unclicked_odds_are_over_gamma),
        cmocka_unit_test(tans_bound_is_the_furthest_law),
        cmocka_unit_test(bounds_are_those_of_plain_code),
        cmocka_unit_test(counts_are_counted),
        cmocka_unit_test(overlap_and_calibration_are_those_of_plain_code),
        cmocka_unit_test(items_are_those_of_plain_code),
        cmocka_unit_test(weights_balance),
        cmocka_unit_test(leaks_are_found),
        cmocka_unit_test(rare_ids_do_not_leak_by_themselves),
        cmocka_unit_test(ids_that_come_round_leak),
        cmocka_unit_test(drift_is_that_of_plain_code),
        cmocka_unit_test(classifier_tells_what_differs),
        cmocka_unit_test(classifier_learns_ids_out_of_fold),
        cmocka_unit_test(power_of_exponential_scores),
        cmocka_unit_test(overlap_is_drawn_of_all_rows),
        cmocka_unit_test(predicted_deciles_are_those_of_plain_code),
        cmocka_unit_test(a_ratio_without_conversions_is_not_known),
        cmocka_unit_test(predictions_do_not_know_their_users),
        cmocka_unit_test(users_are_one_to_a_model),
        cmocka_unit_test(the_best_epoch_is_taken),
        cmocka_unit_test(errors_are_those_of_halves),
        cmocka_unit_test(what_models_may_miss_is_held),
        cmocka_unit_test(halves_need_labels),
        cmocka_unit_test(seen_rows_are_those_of_plain_code),
        cmocka_unit_test(few_labels_are_not_fitted),
        cmocka_unit_test(intervals_cover),
        cmocka_unit_test(bounds_forgive_a_model_of_conversions),
        cmocka_unit_test(a_benchmark_is_that_of_the_closed_form),
        cmocka_unit_test(a_feature_is_worth_more_than_noise),
        cmocka_unit_test(the_rest_forgives_a_model_of_conversions),
        cmocka_unit_test(gamma_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
