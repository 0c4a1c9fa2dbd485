/* Hashes of source, over a small tree of made-up files: what changes them, and whose. */
#include "estimators/core/estimator.h"
#include "experiments/identity/identity.h"
#include "experiments/identity/source_hash.h"
#include "tests/support/refusal.h"

static Program tree;

static void write_tree(void)
{
    program_write(
        &tree, "estimators/one.c",
        "/* The first. */\n#include \"estimators/shared/term.h\"\n#include \"estimators/core/loss.h\"\n"
        "static Var loss(Tape *t)\n{\n    return add(t, 1e-5, \"a  b\"); // sum\n}\n"
        "const Estimator one = {.name = \"one\"};\nconst Estimator one_more = {.name = \"one_more\"};\n");
    program_write(
        &tree, "estimators/two.c",
        "static Var loss(Tape *t)\n{\n    return t;\n}\nconst Estimator two = {.name = \"two\"};\n");
    program_write(&tree, "estimators/shared/term.h",
                  "#include \"estimators/shared/part.h\"\nint term(int);\n");
    program_write(&tree, "estimators/shared/term.c", "int term(int x)\n{\n    return x;\n}\n");
    program_write(&tree, "estimators/shared/part.h", "#define PART(x) ((x) + 1)\n");
    program_write(&tree, "estimators/core/loss.h", "typedef int Var;\n");
    program_write(&tree, "estimators/table.inc", "ESTIMATOR(one)\nESTIMATOR(two)\n");
    program_write(&tree, "sim/log.h", "typedef struct Log Log;\n");
    program_write(&tree, "experiments/risk/risk.c", "int risk(void);\n");
}

static int setup(void **state)
{
    (void)state;
    program_create(&tree);
    shell("mkdir -p $F/estimators/shared $F/estimators/core $F/sim $F/experiments/risk");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    shell("rm -rf $F/estimators $F/sim $F/experiments");
    program_free(&tree);
    return 0;
}

static SourceHashes hashes_of_tree(void)
{
    static SourceHashes hashes;
    Message message;
    if (source_hashes(&hashes, getenv("F"), &message))
        fail_msg("%s", message.text);
    assert_int_equal(hashes.estimators, 3);
    assert_string_equal(hashes.own[0].estimator, "one");
    assert_string_equal(hashes.own[1].estimator, "one_more");
    assert_string_equal(hashes.own[2].estimator, "two");
    return hashes;
}

/* Which of one, two, base and risk are not as in a fresh tree once `name` has this text: "one base". */
static void changes(const char *name, const char *text, const char *expected)
{
    char changed[64] = "";
    write_tree();
    const SourceHashes before = hashes_of_tree();
    program_write(&tree, name, text);
    const SourceHashes after = hashes_of_tree();
    assert_string_equal(after.own[0].hash, after.own[1].hash);
    if (strcmp(before.own[0].hash, after.own[0].hash) != 0)
        strcat(changed, "one ");
    if (strcmp(before.own[2].hash, after.own[2].hash) != 0)
        strcat(changed, "two ");
    if (strcmp(before.base, after.base) != 0)
        strcat(changed, "base ");
    if (strcmp(before.risk, after.risk) != 0)
        strcat(changed, "risk ");
    assert_string_equal(changed, expected);
}

static void comments_and_layout_do_not_count(void **state)
{
    (void)state;
    changes("estimators/one.c",
            "// Other words, \"quoted\", it's.\n#include \"estimators/shared/term.h\"\n"
            "#  include   \"estimators/core/loss.h\" /* why */\r\n\n"
            "static Var loss(Tape*t){return/* a\nb */add(t,1e-5,\"a  b\");}\n"
            "const Estimator one={\n    .name=\"one\"\n};\nconst Estimator \\\n one_more = {.name = "
            "\"one_more\"};",
            "");
    changes("sim/log.h", "/* a log */ typedef struct Log\n  Log;", "");
    changes("estimators/shared/part.h", "#define PART(x)  \\\n  ((x)+1)\n", "");
}

static void a_loss_is_its_estimators_own(void **state)
{
    (void)state;
    changes("estimators/two.c",
            "static Var loss(Tape *t)\n{\n    return -t;\n}\nconst Estimator two = {.name = \"two\"};\n",
            "two ");
    changes("estimators/two.c",
            "static Var loss(Tape *t)\n{\n    return t;\n}\nconst Estimator two = {.name = \"/*two*/\"};\n",
            "two ");
}

static void what_is_shared_belongs_to_those_that_include_it(void **state)
{
    (void)state;
    changes("estimators/shared/term.c", "int term(int x)\n{\n    return x + 1;\n}\n", "one ");
    changes("estimators/shared/part.h", "#define PART(x) ((x) - 1)\n", "one ");
    changes("estimators/shared/part.h", "#define PART (x) ((x) + 1)\n", "one ");
}

static void the_rest_is_the_base(void **state)
{
    (void)state;
    changes("estimators/core/loss.h", "typedef long Var;\n", "base ");
    changes("sim/log.h", "typedef union Log Log;\n", "base ");
    changes("experiments/risk/risk.c", "int risk(int);\n", "risk ");
    changes("estimators/table.inc", "ESTIMATOR(two)\n", "");
}

static void tokens_are_those_of_c(void **state)
{
    (void)state;
    static const char *const same[][2] = {
        {"a+ +b", "a + + b"},
        {"x=1.5e-3f+y", "x = 1.5e-3f + y"},
        {"'\\'' /**/ \"\\\"//\"", "'\\'' \"\\\"//\""},
        {"a\\\nb", "ab"},
        {"p->q<<=2", "p -> q <<= 2"},
        {"", "  \n/* nothing */\n"},
        {"#if A\nb\n", "# if A//\n b"},
    };
    static const char *const other[][2] = {
        {"a+ +b", "a++b"},           {"a b", "ab"}, {"\"a b\"", "\"a  b\""}, {"' '", "'  '"},
        {"#if A\nb\n", "#if A b\n"},
    };
    for (size_t i = 0; i < LENGTH(same) + LENGTH(other); i++) {
        const bool equal = i < LENGTH(same);
        const char *const *text = equal ? same[i] : other[i - LENGTH(same)];
        char *a = source_tokens(text[0]), *b = source_tokens(text[1]);
        if (equal)
            assert_string_equal(a, b);
        else
            assert_string_not_equal(a, b);
        free(a);
        free(b);
    }
}

/* Every estimator of the program has its hash, and the build's is that of the tree. */
static void the_program_knows_its_own(void **state)
{
    (void)state;
    static SourceHashes hashes;
    Message message;
    assert_int_equal(source_hashes(&hashes, CVRLAB_ROOT, &message), STATUS_OK);
    int count = 0;
    for (; estimator_table[count]; count++)
        assert_int_equal(strlen(identity_own(estimator_table[count]->name)), CODE_HASH - 1);
    assert_int_equal(count, hashes.estimators);
    for (int i = 0; i < count; i++)
        assert_string_equal(identity_own(hashes.own[i].estimator), hashes.own[i].hash);
    assert_string_equal(identity_base, hashes.base);
    assert_string_equal(identity_own("none"), "");
    assert_true(strlen(identity_commit) > 0);
    assert_non_null(strstr(identity_flags, "-std=gnu2x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments_and_layout_do_not_count),
        cmocka_unit_test(a_loss_is_its_estimators_own),
        cmocka_unit_test(what_is_shared_belongs_to_those_that_include_it),
        cmocka_unit_test(the_rest_is_the_base),
        cmocka_unit_test(tokens_are_those_of_c),
        cmocka_unit_test(the_program_knows_its_own),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
