/* Logged propensities reach every method, row by row, and those of rows that tuning holds out go with them.
 */
#include "experiments/inputs/propensities.h"
#include "experiments/spec/assign.h"
#include "experiments/spec/spec_check.h"
#include "tests/support/support.h"

#include <math.h>

enum { ROWS = 600 };

static char *folder, path[512];

static int create(void **state)
{
    (void)state;
    folder = temporary_folder();
    snprintf(path, sizeof path, "%s/log.csv", folder);
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

/* What was logged of the row of item i. */
static double logged_of(int item)
{
    return (1 + item % 64) / 64.;
}

static Spec *logged_spec(void)
{
    static Spec spec;
    static const char *const set[][2] = {{"name", "logged"},          {"data.source", "csv"},
                                         {"columns.propensity", "p"}, {"data.test_share", "0.25"},
                                         {"estimators", "[ips]"},     {"propensity.source", "logged"}};
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("user,item,click,conversion,p\n", file);
    for (int i = 0; i < ROWS; i++)
        fprintf(file, "%d,%d,%d,%d,%.17g\n", i % 20, i, i % 3 == 0, i % 6 == 0, logged_of(i + 1));
    assert_int_equal(fclose(file), 0);
    spec_defaults(&spec);
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        OK(spec_set(&spec, set[i][0], set[i][1], "test", message));
    OK(spec_set(&spec, "data.path", path, "test", message));
    return &spec;
}

/* Ids of items are by first appearance: item i has id i + 1. */
static void are_those_of(const Log *log, const float *p, double scale)
{
    assert_non_null(p);
    for (size_t i = 0; i < log->x.rows; i++) {
        double expected = logged_of((int)log->x.id[2 * i + FIELD_ITEM]);
        if (scale != 1 && expected < 1)
            expected = 1 / (1 + pow((1 - expected) / expected, scale));
        if (fabs((double)p[i] - expected) > (scale != 1 ? 1e-6 : 0))
            fail_msg("row %zu: %g, expected %g", i, (double)p[i], expected);
    }
}

static void reach_the_method(void **state)
{
    (void)state;
    Spec *spec = logged_spec();
    for (int variant = 0; variant < 3; variant++) {
        Source *source;
        Sample sample;
        Propensities *propensities;
        GivenPropensity given;
        Method method;
        const float *held;
        spec->distortion.scale = variant == 1 ? 2 : 1;
        spec->tune = (TuneOptions){.trials = variant == 2, .share = 0.3, .on = TUNE_LOG};
        OK(source_open(&source, spec, "", 0, NULL, message));
        OK(source_draw(source, 0, &sample, message));
        OK(propensities_create(&propensities, spec, &sample, message));
        OK(method_find("ips", &method, message));
        OK(propensities_for(propensities, &method, &given, message));
        are_those_of(sample.log, given.p, spec->distortion.scale);
        OK(propensities_of_held(propensities, &method, &held, message));
        assert_int_equal(held != NULL, variant == 2);
        if (held) {
            assert_in_range(sample.held.x.rows, 1, ROWS);
            are_those_of(&sample.held, held, 1);
        }
        propensities_free(propensities);
        sample_free(&sample);
        source_close(source);
    }
}

static void needs_are_told(void **state)
{
    (void)state;
    Spec *spec = logged_spec();
    Message why;
    OK(spec_check(spec, message));
    OK(spec_set(spec, "columns.propensity", "none", "test", message));
    assert_int_equal(source_check(spec, &why), STATUS_USAGE);
    assert_string_equal(why.text,
                        "propensity.source: logged needs propensities; expected columns.propensity: NAME");
    spec->reader.columns.propensity[0] = 0;
    assert_int_equal(spec_check(spec, &why), STATUS_USAGE);
    assert_non_null(strstr(why.text, "propensity.source: logged needs propensities in real data; expected "
                                     "columns.propensity: NAME"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reach_the_method),
        cmocka_unit_test(needs_are_told),
    };
    return cmocka_run_group_tests_name("logged_propensity", tests, create, destroy);
}
