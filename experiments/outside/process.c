/* Between this process and the command stands a supervisor, a fork of this process that only waits. It holds
 * one end of a pipe whose other end this process has: that end closes with this process, however it dies. And
 * it adopts what the command leaves behind (PR_SET_CHILD_SUBREAPER), to end it. After the fork of a process
 * with threads, only async-signal-safe functions are called. */
#include "experiments/outside/process.h"

#include "sim/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* What the supervisor works with, made before the fork. */
typedef struct Supervision {
    const ProcessCall *call;
    char **environment;
    int lifeline; /* the end that is to be watched: it reads as ended when the other process is gone */
    int report;   /* where a ProcessEnd is written to */
    int log, nothing;
} Supervision;

/* A struct of this size is written to a pipe as one. */
static void report(const Supervision *s, ProcessEnding ending, int code)
{
    const ProcessEnd end = {.ending = ending, .code = code};
    while (write(s->report, &end, sizeof end) < 0 && errno == EINTR)
        ;
}

/* The command itself, in a process group of its own. */
_Noreturn static void become_command(const Supervision *s)
{
    sigset_t none;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* if the supervisor is killed */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    if ((!s->call->folder[0] || !chdir(s->call->folder)) && dup2(s->nothing, 0) >= 0 &&
        dup2(s->log, 1) >= 0 && dup2(s->log, 2) >= 0)
        execvpe(s->call->argument[0], s->call->argument, s->environment);
    report(s, PROCESS_NOT_STARTED, errno);
    _exit(127);
}

static void on_child(int number)
{
    (void)number; /* only wakes ppoll() */
}

/* Kills the processes whose parent this one is, as the kernel lists them, a page of them at a time. False
 * where the kernel has no such list. */
static bool kill_children(void)
{
    char path[64] = "/proc/self/task/", text[4096];
    char digits[16];
    long id = syscall(SYS_gettid);
    size_t at = strlen(path), n = 0;
    for (; id > 0; id /= 10)
        digits[n++] = (char)('0' + id % 10);
    while (n > 0)
        path[at++] = digits[--n];
    memcpy(path + at, "/children", sizeof "/children");
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t length = file < 0 ? 0 : read(file, text, sizeof text - 1);
    if (file >= 0)
        close(file);
    long child = 0;
    for (ssize_t i = 0; i < length; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            child = 10 * child + (text[i] - '0');
        } else {
            if (child > 0)
                kill((pid_t)child, SIGKILL);
            child = 0;
        }
    }
    return file >= 0;
}

/* Ends all that is left: the group, and whoever left it, whose children come to this process when they are
 * orphans. */
static void end_all(pid_t command)
{
    kill(-command, SIGKILL);
    while (kill_children() && (waitpid(-1, NULL, 0) > 0 || errno == EINTR))
        ;
}

/* Waits until the command has ended or has to; its wait status, and whether its time was up. */
static void watch(const Supervision *s, pid_t command, bool *timed_out, int *status)
{
    double until = clock_seconds() + s->call->seconds;
    sigset_t none;
    sigemptyset(&none);
    *timed_out = false;
    for (;;) {
        for (pid_t ended; (ended = waitpid(-1, status, WNOHANG)) > 0;)
            if (ended == command)
                return;
        const double left = until - clock_seconds();
        if (left <= 0) {
            kill(-command, *timed_out ? SIGKILL : SIGTERM);
            until = clock_seconds() + (*timed_out ? 1e9 : s->call->grace);
            *timed_out = true;
            continue;
        }
        struct pollfd lifeline = {.fd = s->lifeline, .events = POLLIN};
        const double most = left < 86400 ? left : 86400;
        const struct timespec wait = {(time_t)most, (long)((most - (double)(time_t)most) * 1e9)};
        if (ppoll(&lifeline, 1, &wait, &none) > 0) { /* the process that wanted it is gone */
            end_all(command);
            _exit(0);
        }
    }
}

static void close_others(const Supervision *s)
{
    const int kept[] = {s->lifeline, s->report, s->log, s->nothing};
    int highest = 3;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        highest = kept[i] > highest ? kept[i] : highest;
    for (int file = 0; file <= highest; file++)
        if (file != kept[0] && file != kept[1] && file != kept[2] && file != kept[3])
            close(file);
    if (syscall(SYS_close_range, (unsigned)highest + 1, ~0U, 0U) < 0)
        for (int file = highest + 1; file < 4096; file++)
            close(file);
}

_Noreturn static void supervise(const Supervision *s)
{
    const struct sigaction wake = {.sa_handler = on_child};
    sigset_t child;
    int status;
    bool timed_out;
    setsid(); /* Ctrl-C is for the program, whose end is noticed here */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_SETMASK, &child, NULL); /* but for while ppoll() waits */
    sigaction(SIGCHLD, &wake, NULL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    close_others(s);
    const pid_t command = _Fork();
    if (command == 0)
        become_command(s);
    if (command < 0) {
        report(s, PROCESS_NOT_STARTED, errno);
        _exit(0);
    }
    setpgid(command, command); /* both sides do it, so that it is done before anything is sent there */
    watch(s, command, &timed_out, &status);
    end_all(command);
    if (timed_out)
        report(s, PROCESS_TIMED_OUT, 0);
    else if (WIFSIGNALED(status))
        report(s, PROCESS_KILLED, WTERMSIG(status));
    else
        report(s, PROCESS_EXITED, WEXITSTATUS(status));
    _exit(0);
}

/* Whether two variables have the same name. */
static bool same_name(const char *a, const char *b)
{
    const size_t length = strcspn(a, "=");
    return length == strcspn(b, "=") && !strncmp(a, b, length);
}

/* This process's environment with the call's variables; free() it. */
static char **make_environment(const char *const *own)
{
    size_t count = 0, owns = 0, used = 0;
    while (environ && environ[count])
        count++;
    while (own && own[owns])
        owns++;
    char **made = calloc(count + owns + 1, sizeof *made);
    for (size_t i = 0; made && i < count; i++) {
        bool replaced = false;
        for (size_t j = 0; !replaced && j < owns; j++)
            replaced = same_name(environ[i], own[j]);
        if (!replaced)
            made[used++] = environ[i];
    }
    for (size_t j = 0; made && j < owns; j++)
        made[used++] = (char *)own[j];
    return made;
}

static Status start_failed(Message *message)
{
    return fail(message, STATUS_FAILED, "cannot start a process: %s", strerror(errno));
}

/* Waits for what the supervisor says. It says nothing when somebody has killed it. */
static void take_report(int pipe, ProcessEnd *end)
{
    ssize_t got;
    *end = (ProcessEnd){.ending = PROCESS_KILLED, .code = SIGKILL};
    do
        got = read(pipe, end, sizeof *end);
    while (got < 0 && errno == EINTR);
}

static Status start(Supervision *s, int lifeline[2], int reports[2], ProcessEnd *end, Message *message)
{
    const double began = clock_seconds();
    const pid_t supervisor = _Fork();
    if (supervisor == 0)
        supervise(s);
    close(lifeline[0]);
    close(reports[1]);
    lifeline[0] = reports[1] = -1;
    if (supervisor < 0)
        return start_failed(message);
    take_report(reports[0], end);
    while (waitpid(supervisor, NULL, 0) < 0 && errno == EINTR)
        ;
    end->seconds = clock_seconds() - began;
    return STATUS_OK;
}

static void close_pair(const int pair[2])
{
    for (int i = 0; i < 2; i++)
        if (pair[i] >= 0)
            close(pair[i]);
}

Status process_run(const ProcessCall *call, ProcessEnd *end, Message *message)
{
    int lifeline[2] = {-1, -1}, reports[2] = {-1, -1};
    Supervision s = {.call = call, .environment = make_environment(call->environment)};
    s.log = open(call->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    s.nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    Status status = STATUS_OK;
    if (s.log < 0)
        status = fail(message, STATUS_FAILED, "%s: cannot create: %s", call->log, strerror(errno));
    else if (!s.environment)
        status = fail_memory(message, "a command");
    else if (s.nothing < 0 || pipe2(lifeline, O_CLOEXEC) || pipe2(reports, O_CLOEXEC))
        status = start_failed(message);
    s.lifeline = lifeline[0];
    s.report = reports[1];
    if (!status)
        status = start(&s, lifeline, reports, end, message);
    close_pair(lifeline);
    close_pair(reports);
    if (s.log >= 0)
        close(s.log);
    if (s.nothing >= 0)
        close(s.nothing);
    free(s.environment);
    return status;
}
