/* cvrlab demo: what a lecturer would draw. It runs the shipped experiment of that name and says what its
 * numbers say; nothing here knows how they come out. */
#include "experiments/cli/cli.h"
#include "experiments/cli/program_files.h"
#include "results/claims/claims.h"
#include "results/summary/world_rates.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { CLICKS_ALONE, WEIGHTED, WITH_SAMPLE, MODELS, BAR = 40 };
static const char *const model[MODELS] = {"naive", "ips", "combine"};

/* Rates over the test exposures, means over worlds. */
typedef struct DemoRates {
    double all, clicked; /* true ones: of every exposure, of one that is clicked */
    double predicted[MODELS], error[MODELS];
    Evidence claim[MODELS]; /* of the experiment, one for each sentence */
} DemoRates;

static Status read_claims(const ExperimentResults *r, DemoRates *rates, Message *message)
{
    Status status = STATUS_OK;
    if (r->claims != MODELS)
        return fail(message, STATUS_FAILED, "%s: has %d claims; expected the %d of experiments/demo.yaml",
                    r->name, r->claims, MODELS);
    for (int i = 0; i < MODELS && !status; i++) {
        Claim claim;
        status = claim_parse(r->claim[i].that, &claim, message);
        if (!status)
            status = claim_evaluate(r, &claim, &rates->claim[i], message);
    }
    return status;
}

static Status read_rates(const StoreResults *results, DemoRates *rates, Message *message)
{
    const ExperimentResults *r = &results->experiment[0];
    if (results->experiments != 1 || r->settings != 1)
        return fail(message, STATUS_FAILED, "%s: expected the experiment demo alone",
                    store_path(results->store));
    WorldRates truth;
    Status status = world_rates_read(r, 0, &truth, message);
    if (!status)
        status = read_claims(r, rates, message);
    rates->all = truth.conversion;
    rates->clicked = truth.clicked;
    for (int m = 0; m < MODELS && !status; m++) {
        const int e = results_estimator(r, model[m]);
        if (e < 0)
            return fail(message, STATUS_FAILED, "%s: has no estimator %s", store_path(results->store),
                        model[m]);
        const Estimate bias = results_cell(r, 0, e)->all.mean_bias;
        rates->predicted[m] = rates->all + bias.value;
        rates->error[m] = bias.mcse;
    }
    return status;
}

/* `most` is the rate of a whole bar. */
static void draw_bar(const char *name, double rate, double error, double most)
{
    const int length = rate > 0 ? (int)lround(BAR * fmin(rate, most) / most) : 0;
    printf("  %-34s ", name);
    for (int i = 0; i < BAR; i++)
        fputs(i < length ? "█" : " ", stdout);
    printf(" %5.1f %%", 100 * rate);
    if (error > 0)
        printf(" ± %.1f", 100 * error);
    putchar('\n');
}

static void draw(const DemoRates *rates)
{
    static const char *const name[MODELS] = {"trained on clicks alone", "clicks, weighted by propensity",
                                             "clicks and a random sample"};
    double most = fmax(rates->all, rates->clicked);
    for (int m = 0; m < MODELS; m++)
        most = fmax(most, rates->predicted[m]);
    puts("\nConversion rate");
    draw_bar("true, of every exposure", rates->all, 0, most);
    draw_bar("true, of the clicked ones", rates->clicked, 0, most);
    puts("Predicted for every exposure, mean");
    for (int m = 0; m < MODELS; m++)
        draw_bar(name[m], rates->predicted[m], rates->error[m], most);
}

/* What the run says of a sentence. */
static const char *verdict(const DemoRates *rates, int sentence)
{
    switch (rates->claim[sentence].verdict) {
    case VERDICT_HOLDS:
        return "";
    case VERDICT_FAILS:
        return " (In this run the opposite holds.)";
    default:
        return " (In this run that is within error.)";
    }
}

static void say(const DemoRates *rates)
{
    const double *p = rates->predicted;
    const double all = rates->all;
    printf("\n1. People click what they are likely to buy: clicked exposures convert at %.1f %%, all "
           "exposures at %.1f %%, "
           "and a\n   model that is trained on clicks predicts %.1f %%.%s\n",
           100 * rates->clicked, 100 * all, 100 * p[CLICKS_ALONE], verdict(rates, CLICKS_ALONE));
    printf("2. Something that is in no column moves clicks and conversions alike, so weights by a propensity "
           "of the "
           "columns\n   cannot take it away: %+.1f points are left of %+.1f.%s\n",
           100 * (p[WEIGHTED] - all), 100 * (p[CLICKS_ALONE] - all), verdict(rates, WEIGHTED));
    printf("3. Exposures that are shown at random, with the outcome of each, do: with a sample of them the "
           "rest is "
           "%+.1f\n   points (± %.1f).%s\n",
           100 * (p[WITH_SAMPLE] - all), 100 * rates->error[WITH_SAMPLE], verdict(rates, WITH_SAMPLE));
}

static Status show(const char *path, Message *message)
{
    StoreResults results = {0};
    DemoRates rates = {0};
    Status status = results_open(&results, path, message);
    if (!status)
        status = read_rates(&results, &rates, message);
    if (!status) {
        draw(&rates);
        say(&rates);
    }
    results_close(&results);
    return status;
}

int cmd_demo(int argc, char **argv)
{
    static const char summary[] = "Shows selection bias in half a minute: simulates worlds whose conversion "
                                  "rates are known, trains three "
                                  "models on\nlogs of their clicks, and draws what they predict beside the "
                                  "truth. The numbers are those of the "
                                  "shipped\nexperiment demo, and stay in the store FILE.";
    static char run[] = "run", plot[] = "plot", name[] = "demo", option[] = "--db", figure[] = "--figure",
                figures[] = "bias_variance", format[] = "--format", svg[] = "svg";
    const char *db = NULL;
    int first;
    const Option options[] = {
        {"db", 'o', OPTION_TEXT, "FILE", "store to write to (default results/demo.db)", &db},
        {0},
    };
    const Usage usage = {argv[0], "", summary, options, 0, 0};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);
    char store[PATH_MAX];
    snprintf(store, sizeof store, "%s", db ? db : "results/demo.db");
    if (!db)
        (void)mkdir("results", 0777); /* the store says where it cannot be made */
    char *running[] = {run, name, option, store, NULL},
         *plotting[] = {plot, store, figure, figures, format, svg, NULL};
    int code = cmd_run(4, running);
    if (code)
        return code;
    Message message = {{0}};
    Status status = show(store, &message);
    if (status)
        return cli_report(status, &message);
    puts("\nThe figure, and what to do next:");
    code = cmd_plot(6, plotting);
    printf("cvrlab table %s\ncvrlab list experiments\n", store);
    return code;
}
