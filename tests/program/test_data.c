/* `cvrlab data` on the samples of every layout, and on what it has to refuse. */
#include "sim/data/reader.h"
#include "tests/support/refusal.h"

#include <math.h>

#ifndef CVRLAB_ROOT
#define CVRLAB_ROOT "."
#endif

static Program program;

static int create(void **state)
{
    (void)state;
    program_create(&program);
    return setenv("SAMPLES", CVRLAB_ROOT "/tests/data", 1);
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

/* The command prints lines that hold these words, blanks apart, in this order. */
static void prints(const char *arguments, const char *const *line)
{
    program_succeeds(&program, arguments);
    char squeezed[OUTPUT];
    size_t used = 0;
    for (const char *c = program.output; *c; c++)
        if (*c != ' ' || (used && squeezed[used - 1] != ' ' && squeezed[used - 1] != '\n'))
            squeezed[used++] = *c;
    squeezed[used] = 0;
    const char *at = squeezed;
    for (; *line; line++) {
        const char *found = strstr(at, *line);
        if (!found)
            fail_msg("cvrlab %s\nprinted\n%s\nwithout or too early: %s", arguments, squeezed, *line);
        at = found;
    }
}

static void csv_is_summed_up(void **state)
{
    (void)state;
    prints("data $SAMPLES/csv/log.csv --set columns.categorical=device --set columns.dense=price "
           "--set columns.split=split --set columns.unbiased=random",
           (const char *[]){"csv/log.csv: layout csv\n", "log 4 2 0.500000 1 0.500000\n",
                            "unbiased 1 1 1.000000 1 1.000000\n", "test 1 1 1.000000 1 1.000000\n",
                            "valid 1 1 1.000000 0 0.000000\n", "user categorical 4 0\n",
                            "item categorical 4 0\n", "device categorical 3 1\n",
                            "price dense - 1 -3 100 19.4583 ", "not read: note\n",
                            "1 conversions without a click are no labels", NULL});
}

static void late_conversions_are_summed_up(void **state)
{
    (void)state;
    prints("data $SAMPLES/criteo",
           (const char *[]){
               "layout criteo\n", "log 3 3 1.000000 2 0.666667\n", "categorical_1 categorical 2 0\n",
               "integer_1 dense - 1 1 3 2 ",
               "times: exposures over 1 days; conversions within 1 h 0.5000, 24 h 0.5000, 7 days 0.5000, "
               "all within 8 days\n",
               NULL});
    prints("data $SAMPLES/cascade",
           (const char *[]){"layout cascade\n", "log 3 3 1.000000 2 0.666667\n",
                            "feature_0 categorical 2 0\n",
                            "times: exposures over 1 days; conversions within 1 h 0.5000, 24 h 0.5000, 7 "
                            "days 1.0000, all within 3 days\n",
                            "not read: refund_time\n", NULL});
    prints("data $SAMPLES/csv/log.csv", (const char *[]){"csv/log.csv: layout csv\n", NULL});
    assert_null(strstr(program.output, "times:"));
}

static void the_help_has_every_layout(void **state)
{
    (void)state;
    program_succeeds(&program, "data --help");
    for (const Layout *const *layout = layout_table; *layout; layout++)
        if (!strstr(program.output, layout_files(*layout)))
            fail_msg("%s\nlacks: %s", program.output, layout_files(*layout));
}

/* Each in its published layout, recognised by its names. */
static void public_layouts_are_summed_up(void **state)
{
    (void)state;
    prints("data $SAMPLES/yahoo $SAMPLES/kuairec $SAMPLES/kuairand $SAMPLES/aliccp $SAMPLES/aliexpress",
           (const char *[]){
               "layout yahoo\n",
               "log 4 4 1.000000 2 0.500000\n",
               "unbiased 2 2 1.000000 1 0.500000\n",
               "user categorical 3 0\n",
               "item categorical 4 0\n",
               "test: 2 rows shown at random with forced outcomes",
               "layout kuairec\n",
               "log 4 4 1.000000 1 0.250000\n",
               "unbiased 3 3 1.000000 2 0.666667\n",
               "layout kuairand\n",
               "log 4 2 0.500000 1 0.500000\n",
               "random 2 1 0.500000 1 1.000000\n",
               "tab categorical 3 0\n",
               "duration_ms dense - 0 14000 209900 80800 ",
               "test: 2 rows shown at random and clicked by choice: conversions are known on clicks only\n",
               "1 conversions without",
               "layout aliccp\n",
               "log 3 1 0.333333 1 1.000000\n",
               "test 1 1 1.000000 0 0.000000\n",
               "user categorical 3 0\n",
               "853 categorical 1 3\n",
               "1 conversions without",
               "layout aliexpress\n",
               "log 3 2 0.666667 1 0.500000\n",
               "test 2 1 0.500000 1 1.000000\n",
               "user categorical 0 5\n",
               "categorical_3 categorical 2 0\n",
               "numerical_2 dense - 0 -1.5 3 ",
               "test: 2 rows held out of the log",
               NULL});
    prints(
        "data $SAMPLES/ml-1m $SAMPLES/ml-latest",
        (const char *[]){"layout ml-1m\n", "log 6 6 1.000000 3 0.500000\n",
                         "counts: log rows 6 (published: 1000209), users 3 (published: 6040) of MovieLens-1M "
                         "(README of ml-1m.zip)\n",
                         "ratings: every pair of 3 users and 2 items is an exposure of the log, and a rated "
                         "pair a click; 1 repeats of a pair\n",
                         "which is converted if any of its ratings is\n", "files not read: users.dat\n",
                         "layout ml-latest\n", "log 3 3 1.000000 1 0.333333\n",
                         "2 users and 2 items is an exposure of the log, and a rated pair a click; "
                         "0 repeats",
                         NULL});
    prints("data $SAMPLES/fields --set columns.user=101 --set columns.item=205 --set columns.bags=210 "
           "--set columns.categorical=301 --set columns.dense=508",
           (const char *[]){"layout fields\n", "log 6 4 0.666667 2 0.500000\n",
                            "test 3 2 0.666667 1 0.500000\n", "user categorical 4 0\n",
                            "301 categorical 3 1\n", "210 bags 3 3\n", "508 dense - 1 -2.5 100 ",
                            "not read: 902, 903\n", NULL});
    prints("data --set data.threshold=1.2 $SAMPLES/kuairec",
           (const char *[]){"log 4 4 1.000000 3 0.750000\n", NULL});
    prints("data --layout csv --set columns.user=user_id --set columns.item=video_id "
           "--set columns.click=is_click --set columns.conversion=is_like "
           "$SAMPLES/kuairand/log_random_4_22_to_5_08_pure.csv",
           (const char *[]){"layout csv\n", "log 2 1 0.500000 0 0.000000\n", NULL});
}

/* 8 rows: of 1/p over clicks the mean is (2 + 2 + 4) / 8, and two values of p have a closed form of the
 * slope: logit 1/2 - logit 1/4 over the same. */
static void logged_propensities_are_judged(void **state)
{
    (void)state;
    program_write(&program, "logged.csv",
                  "user,item,click,conversion,p,s\n1,1,1,0,.5,train\n1,2,1,1,.5,train\n"
                  "1,3,0,0,.5,train\n1,4,0,0,.5,train\n2,1,1,0,.25,train\n"
                  "2,2,0,0,.25,train\n2,3,0,0,.25,train\n2,4,0,0,.25,train\n"
                  "2,4,1,0,.001,test\n");
    prints("data $F/logged.csv --set columns.propensity=p --set columns.split=s",
           (const char *[]){
               "propensities: from 0.25; mean of click/p 1.0000 (s.e. 0.5345), slope of clicks in logit "
               "p 1.0000 (s.e. 1.3904); right ones have 1 and 1\n",
               NULL});
    prints("data $F/logged.csv --set columns.propensity=p --set columns.split=s --set columns.click=none "
           "--set columns.conversion=none",
           (const char *[]){"slope of clicks in logit p not defined", NULL});
}

static void tables_beside_a_log_are_joined(void **state)
{
    (void)state;
    prints("data $SAMPLES/kuairand --set data.users=user_features_pure.csv --set "
           "columns.categorical=[tab,user_active_degree]",
           (const char *[]){
               "user_active_degree categorical 2 3\n",
               "user_features_pure.csv: joined by user; 3 rows are of none of its users, and miss its "
               "columns\n",
               "files not read: video_features_basic_pure.csv\n", NULL});
}

static void hashed_ids_are_told(void **state)
{
    (void)state;
    prints("data $SAMPLES/csv/log.csv --set data.buckets=100",
           (const char *[]){"user categorical <=100 0\n", NULL});
}

static void coat_is_summed_up(void **state)
{
    (void)state;
    program_write(&program, "user_features.ascii", "1 0\n0 1\n");
    program_write(&program, "item_features.ascii", "1\n0\n1\n");
    program_write(&program, "train.ascii", "0 5 0\n3 0 1\n");
    program_write(&program, "test.ascii", "1 0 4\n0 2 0\n");
    prints("data $F", (const char *[]){"layout coat\n", "log 6 3 0.500000 2 0.666667\n",
                                       "unbiased 3 3 1.000000 1 0.333333\n", "user categorical 2 0\n",
                                       "item categorical 3 0\n",
                                       "user_features[0] dense - 0 0 1 0.555556 0.496904\n", NULL});
    prints("data $F --set data.threshold=4",
           (const char *[]){"layout coat\n", "log 6 3 0.500000 1 0.333333\n",
                            "unbiased 3 3 1.000000 1 0.333333\n", NULL});
}

static void faults_are_told(void **state)
{
    (void)state;
    static const Case cases[] = {
        {"data /nowhere/at/all", 1, {"cannot read /nowhere/at/all: No such file or directory"}},
        {"data --layout cvs $SAMPLES/csv/log.csv",
         2,
         {"--layout: unknown layout 'cvs'; did you mean 'csv'?"}},
        {"data --layout zzzzzz $SAMPLES/csv/log.csv",
         2,
         {"--layout: unknown layout 'zzzzzz'; expected coat, ml-100k, ", " csv or criteo"}},
        {"data --layout csv /nowhere/at/all", 1, {"cannot read /nowhere/at/all"}},
        {"data --layout coat /nowhere/at/all", 1, {"cannot read /nowhere/at/all/user_features.ascii"}},
        {"data", 2, {"expected FILE"}},
        {"data $SAMPLES", 2, {"found no files of a known layout"}},
        {"data $SAMPLES/csv/log.csv --set columns.user=usr",
         2,
         {"log.csv:1: found no column 'usr'", "'user'"}},
        {"data $SAMPLES/csv/log.csv --set columns.usr=user", 2, {"--set: unknown key", "columns.user"}},
        {"data $SAMPLES/csv/log.csv --set columns.dense=device", 2, {"log.csv:2: found 'phone' in device"}},
        {"data $SAMPLES/aliccp --set columns.user=101", 2, {"columns: found some; expected none"}},
        {"data $SAMPLES/csv/log.csv --set data.buckets=-1", 2, {"--set: data.buckets: found '-1'"}},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        refuses(&program, cases[i].wrong, &cases[i]);
}

/* Of worlds and of logs with times: a file a figure, format and setting, whose paths are printed. */
static void delays_are_drawn(void **state)
{
    (void)state;
    program_write(&program, "late.yaml",
                  "name: late\nquestion: When?\nlog.size: 4000\n"
                  "world: {users: 30, items: 20, latent: 2, context: 1, ctr: 0.4, cvr: 0.2}\n"
                  "delay: {days: 10, window: 2}\ndelayed: {pretrain: 6}\nestimators: [delay_vanilla]\n"
                  "sweep: {delay.median: [5, 40]}\n");
    prints("data $F/late.yaml --plot $F/drawn --format svg,tikz",
           (const char *[]){"late-delay-delay.median=5.svg\n", "late-delay-delay.median=5.tex\n",
                            "late-age-delay.median=5.svg\n", "late-age-delay.median=5.tex\n",
                            "late-age-delay.median=40.tex\n", NULL});
    program_slurp(&program, "drawn/late-delay-delay.median=5.svg", program.output);
    static const char *const shown[] = {
        ">When?<",       ">truth<", ">known on day 6<", ">of the last 2 days<", ">exponential model<",
        "delay.median=5"};
    for (size_t i = 0; i < LENGTH(shown); i++)
        assert_non_null(strstr(program.output, shown[i]));
    program_slurp(&program, "drawn/late-age-delay.median=40.svg", program.output);
    assert_non_null(strstr(program.output, "age of the clicks on day 6, log scale"));
    assert_non_null(strstr(program.output, ">expected to be known<"));
    prints("data $SAMPLES/cascade --plot $F/drawn --format svg --paper acm",
           (const char *[]){"/drawn/cascade-delay.svg\n", "/drawn/cascade-age.svg\n", NULL});
    program_slurp(&program, "drawn/cascade-delay.svg", program.output);
    assert_non_null(strstr(program.output, ">in the end<"));
    assert_non_null(strstr(program.output, ">known on day 1<")); /* of its last click */
    const char *width = strstr(program.output, " width=\"");
    assert_true(width && fabs(strtod(width + 8, NULL) / 96 - 3.33) < 0.01); /* inches */
    assert_null(strstr(program.output, ">truth<"));
    static const Case cases[] = {
        {"data --plot $F/x $SAMPLES/csv/log.csv",
         2,
         {"csv/log.csv: --plot: found a log without times; expected columns.click_time"}},
        {"data --plot $F/x --layout coat /nowhere", 2, {"/nowhere: --plot: found a log without times"}},
        {"data --plot $F/x --format gif $SAMPLES/cascade", 2, {"unknown format 'gif'"}},
        {"data --plot $F/x --paper amc $SAMPLES/cascade", 2, {"did you mean 'acm'?"}},
    };
    program_write(&program, "early.yaml", "name: early\nlog.size: 100\nestimators: [naive]\n");
    for (size_t i = 0; i < LENGTH(cases); i++)
        refuses(&program, cases[i].wrong, &cases[i]);
    program_run(&program, "data --plot $F/x $F/early.yaml");
    assert_int_equal(program.code, 2);
    assert_non_null(
        strstr(program.errors, "early: --plot: found delay.days: 0; expected a world with delays"));
    program_run(&program, "data --plot $F/x --set data.window=0.001 $SAMPLES/cascade");
    assert_int_equal(program.code, 2);
    assert_non_null(
        strstr(program.errors, "/cascade: --plot: found no conversion within the window; expected"));
}

/* Ten times the rows take no more memory. */
static void memory_does_not_grow_with_rows(void **state)
{
    (void)state;
    long peak[2];
    for (int i = 0; i < 2; i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/rows.csv", program.folder);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs("user,item,click,conversion\n", file);
        for (int row = 0; row < (i ? 1000000 : 100000); row++)
            fprintf(file, "%d,%d,%d,0\n", row % 997, row % 101, row % 2);
        assert_int_equal(fclose(file), 0);
        program_succeeds(&program, "data $F/rows.csv");
        peak[i] = program.peak;
    }
    if (peak[1] > peak[0] + 1024)
        fail_msg("%ld kB for a tenth of the rows, %ld kB for all", peak[0], peak[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_is_summed_up),
        cmocka_unit_test(late_conversions_are_summed_up),
        cmocka_unit_test(the_help_has_every_layout),
        cmocka_unit_test(delays_are_drawn),
        cmocka_unit_test(public_layouts_are_summed_up),
        cmocka_unit_test(logged_propensities_are_judged),
        cmocka_unit_test(tables_beside_a_log_are_joined),
        cmocka_unit_test(hashed_ids_are_told),
        cmocka_unit_test(coat_is_summed_up),
        cmocka_unit_test(faults_are_told),
        cmocka_unit_test(memory_does_not_grow_with_rows),
    };
    return cmocka_run_group_tests_name("data", tests, create, destroy);
}
