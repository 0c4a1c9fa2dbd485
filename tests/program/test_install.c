/* What `make install` leaves runs where it is moved to, with files of its own; help, manual pages and
 * completion say of every command what its table says; shipped experiments have names. */
#include "tests/support/program.h"
#include "tests/support/refusal.h"

#include <stdlib.h>

static Program program;

static const char *const command[] = {"run",  "table", "plot", "show", "compare", "report", "spec",
                                      "data", "audit", "list", "demo", "help",    "version"};

/* Installed below $F/moved, after a move; a store in $F/small.db. */
static int setup(void **state)
{
    (void)state;
    refusal_create(&program);
    if (!getenv("CVRLAB"))
        return 0;
    shell("env -u MAKEFLAGS -u MAKELEVEL make -s -C " CVRLAB_ROOT " -o $(realpath --relative-to=" CVRLAB_ROOT
          " $CVRLAB) BUILD=$(dirname $(realpath --relative-to=" CVRLAB_ROOT
          " $CVRLAB)) PREFIX=/usr DESTDIR=$F/root"
          " install >$F/said 2>&1 || { cat $F/said; exit 1; }");
    shell("mkdir $F/moved && mv $F/root/usr $F/moved");
    program_succeeds(&program, "run $F/good.yaml --db $F/small.db");
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
        fail_msg("expected '%s' in '%.1500s'", expected, program.output);
}

static void a_moved_installation_finds_its_own(void **state)
{
    (void)state;
    program_needed();
    shell("cd $F && env -u CVRLAB_HOME moved/usr/bin/cvrlab plot small.db -o drawn -f svg >said && test -s "
          "$(head -1 said)");
    shell("cd $F && env -u CVRLAB_HOME moved/usr/bin/cvrlab list experiments | grep -q '^  *papers/esmm '");
    /* Its scripts are the installed ones, not those of the tree that it was built in. */
    shell(
        "cd $F && for script in moved/usr/share/cvrlab/plots/*.gp; do echo 'exit status 3' >$script; done &&"
        " ! env -u CVRLAB_HOME moved/usr/bin/cvrlab plot small.db -o none -f svg >said 2>&1");
    /* Without any it says where it looked. */
    shell("mkdir -p $F/alone/bin && cp $CVRLAB $F/alone/bin/cvrlab && cd $F &&"
          " ! env -u CVRLAB_HOME alone/bin/cvrlab plot small.db -o none 2>said && grep -q "
          "'alone/bin/../share/cvrlab' said &&"
          " grep -q CVRLAB_HOME said");
}

static void nothing_stays(void **state)
{
    (void)state;
    program_needed();
    shell("env -u MAKEFLAGS -u MAKELEVEL make -s -C " CVRLAB_ROOT
          " PREFIX=/usr DESTDIR=$F/moved uninstall >$F/said 2>&1 ||"
          " { cat $F/said; exit 1; }");
    shell("test -z \"$(find $F/moved -type f)\"");
}

static void every_command_has_a_help_and_a_page(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "help");
    for (size_t i = 0; i < LENGTH(command); i++) {
        char text[64];
        snprintf(text, sizeof text, "\n  %-8s ", command[i]);
        has(text);
    }
    for (size_t i = 0; i < LENGTH(command); i++) {
        char arguments[128];
        snprintf(arguments, sizeof arguments, "help %s", command[i]);
        program_succeeds(&program, arguments);
        snprintf(arguments, sizeof arguments, "usage: cvrlab %s", command[i]);
        has(arguments);
        snprintf(arguments, sizeof arguments, "help --man %s > $F/page.1", command[i]);
        program_succeeds(&program, arguments);
        shell("for head in NAME SYNOPSIS DESCRIPTION OPTIONS '\"EXIT STATUS\"' '\"SEE ALSO\"'; do"
              " grep -q \"^.SH $head\" $F/page.1 || { echo \"no $head\"; cat $F/page.1; exit 1; }; done");
        shell("! command -v mandoc >/dev/null || mandoc -T lint -W error $F/page.1");
    }
    program_succeeds(&program, "help run");
    has("\nexamples:\n  cvrlab run compare\n");
    program_succeeds(&program, "version");
    has("\ncommit ");
    static const Case cases[] = {{"help rum", 2, {"unknown command 'rum'; did you mean 'run'?"}},
                                 {"version now", 2, {"version: unexpected 'now'"}},
                                 {"help --completion fish", 2, {"expected one of bash|zsh"}}};
    for (size_t i = 0; i < LENGTH(cases); i++)
        refuses(&program, cases[i].wrong, &cases[i]);
}

/* What bash would offer. */
static void completes(const char *line, const char *expected)
{
    char said[1024], text[OUTPUT];
    snprintf(
        said, sizeof said,
        "cd $F && bash -c 'source moved/usr/share/bash-completion/completions/cvrlab; compopt() { :; };"
        " COMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _cvrlab; echo \"${COMPREPLY[*]}\"' >said",
        line);
    shell(said);
    program_slurp(&program, "said", text);
    assert_string_equal(text, expected);
}

static void bash_completes(void **state)
{
    (void)state;
    program_needed();
    completes("cvrlab ru", "run\n");
    completes("cvrlab run overl", "overlap\n");
    completes("cvrlab run --onl", "--only\n");
    completes("cvrlab run --only nai", "naive\n");
    completes("cvrlab run --only naive,mult", "naive,multi_ipw naive,multi_dr\n");
    completes("cvrlab run --set world.ct", "world.ctr=\n");
    completes("cvrlab table sma", "small.db\n");
    completes("cvrlab plot --format ti", "tikz\n");
    completes("cvrlab help tab", "table\n");
}

/* Each list, and all of them, as SQLite reads JSON; keys have a row each. */
static void lists_are_json(void **state)
{
    (void)state;
    program_needed();
    shell("for list in '' estimators backbones experiments metrics risk keys; do $CVRLAB list $list -f json "
          ">$F/list.json &&"
          " test $(sqlite3 :memory: \"SELECT json_valid(readfile('$F/list.json'))\") = 1 || exit 1; done");
    shell("test $(sqlite3 :memory: \"SELECT count(*) FROM json_each(readfile('$F/list.json')) WHERE value "
          "->> 'meaning' <> ''\") ="
          " $($CVRLAB list keys -f markdown | sed -n '/^| --- /,/^$/p' | grep -c '^| [a-z]')");
    static const Case cases[] = {{"list kys -f json", 2, {"list: unknown list 'kys'; did you mean 'keys'?"}}};
    refuses(&program, cases[0].wrong, &cases[0]);
}

static void shipped_experiments_have_names(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "spec compare name");
    has("compare\n");
    program_succeeds(&program, "spec esmm name");
    has("esmm\n");
    program_succeeds(&program, "spec papers/esmm name");
    has("esmm\n");
    shell("program=$(realpath $CVRLAB) && mkdir -p $F/here $F/there/compare &&"
          " printf 'name: mine\\nestimators: [naive]\\n' >$F/here/compare && cd $F/here &&"
          " $program spec compare name | grep -qx mine && cd $F/there && $program spec compare name | grep "
          "-qx compare");
    static const Case cases[] = {
        {"spec compar", 2, {"unknown experiment 'compar'; did you mean 'compare'?"}},
        {"run nothing_like_it", 2, {"unknown experiment 'nothing_like_it'; expected a file"}},
        {"run none.yaml", 1, {"none.yaml"}}};
    for (size_t i = 0; i < LENGTH(cases); i++)
        refuses(&program, cases[i].wrong, &cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_has_a_help_and_a_page),
        cmocka_unit_test(bash_completes),
        cmocka_unit_test(lists_are_json),
        cmocka_unit_test(shipped_experiments_have_names),
        cmocka_unit_test(a_moved_installation_finds_its_own),
        cmocka_unit_test(nothing_stays),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
