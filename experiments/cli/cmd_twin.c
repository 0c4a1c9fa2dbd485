/* cvrlab twin: worlds fitted to a log. */
#include "experiments/cli/cli.h"
#include "experiments/run/run.h"
#include "experiments/spec/assign.h"
#include "experiments/spec/override.h"
#include "experiments/spec/spec_check.h"
#include "experiments/spec/spec_write.h"
#include "experiments/twin/rows_twin.h"
#include "experiments/twin/twin.h"
#include "sim/base/clock.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct TwinCommand {
    const char *layout, *output, *parameters, *odds;
    OptionList set;
    bool own_rows;
    int rows, worlds, candidates, jobs;
} TwinCommand;

static Status read_odds(const char *text, TwinOptions *options, Message *message)
{
    char found[SHOWN_TEXT], *end;
    const char *at = text;
    for (;;) {
        const double odds = strtod(at, &end);
        if (end == at || !(odds > 0) || odds > 1000 || options->levels == MOST_LEVELS)
            break;
        options->log_odds[options->levels++] = log(odds);
        if (!*end)
            return STATUS_OK;
        if (*end != ',')
            break;
        at = end + 1;
    }
    return fail(message, STATUS_USAGE, "--odds: found '%s'; expected up to %d odds ratios, such as 1,1.5,2",
                shown(text, found), MOST_LEVELS);
}

static void say(const char *line, void *context)
{
    (void)fprintf(stderr, "%6.1f s  %s\n", clock_seconds() - *(const double *)context, line);
}

/* The name of the file without folders and its ending, and what comes behind it. */
static void name_of(const char *path, const char *behind, char name[SPEC_WORD])
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    const char *end = path + length, *start = end;
    while (start > path && start[-1] != '/')
        start--;
    const char *dot = memchr(start, '.', (size_t)(end - start));
    length = (size_t)((dot && dot > start ? dot : end) - start);
    snprintf(name, SPEC_WORD, "%.*s_%s", length > 48 ? 48 : (int)length, start, behind);
    if (!is_name(name))
        snprintf(name, SPEC_WORD, "log_%s", behind);
}

static Status output_open(FILE **file, const char *path, Message *message)
{
    *file = fopen(path, "we");
    return *file ? STATUS_OK : fail(message, STATUS_FAILED, "%s: cannot write: %s", path, strerror(errno));
}

static Status output_close(FILE *file, const char *path, Message *message)
{
    const bool failed = ferror(file);
    return fclose(file) || failed
               ? fail(message, STATUS_FAILED, "%s: cannot write: %s", path, strerror(errno))
               : STATUS_OK;
}

/* What the twins are made of, and what becomes of them. */
typedef struct TwinWork {
    const char *path; /* of the log */
    const TwinCommand *command;
    ObservedLog observed;
    TwinOptions options;
    Spec spec; /* the models that describe logs, and how the log is read; then the experiment */
} TwinWork;

static Status write_spec(TwinWork *work, const char *says, Message *message)
{
    FILE *file;
    const char *path = work->command->output;
    Status status = spec_check(&work->spec, message);
    if (!status)
        status = output_open(&file, path, message);
    if (status)
        return status;
    fprintf(file, "# %s\n", says);
    spec_write(&work->spec, file);
    status = output_close(file, path, message);
    if (!status)
        printf("\n%s: the experiment; `cvrlab run %s` trains estimators in it\n", path, path);
    return status;
}

static Status write_parameters(const Twin *twin, const char *path, Message *message)
{
    FILE *file;
    Status status = output_open(&file, path, message);
    if (status)
        return status;
    twin_parameters(twin, file);
    return output_close(file, path, message);
}

static Status make_worlds(TwinWork *work, Message *message)
{
    char name[SPEC_WORD];
    const TwinCommand *command = work->command;
    Twin *twin = malloc(sizeof *twin);
    if (!twin)
        return fail_memory(message, "a twin");
    Status status = twin_make(twin, &work->observed, &work->options, message);
    if (!status)
        twin_report(twin, stdout);
    if (!status && command->parameters)
        status = write_parameters(twin, command->parameters, message);
    name_of(work->path, "twin", name);
    if (!status && command->output)
        status = twin_spec(twin, name, &work->spec, message);
    if (!status && command->output)
        status = write_spec(
            work, "Worlds fitted to a log by `cvrlab twin`: numbers alone, nothing of the log's rows.",
            message);
    free(twin);
    return status;
}

static bool begins(const char *text, const char *with)
{
    return !strncmp(text, with, strlen(with));
}

/* The experiment reads the log as the twin did; models that describe logs are none of it. */
static Status read_as_the_twin(TwinWork *work, const Layout *layout, Message *message)
{
    const OptionList *set = &work->command->set;
    spec_defaults(&work->spec);
    Status status = spec_set(&work->spec, "data.source", layout_name(layout), "the twin", message);
    if (!status)
        status = spec_set(&work->spec, "data.path", work->path, "the twin", message);
    for (int i = 0; i < set->values && !status; i++)
        if (begins(set->value[i], "data.") || begins(set->value[i], "columns."))
            status = spec_assign(&work->spec, set->value[i], "--set", message);
    return status;
}

static Status make_rows(TwinWork *work, const Layout *layout, Message *message)
{
    char name[SPEC_WORD];
    RowsTwin *twin = malloc(sizeof *twin);
    if (!twin)
        return fail_memory(message, "a twin");
    Status status = rows_twin_make(twin, &work->observed, &work->options, message);
    if (!status)
        rows_twin_report(twin, stdout);
    name_of(work->path, "rows", name);
    if (!status && work->command->output)
        status = read_as_the_twin(work, layout, message);
    if (!status && work->command->output)
        status = rows_twin_spec(twin, name, &work->spec, message);
    if (!status && work->command->output)
        status = write_spec(
            work,
            "The rows of a log with outcomes of a model, fitted by `cvrlab twin`; the log is read again.",
            message);
    free(twin);
    return status;
}

static Status run(TwinWork *work, Message *message)
{
    enum { MOST_ROWS = 200000 };
    const char *path = work->path;
    const TwinCommand *command = work->command;
    Spec *spec = &work->spec;
    Status status = read_odds(command->odds, &work->options, message);
    spec_defaults(spec);
    if (!status) /* logs are compared by few rows, on which the default learns little */
        status = spec_assign(spec, "train.learning_rate=0.005", "the models", message);
    for (int i = 0; i < command->set.values && !status; i++)
        status = spec_assign(spec, command->set.value[i], "--set", message);
    if (!status)
        status = override_options(spec, "shared_bottom", &work->options.models, message);
    const Layout *layout = command->layout ? layout_find(command->layout)
                           : status        ? NULL
                                           : layout_recognise(path, &spec->reader);
    if (!status && !layout)
        status = command->layout
                     ? layout_unknown(command->layout, "--layout", message)
                     : fail(message, STATUS_USAGE,
                            "%s: found no files of a known layout; expected one of --layout", path);
    if (!status)
        status = observed_log_read(&work->observed, layout, path, &spec->reader, MOST_ROWS, message);
    if (!status)
        status = command->own_rows ? make_rows(work, layout, message) : make_worlds(work, message);
    observed_log_free(&work->observed);
    return status;
}

int cmd_twin(int argc, char **argv)
{
    static const char summary[] = "Fits simulated worlds to the log of exposures LOG, a file or folder as "
                                  "`cvrlab data` reads it, and writes "
                                  "them as an\nexperiment: how would estimators do where the truth is known "
                                  "and the log is like this one? What "
                                  "clicks cannot\ntell is not fitted: there is a setting for each of several "
                                  "odds ratios of hidden confounding "
                                  "(Gamma, how much\nhigher the odds of a conversion are among the clicked "
                                  "than among the not clicked that look "
                                  "the same).\nPrints how like the log the worlds are, with statistics that "
                                  "were not fitted, and what they "
                                  "cannot say.";
    TwinCommand command = {.odds = "1,1.284,1.649,2.718",
                           .rows = 50000,
                           .worlds = 8,
                           .candidates = 60,
                           .jobs = run_processors()};
    int first;
    const Option options[] = {
        {"output", 'o', OPTION_TEXT, "FILE", "write the experiment there", &command.output},
        {"parameters", 0, OPTION_TEXT, "FILE", "write what was fitted there, with standard errors, as csv",
         &command.parameters},
        {"own-rows", 0, OPTION_SWITCH, NULL,
         "keep the log's own rows, and draw their clicks and conversions from a model that is fitted to "
         "them: "
         "worlds and candidates have no effect",
         &command.own_rows},
        {"odds", 0, OPTION_TEXT, "LIST", "odds ratios of hidden confounding (default 1,1.284,1.649,2.718)",
         &command.odds},
        {"rows", 0, OPTION_COUNT, "N", "most rows that logs are compared by (default 50000)", &command.rows},
        {"worlds", 0, OPTION_COUNT, "N", "most worlds to keep (default 8)", &command.worlds},
        {"candidates", 0, OPTION_COUNT, "N", "worlds to try (default 60)", &command.candidates},
        {"layout", 'l', OPTION_TEXT, "NAME", "read the log in this layout", &command.layout},
        {"set", 's', OPTION_LIST, "KEY=VALUE",
         "set a key data.* or columns.* of the log, or model.* or train.* of the models that describe logs "
         "(train.learning_rate 0.005)",
         &command.set},
        {"jobs", 'j', OPTION_COUNT, "N", "number of worker threads (default: all processors)", &command.jobs},
        {0},
    };
    const Usage usage = {argv[0], "LOG", summary, options, 1, 1};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);

    Message message = {{0}};
    if (command.worlds > MAX_NUMBERS)
        return cli_report(fail(&message, STATUS_USAGE, "--worlds: found %d; expected at most %d",
                               command.worlds, MAX_NUMBERS),
                          &message);
    if (command.own_rows && command.parameters)
        return cli_report(
            fail(&message, STATUS_USAGE, "--parameters: with --own-rows no parameters of a world are fitted"),
            &message);
    double start = clock_seconds();
    TwinWork *work = calloc(1, sizeof *work);
    if (!work)
        return cli_report(fail_memory(&message, "a twin"), &message);
    work->path = argv[first];
    work->command = &command;
    work->options = (TwinOptions){.rows = (size_t)command.rows,
                                  .candidates = command.candidates,
                                  .keep = command.worlds,
                                  .jobs = command.jobs,
                                  .say = say,
                                  .context = &start};
    const int status = cli_report(run(work, &message), &message);
    free(work);
    return status;
}
