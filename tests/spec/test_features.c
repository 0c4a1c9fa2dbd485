/* The names of features that experiments know beforehand are those that the sources of data give their
 * columns. */
#include "experiments/inputs/source.h"
#include "experiments/spec/assign.h"
#include "experiments/spec/features.h"
#include "tests/support/support.h"

/* All of the schema's columns are known names, and no others of those that some source of data has. */
static void expect_names(const Schema *schema, const Spec *spec)
{
    static const char *const any[] = {"user",     "item",          "segment",
                                      "category", "user_latent",   "item_latent",
                                      "context",  "user_features", "item_features"};
    for (size_t i = 0; i < sizeof any / sizeof *any; i++) {
        bool there = false;
        for (int f = 0; f < schema->categorical; f++)
            there = there || !strcmp(schema->name[f], any[i]);
        for (int g = 0; g < schema->groups; g++)
            there = there || !strcmp(schema->group[g].name, any[i]);
        assert_int_equal(features_check(spec, any[i], NULL), there ? STATUS_OK : STATUS_USAGE);
    }
}

static void world_features_are_named(void **state)
{
    Spec spec;
    Source *source;
    (void)state;
    spec_defaults(&spec);
    spec.test_size = 1;
    OK(source_open(&source, &spec, "", 0, NULL, message));
    expect_names(&source_test(source)->x->schema, &spec);
    source_close(source);
}

/* Actions are labels of the log that methods are trained on: test exposures show none of them. */
static void behaviour_is_no_feature(void **state)
{
    Spec spec;
    Source *source;
    Sample sample;
    (void)state;
    spec_defaults(&spec);
    spec.test_size = 1;
    spec.log_size = 1000;
    spec.world.behaviour.rate = 0.5;
    OK(source_open(&source, &spec, "", 0, NULL, message));
    OK(source_draw(source, 0, &sample, message));
    expect_names(&source_test(source)->x->schema, &spec);
    assert_non_null(sample.log->behaviour);
    size_t acted = 0;
    for (size_t i = 0; i < sample.log->x.rows; i++)
        acted += sample.log->behaviour->action[i];
    assert_true(acted > 0 && acted < log_clicks(sample.log));
    sample_free(&sample);
    source_close(source);
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void coat_features_are_named(void **state)
{
    Spec spec;
    Source *source;
    (void)state;
    char *folder = temporary_folder();
    write_file(folder, "user_features.ascii", "1 0\n0 1\n");
    write_file(folder, "item_features.ascii", "1\n0\n");
    write_file(folder, "train.ascii", "0 5\n1 0\n");
    write_file(folder, "test.ascii", "2 0\n3 4\n");
    spec_defaults(&spec);
    spec.layout = layout_find("coat");
    spec.unbiased_share = 0.5;
    snprintf(spec.data, sizeof spec.data, "%s", folder);
    OK(source_open(&source, &spec, "", 0, NULL, message));
    expect_names(&source_test(source)->x->schema, &spec);
    source_close(source);
    remove_folder(folder);
}

static void lists_are_checked(void **state)
{
    Message message;
    Spec world, coat;
    (void)state;
    spec_defaults(&world);
    coat = world;
    coat.layout = layout_find("coat");
    assert_int_equal(features_check(&world, "", &message), STATUS_OK);
    assert_int_equal(features_check(&world, "user,context", &message), STATUS_OK);
    assert_int_equal(features_check(&coat, "user,user_features", &message), STATUS_OK);
    assert_int_equal(features_check(&world, "user,contxt", &message), STATUS_USAGE);
    assert_string_equal(message.text, "unknown feature 'contxt'; did you mean 'context'?");
    assert_int_equal(features_check(&coat, "context", &message), STATUS_USAGE);
    assert_string_equal(message.text,
                        "unknown feature 'context'; expected user, item, user_features or item_features");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(world_features_are_named),
        cmocka_unit_test(behaviour_is_no_feature),
        cmocka_unit_test(coat_features_are_named),
        cmocka_unit_test(lists_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
