/* Kernels, anchors and the balance. The published code keeps one coefficient for each place in a batch,
 * whatever row stands there, and moves them a few steps; here the coefficients of the rows of a batch solve a
 * system with a ridge. The largest choose the anchors. Candidates are spread over D, whose clicked rows come
 * first. */
#include "estimators/shared/kernel_balance.h"

#include "estimators/core/model.h"
#include "estimators/core/pass.h"
#include "estimators/shared/positive_system.h"
#include "sim/base/real.h"

#include <math.h>
#include <string.h>

enum { ANCHOR_COUNT = 3, MOST_CANDIDATES = 256 };
enum { ANCHORS_RANDOM, ANCHORS_WORST, ANCHORS_ADAPTIVE };
static const double RIDGE = 1e-3;

const Constant kernel_balance_constants[] = {
    [ANCHORS] = {"anchors", ANCHORS_ADAPTIVE, 0, 2,
                 "0 random rows, 1 where balance is worst, 2 where errors are"},
    [GAMMA] = {"gamma", 1, 0, 1e6, "weight of the imbalance of an anchor against the entropy of the weights"},
    [SLACK] = {"slack", 1e-3, 0, 1e6, "imbalance that costs nothing"},
    [BANDWIDTH] = {"bandwidth", 0.1, 0, 1e6, "of the kernel: by what squared distances are multiplied"},
    [EXPONENTIAL] = {"exponential", 0, 0, 1, "1: the kernel is of the distance, 0: of its square"},
    [OVER_PROPENSITY] = {"over_propensity", 0, 0, 1, "1: weights are learned factors of 1/p"},
    {0},
};

Var kernel_features(Pass *s)
{
    return mean(bce(logit(s, SECOND_IMPUTATION, O), conversions(s, O)));
}

Var kernel_weight(Pass *s)
{
    Var g = logit(s, WEIGHT, O);

    if (!is_on(s, OVER_PROPENSITY))
        return exponential(g);
    return scale(mul(sigmoid(g), inverse_propensity(s, O)), click_rate(s));
}

/* x of rows, a row each, scaled as below. */
typedef struct Points {
    const double *x; /* rows x columns */
    int rows, columns;
} Points;

static double *doubles(Pass *s, size_t count)
{
    return tape_bytes(pass_tape(s), (count ? count : 1) * sizeof(double));
}

/* Columns to [0, 1] over D, and divided by their number. */
static Points points_of(Pass *s, Space space)
{
    Net *net = model_net(s->context->model, SECOND_IMPUTATION);
    const Node *all = pass_input(s, net, D), *of = pass_input(s, net, space);
    double *x = doubles(s, (size_t)of->rows * (size_t)of->cols);
    for (int c = 0; c < all->cols; c++) {
        double low = HUGE_VAL, high = -HUGE_VAL;
        for (int r = 0; r < all->rows; r++) {
            double value = (double)all->value[(size_t)r * (size_t)all->cols + (size_t)c];
            low = value < low ? value : low;
            high = value > high ? value : high;
        }
        double width = (high > low ? high - low : 1) * all->cols;
        for (int r = 0; r < of->rows; r++) {
            size_t at = (size_t)r * (size_t)of->cols + (size_t)c;
            x[at] = ((double)of->value[at] - low) / width;
        }
    }
    return (Points){.x = x, .rows = of->rows, .columns = of->cols};
}

static double kernel(Pass *s, const Points *a, int i, const Points *b, int j)
{
    const double *x = a->x + (size_t)i * (size_t)a->columns, *y = b->x + (size_t)j * (size_t)b->columns;
    double squares = 0;
    for (int c = 0; c < a->columns; c++)
        squares += (x[c] - y[c]) * (x[c] - y[c]);
    return real_exp(-(double)constant(s, BANDWIDTH) * (is_on(s, EXPONENTIAL) ? sqrt(squares) : squares));
}

/* As how many rows a row counts. */
static double weight_at(const Node *of, int row)
{
    return of->row_weight ? (double)of->row_weight[row] : 1;
}

/* Some rows of D, and a number of each. */
typedef struct AnchorScores {
    int rows, row[MOST_CANDIDATES];
    double score[MOST_CANDIDATES];
} AnchorScores;

static void choose_candidates(const Points *all, AnchorScores *candidates)
{
    candidates->rows = all->rows < MOST_CANDIDATES ? all->rows : MOST_CANDIDATES;
    for (int k = 0; k < candidates->rows; k++)
        candidates->row[k] = (int)((int64_t)k * all->rows / candidates->rows);
}

/* Where clicks with their weights and exposures are most apart: a = (K + ridge)^-1 (mean_O w k - mean_D k),
 * the coefficients of the function of the unit ball that tells them apart best. */
static void score_worst(Pass *s, const Points *all, const Points *clicked, AnchorScores *candidates)
{
    const int n = candidates->rows;
    Node *w = kernel_weight(s);
    const Node *exposures = clicks(s);
    const double weight_of_clicks = (double)weight_of(w);
    double *a = doubles(s, (size_t)n * (size_t)n), *apart = candidates->score;
    for (int i = 0; i < n; i++) {
        double over_clicks = 0, over_all = 0, rows = 0;
        for (int j = 0; j <= i; j++)
            a[(size_t)i * (size_t)n + (size_t)j] =
                kernel(s, all, candidates->row[i], all, candidates->row[j]) * (i == j ? 1 + RIDGE : 1);
        for (int k = 0; k < clicked->rows; k++)
            over_clicks +=
                weight_at(w, k) * (double)w->value[k] * kernel(s, all, candidates->row[i], clicked, k);
        for (int k = 0; k < n; k++) {
            const double weight = weight_at(exposures, candidates->row[k]);
            over_all += weight * kernel(s, all, candidates->row[i], all, candidates->row[k]);
            rows += weight;
        }
        apart[i] = (weight_of_clicks > 0 ? over_clicks / weight_of_clicks : 0) - over_all / rows;
    }
    positive_system_solve(n, a, apart);
}

/* Where errors are: the coefficients a of f = sum a k with the least sum_O (error - f)^2 / p~ and a ridge. */
static void score_adaptive(Pass *s, const Points *all, const Points *clicked, const Node *error,
                           AnchorScores *candidates)
{
    const int n = candidates->rows, m = clicked->rows;
    const Node *weight = inverse_propensity(s, O);
    double *a = doubles(s, (size_t)n * (size_t)n), *k = doubles(s, (size_t)n * (size_t)m), trace = 0;
    for (int i = 0; i < n; i++) {
        double *of = k + (size_t)i * (size_t)m;
        candidates->score[i] = 0;
        for (int r = 0; r < m; r++) {
            of[r] = kernel(s, all, candidates->row[i], clicked, r);
            candidates->score[i] +=
                weight_at(weight, r) * of[r] * (double)weight->value[r] * (double)error->value[r];
        }
        for (int j = 0; j <= i; j++) {
            double sum = 0;
            for (int r = 0; r < m; r++)
                sum += weight_at(weight, r) * of[r] * (double)weight->value[r] *
                       k[(size_t)j * (size_t)m + (size_t)r];
            a[(size_t)i * (size_t)n + (size_t)j] = sum;
        }
        trace += a[(size_t)i * (size_t)n + (size_t)i];
    }
    for (int i = 0; i < n; i++)
        a[(size_t)i * (size_t)n + (size_t)i] += RIDGE * trace / n;
    if (!isnan(trace)) /* else the scores are no numbers either, and say so */
        positive_system_solve(n, a, candidates->score);
}

static void score_random(Pass *s, AnchorScores *candidates)
{
    const Node *u = uniform(s, D);
    for (int k = 0; k < candidates->rows; k++)
        candidates->score[k] = (double)u->value[candidates->row[k]];
}

/* Takes the row of the largest score, by its size, out of the candidates. */
static int take_largest(AnchorScores *candidates)
{
    int best = 0;
    for (int k = 1; k < candidates->rows; k++)
        if (fabs(candidates->score[k]) > fabs(candidates->score[best]))
            best = k;
    const int row = candidates->row[best];
    candidates->rows--;
    candidates->row[best] = candidates->row[candidates->rows];
    candidates->score[best] = candidates->score[candidates->rows];
    return row;
}

Var kernel_balance(Pass *s, Var error)
{
    Points all = points_of(s, D), clicked = points_of(s, O);
    AnchorScores *candidates = tape_bytes(pass_tape(s), sizeof *candidates);
    choose_candidates(&all, candidates);
    switch ((int)constant(s, ANCHORS)) {
    case ANCHORS_RANDOM:
        score_random(s, candidates);
        break;
    case ANCHORS_WORST:
        score_worst(s, &all, &clicked, candidates);
        break;
    default:
        score_adaptive(s, &all, &clicked, error, candidates);
    }
    Var w = kernel_weight(s);
    Var entropy = mean(mul(w, logarithm(w)));
    Var imbalance = NULL;
    Var exposures = clicks(s);
    for (int k = 0; k < candidates->rows; k++)
        if (!isfinite(candidates->score[k]))
            return shift(entropy, NAN); /* nobody can choose: training ends here */
    for (int j = 0; j < ANCHOR_COUNT && candidates->rows; j++) {
        const int anchor = take_largest(candidates);
        float *k = tape_floats(pass_tape(s), (size_t)clicked.rows);
        double over_all = 0;
        for (int r = 0; r < clicked.rows; r++)
            k[r] = (float)kernel(s, &all, anchor, &clicked, r);
        for (int r = 0; r < all.rows; r++)
            over_all += weight_at(exposures, r) * kernel(s, &all, anchor, &all, r);
        Var h = mean(mul(w, tape_leaf(pass_tape(s), clicked.rows, 1, k, NULL)));
        Var apart = shift(h, -(float)(over_all / (double)weight_of(exposures))); /* h_O - h_D */
        Var beyond = add(clamp_min(shift(apart, -constant(s, SLACK)), 0),
                         clamp_min(shift(scale(apart, -1), -constant(s, SLACK)), 0));
        imbalance = imbalance ? add(imbalance, beyond) : beyond;
    }
    return imbalance ? add(entropy, scale(imbalance, constant(s, GAMMA))) : entropy;
}
