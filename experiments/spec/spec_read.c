/* Reads an experiment file: YAML mappings become dotted keys, which spec_set takes one by one when all of the
 * file is read, the bases of named methods first. What YAML has to say a thing twice or in a hidden way
 * (anchors, aliases, tags, a key twice) is refused. */
#include "experiments/spec/spec_read.h"
#include "experiments/spec/assign.h"
#include "experiments/spec/fields.h"
#include "experiments/spec/joint.h"
#include "experiments/spec/outside_method.h"
#include "experiments/spec/sweep.h"
#include "sim/base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>

enum {
    KEY_TEXT = 256,
    MAX_DEPTH = 6,    /* of mappings and lists */
    WHERE_TEXT = 600, /* leaves room in a Message for the rest of the line */
};

/* What a line of the file sets. */
typedef struct Assignment {
    char key[KEY_TEXT];
    int line;
    char *value;
} Assignment;

typedef struct SpecReader {
    yaml_parser_t parser;
    yaml_event_t event; /* the current one; empty between documents */
    FILE *file;
    const char *path;
    bool stored; /* written by this program or an older one, and not by a person */
    Spec *spec;
    SpecLines lines;
    char key[KEY_TEXT]; /* the dotted key being read */
    int key_line;
    Assignment *assignment; /* in the file's order; they are made once all of the file is read */
    int assignments;
    Message *message;
} SpecReader;

/* "FILE:LINE"; of a very long path, its end. */
static const char *where(const SpecReader *reader, int line, char text[WHERE_TEXT])
{
    size_t length = strlen(reader->path), most = WHERE_TEXT - 20;
    snprintf(text, WHERE_TEXT, "%s:%d", reader->path + (length > most ? length - most : 0), line);
    return text;
}

static int event_line(const SpecReader *reader)
{
    return (int)reader->event.start_mark.line + 1;
}

static Status syntax_error(const SpecReader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    char place[WHERE_TEXT];
    if (parser->error == YAML_MEMORY_ERROR)
        return fail_memory(reader->message, "an experiment file");
    if (ferror(reader->file))
        return fail(reader->message, STATUS_FAILED, "%s: cannot read: %s", reader->path, strerror(errno));
    if (parser->error == YAML_READER_ERROR)
        return fail(reader->message, STATUS_USAGE, "%s: not YAML text: %s (byte %zu)",
                    where(reader, (int)parser->mark.line + 1, place), parser->problem,
                    parser->problem_offset);
    return fail(reader->message, STATUS_USAGE, "%s: not valid YAML: %s",
                where(reader, (int)parser->problem_mark.line + 1, place), parser->problem);
}

static Status refuse(const SpecReader *reader, const char *found, const char *expected)
{
    char place[WHERE_TEXT], key[SHOWN_TEXT];
    return fail(reader->message, STATUS_USAGE, "%s: %s%sfound %s; expected %s",
                where(reader, event_line(reader), place), shown(reader->key, key), reader->key[0] ? ": " : "",
                found, expected);
}

/* Moves to the next event. Anchors, aliases and tags are refused here, wherever they stand. */
static Status next(SpecReader *reader)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    yaml_event_delete(&reader->event);
    if (!yaml_parser_parse(&reader->parser, &reader->event))
        return syntax_error(reader);
    switch (reader->event.type) {
    case YAML_ALIAS_EVENT:
        return refuse(reader, "an alias (*)", "the value itself");
    case YAML_SCALAR_EVENT:
        anchor = reader->event.data.scalar.anchor;
        tag = reader->event.data.scalar.tag;
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = reader->event.data.sequence_start.anchor;
        tag = reader->event.data.sequence_start.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = reader->event.data.mapping_start.anchor;
        tag = reader->event.data.mapping_start.tag;
        break;
    default:
        break;
    }
    if (anchor)
        return refuse(reader, "an anchor (&)", "a plain value");
    if (tag)
        return refuse(reader, "a tag (!)", "a plain value");
    return STATUS_OK;
}

/* The text of a scalar; NULL when it contains a 0 byte. */
static const char *scalar(const SpecReader *reader)
{
    const char *text = (const char *)reader->event.data.scalar.value;
    return strlen(text) == reader->event.data.scalar.length ? text : NULL;
}

/* Appends to a list in text; false when it does not fit. */
static bool append(char list[LIST_TEXT], const char *text)
{
    size_t used = strlen(list), length = strlen(text);
    if (used + length >= LIST_TEXT)
        return false;
    memcpy(list + used, text, length + 1);
    return true;
}

/* Writes the list that starts at the current event as "[a,b]". A word with a comma or bracket in it is
 * refused: the text would read back as other words, and no list of the table has such words. */
static Status read_list(SpecReader *reader, char list[LIST_TEXT], int depth)
{
    if (depth > MAX_DEPTH)
        return refuse(reader, "lists inside lists inside lists", "a list of values");
    bool fits = append(list, "["), first = true;
    for (;;) {
        Status status = next(reader);
        if (status)
            return status;
        if (reader->event.type == YAML_SEQUENCE_END_EVENT)
            break;
        fits = fits && (first || append(list, ","));
        first = false;
        if (reader->event.type == YAML_SEQUENCE_START_EVENT) {
            status = read_list(reader, list, depth + 1);
            if (status)
                return status;
            continue;
        }
        if (reader->event.type != YAML_SCALAR_EVENT)
            return refuse(reader, "a mapping in a list", "a value");
        const char *word = scalar(reader);
        if (!word || !word[0] || strpbrk(word, ",[]"))
            return refuse(reader, "an empty word, or one with a comma or bracket, in a list",
                          "a plain word or number");
        fits = fits && append(list, word);
    }
    fits = fits && append(list, "]");
    return fits ? STATUS_OK : refuse(reader, "a list that is too long", "fewer values");
}

/* One line of text, from the current scalar. */
static Status read_words(const SpecReader *reader, char *room, size_t size)
{
    const char *text = scalar(reader);
    size_t length = text ? strlen(text) : 0;
    while (length > 0 && strchr(" \t\r\n", text[length - 1]))
        length--;
    if (length == 0 || length >= size)
        return refuse(reader, "text that is empty or too long", "one line of at most 255 bytes");
    memset(room, 0, size);
    for (size_t i = 0; i < length; i++)
        room[i] = strchr("\t\r\n", text[i]) ? ' ' : text[i];
    return is_printable(room) ? STATUS_OK : refuse(reader, "text with control characters", "printable UTF-8");
}

/* {says: TEXT, that: CLAIM} */
static Status read_claim_mapping(SpecReader *reader, SpecClaim *claim)
{
    for (;;) {
        Status status = next(reader);
        if (status || reader->event.type == YAML_MAPPING_END_EVENT)
            return status;
        const char *key = reader->event.type == YAML_SCALAR_EVENT ? scalar(reader) : NULL;
        bool says = key && !strcmp(key, "says"), that = key && !strcmp(key, "that");
        if (!says && !that)
            return refuse(reader, "another key of a claim", "says or that");
        if (says ? claim->says[0] : claim->that[0])
            return refuse(reader, says ? "'says' twice" : "'that' twice", "it once");
        status = next(reader);
        if (!status && reader->event.type != YAML_SCALAR_EVENT)
            return refuse(reader, "a list or mapping in a claim", "a line of text");
        if (!status)
            status = says ? read_words(reader, claim->says, sizeof claim->says)
                          : read_words(reader, claim->that, sizeof claim->that);
        if (status)
            return status;
    }
}

static Status read_claim(SpecReader *reader, SpecClaim *claim)
{
    Claim parsed;
    Message why;
    char place[WHERE_TEXT];
    int line = event_line(reader);
    Status status;
    if (reader->event.type == YAML_MAPPING_START_EVENT)
        status = read_claim_mapping(reader, claim);
    else if (reader->event.type == YAML_SCALAR_EVENT)
        status = read_words(reader, claim->that, sizeof claim->that);
    else
        return refuse(reader, "a list in the list of claims", "{says: TEXT, that: CLAIM} or CLAIM");
    if (status)
        return status;
    status = claim_parse(claim->that, &parsed, &why);
    if (!status && !reader->stored)
        status = claim_check_margin(&parsed, &why);
    if (status)
        return fail(reader->message, status, "%s: claims: that: %s", where(reader, line, place), why.text);
    return STATUS_OK;
}

/* The list of claims that starts at the current event. */
static Status read_claims(SpecReader *reader)
{
    Spec *spec = reader->spec;
    if (spec->claims)
        return refuse(reader, "a second list", "the claims once");
    for (;;) {
        Status status = next(reader);
        if (status || reader->event.type == YAML_SEQUENCE_END_EVENT)
            return status;
        if (spec->claims == MAX_CLAIMS)
            return refuse(reader, "too many claims", "at most 32");
        status = read_claim(reader, &spec->claim[spec->claims++]);
        if (status)
            return status;
    }
}

/* What a spec holds of the keys that are not in the table of fields. */
static int entries(const Spec *spec)
{
    return spec->overrides + spec->sweeps + spec->tune.ranges + spec->methods + spec->labels +
           spec->precision.bounds + (spec->precision.max > 0) + joint_values(spec);
}

/* Notes the line that sets the key; refuses a key that is set a second time, or both set and swept. */
static Status note_once(SpecReader *reader, const Field *field, int line_of_key, const char *place)
{
    int *line = &reader->lines.line[field - field_table];
    if (*line)
        return fail(reader->message, STATUS_USAGE, "%s: %s: set twice, first on line %d", place, field->key,
                    *line);
    if (sweep_find(reader->spec, field->key))
        return fail(reader->message, STATUS_USAGE, "%s: %s: both set and swept; expected one of the two",
                    place, field->key);
    if (joint_find(reader->spec, field->key) >= 0)
        return fail(reader->message, STATUS_USAGE,
                    "%s: %s: both set and a key of the settings; expected one of the two", place, field->key);
    *line = line_of_key;
    return STATUS_OK;
}

/* Whether methods.NAME.KEY says how a method from outside is called, which has a value before it is set. */
static bool is_how(const char *key)
{
    const char *name = strncmp(key, "methods.", strlen("methods.")) ? NULL : key + strlen("methods.");
    const char *dot = name ? strchr(name, '.') : NULL;
    return dot && outside_field_find(dot + 1);
}

/* Whether an earlier line has the same key. */
static bool set_before(const SpecReader *reader, const Assignment *a)
{
    for (const Assignment *earlier = reader->assignment; earlier < a; earlier++)
        if (!strcmp(earlier->key, a->key))
            return true;
    return false;
}

static Status assign(SpecReader *reader, const Assignment *a)
{
    static const char sweep[] = "sweep.";
    char place[WHERE_TEXT];
    Spec *spec = reader->spec;
    int before = entries(spec);
    const Field *field = field_find(a->key);
    int setting;
    const char *joint = joint_key(a->key, &setting);
    const Field *swept = joint                                   ? field_find(joint)
                         : strncmp(a->key, sweep, strlen(sweep)) ? NULL
                                                                 : field_find(a->key + strlen(sweep));
    where(reader, a->line, place);
    Status status = field ? note_once(reader, field, a->line, place) : STATUS_OK;
    if (status)
        return status;
    if (swept && reader->lines.line[swept - field_table])
        return fail(reader->message, STATUS_USAGE,
                    "%s: %s: both %s and set (line %d); expected one of the two", place, a->key,
                    joint ? "a key of the settings" : "swept", reader->lines.line[swept - field_table]);
    status = spec_set(spec, a->key, a->value, place, reader->message);
    if (!status && !field && (set_before(reader, a) || (entries(spec) == before && !is_how(a->key))))
        return fail(reader->message, STATUS_USAGE, "%s: %s: set twice", place, a->key);
    return status;
}

/* Whether the key is methods.NAME.base, .command or .plugin. */
static bool makes_method(const char *key)
{
    static const char methods[] = "methods.";
    const char *dot = strncmp(key, methods, strlen(methods)) ? NULL : strchr(key + strlen(methods), '.');
    return dot && (!strcmp(dot, ".base") || !strcmp(dot, ".command") || !strcmp(dot, ".plugin"));
}

/* Named methods are made first, since any other key may name one. */
static Status assign_all(SpecReader *reader)
{
    Status status = STATUS_OK;
    for (int making = 1; making >= 0; making--)
        for (int i = 0; !status && i < reader->assignments; i++)
            if (makes_method(reader->assignment[i].key) == making)
                status = assign(reader, &reader->assignment[i]);
    return status;
}

/* Keeps the assignment of `value` to the key being read. */
static Status set_value(SpecReader *reader, const char *value)
{
    Assignment *larger = reallocarray(reader->assignment, (size_t)reader->assignments + 1, sizeof *larger);
    char *copy = strdup(value);
    if (larger)
        reader->assignment = larger;
    if (!larger || !copy)
        return free(copy), fail_memory(reader->message, "an experiment file");
    Assignment *added = &larger[reader->assignments++];
    *added = (Assignment){.line = reader->key_line, .value = copy};
    memcpy(added->key, reader->key, sizeof added->key);
    return STATUS_OK;
}

/* A mapping stands where a value is wanted. It is refused as a whole, since an empty one, {}, has no key to
 * refuse. */
static Status refuse_mapping(const SpecReader *reader, const Field *field)
{
    char expected[EXPECTED_TEXT];
    field->type->expect(field, expected);
    return refuse(reader, "a mapping", expected);
}

static Status read_mapping(SpecReader *reader, int depth);
static Status read_settings(SpecReader *reader);

/* The value of reader->key, from its first event. */
static Status read_value(SpecReader *reader, int depth)
{
    char list[LIST_TEXT] = "";
    const Field *field = field_find(reader->key);
    Status status;
    switch (reader->event.type) {
    case YAML_MAPPING_START_EVENT:
        return field ? refuse_mapping(reader, field) : read_mapping(reader, depth + 1);
    case YAML_SEQUENCE_START_EVENT:
        if (!strcmp(reader->key, "claims"))
            return read_claims(reader);
        if (!strcmp(reader->key, "settings"))
            return read_settings(reader);
        status = read_list(reader, list, depth + 1);
        return status ? status : set_value(reader, list);
    default:
        if (!scalar(reader))
            return refuse(reader, "text with a 0 byte", "printable text");
        return set_value(reader, scalar(reader));
    }
}

/* An empty mapping sets nothing, but its key must be one that can have a mapping. */
static Status check_empty(const SpecReader *reader)
{
    char place[WHERE_TEXT];
    if (field_first_of_group(reader->key) || !strcmp(reader->key, "sweep") ||
        !strcmp(reader->key, "estimator") || !strcmp(reader->key, "tune.range") ||
        !strcmp(reader->key, "methods") || !strcmp(reader->key, "labels"))
        return STATUS_OK;
    return spec_set(reader->spec, reader->key, "{}", where(reader, reader->key_line, place), reader->message);
}

/* The list of settings that starts at the current event: {KEY: VALUE, ...}, its keys in full. */
static Status read_settings(SpecReader *reader)
{
    const size_t prefix = strlen(reader->key);
    for (int setting = 0;; setting++) {
        Status status = next(reader);
        if (status)
            return status;
        if (reader->event.type == YAML_SEQUENCE_END_EVENT)
            return setting ? STATUS_OK : set_value(reader, "[]");
        if (reader->event.type != YAML_MAPPING_START_EVENT)
            return refuse(reader, "a setting that is no mapping", "{KEY: VALUE, ...}");
        for (int keys = 0;; keys++) {
            status = next(reader);
            if (status)
                return status;
            if (reader->event.type == YAML_MAPPING_END_EVENT && keys)
                break;
            const char *word = reader->event.type == YAML_SCALAR_EVENT ? scalar(reader) : NULL;
            if (!word || strlen(word) + prefix + 16 > KEY_TEXT)
                return refuse(reader, "a key that is not a word, or none", "a key");
            snprintf(reader->key + prefix, KEY_TEXT - prefix, ".%d.%s", setting, word);
            reader->key_line = event_line(reader);
            status = next(reader);
            if (!status && (reader->event.type != YAML_SCALAR_EVENT || !scalar(reader)))
                status = refuse(reader, "a list or mapping", "a single value");
            if (!status)
                status = set_value(reader, scalar(reader));
            if (status)
                return status;
            reader->key[prefix] = 0;
        }
    }
}

/* Keys and values up to the end of the mapping; reader->key is its dotted name, and is so again afterwards.
 */
static Status read_mapping(SpecReader *reader, int depth)
{
    size_t prefix = strlen(reader->key);
    if (depth > MAX_DEPTH)
        return refuse(reader, "mappings that are too deep", "a value");
    for (int keys = 0;; keys++) {
        Status status = next(reader);
        if (status)
            return status;
        if (reader->event.type == YAML_MAPPING_END_EVENT)
            return keys || !prefix ? STATUS_OK : check_empty(reader);
        if (reader->event.type != YAML_SCALAR_EVENT || !scalar(reader))
            return refuse(reader, "a key that is not a word", "a key");
        const char *word = scalar(reader);
        if (prefix + strlen(word) + 2 > KEY_TEXT)
            return refuse(reader, "a key that is too long", "one of those that `cvrlab list keys` prints");
        snprintf(reader->key + prefix, KEY_TEXT - prefix, "%s%s", prefix ? "." : "", word);
        reader->key_line = event_line(reader);
        status = next(reader);
        if (!status)
            status = read_value(reader, depth);
        if (status)
            return status;
        reader->key[prefix] = 0;
    }
}

static Status read_document(SpecReader *reader)
{
    Status status = next(reader);
    if (!status)
        status = next(reader);
    if (status)
        return status;
    if (reader->event.type == YAML_STREAM_END_EVENT)
        return refuse(reader, "an empty file", "keys such as name and estimators");
    status = next(reader);
    if (status)
        return status;
    if (reader->event.type != YAML_MAPPING_START_EVENT)
        return refuse(reader, reader->event.type == YAML_SEQUENCE_START_EVENT ? "a list" : "a single value",
                      "a mapping of keys to values");
    status = read_mapping(reader, 1);
    if (!status)
        status = next(reader);
    if (!status)
        status = next(reader);
    if (!status && reader->event.type != YAML_STREAM_END_EVENT)
        return refuse(reader, "a second document", "one experiment in a file");
    return status;
}

/* The folder of the file: "" for the working folder. */
static Status note_folder(Spec *spec, const char *path, Message *message)
{
    const char *slash = strrchr(path, '/');
    const size_t length = slash ? (size_t)(slash - path) + (slash == path) : 0;
    if (length >= sizeof spec->folder)
        return spec->outsides ? fail(message, STATUS_USAGE,
                                     "%s: the path of an experiment with methods from outside is too long; "
                                     "expected at most %zu bytes",
                                     path, sizeof spec->folder)
                              : STATUS_OK;
    memcpy(spec->folder, path, length);
    return STATUS_OK;
}

/* The file's name without folders and .yaml, as far as it may name an experiment. */
static void name_after_file(Spec *spec, const char *path)
{
    const char *slash = strrchr(path, '/'), *start = slash ? slash + 1 : path;
    size_t length = strlen(start);
    if (length > 5 && !strcmp(start + length - 5, ".yaml"))
        length -= 5;
    if (length >= SPEC_WORD)
        length = SPEC_WORD - 1;
    memcpy(spec->name, start, length);
    for (size_t i = 0; i < length; i++) {
        char word[] = {'a', spec->name[i], 0};
        if (!is_name(i ? word : word + 1))
            spec->name[i] = i ? '_' : 'x';
    }
}

static Status open_file(const char *path, FILE **file, Message *message)
{
    struct stat about;
    *file = fopen(path, "rbe");
    if (!*file)
        return fail(message, STATUS_FAILED, "%s: cannot open: %s", path, strerror(errno));
    if (fstat(fileno(*file), &about) == 0 && S_ISDIR(about.st_mode)) {
        (void)fclose(*file);
        return fail(message, STATUS_FAILED, "%s: is a folder; expected a YAML file", path);
    }
    return STATUS_OK;
}

/* Closes the file. Without `lines` it is a stored spec. */
static Status read_file(Spec *spec, SpecLines *lines, FILE *file, const char *path, Message *message)
{
    SpecReader *reader = calloc(1, sizeof *reader);
    Status status = reader ? STATUS_OK : fail_memory(message, "an experiment file");
    spec_defaults(spec);
    if (!status) {
        *reader =
            (SpecReader){.file = file, .path = path, .stored = !lines, .spec = spec, .message = message};
        if (yaml_parser_initialize(&reader->parser)) {
            yaml_parser_set_input_file(&reader->parser, file);
            status = read_document(reader);
            if (!status)
                status = assign_all(reader);
            yaml_event_delete(&reader->event);
            yaml_parser_delete(&reader->parser);
        } else {
            status = fail_memory(message, "an experiment file");
        }
        if (lines)
            *lines = reader->lines;
        for (int i = 0; i < reader->assignments; i++)
            free(reader->assignment[i].value);
        free(reader->assignment);
    }
    free(reader);
    (void)fclose(file);
    return status;
}

Status spec_read(Spec *spec, SpecLines *lines, const char *path, Message *message)
{
    FILE *file;
    SpecLines unused;
    Status status = open_file(path, &file, message);
    if (!status)
        status = read_file(spec, lines ? lines : &unused, file, path, message);
    if (!status && !spec->name[0])
        name_after_file(spec, path);
    return status ? status : note_folder(spec, path, message);
}

Status spec_read_text(Spec *spec, const char *text, const char *where, Message *message)
{
    FILE *file = fmemopen((void *)text, strlen(text), "r");
    return file ? read_file(spec, NULL, file, where, message) : fail_memory(message, "an experiment");
}

void spec_fault_place(const SpecLines *lines, const char *path, const char *fault, char *place, size_t size)
{
    int line = 0;
    /* The key stands at the start, or behind a setting: "KEY: ...", "KEY=VALUE ...: KEY: ...". */
    for (int i = 0; i < field_count && !line; i++) {
        const char *key = field_table[i].key, *at = strstr(fault, key);
        size_t length = strlen(key);
        while (at && (strncmp(at + length, ": ", 2) != 0 || (at > fault && at[-1] != ' ')))
            at = strstr(at + 1, key);
        line = at ? lines->line[i] : 0;
    }
    snprintf(place, size, line ? "%s:%d" : "%s", path, line);
}

void spec_lines_forget(SpecLines *lines, const char *assignment)
{
    for (int i = 0; i < field_count; i++) {
        size_t length = strlen(field_table[i].key);
        if (!strncmp(field_table[i].key, assignment, length) && assignment[length] == '=')
            lines->line[i] = 0;
    }
}
