/* The table of the keys that sweeps vary. */
#include "results/store/setting_key.h"

#include "results/store/query.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* NaN, which is stored as NULL, for a text that is no number. */
static double number_of(const char *text)
{
    char *end;
    double number = strtod(text, &end);
    return end > text && !*end && isfinite(number) ? number : (double)NAN;
}

Status setting_key_write(Store *store, const char *experiment, const char *setting, int position,
                         const KeyValue *pair, Message *message)
{
    return query_run(store, message,
                     "INSERT OR REPLACE INTO setting_key (experiment, setting, key, value, number, position)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                     "ttttdi", experiment, setting, pair->key, pair->value, number_of(pair->value), position);
}

static Status add_row(SettingKeyList *list, sqlite3_stmt *from, Message *message)
{
    SettingKeyRow *larger = reallocarray(list->row, (size_t)list->rows + 1, sizeof *larger);
    if (!larger)
        return fail_memory(message, "the settings");
    list->row = larger;
    SettingKeyRow *row = &larger[list->rows++];
    *row = (SettingKeyRow){strdup(column_text(from, 0)), strdup(column_text(from, 1)),
                           strdup(column_text(from, 2)), column_double(from, 3)};
    return row->setting && row->key && row->value ? STATUS_OK : fail_memory(message, "the settings");
}

Status setting_keys_read(SettingKeyList *list, Store *store, const char *experiment, Message *message)
{
    *list = (SettingKeyList){0};
    sqlite3_stmt *statement = NULL;
    Status status = query_prepare(store, &statement, message,
                                  "SELECT k.setting, k.key, k.value, k.number FROM setting_key k"
                                  " JOIN setting s USING (experiment, setting) WHERE k.experiment = ?1"
                                  " ORDER BY s.position, k.setting, k.position",
                                  "t", experiment);
    while (!status && query_next(store, statement, &status, message))
        status = add_row(list, statement, message);
    sqlite3_finalize(statement);
    return status;
}

void setting_keys_clear(SettingKeyList *list)
{
    for (int i = 0; i < list->rows; i++) {
        free(list->row[i].setting);
        free(list->row[i].key);
        free(list->row[i].value);
    }
    free(list->row);
    *list = (SettingKeyList){0};
}

const char *setting_key_value(const SettingKeyList *list, const char *setting, const char *key)
{
    for (int i = 0; i < list->rows; i++)
        if (!strcmp(list->row[i].setting, setting) && !strcmp(list->row[i].key, key))
            return list->row[i].value;
    return NULL;
}
