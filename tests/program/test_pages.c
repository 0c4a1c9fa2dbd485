/* What the pages of experiments are written with: a key of an experiment file, parts of tables, figures
 * beside published ones; and the scripts that write them. */
#include "tests/support/program.h"
#include "tests/support/refusal.h"

static Program program;

static int setup(void **state)
{
    (void)state;
    refusal_create(&program);
    program_write(&program, "paged.yaml",
                  "# Who and others, CONFERENCE 2020. Setting: small.\n"
                  "# Figure: cvrlab plot --figure bias_variance\n"
                  "name: paged\nquestion: Which?\nreplicates: 3\nlog.size: 500\ntest.size: 50\n"
                  "world: {users: 20, items: 10, latent: 2, context: 1}\nmodel: {embedding: 2, layers: [4]}\n"
                  "train: {epochs: 1, batch: 128}\nestimators: [naive, ips]\n"
                  "risk: {estimators: [ips], predictors: [truth], size: 200, redraws: 20}\n"
                  "claims:\n  - {says: 'Predictions are rates, all of them', that: naive mse < 1}\n"
                  "  - {says: Nothing is perfect, that: naive mse > 1}\n");
    if (getenv("CVRLAB"))
        program_succeeds(&program, "run $F/paged.yaml --db $F/paged.db");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

static void has(const char *expected)
{
    if (!strstr(program.output, expected))
        fail_msg("expected '%s' in '%s'", expected, program.output);
}

static void lacks(const char *unexpected)
{
    if (strstr(program.output, unexpected))
        fail_msg("found '%s' in '%s'", unexpected, program.output);
}

static void a_key_of_a_file(void **state)
{
    (void)state;
    program_needed();
    static const char *const values[][2] = {{"question", "Which?\n"},
                                            {"data.source", "simulated\n"},
                                            {"world.users", "20\n"},
                                            {"model.layers", "[4]\n"}};
    for (size_t i = 0; i < LENGTH(values); i++) {
        char arguments[128];
        snprintf(arguments, sizeof arguments, "spec $F/paged.yaml %s", values[i][0]);
        program_succeeds(&program, arguments);
        assert_string_equal(program.output, values[i][1]);
    }
    /* The whole of it is a file that says the same. */
    program_succeeds(&program, "spec $F/paged.yaml");
    has("\nworld.users: 20\n");
    shell("$CVRLAB spec $F/paged.yaml > $F/again.yaml && $CVRLAB spec $F/again.yaml | cmp - $F/again.yaml");
}

static void parts_make_up_the_whole(void **state)
{
    (void)state;
    program_needed();
    program_succeeds(&program, "table $F/paged.db --part claims --format csv");
    assert_memory_equal(program.output, "experiment,setting,verdict,", strlen("experiment,setting,verdict,"));
    has("\npaged,,holds,");
    has("\npaged,,does not hold,");
    lacks("mean_bias");
    program_succeeds(&program, "table $F/paged.db --part differences --format csv");
    has("experiment,setting,estimator,mse_difference,");
    has("\npaged,,ips,");
    program_succeeds(&program, "table $F/paged.db --part main,risk --format markdown");
    has("| estimator | mean bias |");
    has("Estimates of the ideal loss");
    lacks("Paired difference");
    lacks("Claims");
    lacks("**paged**");
    shell("{ printf 'paged: Which?\\n\\n'; $CVRLAB table $F/paged.db --part main,differences,risk,claims; } "
          ">$F/parts && $CVRLAB table $F/paged.db | cmp - $F/parts");
}

static void published_figures_stand_beside_ours(void **state)
{
    (void)state;
    program_needed();
    program_write(&program, "paged.tsv",
                  "estimator\tpublished as\tauc\tmse\nips\tIPW\t.7 ± .1\t.2\nnaive\tBASE\t.6\t.3\n");
    program_succeeds(&program, "table $F/paged.db --published $F/paged.tsv --format markdown");
    has("| published as | estimator here | AUC (D), published | ours | mse (1e-4), published | ours |\n");
    has("\n| IPW | ips | .7 ± .1 | ");
    const char *first = strstr(program.output, "| IPW |"),
               *second = strstr(program.output, "| BASE | naive | .6 |");
    assert_true(first && second && first < second);
}

static void wrong_use_is_refused(void **state)
{
    (void)state;
    program_needed();
    program_write(&program, "short.tsv", "estimator\tpublished as\n");
    program_write(&program, "unknown.tsv", "estimator\tpublished as\tacu\n");
    program_write(&program, "nobody.tsv", "estimator\tpublished as\tauc\nnaiv\tBASE\t.5\n");
    program_write(&program, "fields.tsv", "estimator\tpublished as\tauc\nnaive\tBASE\n");
    program_write(&program, "twice.tsv", "estimator\tpublished as\tauc\nnaive\tA\t.5\nnaive\tB\t.5\n");
    program_write(&program, "empty.tsv", "");
    static const Case cases[] = {
        {"table $F/paged.db --part clams", 2, {"unknown part 'clams'; did you mean 'claims'?"}},
        {"table $F/paged.db --part x,main",
         2,
         {"unknown part 'x'; expected main, differences, ranks, relative, gamma, risk, claims or verdicts"}},
        {"table $F/paged.db --published $F/none.tsv", 1, {"none.tsv: No such file"}},
        {"table $F/paged.db --published $F/empty.tsv", 2, {"empty.tsv: is an empty file"}},
        {"table $F/paged.db --published $F/short.tsv", 2, {"short.tsv:1: expected estimator"}},
        {"table $F/paged.db --published $F/unknown.tsv", 2, {"unknown.tsv:1: unknown metric 'acu'"}},
        {"table $F/paged.db --published $F/nobody.tsv",
         2,
         {"nobody.tsv:2: unknown estimator 'naiv'; did you mean 'naive'?"}},
        {"table $F/paged.db --published $F/fields.tsv", 2, {"fields.tsv:2: found 2 fields; expected 3"}},
        {"table $F/paged.db --published $F/twice.tsv", 2, {"twice.tsv:3: 'naive' has a line already"}},
        {"spec $F/paged.yaml world.user", 2, {"did you mean 'world.users'?"}},
        {"spec $F/none.yaml", 1, {"none.yaml"}},
    };
    refuses_arguments(&program, cases, LENGTH(cases));
}

static void scripts_write_pages(void **state)
{
    (void)state;
    program_needed();
    shell(
        "mkdir -p $F/tree/experiments/papers $F/tree/plots/example $F/stores && cp $F/paged.db $F/stores &&"
        " cp -r " CVRLAB_ROOT "/experiments/pages $F/tree/experiments &&"
        " cp $F/paged.yaml $F/tree/experiments && cp $F/paged.tsv $F/tree/experiments/papers &&"
        " printf '# A paper\\n\\nIt says.\\n\\n<!-- published -->\\n\\nHere:\\n\\n<!-- claims -->\\n' >"
        " $F/tree/experiments/papers/paged.md && mkdir $F/tree/experiments/papers/maps "
        "$F/tree/experiments/papers/size &&"
        " sed -e 's/name: paged/name: paged_map/' -e 's/ mse . 1/& everywhere/' -e '$a sweep: {world.ctr: "
        "[0.1, "
        "0.3]}' -e '/Figure/d' $F/paged.yaml >$F/tree/experiments/papers/maps/paged_map.yaml &&"
        " cp $F/paged.yaml $F/tree/experiments/papers/size &&"
        " $CVRLAB table $F/paged.db --part claims --format csv "
        ">$F/tree/experiments/papers/size/paged_claims.csv &&"
        " $CVRLAB table $F/paged.db --part main --long --format csv "
        ">$F/tree/experiments/papers/size/paged.csv &&"
        " printf 'experiment,units,seconds,hours\npaged,40,12.3,1.54\n' "
        ">$F/tree/experiments/papers/size/plan.csv &&"
        " sed -e 's/name: paged/name: rated/' -e '$a data.source: coat' $F/paged.yaml >"
        " $F/tree/experiments/rated.yaml &&"
        " env -u CVRLAB_DATA sh $F/tree/experiments/pages/shipped.sh $CVRLAB $F/stores 2>$F/said &&"
        " env -u CVRLAB_DATA sh $F/tree/experiments/pages/papers.sh $CVRLAB $F/stores 2>>$F/said && test -s "
        "$F/tree/plots/example/paged-bias_variance.svg && test -s "
        "$F/tree/experiments/papers/size/paged_claims.csv");
    program_slurp(&program, "tree/experiments/README.md", program.output);
    has("\n| [paged](#paged) | Which? | 1 | 0 | 1 |\n| [rated](#rated) | Which? | - | - | - |\n\n## "
        "paged\n\nWhich?\n\n"
        "    cvrlab run experiments/paged.yaml\n    cvrlab table results/paged.db\n"
        "    cvrlab plot results/paged.db --figure bias_variance\n\n"
        "![Which?](../plots/example/paged-bias_variance.svg)\n\n| claim | verdict |");
    has("Of the 2 verdicts on claims of `<` or `>` here, each at 95 %");
    has("</sub> | holds | ");
    has("<details><summary>Bias, variance and error of each estimator</summary>\n\n| estimator | mean bias "
        "|");
    has("Estimates of the ideal loss");
    lacks("Paired difference");
    has("    cvrlab run experiments/rated.yaml --data FOLDER\n");
    has("Not run here");
    program_slurp(&program, "tree/experiments/PAPERS.md", program.output);
    has("\n| [A paper](#a-paper) | simulated | 1 | 0 | 1 |\n\n## A paper\n\nWho and others, CONFERENCE 2020. "
        "Setting: "
        "small.\n\nIt says.\n\n| published as | estimator here |");
    has("\n\nHere:\n\nWhich?\n\n    cvrlab run experiments/paged.yaml\n");
    has("\n| [A paper](#a-paper) | Predictions are rates, all of them | everywhere | nowhere |\n"
        "| [A paper](#a-paper) | Nothing is perfect | nowhere | everywhere |\n");
    has("\n**Where they hold.** Which?\n\n    cvrlab run experiments/papers/maps/paged_map.yaml\n");
    has("\n| [paged](papers/size/paged.yaml) | 40 | 12 | 1.5 |\n");
    has("| Predictions are rates, all of them<br><sub>naive mse < 1</sub> | holds | ");
    has("| criterion | estimator | worlds |");
    lacks("<!--");
}

/* Links between pages and to headings, as a code host resolves them. */
static void links_lead_somewhere(void **state)
{
    (void)state;
    shell("cd " CVRLAB_ROOT " && sh experiments/pages/links.sh >$F/broken || { cat $F/broken; exit 1; }");
}

/* From README.md by way of links, every page but the templates. */
static void pages_are_reached(void **state)
{
    (void)state;
    shell(
        "cd " CVRLAB_ROOT
        " && for page in docs/*.md experiments/*.md experiments/spec/README.md estimators/*.md sim/README.md"
        " results/*.md CONTRIBUTING.md CHANGELOG.md; do"
        " grep -qF \"($page\" README.md || { echo \"$page: README.md has no link\"; exit 1; }; done");
}

/* What a code host shows of a page without scrolling: 96 columns of code. */
static void code_fits_the_page(void **state)
{
    (void)state;
    shell("cd " CVRLAB_ROOT " && for page in README.md docs/*.md; do awk -v page=$page"
          " '/^    / && length > 100 { print page \":\" FNR \": \" $0; wide = 1 } END { exit wide }' $page "
          "|| exit 1; done");
}

static void the_gallery_has_every_figure(void **state)
{
    (void)state;
    program_needed();
    shell("$CVRLAB help plot | sed -n '/^FIGURE/,/^drawn/s/^  \\([a-z_]*\\)  .*/\\1/p' >$F/kinds && test "
          "$(wc -l <$F/kinds) -gt 9 &&"
          " while read -r kind; do grep -qx \"## $kind\" " CVRLAB_ROOT "/docs/GALLERY.md ||"
          " { echo \"docs/GALLERY.md has no $kind\"; exit 1; }; done <$F/kinds");
}

/* A line of each kind, from a store. */
static void templates_are_expanded(void **state)
{
    (void)state;
    program_needed();
    program_write(
        &program, "page.md",
        "# Title\n@holds paged naive mse < 1\n@fails paged naive mse > 1 :: Nothing, they say, is perfect\n"
        "@run echo of this | tail -1\n@verdicts paged\n@delays late\nend\n");
    program_write(
        &program, "late.yaml",
        "name: late\nquestion: When?\nlog.size: 4000\nworld: {users: 30, items: 20, ctr: 0.4, cvr: 0.2}\n"
        "delay: {days: 10, window: 2}\nestimators: [naive]\n");
    shell("mkdir -p $F/tree/pages $F/plots/example $F/stores && cp $F/late.yaml $F/tree && cp " CVRLAB_ROOT
          "/experiments/pages/expand.sh $F/tree/pages &&"
          " cp $F/paged.yaml $F/tree && cp $F/paged.db $F/stores &&"
          " sh $F/tree/pages/expand.sh $CVRLAB $F/stores ../ <$F/page.md >$F/out");
    program_slurp(&program, "out", program.output);
    assert_memory_equal(
        program.output,
        "# Title\n- Predictions are rates, all of them. [holds](../experiments/README.md#paged): -",
        strlen("# Title\n- Predictions are rates, all of them. [holds](../experiments/README.md#paged): -"));
    has("\n- Nothing, they say, is perfect. [does not hold](../experiments/README.md#paged): -0.");
    has("\n    cvrlab data experiments/late.yaml --plot "
        "plots/out\n\n![When?](../plots/example/late-delay.svg)\n\n"
        "![When?](../plots/example/late-age.svg)\n");
    has("\n    echo of this\n    of this\n| claim | verdict |");
    has("\nend\n");
    program_write(&program, "page.md", "@holds paged naive mse < 2\n");
    shell("! sh $F/tree/pages/expand.sh $CVRLAB $F/stores '' <$F/page.md >$F/out 2>$F/said && grep -q 'no "
          "such claim' $F/said");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_of_a_file),
        cmocka_unit_test(parts_make_up_the_whole),
        cmocka_unit_test(published_figures_stand_beside_ours),
        cmocka_unit_test(links_lead_somewhere),
        cmocka_unit_test(pages_are_reached),
        cmocka_unit_test(code_fits_the_page),
        cmocka_unit_test(the_gallery_has_every_figure),
        cmocka_unit_test(templates_are_expanded),
        cmocka_unit_test(wrong_use_is_refused),
        cmocka_unit_test(scripts_write_pages),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
