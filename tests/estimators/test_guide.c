/* The worked example of estimators/README.md: it compiles, trains, does what it says, and is what the page
 * shows. */
#include "tests/guide/tempered_ips.c"

#include "tests/support/toy_log.h"

static void predictions(const Estimator *estimator, const double *power, const Toy *t, float *cvr)
{
    Method method = {.estimator = estimator, .backbone = backbone_find("towers")};
    EstimatorOptions options = toy_options(estimator);
    Fit *fit;
    FitReport report;
    if (power)
        options.constant[POWER] = *power;
    OK(fit_create(&fit,
                  &(FitSetup){.method = &method, .options = &options, .data = &t->data, .key = &toy_key},
                  message));
    OK(fit_train(fit, &report, message));
    assert_false(report.diverged);
    OK(fit_predict(fit, &t->log.x, cvr, NULL, message));
    fit_free(fit);
}

/* Logarithm and exponential of a propensity are good to some 1e-6, and training does not blow that up. */
static void the_example_is_ips_at_power_1(void **state)
{
    static float example[TOY_ROWS], plain[TOY_ROWS];
    const double one = 1;
    Method ips;
    double apart = 0;
    OK(method_find("ips", &ips, message));
    predictions(&tempered_ips, &one, *state, example);
    predictions(ips.estimator, NULL, *state, plain);
    for (int i = 0; i < TOY_ROWS; i++)
        assert_true(fabs((double)example[i] - (double)plain[i]) < 1e-3);
    predictions(&tempered_ips, NULL, *state, example);
    for (int i = 0; i < TOY_ROWS; i++)
        apart = fmax(apart, fabs((double)example[i] - (double)plain[i]));
    assert_true(apart > 1e-2);
}

static char *read_file(const char *path)
{
    enum { MOST = 1 << 16 };
    char *text = calloc(1, MOST);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_non_null(text);
    assert_true(fread(text, 1, MOST - 1, file) > 0);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void the_page_shows_the_example(void **state)
{
    char *page = read_file("estimators/README.md"), *example = read_file("tests/guide/tempered_ips.c");
    (void)state;
    assert_non_null(strstr(page, example));
    free(page);
    free(example);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_is_ips_at_power_1),
        cmocka_unit_test(the_page_shows_the_example),
    };
    return cmocka_run_group_tests(tests, toy_create, toy_free);
}
