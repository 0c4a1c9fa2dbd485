/* Types of fields that are numbers and choices: how each is read from text, printed and described. */
#include "experiments/spec/fields.h"
#include "sim/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *member(const Field *field, void *base)
{
    return (char *)base + field->offset;
}

static const void *member_of(const Field *field, const void *base)
{
    return (const char *)base + field->offset;
}

static bool in_range(const Field *field, double value)
{
    if (field->open)
        return value > field->low && value < field->high;
    return value >= field->low && value <= field->high;
}

static void number_range(const Field *field, char text[EXPECTED_TEXT])
{
    snprintf(text, EXPECTED_TEXT, "%c%.16g, %.16g%c", field->open ? '(' : '[', field->low, field->high,
             field->open ? ')' : ']');
}

/* Decimal numbers alone: strtod would also take hexadecimal, inf and nan. */
static bool read_number(const Field *field, const char *text, double *value)
{
    if (!text[0] || strspn(text, "0123456789+-.eE") != strlen(text))
        return false;
    char *end;
    double number = strtod(text, &end);
    if (*end || !isfinite(number) || !in_range(field, number))
        return false;
    *value = number + 0.0; /* -0 becomes 0, so that equal numbers have equal texts */
    return true;
}

static bool read_whole(const Field *field, const char *text, int64_t *value)
{
    static const double exact =
        9007199254740992.; /* 2^53: from here on a double stands for its neighbours too */
    double number;
    char *end;
    if (!read_number(field, text, &number) || number != floor(number))
        return false;
    *value = (int64_t)number;
    return fabs(number) < exact || (strtoll(text, &end, 10) == *value && !*end);
}

static void print_number(double value, char *text)
{
    snprintf(text, LIST_TEXT, "%.15g", value);
    if (strtod(text, NULL) != value)
        snprintf(text, LIST_TEXT, "%.17g", value);
}

/* Integers of the table lie within 2^53, where doubles are exact. */
static bool integer_parse(const Field *field, void *base, const char *text, Message *why)
{
    (void)why;
    int64_t value;
    if (!read_whole(field, text, &value))
        return false;
    if (field->size == sizeof(int))
        *(int *)member(field, base) = (int)value;
    else
        *(int64_t *)member(field, base) = value;
    return true;
}

static void integer_print(const Field *field, const void *base, char *text)
{
    const void *value = member_of(field, base);
    long long number = field->size == sizeof(int) ? *(const int *)value : *(const int64_t *)value;
    snprintf(text, LIST_TEXT, "%lld", number);
}

static void integer_expect(const Field *field, char text[EXPECTED_TEXT])
{
    char range[EXPECTED_TEXT];
    number_range(field, range);
    snprintf(text, EXPECTED_TEXT, "an integer in %.60s", range);
}

const FieldType integer_type = {"integer", integer_parse, integer_print, integer_expect, number_range};

static bool real_parse(const Field *field, void *base, const char *text, Message *why)
{
    (void)why;
    return read_number(field, text, member(field, base));
}

static void real_print(const Field *field, const void *base, char *text)
{
    print_number(*(const double *)member_of(field, base), text);
}

static void real_expect(const Field *field, char text[EXPECTED_TEXT])
{
    char range[EXPECTED_TEXT];
    number_range(field, range);
    snprintf(text, EXPECTED_TEXT, "a real number in %.60s", range);
}

const FieldType real_type = {"real", real_parse, real_print, real_expect, number_range};

static const char automatic[] = "auto";

static bool real_or_auto_parse(const Field *field, void *base, const char *text, Message *why)
{
    if (strcmp(text, automatic) != 0)
        return real_parse(field, base, text, why);
    *(double *)member(field, base) = AUTO;
    return true;
}

static void real_or_auto_print(const Field *field, const void *base, char *text)
{
    if (*(const double *)member_of(field, base) >= 0)
        real_print(field, base, text);
    else
        snprintf(text, LIST_TEXT, "%s", automatic);
}

static void real_or_auto_expect(const Field *field, char text[EXPECTED_TEXT])
{
    char real[EXPECTED_TEXT];
    real_expect(field, real);
    snprintf(text, EXPECTED_TEXT, "%s or %.200s", automatic, real);
}

static void real_or_auto_range(const Field *field, char text[EXPECTED_TEXT])
{
    char range[EXPECTED_TEXT];
    number_range(field, range);
    snprintf(text, EXPECTED_TEXT, "%s, %.60s", automatic, range);
}

const FieldType real_or_auto_type = {"real or auto", real_or_auto_parse, real_or_auto_print,
                                     real_or_auto_expect, real_or_auto_range};

/* A number is kept in its shortest form, so that equal numbers have equal texts. */
static bool free_parse(const Field *field, void *base, const char *text, Message *why)
{
    static const Field any = {.low = -HUGE_VAL, .high = HUGE_VAL};
    char kept[LIST_TEXT];
    double number;
    (void)why;
    if (read_number(&any, text, &number))
        print_number(number, kept);
    else
        snprintf(kept, sizeof kept, "%s", text);
    if (!kept[0] || strlen(kept) >= field->size || !is_printable(kept))
        return false;
    memset(member(field, base), 0, field->size);
    memcpy(member(field, base), kept, strlen(kept));
    return true;
}

static void free_print(const Field *field, const void *base, char *text)
{
    snprintf(text, LIST_TEXT, "%s", (const char *)member_of(field, base));
}

static void free_expect(const Field *field, char text[EXPECTED_TEXT])
{
    snprintf(text, EXPECTED_TEXT, "a number or printable UTF-8 text of at most %zu bytes", field->size - 1);
}

static void free_range(const Field *field, char text[EXPECTED_TEXT])
{
    (void)field;
    text[0] = 0;
}

const FieldType free_type = {"number or text", free_parse, free_print, free_expect, free_range};

static bool integers_parse(const Field *field, void *base, const char *text, Message *why)
{
    (void)why;
    WordList list;
    int item[MAX_ESTIMATORS];
    if (!words_split(text, &list) || list.words > field->capacity)
        return false;
    for (int i = 0; i < list.words; i++) {
        int64_t value;
        if (!read_whole(field, list.word[i], &value))
            return false;
        item[i] = (int)value;
    }
    memset(member(field, base), 0, (size_t)field->capacity * sizeof(int));
    memcpy(member(field, base), item, (size_t)list.words * sizeof(int));
    memcpy((char *)base + field->count_offset, &list.words, sizeof(int));
    return true;
}

static int item_count(const Field *field, const void *base)
{
    int count;
    memcpy(&count, (const char *)base + field->count_offset, sizeof count);
    return count;
}

static void integers_print(const Field *field, const void *base, char *text)
{
    const int *item = member_of(field, base);
    WordList list = {.words = item_count(field, base)};
    for (int i = 0; i < list.words; i++)
        snprintf(list.word[i], SPEC_WORD, "%d", item[i]);
    words_join(&list, text);
}

static void integers_expect(const Field *field, char text[EXPECTED_TEXT])
{
    char range[EXPECTED_TEXT];
    number_range(field, range);
    snprintf(text, EXPECTED_TEXT, "a list of at most %d integers in %.60s", field->capacity, range);
}

static void integers_range(const Field *field, char text[EXPECTED_TEXT])
{
    char range[EXPECTED_TEXT];
    number_range(field, range);
    snprintf(text, EXPECTED_TEXT, "%.60s, at most %d", range, field->capacity);
}

const FieldType integers_type = {"list of integers", integers_parse, integers_print, integers_expect,
                                 integers_range};

/* Enums of the spec are as wide as an int and start at 0. */
static bool choice_parse(const Field *field, void *base, const char *text, Message *why)
{
    (void)why;
    for (int i = 0; field->choices[i]; i++)
        if (!strcmp(field->choices[i], text)) {
            memcpy(member(field, base), &i, sizeof i);
            return true;
        }
    return false;
}

static void choice_print(const Field *field, const void *base, char *text)
{
    int choice;
    memcpy(&choice, member_of(field, base), sizeof choice);
    snprintf(text, LIST_TEXT, "%s", field->choices[choice]);
}

static void choice_range(const Field *field, char text[EXPECTED_TEXT])
{
    size_t used = 0;
    for (int i = 0; field->choices[i] && used < EXPECTED_TEXT; i++)
        used += (size_t)snprintf(text + used, EXPECTED_TEXT - used, "%s%s", i ? ", " : "", field->choices[i]);
}

static void choice_expect(const Field *field, char text[EXPECTED_TEXT])
{
    char words[EXPECTED_TEXT];
    choice_range(field, words);
    snprintf(text, EXPECTED_TEXT, "one of %.200s", words);
}

const FieldType choice_type = {"choice", choice_parse, choice_print, choice_expect, choice_range};
