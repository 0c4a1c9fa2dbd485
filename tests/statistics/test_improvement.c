/* The share of a gap that is closed, against intervals of differences, which are tested elsewhere. */
#include "results/statistics/improvement.h"

#include "tests/support/store_fixture.h"

enum { UNITS_OF_EACH = 40 };

typedef struct Three {
    UnitValue unit[3][UNITS_OF_EACH];
    UnitValues values[3]; /* M, from, to */
} Three;

/* M goes 0.4 of a way of `gap`, with noise of which a part is common. */
static void draw(Three *three, double gap, int worlds)
{
    gsl_rng *g = fixture_generator(5);
    for (int i = 0; i < UNITS_OF_EACH; i++) {
        const double common = gsl_ran_ugaussian(g);
        const int world = i * worlds / UNITS_OF_EACH;
        const double at[] = {0.4 * gap, 0, gap};
        for (int k = 0; k < 3; k++)
            three->unit[k][i] =
                (UnitValue){world, i, 3 + at[k] + common + world * k * 0.1 + gsl_ran_gaussian(g, 0.5)};
    }
    for (int k = 0; k < 3; k++)
        three->values[k] = (UnitValues){three->unit[k], UNITS_OF_EACH, NULL};
    gsl_rng_free(g);
}

/* The 95 % interval of mean(M - from) - share x mean(to - from). */
static PairedDifference difference_at(const Three *three, double share)
{
    static UnitValue unit[UNITS_OF_EACH];
    for (int i = 0; i < UNITS_OF_EACH; i++) {
        unit[i] = three->unit[0][i];
        unit[i].value = three->unit[0][i].value - three->unit[1][i].value -
                        share * (three->unit[2][i].value - three->unit[1][i].value);
    }
    return unit_difference(&(UnitValues){unit, UNITS_OF_EACH, NULL}, 0);
}

static void ends_are_where_the_difference_is_told(void **state)
{
    (void)state;
    for (int worlds = 1; worlds <= 8; worlds += 7) {
        Three three;
        Improvement is;
        draw(&three, 2, worlds);
        OK(unit_improvement(&three.values[0], &three.values[1], &three.values[2], &is, message));
        assert_int_equal(is.units, UNITS_OF_EACH);
        assert_true(is.low < is.share && is.share < is.high);
        assert_true(fabs(difference_at(&three, is.share).difference) < 1e-12);
        assert_true(fabs(difference_at(&three, is.low).low) < 1e-12);
        assert_true(fabs(difference_at(&three, is.high).high) < 1e-12);
    }
}

static void references_are_at_0_and_1(void **state)
{
    (void)state;
    Three three;
    Improvement is;
    draw(&three, 2, 1);
    for (int k = 1; k < 3; k++) {
        OK(unit_improvement(&three.values[k], &three.values[1], &three.values[2], &is, message));
        assert_true(fabs(is.share - (k - 1)) < 1e-12 && fabs(is.low - (k - 1)) < 1e-6 &&
                    fabs(is.high - (k - 1)) < 1e-6);
    }
}

static void a_gap_within_its_error_has_no_shares(void **state)
{
    (void)state;
    Three three;
    Improvement is;
    draw(&three, 0.01, 1);
    OK(unit_improvement(&three.values[0], &three.values[1], &three.values[2], &is, message));
    assert_true(isnan(is.share) && isnan(is.low) && isnan(is.high));
    assert_int_equal(is.units, UNITS_OF_EACH);
    draw(&three, 2, 1); /* nor has one whose error is not known */
    three.values[2].units = 1;
    OK(unit_improvement(&three.values[0], &three.values[1], &three.values[2], &is, message));
    assert_true(isnan(is.share) && isnan(is.low));
    assert_int_equal(is.units, 1);
    three.values[2].units = 0;
    OK(unit_improvement(&three.values[0], &three.values[1], &three.values[2], &is, message));
    assert_true(isnan(is.share));
    assert_int_equal(is.units, 0);
}

static bool same(const Improvement *a, const Improvement *b)
{
    return a->share == b->share && a->low == b->low && a->high == b->high && a->units == b->units;
}

/* As if the units that one lacks had not been run. */
static void units_are_those_that_all_have(void **state)
{
    (void)state;
    Three three, fewer;
    Improvement is, expected;
    draw(&three, 2, 1);
    draw(&fewer, 2, 1);
    for (int k = 0; k < 3; k++)
        fewer.values[k].units = UNITS_OF_EACH - 10;
    three.values[0].units = UNITS_OF_EACH - 10; /* the last are missing of one, */
    OK(unit_improvement(&fewer.values[0], &fewer.values[1], &fewer.values[2], &expected, message));
    OK(unit_improvement(&three.values[0], &three.values[1], &three.values[2], &is, message));
    assert_true(same(&is, &expected));
    draw(&three, 2, 1); /* and the first of another */
    three.values[2].unit += 10;
    three.values[2].units -= 10;
    OK(unit_improvement(&three.values[0], &three.values[1], &three.values[2], &is, message));
    for (int k = 0; k < 3; k++)
        fewer.values[k].unit += 10;
    OK(unit_improvement(&fewer.values[0], &fewer.values[1], &fewer.values[2], &expected, message));
    assert_true(same(&is, &expected));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_are_where_the_difference_is_told),
        cmocka_unit_test(references_are_at_0_and_1),
        cmocka_unit_test(a_gap_within_its_error_has_no_shares),
        cmocka_unit_test(units_are_those_that_all_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
