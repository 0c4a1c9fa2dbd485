/* gnuplot as a child process: what it says is read from a pipe, and what it leaves is checked to be whole. */
#include "plots/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { SAID = 600, TAIL = 32 };

/* Reads all that comes out of the pipe, keeps its end, where gnuplot says what is wrong after the command
 * itself, and makes one line of it. */
static void read_said(int pipe, char said[SAID])
{
    size_t length = 0;
    for (;;) {
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

static int spawn(const GnuplotCall *call, const char *output, int standard_error, pid_t *child)
{
    /* -d: the user's own ~/.gnuplot must not change the figures. */
    const char *const argument[] = {
        "gnuplot",          "-d",        "-c",           call->script, call->data, output,
        call->format->name, call->title, call->baseline, call->metric, call->key,  call->other_keys,
        call->width,        NULL};
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
    error = posix_spawnp(child, argument[0], &actions, NULL, (char *const *)argument, environment);
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
    int error = spawn(call, output, ends[1], &child);
    close(ends[1]);
    if (error) {
        close(ends[0]);
        return fail(message, STATUS_FAILED, "cannot start gnuplot: %s%s", strerror(error),
                    error == ENOENT ? "; install it (Debian: gnuplot-nox)" : "");
    }
    read_said(ends[0], said);
    close(ends[0]);
    int result = 0;
    while (waitpid(child, &result, 0) < 0 && errno == EINTR) {
    }
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
    char *output = NULL;
    if (asprintf(&output, "%s.part", call->output) < 0)
        return fail_memory(message, "a figure");
    char said[SAID] = "";
    Status status = run(call, output, said, message);
    if (!status && !is_whole(output, call->format))
        status = fail(message, STATUS_FAILED, "%s: gnuplot left the file incomplete (%s)", call->output,
                      *said ? said : "is the disk full?");
    if (!status && rename(output, call->output))
        status = fail(message, STATUS_FAILED, "%s: %s", call->output, strerror(errno));
    if (status)
        unlink(output);
    free(output);
    return status;
}
