/* The reference of keys: a row for each field of the tables. */
#include "experiments/spec/key_reference.h"
#include "experiments/spec/fields.h"
#include "experiments/spec/outside_method.h"

#include <string.h>

typedef struct Columns {
    const char *text[6];
} Columns;

enum { COLUMNS = 6, WIDEST = 28 /* what is longer pushes the rest of its row aside, not every row */ };

static void print_row(FILE *file, const Columns *row, const int *width)
{
    for (int i = 0; i < COLUMNS; i++) {
        if (!width)
            fprintf(file, "| %s ", row->text[i]);
        else if (i + 1 < COLUMNS)
            fprintf(file, "%-*s  ", width[i], row->text[i]);
        else
            fputs(row->text[i], file);
    }
    fputs(width ? "\n" : "|\n", file);
}

/* A row's texts that are made for it. */
typedef struct RowText {
    char key[64], range[EXPECTED_TEXT];
} RowText;

static Columns describe(const Field *field, const char *prefix, RowText *text)
{
    snprintf(text->key, sizeof text->key, "%s%s", prefix, field->key);
    field->type->range(field, text->range);
    return (Columns){
        {text->key, field->type->name, field->unit, text->range, field->standard, field->meaning}};
}

/* The keys of an experiment, and those that say how a method from outside is called. */
static const struct {
    const char *prefix;
    const Field *field;
    const int *count;
} tables[] = {{"", field_table, &field_count}, {"methods.NAME.", outside_field_table, &outside_field_count}};

enum { TABLES = sizeof tables / sizeof *tables };

void key_reference(bool markdown, FILE *file)
{
    static const Columns head = {{"key", "type", "unit", "range", "default", "meaning"}};
    static const Columns rule = {{"---", "---", "---", "---", "---", "---"}};
    RowText text;
    int width[COLUMNS];
    for (int c = 0; c < COLUMNS; c++)
        width[c] = (int)strlen(head.text[c]);
    for (int t = 0; t < TABLES; t++)
        for (int i = 0; i < *tables[t].count; i++) {
            Columns row = describe(&tables[t].field[i], tables[t].prefix, &text);
            for (int c = 0; c < COLUMNS; c++)
                if ((int)strlen(row.text[c]) > width[c] && strlen(row.text[c]) <= WIDEST)
                    width[c] = (int)strlen(row.text[c]);
        }
    const int *widths = markdown ? NULL : width;
    print_row(file, &head, widths);
    if (markdown)
        print_row(file, &rule, NULL);
    for (int t = 0; t < TABLES; t++)
        for (int i = 0; i < *tables[t].count; i++) {
            Columns row = describe(&tables[t].field[i], tables[t].prefix, &text);
            print_row(file, &row, widths);
        }
}
