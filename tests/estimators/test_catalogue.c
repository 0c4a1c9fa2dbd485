/* Finding a method by its name, and what descriptors have to say. */
#include "estimators/core/estimator.h"
#include "tests/support/support.h"

#include <unistd.h>

static void every_estimator_is_found_on_its_own_backbone(void **state)
{
    (void)state;
    Method method;
    for (const Estimator *const *e = estimator_table; *e; e++) {
        OK(method_find((*e)->name, &method, message));
        assert_ptr_equal(method.estimator, *e);
        assert_string_equal(method.backbone->name, (*e)->backbone ? (*e)->backbone : "towers");
    }
    OK(method_find("naive", &method, message));
    assert_string_equal(method.backbone->name, "towers");
    OK(method_find("mose", &method, message));
    assert_string_equal(method.backbone->name, "mose");
}

static void every_estimator_is_found_on_every_backbone(void **state)
{
    (void)state;
    for (const Estimator *const *e = estimator_table; *e; e++)
        for (const Backbone *const *b = backbone_table; *b; b++) {
            char name[128];
            Method method;
            snprintf(name, sizeof name, "%s+%s", (*b)->name, (*e)->name);
            OK(method_find(name, &method, message));
            assert_ptr_equal(method.estimator, *e);
            assert_ptr_equal(method.backbone, *b);
        }
}

static void refused(const char *name, const char *expected)
{
    Method method;
    Message message = {""};
    assert_int_equal(method_find(name, &method, &message), STATUS_USAGE);
    assert_string_equal(message.text, expected);
}

static void unknown_names_are_met_with_the_nearest(void **state)
{
    (void)state;
    refused("naiev", "unknown estimator 'naiev'; did you mean 'naive'?");
    refused("escm2dr", "unknown estimator 'escm2dr'; did you mean 'escm2_dr'?");
    refused("tower+naive", "unknown backbone 'tower'; did you mean 'towers'?");
    refused("mf+ipz", "unknown estimator 'ipz'; did you mean 'ips'?");
    refused("towers",
            "unknown estimator 'towers'; expected one of those that `cvrlab list estimators` prints");
    refused(
        "gradient_boosting",
        "unknown estimator 'gradient_boosting'; expected one of those that `cvrlab list estimators` prints");
    refused("resnet50+naive",
            "unknown backbone 'resnet50'; expected one of those that `cvrlab list estimators` prints");
    refused("", "unknown estimator ''; expected one of those that `cvrlab list estimators` prints");
    refused("+naive", "unknown backbone ''; expected one of those that `cvrlab list estimators` prints");
    refused("mf+", "unknown estimator ''; expected one of those that `cvrlab list estimators` prints");
    refused("mf+mf+naive", "unknown estimator 'mf+naive'; did you mean 'naive'?");
}

/* 63 letters are kept of a backbone's name, which must not turn it into a known one. */
static void long_names_are_no_trouble(void **state)
{
    (void)state;
    char name[300];
    Method method;
    Message message;
    memset(name, 'm', sizeof name);
    memcpy(name + sizeof name - 7, "+naive", 7);
    assert_int_equal(method_find(name, &method, &message), STATUS_USAGE);
    name[sizeof name - 7] = 'm';
    assert_int_equal(method_find(name, &method, &message), STATUS_USAGE);
}

static bool has_constant(const Estimator *e, const char *key)
{
    int k = 0;
    while (k < constant_count(e) && strcmp(e->constant[k].key, key) != 0)
        k++;
    return k < constant_count(e);
}

/* What tables, files and the command line rely on. */
static void descriptors_are_complete(void **state)
{
    (void)state;
    Message message;
    Method method;
    for (const Estimator *const *e = estimator_table; *e; e++) {
        assert_true((*e)->name && (*e)->summary && (*e)->cite && (*e)->net[0] && (*e)->phase[0].loss);
        assert_true(!strpbrk((*e)->name, "+ ,"));
        assert_true((*e)->summary[strlen((*e)->summary) - 1] != '.');
        assert_non_null(family_name((*e)->family));
        assert_true(constant_count(*e) <= MAX_CONSTANTS);
        assert_int_equal(method_find((*e)->name, &method, &message), STATUS_OK); /* names are unique */
        assert_ptr_equal(method.estimator, *e);
        for (const Constant *c = (*e)->constant; c && c->key; c++)
            assert_true(c->low <= c->value && c->value <= c->high && c->meaning);
        assert_non_null(source_kind_name((*e)->source));
        assert_true(!(*e)->differs || ((*e)->differs[0] && (*e)->differs[strlen((*e)->differs) - 1] != '.'));
        const char *const named[] = {(*e)->teacher, (*e)->last_steps, (*e)->double_learning, (*e)->immediate,
                                     (*e)->from_memory};
        assert_int_equal((*e)->stream != NULL, ((*e)->needs & NEEDS_DELAYS) != 0);
        for (size_t k = 0; k < sizeof named / sizeof *named; k++)
            assert_true(!named[k] || has_constant(*e, named[k]));
        for (const Phase *phase = (*e)->phase; phase->loss; phase++)
            assert_true((!phase->only || has_constant(*e, phase->only)) &&
                        (!phase->rate || has_constant(*e, phase->rate)) &&
                        (!phase->unless || has_constant(*e, phase->unless)));
        assert_true(!(*e)->crossed || (!((*e)->crossed & 1) && ((*e)->net[0] & HEAD(CTR))));
        unsigned heads = 0;
        for (int k = 0; k < MAX_NETS && (*e)->net[k]; k++) {
            assert_false(heads & (*e)->net[k]); /* a head has one net */
            heads |= (*e)->net[k];
        }
        assert_true((heads & HEAD(CVR)) || (*e)->predict);
    }
}

static const Estimator *parent(const Estimator *e)
{
    Method method;
    Message message;
    if (!e->follows)
        return NULL;
    if (method_find(e->follows, &method, &message))
        fail_msg("%s: .follows: %s", e->name, message.text);
    assert_string_equal(method.estimator->name, e->follows); /* no backbone before it */
    return method.estimator;
}

/* Every bracket of a formula has its other half, on one line: what is set off by it can be read at once. */
static bool closes_its_brackets(const char *formula)
{
    char open[32];
    size_t depth = 0;
    for (const char *c = formula; *c; c++) {
        if (*c == '\n' && depth > 0)
            return false;
        if (strchr("([{", *c) && depth < sizeof open)
            open[depth++] = *c == '(' ? ')' : *c == '[' ? ']' : '}';
        else if (strchr(")]}", *c) && (depth == 0 || open[--depth] != *c))
            return false;
    }
    return depth == 0;
}

/* A finding names the experiment that has it. */
static void names_experiments_that_are(const Estimator *e, const char *text)
{
    for (const char *at = text; (at = strstr(at, "experiments/")); at++) {
        const int length = (int)strcspn(at, " .,;:)");
        char path[256];
        snprintf(path, sizeof path, CVRLAB_ROOT "/%.*s.yaml", length, at);
        if (access(path, R_OK))
            fail_msg("%s: there is no %.*s", e->name, length, at);
    }
}

/* What the catalogue says of an estimator. */
static void every_estimator_is_described(void **state)
{
    (void)state;
    int roots = 0;
    for (const Estimator *const *at = estimator_table; *at; at++) {
        const Estimator *e = *at;
        const struct {
            const char *member, *text;
        } sentences[] = {{"idea", e->idea}, {"assumes", e->assumes}, {"fails", e->fails}};
        for (size_t k = 0; k < sizeof sentences / sizeof *sentences; k++) {
            const char *text = sentences[k].text;
            if (!text || !*text || text[strlen(text) - 1] != '.' || strchr(text, '\n'))
                fail_msg("%s: .%s: expected sentences, the last with its full stop", e->name,
                         sentences[k].member);
            names_experiments_that_are(e, text);
        }
        if (!e->formula || !closes_its_brackets(e->formula))
            fail_msg("%s: .formula: expected a loss whose brackets close on their line", e->name);
        for (const char *line = e->formula; line; line = strchr(line, '\n')) {
            line += *line == '\n';
            if (strcspn(line, "\n") > 96)
                fail_msg("%s: .formula: expected lines of at most 96 letters", e->name);
        }
        roots += !e->follows;
        int steps = 0;
        for (const Estimator *p = parent(e); p; p = parent(p))
            if (++steps > 100)
                fail_msg("%s: .follows: leads round in a circle", e->name);
    }
    assert_true(roots > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_estimator_is_found_on_its_own_backbone),
        cmocka_unit_test(every_estimator_is_found_on_every_backbone),
        cmocka_unit_test(unknown_names_are_met_with_the_nearest),
        cmocka_unit_test(long_names_are_no_trouble),
        cmocka_unit_test(descriptors_are_complete),
        cmocka_unit_test(every_estimator_is_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
