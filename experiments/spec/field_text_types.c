/* Types of fields that hold text: free text, names, estimators, metrics, and what the risk layer has. A value
 * is stored as it was written, once it is known to name something. */
#include "experiments/risk/risk.h"
#include "experiments/risk/risk_predictors.h"
#include "experiments/spec/fields.h"
#include "experiments/spec/named_method.h"
#include "results/selection/measure.h"
#include "sim/base/suggest.h"
#include "sim/base/text.h"

#include <stdio.h>
#include <string.h>

static char *member(const Field *field, void *base)
{
    return (char *)base + field->offset;
}

static const char *member_of(const Field *field, const void *base)
{
    return (const char *)base + field->offset;
}

/* The whole member is written, so that equal specs are equal byte for byte. */
static bool store(const Field *field, void *base, const char *text)
{
    size_t length = strlen(text);
    if (length >= field->size)
        return false;
    memset(member(field, base), 0, field->size);
    memcpy(member(field, base), text, length);
    return true;
}

static void print(const Field *field, const void *base, char *text)
{
    snprintf(text, LIST_TEXT, "%s", member_of(field, base));
}

static void no_range(const Field *field, char text[EXPECTED_TEXT])
{
    (void)field;
    text[0] = 0;
}

/* Folded YAML text ends in a line break and may contain more: one line is kept. */
static bool text_parse(const Field *field, void *base, const char *text, Message *why)
{
    (void)why;
    char line[SPEC_TEXT];
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r\n", text[length - 1]))
        length--;
    if (length >= sizeof line)
        return false;
    for (size_t i = 0; i < length; i++)
        line[i] = strchr("\t\r\n", text[i]) ? ' ' : text[i];
    line[length] = 0;
    return is_printable(line) && store(field, base, line);
}

static void text_expect(const Field *field, char text[EXPECTED_TEXT])
{
    snprintf(text, EXPECTED_TEXT, "printable UTF-8 text of at most %zu bytes", field->size - 1);
}

const FieldType text_type = {"text", text_parse, print, text_expect, no_range};

static bool name_parse(const Field *field, void *base, const char *text, Message *why)
{
    (void)why;
    return (!text[0] || is_name(text)) && store(field, base, text);
}

static void name_expect(const Field *field, char text[EXPECTED_TEXT])
{
    snprintf(text, EXPECTED_TEXT, "a name of letters, digits and _ - + . (at most %zu)", field->size - 1);
}

const FieldType name_type = {"name", name_parse, print, name_expect, no_range};

static bool parse_list(const Field *field, void *base, const char *text, bool (*is_word)(const char *text))
{
    WordList list;
    char joined[LIST_TEXT];
    if (!words_split(text, &list))
        return false;
    for (int i = 0; i < list.words; i++)
        if (!is_word(list.word[i]))
            return false;
    words_join(&list, joined);
    joined[strlen(joined) - 1] = 0;
    return store(field, base, joined + 1);
}

static bool names_parse(const Field *field, void *base, const char *text, Message *why)
{
    (void)why;
    return parse_list(field, base, text, is_name);
}

static void names_print(const Field *field, const void *base, char *text)
{
    snprintf(text, LIST_TEXT, "[%s]", member_of(field, base));
}

static void names_expect(const Field *field, char text[EXPECTED_TEXT])
{
    (void)field;
    snprintf(text, EXPECTED_TEXT, "a list of names, such as [user, item]");
}

const FieldType names_type = {"list of names", names_parse, names_print, names_expect, no_range};

/* The name of a column of a table, which people choose with more freedom than that of a method. What YAML and
 * lists give a meaning is left out, so that a name is written as it is read. */
static bool is_column_name(const char *text)
{
    size_t length = strlen(text);
    if (!length || !is_printable(text) || text[0] == ' ' || text[length - 1] == ' ' ||
        strchr("-?!%@|>&*=~`", text[0]))
        return false;
    return !strpbrk(text, ",[]{}:#\"'\\");
}

static bool column_parse(const Field *field, void *base, const char *text, Message *why)
{
    (void)why;
    return (!text[0] || is_column_name(text)) && store(field, base, text);
}

static void column_expect(const Field *field, char text[EXPECTED_TEXT])
{
    snprintf(text, EXPECTED_TEXT, "the name of a column (at most %zu bytes), without , : # or quotes",
             field->size - 1);
}

const FieldType column_type = {"column", column_parse, print, column_expect, no_range};

static bool columns_parse(const Field *field, void *base, const char *text, Message *why)
{
    (void)why;
    return parse_list(field, base, text, is_column_name);
}

const FieldType columns_type = {"list of columns", columns_parse, names_print, names_expect, no_range};

/* These fields lie in a Spec, whose named methods count too. */
static bool is_method(const void *spec, const char *name, Message *why)
{
    Method method;
    return spec_find_method(spec, name, &method, why) == STATUS_OK;
}

static bool method_parse(const Field *field, void *base, const char *text, Message *why)
{
    if (strlen(text) >= field->size)
        return false;
    return (!text[0] || is_method(base, text, why)) && store(field, base, text);
}

static void method_expect(const Field *field, char text[EXPECTED_TEXT])
{
    (void)field;
    snprintf(text, EXPECTED_TEXT, "the name of an estimator; see `cvrlab list estimators`");
}

const FieldType method_type = {"estimator", method_parse, print, method_expect, no_range};

const char snips_log_loss[] = "snips_log_loss";

/* A metric that can choose: one that is best at its lowest or highest, not at a certain value. */
static bool metric_parse(const Field *field, void *base, const char *text, Message *why)
{
    (void)why;
    const Metric *metric = metric_find(text);
    const bool chooses = metric && (metric->better == BETTER_LOW || metric->better == BETTER_HIGH);
    return (chooses || !strcmp(text, snips_log_loss)) && store(field, base, text);
}

static void metric_expect(const Field *field, char text[EXPECTED_TEXT])
{
    (void)field;
    snprintf(text, EXPECTED_TEXT, "a metric that is better low or high (`cvrlab list metrics`), or %s",
             snips_log_loss);
}

const FieldType metric_type = {"metric", metric_parse, print, metric_expect, no_range};

/* A list of names that `known` accepts. */
static bool list_parse(const Field *field, void *base, const char *text,
                       bool (*known)(const void *base, const char *name, Message *why), Message *why)
{
    WordList list;
    if (!words_split(text, &list) || list.words > field->capacity)
        return false;
    for (int i = 0; i < list.words; i++)
        if (!known(base, list.word[i], why))
            return false;
    memset(member(field, base), 0, (size_t)field->capacity * field->size);
    memcpy(member(field, base), list.word, (size_t)list.words * field->size);
    memcpy((char *)base + field->count_offset, &list.words, sizeof list.words);
    return true;
}

static bool methods_parse(const Field *field, void *base, const char *text, Message *why)
{
    return list_parse(field, base, text, is_method, why);
}

static void list_print(const Field *field, const void *base, char *text)
{
    WordList list;
    memcpy(&list.words, (const char *)base + field->count_offset, sizeof list.words);
    memcpy(list.word, member_of(field, base), (size_t)list.words * field->size);
    words_join(&list, text);
}

static void methods_expect(const Field *field, char text[EXPECTED_TEXT])
{
    snprintf(text, EXPECTED_TEXT, "a list of at most %d estimators, such as [naive, mf+ips]",
             field->capacity);
}

static bool is_measure(const void *base, const char *name, Message *why)
{
    (void)base;
    Measure measure;
    return measure_parse(name, &measure, why) == STATUS_OK;
}

static bool measures_parse(const Field *field, void *base, const char *text, Message *why)
{
    return list_parse(field, base, text, is_measure, why);
}

static void measures_expect(const Field *field, char text[EXPECTED_TEXT])
{
    snprintf(text, EXPECTED_TEXT, "a list of at most %d metrics, such as [mean_bias, auc/O]",
             field->capacity);
}

const FieldType measures_type = {"list of metrics", measures_parse, list_print, measures_expect, no_range};

const FieldType methods_type = {"list of estimators", methods_parse, list_print, methods_expect, no_range};

static bool is_risk_name(const char *what, const char *name, const char *const *known, int count,
                         Message *why)
{
    for (int i = 0; i < count; i++)
        if (!strcmp(known[i], name))
            return true;
    (void)fail_unknown(why, NULL, what, name, /* the caller looks at `why` */
                       &(KnownNames){known, count, "one of those that `cvrlab list risk` prints"});
    return false;
}

static bool is_risk_estimator(const void *base, const char *name, Message *why)
{
    (void)base;
    const char *known[MAX_RISK];
    int count = 0;
    for (; count < MAX_RISK && risk_estimator_table[count].name; count++)
        known[count] = risk_estimator_table[count].name;
    return is_risk_name("risk estimator", name, known, count, why);
}

static bool is_risk_predictor(const void *base, const char *name, Message *why)
{
    (void)base;
    const char *known[MAX_RISK];
    int count = 0;
    for (; count < MAX_RISK && risk_predictor_table[count].name; count++)
        known[count] = risk_predictor_table[count].name;
    return is_risk_name("predictor", name, known, count, why);
}

static bool risk_estimators_parse(const Field *field, void *base, const char *text, Message *why)
{
    return list_parse(field, base, text, is_risk_estimator, why);
}

static bool risk_predictors_parse(const Field *field, void *base, const char *text, Message *why)
{
    return list_parse(field, base, text, is_risk_predictor, why);
}

static void risk_expect(const Field *field, char text[EXPECTED_TEXT])
{
    snprintf(text, EXPECTED_TEXT, "a list of at most %d names; see `cvrlab list risk`", field->capacity);
}

const FieldType risk_estimators_type = {"list of names", risk_estimators_parse, list_print, risk_expect,
                                        no_range};
const FieldType risk_predictors_type = {"list of names", risk_predictors_parse, list_print, risk_expect,
                                        no_range};
