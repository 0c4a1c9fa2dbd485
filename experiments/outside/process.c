/* Three generations stand between this process and a command. The starter is a fork that was made early; it
 * forks a supervisor for each command, which starts the command, waits for it and reports. Starter and
 * supervisors hold one end of a pipe, the lifeline, whose other end this process alone has: it closes with
 * this process, however it dies. And a supervisor adopts what its command leaves behind
 * (PR_SET_CHILD_SUBREAPER), to end it. */
#include "experiments/outside/process.h"

#include "sim/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct ProcessStarter {
    pid_t process;
    int requests; /* a socket: each request is a message with two files, its text and where to report */
    int lifeline; /* the end that keeps the others alive */
};

/* A request as it is read back from its text. */
typedef struct Supervision {
    double seconds, grace;
    const char *folder, *log;
    char **argument, **environment; /* end with NULL */
    int lifeline; /* the end that is to be watched: it reads as ended when the other process is gone */
    int report;   /* where a ProcessEnd is written to */
} Supervision;

/* A struct of this size is written to a pipe as one. */
static void report(const Supervision *s, ProcessEnding ending, int code)
{
    const ProcessEnd end = {.ending = ending, .code = code};
    while (write(s->report, &end, sizeof end) < 0 && errno == EINTR)
        ;
}

/* Puts a file in the place of another one. */
static bool put_file(const char *path, int flags, int place)
{
    const int file = open(path, flags, 0666);
    const bool put = file >= 0 && dup2(file, place) >= 0;
    if (file > 2)
        close(file);
    return put;
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
    if (put_file("/dev/null", O_RDONLY, 0) && put_file(s->log, O_WRONLY | O_CREAT | O_APPEND, 1) &&
        dup2(1, 2) >= 0 && (!s->folder[0] || !chdir(s->folder)))
        execvpe(s->argument[0], s->argument, s->environment);
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
    double until = clock_seconds() + s->seconds;
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
            until = clock_seconds() + (*timed_out ? 1e9 : s->grace);
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
    const pid_t command = fork();
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

/* Closes all files but these. */
static void close_others(int first, int second, int third)
{
    int highest = first > second ? first : second;
    highest = third > highest ? third : highest;
    for (int file = 0; file <= highest; file++)
        if (file != first && file != second && file != third)
            close(file);
    if (syscall(SYS_close_range, (unsigned)highest + 1, ~0U, 0U) < 0)
        for (int file = highest + 1; file < 4096; file++)
            close(file);
}

/* A number of strings, each behind the one before; *text is moved behind them. */
static char **take_strings(char **text)
{
    size_t count;
    memcpy(&count, *text, sizeof count);
    *text += sizeof count;
    char **strings = calloc(count + 1, sizeof *strings);
    for (size_t i = 0; strings && i < count; i++, *text += strlen(*text) + 1)
        strings[i] = *text;
    return strings;
}

/* Reads a request back: times, folder, log, arguments, environment. */
static bool take_request(int file, Supervision *s)
{
    const off_t size = lseek(file, 0, SEEK_END);
    char *text =
        size > 0 ? mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0) : MAP_FAILED;
    if (text == MAP_FAILED)
        return false;
    memcpy(&s->seconds, text, sizeof s->seconds);
    memcpy(&s->grace, text + sizeof s->seconds, sizeof s->grace);
    text += 2 * sizeof s->seconds;
    s->folder = text;
    text += strlen(text) + 1;
    s->log = text;
    text += strlen(text) + 1;
    s->argument = take_strings(&text);
    s->environment = take_strings(&text);
    return s->argument && s->argument[0] && s->environment;
}

/* A supervisor, from the files that came with the request. */
_Noreturn static void begin_supervision(int lifeline, int request, int answer)
{
    Supervision s = {.lifeline = lifeline, .report = answer};
    close_others(lifeline, request, answer);
    (void)fcntl(answer, F_SETFD, FD_CLOEXEC);
    (void)fcntl(lifeline, F_SETFD, FD_CLOEXEC);
    if (!take_request(request, &s)) {
        report(&s, PROCESS_NOT_STARTED, ENOMEM);
        _exit(0);
    }
    close(request);
    supervise(&s);
}

enum { REQUEST_FILES = 2 };

/* Room for the files that a message carries. */
typedef union FileMessage {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(REQUEST_FILES * sizeof(int))];
} FileMessage;

/* Waits for a request; false when there will be none. */
static bool receive(int requests, int file[REQUEST_FILES])
{
    char byte;
    FileMessage files;
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = files.bytes, .msg_controllen = sizeof files.bytes};
    ssize_t got;
    do
        got = recvmsg(requests, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    const struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (got != 1 || !head || head->cmsg_len != CMSG_LEN(REQUEST_FILES * sizeof *file))
        return false;
    memcpy(file, CMSG_DATA(head), REQUEST_FILES * sizeof *file);
    return true;
}

/* Files that come later must not have the numbers that a command's own input and output will have. */
static void hold_standard_files(void)
{
    int file;
    do
        file = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (file >= 0 && file <= 2);
    if (file > 2)
        close(file);
}

_Noreturn static void serve(int requests, int lifeline)
{
    int file[REQUEST_FILES];
    setsid(); /* Ctrl-C is for the program, whose end is noticed */
    close_others(requests, lifeline, requests);
    hold_standard_files();
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN); /* supervisors need not be waited for */
    while (receive(requests, file)) {
        const pid_t supervisor = fork();
        if (supervisor == 0)
            begin_supervision(lifeline, file[0], file[1]);
        close(file[0]);
        close(file[1]);
    }
    _exit(0);
}

static Status start_failed(Message *message)
{
    return fail(message, STATUS_FAILED, "cannot start a process: %s", strerror(errno));
}

static void close_pair(const int pair[2])
{
    for (int i = 0; i < 2; i++)
        if (pair[i] >= 0)
            close(pair[i]);
}

Status process_starter_create(ProcessStarter **starter, Message *message)
{
    int requests[2] = {-1, -1}, lifeline[2] = {-1, -1};
    *starter = malloc(sizeof **starter);
    if (!*starter)
        return fail_memory(message, "a process");
    pid_t process = -1;
    if (!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, requests) && !pipe2(lifeline, O_CLOEXEC))
        process = fork();
    if (process == 0)
        serve(requests[1], lifeline[0]);
    if (process < 0) {
        Status status = start_failed(message);
        close_pair(requests);
        close_pair(lifeline);
        free(*starter);
        *starter = NULL;
        return status;
    }
    close(requests[1]);
    close(lifeline[0]);
    **starter = (ProcessStarter){.process = process, .requests = requests[0], .lifeline = lifeline[1]};
    return STATUS_OK;
}

void process_starter_free(ProcessStarter *starter)
{
    if (!starter)
        return;
    close(starter->requests);
    close(starter->lifeline);
    while (waitpid(starter->process, NULL, 0) < 0 && errno == EINTR)
        ;
    free(starter);
}

/* Whether two variables have the same name. */
static bool same_name(const char *a, const char *b)
{
    const size_t length = strcspn(a, "=");
    return length == strcspn(b, "=") && !strncmp(a, b, length);
}

static void put_string(FILE *file, const char *text)
{
    fwrite(text, 1, strlen(text) + 1, file);
}

static void put_strings(FILE *file, char *const *string)
{
    size_t count = 0;
    while (string[count])
        count++;
    fwrite(&count, sizeof count, 1, file);
    for (size_t i = 0; i < count; i++)
        put_string(file, string[i]);
}

/* This process's environment with the call's variables; NULL when out of memory. free() it. */
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

/* The request as a file in memory; -1 when it cannot be made. */
static int make_request(const ProcessCall *call)
{
    const int made = memfd_create("cvrlab", MFD_CLOEXEC);
    const int copy = made < 0 ? -1 : fcntl(made, F_DUPFD_CLOEXEC, 0);
    char **environment = make_environment(call->environment);
    FILE *file = copy < 0 || !environment ? NULL : fdopen(copy, "w");
    if (!file) {
        close_pair((const int[]){made, copy});
        free(environment);
        return -1;
    }
    fwrite(&call->seconds, sizeof call->seconds, 1, file);
    fwrite(&call->grace, sizeof call->grace, 1, file);
    put_string(file, call->folder);
    put_string(file, call->log);
    put_strings(file, call->argument);
    put_strings(file, environment);
    free(environment);
    if (fclose(file)) {
        close(made);
        return -1;
    }
    return made;
}

static bool send_request(const ProcessStarter *starter, int request, int answer)
{
    const int file[REQUEST_FILES] = {request, answer};
    char byte = 0;
    FileMessage files = {.bytes = {0}};
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = files.bytes, .msg_controllen = sizeof files.bytes};
    files.head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof file), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&files.head), file, sizeof file);
    ssize_t sent;
    do
        sent = sendmsg(starter->requests, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == 1;
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

Status process_run(ProcessStarter *starter, const ProcessCall *call, ProcessEnd *end, Message *message)
{
    const double began = clock_seconds();
    int answer[2] = {-1, -1};
    const int request = make_request(call);
    Status status = request < 0 || pipe2(answer, O_CLOEXEC) || !send_request(starter, request, answer[1])
                        ? start_failed(message)
                        : STATUS_OK;
    if (request >= 0)
        close(request);
    if (answer[1] >= 0)
        close(answer[1]);
    if (!status)
        take_report(answer[0], end);
    if (answer[0] >= 0)
        close(answer[0]);
    end->seconds = clock_seconds() - began;
    return status;
}
