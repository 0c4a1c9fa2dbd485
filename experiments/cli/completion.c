/* Completion scripts. What an option takes is told from how its help calls it: "a|b" and "a,b" are words to
 * choose from, "EST,..." estimators, "KEY=VALUE" keys, FILE and DIR files. Words are written into the script,
 * so that nothing is run while somebody types. */
#include "estimators/core/estimator.h"
#include "experiments/cli/help_forms.h"
#include "experiments/cli/program_files.h"
#include "experiments/spec/fields.h"

#include <stdio.h>
#include <string.h>

static void put_words(FILE *file, const char *words, char between)
{
    for (const char *c = words; *c; c++)
        fputc(*c == between ? ' ' : *c, file);
}

/* The words of an option as the name of a list in the script, or themselves. */
static void put_choices(FILE *file, const char *argument)
{
    if (strchr(argument, '|') && !strchr(argument, '.'))
        put_words(file, argument, '|');
    else if (!strncmp(argument, "EST", 3))
        fputs("$cvrlab_estimators", file);
    else if (!strcmp(argument, "KEY=VALUE"))
        fputs("$cvrlab_keys", file);
    else if (strchr(argument, ',') && !strchr(argument, '.') && argument[0] >= 'a')
        put_words(file, argument, ',');
}

static void put_option_choices(const Usage *usage, void *context)
{
    FILE *file = context;
    for (const Option *o = usage->options; o->name; o++) {
        if (!o->argument)
            continue;
        fprintf(file, "        '%s --%s'", usage->command, o->name);
        if (o->letter)
            fprintf(file, " | '%s -%c'", usage->command, o->letter);
        fputs(") choices=\"", file);
        put_choices(file, o->argument);
        fputs("\" ;;\n", file);
    }
}

static void put_options(const Usage *usage, void *context)
{
    FILE *file = context;
    fprintf(file, "        %s) options=\"--help", usage->command);
    for (const Option *o = usage->options; o->name; o++)
        fprintf(file, " --%s", o->name);
    fputs("\"", file);
    if (!strncmp(usage->operands, "SPEC", 4))
        fputs(" operands=\"$cvrlab_experiments\" ending=yaml", file);
    else if (strstr(usage->operands, "DB") || strstr(usage->operands, "OLD"))
        fputs(" ending=db", file);
    else if (usage->operands[0] == '[' && strchr(usage->operands, '|')) {
        fputs(" operands=\"", file);
        for (const char *c = usage->operands; *c; c++)
            if (!strchr("[]", *c))
                fputc(*c == '|' ? ' ' : *c, file);
        fputs("\"", file);
    } else if (!strcmp(usage->operands, "[COMMAND]"))
        fputs(" operands=\"$cvrlab_commands\"", file);
    else
        fputs(" ending=", file);
    fputs(" ;;\n", file);
}

static Status put_experiment(const char *name, const char *path, void *context, Message *message)
{
    (void)path;
    (void)message;
    fprintf(context, " %s", name);
    return STATUS_OK;
}

static void put_lists(FILE *file)
{
    fputs("cvrlab_commands=\"", file);
    for (const Command *c = cli_commands; c->name; c++)
        fprintf(file, "%s%s", c == cli_commands ? "" : " ", c->name);
    fputs("\"\ncvrlab_estimators=\"", file);
    for (const Estimator *const *e = estimator_table; *e; e++)
        fprintf(file, "%s%s", e == estimator_table ? "" : " ", (*e)->name);
    fputs("\"\ncvrlab_keys=\"", file);
    for (int i = 0; i < field_count; i++)
        fprintf(file, "%s%s=", i ? " " : "", field_table[i].key);
    fputs("\"\ncvrlab_experiments=\"", file);
    Status status = program_specs(put_experiment, file, NULL);
    (void)status; /* without the shipped experiments there are none to complete */
    fputs("\"\n\n", file);
}

/* Sets $choices for an option's argument, else $options, $operands and $ending (of files) by the command. */
static void put_tables(FILE *file)
{
    fputs(
        "_cvrlab_words() { # COMMAND PREVIOUS\n    choices= options= operands= ending=-\n    case \"$1 $2\" "
        "in\n",
        file);
    for (const Command *c = cli_commands; c->name; c++)
        help_by(c, put_option_choices, file);
    fputs("        *) choices=- ;;\n    esac\n    case $1 in\n", file);
    for (const Command *c = cli_commands; c->name; c++)
        help_by(c, put_options, file);
    fputs("    esac\n}\n\n", file);
}

static const char bash_script[] =
    "_cvrlab() {\n"
    "    local cur prev choices options operands ending\n"
    "    cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    COMPREPLY=()\n"
    "    if [ \"$COMP_CWORD\" = 1 ]; then\n"
    "        COMPREPLY=($(compgen -W \"$cvrlab_commands --help --version\" -- \"$cur\"))\n"
    "        return\n"
    "    fi\n"
    "    _cvrlab_words \"${COMP_WORDS[1]}\" \"$prev\"\n"
    "    if [ \"$choices\" != - ]; then\n"
    "        local before=\n"
    "        case $cur in *,*) before=${cur%,*}, ;; esac\n"
    "        COMPREPLY=($(compgen -P \"$before\" -W \"$choices\" -- \"${cur##*,}\"))\n"
    "        case ${COMPREPLY-} in *=) compopt -o nospace ;; esac\n"
    "        [ -n \"$choices\" ] || COMPREPLY=($(compgen -f -- \"$cur\"))\n"
    "    elif [ \"${cur#-}\" != \"$cur\" ]; then\n"
    "        COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
    "    else\n"
    "        COMPREPLY=($(compgen -W \"$operands\" -- \"$cur\"))\n"
    "        case $ending in\n"
    "        -) ;;\n"
    "        '') COMPREPLY+=($(compgen -f -- \"$cur\")) ;;\n"
    "        *) COMPREPLY+=($(compgen -f -X \"!*.$ending\" -- \"$cur\") $(compgen -d -S / -- \"$cur\")) ;;\n"
    "        esac\n"
    "    fi\n"
    "}\n"
    "complete -o filenames -F _cvrlab cvrlab\n";

static const char zsh_script[] =
    "_cvrlab() {\n"
    "    local cur=${words[CURRENT]} prev=${words[CURRENT-1]} command=${words[2]}\n"
    "    if (( CURRENT == 2 )); then\n"
    "        compadd -- ${=cvrlab_commands} --help --version\n"
    "        return\n"
    "    fi\n"
    "    local choices options operands ending\n"
    "    _cvrlab_words $command $prev\n"
    "    if [[ $choices == - && $cur == -* ]]; then\n"
    "        compadd -- ${=options}\n"
    "    elif [[ $choices == - ]]; then\n"
    "        compadd -- ${=operands}\n"
    "        case $ending in\n"
    "        -) ;;\n"
    "        '') _files ;;\n"
    "        *) _files -g \"*.$ending\" ;;\n"
    "        esac\n"
    "    elif [[ -n $choices ]]; then\n"
    "        compset -P '*,'\n"
    "        if [[ ${choices##* } == *= ]]; then compadd -S '' -- ${=choices}; else compadd -- ${=choices}; "
    "fi\n"
    "    else\n"
    "        _files\n"
    "    fi\n"
    "}\n"
    "if [ \"$funcstack[1]\" = _cvrlab ]; then\n"
    "    _cvrlab \"$@\"\n"
    "else\n"
    "    compdef _cvrlab cvrlab\n"
    "fi\n";

void completion_print(const char *shell, FILE *file)
{
    const bool zsh = !strcmp(shell, "zsh");
    fputs(zsh ? "#compdef cvrlab\n" : "# Completion of cvrlab's command lines.\n", file);
    put_lists(file);
    put_tables(file);
    fputs(zsh ? zsh_script : bash_script, file);
}
