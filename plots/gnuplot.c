/* gnuplot as a child process: what it says is read from a pipe, and what it leaves is checked to be whole. */
#include "plots/gnuplot.h"

#include "sim/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { SAID = 600, TAIL = 32 };

/* Whether there is something to read before the deadline. */
static bool wait_for(int pipe, double deadline)
{
    for (;;) {
        struct pollfd end = {.fd = pipe, .events = POLLIN};
        const double left = deadline - clock_seconds();
        const int ready = left > 0 ? poll(&end, 1, (int)(1000 * left) + 1) : 0;
        if (ready >= 0 || errno != EINTR)
            return ready > 0;
    }
}

/* Reads all that comes out of the pipe, keeps its end, where gnuplot says what is wrong after the command
 * itself, and makes one line of it. False at the deadline. */
static bool read_said(int pipe, char said[SAID], double deadline)
{
    size_t length = 0;
    bool in_time;
    while ((in_time = wait_for(pipe, deadline))) {
        char buffer[512];
        ssize_t size = read(pipe, buffer, sizeof buffer);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            break;
        for (ssize_t i = 0; i < size; i++) {
            if (length == SAID - 1) {
                length -= SAID / 2;
                memmove(said, said + SAID / 2, length);
            }
            bool blank = buffer[i] == '\n' || buffer[i] == '\t' || buffer[i] == ' ';
            if (!blank || (length > 0 && said[length - 1] != ' '))
                said[length++] = blank ? ' ' : buffer[i];
        }
    }
    while (length > 0 && said[length - 1] == ' ')
        length--;
    said[length] = '\0';
    return in_time;
}

/* False at the deadline. */
static bool wait_end(pid_t child, int *result, double deadline)
{
    for (;;) {
        const pid_t ended = waitpid(child, result, WNOHANG);
        if (ended == child || (ended < 0 && errno != EINTR))
            return true;
        if (clock_seconds() > deadline)
            return false;
        usleep(1000);
    }
}

static double time_limit(void)
{
    const char *text = getenv("CVRLAB_GNUPLOT_SECONDS");
    const double seconds = text ? strtod(text, NULL) : 0;
    return seconds > 0 ? seconds : GNUPLOT_SECONDS;
}

/* The environment with GNUPLOT_LIB, where gnuplot looks for files to load, as the script's folder. NULL when
 * out of memory; release it with free_environment. */
static char **make_environment(const char *script)
{
    size_t count = 0;
    while (environ[count])
        count++;
    const char *slash = strrchr(script, '/');
    char **copy = calloc(count + 2, sizeof *copy);
    if (!copy ||
        asprintf(&copy[0], "GNUPLOT_LIB=%.*s", slash ? (int)(slash - script) : 1, slash ? script : ".") < 0) {
        free(copy);
        return NULL;
    }
    size_t used = 1;
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], "GNUPLOT_LIB=", strlen("GNUPLOT_LIB=")) != 0)
            copy[used++] = environ[i];
    return copy;
}

static void free_environment(char **environment)
{
    if (environment) {
        free(environment[0]);
        free(environment);
    }
}

/* The path by which gnuplot is told of a file: it takes a name that begins with |, <, $ or ~ for something
 * else. NULL when out of memory. */
static char *plain_path(const char *path)
{
    char *plain = NULL;
    return asprintf(&plain, "%s%s", *path == '/' ? "" : "./", path) < 0 ? NULL : plain;
}

/* A group of its own, so that what it starts can be ended with it. */
static int spawn_in_group(const char *const *argument, char **environment,
                          const posix_spawn_file_actions_t *actions, pid_t *child)
{
    posix_spawnattr_t attributes;
    int error = posix_spawnattr_init(&attributes);
    if (error)
        return error;
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    error = posix_spawnp(child, argument[0], actions, &attributes, (char *const *)argument, environment);
    posix_spawnattr_destroy(&attributes);
    return error;
}

/* The files of a call by the paths that gnuplot is told; see plain_path. */
typedef struct GnuplotPaths {
    char *data, *output, *texts;
} GnuplotPaths;

static int spawn(const GnuplotCall *call, const GnuplotPaths *paths, int standard_error, pid_t *child)
{
    /* -d: the user's own ~/.gnuplot must not change the figures. */
    const char *const argument[] = {"gnuplot",          "-d",         "-c",
                                    call->script,       paths->data,  paths->output,
                                    call->format->name, paths->texts, NULL};
    char **environment = make_environment(call->script);
    posix_spawn_file_actions_t actions;
    int error = environment ? posix_spawn_file_actions_init(&actions) : ENOMEM;
    if (error) {
        free_environment(environment);
        return error;
    }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
    posix_spawn_file_actions_adddup2(&actions, standard_error, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, standard_error, STDERR_FILENO);
    error = spawn_in_group(argument, environment, &actions, child);
    posix_spawn_file_actions_destroy(&actions);
    free_environment(environment);
    return error;
}

static Status run(const GnuplotCall *call, const char *output, char said[SAID], Message *message)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return fail(message, STATUS_FAILED, "cannot start gnuplot: %s", strerror(errno));
    pid_t child = 0;
    const GnuplotPaths paths = {plain_path(call->data), plain_path(output), plain_path(call->texts)};
    int error = paths.data && paths.output && paths.texts ? spawn(call, &paths, ends[1], &child) : ENOMEM;
    free(paths.data);
    free(paths.output);
    free(paths.texts);
    close(ends[1]);
    if (error) {
        close(ends[0]);
        return fail(message, STATUS_FAILED, "cannot start gnuplot: %s%s", strerror(error),
                    error == ENOENT ? "; install it (Debian: gnuplot-nox)" : "");
    }
    int result = 0;
    const double limit = time_limit(), deadline = clock_seconds() + limit;
    scratch_guard(call->scratch, child);
    const bool ended = read_said(ends[0], said, deadline) && wait_end(child, &result, deadline);
    close(ends[0]);
    if (!ended) {
        kill(-child, SIGKILL);
        while (waitpid(child, &result, 0) < 0 && errno == EINTR) {
        }
    }
    scratch_guard(call->scratch, 0);
    if (!ended)
        return fail(message, STATUS_FAILED, "%s: gnuplot did not end in %g seconds%s%s", call->script, limit,
                    *said ? ": " : "", said);
    if (!WIFEXITED(result) || WEXITSTATUS(result) != 0)
        return fail(message, STATUS_FAILED, "%s: gnuplot failed: %s", call->script,
                    *said ? said : "no message");
    return STATUS_OK;
}

/* gnuplot does not notice a disk that fills up. A whole file ends as its format says. */
static bool is_whole(const char *path, const FigureFormat *format)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    char tail[TAIL] = "";
    bool found = fseek(file, 0, SEEK_END) == 0 && ftell(file) > TAIL && fseek(file, -TAIL, SEEK_END) == 0 &&
                 fread(tail, 1, TAIL, file) == TAIL &&
                 memmem(tail, TAIL, format->end, strlen(format->end)) != NULL;
    fclose(file);
    return found;
}

Status gnuplot_draw(const GnuplotCall *call, Message *message)
{
    if (access(call->script, R_OK))
        return fail(message, STATUS_FAILED, "%s: %s", call->script, strerror(errno));
    const char *name = strrchr(call->output, '/') + 1;
    char *output = NULL;
    if (asprintf(&output, "%s/%s", call->scratch->path, name) < 0)
        return fail_memory(message, "a figure");
    char said[SAID] = "";
    Status status = run(call, output, said, message);
    if (!status && !is_whole(output, call->format))
        status = fail(message, STATUS_FAILED, "%s: gnuplot left the file incomplete (%s)", call->output,
                      *said ? said : "is the disk full?");
    if (!status)
        status = figure_file_complete(output, call->format, call->about, message);
    if (!status)
        status = scratch_keep(call->scratch, name, message);
    if (status)
        unlink(output);
    free(output);
    return status;
}
