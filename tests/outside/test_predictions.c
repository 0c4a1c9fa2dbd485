/* What models write: read in every form that is allowed, and told exactly where it is not. */
#include "experiments/outside/npy.h"
#include "experiments/outside/predictions.h"
#include "tests/support/support.h"

#include <math.h>

enum { ROWS = 3 };

static char *folder;
static float cvr[ROWS], ctr[ROWS];
static PredictionReport report;

static int create(void **state)
{
    (void)state;
    folder = temporary_folder();
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

static void put(const char *name, const char *text)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void put_npy(const char *name, const float number[ROWS])
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    OK(npy_write(path, &(NpyArray){"<f4", ROWS, 0, 1, number}, message));
}

static void clear(void)
{
    char command[4200];
    snprintf(command, sizeof command, "rm -f %s/*", folder);
    assert_int_equal(system(command), 0);
}

static PredictionState look(const char *file, Message *why)
{
    PredictionState state;
    OK(predictions_read(&(PredictionPlace){folder, file, ROWS}, cvr, ctr, &report, &state, message));
    assert_int_equal(predictions_read(&(PredictionPlace){folder, file, ROWS}, cvr, ctr, &report, &state, why),
                     STATUS_OK);
    return state;
}

static void are(float a, float b, float c)
{
    assert_true(cvr[0] == a && cvr[1] == b && cvr[2] == c);
}

static void every_form_is_read(void **state)
{
    static const float number[ROWS] = {0.25F, 0, 1};
    Message why;
    (void)state;
    clear();
    put_npy("cvr.npy", number);
    put("report.json", "{\"seconds\": 1.5, \"steps\": 7, \"parameters\": 9, \"libraries\": {\"torch\": "
                       "\"2\"}, \"x\": [1, {}]}");
    assert_int_equal(look(NULL, &why), PREDICTIONS_DONE);
    are(0.25F, 0, 1);
    assert_true(isnan(ctr[0]) && report.seconds == 1.5 && report.steps == 7 && report.parameters == 9);
    put_npy("ctr.npy", number);
    assert_int_equal(look(NULL, &why), PREDICTIONS_DONE);
    assert_true(ctr[0] == 0.25F && ctr[2] == 1);
    clear();
    put("cvr.txt", "0.5\n  1e-2 \n1\n");
    put("ctr.txt", "0\n0\n0.5\n");
    assert_int_equal(look(NULL, &why), PREDICTIONS_DONE);
    are(0.5F, 0.01F, 1);
    assert_true(ctr[2] == 0.5F && isnan(report.seconds));
    clear();
    put("cvr.csv", "row,cvr\r\n2,0.75\r\n0,0.5\r\n1,0.25\r\n");
    assert_int_equal(look(NULL, &why), PREDICTIONS_DONE);
    are(0.5F, 0.25F, 0.75F);
    put("mine.csv", "\"row\",\"cvr\",\"ctr\"\n0,0.5,0.1\n1,1,0.2\n2,0,0.3\n");
    assert_int_equal(look("mine.csv", &why), PREDICTIONS_DONE);
    are(0.5F, 1, 0);
    assert_true(ctr[2] == 0.3F);
}

static void what_is_wrong_is_told(void **state)
{
    static const struct {
        const char *name, *text;
        PredictionState state;
        const char *why; /* after the folder */
    } cases[] = {
        {"other", "", PREDICTIONS_NONE, ": no predictions; expected cvr.npy, cvr.txt or cvr.csv"},
        {"cvr.txt", "0.5\n0.5\n", PREDICTIONS_WRONG,
         "/cvr.txt: has 2 lines; expected 3, one a test exposure"},
        {"cvr.txt", "1\n1\n1\n1\n", PREDICTIONS_WRONG,
         "/cvr.txt: has more than 3 lines; expected one a test exposure"},
        {"cvr.txt", "1\nNA\n1\n", PREDICTIONS_WRONG,
         "/cvr.txt:2: found 'NA'; expected a number alone on its line"},
        {"cvr.txt", "1\n1 2\n1\n", PREDICTIONS_WRONG,
         "/cvr.txt:2: found '1 2'; expected a number alone on its line"},
        {"cvr.txt", "-3.1\n0\n2.25\n", PREDICTIONS_WRONG,
         "/cvr.txt: predictions from -3.1 to 2.25; expected probabilities in [0, 1] (are they logits?)"},
        {"cvr.txt", "3\n0\n2.25\n", PREDICTIONS_WRONG,
         "/cvr.txt: predictions from 0 to 3; expected probabilities in [0, 1]"},
        {"cvr.txt", "nan\n0\ninf\n", PREDICTIONS_DIVERGED,
         "/cvr.txt: 2 of 3 predictions are NaN or infinite"},
        {"cvr.csv", "", PREDICTIONS_WRONG, "/cvr.csv: is empty; expected the header row,cvr or row,cvr,ctr"},
        {"cvr.csv", "id,cvr\n", PREDICTIONS_WRONG,
         "/cvr.csv:1: found 'id,cvr'; expected the header row,cvr or row,cvr,ctr"},
        {"cvr.csv", "row,cvr\n0,1\n2,1\n", PREDICTIONS_WRONG,
         "/cvr.csv: has 2 rows; expected 3: row 1 is missing"},
        {"cvr.csv", "row,cvr\n0,1\n1,1\n1,1\n", PREDICTIONS_WRONG, "/cvr.csv:4: row 1 is there twice"},
        {"cvr.csv", "row,cvr\n0,1\n3,1\n", PREDICTIONS_WRONG, "/cvr.csv:3: row 3; expected 0 to 2"},
        {"cvr.csv", "row,cvr\n0,1,1\n", PREDICTIONS_WRONG, "/cvr.csv:2: found '0,1,1'; expected row,cvr"},
        {"cvr.npy", "none", PREDICTIONS_WRONG,
         "/cvr.npy: is no .npy file; expected one of NumPy's, version 1.0 to 3.0"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char expected[4600];
        Message why = {""};
        clear();
        put(cases[i].name, cases[i].text);
        assert_int_equal(look(NULL, &why), cases[i].state);
        snprintf(expected, sizeof expected, "%s%s", folder, cases[i].why);
        assert_string_equal(why.text, expected);
    }
}

static void two_files_and_a_report_are_judged(void **state)
{
    Message why;
    (void)state;
    clear();
    put("cvr.txt", "1\n1\n1\n");
    put("report.json", "{\"diverged\": true}");
    assert_int_equal(look(NULL, &why), PREDICTIONS_DIVERGED);
    put("report.json", "not json");
    assert_int_equal(look(NULL, &why), PREDICTIONS_WRONG);
    put("report.json", "{}");
    put("cvr.csv", "row,cvr\n");
    assert_int_equal(look(NULL, &why), PREDICTIONS_WRONG);
    assert_non_null(strstr(why.text, "there are both cvr.txt and cvr.csv"));
    assert_int_equal(look("cvr.txt", &why), PREDICTIONS_DONE);
    assert_int_equal(look("none.txt", &why), PREDICTIONS_NONE);
    put("cvr.bin", "");
    assert_int_equal(look("cvr.bin", &why), PREDICTIONS_WRONG);
    assert_non_null(strstr(why.text, "expected a file that ends in .npy, .txt or .csv"));
    clear();
    put("cvr.txt", "1\n1\n1\n");
    put("ctr.txt", "1\n2\n1\n");
    assert_int_equal(look(NULL, &why), PREDICTIONS_WRONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_read),
        cmocka_unit_test(what_is_wrong_is_told),
        cmocka_unit_test(two_files_and_a_report_are_judged),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
