/* JSON is read as the YAML that it is. */
#include "experiments/outside/flat_json.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

enum { DEEPEST = 64 };

typedef struct JsonReader {
    yaml_parser_t parser;
    yaml_event_t event;
    FlatJson *json;
} JsonReader;

static bool next(JsonReader *reader)
{
    yaml_event_delete(&reader->event);
    return yaml_parser_parse(&reader->parser, &reader->event);
}

static void keep(FlatJson *json, const char *key, const char *value)
{
    const int i = json->values;
    if (i == JSON_VALUES || strlen(key) >= JSON_KEY)
        return;
    memcpy(json->key[i], key, strlen(key) + 1);
    snprintf(json->value[i], JSON_VALUE, "%s", value);
    json->values++;
}

/* Passes over the list or mapping that the current event begins. */
static bool skip(JsonReader *reader)
{
    for (int depth = 1; depth > 0;) {
        if (!next(reader))
            return false;
        const yaml_event_type_t type = reader->event.type;
        depth += type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT;
        depth -= type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT;
        if (type == YAML_STREAM_END_EVENT || depth > DEEPEST)
            return false;
    }
    return true;
}

static bool read_mapping(JsonReader *reader, const char *prefix, int depth)
{
    for (;;) {
        char key[2 * JSON_KEY];
        if (!next(reader))
            return false;
        if (reader->event.type == YAML_MAPPING_END_EVENT)
            return true;
        if (reader->event.type != YAML_SCALAR_EVENT)
            return false;
        snprintf(key, sizeof key, "%s%s%s", prefix, *prefix ? "." : "",
                 (const char *)reader->event.data.scalar.value);
        if (!next(reader))
            return false;
        if (reader->event.type == YAML_SCALAR_EVENT)
            keep(reader->json, key, (const char *)reader->event.data.scalar.value);
        else if (reader->event.type == YAML_MAPPING_START_EVENT && depth == 0) {
            if (!read_mapping(reader, key, depth + 1))
                return false;
        } else if (!skip(reader))
            return false;
    }
}

/* The stream and document begin, then the mapping. */
static bool read_document(JsonReader *reader)
{
    for (int i = 0; i < 3; i++)
        if (!next(reader))
            return false;
    return reader->event.type == YAML_MAPPING_START_EVENT && read_mapping(reader, "", 0);
}

Status flat_json_read(FlatJson *json, const char *path, Message *message)
{
    JsonReader reader = {.json = json};
    json->values = 0;
    FILE *file = fopen(path, "rbe");
    if (!file)
        return fail(message, STATUS_FAILED, "%s: cannot open: %s", path, strerror(errno));
    if (!yaml_parser_initialize(&reader.parser)) {
        (void)fclose(file);
        return fail_memory(message, "a JSON file");
    }
    yaml_parser_set_input_file(&reader.parser, file);
    const bool read = read_document(&reader);
    yaml_event_delete(&reader.event);
    yaml_parser_delete(&reader.parser);
    (void)fclose(file);
    return read ? STATUS_OK
                : fail(message, STATUS_USAGE, "%s: is no JSON; expected a mapping such as {\"seconds\": 1.2}",
                       path);
}

const char *flat_json_find(const FlatJson *json, const char *key)
{
    for (int i = 0; i < json->values; i++)
        if (!strcmp(json->key[i], key))
            return json->value[i];
    return NULL;
}
