/* Figures and reports that are killed, wait for a gnuplot that hangs, or find something of the user's in the
 * place of a file: what is left, and what is left running. */
#include "tests/support/refusal.h"

#include <signal.h>
#include <sys/wait.h>

static Program program;

/* A gnuplot that writes its number and that of what it starts, and never ends. */
static int create(void **state)
{
    (void)state;
    refusal_create(&program);
    program_write(&program, "gnuplot",
                  "#!/bin/sh\necho begun >\"$5\"\nsleep 600 &\necho $$ $! >\"$PIDS\"\nwait\n");
    shell("mkdir $F/bin && mv $F/gnuplot $F/bin/ && chmod +x $F/bin/gnuplot");
    char text[PATH_MAX];
    snprintf(text, sizeof text, "%s/pids", program.folder);
    assert_int_equal(setenv("PIDS", text, 1), 0);
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

/* Starts the command with the gnuplot that hangs, sends it the signal once that runs, and waits for its end.
 */
static void kill_while_drawing(const char *arguments, int number)
{
    char text[512];
    snprintf(
        text, sizeof text,
        "rm -f $F/pids; PATH=$F/bin:$PATH $CVRLAB %s >/dev/null 2>$F/said & child=$!; i=0; "
        "while ! test -s $F/pids && test $i -lt 500; do sleep .02; i=$((i + 1)); done; test -s $F/pids && "
        "kill -%d $child; wait $child; test $? -gt 128",
        arguments, number);
    shell(text);
}

/* In at most a few seconds there is neither of the two processes, nor anything in the folder. */
static void nothing_is_left(const char *folder)
{
    char text[512];
    snprintf(text, sizeof text,
             "i=0; while { for p in $(cat $F/pids); do kill -0 $p 2>/dev/null && break; done || test -e %s; "
             "} && test "
             "$i -lt 200; do sleep .02; i=$((i + 1)); done; test $i -lt 200",
             folder);
    shell(text);
}

static void a_killed_command_leaves_nothing(void **state)
{
    static const int number[] = {SIGKILL, SIGTERM, SIGHUP};
    (void)state;
    program_needed();
    for (size_t i = 0; i < LENGTH(number); i++) {
        kill_while_drawing("plot $F/there.db -o $F/drawn", number[i]);
        nothing_is_left("$F/drawn");
        kill_while_drawing("report $F/there.db -o $F/reported", number[i]);
        nothing_is_left("$F/reported");
    }
    shell("mkdir $F/own && echo mine >$F/own/mine");
    kill_while_drawing("plot $F/there.db -o $F/own", SIGKILL);
    shell("sleep .5; test \"$(ls -A $F/own)\" = mine && rm -r $F/own");
}

static void a_gnuplot_that_hangs_ends(void **state)
{
    char path[PATH_MAX], *before = strdup(getenv("PATH"));
    (void)state;
    program_needed();
    snprintf(path, sizeof path, "%s/bin:%s", program.folder, before);
    shell("rm -f $F/pids");
    assert_int_equal(setenv("PATH", path, 1), 0);
    assert_int_equal(setenv("CVRLAB_GNUPLOT_SECONDS", "0.5", 1), 0);
    refuses(&program, "plot $F/there.db -o $F/drawn",
            &(Case){"a gnuplot that hangs", 1, {"gnuplot did not end in 0.5 seconds"}});
    nothing_is_left("$F/drawn");
    refuses(&program, "report $F/there.db -o $F/drawn",
            &(Case){"a gnuplot that hangs", 1, {"gnuplot did not end in 0.5 seconds"}});
    nothing_is_left("$F/drawn");
    assert_int_equal(unsetenv("CVRLAB_GNUPLOT_SECONDS"), 0);
    assert_int_equal(setenv("PATH", before, 1), 0);
    free(before);
}

/* A data file that was kept stays; a link is replaced, not written through. */
static void files_of_the_user_stay(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "plot $F/there.db -o $F/kept -f svg -F calibration --keep-data");
    shell("test -s $F/kept/small-calibration.tsv && cp $F/kept/small-calibration.tsv $F/before");
    program_succeeds(&program, "plot $F/there.db -o $F/kept -f svg -F calibration");
    shell("cmp $F/before $F/kept/small-calibration.tsv");
    shell("echo precious >$F/victim && for e in tsv svg svg.part; do ln -sf ../victim "
          "$F/kept/small-calibration.$e; done; mkdir $F/page && for e in index.html report.md; do ln -s "
          "../victim "
          "$F/page/$e; done");
    program_succeeds(&program, "plot $F/there.db -o $F/kept -f svg -F calibration --keep-data");
    program_succeeds(&program, "report $F/there.db -o $F/page");
    shell("echo precious | cmp - $F/victim && cmp $F/before $F/kept/small-calibration.tsv && "
          "test -s $F/kept/small-calibration.svg && grep -q '</html>' $F/page/index.html");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_command_leaves_nothing),
        cmocka_unit_test(a_gnuplot_that_hangs_ends),
        cmocka_unit_test(files_of_the_user_stay),
    };
    (void)signal(SIGHUP, SIG_DFL); /* nohup has it ignored, and so would the commands */
    return cmocka_run_group_tests(tests, create, destroy);
}
