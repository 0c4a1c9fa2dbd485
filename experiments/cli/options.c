/* Reading options with getopt_long, and printing them. getopt's own messages are off: ours name the command
 * and what was expected. An option without a letter has a code above all letters, which is its place in the
 * table. */
#include "experiments/cli/options.h"
#include "sim/base/suggest.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_OPTIONS = 24, HELP = 'h', UNNAMED = 256 /* codes of options without a letter start here */ };
enum { LEFT = 34 /* width of an option in the help */ };

int cli_exit(CliNext next)
{
    return next == CLI_WRONG ? STATUS_USAGE : STATUS_OK;
}

Words cli_words(const OptionList *list)
{
    return (Words){list->value, list->values};
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
        fprintf(file, "  -%c, ", letter);
    else
        fputs("      ", file);
    if (strlen(left) <= LEFT)
        fprintf(file, "%-*s %s\n", LEFT, left, meaning);
    else /* a long list of choices has a line of its own */
        fprintf(file, "%s\n      %-*s %s\n", left, LEFT, "", meaning);
}

void cli_print_usage(const Usage *usage, FILE *file)
{
    fprintf(file, "usage: cvrlab %s [OPTION...]%s%s\n\n%s\n\noptions:\n", usage->command,
            usage->operands[0] ? " " : "", usage->operands, usage->summary);
    for (const Option *o = usage->options; o->name; o++)
        print_option(o->letter, o->name, o->argument, o->meaning, file);
    print_option(HELP, "help", NULL, "print this help", file);
}

/* Of the next help, where it is not the text. */
static UsagePrinter *printer;
static void *printer_context;

void cli_print_help_by(UsagePrinter *print, void *context)
{
    printer = print;
    printer_context = context;
}

static void print_help(const Usage *usage)
{
    if (printer)
        printer(usage, printer_context);
    else
        cli_print_usage(usage, stdout);
    printer = NULL;
}

__attribute__((format(printf, 2, 3))) static CliNext wrong(const Usage *usage, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char what[sizeof(Message)];
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    Message message;
    Status status = fail(&message, STATUS_USAGE, "%s: %.900s (see `cvrlab %s --help`)", usage->command, what,
                         usage->command);
    (void)status; /* told by the exit code */
    (void)fprintf(stderr, "cvrlab: %s\n", message.text);
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

/* `text` is the argument as it was given: "--formta=csv", "-q". */
static CliNext unknown_option(const Usage *usage, const char *text)
{
    enum { SIZE = 64 };
    char known[MOST_OPTIONS + 1][SIZE] = {"--help"}, hint[2 * SIZE];
    const char *name[MOST_OPTIONS + 1] = {known[0]};
    int count = 1;
    for (const Option *o = usage->options; o->name; o++, count++) {
        snprintf(known[count], SIZE, "--%s", o->name);
        name[count] = known[count];
    }
    char given[SIZE];
    snprintf(given, sizeof given, "%.*s", (int)strcspn(text, "="), text);
    snprintf(hint, sizeof hint, "one of those that `cvrlab %s --help` prints", usage->command);
    Message message;
    (void)fail_unknown(&message, usage->command, "option", given, /* told by the exit code */
                       &(KnownNames){name, count, hint});
    (void)fprintf(stderr, "cvrlab: %s\n", message.text);
    return CLI_WRONG;
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
            print_help(usage);
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
