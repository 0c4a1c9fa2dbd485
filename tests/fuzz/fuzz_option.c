/* The command line: a line of the input is an argument. Options are read, not acted on; --set reads on. */
#include "tests/fuzz/fuzz.h"

#include "experiments/cli/options.h"
#include "experiments/spec/assign.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ARGUMENTS = 100 };

static void read_values(const OptionList *set, const OptionList *metric)
{
    static Spec spec;
    Message message;
    spec_defaults(&spec);
    for (int i = 0; i < set->values; i++)
        (void)spec_assign(&spec, set->value[i], "--set", &message);
    for (int i = 0; i < metric->values; i++) {
        Measure measure;
        (void)measure_parse(metric->value[i], &measure, &message);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char command[] = "table";
    const char *text = NULL;
    int count = 0, choice = 0, first, arguments = 1;
    bool flag = false;
    OptionList set = {0}, metric = {0};
    const Option options[] = {{"set", 's', OPTION_LIST, "KEY=VALUE", "", &set},
                              {"metric", 'm', OPTION_LIST, "METRIC", "", &metric},
                              {"format", 'f', OPTION_CHOICE, "text|csv|html", "", &choice},
                              {"jobs", 'j', OPTION_COUNT, "N", "", &count},
                              {"db", 'o', OPTION_TEXT, "FILE", "", &text},
                              {"keep", 0, OPTION_SWITCH, NULL, "", &flag},
                              {0}};
    const Usage usage = {command, "DB...", "", options, 0, INT_MAX};
    char *lines = strndup((const char *)data, size), *rest = lines;
    char *argument[MOST_ARGUMENTS + 1] = {(char *)command};
    if (!lines)
        abort();
    while (rest && arguments < MOST_ARGUMENTS)
        argument[arguments++] = strsep(&rest, "\n");
    if (!cli_options(&usage, arguments, argument, &first))
        read_values(&set, &metric);
    free(lines);
    return 0;
}
