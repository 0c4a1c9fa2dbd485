/* Methods that an experiment names itself, run by the program: the same draws as any estimator's, and what
 * may change once they have runs. */
#include "tests/support/refusal.h"
#include "tests/support/stores.h"

static Program program;

static const char spec[] = "name: named\n"
                           "replicates: 2\n"
                           "log.size: 600\n"
                           "test.size: 50\n"
                           "world: {users: 20, items: 10, latent: 2, context: 1}\n"
                           "model: {embedding: 2, layers: [4]}\n"
                           "train: {epochs: 1, batch: 128}\n"
                           "tune: {trials: 2, range: {learning_rate: 0.001..0.1}}\n"
                           "estimators: [naive, mmoe+escm2_dr, ips]\n"
                           "methods:\n"
                           "  same: {base: mmoe+escm2_dr}\n"
                           "  ips2: {base: ips, train.clip: 0.9, label: 'IPS & <b>|2'}\n"
                           "claims: [ips2 mse < 100]\n";

static int setup(void **state)
{
    (void)state;
    program_create(&program);
    program_write(&program, "named.yaml", spec);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

/* A name is no part of any random stream. */
static void are_what_they_are_based_on(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "run $F/named.yaml --db $F/named.db");
    assert_int_equal(store_number("named.db", "SELECT count(*) FROM run a JOIN run b USING (replicate, world)"
                                              " WHERE a.estimator = 'mmoe+escm2_dr' AND b.estimator = 'same'"
                                              " AND a.predictions = b.predictions AND a.steps = b.steps"
                                              " AND a.tuned = b.tuned"),
                     2);
    assert_int_equal(store_number("named.db", "SELECT count(*) FROM run a JOIN run b USING (replicate, world)"
                                              " WHERE a.estimator = 'ips' AND b.estimator = 'ips2'"
                                              " AND a.predictions = b.predictions"),
                     0);
}

static void come_and_change(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "run $F/named.yaml --db $F/there.db --only naive,ips2,ips");
    program_succeeds(&program, "run $F/named.yaml --db $F/there.db --set methods.third.base=dr_jl"
                               " --set methods.third.l2=1 --only third");
    assert_non_null(strstr(program.errors, "named: 2 units run in"));
    /* `same` has no run yet */
    program_succeeds(&program, "run $F/named.yaml --db $F/there.db --set methods.same.l2=1 --only same"
                               " --set labels.ips2=Another --set labels.ips=IPS");
    static const Case cases[] = {
        {"run $F/named.yaml --db $F/there.db --set methods.ips2.base=snips",
         2,
         {"was run with 'methods.ips2.base: ips', now 'methods.ips2.base: snips'"}},
        {"run $F/named.yaml --db $F/there.db --set methods.ips2.train.clip=0.8 --set methods.same.l2=1",
         2,
         {"was run with 'methods.ips2.clip: 0.9', now 'methods.ips2.clip: 0.8'"}},
        {"run $F/named.yaml --db $F/there.db", 2, {"was run with 'methods.same.l2: 1', now without it"}},
        {"run $F/named.yaml --db $F/there.db --only ips3", 2, {"named: --only: unknown estimator 'ips3'"}},
        {"run $F/named.yaml --db $F/there.db --set methods.new.l2=3",
         2,
         {"--set: methods.new: has no base; expected base: ESTIMATOR or BACKBONE+ESTIMATOR"}},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        refuses(&program, cases[i].wrong, &cases[i]);
    program_succeeds(&program, "spec $F/named.yaml estimator.ips2.clip");
    assert_string_equal(program.output, "0.9\n");
}

/* Readers see the label, in every format as it is written there; programs see the name. */
static void are_shown_by_their_label(void **state)
{
    (void)state;
    program_needed();
    static const struct {
        const char *arguments, *holds, *lacks;
    } cases[] = {
        {"table $F/named.db --part main", "\nIPS & <b>|2 ", "ips2"},
        {"table $F/named.db --metric parameters", "\nIPS & <b>|2           157\n", NULL},
        {"table $F/named.db --format csv", ",ips2,", "IPS &"},
        {"table $F/named.db --format latex --part main", "IPS \\& $<$b$>$|2 &", "ips2"},
        {"table $F/named.db --format html", "<td>IPS &amp; &lt;b&gt;|2</td>", "ips2<"},
        {"table $F/named.db --format markdown", "| IPS & \\<b>\\|2 |", "| ips2 |"},
        {"table $F/named.db --baseline ips2", "Paired difference from IPS & <b>|2;", NULL},
        {"show $F/named.db", "\nIPS & <b>|2 ", "ips2"},
        {"compare $F/named.db $F/copy.db", "\nIPS & <b>|2 ", "ips2"},
        {"plot $F/named.db -o $F/figures", "", NULL},
        {"report $F/named.db -o $F/report", "", NULL},
    };
    shell("cp $F/named.db $F/copy.db");
    for (size_t i = 0; i < LENGTH(cases); i++) {
        program_succeeds(&program, cases[i].arguments);
        if (!strstr(program.output, cases[i].holds) ||
            (cases[i].lacks && strstr(program.output, cases[i].lacks)))
            fail_msg("%s: %s", cases[i].arguments, program.output);
    }
    shell("grep -q 'IPS &amp; &lt;b>|2' $F/figures/*.svg && ! grep -q ips2 $F/figures/*.svg");
    shell("grep -q '<td>IPS &amp; &lt;b&gt;|2</td>' $F/report/*.html");
    static const Case same = {
        "a label of two methods",
        2,
        {"labels: 'naive' and 'ips' are both called 'Same'; expected different labels"}};
    refuses(&program, "run $F/named.yaml --db $F/named.db --set labels.ips=Same --set labels.naive=Same",
            &same);
}

/* Embeddings of 20 users, 10 items, 8 segments and 10 categories in 2 columns, and towers of 4 on the 8
 * columns that are embedded and 5 dense ones: one of conversions in ips, whose propensities are a model
 * before it. */
static void count_their_parameters(void **state)
{
    (void)state;
    program_needed();
    const double embedded = 2 * (20 + 10 + 8 + 10), tower = (8 + 5) * 4 + 4 + 4 + 1;
    assert_true(store_number("named.db", "SELECT min(parameters) FROM run WHERE estimator = 'ips2'") ==
                embedded + tower);
    assert_true(store_number("named.db", "SELECT parameters FROM bias_variance WHERE estimator = 'naive'") ==
                embedded + tower);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_what_they_are_based_on),
        cmocka_unit_test(are_shown_by_their_label),
        cmocka_unit_test(count_their_parameters),
        cmocka_unit_test(come_and_change),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
