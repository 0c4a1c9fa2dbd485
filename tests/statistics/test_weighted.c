/* Weighted metrics: against slow plain code, against the truth that they estimate, and in what is left of
 * them without a group of test users. */
#include "results/statistics/test_sample.h"
#include "results/statistics/weighted_metrics.h"

#include "tests/support/store_fixture.h"

enum { SMALL = 240, LARGE = 200000 };

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static double value_of(const char *name, const Scored *scored)
{
    for (const Metric *m = weighted_metric_table; m->name; m++)
        if (!strcmp(m->name, name))
            return m->value(scored);
    fail_msg("no metric %s", name);
    return NAN;
}

static void close_to(double got, double want)
{
    if (!(fabs(got - want) <= 1e-12 * (1 + fabs(want))))
        fail_msg("%.17g, expected %.17g", got, want);
}

/* A log whose clicks and conversions share x, so that clicks alone are no fair sample. */
typedef struct Rows {
    size_t rows;
    float p_o[LARGE], prediction[LARGE];
    double p_r[LARGE], target[LARGE], weight[LARGE];
    uint8_t click[LARGE], group[LARGE];
    uint32_t user[LARGE];
} Rows;

static Rows data;

static void draw(size_t rows, double clip)
{
    gsl_rng *g = gsl_rng_alloc(gsl_rng_mt19937);
    assert_non_null(g);
    gsl_rng_set(g, 11);
    data.rows = rows;
    for (size_t i = 0; i < rows; i++) {
        const double x = gsl_ran_ugaussian(g);
        data.p_o[i] = (float)sigmoid(x - 1);
        data.p_r[i] = sigmoid(x - 0.5);
        data.prediction[i] = /* low, so that how often rows convert matters to the loss; with ties */
            (float)round(1000 * sigmoid(0.3 * x - 1.5 + gsl_ran_gaussian(g, 0.5))) / 1000;
        data.click[i] = gsl_rng_uniform(g) < (double)data.p_o[i];
        const bool converts = gsl_rng_uniform(g) < data.p_r[i];
        data.target[i] = data.click[i] && converts;
        data.user[i] = (uint32_t)(i / 3);
    }
    inverse_weights(data.p_o, data.click, clip, rows, data.weight);
    test_groups(data.user, rows, data.group);
    gsl_rng_free(g);
}

static Scored scored(void)
{
    return (Scored){.rows = data.rows,
                    .prediction = data.prediction,
                    .target = data.target,
                    .user = data.user,
                    .k = 1,
                    .weight = data.weight};
}

static double loss_of(double label, size_t row)
{
    const double s = (double)data.prediction[row];
    return -label * log(s) - (1 - label) * log(1 - s);
}

static void agree_with_plain_code(void **state)
{
    (void)state;
    static const double clip[] = {0, 0.3};
    for (int c = 0; c < 2; c++) {
        double w[SMALL], sum = 0, square = 0, clicks = 0, loss = 0, seen = 0, said = 0, wins = 0, pairs = 0;
        draw(SMALL, clip[c]);
        for (size_t i = 0; i < SMALL; i++) {
            const double p = (double)data.p_o[i];
            w[i] = data.click[i] ? 1 / (p < clip[c] ? clip[c] : p) : 0;
            sum += w[i];
            square += w[i] * w[i];
            clicks += data.click[i];
            loss += w[i] * loss_of(data.target[i], i);
            seen += w[i] * data.target[i];
            said += w[i] * (double)data.prediction[i];
        }
        for (size_t i = 0; i < SMALL; i++)
            for (size_t j = 0; j < SMALL; j++)
                if (data.target[i] > 0 && data.target[j] < 1) {
                    const float a = data.prediction[i], b = data.prediction[j];
                    wins += w[i] * w[j] * (a > b ? 1 : a < b ? 0 : 0.5);
                    pairs += w[i] * w[j];
                }
        const Scored all = scored();
        close_to(value_of("snips_log_loss", &all), loss / sum);
        close_to(value_of("ips_log_loss", &all), loss / SMALL);
        close_to(value_of("snips_ratio", &all), said / seen);
        close_to(value_of("snips_ess", &all), sum * sum / square / clicks);
        close_to(value_of("snips_auc", &all), wins / pairs);
    }
}

/* A target that nobody saw does not matter. */
static void other_targets_are_not_looked_at(void **state)
{
    (void)state;
    double before[8];
    draw(SMALL, 0.1);
    const Scored all = scored();
    for (int m = 0; m < weighted_metric_count; m++)
        before[m] = weighted_metric_table[m].value(&all);
    for (size_t i = 0; i < SMALL; i++)
        if (!data.click[i])
            data.target[i] = 1;
    for (int m = 0; m < weighted_metric_count; m++)
        close_to(weighted_metric_table[m].value(&all), before[m]);
}

static void within(const char *what, double got, double want, double error)
{
    if (!(fabs(got - want) <= 4 * error))
        fail_msg("%s: %g, expected %g with error %g", what, got, want, error);
}

/* With the true propensities and nothing hidden, the losses over clicks are those over all rows against p_r,
 * within 4 standard errors; the loss of clicks that all weigh the same is not. */
static void losses_are_those_of_all_rows(void **state)
{
    (void)state;
    double truth = 0, ips = 0, ratio = 0, truth_ratio[2] = {0}, weights = 0, plain = 0, clicks = 0;
    draw(LARGE, 0);
    const Scored all = scored();
    const double snips = value_of("snips_log_loss", &all), of_ips = value_of("ips_log_loss", &all);
    for (size_t i = 0; i < LARGE; i++) {
        truth += loss_of(data.p_r[i], i) / LARGE;
        truth_ratio[0] += (double)data.prediction[i];
        truth_ratio[1] += data.p_r[i];
        weights += data.weight[i];
    }
    const double true_ratio = truth_ratio[0] / truth_ratio[1];
    double self = 0;
    for (size_t i = 0; i < LARGE; i++) {
        const double w = data.weight[i], loss = loss_of(data.target[i], i);
        const double gap = w * loss - loss_of(data.p_r[i], i);
        const double tilt = w * ((double)data.prediction[i] - true_ratio * data.target[i]);
        ips += gap * gap;
        self += w * w * (loss - snips) * (loss - snips);
        ratio += tilt * tilt;
        clicks += data.click[i];
        plain += data.click[i] * loss;
    }
    within("ips_log_loss", of_ips, truth, sqrt(ips) / LARGE);
    within("snips_log_loss", snips, truth, sqrt(self) / weights);
    within("snips_ratio", value_of("snips_ratio", &all), true_ratio, sqrt(ratio) / truth_ratio[1]);
    assert_true(fabs(plain / clicks - truth) > 8 * sqrt(self) / weights);
}

/* AUC over pairs, likewise: the error is that of fewer, equal parts of the rows. */
static void auc_is_that_of_all_rows(void **state)
{
    (void)state;
    enum { PARTS = 40, EACH = LARGE / PARTS };
    const Metric *auc = metric_find("auc");
    double sum = 0, squares = 0;
    draw(LARGE, 0);
    for (size_t k = 0; k < PARTS; k++) {
        const size_t first = k * EACH;
        const Scored clicks = {.rows = EACH,
                               .prediction = data.prediction + first,
                               .target = data.target + first,
                               .k = 1,
                               .weight = data.weight + first};
        const Scored truth = {
            .rows = EACH, .prediction = data.prediction + first, .target = data.p_r + first, .k = 1};
        const double gap = value_of("snips_auc", &clicks) - auc->value(&truth);
        sum += gap;
        squares += gap * gap;
    }
    const double mean = sum / PARTS;
    within("snips_auc", mean, 0, sqrt((squares / PARTS - mean * mean) / (PARTS - 1)));
}

static void groups_are_left_out(void **state)
{
    (void)state;
    static float prediction[SMALL];
    static double target[SMALL], weight[SMALL];
    static float without[8 * TEST_GROUPS];
    Message message;
    MetricValue value[8];
    draw(SMALL, 0.1);
    const Scored all = scored();
    for (int m = 0; m < weighted_metric_count; m++)
        value[m] = (MetricValue){&weighted_metric_table[m], weighted_metric_table[m].value(&all)};
    assert_int_equal(
        metrics_without_groups(&all, data.group, value, weighted_metric_count, without, &message), STATUS_OK);
    size_t rows = 0;
    const int group = data.group[0];
    for (size_t i = 0; i < SMALL; i++) {
        if (data.group[i] == group)
            continue;
        prediction[rows] = data.prediction[i];
        target[rows] = data.target[i];
        weight[rows++] = data.weight[i];
    }
    const Scored part = {.rows = rows, .prediction = prediction, .target = target, .k = 1, .weight = weight};
    for (int m = 0; m < weighted_metric_count; m++) {
        const double gap = value[m].metric->value(&part) - value[m].value;
        assert_true(fabs((double)without[m * TEST_GROUPS + group] - gap) <= 1e-7 + 1e-6 * fabs(gap));
    }
}

static void unknown_weights_are_nan(void **state)
{
    (void)state;
    draw(SMALL, 0.1);
    data.p_o[0] = NAN;
    inverse_weights(data.p_o, data.click, 0.1, SMALL, data.weight);
    const Scored all = scored();
    for (int m = 0; m < weighted_metric_count; m++)
        assert_true(isnan(weighted_metric_table[m].value(&all)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agree_with_plain_code),        cmocka_unit_test(other_targets_are_not_looked_at),
        cmocka_unit_test(losses_are_those_of_all_rows), cmocka_unit_test(auc_is_that_of_all_rows),
        cmocka_unit_test(groups_are_left_out),          cmocka_unit_test(unknown_weights_are_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
