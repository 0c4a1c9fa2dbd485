/* Experiment files: what is read can be checked, written, and read again to the same. */
#include "tests/fuzz/fuzz.h"

#include "experiments/spec/spec_check.h"
#include "experiments/spec/spec_read.h"
#include "experiments/spec/spec_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *written(const Spec *spec)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        abort();
    spec_write(spec, file);
    fclose(file);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Spec spec, again;
    Message message;
    char *text = strndup((const char *)data, size);
    if (text && !spec_read_text(&spec, text, "fuzz", &message)) {
        char *first = written(&spec);
        const bool defaults = !*first; /* of a spec that sets nothing: such a file is refused */
        if (!defaults && spec_read_text(&again, first, "written", &message)) {
            fprintf(stderr, "%s\n%s", message.text, first);
            abort();
        }
        char *second = written(defaults ? &spec : &again);
        if (strcmp(first, second) != 0)
            abort();
        if (spec_settings(&spec) <= 64) /* each is checked */
            (void)spec_check(&spec, &message);
        free(first);
        free(second);
    }
    free(text);
    return 0;
}
