/* Semi-synthetic worlds: the MovieLens reader, the matrices made of completed ratings, what is drawn from
 * them, and the whole protocol where CVRLAB_DATA names the folder that holds ml-100k. */
#include "experiments/inputs/rating_completion.h"
#include "experiments/inputs/source.h"
#include "experiments/risk/risk_predictors.h"
#include "experiments/spec/assign.h"
#include "sim/data/ratings.h"
#include "tests/support/monte_carlo.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

static char *folder;

static int create_folder(void **state)
{
    (void)state;
    folder = temporary_folder();
    return 0;
}

static int remove_it(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

static void write_ratings(const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/u.data", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void ratings_are_read(void **state)
{
    (void)state;
    static const uint32_t user[] = {1, 0, 2}, item[] = {2, 0, 2};
    static const uint8_t rating[] = {5, 1, 3};
    Ratings r;
    write_ratings("2\t3\t5\t881250949\n1\t1\t1\t891717742\r\n3\t3\t3\t878887116");
    OK(ratings_read(&r, layout_find("ml-100k"), folder, message));
    assert_true(r.rows == 3 && r.users == 3 && r.items == 3);
    assert_memory_equal(r.user, user, sizeof user);
    assert_memory_equal(r.item, item, sizeof item);
    assert_memory_equal(r.rating, rating, sizeof rating);
    ratings_free(&r);
}

static void malformed_ratings_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"1\t1\t1\t5\n1\t2\t6\t5\n", /* a rating above 5, */
                                        "1\t1\t1\t5\n0\t2\t3\t5\n", /* an id of 0, */
                                        "1\t1\t1\t5\n1\t2\t3\n",    /* a column too few, */
                                        "1\t1\t1\t5\n1\t2\t3\t5\t9\n",
                                        "1\t1\t1\t5\n1\tx\t3\t5\n",
                                        "1\t1\t1\t5\n\n",
                                        "1\t1\t1\t5\n99999999999\t2\t3\t5\n"};
    Ratings r;
    Message why;
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        write_ratings(wrong[k]);
        assert_int_equal(ratings_read(&r, layout_find("ml-100k"), folder, &why), STATUS_USAGE);
        assert_non_null(strstr(why.text, "u.data:2: found '"));
        assert_non_null(strstr(why.text, "expected user, item, rating from 1 to 5"));
    }
    write_ratings("");
    assert_int_equal(ratings_read(&r, layout_find("ml-100k"), folder, &why), STATUS_USAGE);
    assert_int_equal(ratings_read(&r, layout_find("ml-100k"), "/nowhere", &why), STATUS_FAILED);
}

enum { WIDE = 20, TALL = 50, PAIRS = WIDE * TALL };

/* 1000 different ratings, in an order that is no order. */
static const float *completed(void)
{
    static float s[PAIRS];
    for (int i = 0; i < PAIRS; i++)
        s[i] = (float)(i * 387 % PAIRS) / PAIRS;
    return s;
}

static void levels_follow_the_order(void **state)
{
    (void)state;
    static const int end[LEVELS] = {530, 770, 910, 980, 1000};
    static const double click[LEVELS] = {0.0625, 0.0625, 0.125, 0.25, 0.5};
    RatingMatrix m;
    OK(rating_matrix_create(&m, &(CompletedRatings){TALL, WIDE, completed()}, MATRIX_LEVELS, 1, message));
    for (int i = 0; i < PAIRS; i++) {
        int level = 0, rank = i * 387 % PAIRS;
        while (rank >= end[level])
            level++;
        assert_true(m.p_r[i] == rating_matrix_level[level] && m.p_o[i] == click[level]);
    }
    rating_matrix_free(&m);
}

static void powers_are_those_of_the_ratings(void **state)
{
    (void)state;
    RatingMatrix m;
    OK(rating_matrix_create(&m, &(CompletedRatings){TALL, WIDE, completed()}, MATRIX_POWER, 1.5, message));
    for (int i = 0; i < PAIRS; i++) {
        double s = (double)completed()[i];
        assert_true(m.p_r[i] == s && fabs(m.p_o[i] - pow(pow(2, s) - 1, 1.5)) < 1e-12);
    }
    rating_matrix_free(&m);
}

/* Residuals of clicks and conversions over all pairs, and whom pairs belong to. */
static void draws_follow_the_matrix(void **state)
{
    (void)state;
    static double click[PAIRS], convert[PAIRS];
    StreamKey key = drawn_key(0);
    RatingMatrix m;
    Log log;
    Truth truth;
    OK(rating_matrix_create(&m, &(CompletedRatings){TALL, WIDE, completed()}, MATRIX_POWER, 0.5, message));
    OK(rating_matrix_draw(&m, &(PairDraw){&key, "log", NULL, 0, false}, &log, &truth, message));
    assert_int_equal(log.x.rows, PAIRS);
    for (size_t i = 0; i < PAIRS; i++) {
        assert_true(log.x.id[2 * i] == i / WIDE && log.x.id[2 * i + 1] == i % WIDE);
        assert_true(truth.p_r[i] == m.p_r[i] && truth.q[i] == m.p_r[i] && truth.p_o_given[i] == m.p_o[i]);
        assert_true(log.conversion[i] == (log.click[i] && truth.potential[i]));
        click[i] = log.click[i] - m.p_o[i];
        convert[i] = truth.potential[i] - m.p_r[i];
    }
    mean_is("clicks", click, PAIRS, 0);
    mean_is("conversions", convert, PAIRS, 0);
    double r = gsl_stats_correlation(click, 1, convert, 1, PAIRS);
    within_error("correlation of clicks and conversions given the pair", r, 0, 1 / sqrt(PAIRS));
    log_free(&log);
    truth_free(&truth);
    rating_matrix_free(&m);
}

static void pairs_are_whole_users_or_random(void **state)
{
    (void)state;
    StreamKey key = drawn_key(0);
    RatingMatrix m;
    Log log;
    size_t rows = 3 * WIDE, all = PAIRS + 5;
    OK(rating_matrix_create(&m, &(CompletedRatings){TALL, WIDE, completed()}, MATRIX_LEVELS, 1, message));
    uint32_t *pair = matrix_pairs_of_users(&m, &key, "users", &rows);
    OK(rating_matrix_draw(&m, &(PairDraw){&key, "test", pair, rows, true}, &log, NULL, message));
    for (size_t i = 0; i < rows; i++) {
        assert_true(log.click[i] && log.x.id[2 * i + 1] == i % WIDE);
        assert_true(log.x.id[2 * i] == log.x.id[2 * (i / WIDE * WIDE)]);
    }
    assert_true(log.x.id[0] != log.x.id[2 * WIDE] && log.x.id[2 * WIDE] != log.x.id[4 * WIDE]);
    free(pair);
    log_free(&log);
    pair = matrix_random_pairs(&m, &key, "unbiased", &all);
    assert_int_equal(all, PAIRS);
    for (size_t i = 0; i < all; i++)
        assert_true(pair[i] < PAIRS);
    free(pair);
    rating_matrix_free(&m);
}

/* As many of the level as there are of the highest become the highest, and nothing else changes. */
static void predictors_of_levels_are_as_published(void **state)
{
    (void)state;
    static double prediction[PAIRS];
    static const char *const name[] = {"one", "three", "five"};
    StreamKey key = drawn_key(0);
    RatingMatrix m;
    Log log;
    Truth truth;
    OK(rating_matrix_create(&m, &(CompletedRatings){TALL, WIDE, completed()}, MATRIX_LEVELS, 1, message));
    OK(rating_matrix_draw(&m, &(PairDraw){&key, "log", NULL, 0, false}, &log, &truth, message));
    gsl_rng *generator = stream_open(&key, "predictor");
    assert_non_null(generator);
    for (int level = 0; level < 3; level++) {
        int promoted = 0;
        risk_predictor_find(name[level])->predict(&truth, generator, prediction);
        for (int i = 0; i < PAIRS; i++) {
            bool up = truth.p_r[i] == rating_matrix_level[level] && prediction[i] == 0.9;
            promoted += up;
            assert_true(up || prediction[i] == truth.p_r[i]);
        }
        assert_int_equal(promoted, 20);
    }
    risk_predictor_find("crs")->predict(&truth, generator, prediction);
    for (int i = 0; i < PAIRS; i++)
        assert_true(prediction[i] == (truth.p_r[i] > 0.6 ? 0.1 : 0.5));
    gsl_rng_free(generator);
    log_free(&log);
    truth_free(&truth);
    rating_matrix_free(&m);
}

static const char *movielens(void)
{
    static char path[512];
    const char *data = getenv("CVRLAB_DATA");
    if (!data) {
        print_message("CVRLAB_DATA is not set: skipped\n");
        skip();
    }
    snprintf(path, sizeof path, "%s/ml-100k", data);
    return path;
}

/* Ratings that completion has not seen, every tenth, are predicted far better than by their mean: the
 * published root mean squared errors of matrix factorisation are 0.90 to 0.95, that of the mean 1.13. */
static void completion_predicts_ratings(void **state)
{
    (void)state;
    Ratings r;
    Spec spec;
    RatingMatrix m;
    char path[256];
    OK(ratings_read(&r, layout_find("ml-100k"), movielens(), message));
    assert_true(r.rows == 100000 && r.users == 943 && r.items == 1682);
    snprintf(path, sizeof path, "%s/u.data", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < r.rows; i++)
        if (i % 10)
            assert_true(fprintf(file, "%u\t%u\t%u\t0\n", r.user[i] + 1, r.item[i] + 1, r.rating[i]) > 0);
    assert_int_equal(fclose(file), 0);
    spec_defaults(&spec);
    spec.layout = layout_find("ml-100k");
    snprintf(spec.data, sizeof spec.data, "%s", folder);
    spec.matrix_protocol = MATRIX_POWER;
    OK(rating_completion_create(&m, &spec, message));
    uint32_t items = m.schema.cardinality[FIELD_ITEM];
    double squares = 0, n = 0;
    for (size_t i = 0; i < r.rows; i += 10)
        if (r.user[i] < m.schema.cardinality[FIELD_USER] && r.item[i] < items) {
            double rating = 1 + 4 * m.p_r[(size_t)r.user[i] * items + r.item[i]];
            squares += (rating - r.rating[i]) * (rating - r.rating[i]);
            n++;
        }
    print_message("root mean squared error of %.0f unseen ratings: %.4f\n", n, sqrt(squares / n));
    assert_true(sqrt(squares / n) < 0.95);
    rating_matrix_free(&m);
    ratings_free(&r);
}

/* Defaults of training may change, and the matrix that an experiment stands on does not: its own options and
 * no others are what the completion is fitted by. */
static void the_completion_goes_by_its_own_options(void **state)
{
    (void)state;
    enum { USERS = 30, ITEMS = 20 };
    static const char *const other[][2] = {{"model.prior_start", "off"},
                                           {"train.drop_last", "on"},
                                           {"train.clip", "0.02"},
                                           {"train.epochs", "1"}};
    char path[512];
    RatingMatrix m[2];
    Spec spec;
    snprintf(path, sizeof path, "%s/u.data", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < USERS * ITEMS; i++)
        if (i % 7)
            assert_true(fprintf(file, "%d\t%d\t%d\t0\n", i / ITEMS + 1, i % ITEMS + 1, 1 + i * i % 5) > 0);
    assert_int_equal(fclose(file), 0);
    spec_defaults(&spec);
    spec.layout = layout_find("ml-100k");
    spec.matrix_protocol = MATRIX_POWER;
    snprintf(spec.data, sizeof spec.data, "%s", folder);
    OK(spec_set(&spec, "completion.batch", "512", "here", message)); /* a rest is left over */
    OK(rating_completion_create(&m[0], &spec, message));
    for (size_t k = 0; k < sizeof other / sizeof *other; k++)
        OK(spec_set(&spec, other[k][0], other[k][1], "here", message));
    OK(rating_completion_create(&m[1], &spec, message));
    size_t pairs = (size_t)m[0].schema.cardinality[FIELD_USER] * m[0].schema.cardinality[FIELD_ITEM];
    assert_memory_equal(m[0].p_r, m[1].p_r, pairs * sizeof *m[0].p_r);
    rating_matrix_free(&m[0]);
    rating_matrix_free(&m[1]);
}

/* A setting's samples: all pairs as the log, whole users as the test, everything the same for the same key.
 */
static void sources_are_of_the_matrix(void **state)
{
    (void)state;
    Spec spec;
    Source *source;
    Sample a, b;
    spec_defaults(&spec);
    spec.layout = layout_find("ml-100k");
    spec.test_size = 2 * 1682;
    spec.unbiased_size = 500;
    spec.completion.epochs = 1;
    snprintf(spec.data, sizeof spec.data, "%s", movielens());
    OK(source_open(&source, &spec, "", 0, NULL, message));
    OK(source_draw(source, 0, &a, message));
    OK(source_draw(source, 1, &b, message));
    assert_true(a.log->x.rows == 943 * 1682 && a.unbiased->x.rows == 500);
    assert_int_equal(log_clicks(a.unbiased), 500);
    assert_true(memcmp(a.log->click, b.log->click, a.log->x.rows) != 0);
    const TestExposures *test = source_test(source);
    assert_true(test->kind == TEST_TRUTH && test->x->rows == 2 * 1682);
    assert_true(test->set.rows == 2 * 1682 && test->set.p_r == test->cvr);
    sample_free(&a);
    sample_free(&b);
    source_close(source);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratings_are_read),
        cmocka_unit_test(malformed_ratings_are_refused),
        cmocka_unit_test(levels_follow_the_order),
        cmocka_unit_test(powers_are_those_of_the_ratings),
        cmocka_unit_test(draws_follow_the_matrix),
        cmocka_unit_test(pairs_are_whole_users_or_random),
        cmocka_unit_test(predictors_of_levels_are_as_published),
        cmocka_unit_test(the_completion_goes_by_its_own_options),
        cmocka_unit_test(completion_predicts_ratings),
        cmocka_unit_test(sources_are_of_the_matrix),
    };
    return cmocka_run_group_tests(tests, create_folder, remove_it);
}
