/* Metrics: by hand, against slow plain code, and where they are not defined. */
#include "results/statistics/metric_names.h"

#include "tests/support/store_fixture.h"

#include <float.h>

static double metric(const char *name, const Scored *scored)
{
    for (const Metric *m = metric_table; m->name; m++) {
        if (!strcmp(m->name, name)) {
            return m->value(scored);
        }
    }
    fail_msg("no metric %s", name);
    return NAN;
}

static void close_to(double got, double want)
{
    if (!(fabs(got - want) <= 1e-12 * (1 + fabs(want)))) {
        fail_msg("%.17g, expected %.17g", got, want);
    }
}

/* Two users; the second has no positive. */
static const float hard_s[] = {0.9F, 0.8F, 0.7F, 0.1F, 0.6F, 0.2F};
static const double hard_y[] = {1, 0, 1, 0, 0, 0};
static const uint32_t hard_u[] = {0, 0, 0, 0, 1, 1};
static const Scored hard = {6, hard_s, hard_y, hard_u, 2, NULL, hard_u, NULL};

static void hand_values(void **state)
{
    (void)state;
    double loss = 0;
    double square = 0;
    double gap = 0;
    for (int i = 0; i < 6; i++) {
        double s = (double)hard_s[i];
        loss -= (hard_y[i] > 0 ? log(s) : log(1 - s)) / 6;
        square += (s - hard_y[i]) * (s - hard_y[i]) / 6;
        gap += fabs(s - hard_y[i]) / 6;
    }
    close_to(metric("log_loss", &hard), loss);
    close_to(metric("excess_log_loss", &hard), loss); /* labels have no entropy */
    close_to(metric("mse", &hard), square);
    close_to(metric("mae", &hard), gap);
    close_to(metric("auc", &hard), 7.0 / 8);              /* of 2 x 4 pairs, (0.7, 0.8) is wrong */
    close_to(metric("pr_auc", &hard), (1 + 2.0 / 3) / 2); /* positives stand first and third */
    close_to(metric("gauc", &hard), 3.0 / 4);             /* user 0 alone has both classes */
    close_to(metric("ndcg", &hard), 1 / (1 + 1 / log2(3)));
    close_to(metric("recall", &hard), 1.0 / 2); /* top 2 of user 0: one of two positives */
    close_to(metric("f1", &hard), 1.0 / 2);
    close_to(metric("uauc", &hard), 3.0 / 4);
    /* Gaps 0.1, 0.8, 0.3, 0.1, 0.6, 0.2: the middle ones are 0.2 and 0.3. */
    close_to(metric("medae", &hard), ((double)0.2F + (1 - (double)0.7F)) / 2);
    close_to(metric("segment_ece", &hard), (((double)0.9F + (double)0.8F + (double)0.7F + (double)0.1F - 2) +
                                            ((double)0.6F + (double)0.2F)) /
                                               6);
    close_to(metric("ratio", &hard),
             ((double)0.9F + (double)0.8F + (double)0.7F + (double)0.1F + (double)0.6F + (double)0.2F) / 2);
}

/* User 0 has 4 rows and AUC 3/4, user 1 has 2 rows and AUC 0. */
static void gauc_weights_by_rows(void **state)
{
    (void)state;
    const double y[] = {1, 0, 1, 0, 0, 1};
    Scored scored = hard;
    scored.target = y;
    close_to(metric("gauc", &scored), (4 * 0.75 + 2 * 0.0) / 6);
    close_to(metric("uauc", &scored), (0.75 + 0.0) / 2); /* users weigh the same */
}

/* A tie is the mean over its orders: here of 3 rows at places 1 to 3, k = 2. */
static void ties_are_averaged(void **state)
{
    (void)state;
    const float s[] = {0.5F, 0.5F, 0.5F, 0.1F};
    const double y[] = {1, 0, 0, 1};
    const uint32_t u[] = {7, 7, 7, 7};
    const Scored scored = {4, s, y, u, 2, NULL, u, NULL};
    const double gains = (1 + 1 / log2(3)) / 3;
    close_to(metric("ndcg", &scored), gains / (1 + 1 / log2(3)));
    close_to(metric("recall", &scored), 2.0 / 3 / 2);
    close_to(metric("f1", &scored), 2 * (2.0 / 3) / (2 + 2));
    close_to(metric("auc", &scored), (0.5 + 0.5 + 0 + 0) / 4);
}

/* What scikit-learn's average_precision_score says of the same. */
static void equal_predictions_are_one_threshold(void **state)
{
    (void)state;
    const float s[] = {0.9F, 0.8F, 0.7F, 0.1F, 0.7F, 0.2F};
    const double y[] = {1, 0, 1, 0, 0, 1};
    Scored scored = hard;
    scored.prediction = s;
    scored.target = y;
    close_to(metric("pr_auc", &scored), 0.7);
}

static void undefined_is_nan(void **state)
{
    (void)state;
    const float s[] = {0.5F, 0.2F};
    const double none[] = {0, 0};
    const double all[] = {1, 1};
    const uint32_t u[] = {0, 0};
    const Scored negative = {2, s, none, u, 1, NULL, u, NULL};
    const Scored positive = {2, s, all, u, 1, NULL, u, NULL};
    const Scored empty = {0, s, none, u, 1, NULL, u, NULL};
    assert_true(isnan(metric("auc", &negative)) && isnan(metric("auc", &positive)));
    assert_true(isnan(metric("gauc", &negative)) && isnan(metric("gauc", &positive)));
    assert_true(isnan(metric("ndcg", &negative)) && isnan(metric("recall", &negative)) &&
                isnan(metric("f1", &negative)));
    assert_true(isnan(metric("ratio", &negative)) && isnan(metric("pr_auc", &negative)));
    for (const Metric *m = metric_table; m->name; m++) {
        assert_true(isnan(m->value(&empty)));
    }
}

static void saturated_predictions_stay_finite(void **state)
{
    (void)state;
    const float s[] = {0.0F, 1.0F};
    const double y[] = {1, 0};
    const uint32_t u[] = {0, 0};
    const Scored scored = {2, s, y, u, 1, NULL, u, NULL};
    close_to(metric("log_loss", &scored), -(log((double)FLT_MIN) + log((double)FLT_EPSILON / 2)) / 2);
}

/* Draws with many ties, soft targets and users of 1 to 6 rows. */
enum { N = 300, K = 3 };
typedef struct Draws {
    float s[N];
    double p[N];
    uint32_t u[N], segment[N];
    Scored scored;
} Draws;

static void draw(Draws *d, unsigned long seed, int soft)
{
    gsl_rng *g = fixture_generator(seed);
    for (int i = 0; i < N; i++) {
        d->s[i] = (float)(1 + gsl_rng_uniform_int(g, 40)) / 42;
        d->p[i] = soft ? gsl_ran_beta(g, 1, 3) : gsl_rng_uniform(g) < 0.3;
        d->u[i] = (uint32_t)gsl_rng_uniform_int(g, 90) * 70000;
        d->segment[i] = d->u[i] / 70000 % 7;
    }
    gsl_rng_free(g);
    d->scored = (Scored){N, d->s, d->p, d->u, K, NULL, d->segment, NULL};
}

/* Over the rows whose user is `user`, or all where `user` is NULL. */
static double brute_auc(const Draws *d, const uint32_t *user)
{
    double wins = 0;
    double pairs = 0;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            if (i == j || (user && (d->u[i] != *user || d->u[j] != *user))) {
                continue;
            }
            double w = d->p[i] * (1 - d->p[j]);
            wins += w * (d->s[i] > d->s[j] ? 1 : d->s[i] == d->s[j] ? 0.5 : 0);
            pairs += w;
        }
    }
    return wins / pairs;
}

/* Each row's precision by a loop of its own. */
static double brute_pr_auc(const Draws *d)
{
    double sum = 0, mass = 0;
    for (int i = 0; i < N; i++) {
        double positives = 1, rows = 1;
        for (int j = 0; j < N; j++)
            if (j != i && d->s[j] >= d->s[i]) {
                positives += d->p[j];
                rows++;
            }
        sum += d->p[i] * positives / rows;
        mass += d->p[i];
    }
    return sum / mass;
}

/* Place of row i among its user's rows is uniform over [above, above + tied). */
static double brute_user_metric(const Draws *d, const char *name)
{
    double sum = 0;
    double weights = 0;
    for (int first = 0; first < N; first++) {
        int seen = 0;
        for (int i = 0; i < first; i++) {
            seen |= d->u[i] == d->u[first];
        }
        double hits = 0;
        double dcg = 0;
        double ideal = 0;
        double mass = 0;
        double none = 1;
        double all = 1;
        int rows = 0;
        for (int i = 0; i < N && !seen; i++) {
            int above = 0;
            int tied = 0;
            int better = 0;
            if (d->u[i] != d->u[first]) {
                continue;
            }
            for (int j = 0; j < N; j++) {
                above += d->u[j] == d->u[i] && d->s[j] > d->s[i];
                tied += d->u[j] == d->u[i] && d->s[j] == d->s[i];
                better += d->u[j] == d->u[i] && (d->p[j] > d->p[i] || (d->p[j] == d->p[i] && j < i));
            }
            for (int place = above; place < above + tied && place < K; place++) {
                hits += d->p[i] / tied;
                dcg += d->p[i] / tied / log2(place + 2);
            }
            ideal += better < K ? d->p[i] / log2(better + 2) : 0;
            mass += d->p[i];
            none *= 1 - d->p[i];
            all *= d->p[i];
            rows++;
        }
        if (seen || mass == 0) {
            continue;
        }
        double weight = 1;
        double value = hits / mass;
        if (!strcmp(name, "ndcg")) {
            value = dcg / ideal;
        } else if (!strcmp(name, "f1")) {
            value = hits > 0 ? 2 / (K / hits + mass / hits) : 0;
        } else if (!strcmp(name, "gauc")) {
            weight = rows > 1 && 1 - none - all > 1e-9 ? rows * (1 - none - all) : 0;
            value = weight > 0 ? brute_auc(d, &d->u[first]) : 0;
        } else if (!strcmp(name, "uauc")) {
            weight = rows > 1 && 1 - none - all > 1e-9 ? 1 - none - all : 0;
            value = weight > 0 ? brute_auc(d, &d->u[first]) : 0;
        }
        sum += weight * value;
        weights += weight;
    }
    return sum / weights;
}

static void agrees_with_brute_force(void **state)
{
    (void)state;
    static const char *const name[] = {"gauc", "uauc", "ndcg", "recall", "f1"};
    Draws d;
    for (unsigned long seed = 0; seed < 6; seed++) {
        draw(&d, seed, seed % 2 == 0);
        close_to(metric("auc", &d.scored), brute_auc(&d, NULL));
        close_to(metric("pr_auc", &d.scored), brute_pr_auc(&d));
        for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
            close_to(metric(name[i], &d.scored), brute_user_metric(&d, name[i]));
        }
    }
}

/* Half of the rows are not above the median, and half not below it; calibration by segment from means. */
static void medians_and_segments_by_plain_sums(void **state)
{
    (void)state;
    Draws d;
    for (unsigned long seed = 0; seed < 6; seed++) {
        draw(&d, seed, seed % 2 == 0);
        double sum = 0, below = -1, above = 2;
        for (uint32_t segment = 0; segment < 7; segment++) {
            double s = 0, p = 0, rows = 0;
            for (int i = 0; i < N; i++) {
                if (d.segment[i] == segment) {
                    s += (double)d.s[i];
                    p += d.p[i];
                    rows++;
                }
            }
            sum += rows > 0 ? rows / N * fabs(s / rows - p / rows) : 0;
        }
        close_to(metric("segment_ece", &d.scored), sum);
        for (int i = 0; i < N; i++) { /* the order statistics N/2 and N/2 + 1 of an even N */
            const double gap = fabs((double)d.s[i] - d.p[i]);
            int lower = 0, not_higher = 0;
            for (int j = 0; j < N; j++) {
                lower += fabs((double)d.s[j] - d.p[j]) < gap;
                not_higher += fabs((double)d.s[j] - d.p[j]) <= gap;
            }
            below = lower < N / 2 && not_higher >= N / 2 ? gap : below;
            above = lower < N / 2 + 1 && not_higher >= N / 2 + 1 ? gap : above;
        }
        close_to(metric("medae", &d.scored), (below + above) / 2);
    }
    d.scored.segment = NULL;
    assert_true(isnan(metric("segment_ece", &d.scored)));
}

/* Every metric is the same for rows in any order, ties or not. */
static void order_of_rows_does_not_matter(void **state)
{
    (void)state;
    Draws d;
    Draws e;
    draw(&d, 11, 1);
    for (int i = 0; i < N; i++) {
        int from = (i * 7 + 5) % N; /* 7 and 300 share no factor */
        e.s[i] = d.s[from];
        e.p[i] = d.p[from];
        e.u[i] = d.u[from];
        e.segment[i] = d.segment[from];
    }
    e.scored = (Scored){N, e.s, e.p, e.u, K, NULL, e.segment, NULL};
    for (const Metric *m = metric_table; m->name; m++) {
        assert_true(isfinite(m->value(&d.scored)));
        close_to(m->value(&e.scored), m->value(&d.scored));
    }
}

/* A soft metric is that of labels drawn from the targets: a ratio of expectations, so that the metric of the
 * labels less the ratio, times what they are divided by, has mean 0. */
static void soft_ranks_are_the_expected_ones(void **state)
{
    (void)state;
    enum { DRAWS = 400 };
    Draws d;
    Draws labels;
    draw(&d, 21, 1);
    gsl_rng *g = fixture_generator(22);
    double sum[2] = {0}, squares[2] = {0};
    for (int b = 0; b < DRAWS; b++) {
        labels = d;
        double positives = 0;
        for (int i = 0; i < N; i++) {
            labels.p[i] = gsl_rng_uniform(g) < d.p[i];
            positives += labels.p[i];
        }
        labels.scored = (Scored){N, labels.s, labels.p, labels.u, K, NULL, labels.segment, NULL};
        const double excess[] = {
            (metric("auc", &labels.scored) - metric("auc", &d.scored)) * positives * (N - positives),
            (metric("pr_auc", &labels.scored) - metric("pr_auc", &d.scored)) * positives};
        for (int k = 0; k < 2; k++) {
            sum[k] += excess[k];
            squares[k] += excess[k] * excess[k];
        }
    }
    gsl_rng_free(g);
    for (int k = 0; k < 2; k++)
        assert_true(fabs(sum[k] / sqrt(squares[k])) < 4);
}

static void soft_log_loss_is_divergence(void **state)
{
    (void)state;
    const float s[] = {0.25F, 0.5F};
    const double p[] = {0.25, 0.25};
    const uint32_t u[] = {0, 0};
    const Scored scored = {2, s, p, u, 1, NULL, u, NULL};
    close_to(metric("excess_log_loss", &scored), (0 + 0.25 * log(0.5) + 0.75 * log(1.5)) / 2);
}

/* 20 rows in bins of two: |mean s - mean p| is 0.01 in each. */
static void ece_of_equal_counts(void **state)
{
    (void)state;
    float s[20];
    double p[20];
    uint32_t u[20] = {0};
    for (int i = 0; i < 20; i++) {
        s[i] = (float)(i + 1) / 32;
        p[i] = (double)s[i] + (i / 2 % 2 ? 0.01 : -0.01) + (i % 2 ? 0.005 : -0.005);
    }
    const Scored scored = {20, s, p, u, 1, NULL, u, NULL};
    close_to(metric("ece", &scored), 0.01);
}

/* Metrics that share the orders of their rows say the same as each by itself. */
static void shared_orders_change_nothing(void **state)
{
    (void)state;
    Draws d;
    Orders orders = {0};
    draw(&d, 11, 1);
    Scored sharing = d.scored;
    sharing.orders = &orders;
    for (const Metric *m = metric_table; m->name; m++) {
        double alone = m->value(&d.scored);
        assert_true(m->value(&sharing) == alone);
    }
    assert_non_null(orders.by_prediction);
    assert_non_null(orders.by_user);
    orders_clear(&orders);
    assert_null(orders.by_user);
}

/* The error of a prediction is its distance to what can be reached and that from there to the truth, where
 * the two are uncorrelated; by space of the clicks. */
static void square_gaps_by_hand(void **state)
{
    (void)state;
    static const double s[] = {0.2, 0.5, 0.5, 0.9}, p[] = {0.1, 0.5, 0.9, 0.7};
    static const uint8_t click[] = {1, 0, 0, 1};
    close_to(mean_square_gap(s, p, click, EVERY_CLICK, 4), (0.01 + 0.16 + 0.04) / 4);
    close_to(mean_square_gap(s, p, click, 1, 4), 0.05 / 2);
    close_to(mean_square_gap(s, p, click, 0, 4), 0.16 / 2);
    assert_true(isnan(mean_square_gap(s, p, click, 0, 1)));
    assert_int_equal(reachable_metric_count, 2);
    assert_non_null(metric_place("floor").metric);
    assert_ptr_equal(metric_place("mse").metric, metric_find("mse"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hand_values),
        cmocka_unit_test(gauc_weights_by_rows),
        cmocka_unit_test(ties_are_averaged),
        cmocka_unit_test(equal_predictions_are_one_threshold),
        cmocka_unit_test(undefined_is_nan),
        cmocka_unit_test(saturated_predictions_stay_finite),
        cmocka_unit_test(agrees_with_brute_force),
        cmocka_unit_test(medians_and_segments_by_plain_sums),
        cmocka_unit_test(order_of_rows_does_not_matter),
        cmocka_unit_test(soft_ranks_are_the_expected_ones),
        cmocka_unit_test(soft_log_loss_is_divergence),
        cmocka_unit_test(ece_of_equal_counts),
        cmocka_unit_test(shared_orders_change_nothing),
        cmocka_unit_test(square_gaps_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
