/* Methods from outside as a Spec holds them: how they are called here, their own options among the overrides.
 * A command is kept as one line of text, quoted as for a shell. */
#include "experiments/spec/outside_method.h"

#include "estimators/core/estimator.h"
#include "sim/base/text.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_name[] = {
    [OUTSIDE_SCORED] = "outside", [OUTSIDE_COMMAND] = "command", [OUTSIDE_PLUGIN] = "plugin"};

enum { KINDS = sizeof kind_name / sizeof *kind_name };

bool outside_kind_find(const char *word, OutsideKind *kind)
{
    for (int i = 0; i < KINDS; i++)
        if (!strcmp(kind_name[i], word)) {
            *kind = (OutsideKind)i;
            return true;
        }
    return false;
}

const char *outside_kind_name(OutsideKind kind)
{
    return kind_name[kind];
}

bool arguments_split(const char *command, Arguments *arguments)
{
    char *out = arguments->text, quote = 0;
    bool inside = false; /* a word, which may be empty: '' */
    arguments->count = 0;
    if (strlen(command) >= SPEC_TEXT)
        return false;
    for (const char *c = command; *c; c++) {
        if (!quote && strchr(" \t\r\n", *c)) {
            if (inside)
                *out++ = 0;
            inside = false;
            continue;
        }
        if (!inside) {
            if (arguments->count == MAX_ARGUMENTS)
                return false;
            arguments->word[arguments->count++] = out;
            inside = true;
        }
        if (quote ? *c == quote : *c == '\'' || *c == '"')
            quote = quote ? 0 : *c;
        else if (*c == '\\' && quote != '\'' && c[1])
            *out++ = *++c;
        else
            *out++ = *c;
    }
    *out = 0;
    arguments->word[arguments->count] = NULL;
    return !quote && arguments->count > 0 && arguments->word[0][0];
}

/* Appends; false when it does not fit. */
static bool append(char *text, size_t *used, char c)
{
    if (*used + 1 >= SPEC_TEXT)
        return false;
    text[(*used)++] = c;
    text[*used] = 0;
    return true;
}

static bool append_word(char *text, size_t *used, const char *word)
{
    const bool plain = word[0] && !word[strcspn(word, " \t\r\n'\"\\")];
    bool fits = plain || append(text, used, '\'');
    for (const char *c = word; fits && *c; c++) {
        if (*c != '\'' || plain) {
            fits = append(text, used, *c);
            continue;
        }
        for (const char *quoted = "'\\''"; fits && *quoted; quoted++)
            fits = append(text, used, *quoted);
    }
    return fits && (plain || append(text, used, '\''));
}

bool arguments_join(const char *const *word, int count, char command[SPEC_TEXT])
{
    size_t used = 0;
    bool fits = true;
    command[0] = 0;
    for (int i = 0; fits && i < count; i++)
        fits = (i == 0 || append(command, &used, ' ')) && append_word(command, &used, word[i]);
    return fits;
}

static char *member(const Field *field, void *base)
{
    return (char *)base + field->offset;
}

/* The whole member is written, so that equal specs are equal byte for byte. */
static bool store(const Field *field, void *base, const char *text)
{
    if (strlen(text) >= field->size || !is_printable(text))
        return false;
    memset(member(field, base), 0, field->size);
    memcpy(member(field, base), text, strlen(text));
    return true;
}

static void print(const Field *field, const void *base, char *text)
{
    snprintf(text, LIST_TEXT, "%s", (const char *)base + field->offset);
}

static void print_list(const Field *field, const void *base, char *text)
{
    snprintf(text, LIST_TEXT, "[%s]", (const char *)base + field->offset);
}

static void no_range(const Field *field, char text[EXPECTED_TEXT])
{
    (void)field;
    text[0] = 0;
}

/* Calls `each` for the words of "[a,b]" or "a,b", blanks around them left out; false when a call is. */
static bool each_word(const char *text, bool (*each)(const char *word, void *context), void *context)
{
    char copy[LIST_TEXT], *rest = copy;
    size_t length = strlen(text);
    if (length >= sizeof copy)
        return false;
    const bool list = text[0] == '[' && text[length - 1] == ']';
    snprintf(copy, sizeof copy, "%.*s", (int)(list ? length - 2 : length), text + list);
    if (!copy[strspn(copy, " ")])
        return true;
    for (char *word = strsep(&rest, ","); word; word = strsep(&rest, ",")) {
        word += strspn(word, " ");
        for (size_t end = strlen(word); end > 0 && word[end - 1] == ' '; end--)
            word[end - 1] = 0;
        if (!each(word, context))
            return false;
    }
    return true;
}

typedef struct CommandWords {
    int count;
    char text[LIST_TEXT];
    size_t used;
    const char *word[MAX_ARGUMENTS];
} CommandWords;

static bool add_argument(const char *word, void *context)
{
    CommandWords *words = context;
    const size_t size = strlen(word) + 1;
    if (words->count == MAX_ARGUMENTS || words->used + size > sizeof words->text)
        return false;
    words->word[words->count++] = memcpy(words->text + words->used, word, size);
    words->used += size;
    return true;
}

static bool command_parse(const Field *field, void *base, const char *text, Message *why)
{
    CommandWords words = {.count = 0};
    Arguments arguments = {.count = 0};
    char command[SPEC_TEXT];
    (void)why;
    if (text[0] != '[') {
        if (!arguments_split(text, &arguments))
            return false;
        return arguments_join((const char *const *)arguments.word, arguments.count, command) &&
               store(field, base, command);
    }
    return each_word(text, add_argument, &words) && words.count > 0 && words.word[0][0] &&
           arguments_join(words.word, words.count, command) && store(field, base, command);
}

static void command_expect(const Field *field, char text[EXPECTED_TEXT])
{
    snprintf(text, EXPECTED_TEXT, "a program with its arguments, such as [python3, mine.py], below %zu bytes",
             field->size);
}

static const FieldType command_type = {"command", command_parse, print, command_expect, no_range};

static bool path_parse(const Field *field, void *base, const char *text, Message *why)
{
    (void)why;
    return text[0] && store(field, base, text);
}

static void path_expect(const Field *field, char text[EXPECTED_TEXT])
{
    snprintf(text, EXPECTED_TEXT, "the path of a file, below %zu bytes", field->size);
}

static const FieldType path_type = {"path", path_parse, print, path_expect, no_range};

/* A list in the making, as text. */
typedef struct WordText {
    char text[SPEC_TEXT];
    const char *const *known; /* what words can be; NULL: any text */
} WordText;

static bool add_to_text(const char *word, void *context)
{
    WordText *list = context;
    const size_t used = strlen(list->text);
    bool known = !list->known;
    for (const char *const *name = list->known; name && *name; name++)
        known |= !strcmp(*name, word);
    if (!known || !word[0] || used + strlen(word) + 2 > sizeof list->text)
        return false;
    snprintf(list->text + used, sizeof list->text - used, "%s%s", used ? "," : "", word);
    return true;
}

static bool paths_parse(const Field *field, void *base, const char *text, Message *why)
{
    WordText list = {.text = ""};
    (void)why;
    return each_word(text, add_to_text, &list) && store(field, base, list.text);
}

static void paths_expect(const Field *field, char text[EXPECTED_TEXT])
{
    snprintf(text, EXPECTED_TEXT, "a list of files, such as [mine.py, layers.py], below %zu bytes",
             field->size);
}

static const FieldType paths_type = {"list of paths", paths_parse, print_list, paths_expect, no_range};

/* In the order of the bits of enum Needs. */
static const char *const need_name[] = {"unbiased", "behaviour", "stream", "propensity", NULL};

static bool needs_parse(const Field *field, void *base, const char *text, Message *why)
{
    WordText list = {.known = need_name};
    (void)why;
    return each_word(text, add_to_text, &list) && store(field, base, list.text);
}

static void needs_expect(const Field *field, char text[EXPECTED_TEXT])
{
    (void)field;
    snprintf(text, EXPECTED_TEXT, "a list of unbiased, behaviour, stream, propensity");
}

static const FieldType needs_type = {"list of needs", needs_parse, print_list, needs_expect, no_range};

unsigned outside_needs(const OutsideMethod *method)
{
    char copy[SPEC_WORD], *rest = copy;
    unsigned needs = NEEDS_NOTHING;
    if (method->loaded)
        return method->loaded_needs;
    snprintf(copy, sizeof copy, "%s", method->needs);
    for (const char *word = strsep(&rest, ","); word; word = strsep(&rest, ","))
        for (unsigned bit = 0; need_name[bit]; bit++)
            if (!strcmp(word, need_name[bit]))
                needs |= 1U << bit;
    return needs;
}

#define MEMBER(name) .offset = offsetof(OutsideMethod, name), .size = sizeof((OutsideMethod *)0)->name

const Field outside_field_table[] = {
    {.key = "command",
     .type = &command_type,
     MEMBER(command),
     .unit = "",
     .standard = "",
     .meaning = "program that learns a unit and predicts; folders of units are appended, or replace {unit}"},
    {.key = "plugin",
     .type = &path_type,
     MEMBER(plugin),
     .unit = "",
     .standard = "",
     .meaning = "shared object that learns a unit and predicts, beside the experiment's file"},
    {.key = "version",
     .type = &text_type,
     MEMBER(version),
     .unit = "",
     .standard = "",
     .meaning = "declared version of the model: a part of what its units are made of"},
    {.key = "files",
     .type = &paths_type,
     MEMBER(files),
     .unit = "",
     .standard = "[]",
     .meaning = "files that the model is made of; default: the words of the command that are files"},
    {.key = "needs",
     .type = &needs_type,
     MEMBER(needs),
     .unit = "",
     .standard = "[]",
     .meaning = "data that it cannot do without"},
    {.key = "batch",
     .type = &integer_type,
     MEMBER(batch),
     .low = 1,
     .high = 10000,
     .unit = "units",
     .standard = "1",
     .meaning = "units of one call, whose start is paid once"},
    {.key = "timeout",
     .type = &real_type,
     MEMBER(timeout),
     .low = 0.001,
     .high = 1e7,
     .unit = "seconds",
     .standard = "3600",
     .meaning = "time that a unit may take, after the start of its call"},
    {.key = "start",
     .type = &real_type,
     MEMBER(start),
     .low = 0,
     .high = 1e7,
     .unit = "seconds",
     .standard = "60",
     .meaning = "time that a call may take to start"},
    {.key = "threads",
     .type = &integer_type,
     MEMBER(threads),
     .low = 1,
     .high = 4096,
     .unit = "",
     .standard = "1",
     .meaning = "threads of a call, of those that --jobs gives"},
    {.key = "gpu",
     .type = &real_type,
     MEMBER(gpu),
     .low = 0,
     .high = 1,
     .unit = "",
     .standard = "0",
     .meaning = "share of one of the devices of --gpus that a call holds"},
};

const int outside_field_count = sizeof outside_field_table / sizeof *outside_field_table;

const Field *outside_field_find(const char *key)
{
    for (int i = 0; i < outside_field_count; i++)
        if (!strcmp(outside_field_table[i].key, key))
            return &outside_field_table[i];
    return NULL;
}

static int place(const Spec *spec, const char *name)
{
    int i = 0;
    while (i < spec->outsides && strcmp(spec->outside[i].name, name) != 0)
        i++;
    return i;
}

const OutsideMethod *outside_method_find(const Spec *spec, const char *name)
{
    const int i = place(spec, name);
    return i < spec->outsides ? &spec->outside[i] : NULL;
}

Status outside_method_make(Spec *spec, const char *name, OutsideKind kind, const char *where,
                           Message *message)
{
    const int i = place(spec, name);
    Status status = STATUS_OK;
    if (i == MAX_OUTSIDE)
        return fail(message, STATUS_USAGE, "%s: methods.%s: expected at most %d methods from outside", where,
                    name, MAX_OUTSIDE);
    OutsideMethod *method = &spec->outside[i];
    memset(method, 0, sizeof *method);
    snprintf(method->name, sizeof method->name, "%s", name);
    method->kind = kind;
    for (int f = 0; !status && f < outside_field_count; f++)
        if (outside_field_table[f].standard[0])
            status =
                field_set(&outside_field_table[f], method, outside_field_table[f].standard, where, message);
    spec->outsides += i == spec->outsides;
    return status;
}

/* A command alone is called. */
static bool has_field(OutsideKind kind, const Field *field)
{
    const char *key = field->key;
    if (!strcmp(key, kind_name[OUTSIDE_COMMAND]) || !strcmp(key, kind_name[OUTSIDE_PLUGIN]))
        return !strcmp(key, kind_name[kind]);
    if (!strcmp(key, "version") || !strcmp(key, "needs"))
        return kind != OUTSIDE_PLUGIN; /* which says so itself */
    return kind == OUTSIDE_COMMAND || (kind == OUTSIDE_PLUGIN && !strcmp(key, "threads"));
}

Status outside_method_set(Spec *spec, const char *name, const Field *field, const char *value,
                          const char *where, Message *message)
{
    OutsideMethod *method = &spec->outside[place(spec, name)];
    Field named = *field;
    char key[2 * SPEC_WORD];
    snprintf(key, sizeof key, "methods.%s.%s", name, field->key);
    named.key = key;
    if (!has_field(method->kind, field))
        return fail(message, STATUS_USAGE, "%s: %s: a method of base %s has no such key", where, key,
                    kind_name[method->kind]);
    return field_set(&named, method, value, where, message);
}
