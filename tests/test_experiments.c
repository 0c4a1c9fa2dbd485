/* Every shipped experiment reads, is checked, claims something, and is on the page that is made of their
 * runs. */
#include "experiments/spec.h"

#include "tests/support.h"

#include <glob.h>

/* Of the folder that this test was compiled in. */
static const char folder[] = CVRLAB_ROOT "/experiments";

static char *slurp(const char *name)
{
    enum { MOST = 1 << 22 };
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    char *text = calloc(MOST, 1);
    assert_true(file && text);
    assert_true(fread(text, 1, MOST - 1, file) < MOST - 1);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void for_each(void (*check)(const char *path, const Spec *spec))
{
    static Spec spec;
    glob_t found;
    char pattern[512];
    snprintf(pattern, sizeof pattern, "%s/*.yaml", folder);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    assert_true(found.gl_pathc > 10);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        OK(spec_read(&spec, found.gl_pathv[i], message));
        check(found.gl_pathv[i], &spec);
    }
    globfree(&found);
}

static void check(const char *path, const Spec *given)
{
    static Spec spec;
    spec = *given;
    Message why = {""};
    if (spec.source != DATA_SIMULATED)
        OK(spec_set(&spec, "data.path", "anywhere", "test", message));
    if (spec_check(&spec, &why))
        fail_msg("%s: %s", path, why.text);
    const char *name = strrchr(path, '/') + 1;
    if (strncmp(name, spec.name, strlen(spec.name)) != 0 || strcmp(name + strlen(spec.name), ".yaml") != 0)
        fail_msg("%s: its name is %s", path, spec.name);
    if (!spec.question[0] || !spec.claims)
        fail_msg("%s: no %s", path, spec.question[0] ? "claims" : "question");
    for (int i = 0; i < spec.claims; i++)
        if (!spec.claim[i].says[0])
            fail_msg("%s: '%s' says nothing in words", path, spec.claim[i].that);
}

static void every_file_reads(void **state)
{
    (void)state;
    for_each(check);
}

static char *page;

static void look_up(const char *path, const Spec *spec)
{
    char heading[SPEC_WORD + SPEC_TEXT + 16];
    snprintf(heading, sizeof heading, "\n## %s\n\n%s\n\n", spec->name, spec->question);
    if (!strstr(page, heading))
        fail_msg("%s: not in experiments/README.md; run make experiments", path);
    if (spec->source != DATA_SIMULATED)
        return;
    for (int i = 0; i < spec->claims; i++)
        if (!strstr(page, spec->claim[i].says) || !strstr(page, spec->claim[i].that))
            fail_msg("%s: '%s' is not in experiments/README.md; run make experiments", path,
                     spec->claim[i].says);
}

static void the_page_has_them_all(void **state)
{
    (void)state;
    page = slurp("README.md");
    for_each(look_up);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_reads),
        cmocka_unit_test(the_page_has_them_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
