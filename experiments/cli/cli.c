#include "experiments/cli/cli.h"
#include "experiments/run/version.h"
#include "sim/base/suggest.h"

#include <errno.h>
#include <getopt.h>
#include <gsl/gsl_errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef CVRLAB_ROOT
#define CVRLAB_ROOT "."
#endif

enum { MOST_OPTIONS = 24, HELP = 'h', UNNAMED = 256 /* codes of options without a letter start here */ };

int cli_report(Status status, const Message *message)
{
    if (status)
        (void)fprintf(stderr, "cvrlab: %s\n", message->text);
    return (int)status;
}

int cli_exit(CliNext next)
{
    return next == CLI_WRONG ? STATUS_USAGE : STATUS_OK;
}

Words cli_words(const OptionList *list)
{
    return (Words){list->value, list->values};
}

void cli_path(char path[PATH_MAX], const char *relative)
{
    const char *home = getenv("CVRLAB_HOME");
    snprintf(path, PATH_MAX, "%s/%s", home && home[0] ? home : CVRLAB_ROOT, relative);
}

Status cli_print(Status (*print)(const void *context, FILE *file, Message *message), const void *context,
                 Message *message)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        return fail_memory(message, "the tables");
    Status status = print(context, file, message);
    if (fclose(file) && !status)
        status = fail_memory(message, "the tables");
    if (!status)
        (void)fwrite(text, 1, size, stdout);
    free(text);
    return status;
}

static int option_count(const Option *options)
{
    int count = 0;
    while (options[count].name)
        count++;
    return count;
}

static void print_option(char letter, const char *name, const char *argument, const char *meaning, FILE *file)
{
    char left[80];
    snprintf(left, sizeof left, "--%s%s%s", name, argument ? " " : "", argument ? argument : "");
    if (letter)
        fprintf(file, "  -%c, %-34s %s\n", letter, left, meaning);
    else
        fprintf(file, "      %-34s %s\n", left, meaning);
}

static void print_usage(const Usage *usage, FILE *file)
{
    fprintf(file, "usage: cvrlab %s [OPTION...]%s%s\n\n%s\n\noptions:\n", usage->command,
            usage->operands[0] ? " " : "", usage->operands, usage->summary);
    for (const Option *o = usage->options; o->name; o++)
        print_option(o->letter, o->name, o->argument, o->meaning, file);
    print_option(HELP, "help", NULL, "print this help", file);
}

__attribute__((format(printf, 2, 3))) static CliNext wrong(const Usage *usage, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fprintf(stderr, "cvrlab: %s: ", usage->command);
    (void)vfprintf(stderr, format, arguments);
    (void)fprintf(stderr, " (see `cvrlab %s --help`)\n", usage->command);
    va_end(arguments);
    return CLI_WRONG;
}

/* The place of `text` among the words "a|b|c", or -1. */
static int choice(const char *words, const char *text)
{
    size_t length = strlen(text);
    for (int place = 0; words; place++) {
        size_t word = strcspn(words, "|");
        if (word == length && !strncmp(words, text, length))
            return place;
        words = words[word] ? words + word + 1 : NULL;
    }
    return -1;
}

static CliNext take(const Usage *usage, const Option *option, const char *text)
{
    OptionList *list;
    char *end;
    long number;
    int place;
    switch (option->kind) {
    case OPTION_SWITCH:
        *(bool *)option->value = true;
        break;
    case OPTION_TEXT:
        *(const char **)option->value = text;
        break;
    case OPTION_COUNT:
        errno = 0;
        number = strtol(text, &end, 10);
        if (end == text || *end || errno || number < 1 || number > INT_MAX)
            return wrong(usage, "--%s: found '%s'; expected a whole number of at least 1", option->name,
                         text);
        *(int *)option->value = (int)number;
        break;
    case OPTION_CHOICE:
        place = choice(option->argument, text);
        if (place < 0)
            return wrong(usage, "--%s: found '%s'; expected one of %s", option->name, text, option->argument);
        *(int *)option->value = place;
        break;
    case OPTION_LIST:
        list = option->value;
        if (list->values == MAX_OPTION_VALUES)
            return wrong(usage, "--%s: given more than %d times", option->name, MAX_OPTION_VALUES);
        list->value[list->values++] = text;
        break;
    }
    return CLI_GO_ON;
}

static CliNext unknown_option(const Usage *usage, const char *text)
{
    const char *known[MOST_OPTIONS + 1] = {"help"};
    int count = 1;
    for (const Option *o = usage->options; o->name; o++)
        known[count++] = o->name;
    char name[64];
    const char *start = text + strspn(text, "-");
    size_t length = strcspn(start, "=");
    if (length >= sizeof name)
        length = sizeof name - 1;
    memcpy(name, start, length);
    name[length] = 0;
    const char *nearest = strncmp(text, "--", 2) == 0 ? nearest_name(name, known, count) : NULL;
    if (nearest)
        return wrong(usage, "unknown option '%s'; did you mean '--%s'?", text, nearest);
    return wrong(usage, "unknown option '%s'", text);
}

/* The tables that getopt_long wants; an option's code is its letter, or UNNAMED + its place. */
static void getopt_tables(const Option *options, struct option *longs, char *letters)
{
    *letters++ = ':';
    *letters++ = HELP;
    int i = 0;
    for (; options[i].name; i++) {
        int takes = options[i].kind == OPTION_SWITCH ? no_argument : required_argument;
        longs[i] = (struct option){options[i].name, takes, NULL,
                                   options[i].letter ? options[i].letter : UNNAMED + i};
        if (options[i].letter) {
            *letters++ = options[i].letter;
            if (takes == required_argument)
                *letters++ = ':';
        }
    }
    longs[i++] = (struct option){"help", no_argument, NULL, HELP};
    longs[i] = (struct option){0};
    *letters = 0;
}

static const Option *option_of(const Option *options, int code)
{
    if (code >= UNNAMED)
        return &options[code - UNNAMED];
    while (options->name && options->letter != code)
        options++;
    return options;
}

/* What getopt could not read: optopt is 0 or a letter for an unknown option, and the code of one whose
 * argument is wrong. */
static CliNext bad_option(const Usage *usage, int code, char **argv, int before)
{
    char letter[] = {'-', (char)optopt, 0};
    const Option *option = optopt ? option_of(usage->options, optopt) : NULL;
    if (code == ':' && option)
        return wrong(usage, "--%s: expected %s after it", option->name, option->argument);
    if (option && option->name)
        return wrong(usage, "--%s: takes no value", option->name);
    if (optopt == HELP)
        return wrong(usage, "--help: takes no value");
    return unknown_option(usage, optopt ? letter : argv[before]);
}

CliNext cli_options(const Usage *usage, int argc, char **argv, int *first)
{
    struct option longs[MOST_OPTIONS + 2];
    char letters[2 * MOST_OPTIONS + 3];
    if (option_count(usage->options) > MOST_OPTIONS)
        return wrong(usage, "more than %d options in its table", MOST_OPTIONS);
    getopt_tables(usage->options, longs, letters);
    opterr = 0;
    optind = 0;
    for (;;) {
        int code = getopt_long(argc, argv, letters, longs, NULL);
        if (code == -1)
            break;
        if (code == '?' || code == ':')
            return bad_option(usage, code, argv, optind - 1);
        if (code == HELP) {
            print_usage(usage, stdout);
            return CLI_DONE;
        }
        CliNext next = take(usage, option_of(usage->options, code), optarg);
        if (next)
            return next;
    }
    *first = optind;
    if (argc - optind < usage->least)
        return wrong(usage, "expected %s", usage->operands);
    if (argc - optind > usage->most)
        return wrong(usage, "unexpected '%s'", argv[optind + usage->most]);
    return CLI_GO_ON;
}

static void print_commands(const Command *commands, FILE *file)
{
    fprintf(file, "usage: cvrlab COMMAND [OPTION...] [OPERAND...]\n\n"
                  "cvrlab compares methods that debias estimates of post-click conversion rates: it "
                  "simulates logs whose\n"
                  "truth is known, trains every estimator on them, and says how biased and how variable each "
                  "one is.\n\n"
                  "commands:\n");
    for (const Command *c = commands; c->name; c++)
        fprintf(file, "  %-8s %s\n", c->name, c->help);
    fprintf(file,
            "\n`cvrlab COMMAND --help` tells the options of a command; `cvrlab --version` the versions.\n"
            "Exit codes: 0 done, 1 failed at run time, 2 wrong use.\n");
}

static int unknown_command(const Command *commands, const char *name)
{
    const char *known[16];
    int count = 0;
    for (const Command *c = commands; c->name && count < 16; c++)
        known[count++] = c->name;
    const char *nearest = nearest_name(name, known, count);
    if (nearest)
        (void)fprintf(stderr, "cvrlab: unknown command '%s'; did you mean '%s'?\n", name, nearest);
    else
        (void)fprintf(stderr, "cvrlab: unknown %s '%s'; see `cvrlab --help`\n",
                      name[0] == '-' ? "option" : "command", name);
    return STATUS_USAGE;
}

static int run_command(const Command *commands, int argc, char **argv)
{
    if (argc < 2) {
        print_commands(commands, stderr);
        return STATUS_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        print_commands(commands, stdout);
        return STATUS_OK;
    }
    if (!strcmp(argv[1], "--version")) {
        char libraries[LIBRARIES_TEXT];
        library_versions(libraries);
        printf("cvrlab %s\n%s\n", CVRLAB_VERSION, libraries);
        return STATUS_OK;
    }
    for (const Command *c = commands; c->name; c++)
        if (!strcmp(argv[1], c->name))
            return c->run(argc - 1, argv + 1);
    return unknown_command(commands, argv[1]);
}

int cli_main(const Command *commands, int argc, char **argv)
{
    (void)gsl_set_error_handler_off();
    int code = run_command(commands, argc, argv);
    if ((fflush(stdout) || ferror(stdout)) && code == STATUS_OK) {
        (void)fprintf(stderr, "cvrlab: cannot write to standard output: %s\n", strerror(errno));
        return STATUS_FAILED;
    }
    return code;
}
