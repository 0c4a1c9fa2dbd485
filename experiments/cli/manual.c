/* Manual pages. A summary's paragraphs are filled anew, since its lines are those of a terminal; lines that
 * are indented are tables, and stay as they are. */
#include "experiments/cli/help_forms.h"
#include "experiments/identity/version.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Text that roff takes as it is. */
static void put(FILE *file, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (i == 0 && strchr(".'", text[i]))
            fputs("\\&", file);
        if (text[i] == '\\')
            fputs("\\e", file);
        else if (text[i] == '-')
            fputs("\\-", file);
        else if (text[i] == '`')
            fputs("\\(ga", file);
        else if (text[i] == '^')
            fputs("\\(ha", file);
        else if (text[i] == '~')
            fputs("\\(ti", file);
        else
            fputc(text[i], file);
    }
}

static void put_text(FILE *file, const char *text)
{
    put(file, text, strlen(text));
}

/* Lines of filled text, and of tables; an empty line parts paragraphs, as a table does. */
static void put_summary(FILE *file, const char *text)
{
    bool table = false, parted = false;
    for (const char *line = text; *line; line += *line == '\n') {
        const size_t length = strcspn(line, "\n");
        if (length > 0) {
            const bool indented = line[0] == ' ';
            if (table && !indented)
                fputs(".fi\n", file);
            if ((table != indented || parted) && line != text)
                fputs(".PP\n", file);
            if (!table && indented)
                fputs(".nf\n", file);
            table = indented;
            put(file, line, length);
            fputc('\n', file);
        }
        parted = length == 0;
        line += length;
    }
    if (table)
        fputs(".fi\n", file);
}

static void put_option(FILE *file, const Option *option)
{
    fputs(".TP\n", file);
    if (option->letter)
        fprintf(file, "\\fB\\-%c\\fR, ", option->letter);
    fputs("\\fB\\-\\-", file);
    put_text(file, option->name);
    fputs("\\fR", file);
    if (option->argument) {
        fputs(" \\fI", file);
        put_text(file, option->argument);
        fputs("\\fR", file);
    }
    fputc('\n', file);
    put_text(file, option->meaning);
    fputc('\n', file);
}

static void put_head(FILE *file, const char *name, const char *help)
{
    fputs(".TH ", file);
    for (const char *c = name; *c; c++)
        if (*c == '-')
            fputs("\\-", file);
        else
            fputc(toupper((unsigned char)*c), file);
    fprintf(file, " 1 \"\" \"cvrlab %s\" \"cvrlab\"\n.SH NAME\n", CVRLAB_VERSION);
    put_text(file, name);
    fputs(" \\- ", file);
    put_text(file, help);
    fputc('\n', file);
}

static void put_examples(FILE *file, const char *examples)
{
    if (!examples)
        return;
    fputs(".SH EXAMPLES\n.nf\n", file);
    for (const char *line = examples; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        put(file, line, strcspn(line, "\n"));
        fputc('\n', file);
    }
    fputs(".fi\n", file);
}

static void put_exit_codes(FILE *file)
{
    static const char *const meaning[] = {
        "Success.", "A failure at run time: a file, the disk, memory, the store.", "Wrong use.",
        "Done, but some units of work have failed.", "Stopped before the end; what is missing can be run."};
    fputs(".SH \"EXIT STATUS\"\n", file);
    for (int code = 0; code < 5; code++)
        fprintf(file, ".TP\n.B %d\n%s\n", code, meaning[code]);
}

static void put_see_also(FILE *file, const char *but)
{
    fputs(".SH \"SEE ALSO\"\n", file);
    const char *comma = "";
    if (*but) {
        fputs(".BR cvrlab (1)", file);
        comma = ",\n";
    }
    for (const Command *c = cli_commands; c->name; c++) {
        if (!strcmp(c->name, but))
            continue;
        fprintf(file, "%s.BR cvrlab\\-%s (1)", comma, c->name);
        comma = ",\n";
    }
    fputc('\n', file);
}

/* What a page is printed with. */
typedef struct ManualPage {
    const Command *command;
    FILE *file;
} ManualPage;

static void put_command(const Usage *usage, void *context)
{
    const ManualPage *page = context;
    FILE *file = page->file;
    char name[64];
    snprintf(name, sizeof name, "cvrlab-%s", usage->command);
    put_head(file, name, page->command->help);
    fprintf(file, ".SH SYNOPSIS\n.B cvrlab %s\n", usage->command);
    if (usage->options->name)
        fputs("[\\fIOPTION\\fR...]\n", file);
    put_text(file, usage->operands);
    fputs(*usage->operands ? "\n.SH DESCRIPTION\n" : ".SH DESCRIPTION\n", file);
    put_summary(file, usage->summary);
    fputs(".SH OPTIONS\n", file);
    for (const Option *o = usage->options; o->name; o++)
        put_option(file, o);
    put_option(file, &(Option){.name = "help", .letter = 'h', .meaning = "print a help"});
    put_examples(file, page->command->examples);
    put_exit_codes(file);
    put_see_also(file, usage->command);
}

static void put_program(FILE *file)
{
    put_head(file, "cvrlab", "simulate and compare methods that debias conversion rates");
    fputs(".SH SYNOPSIS\n.B cvrlab\n.I COMMAND\n[\\fIOPTION\\fR...] [\\fIOPERAND\\fR...]\n.SH DESCRIPTION\n"
          "cvrlab compares methods that debias estimates of post\\-click conversion rates (CVR): it "
          "simulates logs\n"
          "whose truth is known, trains every estimator on them, and says how biased and how variable each "
          "one is.\n"
          ".SH COMMANDS\n",
          file);
    for (const Command *c = cli_commands; c->name; c++) {
        fprintf(file, ".TP\n.BR cvrlab\\-%s (1)\n", c->name);
        put_text(file, c->help);
        fputc('\n', file);
    }
    put_exit_codes(file);
    fputs(".SH FILES\n.TP\n.I results/NAME.db\nWhere the results of experiment NAME are kept, unless "
          "\\-\\-db names another "
          "file: an SQLite database.\n.SH ENVIRONMENT\n.TP\n.B CVRLAB_HOME\nThe folder of the files that "
          "come with the "
          "program, where they are not beside it.\n.TP\n.B CVRLAB_GNUPLOT_SECONDS\nAfter how many seconds a "
          "gnuplot that "
          "hangs is ended.\n",
          file);
    put_examples(file, "cvrlab run compare\ncvrlab table results/compare.db\ncvrlab plot results/compare.db");
    put_see_also(file, "");
}

void manual_print(const Command *command, FILE *file)
{
    ManualPage page = {command, file};
    if (command)
        help_by(command, put_command, &page);
    else
        put_program(file);
}
