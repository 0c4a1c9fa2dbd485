/* AITM: its CVR is the ratio of its tasks, and the calibrator keeps conversions below clicks. Its losses and
 * its backbone are in test_losses.c and test_backbones.c. */
#include "estimators/core/pass.h"
#include "tests/support/toy_log.h"

#include <float.h>

enum { ALPHA = 0 };

static Var predict_click(Pass *pass)
{
    return sigmoid(logit(pass, CTR, D));
}

static Var predict_conversion(Pass *pass)
{
    return sigmoid(logit(pass, CVR, D));
}

static Var predict_action(Pass *pass)
{
    return sigmoid(logit(pass, ACTION, D));
}

/* What a trained method says of the rows of its log. */
typedef struct Trained {
    float cvr[TOY_ROWS], click[TOY_ROWS], action[TOY_ROWS], conversion[TOY_ROWS];
} Trained;

static void predict(Fit *fit, Estimator *estimator, PredictFunction *function, const Features *x, float *to)
{
    estimator->predict = function; /* a fit predicts with what stands here at the time */
    OK(fit_predict(fit, x, to, NULL, message));
}

static void train(const char *name, const Toy *t, double alpha, int epochs, Trained *to)
{
    Method method;
    Fit *fit;
    FitReport report;
    OK(method_find(name, &method, message));
    Estimator own = *method.estimator;
    EstimatorOptions options = toy_options(&own);
    PredictFunction *ratio = own.predict;
    method.estimator = &own;
    options.constant[ALPHA] = alpha;
    options.train.epochs = epochs;
    OK(fit_create(&fit,
                  &(FitSetup){.method = &method, .options = &options, .data = &t->data, .key = &toy_key},
                  message));
    OK(fit_train(fit, &report, message));
    assert_false(report.diverged);
    predict(fit, &own, ratio, &t->log.x, to->cvr);
    predict(fit, &own, predict_click, &t->log.x, to->click);
    predict(fit, &own, predict_conversion, &t->log.x, to->conversion);
    if (own.net[0] & HEAD(ACTION))
        predict(fit, &own, predict_action, &t->log.x, to->action);
    fit_free(fit);
}

static void the_cvr_is_a_ratio_of_tasks(void **state)
{
    static const char *const name[] = {"aitm", "aitm_action", "towers+aitm", "mf+aitm_action"};
    static Trained got;
    for (size_t k = 0; k < sizeof name / sizeof *name; k++) {
        train(name[k], *state, 0.6, 3, &got);
        for (int i = 0; i < TOY_ROWS; i++) {
            double ratio = fmin((double)got.conversion[i] / (double)got.click[i], 1);
            assert_true(fabs((double)got.cvr[i] - ratio) <=
                        4 * (double)FLT_EPSILON); /* a division and a cap */
            assert_true(got.cvr[i] >= 0 && got.cvr[i] <= 1);
        }
    }
}

static int count_above(const float *after, const float *before)
{
    int count = 0;
    for (int i = 0; i < TOY_ROWS; i++)
        count += after[i] > before[i];
    return count;
}

/* Where nearly every click converts, two tasks learned apart cross; a calibrator that dominates keeps them in
 * order, and one of weight 0 does not. */
static void the_calibrator_keeps_the_order(void **state)
{
    Toy *t = *state;
    static Trained got;
    uint8_t kept[TOY_ROWS], acted[TOY_ROWS];
    memcpy(kept, t->log.conversion, TOY_ROWS);
    memcpy(acted, t->log.behaviour->action, TOY_ROWS);
    for (int i = 0; i < TOY_ROWS; i++) {
        t->log.conversion[i] = t->log.click[i] && i % 10 != 0;
        t->log.behaviour->action[i] = t->log.click[i] && i % 20 != 0;
    }
    for (int dominates = 0; dominates <= 1; dominates++) {
        double alpha = dominates ? 1000 : 0;
        train("aitm", t, alpha, 30, &got);
        assert_true((count_above(got.conversion, got.click) == 0) == dominates);
        train("aitm_action", t, alpha, 30, &got);
        assert_true((count_above(got.action, got.click) == 0) == dominates);
        assert_true((count_above(got.conversion, got.action) == 0) == dominates);
    }
    memcpy(t->log.conversion, kept, TOY_ROWS);
    memcpy(t->log.behaviour->action, acted, TOY_ROWS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cvr_is_a_ratio_of_tasks),
        cmocka_unit_test(the_calibrator_keeps_the_order),
    };
    return cmocka_run_group_tests(tests, toy_create, toy_free);
}
