/* Every shipped experiment reads, is checked, claims something, and is on the page that is made of their
 * runs; so is every word of the papers' texts. */
#include "experiments/spec/assign.h"
#include "experiments/spec/named_method.h"
#include "experiments/spec/override.h"
#include "experiments/spec/spec_check.h"
#include "experiments/spec/spec_read.h"

#include "tests/support/support.h"

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

/* `files`: a pattern below the folder. */
static void for_each(const char *files, void (*check)(const char *path, const Spec *spec))
{
    static Spec spec;
    glob_t found;
    char pattern[512];
    snprintf(pattern, sizeof pattern, "%s/%s", folder, files);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    assert_true(found.gl_pathc > 5);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        OK(spec_read(&spec, NULL, found.gl_pathv[i], message));
        check(found.gl_pathv[i], &spec);
    }
    globfree(&found);
}

/* A key and a value that some setting gives it. */
static void reject_form_from_memory(const char *path, const Spec *spec, const char *text, const char *value)
{
    Key key;
    Method method;
    OK(key_find(spec, text, &key, path, message));
    if (key.kind != KEY_OPTION)
        return;
    OK(spec_find_method(spec, key.estimator, &method, message));
    for (int k = 0; k < constant_count(method.estimator); k++)
        if (constant_is_from_memory(method.estimator, k) &&
            !strcmp(method.estimator->constant[k].key, key.option) &&
            strtod(value, NULL) != method.estimator->constant[k].value)
            fail_msg("%s: %s %s is from memory", path, text, value);
}

/* Settings of keys by themselves and together; ranges of a search are of any estimator. */
static void check_settings_for_memory(const char *path, const Spec *spec)
{
    for (int i = 0; i < spec->sweeps; i++)
        for (int v = 0; v < spec->sweep[i].values; v++)
            reject_form_from_memory(path, spec, spec->sweep[i].key, spec->sweep[i].value[v]);
    for (int i = 0; i < spec->joint.settings; i++)
        for (int k = 0; k < spec->joint.keys; k++)
            reject_form_from_memory(path, spec, spec->joint.key[k], spec->joint.value[i][k]);
    for (int i = 0; i < spec->tune.ranges; i++)
        for (const Estimator *const *e = estimator_table; *e; e++) {
            const char *key = strrchr(spec->tune.range[i].key, '.');
            if ((*e)->from_memory && !strcmp(key ? key + 1 : spec->tune.range[i].key, (*e)->from_memory))
                fail_msg("%s: a search of %s, whose forms are from memory", path, spec->tune.range[i].key);
        }
}

static void check_method_for_memory(const char *path, const Spec *spec, const char *name)
{
    Method method;
    EstimatorOptions options;
    OK(spec_find_method(spec, name, &method, message));
    OK(override_options(spec, name, &options, message));
    if (method.estimator->source == READ_MEMORY)
        fail_msg("%s: %s is from memory", path, name);
    for (int k = 0; k < constant_count(method.estimator); k++)
        if (constant_is_from_memory(method.estimator, k) &&
            options.constant[k] != method.estimator->constant[k].value)
            fail_msg("%s: %s of %s is from memory", path, method.estimator->constant[k].key, name);
}

static void check(const char *path, const Spec *given)
{
    static Spec spec;
    spec = *given;
    Message why = {""};
    if (spec.layout)
        OK(spec_set(&spec, "data.path", "anywhere", "test", message));
    if (spec_check(&spec, &why))
        fail_msg("%s: %s", path, why.text);
    const char *name = strrchr(path, '/') + 1;
    if (strncmp(name, spec.name, strlen(spec.name)) != 0 || strcmp(name + strlen(spec.name), ".yaml") != 0)
        fail_msg("%s: its name is %s", path, spec.name);
    if (!spec.question[0] || !spec.claims)
        fail_msg("%s: no %s", path, spec.question[0] ? "claims" : "question");
    for (int i = 0; i < spec.estimators; i++)
        check_method_for_memory(path, &spec, spec.estimator[i]);
    check_settings_for_memory(path, &spec);
    for (int i = 0; i < spec.claims; i++)
        if (!spec.claim[i].says[0])
            fail_msg("%s: '%s' says nothing in words", path, spec.claim[i].that);
}

static void every_file_reads(void **state)
{
    (void)state;
    for_each("*.yaml", check);
    for_each("papers/*.yaml", check);
    for_each("papers/maps/*.yaml", check);
    for_each("papers/size/*.yaml", check);
    for_each("delays/*.yaml", check);
}

static char *page;

static void must_have(const char *path, const char *text, const char *make)
{
    if (!strstr(page, text))
        fail_msg("%s: '%s' is not on the page; run make %s", path, text, make);
}

/* Real data need not be there when a page is made. */
static void claims_are_there(const char *path, const Spec *spec, const char *make)
{
    for (int i = 0; i < spec->claims && !spec->layout; i++) {
        must_have(path, spec->claim[i].says, make);
        must_have(path, spec->claim[i].that, make);
    }
}

static void look_up(const char *path, const Spec *spec)
{
    char heading[SPEC_WORD + SPEC_TEXT + 16];
    snprintf(heading, sizeof heading, "\n## %s\n\n%s\n\n", spec->name, spec->question);
    must_have(path, heading, "experiments");
    claims_are_there(path, spec, "experiments");
}

static void the_page_has_them_all(void **state)
{
    (void)state;
    page = slurp("README.md");
    for_each("*.yaml", look_up);
    free(page);
}

/* Protocols on data that are not at hand have no text; test_protocols has them. */
static bool has_text(const char *path)
{
    char text[512];
    snprintf(text, sizeof text, "%.*s.md", (int)(strlen(path) - strlen(".yaml")), path);
    return access(text, R_OK) == 0;
}

static void look_up_paper(const char *path, const Spec *spec)
{
    if (spec->layout && !has_text(path))
        return;
    must_have(path, spec->question, "papers");
    claims_are_there(path, spec, "papers");
}

/* A text is on the page line by line, but for the marks that tables replace. */
static void look_up_text(const char *path, const char *make)
{
    char *text = slurp(path), *rest = text;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
        if (strncmp(line, "<!--", 4) != 0)
            must_have(path, line, make);
    free(text);
}

static void look_up_texts(const char *make)
{
    glob_t found;
    char pattern[512];
    snprintf(pattern, sizeof pattern, "%s/experiments/%s/*.md", CVRLAB_ROOT, make);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        if (!strstr(found.gl_pathv[i], "PROTOCOLS"))
            look_up_text(found.gl_pathv[i] + strlen(folder) + 1, make);
    globfree(&found);
}

/* All methods have the same trials, by both criteria, and every claim says by which. */
static void is_tuned_equally(const char *path, const Spec *spec)
{
    must_have(path, spec->name, "papers");
    assert_true(spec->tune.trials > 0 && spec->log_size >= 1000000);
    for (int i = 0; i < spec->claims; i++)
        if (!strstr(spec->claim[i].that, " at tune.on=log") &&
            !strstr(spec->claim[i].that, " at tune.on=truth"))
            fail_msg("%s: '%s' names no criterion", path, spec->claim[i].that);
}

static void the_papers_are_all_there(void **state)
{
    (void)state;
    page = slurp("PAPERS.md");
    for_each("papers/*.yaml", look_up_paper);
    for_each("papers/maps/*.yaml", look_up_paper);
    for_each("papers/size/*.yaml", is_tuned_equally);
    look_up_texts("papers");
    free(page);
}

static void look_up_delay(const char *path, const Spec *spec)
{
    must_have(path, spec->question, "delays");
    claims_are_there(path, spec, "delays");
}

static void the_delays_are_all_there(void **state)
{
    (void)state;
    page = slurp("DELAYS.md");
    for_each("delays/*.yaml", look_up_delay);
    look_up_texts("delays");
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_file_reads),
        cmocka_unit_test(the_page_has_them_all),
        cmocka_unit_test(the_papers_are_all_there),
        cmocka_unit_test(the_delays_are_all_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
