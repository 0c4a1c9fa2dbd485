/* Starting cvrlab through the shell, with limits on what it may do, and reading what it left. */
#include "tests/support/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>

void program_create(Program *p)
{
    *p = (Program){.folder = temporary_folder()};
    assert_int_equal(setenv("F", p->folder, 1), 0);
}

void program_free(Program *p)
{
    remove_folder(p->folder);
}

void program_needed(void)
{
    if (!getenv("CVRLAB")) {
        print_message("CVRLAB is not set: skipped\n");
        skip();
    }
}

void shell(const char *command)
{
    if (system(command) != 0) /* NOLINT: a command of our own */
        fail_msg("failed: %s", command);
}

void program_write(const Program *p, const char *name, const char *text)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", p->folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void program_slurp(const Program *p, const char *name, char text[OUTPUT])
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", p->folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    text[fread(text, 1, OUTPUT - 1, file)] = 0;
    assert_int_equal(fclose(file), 0);
}

/* In the child: nothing here returns. */
static void program_start(const Program *p, const int files[3], const char *arguments)
{
    char command[2048];
    snprintf(command, sizeof command, "exec \"$CVRLAB\" %s", arguments);
    for (int to = 0; to < 3; to++)
        if (dup2(files[to], to) < 0)
            _exit(CANNOT_START);
    struct rlimit limit = {p->largest_file, p->largest_file};
    if (p->largest_file && (setrlimit(RLIMIT_FSIZE, &limit) || signal(SIGXFSZ, SIG_IGN) == SIG_ERR))
        _exit(CANNOT_START);
    struct rlimit seconds = {p->seconds, p->seconds};
    if (p->seconds && setrlimit(RLIMIT_CPU, &seconds))
        _exit(CANNOT_START);
    if (p->user && setuid(p->user))
        _exit(CANNOT_START);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(CANNOT_START);
}

/* Standard input, output and errors of a run, made anew, so that one killed at once has said nothing. */
static void program_files(const Program *p, int files[3])
{
    static const char *const name[] = {"out", "err"};
    files[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (int i = 0; i < 2; i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", p->folder, name[i]);
        files[1 + i] = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    }
    assert_true(files[0] >= 0 && files[1] >= 0 && files[2] >= 0);
}

void program_run(Program *p, const char *arguments)
{
    program_needed();
    int files[3];
    program_files(p, files);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        program_start(p, files, arguments);
    for (int i = 0; i < 3; i++)
        close(files[i]);
    if (p->kill_after) {
        usleep(p->kill_after);
        kill(child, SIGKILL);
    }
    int status;
    struct rusage usage;
    while (wait4(child, &status, 0, &usage) < 0)
        assert_int_equal(errno, EINTR);
    p->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    p->peak = usage.ru_maxrss;
    program_slurp(p, "out", p->output);
    program_slurp(p, "err", p->errors);
}

void program_succeeds(Program *p, const char *arguments)
{
    program_run(p, arguments);
    if (p->code != 0)
        fail_msg("cvrlab %s: exit code %d: %s", arguments, p->code, p->errors);
}
