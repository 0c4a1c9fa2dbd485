/* The reference of keys: a row for each field of the table. */
#include "experiments/spec/key_reference.h"
#include "experiments/spec/fields.h"

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

static Columns describe(const Field *field, char range[EXPECTED_TEXT])
{
    field->type->range(field, range);
    return (Columns){{field->key, field->type->name, field->unit, range, field->standard, field->meaning}};
}

void key_reference(bool markdown, FILE *file)
{
    static const Columns head = {{"key", "type", "unit", "range", "default", "meaning"}};
    static const Columns rule = {{"---", "---", "---", "---", "---", "---"}};
    char range[EXPECTED_TEXT];
    int width[COLUMNS];
    for (int c = 0; c < COLUMNS; c++)
        width[c] = (int)strlen(head.text[c]);
    for (int i = 0; i < field_count; i++) {
        Columns row = describe(&field_table[i], range);
        for (int c = 0; c < COLUMNS; c++)
            if ((int)strlen(row.text[c]) > width[c] && strlen(row.text[c]) <= WIDEST)
                width[c] = (int)strlen(row.text[c]);
    }
    const int *widths = markdown ? NULL : width;
    print_row(file, &head, widths);
    if (markdown)
        print_row(file, &rule, NULL);
    for (int i = 0; i < field_count; i++) {
        Columns row = describe(&field_table[i], range);
        print_row(file, &row, widths);
    }
}
