/* Commands: how they end is told, what they start ends with them, and nothing outlives a kill -9. */
#include "experiments/outside/process.h"
#include "sim/base/clock.h"
#include "tests/support/support.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

static char *folder;
static ProcessStarter *starter;

static int create(void **state)
{
    Message message;
    (void)state;
    folder = temporary_folder();
    return process_starter_create(&starter, &message) != STATUS_OK;
}

static int destroy(void **state)
{
    (void)state;
    process_starter_free(starter);
    remove_folder(folder);
    return 0;
}

/* A file of the folder as text. */
static const char *text_of(const char *name)
{
    static char path[4096], text[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    text[0] = 0;
    if (!file)
        return text;
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    assert_int_equal(fclose(file), 0);
    return text;
}

static ProcessEnd run(const char *script, double seconds, double grace)
{
    static char log[4096];
    char shell[] = "sh", option[] = "-c", command[1024];
    char *argument[] = {shell, option, command, NULL};
    static const char *const environment[] = {"CVRLAB_THREADS=3", NULL};
    ProcessEnd end;
    snprintf(command, sizeof command, "%s", script);
    snprintf(log, sizeof log, "%s/log", folder);
    OK(process_run(starter, &(ProcessCall){argument, environment, folder, log, seconds, grace}, &end,
                   message));
    return end;
}

static void the_end_is_told(void **state)
{
    (void)state;
    ProcessEnd end = run("exit 0", 60, 1);
    assert_true(end.ending == PROCESS_EXITED && end.code == 0);
    end = run("exit 77", 60, 1);
    assert_true(end.ending == PROCESS_EXITED && end.code == 77);
    end = run("kill -9 $$", 60, 1);
    assert_true(end.ending == PROCESS_KILLED && end.code == SIGKILL);
    char none[] = "no-such-program-anywhere", log[4096];
    char *argument[] = {none, NULL};
    snprintf(log, sizeof log, "%s/log", folder);
    OK(process_run(starter, &(ProcessCall){argument, NULL, "", log, 60, 1}, &end, message));
    assert_true(end.ending == PROCESS_NOT_STARTED && end.code == ENOENT);
}

static void a_command_has_its_folder_log_and_environment(void **state)
{
    char expected[8192];
    (void)state;
    setenv("CVRLAB_THREADS", "1", 1);
    setenv("CVRLAB_OTHER", "kept", 1);
    snprintf(expected, sizeof expected, "%s/log", folder);
    (void)unlink(expected);
    run("pwd; echo $CVRLAB_THREADS $CVRLAB_OTHER; cat; ls /proc/self/fd | wc -l >&2", 60, 1);
    snprintf(expected, sizeof expected, "%s\n3 kept\n4\n", folder);
    assert_string_equal(text_of("log"), expected); /* 0, 1, 2 and the one that ls reads the list by */
    run("echo more", 60, 1);
    assert_non_null(strstr(text_of("log"), "4\nmore\n"));
}

/* Whether the process whose number is in a file is gone. */
static bool is_gone(const char *name)
{
    const int number = atoi(text_of(name));
    assert_true(number > 1);
    return kill(number, 0) != 0;
}

static void a_slow_command_is_ended_with_its_children(void **state)
{
    (void)state;
    const double start = clock_seconds();
    ProcessEnd end = run("echo $$ >self; sleep 1000 & echo $! >child; wait", 2, 5);
    assert_int_equal(end.ending, PROCESS_TIMED_OUT);
    assert_true(clock_seconds() - start < 7); /* the first signal was enough */
    assert_true(is_gone("self") && is_gone("child"));
    /* One that ignores the first signal, with a child in a session of its own. */
    end = run("trap '' TERM; setsid sh -c 'trap \"\" TERM; echo $$ >orphan; while :; do sleep 1; done' &"
              "echo $$ >self; while :; do sleep 1; done",
              2, 0.3);
    assert_int_equal(end.ending, PROCESS_TIMED_OUT);
    assert_true(is_gone("self") && is_gone("orphan"));
}

static void what_is_left_behind_is_ended(void **state)
{
    (void)state;
    ProcessEnd end = run("setsid sleep 1000 & echo $! >orphan; sleep 1000 & echo $! >child; exit 3", 60, 1);
    assert_true(end.ending == PROCESS_EXITED && end.code == 3);
    assert_true(is_gone("orphan") && is_gone("child"));
}

static void *run_first(void *nothing)
{
    (void)nothing;
    run("echo $$ >first; setsid sleep 1000 & echo $! >orphan; wait", 1000, 1);
    return NULL;
}

/* Two commands of one process, which is killed: neither keeps the other alive. */
static void nothing_outlives_a_kill(void **state)
{
    char earlier[4096];
    (void)state;
    snprintf(earlier, sizeof earlier, "%s/orphan", folder);
    (void)unlink(earlier); /* of another test, which would be taken for this one's */
    const pid_t program = fork();
    assert_true(program >= 0);
    if (program == 0) {
        pthread_t thread;
        Message message;
        if (process_starter_create(&starter, &message))
            _exit(1);
        if (pthread_create(&thread, NULL, run_first, NULL))
            _exit(1);
        run("echo $$ >second; sleep 1000", 1000, 1);
        _exit(0);
    }
    static const char *const name[] = {"first", "orphan", "second"};
    const double start = clock_seconds();
    for (size_t i = 0; i < 3; i++)
        while (!text_of(name[i])[0] && clock_seconds() - start < 60)
            usleep(10000);
    assert_int_equal(kill(program, SIGKILL), 0);
    assert_true(waitpid(program, NULL, 0) == program);
    for (size_t i = 0; i < 3; i++) {
        while (!is_gone(name[i]) && clock_seconds() - start < 60)
            usleep(10000);
        assert_true(is_gone(name[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_is_told),
        cmocka_unit_test(a_command_has_its_folder_log_and_environment),
        cmocka_unit_test(a_slow_command_is_ended_with_its_children),
        cmocka_unit_test(what_is_left_behind_is_ended),
        cmocka_unit_test(nothing_outlives_a_kill),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
