/* cvrlab compare: verdicts of one store against another. Intervals and p-values are held against others'
 * arithmetic on numbers that are put into the stores. */
#include "tests/support/refusal.h"
#include "tests/support/stores.h"

#include <math.h>

static Program program;

/* four.db: 4 replicates; again.db: run a second time. */
static int setup(void **state)
{
    (void)state;
    refusal_create(&program);
    if (getenv("CVRLAB")) {
        shell("sed 's/replicates: 1/replicates: 4/' $F/good.yaml > $F/four.yaml");
        program_succeeds(&program, "run $F/four.yaml --db $F/four.db");
        program_succeeds(&program, "run $F/four.yaml --db $F/again.db");
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

static void has(const char *expected)
{
    if (!strstr(program.output, expected))
        fail_msg("expected '%s' in:\n%s", expected, program.output);
}

/* A copy of four.db with a change in it. */
static void derive(const char *name, const char *sql)
{
    char command[1024];
    snprintf(command, sizeof command, "cp $F/four.db $F/%s && sqlite3 $F/%s \"%s\"", name, name, sql);
    shell(command);
}

/* The number in a column of a csv line, both counted from 0. */
static double csv_value(int line, int column)
{
    const char *at = program.output;
    for (; line > 0; line--) {
        at = strchr(at, '\n');
        assert_non_null(at);
        at++;
    }
    for (; column > 0; column--) {
        at += strcspn(at, ",\n");
        assert_int_equal(*at, ',');
        at++;
    }
    return *at == ',' ? (double)NAN : strtod(at, NULL);
}

enum { OLD = 5, OLD_MCSE, NEW, NEW_MCSE, DIFFERENCE, LOW, HIGH, P, OLD_UNITS, NEW_UNITS, PAIRS };

static void near(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-6))
        fail_msg("found %.9g; expected %.9g", value, expected);
}

static void the_same_run_is_identical(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "compare $F/four.db $F/again.db --metric mse,auc,mean_bias --fail-if-worse");
    has("2 compared: 2 identical.");
    has("|mean bias|");
    has("AUC (D)");
    assert_null(strstr(program.output, "Spec:"));
    program_succeeds(&program, "compare $F/four.db $F/again.db -f csv");
    has("experiment,setting,metric,estimator,predictor,old,old_mcse,new,new_mcse,difference,difference_low,"
        "difference_high,p_holm,old_units,new_units,pairs,verdict\nsmall,,mse,naive,");
    near(csv_value(2, DIFFERENCE), 0);
    assert_true(isnan(csv_value(2, P)));
    near(csv_value(2, PAIRS), 4);
}

#define OF_IPS          "series IN (SELECT id FROM series WHERE estimator = 'ips')"
#define OF_METRIC(name) "metric IN (SELECT id FROM metric_name WHERE metric = '" name "')"
static const char old_values[] = "UPDATE metric_value SET value = 0.1 * (1 + replicate) WHERE " OF_IPS;
static const char new_values[] = "UPDATE metric_value SET value = 0.2 * (1 + replicate) WHERE " OF_IPS;

/* 0.1, ..., 0.4 against 0.2, ..., 0.8: differences 0.1, ..., 0.4, of mean 0.25 and sd 0.1291. */
static void same_draws_are_paired(void **state)
{
    (void)state;
    program_needed();
    derive("old.db", old_values);
    derive("changed.db", new_values);
    program_succeeds(&program, "compare $F/old.db $F/changed.db -f csv");
    near(csv_value(2, OLD), 0.25);
    near(csv_value(2, OLD_MCSE), 0.0645497224);
    near(csv_value(2, NEW), 0.5);
    near(csv_value(2, DIFFERENCE), 0.25);
    near(csv_value(2, LOW), 0.25 - 0.205426026);
    near(csv_value(2, HIGH), 0.25 + 0.205426026);
    near(csv_value(2, P), 0.0304662917); /* naive is identical: one row is left for Holm */
    near(csv_value(2, PAIRS), 4);
    has(",4,4,4,worse\n");
}

/* What processors round otherwise is no change, and takes no part in Holm's correction; what is larger is
 * one. */
static void rounding_is_no_change(void **state)
{
    (void)state;
    program_needed();
    derive("rounded.db", "UPDATE metric_value SET value = value * (1 + 7e-9 * (1 + replicate % 2))");
    program_succeeds(&program, "compare $F/four.db $F/rounded.db --metric mse,auc,ratio --fail-if-worse");
    has("2 compared: 2 identical but for rounding.");
    derive("rounded.db",
           "UPDATE metric_value SET value = value + 1e-5 * (1 + 0.1 * replicate) WHERE " OF_IPS);
    program_run(&program, "compare $F/four.db $F/rounded.db --metric mse --fail-if-worse");
    has("2 compared: 1 identical, 1 worse.");
    assert_int_equal(program.code, 1);
}

/* The same numbers by Welch: t = 1.7320508 at 4.4117647 degrees of freedom. */
static void other_draws_are_two_samples(void **state)
{
    (void)state;
    program_needed();
    static const char *const other[] = {"UPDATE experiment SET seed = 2",
                                        "UPDATE test_set SET click = zeroblob(rows)"};
    derive("old.db", old_values);
    for (int i = 0; i < 2; i++) {
        derive("changed.db", new_values);
        char command[256];
        snprintf(command, sizeof command, "sqlite3 $F/changed.db \"%s\"", other[i]);
        shell(command);
        program_succeeds(&program, "compare $F/old.db $F/changed.db -f csv --estimator ips");
        near(csv_value(1, DIFFERENCE), 0.25);
        near(csv_value(1, LOW), 0.25 - 0.386416722);
        near(csv_value(1, HIGH), 0.25 + 0.386416722);
        near(csv_value(1, P), 0.151580505);
        assert_true(isnan(csv_value(1, PAIRS)));
        has("same within error");
        program_succeeds(&program, "compare $F/old.db $F/changed.db");
        has("of two samples");
        assert_int_equal(strstr(program.output, "Seeds differ") != NULL, i == 0);
    }
}

/* Less is better of mse, more of auc, nearer to 1 of the ratio. */
static void knows_what_is_better(void **state)
{
    (void)state;
    program_needed();
    static const struct {
        const char *metric, *value, *verdict;
    } cases[] = {{"mse", "value - 0.1 - 0.001 * replicate", "better"},
                 {"mse", "value + 0.1 + 0.001 * replicate", "worse"},
                 {"auc", "value + 0.1 + 0.001 * replicate", "better"},
                 {"auc", "value - 0.1 - 0.001 * replicate", "worse"},
                 {"ratio", "3 + value", "worse"}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char sql[256], arguments[256], expected[64];
        snprintf(sql, sizeof sql, "UPDATE metric_value SET value = %s WHERE " OF_IPS " AND " OF_METRIC("%s"),
                 cases[i].value, cases[i].metric);
        derive("changed.db", sql);
        snprintf(arguments, sizeof arguments,
                 "compare $F/four.db $F/changed.db -e ips -m %s -f csv --fail-if-worse", cases[i].metric);
        program_run(&program, arguments);
        snprintf(expected, sizeof expected, ",%s\n", cases[i].verdict);
        has(expected);
        int worse = !strcmp(cases[i].verdict, "worse");
        assert_int_equal(program.code, worse);
        assert_int_equal(strstr(program.errors, "changed.db: worse in 1 of 1 comparisons") != NULL, worse);
    }
    /* Half of the predictions below, half above: the distance of the bias from 0 is what counts. */
    derive("old.db", "UPDATE metric_value SET value = 0.5 + 0.01 * replicate WHERE " OF_METRIC("ratio"));
    derive("changed.db", "UPDATE metric_value SET value = 1.5 - 0.01 * replicate WHERE " OF_METRIC("ratio"));
    program_succeeds(&program, "compare $F/old.db $F/changed.db -m ratio -e ips");
    has("|ratio (D) - 1|");
    has("identical");
}

static void units_that_one_lacks_are_left_out_of_pairs(void **state)
{
    (void)state;
    program_needed();
    derive("changed.db", "DELETE FROM metric_value WHERE replicate > 1; DELETE FROM run WHERE replicate > 1");
    program_succeeds(&program, "compare $F/four.db $F/changed.db -f csv");
    has(",4,2,2,identical\n");
    derive("changed.db",
           "DELETE FROM metric_value WHERE " OF_IPS "; UPDATE run SET status = 'diverged' WHERE "
           "estimator = 'ips'");
    program_run(&program, "compare $F/four.db $F/changed.db -f csv --fail-if-worse");
    has(",4,0,,diverged\n");
    assert_int_equal(program.code, 1);
}

static void tells_what_only_one_has(void **state)
{
    (void)state;
    program_needed();
    shell(
        "sed -e 's/name: small/name: renamed/' -e 's/naive, ips/naive, snips, esmm/' -e 's/epochs: 1/epochs: "
        "2/' $F/four.yaml > $F/other.yaml");
    program_succeeds(&program, "run $F/other.yaml --db $F/other.db");
    program_succeeds(&program, "compare $F/four.db $F/other.db");
    has("train.epochs: 1  train.epochs: 2");
    has("Only in the old run: ips.");
    has("Only in the new run: snips, esmm.");
    has("experiment  small");
    has("1 compared:");
    /* With several experiments in one of the stores, names have to be the same. */
    shell("cp $F/other.db $F/two.db");
    program_succeeds(&program, "run $F/four.yaml --db $F/two.db");
    program_succeeds(&program, "compare $F/four.db $F/two.db");
    has("2 compared: 2 identical.");
}

/* Redraws of the same clicks are pairs; an ideal loss that is another one makes two samples of them. */
static void risk_layers_are_compared(void **state)
{
    (void)state;
    program_needed();
    shell("sed -e s/small/risky/ $F/good.yaml > $F/risk.yaml && echo 'risk: {estimators: [ips, dr], "
          "predictors: [truth], size: 200, redraws: 20}' >> $F/risk.yaml");
    program_succeeds(&program, "run $F/risk.yaml --db $F/risk.db");
    program_succeeds(&program, "run $F/risk.yaml --db $F/more.db --set risk.redraws=30");
    program_succeeds(&program, "compare $F/risk.db $F/more.db -f csv");
    has(",risk_mse,ips,truth,");
    has(",20,30,20,identical\n");
    shell("sqlite3 $F/more.db \"UPDATE risk SET ideal = ideal * 3 WHERE estimator = 'ips'\"");
    program_run(&program, "compare $F/risk.db $F/more.db --fail-if-worse");
    has("Squared error of the estimated loss");
    has("2 compared: 1 identical, 1 worse.");
    has("paired by world and redraw where there are pairs");
    assert_int_equal(program.code, 1);
}

static void refuses_wrong_input(void **state)
{
    (void)state;
    program_needed();
    program_write(&program, "empty.db", "");
    shell("cp $F/there.db $F/newer.db && sqlite3 $F/newer.db 'PRAGMA user_version = 99'");
    shell("sqlite3 $F/foreign.db 'CREATE TABLE a (b)'");
    shell("sed -e 's/name: small/name: apart/' -e 's/naive, ips/esmm/' $F/good.yaml > $F/apart.yaml");
    program_succeeds(&program, "run $F/apart.yaml --db $F/apart.db");
    shell("cp $F/apart.db $F/both.db && sed s/apart/third/ $F/apart.yaml > $F/third.yaml");
    program_succeeds(&program, "run $F/third.yaml --db $F/both.db");
    static const Case cases[] = {
        {"compare $F/there.db $F/none.db", 1, {"none.db", "No such file"}},
        {"compare $F/none.db $F/there.db", 1, {"none.db", "No such file"}},
        {"compare $F/there.db $F/empty.db", 2, {"empty.db", "an empty file"}},
        {"compare $F/foreign.db $F/there.db", 2, {"foreign.db", "another program"}},
        {"compare $F/newer.db $F/there.db", 2, {"newer.db", "a newer cvrlab"}},
        {"compare $F/there.db $F/./there.db", 2, {"the same file", "expected two stores"}},
        {"compare $F/there.db $F/apart.db", 1, {"no estimator in a setting in common"}},
        {"compare $F/there.db $F/both.db", 1, {"no experiment of the same name in common"}},
        {"compare $F/there.db", 2, {"expected OLD NEW"}},
        {"compare $F/there.db $F/four.db -m rank", 2, {"metric 'rank' has no value per replicate"}},
        {"compare $F/there.db $F/four.db -m pip", 2, {"metric 'pip' has no value per replicate"}},
        {"compare $F/there.db $F/four.db -m relative_bias", 2, {"no value per replicate"}},
        {"compare $F/there.db $F/four.db -m msee", 2, {"did you mean 'mse'"}},
        {"compare $F/there.db $F/four.db --fail-if-wrose", 2, {"did you mean '--fail-if-worse'"}},
    };
    refuses_arguments(&program, cases, LENGTH(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_run_is_identical),
        cmocka_unit_test(same_draws_are_paired),
        cmocka_unit_test(rounding_is_no_change),
        cmocka_unit_test(other_draws_are_two_samples),
        cmocka_unit_test(knows_what_is_better),
        cmocka_unit_test(tells_what_only_one_has),
        cmocka_unit_test(units_that_one_lacks_are_left_out_of_pairs),
        cmocka_unit_test(risk_layers_are_compared),
        cmocka_unit_test(refuses_wrong_input),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
