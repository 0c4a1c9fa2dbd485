/* The layouts of public data, as they were published. */
#include "sim/reader_parts.h"

/* A file of the user's own, or train.csv, test.csv, valid.csv and unbiased.csv in a folder. */
static const Layout csv = {
    .name = "csv",
    .files =
        "a table with a header line: columns user, item, click, conversion or as `columns` names them; a "
        "folder of train.csv, test.csv, valid.csv, unbiased.csv",
    .file = {{"train.csv", PART_LOG, false},
             {"test.csv", PART_TEST, false},
             {"valid.csv", PART_VALID, false},
             {"unbiased.csv", PART_UNBIASED, false},
             {"*", PART_LOG, true}},
    .delimiter = ',',
    .columns = {.user = "user", .item = "item", .click = "click", .conversion = "conversion"},
    .format = &table_format,
};

const Layout *const layout_table[] = {&csv, NULL};
