/* Plug-ins, compiled while the tests run: what is refused, what a plug-in is shown, what comes of its
 * results, and that it leaves no trace in the program. Native estimators: the same numbers as those of the
 * program. */
#include "estimators/plugin/plugin.h"

#include "sim/base/workers.h"
#include "tests/plugin/probe.h"
#include "tests/support/refusal.h"
#include "tests/support/toy_log.h"

#include <dlfcn.h>
#include <fenv.h>
#include <stdatomic.h>

/* The compiler for sources that the shell names; the headers of the program are found. */
#define COMPILE                                                                                              \
    "${CC:-cc} -std=gnu2x -Wall -Wextra -Wno-missing-field-initializers -Werror -shared -fPIC "              \
    "-I" CVRLAB_ROOT " -I" CVRLAB_ROOT "/estimators/plugin"
#define MAKE "env -u MAKEFLAGS -u MAKELEVEL make -s -C " CVRLAB_ROOT " BUILD=" CVRLAB_BUILD " "

static Program program; /* its folder, $F */

static int setup(void **state)
{
    program_create(&program);
    return toy_create(state);
}

static int teardown(void **state)
{
    program_free(&program);
    return toy_free(state);
}

/* The library of $F/NAME.so. */
static const char *library(const char *name)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s.so", program.folder, name);
    return path;
}

/* Compiles a source of this folder into $F/NAME.so. */
static void compile(const char *name, const char *source, const char *flags)
{
    char command[4096];
    snprintf(command, sizeof command,
             COMPILE " %s -I" CVRLAB_BUILD "/include " CVRLAB_ROOT "/tests/plugin/%s -o $F/%s.so", flags,
             source, name);
    shell(command);
}

static Plugin *opened(const char *path)
{
    Plugin *plugin = NULL;
    OK(plugin_open(&plugin, path, message));
    assert_non_null(plugin);
    return plugin;
}

static void cannot_open(const char *path, Status expected, const char *text)
{
    Message message = {""};
    Plugin *plugin = (Plugin *)&message;
    const Status status = plugin_open(&plugin, path, &message);
    assert_null(plugin);
    assert_int_equal(status, expected);
    if (!strstr(message.text, text))
        fail_msg("expected '%s' in '%s'", text, message.text);
    assert_non_null(strstr(message.text, path));
}

static void only_paths_and_libraries_are_opened(void **state)
{
    (void)state;
    cannot_open("probe.so", STATUS_USAGE, "expected a path with a slash, such as ./probe.so");
    cannot_open("./none.so", STATUS_FAILED, "cannot read the plug-in: No such file");
    program_write(&program, "short.so", "x");
    cannot_open(library("short"), STATUS_USAGE, "cannot be loaded as a plug-in: file too short");
    program_write(&program, "text.so",
                  "all that it takes to be longer than the head of a library is a line like this one");
    cannot_open(library("text"), STATUS_USAGE, "cannot be loaded as a plug-in: invalid ELF header");
    cannot_open("/tmp", STATUS_USAGE, "cannot be loaded as a plug-in: ");
    program_write(&program, "empty.c", "extern int nothing; int nothing = 1;\n");
    shell(COMPILE " $F/empty.c -o $F/empty.so");
    cannot_open(library("empty"), STATUS_USAGE, "is no plug-in: expected a function cvrlab_plugin()");
}

/* A descriptor, and the message that it is refused with. */
typedef struct Wrong {
    const char *flags, *expected;
} Wrong;

static void refused(const char *source, const Wrong *wrong, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        char name[64];
        snprintf(name, sizeof name, "wrong%zu_%.5s", k, source);
        compile(name, source, wrong[k].flags);
        cannot_open(library(name), STATUS_USAGE, wrong[k].expected);
    }
}

static void wrong_descriptors_are_refused(void **state)
{
    static const Wrong wrong[] = {
        {"-DABI=7", "is of plug-in ABI 7, this cvrlab of 1: compile it again"},
        {"-DHOST=9", "cvrlab_plugin() has nothing for a host of ABI 1"},
        {"-DSIZE=24", "its descriptor has 24 bytes; expected at least "},
        {"-DFIT=NULL -Wno-unused-function", "has no function fit"},
        {"-DNAME=NULL", "its name is NULL; expected a line of text"},
        {"'-DNAME=\"\"'", "its name is ''; expected letters, digits and _"},
        {"'-DNAME=\"a+b\"'", "its name is 'a+b'; expected letters, digits and _"},
        {"'-DNAME=\"a\\nb\"'", "its name is not one line of UTF-8"},
        {"-DFLAGS=0x1000", "sets flags that this cvrlab does not know: 0x1000"},
        {"'-DOPTION={\"step\",2,0,1,\"m\"}'",
         "option 'step': its default 2 is outside of its range from 0 to 1"},
        {"'-DOPTION={\"step\",1,2,0,\"m\"}'",
         "option 'step': its default 1 is outside of its range from 2 to 0"},
        {"'-DOPTION={\"step\",NAN,0,1,\"m\"}'", "option 'step': its default nan is outside"},
        {"'-DOPTION={\"step\",1,0,INFINITY,\"m\"}'", "or that is not finite"},
        {"'-DOPTION={\"rate\",0,0,1,\"m\"}'", "option 'rate' is there twice"},
        {"'-DOPTION={\"a.b\",0,0,1,\"m\"}'", "option 'a.b': expected letters, digits and _"},
        {"'-DOPTION={\"step\",0,0,1,NULL}'", "option 'step': expected a line of what it means"},
        {"'-DO(k)={k,0,0,1,\"m\"}' '-DOPTION=O(\"a\"),O(\"b\"),O(\"c\"),O(\"d\"),O(\"e\"),O(\"f\"),O(\"g\")'",
         "has more than 8 options"},
    };
    (void)state;
    refused("probe.c", wrong, LENGTH(wrong));
}

static void it_says_what_it_is(void **state)
{
    (void)state;
    compile("probe", "probe.c",
            "-DFLAGS='CVRLAB_NEEDS_STREAM|CVRLAB_NEEDS_PROPENSITY|CVRLAB_SERIAL' "
            "'-DOPTION={\"step\",1,0,2,\"m\"}'");
    Plugin *plugin = opened(library("probe"));
    assert_string_equal(plugin_name(plugin), "probe");
    assert_string_equal(plugin_version(plugin), "2.1");
    assert_string_equal(plugin_summary(plugin), "for tests");
    assert_string_equal(plugin_cite(plugin), "nobody");
    assert_int_equal(plugin_needs(plugin), NEEDS_STREAM | NEEDS_PROPENSITY);
    assert_true(plugin_serial(plugin));
    assert_null(plugin_estimator(plugin));
    const Constant *option = plugin_options(plugin);
    assert_string_equal(option[0].key, "act");
    assert_true(option[1].value == 0.25 && option[1].low == 0 && option[1].high == 1);
    assert_string_equal(option[2].meaning, "m");
    assert_null(option[3].key);
    /* Again, while it is open and after. */
    Plugin *again = opened(library("probe"));
    plugin_close(plugin);
    assert_string_equal(plugin_name(again), "probe");
    plugin_close(again);
    again = opened(library("probe"));
    plugin_close(again);
    plugin_close(NULL);

    compile("needs", "probe.c", "-DFLAGS='CVRLAB_NEEDS_UNBIASED|CVRLAB_NEEDS_BEHAVIOUR'");
    plugin = opened(library("needs"));
    compile("newer", "probe.c",
            "'-DSIZE=sizeof(CvrlabPlugin)+64'"); /* with members that are not known here */
    plugin_close(opened(library("newer")));
    assert_int_equal(plugin_needs(plugin), NEEDS_UNBIASED | NEEDS_BEHAVIOUR);
    assert_false(plugin_serial(plugin));
    plugin_close(plugin);
}

/* What a run of the probe gave. */
typedef struct Outcome {
    Status status;
    Message message;
    PluginReport report;
    float cvr[TOY_ROWS], ctr[TOY_ROWS];
} Outcome;

static char said[PLUGIN_TEXT];
static bool stopping(void *context)
{
    return context == NULL;
}

static void listen(void *context, const char *text)
{
    (void)context;
    snprintf(said, sizeof said, "%s", text);
}

static PluginInputs inputs_of(const Toy *toy, const double *option)
{
    return (PluginInputs){.data = &toy->data,
                          .test = &toy->log.x,
                          .seed = 0x123456789abcdefU,
                          .threads = 3,
                          .clip = 0.125,
                          .option = option,
                          .context = (void *)(uintptr_t)toy};
}

static void act(const Plugin *plugin, const Toy *toy, int what, Outcome *outcome)
{
    const double option[] = {what, 0.5};
    PluginInputs inputs = inputs_of(toy, option);
    inputs.stop = stopping;
    inputs.say = listen;
    memset(outcome, 0, sizeof *outcome);
    outcome->status =
        plugin_fit_predict(plugin, &inputs, outcome->cvr, outcome->ctr, &outcome->report, &outcome->message);
}

static bool all(const float *x, float value)
{
    for (int i = 0; i < TOY_ROWS; i++)
        if (!(x[i] == value || (isnan(x[i]) && isnan(value))))
            return false;
    return true;
}

/* The library's own counter. */
static atomic_int *counter(const char *path, const char *name)
{
    void *handle = dlopen(path, RTLD_NOW);
    assert_non_null(handle);
    atomic_int *count = dlsym(handle, name);
    assert_non_null(count);
    dlclose(handle);
    return count;
}

static void it_sees_the_data_and_predicts(void **state)
{
    Outcome outcome;
    compile("seeing", "probe.c", "");
    Plugin *plugin = opened(library("seeing"));
    Toy *toy = *state;
    float weight[TOY_ROWS] = {1, 2};
    toy->log.weight = weight;
    act(plugin, toy, ACT_CHECK, &outcome);
    toy->log.weight = NULL;
    if (outcome.status)
        fail_msg("%s", outcome.message.text);
    assert_false(outcome.report.diverged || outcome.report.skipped || outcome.report.changed_float_state);
    assert_string_equal(outcome.report.reason, "");
    assert_true(outcome.report.seconds >= 0);
    assert_true(all(outcome.cvr, 0.5F) && all(outcome.ctr, NAN));
    assert_string_equal(said, "half?way");
    act(plugin, *state, ACT_CTR, &outcome);
    assert_int_equal(outcome.status, STATUS_OK);
    assert_true(all(outcome.cvr, 0.5F) && all(outcome.ctr, 0.75F));

    /* Defaults, and nobody who listens. */
    PluginInputs inputs = inputs_of(*state, NULL);
    OK(plugin_fit_predict(plugin, &inputs, outcome.cvr, outcome.ctr, &outcome.report, message));
    assert_true(all(outcome.cvr, 0.25F));
    assert_int_equal(*counter(library("seeing"), "probe_models"), 0);
    plugin_close(plugin);
}

static void failures_say_who_and_why(void **state)
{
    static const struct {
        int act;
        const char *expected;
    } cases[] = {
        {ACT_FAIL, "plug-in probe: fit failed: the ?[1mmatrix? is singular"},
        {ACT_FAIL_SILENTLY, "plug-in probe: fit failed"},
        {ACT_FAIL_LATE, "plug-in probe: predict failed: no such row"},
        {ACT_OTHER, "plug-in probe: fit returned 42; expected one of CVRLAB_DONE and its kin"},
        {ACT_LOGITS,
         "plug-in probe: predictions of the CVR go from -3 to 596: are they logits? Expected probabilities"},
    };
    Outcome outcome;
    compile("failing", "probe.c", "");
    Plugin *plugin = opened(library("failing"));
    for (size_t k = 0; k < LENGTH(cases); k++) {
        act(plugin, *state, cases[k].act, &outcome);
        assert_int_equal(outcome.status, STATUS_FAILED);
        assert_string_equal(outcome.message.text, cases[k].expected);
        assert_true(all(outcome.cvr, NAN) && all(outcome.ctr, NAN));
    }
    act(plugin, *state, ACT_OVERRUN, &outcome);
    assert_int_equal(outcome.status, STATUS_FAILED);
    assert_int_equal(strspn(strrchr(outcome.message.text, ' ') + 1, "x"), PLUGIN_TEXT - 1);
    assert_int_equal(*counter(library("failing"), "probe_models"), 0);
    plugin_close(plugin);
}

static void divergence_and_skips_are_no_failures(void **state)
{
    static const struct {
        int act;
        bool skipped;
        const char *reason;
    } cases[] = {
        {ACT_DIVERGE, false, "the loss is NaN"},
        {ACT_SKIP, true, "only for binary features"},
        {ACT_NAN, false, "1 of 600 predictions of the CVR are not finite"},
        {ACT_NOTHING, false, "600 of 600 predictions of the CVR are not finite"},
        {ACT_HALF_A_CTR, false, "300 of 600 predictions of the CTR are not finite"},
    };
    Outcome outcome;
    compile("diverging", "probe.c", "");
    Plugin *plugin = opened(library("diverging"));
    for (size_t k = 0; k < LENGTH(cases); k++) {
        act(plugin, *state, cases[k].act, &outcome);
        assert_int_equal(outcome.status, STATUS_OK);
        assert_int_equal(outcome.report.skipped, cases[k].skipped);
        assert_int_equal(outcome.report.diverged, !cases[k].skipped);
        assert_string_equal(outcome.report.reason, cases[k].reason);
        assert_true(all(outcome.cvr, NAN) && all(outcome.ctr, NAN));
    }
    assert_int_equal(*counter(library("diverging"), "probe_models"), 0);
    plugin_close(plugin);
}

/* Halves the smallest normal number where the compiler does not see it. */
static bool subnormals_are_flushed(void)
{
    volatile float smallest = FLT_MIN, half = smallest / 2;
    return half == 0;
}

static void the_float_state_stays(void **state)
{
    Outcome outcome;
    skipped_under_valgrind("subnormals are never flushed");
#if !defined __x86_64__ && !defined __aarch64__
    skip();
#endif
    assert_false(subnormals_are_flushed());
    fesetround(FE_UPWARD); /* is kept too */
    compile("flushing", "flushing.c", "-ffast-math");
    cannot_open(library("flushing"), STATUS_USAGE, "has nothing for a host");
    assert_false(subnormals_are_flushed());
    compile("fast", "probe.c", "-ffast-math -Wno-error");
    plugin_close(opened(library("fast")));
    assert_false(subnormals_are_flushed());
    compile("changing", "probe.c", "");
    Plugin *plugin = opened(library("changing"));
    act(plugin, *state, ACT_FLUSH, &outcome);
    assert_int_equal(outcome.status, STATUS_OK);
    assert_true(outcome.report.changed_float_state);
    assert_false(subnormals_are_flushed());
    assert_int_equal(fegetround(), FE_UPWARD);
    fesetround(FE_TONEAREST);
    act(plugin, *state, ACT_MEAN, &outcome);
    assert_false(outcome.report.changed_float_state);
    plugin_close(plugin);
}

/* A plug-in called by several threads at once. */
typedef struct Crowd {
    const Plugin *plugin;
    const Toy *toy;
    int act;
    atomic_int failures;
} Crowd;

static void *join_in(void *argument)
{
    Crowd *crowd = argument;
    static _Thread_local Outcome outcome;
    const double option[] = {crowd->act, 0.5};
    const PluginInputs inputs = inputs_of(crowd->toy, option);
    if (plugin_fit_predict(crowd->plugin, &inputs, outcome.cvr, outcome.ctr, &outcome.report,
                           &outcome.message))
        crowd->failures++;
    return NULL;
}

static int most_at_once(const char *name, int what, const Toy *toy)
{
    Plugin *plugin = opened(library(name));
    Crowd crowd = {.plugin = plugin, .toy = toy, .act = what};
    OK(workers_run(4, join_in, &crowd, message));
    assert_int_equal(crowd.failures, 0);
    plugin_close(plugin);
    return *counter(library(name), "probe_most");
}

static void serial_ones_wait(void **state)
{
    compile("serial", "probe.c", "-DFLAGS=CVRLAB_SERIAL");
    assert_int_equal(most_at_once("serial", ACT_LINGER, *state), 1);
    compile("parallel", "probe.c", "");
    assert_true(most_at_once("parallel", ACT_MEET, *state) >= 2);
}

/* Training a descriptor by estimators/core. */
static void train(const Estimator *estimator, const double *constant, const Toy *toy, float *cvr)
{
    Method method = {.estimator = estimator, .backbone = backbone_find("towers")};
    EstimatorOptions options = toy_options(estimator);
    Fit *fit;
    FitReport report;
    if (constant)
        options.constant[0] = *constant;
    OK(fit_create(&fit,
                  &(FitSetup){.method = &method, .options = &options, .data = &toy->data, .key = &toy_key},
                  message));
    OK(fit_train(fit, &report, message));
    assert_false(report.diverged);
    OK(fit_predict(fit, &toy->log.x, cvr, NULL, message));
    fit_free(fit);
}

static const Estimator *built_in(const char *name)
{
    Method method = {NULL, NULL};
    OK(method_find(name, &method, message));
    return method.estimator;
}

/* ips.c itself, with another name and the line that publishes it; its symbol is still that of the program. */
static void a_copy_of_ips_gives_the_numbers_of_ips(void **state)
{
    static float copied[TOY_ROWS], ips[TOY_ROWS];
    shell("sed -e 's|\"estimators/core/estimator.h\"|\"cvrlab_estimator.h\"|' -e "
          "'s|\"ips\"|\"ips_of_mine\"|' " CVRLAB_ROOT
          "/estimators/ips.c >$F/copied.c && echo 'CVRLAB_ESTIMATOR(ips);' >>$F/copied.c");
    shell(MAKE "plugin FILE=$F/copied.c");
    Plugin *plugin = opened(library("copied"));
    assert_string_equal(plugin_name(plugin), "ips_of_mine");
    assert_string_equal(plugin_version(plugin), "");
    assert_int_equal(plugin_needs(plugin), NEEDS_PROPENSITY);
    assert_null(plugin_options(plugin)[0].key);
    const Estimator *estimator = plugin_estimator(plugin);
    assert_ptr_not_equal(estimator, built_in("ips"));
    train(estimator, NULL, *state, copied);
    train(built_in("ips"), NULL, *state, ips);
    assert_memory_equal(copied, ips, sizeof ips);
    plugin_close(plugin);
}

/* A mean for all exposures, (conversions + 1) / (clicks + 2). */
static void expect_smoothed_mean(const char *path, const Toy *toy)
{
    static float cvr[TOY_ROWS], ctr[TOY_ROWS];
    double clicks = 2, conversions = 1;
    for (int i = 0; i < TOY_ROWS; i++) {
        clicks += toy->log.click[i];
        conversions += toy->log.conversion[i];
    }
    Plugin *plugin = opened(path);
    PluginReport report;
    PluginInputs inputs = inputs_of(toy, NULL);
    OK(plugin_fit_predict(plugin, &inputs, cvr, ctr, &report, message));
    assert_true(all(cvr, (float)(conversions / clicks)) && all(ctr, NAN));
    plugin_close(plugin);
}

/* Weights that do not saturate are those of ips; some that do are not. */
static void expect_saturating_ips(const char *path, const Toy *toy)
{
    static float mine[TOY_ROWS], ips[TOY_ROWS];
    const double never = 1e6, soon = 2;
    double apart = 0;
    Plugin *plugin = opened(path);
    train(built_in("ips"), NULL, toy, ips);
    train(plugin_estimator(plugin), &never, toy, mine);
    for (int i = 0; i < TOY_ROWS; i++)
        assert_true(fabs((double)mine[i] - (double)ips[i]) < 1e-3);
    train(plugin_estimator(plugin), &soon, toy, mine);
    for (int i = 0; i < TOY_ROWS; i++)
        apart = fmax(apart, fabs((double)mine[i] - (double)ips[i]));
    assert_true(apart > 1e-2);
    plugin_close(plugin);
}

static void the_examples_work(void **state)
{
    shell("cp " CVRLAB_ROOT "/estimators/plugin/examples/*.c $F");
    shell(MAKE "plugin FILE=$F/mean.c CFLAGS='-O2 -Werror'");
    shell(MAKE "plugin FILE=$F/my_ips.c CFLAGS='-O2 -Werror'");
    expect_smoothed_mean(library("mean"), *state);
    expect_saturating_ips(library("my_ips"), *state);
    shell("! " MAKE "plugin FILE=$F/mean.so >$F/said 2>&1 && grep -q 'expected FILE=NAME.c' $F/said");
    shell("! " MAKE "plugin >$F/said 2>&1 && grep -q 'expected FILE=NAME.c' $F/said");
}

/* All that the installed headers declare, whether the program uses it or not. */
static void the_program_exports_what_they_need(void **state)
{
    (void)state;
    program_needed();
    shell("nm -D --defined-only $CVRLAB | sed -n 's/.* cvrlab_//p' | LC_ALL=C sort >$F/exported &&"
          " diff $F/exported " CVRLAB_BUILD "/exported && grep -qx lookahead_slope $F/exported");
}

static void an_installed_cvrlab_compiles_them(void **state)
{
    program_needed();
    shell(MAKE "-o $(realpath $CVRLAB) PREFIX=/usr DESTDIR=$F/root install >$F/said 2>&1 || { cat $F/said; "
               "exit 1; }");
    shell("mkdir $F/moved && mv $F/root/usr $F/moved && cd $F && export "
          "PKG_CONFIG_PATH=moved/usr/share/pkgconfig &&"
          " for name in mean my_ips; do ${CC:-cc} -Wall -Wextra -Wpedantic -Wno-missing-field-initializers "
          "-Werror -shared -fPIC"
          " $(pkg-config --cflags cvrlab) " CVRLAB_ROOT
          "/estimators/plugin/examples/$name.c -o theirs_$name.so || exit 1; done");
    shell(
        "cd $F/moved/usr/include/cvrlab && for header in $(find . -name '*.h'); do echo \"#include "
        "\\\"$header\\\"\" |"
        " ${CC:-cc} -fsyntax-only -Wall -Wextra -Werror -std=gnu2x -D_GNU_SOURCE -I. -xc - || exit 1; done");
    expect_smoothed_mean(library("theirs_mean"), *state);
    expect_saturating_ips(library("theirs_my_ips"), *state);
}

static void wrong_native_estimators_are_refused(void **state)
{
    static const Wrong wrong[] = {
        {"-DMEMBERS='.name=0'", "its name is ''; expected letters, digits and _"},
        {"-DMEMBERS='.name=\"a b\"'", "its name is 'a b'; expected letters, digits and _"},
        {"-DMEMBERS='.cite=0'", "estimator native_probe: expected a line of summary, and one of cite"},
        {"-DMEMBERS='.family=99'", "estimator native_probe: its family is none of enum Family"},
        {"-DMEMBERS='.needs=64'", "estimator native_probe: its needs are not of enum Needs"},
        {"-DMEMBERS='.backbone=\"tower\"'", "estimator native_probe: unknown backbone 'tower'"},
        {"-DMEMBERS='.net={0}'", "estimator native_probe: has no net"},
        {"-DMEMBERS='.net={HEAD(CTR)}'", "has neither a CVR head nor a function that predicts"},
        {"-DMEMBERS='.net={HEAD(CVR),HEAD(CVR)}'", "two nets have the same head"},
        {"-DMEMBERS='.net={HEAD(CVR),HEAD(IMPUTATION)},.crossed=2'",
         "a net is crossed that does not come after one with a CTR head"},
        {"-DMEMBERS='.maps=-1'", "has maps of more hidden layers than there can be"},
        {"-DMEMBERS='.net={HEAD(CVR),1U<<31}'", "a net has heads that are not in enum Head"},
        {"-DMEMBERS='.own={&unfinished}'", "a backbone of its own lacks its name, build or logit"},
        {"-DMEMBERS='.phase={{0}}'", "has no phase with a loss, or too many"},
        {"-DMEMBERS='.phase={{loss},{loss},{loss},{loss},{loss},{loss},{loss}}'",
         "has no phase with a loss, or too many"},
        {"-DMEMBERS='.phase={{loss,.moves=2}}'", "a phase moves a net that is not there"},
        {"-DMEMBERS='.phase={{loss,.stage=2}}'", "a phase is in a stage that is neither 0 nor 1"},
        {"-DMEMBERS='.phase={{loss,.only=\"speed\"}}'", "a phase goes by a constant that is not there"},
        {"-DMEMBERS='.phase={{loss,.rate=\"speed\"}}'", "a phase goes by a constant that is not there"},
        {"-DMEMBERS='.phase={{loss,.lookahead=&no_risk}}'", "a look-ahead lacks its step, its risk"},
        {"-DMEMBERS='.teacher=\"speed\"'", "its descriptor names a constant that is not there"},
        {"-DMEMBERS='.double_learning=\"rate\"'", "double learning wants two nets"},
        {"-DMEMBERS='.constant=(const Constant[]){{\"rate\",2,0,1,\"m\"},{0}}'",
         "option 'rate': its default 2 is outside of its range from 0 to 1"},
    };
    (void)state;
    refused("native_probe.c", wrong, LENGTH(wrong));
    compile("native", "native_probe.c", "");
    plugin_close(opened(library("native")));
}

static void other_headers_are_refused(void **state)
{
    (void)state;
    shell("mkdir -p $F/stale && echo '#define CVRLAB_HEADERS \"0.0.9 (headers 0123456789abcdef)\"' "
          ">$F/stale/cvrlab_stamp.h");
    compile("stale", "native_probe.c", "-I$F/stale");
    cannot_open(library("stale"), STATUS_USAGE,
                "compiled against cvrlab 0.0.9 (headers 0123456789abcdef), this is cvrlab ");
    cannot_open(library("stale"), STATUS_USAGE, "): compile it again");
    program_write(&program, "bare.c",
                  "#include \"estimators/nn/ops.h\"\nVar cvrlab_estimator(Var x);\n"
                  "Var cvrlab_estimator(Var x)\n{\n    return square(x);\n}\n");
    shell(COMPILE " $F/bare.c -o $F/bare.so");
    cannot_open(library("bare"), STATUS_USAGE, "undefined symbol: square (a native estimator includes");
    program_write(
        &program, "both.c",
        "#include \"cvrlab_plugin.h\"\nextern const void *const cvrlab_estimator[2];\n"
        "const void *const cvrlab_estimator[2];\n"
        "const CvrlabPlugin *cvrlab_plugin(uint32_t abi)\n{\n    (void)abi;\n    return NULL;\n}\n");
    shell(COMPILE " $F/both.c -o $F/both.so");
    cannot_open(library("both"), STATUS_USAGE,
                "has both cvrlab_plugin() and CVRLAB_ESTIMATOR(); expected one");
}

/* The interface needs nothing of ours and is C99 and C++11; a plug-in in C++ works. */
static void the_interface_is_plain(void **state)
{
    (void)state;
    shell("for standard in c99 c11 gnu2x; do ${CC:-cc} -std=$standard -Wall -Wextra -Wpedantic -Werror "
          "-fsyntax-only -xc " CVRLAB_ROOT "/estimators/plugin/cvrlab_plugin.h || exit 1; done");
    if (system("command -v c++ >/dev/null") != 0) { /* NOLINT: a command of our own */
        print_message("there is no C++ compiler: skipped\n");
        skip();
    }
    shell("for standard in c++11 c++17; do c++ -std=$standard -Wall -Wextra -Wpedantic -Werror -fsyntax-only "
          "-xc++ " CVRLAB_ROOT "/estimators/plugin/cvrlab_plugin.h || exit 1; done");
    program_write(
        &program, "plus.cc",
        "#include \"cvrlab_plugin.h\"\n"
        "static int fit(void **, const CvrlabLog *, const CvrlabLog *, const CvrlabHost *, char *, size_t)\n"
        "{\n    return CVRLAB_DONE;\n}\n"
        "static int predict(void *, const CvrlabRows *x, float *cvr, float *, char *, size_t)\n"
        "{\n    for (uint64_t i = 0; i < x->rows; i++)\n        cvr[i] = 0.125F;\n    return "
        "CVRLAB_DONE;\n}\n"
        "const CvrlabPlugin *cvrlab_plugin(uint32_t)\n{\n"
        "    static const CvrlabPlugin plus = {sizeof plus, CVRLAB_PLUGIN_ABI, \"plus\", \"1\", \"\", \"\", "
        "0, 0,\n"
        "                                      nullptr, fit, predict, nullptr};\n    return &plus;\n}\n");
    shell("c++ -std=c++11 -Wall -Wextra -Wpedantic -Werror -shared -fPIC -I" CVRLAB_ROOT
          "/estimators/plugin $F/plus.cc -o $F/plus.so");
    Outcome outcome;
    Plugin *plugin = opened(library("plus"));
    const PluginInputs inputs = inputs_of(*state, NULL);
    OK(plugin_fit_predict(plugin, &inputs, outcome.cvr, outcome.ctr, &outcome.report, message));
    assert_true(all(outcome.cvr, 0.125F));
    plugin_close(plugin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_paths_and_libraries_are_opened),
        cmocka_unit_test(wrong_descriptors_are_refused),
        cmocka_unit_test(it_says_what_it_is),
        cmocka_unit_test(it_sees_the_data_and_predicts),
        cmocka_unit_test(failures_say_who_and_why),
        cmocka_unit_test(divergence_and_skips_are_no_failures),
        cmocka_unit_test(the_float_state_stays),
        cmocka_unit_test(serial_ones_wait),
        cmocka_unit_test(a_copy_of_ips_gives_the_numbers_of_ips),
        cmocka_unit_test(the_examples_work),
        cmocka_unit_test(the_program_exports_what_they_need),
        cmocka_unit_test(an_installed_cvrlab_compiles_them),
        cmocka_unit_test(wrong_native_estimators_are_refused),
        cmocka_unit_test(other_headers_are_refused),
        cmocka_unit_test(the_interface_is_plain),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
