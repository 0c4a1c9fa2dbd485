/* Claims of everywhere: their language, their verdicts against those of claims that name each setting, the
 * words for them, and their tables. */
#include "experiments/spec/spec_check.h"
#include "experiments/spec/spec_read.h"
#include "experiments/spec/spec_write.h"
#include "plots/figures.h"
#include "results/claims/verdict_words.h"
#include "results/summary/summary.h"
#include "results/tables/table.h"

#include "tests/support/store_fixture.h"

static char *folder;
static Store *store;

static int setup(void **state)
{
    (void)state;
    char path[128];
    folder = temporary_folder();
    snprintf(path, sizeof path, "%s/a.db", folder);
    OK(store_open(&store, path, STORE_WRITE, message));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_close(store);
    remove_folder(folder);
    return 0;
}

static void parses(void **state)
{
    (void)state;
    Claim c;
    char with[CLAIM_MARGIN_TEXT];
    OK(claim_parse("ips auc > naive auc everywhere", &c, message));
    assert_true(c.everywhere);
    assert_string_equal(c.left.at, "");
    assert_string_equal(c.right.estimator, "naive");
    OK(claim_parse("ips auc > naive auc at a=1 b=2 everywhere ", &c, message));
    assert_true(c.everywhere);
    assert_string_equal(c.left.at, "a=1 b=2");
    assert_string_equal(c.right.at, "a=1 b=2");
    OK(claim_parse("ips auc at a=1 > naive auc at a=1 everywhere", &c, message));
    assert_true(c.everywhere);
    OK(claim_parse("ips auc > 0.5 everywhere", &c, message));
    assert_true(c.everywhere && c.is_number);
    OK(claim_parse("ips auc > naive auc", &c, message));
    assert_false(c.everywhere);
    static const char *const margin[][2] = {
        {"ips auc = naive auc everywhere", "ips auc = naive auc within 0.005 everywhere"},
        {"ips bias = 0 at a=1 everywhere", "ips bias = 0 at a=1 within 5 % everywhere"},
        {"ips auc = naive auc within 0.01 everywhere", "ips auc = naive auc within 0.01 everywhere"},
        {"ips auc > naive auc everywhere", "ips auc > naive auc everywhere"}};
    for (size_t i = 0; i < sizeof margin / sizeof *margin; i++) {
        Claim again;
        OK(claim_parse(margin[i][0], &c, message));
        claim_with_margin(margin[i][0], &c, with);
        assert_string_equal(with, margin[i][1]);
        OK(claim_parse(with, &again, message));
        assert_true(again.everywhere && again.margin.size == c.margin.size &&
                    again.margin.unit == c.margin.unit);
    }
}

static void refuses_other_texts(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"everywhere", "no relation"},
        {"ips auc > everywhere", "no relation"},
        {"ips auc everywhere > naive auc", "found 'everywhere' after 'ips auc'"},
        {"ips auc > naive auc everywhere at a=1", "found 'everywhere' after 'naive auc'"},
        {"ips auc > 0.5 everywhere everywhere", "found 'everywhere' after a number"},
        {"ips auc > naive auc evrywhere", "or 'everywhere' at the end of the claim"},
        {"ips auc at a=1 > naive auc at a=2 everywhere", "found 'at a=1' and 'at a=2'; expected one 'at'"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        Claim c;
        Message said = {""};
        assert_int_equal(claim_parse(wrong[i][0], &c, &said), STATUS_USAGE);
        if (!strstr(said.text, wrong[i][1]))
            fail_msg("'%s': %s", wrong[i][0], said.text);
    }
}

static Status read_spec(Spec *spec, const char *keys, Message *said)
{
    char path[128];
    snprintf(path, sizeof path, "%s/claims.yaml", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "name: c\nestimators: [naive, ips]\n%s", keys);
    assert_int_equal(fclose(file), 0);
    Status status = spec_read(spec, NULL, path, said);
    return status ? status : spec_check(spec, said);
}

#define GRID "sweep:\n  world.ctr: [0.1, 0.2]\n  world.cvr: [0.1, 0.2]\nclaims:\n- "

static void files_hold_them(void **state)
{
    (void)state;
    static Spec spec, again;
    static const char *const right[] = {
        GRID "ips auc > naive auc everywhere", GRID "ips auc > naive auc at world.ctr=0.1 everywhere",
        GRID "{says: x, that: ips bias = 0 everywhere}", "claims: [ips auc > naive auc everywhere]"};
    static const char *const wrong[][2] = {
        {GRID "ips auc > naive auc at world.ctr=0.3 everywhere",
         "fits no setting; expected one of: world.ctr=0.1"},
        {GRID "ips auc > naive auc at world.crt=0.1 everywhere", "did you mean 'world.ctr'?"},
        {GRID "ips log_loss = naive log_loss everywhere", "a claim of = needs a margin"},
        {GRID "ips auc > naive auc at world.ctr=0.1", "or 'everywhere' at the end of the claim"},
        {"claims: [ips auc > naive auc at world.ctr=0.1 everywhere]", "expected no 'at'"}};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        char path[128];
        OK(read_spec(&spec, right[i], message));
        snprintf(path, sizeof path, "%s/again.yaml", folder);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        spec_write(&spec, file);
        assert_int_equal(fclose(file), 0);
        OK(spec_read(&again, NULL, path, message));
        assert_memory_equal(&spec, &again, sizeof spec);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        Message said = {""};
        assert_int_equal(read_spec(&spec, wrong[i][0], &said), STATUS_USAGE);
        if (!strstr(said.text, wrong[i][1]))
            fail_msg("'%s': %s", wrong[i][0], said.text);
    }
}

static void same(double a, double b)
{
    if (!(a == b || (isnan(a) && isnan(b))))
        fail_msg("%.17g is not %.17g", a, b);
}

/* Every number and verdict in a setting is that of the claim `at` it. */
static void each_setting_is_as_if_named(void **state)
{
    (void)state;
    static const char *const text[] = {"naive auc > 0.7",
                                       "naive auc < 0.7",
                                       "naive bias = 0",
                                       "ips bias < dr_jl bias",
                                       "ips mse = naive mse",
                                       "ips abs_bias < dr_jl abs_bias",
                                       "ips variance > naive variance",
                                       "naive ndcg > 0"};
    fixture_fill(store);
    StoreResults all;
    OK(results_read(&all, store, message));
    const ExperimentResults *results = &all.experiment[0];
    assert_int_equal(results->settings, 2);
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        char claim_text[CLAIM_TEXT];
        Claim claim;
        VerdictMap map;
        Evidence together;
        int count[VERDICTS] = {0};
        snprintf(claim_text, sizeof claim_text, "%s everywhere", text[i]);
        OK(claim_parse(claim_text, &claim, message));
        OK(verdict_map_read(&map, results, &claim, message));
        assert_int_equal(map.settings, 2);
        for (int s = 0; s < 2; s++) {
            Evidence one;
            const Evidence *here = &map.setting[s].evidence;
            snprintf(claim_text, sizeof claim_text, "%s at world.ctr=%s", text[i], s ? "0.2" : "0.1");
            Claim named;
            OK(claim_parse(claim_text, &named, message));
            OK(claim_evaluate(results, &named, &one, message));
            same(here->left, one.left);
            same(here->left_mcse, one.left_mcse);
            same(here->right, one.right);
            same(here->right_mcse, one.right_mcse);
            same(here->difference, one.difference);
            same(here->low, one.low);
            same(here->high, one.high);
            assert_int_equal(here->verdict, one.verdict);
            assert_true(map.setting[s].asked);
            count[one.verdict]++;
        }
        assert_memory_equal(map.count, count, sizeof count);
        OK(claim_evaluate(results, &claim, &together, message));
        assert_int_equal(together.verdict, map.verdict);
        same(together.difference, NAN);
        verdict_map_clear(&map);
    }
    results_clear(&all);
}

/* Settings of a store that has auc alone, by estimators a and b: b's is above a's by `gap`, give or take
 * 0.01. */
typedef struct GapSetting {
    const char *text;
    KeyValue key[3];
    double gap;
} GapSetting;

static void fill_gaps(const GapSetting *setting, int settings, int keys, const char *const *claim, int claims)
{
    static const MethodRow method[] = {{.name = "a"}, {.name = "b"}};
    ClaimRow row[8];
    ExperimentRow experiment = fixture_experiment();
    for (int c = 0; c < claims; c++)
        row[c] = (ClaimRow){"", claim[c]};
    experiment.method = method;
    experiment.methods = 2;
    experiment.baseline = "a";
    experiment.claim = row;
    experiment.claims = claims;
    experiment.shown = "auc";
    OK(store_experiment(store, &experiment, message));
    for (int s = 0; s < settings; s++) {
        OK(store_setting(store, &(SettingRow){"compare", setting[s].text, s, setting[s].key, keys, NULL},
                         message));
        for (int i = 0; i < 2 * REPLICATES; i++) {
            const int replicate = i / 2;
            const double noise = 0.01 * (replicate % 2 ? 1 : -1);
            const MetricRow metric = {"D", "cvr", "auc", 0.7 + (i % 2 ? setting[s].gap + noise : 0), NULL};
            const RunRow run = {.experiment = "compare",
                                .setting = setting[s].text,
                                .estimator = i % 2 ? "b" : "a",
                                .replicate = replicate,
                                .status = "done",
                                .metric = &metric,
                                .metrics = 1};
            OK(store_run(store, &run, message));
        }
    }
}

#define AT(x, y, z) .text = "x=" x " y=" y " z=" z, .key = {{"x", x}, {"y", y}, {"z", z}}

/* z changes together with y. */
static const GapSetting star[] = {{AT("20", "1", "1"), 0.1},
                                  {AT("3", "1", "1"), 0},
                                  {AT("100", "1", "1"), 0.1},
                                  {AT("20", "0.5", "2"), -0.1},
                                  {AT("20", "2", "3"), 0.2}};
static const GapSetting flat[] = {{AT("20", "1", "1"), 0.1},
                                  {AT("3", "1", "1"), 0},
                                  {AT("20", "0.5", "2"), 0.1},
                                  {AT("20", "2", "3"), 0.2}};
static const GapSetting grid[] = {
    {AT("1", "p", "1"), 0.1}, {AT("1", "q", "1"), -0.1}, {AT("2", "p", "1"), 0.1}, {AT("2", "q", "1"), 0}};

/* Where the claim has the verdict, in the store at hand. */
static void places_are(const char *that, Verdict verdict, const char *expected)
{
    StoreResults all;
    Claim claim;
    VerdictMap map;
    SettingAxes axes;
    char text[PLACES_TEXT];
    OK(results_read(&all, store, message));
    OK(claim_parse(that, &claim, message));
    OK(verdict_map_read(&map, &all.experiment[0], &claim, message));
    OK(setting_axes_make(&axes, &all.experiment[0], message));
    verdict_map_places(&map, &axes, verdict, text);
    assert_string_equal(text, expected);
    setting_axes_clear(&axes);
    verdict_map_clear(&map);
    results_clear(&all);
}

static void settings_are_named(void **state)
{
    (void)state;
    fill_gaps(star, 5, 3, NULL, 0);
    places_are("b auc > a auc everywhere", VERDICT_HOLDS, "everywhere but at x=3; y=0.5");
    places_are("b auc > a auc everywhere", VERDICT_FAILS, "y=0.5");
    places_are("b auc > a auc everywhere", VERDICT_WITHIN_ERROR, "x=3");
    places_are("b auc > a auc everywhere", VERDICT_UNKNOWN, "");
    places_are("b auc > a auc at y=1 everywhere", VERDICT_HOLDS, "everywhere but at x=3");
    places_are("b auc < 2 everywhere", VERDICT_HOLDS, "everywhere");
}

/* The two texts of the one claim of the store. */
static void words(const char *that, char text[VERDICT_TEXT], char where[512])
{
    StoreResults all;
    Claim claim;
    VerdictMap map;
    SettingAxes axes;
    OK(results_read(&all, store, message));
    OK(claim_parse(that, &claim, message));
    OK(verdict_map_read(&map, &all.experiment[0], &claim, message));
    OK(setting_axes_make(&axes, &all.experiment[0], message));
    verdict_map_text(&map, text);
    memset(where, 0, 512);
    FILE *file = fmemopen(where, 512, "w");
    assert_non_null(file);
    verdict_map_where(&map, &axes, file);
    assert_int_equal(fclose(file), 0);
    setting_axes_clear(&axes);
    verdict_map_clear(&map);
    results_clear(&all);
}

static void stars_are_told_key_by_key(void **state)
{
    (void)state;
    char text[VERDICT_TEXT], where[512];
    fill_gaps(star, 5, 3, NULL, 0);
    words("b auc > a auc everywhere", text, where);
    assert_string_equal(text, "holds in 3 of 5 settings, not in 1");
    assert_string_equal(where, "by x holds at 20 and 100, within error at 3; "
                               "by y holds at 1 and 2, does not hold at 0.5");
    words("b auc > a auc at y=1 everywhere", text, where);
    assert_string_equal(text, "holds in 2 of 3 settings");
    assert_string_equal(where, "by x holds at 20 and 100, within error at 3");
    words("b auc < 2 everywhere", text, where);
    assert_string_equal(text, "holds in all 5 settings");
    assert_string_equal(where, "");
    words("b auc > 2 everywhere", text, where);
    assert_string_equal(text, "does not hold in any of 5 settings");
    words("b ndcg > 0 everywhere", text, where);
    assert_string_equal(text, "not known in any of 5 settings");
    /* No error in a's auc, so that it holds where y is 0.5 alone. */
    words("b auc < a auc everywhere", text, where);
    assert_string_equal(text, "holds in 1 of 5 settings, not in 3");
    assert_string_equal(where, "by x within error at 3, does not hold at 20 and 100; "
                               "by y holds at 0.5, does not hold at 1 and 2");
}

static void keys_without_a_difference_come_last(void **state)
{
    (void)state;
    char text[VERDICT_TEXT], where[512];
    fill_gaps(flat, 4, 3, NULL, 0);
    words("b auc > a auc everywhere", text, where);
    assert_string_equal(text, "holds in 3 of 4 settings");
    assert_string_equal(where, "by x holds at 20, within error at 3; holds at every value of y");
}

static void grids_are_told_by_share(void **state)
{
    (void)state;
    char text[VERDICT_TEXT], where[512];
    fill_gaps(grid, 4, 3, NULL, 0);
    words("b auc > a auc everywhere", text, where);
    assert_string_equal(text, "holds in 2 of 4 settings, not in 1");
    assert_string_equal(where, "by x holds at 1 in 1 of 2 (not in 1) and 2 in 1 of 2; "
                               "by y holds at p and q in 0 of 2 (not in 1)");
    words("b auc > a auc at y=p everywhere", text, where);
    assert_string_equal(text, "holds in all 2 settings");
}

static void settings_have_labels(void **state)
{
    (void)state;
    static const char *const label[] = {"(centre)", "x=3", "x=100", "y=0.5", "y=2"};
    StoreResults all;
    SettingAxes axes;
    fill_gaps(star, 5, 3, NULL, 0);
    OK(results_read(&all, store, message));
    OK(setting_axes_make(&axes, &all.experiment[0], message));
    assert_int_equal(axes.axes, 2);
    assert_int_equal(axes.centre, 0);
    assert_string_equal(axes.axis[0].value[0], "3");
    for (int s = 0; s < 5; s++) {
        char text[SETTING_LABEL];
        setting_axes_label(&axes, s, text);
        assert_string_equal(text, label[s]);
        assert_int_equal(setting_axes_changed(&axes, s), s == 0 ? -1 : s < 3 ? 0 : 1);
    }
    setting_axes_clear(&axes);
    results_clear(&all);
}

static char *print_table(const GridFormat *format, unsigned parts)
{
    char *text = NULL;
    size_t size = 0;
    StoreResults results;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    OK(results_read(&results, store, message));
    OK(table_print(&results, &(TableOptions){.format = format, .parts = parts}, file, message));
    results_clear(&results);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in: %s", part, text);
}

static const char *const two[] = {"b auc > a auc everywhere", "b auc > a auc at x=20 y=1 z=1",
                                  "b auc < a auc at y=1 everywhere"};

static void tables_show_them(void **state)
{
    (void)state;
    fill_gaps(star, 5, 3, two, 3);
    char *text = print_table(&grid_text, TABLE_CLAIMS);
    has(text, "\nholds in 3 of 5 settings, not in 1 ");
    has(text, "\nholds                              ");
    has(text, "\nholds in 0 of 3 settings, not in 2 ");
    has(text,
        "Of 9 verdicts of < or > (a claim of everywhere has one in each setting) decided at 95 %, chance "
        "alone would let about 0.23 hold");
    has(text, " b auc > a auc everywhere: by x holds at 20 and 100, within error at 3; by y ");
    free(text);
    text = print_table(&grid_csv, TABLE_CLAIMS);
    has(text, "difference_high,settings,holds,within_error,does_not_hold,not_known,holds_at,does_not_hold_at,"
              "says,that\ncompare,,does not hold,,,,,,,,5,3,1,1,0,everywhere but at x=3; y=0.5,y=0.5,"
              "b auc > a auc everywhere,");
    has(text, "\ncompare,,holds,");
    has(text, ",1,1,0,0,0,,,b auc > a auc at x=20 y=1 z=1,");
    has(text, ",3,0,1,2,0,,everywhere but at x=3,b auc < a auc at y=1 everywhere,");
    free(text);
    text = print_table(&grid_json, TABLE_CLAIMS);
    has(text, "\"verdict\": \"does not hold\", \"left\": null");
    has(text, "\"settings\": 5, \"holds\": 3, \"within_error\": 1, \"does_not_hold\": 1, \"not_known\": 0");
    free(text);
    text = print_table(&grid_html, TABLE_CLAIMS);
    has(text, "<td class=\"verdict partly settings\">holds in 3 of 5 settings, not in 1");
    has(text, "<td class=\"verdict holds\">holds<");
    free(text);
}

static void verdicts_have_a_table(void **state)
{
    (void)state;
    fill_gaps(star, 5, 3, two, 3);
    char *text = print_table(&grid_text, TABLE_VERDICTS);
    has(text,
        "Verdicts by setting\n"
        "setting   1              2\n"
        "(centre)  holds          does not hold\n"
        "x=3       within error   within error\n"
        "x=100     holds          does not hold\n"
        "y=0.5     does not hold  -\n"
        "y=2       holds          -\n"
        "Claim 1: b auc > a auc everywhere; 2: b auc < a auc at y=1 everywhere. Each setting changes one "
        "thing of the centre, x=20 y=1 z=1. z changes with y.\n");
    free(text);
    text = print_table(&grid_csv, TABLE_VERDICTS);
    has(text, "experiment,setting,claim,verdict,left,left_mcse,right,right_mcse,difference,difference_low,"
              "difference_high,says,that\ncompare,x=20 y=1 z=1,1,holds,");
    has(text, "\ncompare,x=20 y=0.5 z=2,1,does not hold,");
    assert_null(strstr(text, "\ncompare,x=20 y=0.5 z=2,2,"));
    int lines = 0;
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 1 + 5 + 3);
    free(text);
    text = print_table(&grid_json, TABLE_VERDICTS);
    has(text,
        "{\"table\": \"verdicts\", \"experiment\": \"compare\", \"setting\": \"x=3 y=1 z=1\", \"claim\": 1, "
        "\"verdict\": \"within error\"");
    free(text);
}

/* Without a sweep there is the one setting, and a verdict as of any claim. */
static void a_store_without_a_sweep_has_them(void **state)
{
    (void)state;
    static const GapSetting one[] = {{.text = "", .gap = 0.1}};
    fill_gaps(one, 1, 0, two, 1);
    char *text = print_table(&grid_text, TABLE_CLAIMS);
    has(text, "\nholds ");
    assert_null(strstr(text, "settings,"));
    free(text);
    text = print_table(&grid_text, TABLE_VERDICTS);
    has(text, "setting  1\n(all)    holds\n");
    free(text);
    /* What is not asked for by name shows nothing that the claims do not. */
    text = print_table(&grid_text, 0);
    assert_null(strstr(text, "Verdicts by setting"));
    free(text);
}

/* Seven settings of the 27 of their grid: they are tables each, and only verdicts a figure by default. */
static void a_star_is_no_grid(void **state)
{
    (void)state;
    static const GapSetting wide[] = {{AT("1", "1", "1"), 0}, {AT("2", "1", "1"), 0}, {AT("3", "1", "1"), 0},
                                      {AT("1", "2", "1"), 0}, {AT("1", "3", "1"), 0}, {AT("1", "1", "2"), 0},
                                      {AT("1", "1", "3"), 0}};
    fill_gaps(wide, 7, 3, two, 1);
    char *text = print_table(&grid_text, TABLE_MAIN);
    has(text, "\nx=2 y=1 z=1\nestimator ");
    free(text);
    StoreResults results;
    Selection selection;
    OK(results_read(&results, store, message));
    OK(selection_make(&selection, &results, &(Filter){.experiment = NULL}, message));
    for (const FigureKind *kind = figure_table; kind->name; kind++)
        assert_int_equal(figure_suits(kind, &selection.experiment[0]), kind->of_claims);
    selection_clear(&selection);
    results_clear(&results);
}

static void a_grid_with_a_gap_is_one(void **state)
{
    (void)state;
    fill_gaps(grid, 3, 3, NULL, 0);
    char *text = print_table(&grid_text, TABLE_MAIN);
    has(text, "AUC by y, z=1");
    free(text);
}

/* Stores without such claims print as before. */
static void other_claims_have_no_map(void **state)
{
    (void)state;
    fill_gaps(star, 5, 3, two + 1, 1);
    char *text = print_table(&grid_csv, TABLE_CLAIMS);
    has(text, "difference_high,says,that\n");
    free(text);
    text = print_table(&grid_text, TABLE_VERDICTS);
    assert_string_equal(text, "");
    free(text);
    text = print_table(&grid_csv, TABLE_VERDICTS);
    assert_string_equal(text, "");
    free(text);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses),
        cmocka_unit_test(refuses_other_texts),
        cmocka_unit_test_setup_teardown(files_hold_them, setup, teardown),
        cmocka_unit_test_setup_teardown(each_setting_is_as_if_named, setup, teardown),
        cmocka_unit_test_setup_teardown(stars_are_told_key_by_key, setup, teardown),
        cmocka_unit_test_setup_teardown(settings_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_without_a_difference_come_last, setup, teardown),
        cmocka_unit_test_setup_teardown(grids_are_told_by_share, setup, teardown),
        cmocka_unit_test_setup_teardown(settings_have_labels, setup, teardown),
        cmocka_unit_test_setup_teardown(tables_show_them, setup, teardown),
        cmocka_unit_test_setup_teardown(verdicts_have_a_table, setup, teardown),
        cmocka_unit_test_setup_teardown(a_store_without_a_sweep_has_them, setup, teardown),
        cmocka_unit_test_setup_teardown(a_star_is_no_grid, setup, teardown),
        cmocka_unit_test_setup_teardown(a_grid_with_a_gap_is_one, setup, teardown),
        cmocka_unit_test_setup_teardown(other_claims_have_no_map, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
